"""Instance profiles and the role in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.engine import identity

ACCOUNT = "111122223333"
NOW = 1_790_000_000.0
TRUST = '{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}'
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def profile(ask: Ask) -> dict[str, Any]:
    made: dict[str, Any] = ask("iam:CreateInstanceProfile", InstanceProfileName="Web", Path="/app/")["InstanceProfile"]
    return made


@pytest.fixture
def role(ask: Ask) -> dict[str, Any]:
    made: dict[str, Any] = ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=TRUST)["Role"]
    return made


def test_a_new_profile(ask: Ask, profile: dict[str, Any]) -> None:
    assert ask("iam:GetInstanceProfile", InstanceProfileName="WEB")["InstanceProfile"] == profile
    assert re.fullmatch("AIPA[A-Z2-7]{17}", profile.pop("InstanceProfileId"))
    assert profile == {
        "Path": "/app/",
        "InstanceProfileName": "Web",
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/app/Web",
        "CreateDate": NOW,
        "Roles": [],
        "Tags": None,
    }
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: Instance Profile web already exists\.$"):
        ask("iam:CreateInstanceProfile", InstanceProfileName="web")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: Instance Profile x cannot be found\.$"):
        ask("iam:GetInstanceProfile", InstanceProfileName="x")


def test_a_role_in_it(ask: Ask, profile: dict[str, Any], role: dict[str, Any]) -> None:
    ask("iam:AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="keeper")
    (found,) = ask("iam:ListInstanceProfilesForRole", RoleName="Keeper")["InstanceProfiles"]
    assert [one["RoleId"] for one in found["Roles"]] == [role["RoleId"]]
    with pytest.raises(AwsError, match=r"^LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1$"):
        ask("iam:AddRoleToInstanceProfile", InstanceProfileName="Web", RoleName="Keeper")
    conflict = r"^DeleteConflict: Cannot delete entity, must remove roles from instance profile first\.$"
    with pytest.raises(AwsError, match=conflict):
        ask("iam:DeleteRole", RoleName="Keeper")
    with pytest.raises(AwsError, match=conflict):
        ask("iam:DeleteInstanceProfile", InstanceProfileName="Web")
    ask("iam:RemoveRoleFromInstanceProfile", InstanceProfileName="Web", RoleName="Keeper")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The role Keeper is not in the instance profile Web"):
        ask("iam:RemoveRoleFromInstanceProfile", InstanceProfileName="Web", RoleName="Keeper")
    ask("iam:DeleteRole", RoleName="Keeper")
    ask("iam:DeleteInstanceProfile", InstanceProfileName="Web")
    assert ask("iam:ListInstanceProfiles")["InstanceProfiles"] == []


def test_the_service_linked_role_is_not_handed_to_instances(ask: Ask, profile: dict[str, Any]) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    for action in ("Add", "Remove"):
        preposition = "To" if action == "Add" else "From"
        with pytest.raises(AwsError, match=r"^UnmodifiableEntity: Cannot perform the operation on the protected role"):
            ask(
                f"iam:{action}Role{preposition}InstanceProfile",
                InstanceProfileName="Web",
                RoleName="AWSServiceRoleForAmazonMQ",
            )


def test_adding_passes_the_role(world: World, ask: Ask, profile: dict[str, Any], role: dict[str, Any]) -> None:
    ask("iam:CreateUser", UserName="Ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="Ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    ada = identity.of_access_key(world, key)

    def permit(*statements: dict[str, Any]) -> None:
        document = json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements]})
        ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=document)

    permit({"Action": "iam:AddRoleToInstanceProfile"})
    for name in ("Keeper", "nobody"):
        with pytest.raises(AwsError, match=rf"iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/{name} because"):
            ask("iam:AddRoleToInstanceProfile", as_=ada, InstanceProfileName="Web", RoleName=name)
    condition = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    permit({"Action": "iam:AddRoleToInstanceProfile"}, {"Action": "iam:PassRole", "Condition": condition})
    assert ask("iam:AddRoleToInstanceProfile", as_=ada, InstanceProfileName="Web", RoleName="Keeper") == {}
    with pytest.raises(AwsError, match="instance profile x because no identity-based policy"):
        ask("iam:DeleteInstanceProfile", as_=ada, InstanceProfileName="x")


def test_tags(ask: Ask) -> None:
    tags = [{"Key": "Team", "Value": "One"}]
    made = ask("iam:CreateInstanceProfile", InstanceProfileName="Web", Tags=tags)["InstanceProfile"]
    assert made["Tags"] == tags
    assert ask("iam:ListInstanceProfiles")["InstanceProfiles"][0]["Tags"] is None
    ask("iam:TagInstanceProfile", InstanceProfileName="Web", Tags=[{"Key": "team", "Value": "Two"}])
    assert ask("iam:ListInstanceProfileTags", InstanceProfileName="Web")["Tags"] == [{"Key": "team", "Value": "Two"}]
    ask("iam:UntagInstanceProfile", InstanceProfileName="Web", TagKeys=["TEAM"])
    assert ask("iam:GetInstanceProfile", InstanceProfileName="Web")["InstanceProfile"]["Tags"] is None
