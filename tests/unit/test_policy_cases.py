"""The policy engine on cases that are data: tests/cases/policy/*.yaml.

A file has a header (``source``, ``shared`` policies by name, ``statement`` and ``need`` as defaults) and ``cases``. Each case has

- ``note``: the rule in words, and ``source``: where the rule comes from (default: the file's);
- ``policies``: each the name of a shared one, a statement, a list of statements, or ``{kind, name, level, version, statements}``;
- ``need``: action, resource, keys (and ``trust: true`` for an assumption of a role), ``principal``: one of :data:`PRINCIPALS`;
- ``want``: the effect, ``because``: the deciding statement ("POLICY n", or n for the first policy), or for an implicit denial
  what the statements lack, in order ("condition KEY", "resource", …; the statement is the nth), and ``layer``.

Cases of documents have a ``document`` (JSON, or text as it is), its ``kind``, and ``want``: "accepted" or IAM's message.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.policy.decide import Decision, Source, decide
from emulator.policy.document import Kind, MalformedPolicyError, parse
from emulator.services import managed
from emulator.values.call import Need, Principal

FOLDER = Path(__file__).parents[1] / "cases" / "policy"
HERE, THERE = "111122223333", "444455556666"
KINDS: dict[str, Kind] = {
    "role trust policy": "trust",
    "resource-based policy": "resource",
    "resource control policy": "resource",
    "session policy": "session",
}


def _user(account: str) -> Principal:
    arn = f"arn:aws:iam::{account}:user/ada"
    return Principal("user", account, arn, "AIDAADAEXAMPLE000001", entity=arn)


def _session(account: str, role: str = "build/ci") -> Principal:
    arn = f"arn:aws:sts::{account}:assumed-role/{role.rsplit('/', 1)[-1]}/run"
    return Principal("session", account, arn, "AROACIEXAMPLE0000001:run", f"arn:aws:iam::{account}:role/{role}", issued_at=0.0)


PRINCIPALS = {
    "user": _user(HERE),
    "foreign user": _user(THERE),
    "session": _session(HERE),
    "foreign session": _session(THERE),
    "federated user": Principal(
        "session", HERE, f"arn:aws:sts::{HERE}:federated-user/fed", f"{HERE}:fed", _user(HERE).entity, 0.0
    ),
    "root": Principal("root", HERE, f"arn:aws:iam::{HERE}:root", HERE),
    "foreign root": Principal("root", THERE, f"arn:aws:iam::{THERE}:root", THERE),
    "service": Principal("service", HERE, "mq.amazonaws.com", "mq.amazonaws.com"),
    "service-linked role": _session(HERE, "aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"),
}


@cache
def _file(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def _load(*, documents: bool) -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        header = _file(path)
        cases = header["cases"]
        found += [
            pytest.param(header, case, id=f"{path.stem}: {case['note']}") for case in cases if ("document" in case) is documents
        ]
    return found


def _sources(header: dict[str, Any], case: dict[str, Any]) -> list[Source]:
    return [_source(header, entry, index) for index, entry in enumerate(case["policies"], 1)]


def _source(header: dict[str, Any], entry: Any, index: int) -> Source:
    name = f"P{index}"
    if isinstance(entry, str):
        name, entry = entry, header["shared"][entry]
    if isinstance(entry, list) or "statements" not in entry:
        entry = {"statements": entry if isinstance(entry, list) else [entry]}
    kind = entry.get("kind", "identity-based policy")
    statements = [_statement(header, kind, raw) for raw in entry["statements"]]
    text = json.dumps({"Version": entry.get("version", "2012-10-17"), "Statement": statements})
    return Source(kind, entry.get("name", name), parse(text, KINDS.get(kind, "identity")), level=entry.get("level", 0))


def _statement(header: dict[str, Any], kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The statement as given, and the file's defaults for what it leaves out."""
    defaults = {name: value for name, value in header.get("statement", {}).items() if f"Not{name}" not in raw}
    if kind == "role trust policy":
        defaults.pop("Resource", None)
    return {**defaults, **raw}


def _decide(header: dict[str, Any], case: dict[str, Any]) -> Decision:
    raw = {**header.get("need", {}), **case.get("need", {})}
    keys = raw.get("keys", {})
    need = Need(raw["action"], raw["resource"], keys, trust="{}" if raw.get("trust") else None)
    context = {key.lower(): value for key, value in keys.items()}
    return decide(need, PRINCIPALS[case.get("principal", "user")], context, _sources(header, case))


def _shortfalls(decision: Decision) -> list[str]:
    reasons = [verdict.reason for verdict in decision.verdicts]
    return ["matched" if reason is None else f"{reason.element} {reason.key}".strip() for reason in reasons]


@pytest.mark.parametrize(("header", "case"), _load(documents=False))
def test_case(header: dict[str, Any], case: dict[str, Any]) -> None:
    decision = _decide(header, case)
    assert decision.effect == case["want"], decision.explanation()
    assert case.get("source") or header.get("source")
    because = case["because"]
    if decision.effect == "implicitDeny":
        assert decision.because is None
        assert decision.layer == case.get("layer", "identity-based policy")
        assert _shortfalls(decision) == (because if isinstance(because, list) else [because])
    elif because is None:
        assert decision.because is None
    else:
        found = decision.because
        assert found is not None
        number = found.statement.index
        assert (number if isinstance(because, int) else f"{found.source.name} {number}") == because
        assert decision.layer == found.source.kind == case.get("layer", found.source.kind)


@pytest.mark.parametrize(("header", "case"), _load(documents=True))
def test_document(header: dict[str, Any], case: dict[str, Any]) -> None:
    document = case["document"]
    text = document if isinstance(document, str) else json.dumps(document)
    assert case.get("source") or header.get("source")
    if case["want"] == "accepted":
        parse(text, case.get("kind", "identity"))
        return
    with pytest.raises(MalformedPolicyError) as raised:
        parse(text, case.get("kind", "identity"))
    assert str(raised.value) == case["want"]


def test_the_role_policy_of_the_cases_is_the_real_one() -> None:
    stored = json.loads((Path(managed.__file__).parent / "AmazonMQServiceRolePolicy.json").read_text())
    shared = _file(FOLDER / "service_linked_role.yaml")["shared"]["AmazonMQServiceRolePolicy"]
    assert shared["statements"] == stored["Versions"][0]["Document"]["Statement"]


def test_there_are_enough_cases() -> None:
    """The notes are the names of the cases, so each is told once."""
    cases = [param.id for param in (*_load(documents=False), *_load(documents=True))]
    assert len(cases) == len(set(cases)) >= 420
