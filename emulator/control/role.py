"""``role``: the service-linked role of an account: what it may do, what it did with it, and where it is used."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from flask import Blueprint, Response, jsonify

from emulator.control.decisions import statement_text
from emulator.control.scope import Scope, asked_scope
from emulator.engine import identity, trust
from emulator.engine.identity import Role
from emulator.engine.journal import Entry
from emulator.engine.service import LinkedRole
from emulator.engine.world import World
from emulator.policy.decide import Decision
from emulator.policy.document import Statement, parse
from emulator.services.iam.service_linked_roles import Deletion
from emulator.services.mq.broker import LINKED_ROLE
from emulator.values.clock import iso8601


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/role")
    def show_role() -> Response:
        with world.lock:
            world.settle()
            return jsonify(role(world, asked_scope(world)))


def role(world: World, scope: Scope) -> dict[str, Any]:
    """Amazon MQ's role in an account, whether it is there yet or not. Call it under the world's lock."""
    linked = LINKED_ROLE
    found = world.store.get(Role, (scope.account, "", linked.name.lower()))
    return {
        "account": scope.account,
        "region": scope.region,
        "name": linked.name,
        "role": _shown(world, found) if found else None,
        "policy": _policy(world, scope, linked),
        "usage": _usage(world, linked, scope.account),
        "deletions": [_deletion(task) for task in world.store.find(Deletion, scope.account, "", role=linked.name.lower())],
    }


def _shown(world: World, found: Role) -> dict[str, Any]:
    used = found.last_used
    return {
        "arn": found.arn,
        "uniqueId": found.unique_id,
        "created": iso8601(found.created, millis=True),
        "lastUsed": {"at": iso8601(used[0], millis=True), "region": used[1]} if used else None,
        "trust": json.loads(trust.shown(world, found.trust)),
    }


def _policy(world: World, scope: Scope, linked: LinkedRole) -> dict[str, Any]:
    """Its policy as the account has it: of each statement how often it allowed something, and what no statement allowed."""
    arn = f"arn:{scope.partition}:iam::aws:{linked.policy}"
    managed = world.managed[linked.policy]
    text = identity.document(world, scope.account, managed, scope.partition)
    calls = [
        entry
        for entry in world.journal.select(account=scope.account, principal=f":assumed-role/{linked.name}/")
        if entry.kind == "call"
    ]
    allowed = _allowances(calls)
    return {
        "arn": arn,
        "name": managed.name,
        "edited": text != managed.document,
        "document": json.loads(text),
        "statements": [
            {
                "statement": one.index,
                "sid": one.sid or None,
                "effect": one.effect,
                "text": statement_text(one),
                "allowed": sum(count for known, count in allowed if known.document == one.document),
            }
            for one in parse(text, "identity").statements
        ],
        "denied": _denials(calls),
    }


def _allowances(calls: list[Entry]) -> list[tuple[Statement, int]]:
    """Statements with how many decisions they allowed. A text that the policy had before has statements of its own."""
    known: dict[int, Statement] = {}
    counts: Counter[int] = Counter()
    for decision in (decision for entry in calls for decision in entry.decided):
        if decision.is_allowed and decision.because is not None:
            statement = decision.because.statement
            known[id(statement)] = statement
            counts[id(statement)] += 1
    return [(known[name], count) for name, count in counts.items()]


def _denials(calls: list[Entry]) -> list[dict[str, Any]]:
    """What was denied, by action: how often, and the last time."""
    found: dict[str, list[tuple[Entry, int, Decision]]] = {}
    for entry in calls:
        for number, decision in enumerate(entry.decided, 1):
            if not decision.is_allowed:
                found.setdefault(decision.need.action, []).append((entry, number, decision))
    rows = []
    for action, denials in sorted(found.items()):
        entry, number, decision = denials[-1]
        last = {"entry": entry.id, "number": number, "at": iso8601(entry.at, millis=True), "subject": entry.subject or None}
        rows.append(
            {"action": action, "count": len(denials), "last": last, "resource": decision.need.resource}
            | {"explanation": decision.explanation()}
        )
    return rows


def _usage(world: World, linked: LinkedRole, account: str) -> list[dict[str, Any]]:
    used = linked.usage(world, account)
    return [{"region": region, "resources": sorted(used[region])} for region in sorted(used) if used[region]]


def _deletion(task: Deletion) -> dict[str, Any]:
    usage = [{"region": region, "resources": list(arns)} for region, arns in task.usage]
    return {"id": task.id, "status": task.status, "usage": usage}
