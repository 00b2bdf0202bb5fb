"""Conditions on tags work on every operation of Amazon MQ: aws:ResourceTag, aws:RequestTag, aws:TagKeys."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.mq import SERVICE
from tests.conftest import Ask
from tests.services.mq_worlds import ACTIVEMQ, PASSWORD, allow, make_broker, make_user

CONFIGURATION_DATA = base64.b64encode(b'<broker xmlns="http://activemq.apache.org/schema/core"/>').decode()

ON_BROKER: dict[str, dict[str, Any]] = {
    "DescribeBroker": {},
    "UpdateBroker": {},
    "RebootBroker": {},
    "DeleteBroker": {},
    "Promote": {"Mode": "FAILOVER"},
    "CreateUser": {"Username": "second", "Password": PASSWORD},
    "UpdateUser": {"Username": "admin"},
    "DescribeUser": {"Username": "admin"},
    "DeleteUser": {"Username": "admin"},
    "ListUsers": {},
    "DescribeSharedResources": {},
}
ON_CONFIGURATION: dict[str, dict[str, Any]] = {
    "DescribeConfiguration": {},
    "UpdateConfiguration": {"Data": CONFIGURATION_DATA},
    "DeleteConfiguration": {},
    "ListConfigurationRevisions": {},
    "DescribeConfigurationRevision": {"ConfigurationRevision": "1"},
}
ON_EITHER: dict[str, dict[str, Any]] = {
    "ListTags": {},
    "CreateTags": {"Tags": {"stage": "test"}},
    "DeleteTags": {"TagKeys": ["stage"]},
}
WITHOUT_RESOURCE: dict[str, dict[str, Any]] = {
    "ListBrokers": {},
    "ListConfigurations": {},
    "DescribeBrokerEngineTypes": {},
    "DescribeBrokerInstanceOptions": {},
}
MAKING: dict[str, dict[str, Any]] = {
    "CreateBroker": ACTIVEMQ | {"BrokerName": "new"},
    "CreateConfiguration": {"Name": "new", "EngineType": "ACTIVEMQ"},
}
BY_TAG = {"aws:ResourceTag/team": "orders"}


def test_the_tables_have_every_operation() -> None:
    assert {*ON_BROKER, *ON_CONFIGURATION, *ON_EITHER, *WITHOUT_RESOURCE, *MAKING} == set(SERVICE.operations)


@pytest.fixture
def named(world: World, ask: Ask) -> dict[str, dict[str, str]]:
    """How requests name a broker and a configuration, each tagged."""
    broker = make_broker(world, ask, Tags={"team": "orders"})
    configuration = ask("mq:CreateConfiguration", Name="limits", EngineType="ACTIVEMQ", Tags={"team": "orders"})
    return {
        "broker": {"BrokerId": broker, "ResourceArn": ask("mq:DescribeBroker", BrokerId=broker)["BrokerArn"]},
        "configuration": {"ConfigurationId": configuration["Id"], "ResourceArn": configuration["Arn"]},
    }


CASES = [
    *(("broker", "BrokerId", *row) for row in ON_BROKER.items()),
    *(("configuration", "ConfigurationId", *row) for row in ON_CONFIGURATION.items()),
    *((kind, "ResourceArn", *row) for kind in ("broker", "configuration") for row in ON_EITHER.items()),
]


@pytest.mark.parametrize(("kind", "member", "operation", "params"), CASES)
def test_a_resource_by_its_tags(
    world: World, ask: Ask, named: dict[str, dict[str, str]], kind: str, member: str, operation: str, params: dict[str, Any]
) -> None:
    dev = make_user(world, ask, allow(f"mq:{operation}", StringEquals=BY_TAG), allow("ec2:*"))
    params = {member: named[kind][member], **params}
    ask("mq:DeleteTags", ResourceArn=named[kind]["ResourceArn"], TagKeys=["team"])
    with pytest.raises(AwsError) as refused:
        ask(f"mq:{operation}", as_=dev, **params)
    assert (refused.value.code, refused.value.status) == ("AccessDeniedException", 403)
    assert refused.value.message == (
        f"User: {dev.arn} is not authorized to perform: mq:{operation} on resource: {named[kind]['ResourceArn']} "
        f"because no identity-based policy allows the mq:{operation} action"
    )
    ask("mq:CreateTags", ResourceArn=named[kind]["ResourceArn"], Tags={"team": "orders"})
    if operation == "Promote":  # allowed, and then refused for what the broker is
        with pytest.raises(AwsError, match="is not a replica broker"):
            ask("mq:Promote", as_=dev, **params)
    else:
        ask(f"mq:{operation}", as_=dev, **params)


@pytest.mark.parametrize(("operation", "params"), (WITHOUT_RESOURCE | MAKING).items())
def test_without_a_resource_there_is_no_tag_of_it(world: World, ask: Ask, operation: str, params: dict[str, Any]) -> None:
    dev = make_user(world, ask, allow(f"mq:{operation}", StringEquals=BY_TAG))
    with pytest.raises(AwsError, match=f"AccessDeniedException: .* mq:{operation}"):
        ask(f"mq:{operation}", as_=dev, **params)
    other = make_user(world, ask, allow(f"mq:{operation}", "ec2:*", StringNotLike={"aws:ResourceTag/team": "*"}), name="other")
    ask(f"mq:{operation}", as_=other, **params)


@pytest.mark.parametrize(("operation", "params"), MAKING.items())
def test_what_is_made_by_the_tags_it_gets(world: World, ask: Ask, operation: str, params: dict[str, Any]) -> None:
    """Tags on creation need mq:CreateTags too, and both see the tags of the request."""
    by_value = {"StringEquals": {"aws:RequestTag/team": "orders"}}
    by_key = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]}}
    dev = make_user(world, ask, allow(f"mq:{operation}", "mq:CreateTags", **by_value, **by_key), allow("ec2:*"))
    for tags in ({}, {"team": "others"}, {"team": "orders", "owner": "me"}):
        with pytest.raises(AwsError, match=f"AccessDeniedException: .* mq:{operation}"):
            ask(f"mq:{operation}", as_=dev, **params, **({"Tags": tags} if tags else {}))
    ask(f"mq:{operation}", as_=dev, **params, Tags={"team": "orders", "stage": "test"})

    untagging = make_user(world, ask, allow(f"mq:{operation}", "ec2:*"), name="untagging")
    name = "BrokerName" if "BrokerName" in params else "Name"
    with pytest.raises(AwsError, match=r"AccessDeniedException: .* mq:CreateTags"):
        ask(f"mq:{operation}", as_=untagging, **(params | {name: "other"}), Tags={"team": "orders"})
    ask(f"mq:{operation}", as_=untagging, **(params | {name: "other"}))


@pytest.mark.parametrize("kind", ["broker", "configuration"])
def test_tagging_by_the_tags_of_the_request(world: World, ask: Ask, named: dict[str, dict[str, str]], kind: str) -> None:
    arn = named[kind]["ResourceArn"]
    by_value = allow("mq:CreateTags", StringEquals={"aws:RequestTag/stage": "test"})
    by_key = allow("mq:DeleteTags", **{"ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]}})
    dev = make_user(world, ask, by_value, by_key)
    with pytest.raises(AwsError, match=r"AccessDeniedException: .* mq:CreateTags"):
        ask("mq:CreateTags", as_=dev, ResourceArn=arn, Tags={"stage": "live"})
    ask("mq:CreateTags", as_=dev, ResourceArn=arn, Tags={"stage": "test"})
    with pytest.raises(AwsError, match=r"AccessDeniedException: .* mq:DeleteTags"):
        ask("mq:DeleteTags", as_=dev, ResourceArn=arn, TagKeys=["stage", "team"])
    ask("mq:DeleteTags", as_=dev, ResourceArn=arn, TagKeys=["stage"])
    assert ask("mq:ListTags", ResourceArn=arn)["Tags"] == {"team": "orders"}
