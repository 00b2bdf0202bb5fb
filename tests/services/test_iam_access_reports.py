"""Which services somebody may use, and when that last happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity
from emulator.services.iam.access_reports import grants

ACCOUNT = "111122223333"
NOW = 1_790_000_000.0
FULL = "arn:aws:iam::aws:policy/AmazonMQFullAccess"
Ask = Callable[..., dict[str, Any]]


def document(*actions: str, effect: str = "Allow") -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]})


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    ask("iam:CreateUser", UserName="Ada", Path="/team/")
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=document("mq:*", "logs:*", "s3:*"))
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="Ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


def report(ask: Ask, arn: str) -> list[dict[str, Any]]:
    job = ask("iam:GenerateServiceLastAccessedDetails", Arn=arn)["JobId"]
    found = ask("iam:GetServiceLastAccessedDetails", JobId=job)
    assert (found["JobStatus"], found["JobType"], found["IsTruncated"]) == ("COMPLETED", "SERVICE_LEVEL", False)
    services: list[dict[str, Any]] = found["ServicesLastAccessed"]
    return services


def test_a_user(world: World, ask: Ask, ada: Principal) -> None:
    world.advance(60)
    ask("mq:ListBrokers", as_=ada, region="eu-west-1")
    logs, mq = report(ask, ada.arn)
    assert logs == {
        "ServiceName": "Amazon CloudWatch Logs",
        "ServiceNamespace": "logs",
        "LastAuthenticated": None,
        "LastAuthenticatedEntity": None,
        "LastAuthenticatedRegion": None,
        "TotalAuthenticatedEntities": 0,
    }
    assert mq == {
        "ServiceName": "Amazon MQ",
        "ServiceNamespace": "mq",
        "LastAuthenticated": NOW + 60,
        "LastAuthenticatedEntity": ada.arn,
        "LastAuthenticatedRegion": "eu-west-1",
        "TotalAuthenticatedEntities": 1,
    }


def test_the_entities(ask: Ask, ada: Principal) -> None:
    ask("mq:ListBrokers", as_=ada)
    job = ask("iam:GenerateServiceLastAccessedDetails", Arn=ada.arn)["JobId"]
    found = ask("iam:GetServiceLastAccessedDetailsWithEntities", JobId=job, ServiceNamespace="mq")
    (entity,) = found["EntityDetailsList"]
    info = {"Arn": ada.arn, "Name": "Ada", "Type": "USER", "Id": ada.id, "Path": "/team/"}
    assert entity == {"EntityInfo": info, "LastAuthenticated": NOW}
    none = ask("iam:GetServiceLastAccessedDetailsWithEntities", JobId=job, ServiceNamespace="logs")
    assert none["EntityDetailsList"] == []


def test_one_made_again_has_done_nothing(world: World, ask: Ask, ada: Principal) -> None:
    ask("mq:ListBrokers", as_=ada)
    world.advance(1)
    ask("iam:DeleteUserPolicy", UserName="Ada", PolicyName="p")
    (key,) = ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"]
    ask("iam:DeleteAccessKey", UserName="Ada", AccessKeyId=key["AccessKeyId"])
    ask("iam:DeleteUser", UserName="Ada")
    ask("iam:CreateUser", UserName="Ada", Path="/team/")
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=document("mq:*"))
    assert [service["LastAuthenticated"] for service in report(ask, ada.arn)] == [None]


def test_a_role_a_group_and_a_policy(world: World, ask: Ask, ada: Principal) -> None:
    trust = json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": ada.arn}, "Action": "sts:AssumeRole"}})
    role = ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn=FULL)
    answer = ask("sts:AssumeRole", as_=ada, RoleArn=role, RoleSessionName="me")
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    ask("mq:ListBrokers", as_=identity.of_session(world, session))
    (used,) = [service for service in report(ask, role) if service["LastAuthenticated"]]
    assert (used["ServiceNamespace"], used["LastAuthenticatedEntity"]) == ("mq", role)

    group = ask("iam:CreateGroup", GroupName="Team")["Group"]["Arn"]
    assert report(ask, group) == []
    ask("iam:AttachGroupPolicy", GroupName="Team", PolicyArn=FULL)
    ask("iam:AddUserToGroup", GroupName="Team", UserName="Ada")
    ask("mq:ListBrokers", as_=ada)
    assert {s["ServiceNamespace"]: s["TotalAuthenticatedEntities"] for s in report(ask, group)}["mq"] == 1
    ask("iam:CreateUser", UserName="Eve")
    assert {s["ServiceNamespace"]: s["TotalAuthenticatedEntities"] for s in report(ask, FULL)}["mq"] == 2


def test_what_is_refused(ask: Ask) -> None:
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The job id cannot be found"):
        ask("iam:GetServiceLastAccessedDetails", JobId="6e5f5f2e-0000-4000-8000-000000000000")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: ARN arn:aws:iam::111122223333:user/x cannot be found"):
        ask("iam:GenerateServiceLastAccessedDetails", Arn="arn:aws:iam::111122223333:user/x")
    with pytest.raises(AwsError, match=r"^InvalidInput: ARN arn:aws:iam::111122223333:mfa/x is not"):
        ask("iam:GenerateServiceLastAccessedDetails", Arn="arn:aws:iam::111122223333:mfa/x")
    with pytest.raises(AwsError, match=r"^NotImplemented: The granularity ACTION_LEVEL"):
        ask("iam:GenerateServiceLastAccessedDetails", Arn=FULL, Granularity="ACTION_LEVEL")


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ({"Effect": "Allow", "Action": "*"}, True),
        ({"Effect": "Allow", "Action": ["s3:*", "MQ:Get*"]}, True),
        ({"Effect": "Allow", "Action": "m?:*"}, True),
        ({"Effect": "Allow", "Action": "logs:*"}, False),
        ({"Effect": "Deny", "Action": "mq:*"}, False),
        ({"Effect": "Allow", "NotAction": "iam:*"}, True),
        ({"Effect": "Allow", "NotAction": ["mq:*"]}, False),
    ],
)
def test_what_grants_a_service(statement: dict[str, Any], wanted: bool) -> None:
    assert grants(json.dumps({"Statement": {**statement, "Resource": "*"}}), "mq") is wanted


def test_the_policies_that_grant(ask: Ask, ada: Principal) -> None:
    ask("iam:CreateGroup", GroupName="Team")
    ask("iam:AddUserToGroup", GroupName="Team", UserName="Ada")
    ask("iam:PutGroupPolicy", GroupName="Team", PolicyName="g", PolicyDocument=document("mq:*"))
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn=FULL)
    found = ask("iam:ListPoliciesGrantingServiceAccess", Arn=ada.arn, ServiceNamespaces=["mq", "ec2"])
    ec2, mq = found["PoliciesGrantingServiceAccess"]
    managed = {"PolicyName": "AmazonMQFullAccess", "PolicyType": "MANAGED", "PolicyArn": FULL}
    assert ec2 == {"ServiceNamespace": "ec2", "Policies": [managed]}
    assert mq["Policies"] == [
        {"PolicyName": "p", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "Ada"},
        managed,
        {"PolicyName": "g", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "Team"},
    ]
