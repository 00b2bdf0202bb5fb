"""Control policies over callers, and a world that is soft on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import AwsError, Clock, Principal, World, new_world
from emulator.engine import identity, organization
from emulator.policy.document import MalformedPolicyError
from emulator.services.mq.broker import LINKED_ROLE
from tests.conftest import ACCOUNT, START, Ask


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


FULL = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
NO_ENDPOINTS = document({"Effect": "Deny", "Action": "ec2:CreateVpcEndpoint", "Resource": "*"})
ONLY_EC2 = document({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})
NO_LOGS = document({"Effect": "Deny", "Principal": "*", "Action": "logs:*", "Resource": "*"})
NO_IAM = document({"Effect": "Deny", "Principal": "*", "Action": "iam:*", "Resource": "*"})


def decision(world: World) -> dict[str, Any]:
    decided: dict[str, Any] = world.journal.select()[-1].decisions[-1]
    return decided


def test_a_control_policy_binds_even_root(world: World, ask: Ask) -> None:
    organization.join(world, ACCOUNT, [{"Full": FULL}, {"Full": FULL, "NoEndpoints": NO_ENDPOINTS}], {})
    with pytest.raises(AwsError, match="with an explicit deny in a service control policy"):
        ask("ec2:CreateVpcEndpoint", VpcId="vpc-00000000000000001", ServiceName="com.amazonaws.us-east-1.s3")
    assert decision(world)["because"]["policy"] == "NoEndpoints"
    ask("ec2:DescribeVpcs")


def test_who_is_known_is_bound_from_then_on(world: World, ask: Ask) -> None:
    ask("iam:ListRoles")
    with pytest.raises(ZeroDivisionError), world.store.transaction():
        organization.join(world, ACCOUNT, [{"OnlyEc2": ONLY_EC2}], {})
        with pytest.raises(AwsError, match="because no service control policy allows"):
            ask("iam:ListRoles")
        raise ZeroDivisionError
    ask("iam:ListRoles")
    organization.join(world, ACCOUNT, [{"OnlyEc2": ONLY_EC2}], {})
    with pytest.raises(AwsError, match="because no service control policy allows"):
        ask("iam:ListRoles")


def test_every_level_must_allow(world: World, ask: Ask) -> None:
    organization.join(world, ACCOUNT, [{"Full": FULL}, {"OnlyEc2": ONLY_EC2}, {"Full": FULL}], {})
    ask("ec2:DescribeVpcs")
    with pytest.raises(AwsError, match="because no service control policy allows the iam:ListRoles action"):
        ask("iam:ListRoles")


def test_the_management_account_is_free(world: World, ask: Ask) -> None:
    organization.join(world, ACCOUNT, [{"OnlyEc2": ONLY_EC2}], {"NoLogs": NO_LOGS}, is_management=True)
    ask("iam:ListRoles")
    ask("logs:DescribeLogGroups")


def test_another_account_is_not_bound(world: World, ask: Ask) -> None:
    organization.join(world, ACCOUNT, [{"OnlyEc2": ONLY_EC2}], {})
    ask("iam:ListRoles", account="444455556666")


def test_resource_control_policies_reach_some_services(world: World, ask: Ask) -> None:
    organization.join(world, ACCOUNT, [{"Full": FULL}], {"NoLogs": NO_LOGS, "NoIam": NO_IAM})
    ask("iam:ListRoles")
    with pytest.raises(AwsError, match="with an explicit deny in a resource control policy"):
        ask("logs:CreateLogGroup", logGroupName="/a")


def test_the_service_linked_role_is_outside(world: World, ask: Ask) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    organization.join(world, ACCOUNT, [{"NoEndpoints": NO_ENDPOINTS, "OnlyEc2": ONLY_EC2}], {"NoLogs": NO_LOGS})
    role = world.acting_as(LINKED_ROLE, ACCOUNT, "us-east-1")
    ask("logs:CreateLogGroup", as_=role, logGroupName="/aws/amazonmq/broker/b-1/general")
    with pytest.raises(AwsError, match="explicit deny in a resource control policy"):
        ask("logs:CreateLogGroup", logGroupName="/aws/amazonmq/broker/b-2/general")


def test_what_cannot_be(world: World) -> None:
    with pytest.raises(ValueError, match="at least one service control policy"):
        organization.join(world, ACCOUNT, [{"Full": FULL}, {}], {})
    with pytest.raises(MalformedPolicyError):
        organization.join(world, ACCOUNT, [{"Bad": "{}"}], {})
    with pytest.raises(MalformedPolicyError):
        organization.join(world, ACCOUNT, [{"Full": FULL}], {"Bad": FULL})
    assert world.journal.select() == []


# Soft ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def soft() -> World:
    return new_world(clock=Clock(frozen_at=START), seed="tests", pace="real", iam="soft")


def nobody(world: World) -> Principal:
    root = identity.root(ACCOUNT)
    world.ask(root, "iam", "CreateUser", "us-east-1", {"UserName": "nobody"})
    made = world.ask(root, "iam", "CreateAccessKey", "us-east-1", {"UserName": "nobody"})["AccessKey"]["AccessKeyId"]
    key = identity.find_access_key(world, made)
    principal = identity.of_access_key(world, key) if key else None
    assert principal is not None
    return principal


def test_a_soft_world_notes_denials_and_lets_them_through(soft: World) -> None:
    user = nobody(soft)
    assert soft.ask(user, "ec2", "DescribeVpcs", "us-east-1", {})["Vpcs"]
    entry = soft.journal.select()[-1]
    assert entry.outcome == "would be denied"
    assert entry.decisions[0]["decision"] == "implicitDeny"


def test_a_soft_world_holds_the_role_to_its_policy(soft: World) -> None:
    soft.ask(identity.root(ACCOUNT), "iam", "CreateServiceLinkedRole", "us-east-1", {"AWSServiceName": "mq.amazonaws.com"})
    role = soft.acting_as(LINKED_ROLE, ACCOUNT, "us-east-1")
    with pytest.raises(AwsError, match="UnauthorizedOperation"):
        soft.ask(role, "ec2", "DescribeVpcs", "us-east-1", {})


def test_a_soft_world_holds_services_to_the_trust_policy(soft: World) -> None:
    with pytest.raises(AwsError, match="AccessDenied"):
        soft.acting_as(LINKED_ROLE, ACCOUNT, "us-east-1")
