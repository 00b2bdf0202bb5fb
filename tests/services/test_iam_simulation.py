"""The policy simulator on cases that are data: tests/cases/simulation/*.yaml.

A file has a header (``source``) and ``cases``. Each case has

- ``note``: the rule in words, and ``source``: where the rule comes from (default: the file's);
- ``ask``: actions (default s3:GetObject), resources, policies, boundary, organization (levels of policies), resource_policy,
  owner, caller, context (key: [type, values…]), entries (as AWS spells them), handling, limit, marker; of a principal of
  :func:`people`: ``principal`` and ``exclude``. A policy is a statement, a list of them, ``{version, statements}``, or text;
- ``want``: what comes of each action (or of the one): ``decision``, ``name``, ``matched`` (SourcePolicyIds, with
  `` LINE:COLUMN-LINE:COLUMN`` where the case says it), ``missing``, ``boundary``, ``organization``, ``details``, and
  ``resources`` (the same per resource; for one resource what the action says). What is left out must be absent or empty;
- or ``error``: [code, message].
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.parsers
import botocore.session
import pytest
import yaml

from emulator import World
from emulator.engine import organization
from emulator.engine.identity import CustomerPolicy, Group, ManagedPolicy, PolicyVersion, Role, User
from emulator.shapes.write import writer
from emulator.values.errors import AwsError

FOLDER = Path(__file__).parents[1] / "cases" / "simulation"
ACCOUNT = "111122223333"
OBJECT = "arn:aws:s3:::store/a"
Ask = Callable[..., dict[str, Any]]


def _cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        header = yaml.safe_load(path.read_text())
        for case in header.pop("cases"):
            found.append(pytest.param({**header, **case}, id=f"{path.stem}: {case['note']}"))
    return found


# requests ------------------------------------------------------------------------------------------------------------


def text_of(policy: Any) -> str:
    if isinstance(policy, str):
        return policy
    if isinstance(policy, list) or "statements" not in policy:
        policy = {"statements": policy if isinstance(policy, list) else [policy]}
    document = {"Version": policy.get("version", "2012-10-17"), "Statement": [_statement(one) for one in policy["statements"]]}
    return json.dumps(document, separators=(",", ":"))


def _statement(given: dict[str, Any]) -> dict[str, Any]:
    """The defaults, in the order of the recorded documents, without what a Not form stands for."""
    defaults = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    return {**{name: value for name, value in defaults.items() if f"Not{name}" not in given}, **given}


PARAMS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "actions": ("ActionNames", list),
    "resources": ("ResourceArns", list),
    "policies": ("PolicyInputList", lambda given: list(map(text_of, given))),
    "boundary": ("PermissionsBoundaryPolicyInputList", lambda given: [text_of(given)]),
    "boundaries": ("PermissionsBoundaryPolicyInputList", lambda given: list(map(text_of, given))),
    "organization": (
        "OrderedOrganizationPolicyInputList",
        lambda levels: [{"ServiceControlPolicyInputList": list(map(text_of, level))} for level in levels],
    ),
    "resource_policy": ("ResourcePolicy", text_of),
    "owner": ("ResourceOwner", str),
    "caller": ("CallerArn", str),
    "context": ("ContextEntries", lambda given: [_entry(key, *value) for key, value in given.items()]),
    "entries": ("ContextEntries", list),
    "handling": ("ResourceHandlingOption", str),
    "limit": ("MaxItems", int),
    "marker": ("Marker", str),
    "principal": ("PolicySourceArn", str),
    "exclude": ("PolicyExclusionList", list),
}


def _entry(key: str, kind: str, *values: str) -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": list(values)}


def request_of(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The operation and its parameters."""
    is_principal = "principal" in given
    defaults = {"actions": ["s3:GetObject"], **({} if is_principal else {"policies": []})}
    params = {PARAMS[name][0]: PARAMS[name][1](value) for name, value in {**defaults, **given}.items()}
    return "iam:SimulatePrincipalPolicy" if is_principal else "iam:SimulateCustomPolicy", params


# results -------------------------------------------------------------------------------------------------------------


def compact(result: dict[str, Any], *, with_places: bool) -> dict[str, Any]:
    """A result, or the result of a resource, in the form of the cases."""
    decision = result.get("EvalDecision", result.get("EvalResourceDecision"))
    found = {
        "name": result["EvalResourceName"],
        "decision": decision,
        "matched": [_shown(one, with_places=with_places) for one in result.get("MatchedStatements", [])],
        "missing": result.get("MissingContextValues", []),
        "details": result.get("EvalDecisionDetails"),
        "boundary": result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary"),
    }
    if "EvalActionName" in result:
        found["action"] = result["EvalActionName"]
        found["organization"] = result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations")
        specific = result.get("ResourceSpecificResults")
        found["resources"] = specific and [compact(one, with_places=with_places) for one in specific]
    return found


def _shown(statement: dict[str, Any], *, with_places: bool) -> str:
    kinds = {"ResourcePolicy": "Resource Policy"}
    start, end = statement["StartPosition"], statement["EndPosition"]
    assert statement["SourcePolicyType"] in {kinds.get(statement["SourcePolicyId"], "IAM Policy"), "Permissions Boundary Policy"}
    name = str(statement["SourcePolicyId"])
    return f"{name} {start['Line']}:{start['Column']}-{end['Line']}:{end['Column']}" if with_places else name


