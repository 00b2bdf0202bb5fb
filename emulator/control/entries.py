"""Journal entries in short, for lists and trees: their decisions in a line each, without every statement looked at."""

from __future__ import annotations

from typing import Any

from emulator.engine.journal import Entry
from emulator.policy.decide import Decision
from emulator.values.clock import iso8601


def brief(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": iso8601(entry.at, millis=True),
        "kind": entry.kind,
        "title": entry.title,
        "parent": entry.parent,
        "subject": entry.subject or None,
        "account": entry.account or None,
        "region": entry.region or None,
        "principal": entry.principal or None,
        "via": entry.via or None,
        "requestId": entry.request_id or None,
        "outcome": entry.outcome,
        "error": entry.error,
        "decisions": [_line(decision) for decision in entry.decided],
    }


def _line(decision: Decision) -> dict[str, Any]:
    return {
        "action": decision.need.action,
        "resource": decision.need.resource,
        "decision": decision.effect,
        "explanation": decision.explanation(),
    }
