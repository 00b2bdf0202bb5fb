"""Customer managed policies: made, versioned, attached, deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity

ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = 1_790_000_000.0
ARN = f"arn:aws:iam::{ACCOUNT}:policy/ops/Mine"
AWS_OWN = "arn:aws:iam::aws:policy/AmazonMQFullAccess"
SERVICE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
TRUST = '{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}'
Ask = Callable[..., dict[str, Any]]


def document(*actions: str, effect: str = "Allow") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]})


@pytest.fixture
def policy(ask: Ask) -> dict[str, Any]:
    made: dict[str, Any] = ask(
        "iam:CreatePolicy", PolicyName="Mine", Path="/ops/", PolicyDocument=document("mq:List*"), Description="looks"
    )["Policy"]
    return made


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    ask("iam:CreateUser", UserName="Ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="Ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


def test_a_new_policy(ask: Ask, policy: dict[str, Any]) -> None:
    assert re.fullmatch("ANPA[A-Z2-7]{17}", policy.pop("PolicyId"))
    assert policy == {
        "PolicyName": "Mine",
        "Arn": ARN,
        "Path": "/ops/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": NOW,
        "UpdateDate": NOW,
        "Tags": None,
    }
    found = ask("iam:GetPolicy", PolicyArn=ARN)["Policy"]
    assert (found["Description"], found["Tags"]) == ("looks", [])
    version = ask("iam:GetPolicyVersion", PolicyArn=ARN, VersionId="v1")["PolicyVersion"]
    assert unquote(version["Document"]) == document("mq:List*")


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"PolicyName": "MINE"}, "EntityAlreadyExists: A policy called MINE already exists. Duplicate names are not allowed."),
        ({"Path": "/aws-service-role/x/"}, "InvalidInput: Path prefix '/aws-service-role/' can only be used for AWS Service"),
        ({"PolicyDocument": "{}x"}, "MalformedPolicyDocument: Syntax errors in policy."),
        (
            {"PolicyDocument": document(*(f"mq:Action{number:04d}" for number in range(450)))},
            "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
        ),
    ],
)
def test_what_create_policy_refuses(ask: Ask, policy: dict[str, Any], params: dict[str, Any], error: str) -> None:
    with pytest.raises(AwsError, match=r"^" + re.escape(error)):
        ask("iam:CreatePolicy", **{"PolicyName": "Other", "PolicyDocument": document("mq:*"), **params})


def test_versions(world: World, ask: Ask, policy: dict[str, Any]) -> None:
    world.advance(60)
    made = ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:Get*"))["PolicyVersion"]
    assert made == {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": NOW + 60}
    ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:*"), SetAsDefault=True)
    found = ask("iam:ListPolicyVersions", PolicyArn=ARN, MaxItems=2)
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in found["Versions"]] == [("v3", True), ("v2", False)]
    (first,) = ask("iam:ListPolicyVersions", PolicyArn=ARN, Marker=found["Marker"])["Versions"]
    assert first == {"VersionId": "v1", "IsDefaultVersion": False, "CreateDate": NOW, "Document": None}
    shown = ask("iam:GetPolicy", PolicyArn=ARN)["Policy"]
    assert (shown["DefaultVersionId"], shown["CreateDate"], shown["UpdateDate"]) == ("v3", NOW, NOW + 60)

    with pytest.raises(AwsError, match=r"^DeleteConflict: Cannot delete the default version of a policy\.$"):
        ask("iam:DeletePolicyVersion", PolicyArn=ARN, VersionId="v3")
    for _ in range(2):
        ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:*"))
    text = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
    with pytest.raises(AwsError, match=rf"^LimitExceeded: {re.escape(text)}$"):
        ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:*"))
    ask("iam:DeletePolicyVersion", PolicyArn=ARN, VersionId="v5")
    made = ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:*"))["PolicyVersion"]
    assert made["VersionId"] == "v6"
    ask("iam:SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v1")
    ask("iam:DeletePolicyVersion", PolicyArn=ARN, VersionId="v3")
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: Policy {ARN} version v3 does not exist or is not attachable"):
        ask("iam:SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v3")


def test_the_default_version_is_the_one_that_counts(ask: Ask, policy: dict[str, Any], ada: Principal) -> None:
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn=ARN)
    assert ask("mq:ListBrokers", as_=ada)
    ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:*", effect="Deny"), SetAsDefault=True)
    with pytest.raises(AwsError, match="with an explicit deny in an identity-based policy"):
        ask("mq:ListBrokers", as_=ada)
    ask("iam:SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v1")
    assert ask("mq:ListBrokers", as_=ada)


def test_what_must_go_before_a_policy(ask: Ask, policy: dict[str, Any], ada: Principal) -> None:
    ask("iam:CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=document("mq:*"))
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn=ARN)
    attached = r"^DeleteConflict: Cannot delete a policy attached to entities\.$"
    with pytest.raises(AwsError, match=attached):
        ask("iam:DeletePolicy", PolicyArn=ARN)
    ask("iam:DetachUserPolicy", UserName="Ada", PolicyArn=ARN)
    ask("iam:PutUserPermissionsBoundary", UserName="Ada", PermissionsBoundary=ARN)
    with pytest.raises(AwsError, match=attached):
        ask("iam:DeletePolicy", PolicyArn=ARN)
    ask("iam:DeleteUserPermissionsBoundary", UserName="Ada")
    with pytest.raises(AwsError, match=r"^DeleteConflict: This policy has more than one version"):
        ask("iam:DeletePolicy", PolicyArn=ARN)
    ask("iam:DeletePolicyVersion", PolicyArn=ARN, VersionId="v2")
    ask("iam:DeletePolicy", PolicyArn=ARN)
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: Policy {ARN} was not found"):
        ask("iam:GetPolicy", PolicyArn=ARN)
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:DeletePolicy", PolicyArn=ARN)
    again = ask("iam:CreatePolicy", PolicyName="Mine", Path="/ops/", PolicyDocument=document("mq:*"))["Policy"]
    assert again["PolicyId"] != policy["PolicyId"]


@pytest.mark.parametrize("arn", [AWS_OWN, SERVICE_POLICY])
@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": document("mq:*")}),
        ("DeletePolicyVersion", {"VersionId": "v1"}),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}),
        ("TagPolicy", {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("UntagPolicy", {"TagKeys": ["k"]}),
    ],
)
def test_awss_own_policies_cannot_be_written(ask: Ask, arn: str, action: str, params: dict[str, Any]) -> None:
    text = f"is not authorized to perform: iam:{action} on resource: policy {arn} because no resource-based policy allows"
    with pytest.raises(AwsError, match=rf"^AccessDenied: .*{re.escape(text)}") as refused:
        ask(f"iam:{action}", PolicyArn=arn, **params)
    assert refused.value.status == 403


def test_another_accounts_policy(ask: Ask, policy: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match=r"^AccessDenied: .* because no resource-based policy allows the iam:GetPolicy action"):
        ask("iam:GetPolicy", PolicyArn=ARN, account=OTHER)
    ask("iam:CreateUser", UserName="Eve", account=OTHER)
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: Policy {ARN} does not exist or is not attachable"):
        ask("iam:AttachUserPolicy", UserName="Eve", PolicyArn=ARN, account=OTHER)
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:GetPolicy", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/Mine")


def test_tags(world: World, ask: Ask, ada: Principal) -> None:
    tags = [{"Key": "Team", "Value": "One"}]
    made = ask("iam:CreatePolicy", PolicyName="Mine", Path="/ops/", PolicyDocument=document("mq:*"), Tags=tags)["Policy"]
    assert made["Tags"] == tags
    statement = {
        "Effect": "Allow",
        "Action": "iam:GetPolicy",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Team": "One"}},
    }
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=json.dumps({"Statement": statement}))
    assert ask("iam:GetPolicy", as_=ada, PolicyArn=ARN)["Policy"]["Tags"] == tags
    ask("iam:TagPolicy", PolicyArn=ARN, Tags=[{"Key": "team", "Value": "Two"}])
    assert ask("iam:ListPolicyTags", PolicyArn=ARN)["Tags"] == [{"Key": "team", "Value": "Two"}]
    with pytest.raises(AwsError, match="no identity-based policy allows the iam:GetPolicy action"):
        ask("iam:GetPolicy", as_=ada, PolicyArn=ARN)
    ask("iam:UntagPolicy", PolicyArn=ARN, TagKeys=["TEAM"])
    assert ask("iam:ListPolicyTags", PolicyArn=ARN)["Tags"] == []


def test_listings(ask: Ask, policy: dict[str, Any], ada: Principal) -> None:
    def names(**params: Any) -> list[str]:
        return [one["PolicyName"] for one in ask("iam:ListPolicies", **params)["Policies"]]

    assert names(Scope="Local") == names(PathPrefix="/ops/") == ["Mine"]
    assert "Mine" in names()
    assert "Mine" not in names(Scope="AWS")
    assert names(Scope="Local", OnlyAttached=True) == []
    ask("iam:PutUserPermissionsBoundary", UserName="Ada", PermissionsBoundary=ARN)
    assert names(OnlyAttached=True) == names(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary") == ["Mine"]
    assert names(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == []
    found = ask("iam:GetPolicy", PolicyArn=ARN)["Policy"]
    assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == (0, 1)


def test_who_has_a_policy(ask: Ask, policy: dict[str, Any], ada: Principal) -> None:
    ask("iam:CreateRole", RoleName="Keeper", Path="/x/", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=ARN)
    ask("iam:CreateGroup", GroupName="Team")
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn=ARN)
    ask("iam:PutUserPermissionsBoundary", UserName="Ada", PermissionsBoundary=ARN)
    ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=ARN)

    def found(**params: Any) -> list[str]:
        answer = ask("iam:ListEntitiesForPolicy", PolicyArn=ARN, **params)
        return [one[f"{kind}Name"] for kind in ("Group", "User", "Role") for one in answer[f"Policy{kind}s"]]

    assert found() == ["Team", "Ada", "Keeper"]
    assert found(PolicyUsageFilter="PermissionsPolicy") == ["Team", "Ada"]
    assert found(PolicyUsageFilter="PermissionsBoundary") == ["Ada", "Keeper"]
    assert found(EntityFilter="User") == ["Ada"]
    assert found(EntityFilter="LocalManagedPolicy") == []
    assert found(PathPrefix="/x/") == ["Keeper"]
    first = ask("iam:ListEntitiesForPolicy", PolicyArn=ARN, MaxItems=2)
    assert (first["IsTruncated"], first["PolicyRoles"]) == (True, [])
    assert found(Marker=first["Marker"]) == ["Keeper"]
    (group,) = ask("iam:ListEntitiesForPolicy", PolicyArn=ARN)["PolicyGroups"]
    assert group["GroupId"].startswith("AGPA")
