"""``journal/ENTRY`` and ``decide``: one entry with its decisions in full, and a decision on a request that nobody made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import Field

from emulator.control.body import Account, Body, Region, body
from emulator.control.entries import brief
from emulator.control.wording import remedy
from emulator.engine import identity, trust
from emulator.engine.authorize import decide_need
from emulator.engine.journal import Entry
from emulator.engine.world import World
from emulator.policy.decide import LAYERS, Decision, Kind, Source, Verdict
from emulator.policy.document import Statement, parse
from emulator.shapes.regions import partition
from emulator.values.call import Call, Need, Principal
from emulator.values.errors import AwsError

MOST_CAUSED = 200
"""Entries that are shown of what one entry caused."""


class Question(Body):
    """``POST decide``: may ``principal`` (an ARN of the account) do ``action`` on ``resource``?

    ``context`` are condition keys beside those that every request has. ``policy`` is one more identity-based policy, or
    with ``instead`` the only one.
    """

    account: Account
    region: Region = "us-east-1"
    principal: str
    action: str
    resource: str = "*"
    context: dict[str, str | list[str]] = Field(default_factory=dict)
    policy: str = ""
    instead: bool = False


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/journal/<int:entry_id>")
    def show_entry(entry_id: int) -> Response:
        with world.lock:
            return jsonify(entry(world, entry_id))

    @routes.post("/decide")
    def decide_question() -> Response:
        question = body(Question)
        with world.lock:
            return jsonify(in_full(decided(world, question)))


# An entry ----------------------------------------------------------------------------------------------------------


def entry(world: World, entry_id: int) -> dict[str, Any]:
    """An entry, what led to it, what it caused, and its decisions in full. Call it under the world's lock."""
    found = world.journal.get(entry_id)
    if found is None:
        raise AwsError("NotFound", f"the journal has no entry {entry_id}, or has it no more")
    caused = [one for one in world.journal.select(after=entry_id) if one.parent == entry_id]
    return {
        **found.to_json(),
        "decisions": [in_full(decision) for decision in found.decided],
        "causes": [brief(one) for one in causes(world, found)],
        "caused": [brief(one) for one in caused[:MOST_CAUSED]],
        "causedInAll": len(caused),
    }


def causes(world: World, of: Entry) -> list[Entry]:
    """What led to an entry, the first cause first."""
    found: list[Entry] = []
    cause = world.journal.get(of.parent) if of.parent else None
    while cause is not None:
        found.insert(0, cause)
        cause = world.journal.get(cause.parent) if cause.parent else None
    return found


# A decision in full ------------------------------------------------------------------------------------------------


def in_full(decision: Decision) -> dict[str, Any]:
    """A decision with its principal, every condition key, the policies in order of evaluation, and what would change it."""
    told = decision.to_json()
    return {
        **told,
        "principal": decision.principal.arn,
        "entity": decision.principal.entity or decision.principal.arn,
        "remedy": remedy(told),
        "everywhere": _everywhere(decision),
        "policies": list(_policies(decision)),
    }


def _everywhere(decision: Decision) -> dict[str, str | list[str]]:
    """The condition keys that the request has beside those that belong to the need, in AWS's spelling."""
    own = {key.lower() for key in decision.need.keys}
    return {_SPELLINGS.get(key, key): value for key, value in sorted(decision.context.items()) if key not in own}


_GLOBAL_KEYS = (
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
)
_SPELLINGS = {key.lower(): key for key in _GLOBAL_KEYS}
"""Decisions know keys in lower case only."""


def _policies(decision: Decision) -> Iterator[dict[str, Any]]:
    order: list[Kind] = list(LAYERS)
    for source in sorted(decision.sources, key=lambda one: (order.index(one.kind), one.level)):
        verdicts = [verdict for verdict in decision.verdicts if verdict.source is source]
        yield {
            "layer": source.kind,
            "level": source.level,
            "name": source.name,
            "statements": [verdict.to_json() for verdict in verdicts],
            "lines": list(_lines(source, verdicts, decision.because)),
        }


