"""CreateBroker while the service-linked role is being deleted: one of the two fails, never both succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.iam.service_linked_roles import DELETION_TIME

NAME = "AWSServiceRoleForAmazonMQ"
Ask = Callable[..., dict[str, Any]]

BROKER = {
    "BrokerName": "orders",
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.t3.micro",
    "PubliclyAccessible": False,
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}


@pytest.fixture
def task(ask: Ask) -> str:
    """A deletion under way."""
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    return str(ask("iam:DeleteServiceLinkedRole", RoleName=NAME)["DeletionTaskId"])


def status(ask: Ask, task: str) -> dict[str, Any]:
    return ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)


def test_a_broker_that_comes_first_wins(world: World, ask: Ask, task: str) -> None:
    role = ask("iam:GetRole", RoleName=NAME)["Role"]["RoleId"]
    broker = ask("mq:CreateBroker", **BROKER)
    world.advance(DELETION_TIME)
    found = status(ask, task)
    assert found["Status"] == "FAILED"
    assert found["Reason"]["RoleUsageList"] == [{"Region": "us-east-1", "Resources": [broker["BrokerArn"]]}]
    world.advance(3600)
    assert ask("mq:DescribeBroker", BrokerId=broker["BrokerId"])["BrokerState"] == "RUNNING"
    assert ask("iam:GetRole", RoleName=NAME)["Role"]["RoleId"] == role


def test_a_broker_in_another_region_counts(world: World, ask: Ask, task: str) -> None:
    ask("mq:CreateBroker", **BROKER, region="eu-west-1")
    world.advance(DELETION_TIME)
    assert [row["Region"] for row in status(ask, task)["Reason"]["RoleUsageList"]] == ["eu-west-1"]


def test_a_broker_that_is_refused_leaves_the_deletion_alone(world: World, ask: Ask, task: str) -> None:
    with pytest.raises(AwsError, match=r"^BadRequestException"):
        ask("mq:CreateBroker", **{**BROKER, "BrokerName": "no good"})
    world.advance(DELETION_TIME)
    assert status(ask, task)["Status"] == "SUCCEEDED"


def test_a_broker_that_comes_after_has_another_role(world: World, ask: Ask, task: str) -> None:
    old = ask("iam:GetRole", RoleName=NAME)["Role"]["RoleId"]
    world.advance(DELETION_TIME)
    assert status(ask, task)["Status"] == "SUCCEEDED"
    broker = ask("mq:CreateBroker", **BROKER)
    assert ask("iam:GetRole", RoleName=NAME)["Role"]["RoleId"] != old
    world.advance(3600)
    assert ask("mq:DescribeBroker", BrokerId=broker["BrokerId"])["BrokerState"] == "RUNNING"
