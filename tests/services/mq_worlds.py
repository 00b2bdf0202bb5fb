"""What the tests of Amazon MQ start from: users with policies, networks, brokers of both engines."""

from __future__ import annotations

import json
from typing import Any

from emulator import Principal, World
from emulator.engine import identity
from tests.conftest import Ask

PASSWORD = "correct-horse-battery"

ACTIVEMQ: dict[str, Any] = {
    "BrokerName": "orders",
    "EngineType": "ActiveMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "Users": [{"Username": "admin", "Password": PASSWORD}],
}
RABBITMQ: dict[str, Any] = {
    "BrokerName": "orders",
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": True,
    "Users": [{"Username": "admin", "Password": PASSWORD}],
}
CREATION = 700
"""Seconds until an ActiveMQ broker runs."""


def make_broker(world: World, ask: Ask, base: dict[str, Any] = ACTIVEMQ, **changes: Any) -> str:
    """A broker that runs; gives its id."""
    made = ask("mq:CreateBroker", **{key: value for key, value in (base | changes).items() if value is not None})
    world.advance(CREATION)
    return str(made["BrokerId"])


def make_user(world: World, ask: Ask, *statements: dict[str, Any], name: str = "dev", managed: str = "") -> Principal:
    """An IAM user with an inline policy, or an AWS managed one."""
    ask("iam:CreateUser", UserName=name)
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        ask("iam:PutUserPolicy", UserName=name, PolicyName="own", PolicyDocument=document)
    if managed:
        ask("iam:AttachUserPolicy", UserName=name, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"])
    principal = identity.of_access_key(world, key) if key else None
    assert principal is not None
    return principal


def allow(*actions: str, resource: str = "*", **condition: Any) -> dict[str, Any]:
    """A statement; ``condition`` is operator=keys."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})