Line = dict[str, Any]


def _lines(source: Source, verdicts: list[Verdict], because: Verdict | None) -> Iterator[Line]:
    """The policy's text, each line with the statement it is of and a mark: of what decided, what applies, and what failed."""
    yield _line("{")
    yield _line(f'  "Version": "{source.policy.version}",')
    yield _line('  "Statement": [')
    for verdict in verdicts:
        is_deciding = because is not None and verdict.statement.index == because.statement.index and source == because.source
        yield from _statement_lines(verdict, is_last=verdict is verdicts[-1], is_deciding=is_deciding)
    yield _line("  ]")
    yield _line("}")


def statement_text(statement: Statement) -> str:
    """One statement as indented JSON, as the texts of policies here have it."""
    return json.dumps(statement.document, indent=2, ensure_ascii=False)


def _statement_lines(verdict: Verdict, *, is_last: bool, is_deciding: bool) -> Iterator[Line]:
    number, elements = verdict.statement.index, list(verdict.statement.document.items())
    whole = verdict.statement.effect if is_deciding else "applies" if verdict.reason is None else ""
    yield _line("    {", number, whole)
    for place, (name, value) in enumerate(elements):
        text = f"      {json.dumps(name)}: " + json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n      ")
        mark = "fails" if _failed(verdict, name) else whole
        for line in (text + ("," if place < len(elements) - 1 else "")).split("\n"):
            yield _line(line, number, mark)
    yield _line("    }" if is_last else "    },", number, whole)


def _failed(verdict: Verdict, element: str) -> bool:
    """Whether the statement did not apply because of this element; one about other actions is simply another statement."""
    failed = verdict.reason.element if verdict.reason else "action"
    return failed != "action" and element.removeprefix("Not").lower() == failed


def _line(text: str, statement: int | None = None, mark: str = "") -> Line:
    return {"text": text, "statement": statement, "mark": mark or None}


# A question --------------------------------------------------------------------------------------------------------


def decided(world: World, question: Question) -> Decision:
    """The engine's decision on a request that nobody made. Call it under the world's lock.

    ValueError for a principal that the account has not, an action or resource that is none, and a policy that IAM refuses.
    """
    service, _, operation = question.action.partition(":")
    if not service or not operation:
        raise ValueError("action: write it as service:Operation")
    if question.resource != "*" and question.resource.count(":") < 5:
        raise ValueError("resource: write an ARN, or *")
    call = Call(
        service=service,
        operation=operation,
        params={},
        principal=_principal(world, question),
        region=question.region,
        partition=partition(question.region) or "aws",
        source_ip="127.0.0.1",
    )
    need = Need(question.action, question.resource, question.context, trust=_trust(world, question))
    extra = [Source("identity-based policy", "the policy text", parse(question.policy, "identity"))] if question.policy else []
    with world.clock.of(question.account):
        return decide_need(world, call, need, extra, is_instead=question.instead)


def _principal(world: World, question: Question) -> Principal:
    """Root, a user, or a session of a role; Amazon MQ's own when the role is linked to it."""
    arn, account = question.principal, question.account
    if arn.endswith(f":iam::{account}:root"):
        return identity.root(account, arn.split(":")[1])
    found = identity.named(world, arn)
    if found is None or found.account != account:
        raise ValueError(f"principal: account {account} has no user or role {arn}")
    if isinstance(found, identity.User):
        return Principal("user", account, found.arn, found.unique_id, found.arn)
    session = f"arn:{found.arn.split(':')[1]}:sts::{account}:assumed-role/{found.name}/try-it"
    now = world.clock.now(account)
    return Principal("session", account, session, f"{found.unique_id}:try-it", found.arn, now, found.linked_to)


def _trust(world: World, question: Question) -> str | None:
    """The trust policy that has its say when a role is to be assumed."""
    if question.action.lower() != "sts:assumerole":
        return None
    role = identity.named(world, question.resource)
    return trust.shown(world, role.trust) if isinstance(role, identity.Role) else ""
