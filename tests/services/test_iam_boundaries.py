"""Permissions boundaries: put, shown, enforced, taken off."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity

ACCOUNT = "111122223333"
READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
SERVICE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
TRUST = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}'
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    ask("iam:CreateUser", UserName="Ada")
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn=ADMIN)
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="Ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


def test_a_boundary_limits(ask: Ask, ada: Principal) -> None:
    assert ask("mq:ListBrokers", as_=ada)
    ask("iam:PutUserPermissionsBoundary", UserName="ada", PermissionsBoundary=READ)
    assert ask("iam:ListUsers", as_=ada)
    with pytest.raises(AwsError, match="because no permissions boundary allows the mq:ListBrokers action"):
        ask("mq:ListBrokers", as_=ada)
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ}
    assert ask("iam:GetUser", UserName="Ada")["User"]["PermissionsBoundary"] == shown
    assert ask("iam:ListUsers")["Users"][0]["PermissionsBoundary"] is None
    ask("iam:DeleteUserPermissionsBoundary", UserName="Ada")
    assert ask("mq:ListBrokers", as_=ada)


def test_a_boundary_that_denies(ask: Ask, ada: Principal) -> None:
    deny = {"Statement": [{"Effect": "Deny", "Action": "mq:*", "Resource": "*"}]}
    arn = ask("iam:CreatePolicy", PolicyName="no", PolicyDocument=json.dumps(deny))["Policy"]["Arn"]
    ask("iam:PutUserPermissionsBoundary", UserName="Ada", PermissionsBoundary=arn)
    with pytest.raises(AwsError, match="with an explicit deny in a permissions boundary"):
        ask("mq:ListBrokers", as_=ada)


def test_of_a_role(world: World, ask: Ask, ada: Principal) -> None:
    made = ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=READ)["Role"]
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn=ADMIN)
    answer = ask("sts:AssumeRole", as_=ada, RoleArn=made["Arn"], RoleSessionName="me")
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    keeper = identity.of_session(world, session)
    with pytest.raises(AwsError, match="because no permissions boundary allows the mq:ListBrokers action"):
        ask("mq:ListBrokers", as_=keeper)
    found = ask("iam:GetRole", RoleName="Keeper")["Role"]
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ
    ask("iam:PutRolePermissionsBoundary", RoleName="Keeper", PermissionsBoundary=ADMIN)
    assert ask("mq:ListBrokers", as_=keeper)
    ask("iam:DeleteRolePermissionsBoundary", RoleName="Keeper")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The role Keeper does not have a permissions boundary\.$"):
        ask("iam:DeleteRolePermissionsBoundary", RoleName="Keeper")


def test_what_is_refused(ask: Ask, ada: Principal) -> None:
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The user Ada does not have a permissions boundary\.$"):
        ask("iam:DeleteUserPermissionsBoundary", UserName="Ada")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/Nothing"
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: Scope ARN: {arn} does not exist or is not attachable\.$"):
        ask("iam:PutUserPermissionsBoundary", UserName="Ada", PermissionsBoundary=arn)
    with pytest.raises(AwsError, match=r"^NoSuchEntity: Scope ARN"):
        ask("iam:CreateUser", UserName="Eve", PermissionsBoundary=arn)
    with pytest.raises(AwsError, match=r"^PolicyNotAttachable"):
        ask("iam:PutUserPermissionsBoundary", UserName="Ada", PermissionsBoundary=SERVICE_POLICY)
    for action in ("PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"):
        params = {"PermissionsBoundary": READ} if action.startswith("Put") else {}
        with pytest.raises(AwsError, match=r"^NoSuchEntity: The user with name x cannot be found"):
            ask(f"iam:{action}", UserName="x", **params)
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The role with name x cannot be found"):
        ask("iam:DeleteRolePermissionsBoundary", RoleName="x")


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("PutRolePermissionsBoundary", {"PermissionsBoundary": READ}),
        ("DeleteRolePermissionsBoundary", {}),
    ],
)
def test_the_service_linked_role_has_none(ask: Ask, action: str, params: dict[str, Any]) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    with pytest.raises(
        AwsError, match=r"^UnmodifiableEntity: .*'AWSServiceRoleForAmazonMQ' - this role is only modifiable by AWS"
    ):
        ask(f"iam:{action}", RoleName="AWSServiceRoleForAmazonMQ", **params)


def test_only_with_the_boundary(ask: Ask, ada: Principal) -> None:
    """The delegation of the user guide: new users, and what is hung on users, only where the boundary is."""
    ask("iam:DetachUserPolicy", UserName="Ada", PolicyArn=ADMIN)
    statement = {
        "Effect": "Allow",
        "Action": ["iam:CreateUser", "iam:AttachUserPolicy", "iam:PutUserPolicy"],
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": READ}},
    }
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=json.dumps({"Statement": statement}))
    with pytest.raises(AwsError, match=r"^AccessDenied"):
        ask("iam:CreateUser", as_=ada, UserName="Eve")
    with pytest.raises(AwsError, match=r"^AccessDenied"):
        ask("iam:CreateUser", as_=ada, UserName="Eve", PermissionsBoundary=ADMIN)
    ask("iam:CreateUser", as_=ada, UserName="Eve", PermissionsBoundary=READ)
    ask("iam:AttachUserPolicy", as_=ada, UserName="Eve", PolicyArn=ADMIN)
    ask("iam:PutUserPolicy", as_=ada, UserName="Eve", PolicyName="p", PolicyDocument=json.dumps({"Statement": statement}))
    with pytest.raises(AwsError, match=r"^AccessDenied"):
        ask("iam:AttachUserPolicy", as_=ada, UserName="Ada", PolicyArn=ADMIN)
