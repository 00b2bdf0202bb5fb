"""Resource shares of RabbitMQ brokers: what is pending, and what a reboot makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from tests.conftest import Ask
from tests.services.mq_worlds import CREATION, RABBITMQ, make_broker

FIRST, SECOND = (
    f"arn:aws:ram:us-east-1:444455556666:resource-share/0123456{number}-89ab-4cde-8f01-23456789abcd" for number in (1, 2)
)


@pytest.fixture
def broker(world: World, ask: Ask) -> str:
    return make_broker(world, ask, RABBITMQ)


def statuses(ask: Ask, broker: str) -> dict[str, str]:
    return {row["ResourceArn"]: row["Status"] for row in ask("mq:DescribeSharedResources", BrokerId=broker)["SharedResources"]}


def test_shares_come_and_go_with_reboots(world: World, ask: Ask, broker: str) -> None:
    assert statuses(ask, broker) == {}
    asked: list[str] = [FIRST, FIRST]
    assert ask("mq:UpdateBroker", BrokerId=broker, ResourceShareArns=asked) == {"BrokerId": broker, "ResourceShareArns": asked}
    assert statuses(ask, broker) == {FIRST: "PENDING_CREATE"}
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    (row,) = ask("mq:DescribeSharedResources", BrokerId=broker)["SharedResources"]
    assert row == {"ResourceArn": FIRST, "ResourceShareArns": [FIRST], "Status": "AVAILABLE", "Type": "RESOURCE_SHARE"}
    ask("mq:UpdateBroker", BrokerId=broker, ResourceShareArns=[SECOND])
    assert statuses(ask, broker) == {FIRST: "PENDING_DELETE", SECOND: "PENDING_CREATE"}
    ask("mq:UpdateBroker", BrokerId=broker, ResourceShareArns=[])
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    assert statuses(ask, broker) == {}
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] == []


@pytest.mark.parametrize(
    "arn", ["x", "arn:aws:ram:us-east-1:444455556666:resource-share/x", FIRST.replace("us-east-1", "eu-west-1"), FIRST + "0"]
)
def test_what_is_no_share(ask: Ask, broker: str, arn: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask("mq:UpdateBroker", BrokerId=broker, ResourceShareArns=[arn])
    assert refused.value.message == f"Value [{arn}] is invalid for [resourceShareArns]. It must be the ARN of a resource share."
    assert refused.value.fields == {"ErrorAttribute": "resourceShareArns"}


def test_only_a_running_broker_takes_shares(world: World, ask: Ask) -> None:
    private: dict[str, Any] = RABBITMQ | {"PubliclyAccessible": False}
    broker = make_broker(world, ask, private)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"][0]["VpcEndpointId"]])
    world.advance(600)
    with pytest.raises(AwsError, match=r"can't be updated while it is in state \[CRITICAL_ACTION_REQUIRED\]"):
        ask("mq:UpdateBroker", BrokerId=broker, ResourceShareArns=[FIRST])


def test_a_page_of_shares(ask: Ask, broker: str) -> None:
    shares = [FIRST.replace("0123456", f"{number:07d}") for number in range(7)]
    ask("mq:UpdateBroker", BrokerId=broker, ResourceShareArns=shares)
    first = ask("mq:DescribeSharedResources", BrokerId=broker, MaxResults=5)
    rest = ask("mq:DescribeSharedResources", BrokerId=broker, MaxResults=5, NextToken=first["NextToken"])
    assert [row["ResourceArn"] for row in first["SharedResources"] + rest["SharedResources"]] == shares
