"""Networks and RabbitMQ brokers for tests of Amazon MQ."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import Principal, World
from tests.conftest import ACCOUNT, Ask

ROLE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
USERS = [{"Username": "orders", "Password": "correct-horse-battery"}]
Create = Callable[..., str]


@pytest.fixture
def network(ask: Ask) -> dict[str, Any]:
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for place, zone in enumerate("abc")
    ]
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="broker", Description="clients")["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "group": group}


@pytest.fixture
def create(ask: Ask, network: dict[str, Any]) -> Create:
    """``create()``: a private three-zone cluster with general logs, unless told otherwise; gives its id."""

    def run(name: str = "orders", *, as_: Principal | None = None, **params: Any) -> str:
        given: dict[str, Any] = {
            "BrokerName": name,
            "EngineType": "RABBITMQ",
            "DeploymentMode": "CLUSTER_MULTI_AZ",
            "HostInstanceType": "mq.m5.large",
            "PubliclyAccessible": False,
            "SubnetIds": network["subnets"],
            "SecurityGroups": [network["group"]],
            "Logs": {"General": True},
            "Users": USERS,
        }
        answer = ask("mq:CreateBroker", as_=as_, **{key: value for key, value in (given | params).items() if value is not None})
        return str(answer["BrokerId"])

    return run


def state(ask: Ask, broker: str) -> str:
    return str(ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"])


def endpoints(ask: Ask, broker: str) -> list[dict[str, Any]]:
    found = ask("ec2:DescribeVpcEndpoints", Filters=[{"Name": "tag:Broker", "Values": [broker]}])["VpcEndpoints"]
    return [endpoint for endpoint in found if endpoint["State"] in {"pending", "available"}]


def without(world: World, *, action: str = "", statement: int = 0) -> None:
    """Take an action, or a whole statement (from 1), out of the role's policy."""
    policy = json.loads(world.managed["policy/aws-service-role/AmazonMQServiceRolePolicy"].document)
    kept = [row for number, row in enumerate(policy["Statement"], 1) if number != statement and action not in row["Action"]]
    world.edit_managed_policy(ACCOUNT, ROLE_POLICY, json.dumps(policy | {"Statement": kept}))


def restore(world: World) -> None:
    world.edit_managed_policy(ACCOUNT, ROLE_POLICY, None)
