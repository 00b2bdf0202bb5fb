"""Groups: who is in them, and what their policies give to members."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity
from emulator.services.iam import quotas

ACCOUNT = "111122223333"
NOW = 1_790_000_000.0
FULL = "arn:aws:iam::aws:policy/AmazonMQFullAccess"
SERVICE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
Ask = Callable[..., dict[str, Any]]


def document(*actions: str, effect: str = "Allow", resource: str = "*") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource}]})


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    ask("iam:CreateUser", UserName="Ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="Ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


@pytest.fixture
def group(ask: Ask) -> dict[str, Any]:
    made: dict[str, Any] = ask("iam:CreateGroup", GroupName="Team", Path="/eu/")["Group"]
    return made


def test_a_new_group(group: dict[str, Any]) -> None:
    assert re.fullmatch("AGPA[A-Z2-7]{17}", group.pop("GroupId"))
    arn = f"arn:aws:iam::{ACCOUNT}:group/eu/Team"
    assert group == {"Path": "/eu/", "GroupName": "Team", "Arn": arn, "CreateDate": NOW}


def test_names_in_any_letter_case(ask: Ask, group: dict[str, Any]) -> None:
    assert ask("iam:GetGroup", GroupName="TEAM")["Group"] == group
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: Group with name team already exists\.$"):
        ask("iam:CreateGroup", GroupName="team")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The group with name x cannot be found\.$"):
        ask("iam:GetGroup", GroupName="x")


def test_members(ask: Ask, group: dict[str, Any], ada: Principal) -> None:
    ask("iam:CreateUser", UserName="Bob")
    for name in ("bob", "Ada", "Ada"):
        assert ask("iam:AddUserToGroup", GroupName="team", UserName=name) == {}
    found = ask("iam:GetGroup", GroupName="Team", MaxItems=1)
    assert [user["UserName"] for user in found["Users"]] == ["Ada"]
    assert found["IsTruncated"] is True
    rest = ask("iam:GetGroup", GroupName="Team", Marker=found["Marker"])
    assert [user["UserName"] for user in rest["Users"]] == ["Bob"]
    assert ask("iam:ListGroupsForUser", UserName="ada")["Groups"] == [group]
    ask("iam:RemoveUserFromGroup", GroupName="Team", UserName="Ada")
    assert ask("iam:ListGroupsForUser", UserName="Ada")["Groups"] == []
    ask("iam:RemoveUserFromGroup", GroupName="Team", UserName="Ada")


def test_a_user_is_in_ten_groups_at_most(ask: Ask, ada: Principal) -> None:
    for number in range(11):
        ask("iam:CreateGroup", GroupName=f"g{number}")
    for number in range(10):
        ask("iam:AddUserToGroup", GroupName=f"g{number}", UserName="Ada")
    with pytest.raises(AwsError, match=r"^LimitExceeded: Cannot exceed quota for GroupsPerUser: 10$") as refused:
        ask("iam:AddUserToGroup", GroupName="g10", UserName="Ada")
    assert refused.value.code == "LimitExceeded"


@pytest.mark.parametrize(
    ("quota", "action", "params"),
    [
        ("GroupsPerAccount", "iam:CreateGroup", {"GroupName": "x"}),
        ("UsersPerAccount", "iam:CreateUser", {"UserName": "x"}),
        ("InstanceProfilesPerAccount", "iam:CreateInstanceProfile", {"InstanceProfileName": "x"}),
        ("PoliciesPerAccount", "iam:CreatePolicy", {"PolicyName": "x", "PolicyDocument": document("mq:*")}),
        (
            "RolesPerAccount",
            "iam:CreateRole",
            {
                "RoleName": "x",
                "AssumeRolePolicyDocument": '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}',
            },
        ),
    ],
)
def test_an_account_has_quotas(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, quota: str, action: str, params: dict[str, Any]
) -> None:
    monkeypatch.setitem(quotas.MOST, quota, 0)
    with pytest.raises(AwsError, match=rf"^LimitExceeded: Cannot exceed quota for {quota}: 0$"):
        ask(action, **params)


def test_what_a_group_gives(world: World, ask: Ask, group: dict[str, Any], ada: Principal) -> None:
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="look", PolicyDocument=document("iam:ListUsers"))
    with pytest.raises(AwsError, match="because no identity-based policy allows the iam:ListUsers action"):
        ask("iam:ListUsers", as_=ada)
    ask("iam:AddUserToGroup", GroupName="Team", UserName="Ada")
    assert ask("iam:ListUsers", as_=ada)["Users"]
    (decision,) = world.journal.select()[-1].decisions
    assert decision["explanation"] == "allowed by statement 1 of look of group Team"
    ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=FULL)
    assert ask("mq:ListBrokers", as_=ada)["BrokerSummaries"] == []
    deny = document("mq:*", effect="Deny")
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="never", PolicyDocument=deny)
    with pytest.raises(AwsError, match="with an explicit deny in an identity-based policy"):
        ask("mq:ListBrokers", as_=ada)


def test_a_group_is_no_principal(ask: Ask, group: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": group["Arn"]}, "Action": "sts:AssumeRole"}
    with pytest.raises(AwsError, match=r'^MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::.*Team"$'):
        ask("iam:CreateRole", RoleName="x", AssumeRolePolicyDocument=json.dumps({"Statement": [statement]}))


def test_inline_policies(ask: Ask, group: dict[str, Any]) -> None:
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="One", PolicyDocument=document("mq:*"))
    found = ask("iam:GetGroupPolicy", GroupName="team", PolicyName="one")
    assert (found["GroupName"], found["PolicyName"]) == ("Team", "one")
    assert ask("iam:ListGroupPolicies", GroupName="Team")["PolicyNames"] == ["One"]
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The group policy with name two cannot be found\.$"):
        ask("iam:DeleteGroupPolicy", GroupName="Team", PolicyName="two")
    long = document(*(f"mq:Action{number:04d}" for number in range(400)))
    with pytest.raises(AwsError, match=r"^LimitExceeded: Maximum policy size of 5120 bytes exceeded for group Team$"):
        ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="two", PolicyDocument=long)
    ask("iam:DeleteGroupPolicy", GroupName="Team", PolicyName="ONE")
    assert ask("iam:ListGroupPolicies", GroupName="Team")["PolicyNames"] == []


def test_attached_policies(ask: Ask, group: dict[str, Any]) -> None:
    ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=FULL)
    attached = ask("iam:ListAttachedGroupPolicies", GroupName="Team")["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonMQFullAccess", "PolicyArn": FULL}]
    with pytest.raises(AwsError, match=r"^PolicyNotAttachable: Cannot attach a Service Role Policy to an IAM group"):
        ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=SERVICE_POLICY)
    ask("iam:DetachGroupPolicy", GroupName="Team", PolicyArn=FULL)
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: Policy {FULL} was not found"):
        ask("iam:DetachGroupPolicy", GroupName="Team", PolicyArn=FULL)


def test_what_must_go_before_a_group(ask: Ask, group: dict[str, Any], ada: Principal) -> None:
    ask("iam:AddUserToGroup", GroupName="Team", UserName="Ada")
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="p", PolicyDocument=document("mq:*"))
    ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=FULL)

    def conflict(what: str) -> None:
        with pytest.raises(AwsError, match=rf"^DeleteConflict: Cannot delete entity, must {what} first\.$"):
            ask("iam:DeleteGroup", GroupName="Team")

    conflict("remove users from group")
    with pytest.raises(AwsError, match="must remove users from group first"):
        ask("iam:DeleteUser", UserName="Ada")
    ask("iam:RemoveUserFromGroup", GroupName="Team", UserName="Ada")
    conflict("delete policies")
    ask("iam:DeleteGroupPolicy", GroupName="Team", PolicyName="p")
    conflict("detach all policies")
    ask("iam:DetachGroupPolicy", GroupName="Team", PolicyArn=FULL)
    ask("iam:DeleteGroup", GroupName="team")
    assert ask("iam:ListGroups")["Groups"] == []


def test_a_new_name(ask: Ask, group: dict[str, Any], ada: Principal) -> None:
    ask("iam:AddUserToGroup", GroupName="Team", UserName="Ada")
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="look", PolicyDocument=document("iam:ListUsers"))
    ask("iam:UpdateGroup", GroupName="team", NewGroupName="Crew", NewPath="/us/")
    (found,) = ask("iam:ListGroups", PathPrefix="/us/")["Groups"]
    arn = f"arn:aws:iam::{ACCOUNT}:group/us/Crew"
    assert found == {**group, "GroupName": "Crew", "Path": "/us/", "Arn": arn}
    assert ask("iam:ListGroupsForUser", UserName="Ada")["Groups"] == [found]
    assert ask("iam:ListUsers", as_=ada)["Users"]
    ask("iam:UpdateGroup", GroupName="Crew", NewGroupName="CREW")
    assert ask("iam:GetGroup", GroupName="crew")["Group"]["GroupName"] == "CREW"
    ask("iam:CreateGroup", GroupName="Team")
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: Group with name team already exists"):
        ask("iam:UpdateGroup", GroupName="Crew", NewGroupName="team")


def test_a_new_name_needs_both(ask: Ask, group: dict[str, Any], ada: Principal) -> None:
    may = document("iam:UpdateGroup", resource=group["Arn"])
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=may)
    ask("iam:UpdateGroup", as_=ada, GroupName="Team")
    with pytest.raises(AwsError, match="iam:UpdateGroup on resource: group Crew because"):
        ask("iam:UpdateGroup", as_=ada, GroupName="Team", NewGroupName="Crew")
    with pytest.raises(AwsError, match="iam:UpdateGroup on resource: group x because"):
        ask("iam:UpdateGroup", as_=ada, GroupName="x")
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:UpdateGroup", GroupName="x", NewGroupName="y")