def full(want: dict[str, Any], action: str, named: list[str]) -> dict[str, Any]:
    """An expectation with its defaults."""
    top = {"matched": [], "missing": [], "boundary": None, "organization": None, "action": action, **want}
    top.setdefault("name", named[0] if len(named) == 1 else "*")
    top.setdefault("details", {} if named else None)
    if not named:
        return {**top, "resources": None}
    per_resource = want.get("resources") or ([{}] if len(named) == 1 else [])
    assert len(per_resource) == len(named), "say what comes of each resource"
    inherited = {name: top[name] for name in ("decision", "matched", "missing", "boundary")} if "resources" not in want else {}
    base = {"matched": [], "missing": [], "boundary": top["boundary"], "details": top["details"] or None, **inherited}
    return {**top, "resources": [{**base, "name": arn, **one} for arn, one in zip(named, per_resource, strict=True)]}


def check(case: dict[str, Any], answer: dict[str, Any], named: list[str]) -> None:
    wants = case["want"] if isinstance(case["want"], list) else [case["want"]]
    actions = case.get("ask", {}).get("actions", ["s3:GetObject"])
    shown = actions if len(wants) == len(actions) else [want["action"] for want in wants]
    has_places = any(":" in one for want in wants for one in want.get("matched", []) if "-" in one)
    got = [compact(result, with_places=has_places) for result in answer["EvaluationResults"]]
    assert got == [full(want, action, named) for want, action in zip(wants, shown, strict=True)]


# the cases -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(world: World) -> None:
    """A user with a path, in two groups that share a managed policy; a role with a boundary; a lone group; nobody's policies."""
    allow = {name: text_of({"Action": f"s3:{name}"}) for name in ("GetObject", "PutObject", "DeleteObject", "GetBucketAcl")}
    delete = _customer(world, "CanDelete", allow["DeleteObject"], path="/tools/")
    limit = _customer(
        world, "Limit", text_of([{"Action": ["s3:GetObject", "s3:PutObject"]}, {"Effect": "Deny", "Action": "s3:Get*Acl"}])
    )
    readers = _record(world, Group, "readers", "AGPA1", inline={"Read": allow["PutObject"]}, attached=(delete,))
    _record(world, Group, "writers", "AGPA2", inline={"Acl": allow["GetBucketAcl"]}, attached=(delete,))
    conditional = text_of({"Action": "s3:PutObjectAcl", "Condition": {"StringEquals": {"aws:SourceVpc": "${aws:username}"}}})
    _record(
        world,
        User,
        "ada",
        "AIDA1",
        path="/team/",
        inline={"Own": allow["GetObject"], "Acl": conditional},
        attached=("arn:aws:iam::aws:policy/AmazonMQReadOnlyAccess", delete),
        groups=(readers.unique_id, "AGPA2"),
    )
    _record(world, Role, "build", "AROA1", trust="{}", inline={"All": text_of({"Action": "*"})}, attached=(), boundary=limit)
    _record(world, Role, "lost", "AROA2", trust="{}", inline={"All": text_of({"Action": "*"})}, boundary=limit + "-gone")


def _record(world: World, kind: type[Any], name: str, unique_id: str, *, path: str = "/", **facts: Any) -> Any:
    arn = f"arn:aws:iam::{ACCOUNT}:{kind.__name__.lower()}{path}{name}"
    common = {"account": ACCOUNT, "region": "", "id": name, "name": name, "path": path, "unique_id": unique_id, "arn": arn}
    record = kind(**common, created=0.0, **facts)
    world.store.put(record)
    return record


def _customer(world: World, name: str, document: str, path: str = "/") -> str:
    policy = ManagedPolicy(
        name=name,
        path=path,
        id="ANPA1",
        versions=(PolicyVersion("v1", document, 0.0),),
        version="v1",
        created=0.0,
        updated=0.0,
        owner=ACCOUNT,
        partition="aws",
    )
    world.store.put(CustomerPolicy(account=ACCOUNT, region="", id=name.lower(), policy=policy))
    return policy.arn("aws")


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("case", _cases())
def test_case(world: World, ask: Ask, case: dict[str, Any]) -> None:
    if "controls" in case:
        levels = [{"p": text_of(policy)} for policy in case["controls"]]
        organization.join(world, ACCOUNT, levels, {"r": text_of({"Effect": "Deny", "Action": "*", "Principal": "*"})})
    operation, params = request_of(case.get("ask", {}))
    assert case["source"]
    if "error" in case:
        with pytest.raises(AwsError) as raised:
            ask(operation, **params)
        assert [raised.value.code, raised.value.message] == case["error"]
        return
    answer = ask(operation, **params)
    named = params.get("ResourceArns", [])
    check(case, answer, [] if named == ["*"] else named)
    assert answer["IsTruncated"] is ("more" in case)
    assert (answer["Marker"] is not None) is ("more" in case)
    assert through_the_wire(operation, answer) == plain(answer)


def test_there_are_enough_cases() -> None:
    """The notes are the names of the cases, so each is told once."""
    names = [case.id for case in _cases()]
    assert len(names) == len(set(names)) >= 240


# the wire ------------------------------------------------------------------------------------------------------------

_SESSION = botocore.session.Session()


def through_the_wire(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, written, and read again by botocore."""
    name = operation.partition(":")[2]
    reply = writer("iam", name)(answer, "req-1")
    shape = _SESSION.get_service_model("iam").operation_model(name).output_shape
    response = {"status_code": reply.status, "headers": reply.headers, "body": reply.body}
    parsed: dict[str, Any] = botocore.parsers.create_parser("query").parse(response, shape)
    parsed.pop("ResponseMetadata")
    return parsed


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None}
    return [plain(item) for item in value] if isinstance(value, list) else value
