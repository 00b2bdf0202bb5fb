"""Requests as lines for the AWS CLI, ready to be copied into a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from emulator.control.decisions import Question
from emulator.engine.world import World


def call_line(world: World, entry: Mapping[str, Any], endpoint: str) -> str:
    """A call of the journal. What the journal redacts stays redacted, and what it cut short is cut short."""
    service, _, name = entry["title"].partition(":")
    function = world.services[service].find(name).run.__name__
    words = ["aws", service, function.replace("_", "-")]
    if entry["params"]:
        words += ["--cli-input-json", json.dumps(entry["params"], ensure_ascii=False)]
    return _line(words, entry["region"], endpoint)


def question_line(question: Question, endpoint: str) -> str:
    """The policy simulator's answer to a question; empty for root, which the simulator does not take.

    It asks what the principal's policies would allow, with what is known of the request in ``context``.
    """
    kind = question.principal.split(":")[-1].split("/")[0]
    if kind not in {"user", "role"}:
        return ""
    entries = [
        {
            "ContextKeyName": key,
            "ContextKeyValues": value if isinstance(value, list) else [value],
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
        }
        for key, value in question.context.items()
    ]
    words = ["aws", "iam"]
    if question.instead and question.policy:
        words += [
            "simulate-custom-policy",
            "--caller-arn" if kind == "user" else "",
            question.principal if kind == "user" else "",
        ]
    else:
        words += ["simulate-principal-policy", "--policy-source-arn", question.principal]
    words = [word for word in words if word]
    words += ["--action-names", question.action, "--resource-arns", question.resource]
    if question.policy:
        words += ["--policy-input-list", question.policy]
    if entries:
        words += ["--context-entries", json.dumps(entries, ensure_ascii=False)]
    return _line(words, question.region, endpoint)


def _line(words: list[str], region: str, endpoint: str) -> str:
    return " ".join(map(shlex.quote, [*words, "--region", region, "--endpoint-url", endpoint]))
