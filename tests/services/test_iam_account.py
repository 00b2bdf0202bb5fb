"""The account as a whole: alias, summary, and GetAccountAuthorizationDetails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from emulator import AwsError

ACCOUNT, OTHER = "111122223333", "444455556666"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"mq:*","Resource":"*"}]}'
TRUST = '{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}'
FULL = "arn:aws:iam::aws:policy/AmazonMQFullAccess"
READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
MINE = f"arn:aws:iam::{ACCOUNT}:policy/Mine"
Ask = Callable[..., dict[str, Any]]


def test_aliases(ask: Ask) -> None:
    assert ask("iam:ListAccountAliases")["AccountAliases"] == []
    ask("iam:CreateAccountAlias", AccountAlias="acme")
    ask("iam:CreateAccountAlias", AccountAlias="acme-two")
    assert ask("iam:ListAccountAliases") == {"AccountAliases": ["acme-two"], "IsTruncated": False, "Marker": None}
    ask("iam:CreateAccountAlias", AccountAlias="acme", account=OTHER)
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: The account alias acme already exists\.$"):
        ask("iam:CreateAccountAlias", AccountAlias="acme")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The account alias acme cannot be found\.$"):
        ask("iam:DeleteAccountAlias", AccountAlias="acme")
    ask("iam:DeleteAccountAlias", AccountAlias="acme-two")
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:DeleteAccountAlias", AccountAlias="acme-two")
    with pytest.raises(AwsError, match=r"^ValidationError"):
        ask("iam:CreateAccountAlias", AccountAlias="Acme")


@pytest.fixture
def everybody(ask: Ask) -> None:
    """One of each, hung with policies."""
    ask("iam:CreatePolicy", PolicyName="Mine", PolicyDocument=DOCUMENT, Description="ours")
    ask("iam:CreatePolicyVersion", PolicyArn=MINE, PolicyDocument=DOCUMENT)
    ask("iam:CreateGroup", GroupName="Team")
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="g", PolicyDocument=DOCUMENT)
    ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=MINE)
    ask("iam:CreateUser", UserName="Ada", Tags=[{"Key": "k", "Value": "v"}], PermissionsBoundary=READ)
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="u", PolicyDocument=DOCUMENT)
    ask("iam:AddUserToGroup", GroupName="Team", UserName="Ada")
    ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=TRUST)
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn=FULL)
    ask("iam:CreateInstanceProfile", InstanceProfileName="Web")
    ask("iam:AddRoleToInstanceProfile", InstanceProfileName="Web", RoleName="Keeper")


@pytest.mark.usefixtures("everybody")
def test_the_summary(ask: Ask) -> None:
    found = ask("iam:GetAccountSummary")["SummaryMap"]
    counted = ("Users", "Groups", "Roles", "Policies", "InstanceProfiles", "PolicyVersionsInUse")
    assert [found[name] for name in counted] == [1, 1, 1, 1, 1, 2]
    assert (found["UsersQuota"], found["VersionsPerPolicyQuota"], found["MFADevices"]) == (5000, 5, 0)


@pytest.mark.usefixtures("everybody")
def test_all_details(ask: Ask) -> None:
    found = ask("iam:GetAccountAuthorizationDetails")
    (user,), (group,), (role,) = found["UserDetailList"], found["GroupDetailList"], found["RoleDetailList"]
    assert user["UserPolicyList"][0]["PolicyName"] == "u"
    assert json.loads(unquote(user["UserPolicyList"][0]["PolicyDocument"])) == json.loads(DOCUMENT)
    assert (user["GroupList"], user["AttachedManagedPolicies"]) == (["Team"], [])
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ
    assert user["Tags"] == [{"Key": "k", "Value": "v"}]
    assert (group["GroupName"], group["GroupPolicyList"][0]["PolicyName"]) == ("Team", "g")
    assert group["AttachedManagedPolicies"] == [{"PolicyName": "Mine", "PolicyArn": MINE}]
    assert role["AttachedManagedPolicies"] == [{"PolicyName": "AmazonMQFullAccess", "PolicyArn": FULL}]
    assert role["InstanceProfileList"][0]["Roles"][0]["RoleName"] == "Keeper"
    assert "MaxSessionDuration" not in role
    by_name = {policy["PolicyName"]: policy for policy in found["Policies"]}
    assert by_name.keys() == {"Mine", "AmazonMQFullAccess", "IAMReadOnlyAccess"}
    assert by_name["Mine"]["Description"] == "ours"
    versions = by_name["Mine"]["PolicyVersionList"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [("v1", True), ("v2", False)]
    assert json.loads(unquote(versions[1]["Document"])) == json.loads(DOCUMENT)


@pytest.mark.usefixtures("everybody")
def test_details_by_kind_and_page(ask: Ask) -> None:
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")

    def counts(**params: Any) -> list[int]:
        found = ask("iam:GetAccountAuthorizationDetails", **params)
        return [len(found[name]) for name in lists]

    assert counts(Filter=["Group", "Role"]) == [0, 1, 1, 0]
    assert counts(Filter=["User", "User", "LocalManagedPolicy"]) == [1, 0, 0, 1]
    assert counts(Filter=["AWSManagedPolicy"]) == [0, 0, 0, 2]
    first = ask("iam:GetAccountAuthorizationDetails", MaxItems=2)
    assert (len(first["UserDetailList"]), len(first["GroupDetailList"]), first["IsTruncated"]) == (1, 1, True)
    assert counts(Marker=first["Marker"]) == [0, 0, 1, 3]
