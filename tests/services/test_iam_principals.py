"""Unique ids: what keeps them, what a trust policy makes of those who are gone, and when keys were used."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity

ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = 1_790_000_000.0
ADA = f"arn:aws:iam::{ACCOUNT}:user/team/Ada"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Keeper"
Ask = Callable[..., dict[str, Any]]


def trust(*names: str, element: str = "Principal") -> str:
    given = names[0] if len(names) == 1 else list(names)
    statement = {"Effect": "Allow", element: {"AWS": given}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def principal_of(world: World, ask: Ask, name: str) -> Principal:
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"])
    assert key is not None
    found = identity.of_access_key(world, key)
    assert found is not None
    return found


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    ask("iam:CreateUser", UserName="Ada", Path="/team/")
    return principal_of(world, ask, "Ada")


@pytest.fixture
def keeper(ask: Ask, ada: Principal) -> dict[str, Any]:
    made: dict[str, Any] = ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=trust(ADA))["Role"]
    return made


def shown(ask: Ask) -> Any:
    document = ask("iam:GetRole", RoleName="Keeper")["Role"]["AssumeRolePolicyDocument"]
    return json.loads(unquote(document))["Statement"][0]["Principal"]["AWS"]


def delete_ada(ask: Ask) -> None:
    for key in ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"]:
        ask("iam:DeleteAccessKey", UserName="Ada", AccessKeyId=key["AccessKeyId"])
    ask("iam:DeleteUser", UserName="Ada")


def test_a_principal_that_is_gone(world: World, ask: Ask, ada: Principal, keeper: dict[str, Any]) -> None:
    assert shown(ask) == ADA
    assert ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="me")
    delete_ada(ask)
    assert shown(ask) == ada.id
    again = ask("iam:CreateUser", UserName="Ada", Path="/team/")["User"]
    assert again["UserId"] != ada.id
    assert shown(ask) == ada.id
    with pytest.raises(AwsError, match=r"^AccessDenied"):
        ask("sts:AssumeRole", as_=principal_of(world, ask, "Ada"), RoleArn=ROLE, RoleSessionName="me")
    with pytest.raises(AwsError, match=rf'^MalformedPolicyDocument: Invalid principal in policy: "AWS":"{ada.id}"$'):
        ask("iam:UpdateAssumeRolePolicy", RoleName="Keeper", PolicyDocument=trust(ada.id))
    ask("iam:UpdateAssumeRolePolicy", RoleName="Keeper", PolicyDocument=trust(again["UserId"]))
    assert shown(ask) == ADA


def test_a_role_that_is_gone(ask: Ask, keeper: dict[str, Any]) -> None:
    other = ask("iam:CreateRole", RoleName="Other", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]
    ask("iam:UpdateAssumeRolePolicy", RoleName="Keeper", PolicyDocument=trust(ADA, other["Arn"]))
    assert shown(ask) == [ADA, other["Arn"]]
    ask("iam:DeleteRole", RoleName="Other")
    assert shown(ask) == [ADA, other["RoleId"]]


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:iam::{ACCOUNT}:user/Ada",
        f"arn:aws:iam::{ACCOUNT}:role/team/Ada",
        f"arn:aws:iam::{OTHER}:user/team/Ada",
        "AIDAAAAAAAAAAAAAAAAAA",
        "AROAAAAAAAAAAAAAAAAAA",
    ],
)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_a_principal_that_is_not_there(ask: Ask, ada: Principal, name: str, element: str) -> None:
    with pytest.raises(AwsError, match=rf'^MalformedPolicyDocument: Invalid principal in policy: "AWS":"{name}"$'):
        ask("iam:CreateRole", RoleName="x", AssumeRolePolicyDocument=trust(ACCOUNT, name, element=element))


def test_those_who_are_not_looked_up(ask: Ask, keeper: dict[str, Any]) -> None:
    names = ["*", f"arn:aws:iam::{OTHER}:root", f"arn:aws:sts::{OTHER}:assumed-role/x/y"]
    ask("iam:UpdateAssumeRolePolicy", RoleName="Keeper", PolicyDocument=trust(*names))
    assert shown(ask) == names
    ask("iam:UpdateAssumeRolePolicy", RoleName="Keeper", PolicyDocument=trust(OTHER))
    assert shown(ask) == f"arn:aws:iam::{OTHER}:root"


# new names -----------------------------------------------------------------------------------------------------------


def test_a_user_with_a_new_name(world: World, ask: Ask, ada: Principal, keeper: dict[str, Any]) -> None:
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=_statement("iam:ListUsers", "*"))
    ask("iam:UpdateUser", UserName="ada", NewUserName="Lovelace", NewPath="/x/")
    found = ask("iam:GetUser", UserName="lovelace")["User"]
    arn = f"arn:aws:iam::{ACCOUNT}:user/x/Lovelace"
    assert (found["Arn"], found["UserId"]) == (arn, ada.id)
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:GetUser", UserName="Ada")
    (key,) = ask("iam:ListAccessKeys", UserName="Lovelace")["AccessKeyMetadata"]
    record = identity.find_access_key(world, key["AccessKeyId"])
    assert record is not None
    renamed = identity.of_access_key(world, record)
    assert renamed is not None
    assert renamed.arn == arn
    assert ask("iam:ListUsers", as_=renamed)["Users"]
    assert shown(ask) == arn
    assert ask("sts:AssumeRole", as_=renamed, RoleArn=ROLE, RoleSessionName="me")
    ask("iam:UpdateUser", UserName="Lovelace", NewUserName="LOVELACE")
    assert ask("iam:GetUser", UserName="lovelace")["User"]["UserName"] == "LOVELACE"
    ask("iam:CreateUser", UserName="Ada")
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: User with name ADA already exists\.$"):
        ask("iam:UpdateUser", UserName="lovelace", NewUserName="ADA")


def test_a_new_name_needs_both(ask: Ask, ada: Principal) -> None:
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=_statement("iam:UpdateUser", ADA))
    ask("iam:UpdateUser", as_=ada, UserName="Ada")
    with pytest.raises(AwsError, match="iam:UpdateUser on resource: user Eve because"):
        ask("iam:UpdateUser", as_=ada, UserName="Ada", NewUserName="Eve")
    with pytest.raises(AwsError, match="iam:UpdateUser on resource: user x because"):
        ask("iam:UpdateUser", as_=ada, UserName="x")
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:UpdateUser", UserName="x", NewUserName="y")


def _statement(action: str, resource: str) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})


# keys ----------------------------------------------------------------------------------------------------------------


def test_when_a_key_was_used(world: World, ask: Ask, ada: Principal) -> None:
    found = ask("iam:GetAccessKeyLastUsed", AccessKeyId=ada.key_id)
    unused = {"LastUsedDate": None, "ServiceName": "N/A", "Region": "N/A"}
    assert found == {"UserName": "Ada", "AccessKeyLastUsed": unused}
    world.advance(60)
    ask("sts:GetCallerIdentity", as_=ada, region="eu-west-1")
    used = {"LastUsedDate": NOW + 60, "ServiceName": "sts", "Region": "eu-west-1"}
    assert ask("iam:GetAccessKeyLastUsed", AccessKeyId=ada.key_id)["AccessKeyLastUsed"] == used


def test_the_last_use_of_a_key_that_is_not_yours(ask: Ask, ada: Principal) -> None:
    missing = "AKIAAAAAAAAAAAAAAAAA"
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: The Access Key with id {missing} cannot be found\.$"):
        ask("iam:GetAccessKeyLastUsed", AccessKeyId=missing)
    with pytest.raises(AwsError, match=r"^NoSuchEntity"):
        ask("iam:GetAccessKeyLastUsed", AccessKeyId=ada.key_id, account=OTHER)
    with pytest.raises(AwsError, match=rf"iam:GetAccessKeyLastUsed on resource: access key {missing} because"):
        ask("iam:GetAccessKeyLastUsed", as_=ada, AccessKeyId=missing)


def test_the_status_of_a_key(ask: Ask, ada: Principal) -> None:
    ask("iam:UpdateAccessKey", UserName="Ada", AccessKeyId=ada.key_id, Status="Inactive")
    assert ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    ask("iam:UpdateAccessKey", UserName="Ada", AccessKeyId=ada.key_id, Status="Active")
    assert ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"][0]["Status"] == "Active"
    with pytest.raises(AwsError, match=r"^NotImplemented: The access key status Expired"):
        ask("iam:UpdateAccessKey", UserName="Ada", AccessKeyId=ada.key_id, Status="Expired")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The Access Key with id"):
        ask("iam:UpdateAccessKey", AccessKeyId=ada.key_id, Status="Active")
