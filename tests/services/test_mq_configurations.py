"""Configurations, their revisions, and the brokers that use them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from emulator import AwsError, World
from tests.conftest import ACCOUNT, Ask

BROKER: dict[str, Any] = {
    "BrokerName": "orders",
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": True,
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def made(ask: Ask) -> dict[str, Any]:
    return ask("mq:CreateConfiguration", Name="limits", EngineType="RabbitMQ", EngineVersion="3.13", Tags={"team": "orders"})


def test_a_new_configuration_has_a_default_revision(ask: Ask, made: dict[str, Any]) -> None:
    assert made["Arn"] == f"arn:aws:mq:us-east-1:{ACCOUNT}:configuration:{made['Id']}"
    assert (made["Name"], made["AuthenticationStrategy"], made["LatestRevision"]["Revision"]) == ("limits", "simple", 1)
    shown = ask("mq:DescribeConfiguration", ConfigurationId=made["Id"])
    assert (shown["EngineType"], shown["EngineVersion"], shown["Tags"]) == ("RabbitMQ", "3.13", {"team": "orders"})
    first = ask("mq:DescribeConfigurationRevision", ConfigurationId=made["Id"], ConfigurationRevision="1")
    assert "consumer_timeout = 1800000" in base64.b64decode(first["Data"]).decode()


def test_every_update_is_a_revision(ask: Ask, made: dict[str, Any]) -> None:
    data = encoded("# slow consumers\nconsumer_timeout = 60000\nheartbeat=120\nauth_oauth2.resource_server_id = x\n")
    updated = ask("mq:UpdateConfiguration", ConfigurationId=made["Id"], Data=data, Description="slow consumers")
    assert (updated["LatestRevision"]["Revision"], updated["LatestRevision"]["Description"]) == (2, "slow consumers")
    assert updated["Warnings"] == []
    rows = ask("mq:ListConfigurationRevisions", ConfigurationId=made["Id"])
    assert [row["Revision"] for row in rows["Revisions"]] == [1, 2]
    assert rows["MaxResults"] == 20
    assert ask("mq:DescribeConfigurationRevision", ConfigurationId=made["Id"], ConfigurationRevision="2")["Data"] == data
    (listed,) = ask("mq:ListConfigurations")["Configurations"]
    assert listed["LatestRevision"]["Revision"] == 2


DATA_REFUSED: list[Any] = [
    ("not base64!", "must be base64-encoded text"),
    (base64.b64encode(b"\xff\xfe").decode(), "must be base64-encoded text"),
    (encoded("consumer_timeout"), "not of the form key = value: [consumer_timeout]"),
    (encoded("vm_memory_high_watermark = 0.8"), "option [vm_memory_high_watermark] is not supported"),
    (encoded("heartbeat = 10"), "Value [10] is invalid for the configuration option [heartbeat]"),
    (encoded("secure.management.http.headers.enabled = yes"), "Value [yes] is invalid"),
    (encoded("#" * 200_000), "must not be larger than"),
]
"""Data of a RabbitMQ configuration, and a part of the text that refuses it."""


@pytest.mark.parametrize(("data", "text"), DATA_REFUSED)
def test_data_that_rabbitmq_does_not_take(ask: Ask, made: dict[str, Any], data: str, text: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask("mq:UpdateConfiguration", ConfigurationId=made["Id"], Data=data)
    assert (refused.value.code, refused.value.fields) == ("BadRequestException", {"ErrorAttribute": "data"})
    assert text in refused.value.message


REFUSED: list[Any] = [
    ({"Name": "no spaces"}, "BadRequestException", "name"),
    ({"Name": "limits"}, "ConflictException", "name"),
    ({"EngineType": "KAFKA"}, "BadRequestException", "engineType"),
    ({"EngineVersion": "3.8"}, "BadRequestException", "engineVersion"),
    ({"AuthenticationStrategy": "LDAP"}, "BadRequestException", "authenticationStrategy"),
    ({"Tags": {f"k{number}": "v" for number in range(51)}}, "BadRequestException", "tags"),
]
"""Changes to a good request, and how they are refused: code, errorAttribute."""


@pytest.mark.parametrize(("changes", "code", "attribute"), REFUSED)
def test_refused(ask: Ask, made: dict[str, Any], changes: dict[str, Any], code: str, attribute: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateConfiguration", **({"Name": "other", "EngineType": "RABBITMQ"} | changes))
    assert (refused.value.code, refused.value.fields) == (code, {"ErrorAttribute": attribute})


def test_what_is_not_there(ask: Ask, made: dict[str, Any]) -> None:
    for action in ("DescribeConfiguration", "DeleteConfiguration", "ListConfigurationRevisions"):
        with pytest.raises(AwsError) as refused:
            ask(f"mq:{action}", ConfigurationId="c-1")
        assert refused.value.message == "Configuration ID [c-1] can't be found. Make sure it exists."
        assert refused.value.fields == {"ErrorAttribute": "configuration-id"}
    with pytest.raises(AwsError) as refused:
        ask("mq:DescribeConfigurationRevision", ConfigurationId=made["Id"], ConfigurationRevision="7")
    assert refused.value.message == f"Revision [7] of configuration [{made['Id']}] can't be found. Make sure it exists."


def test_revisions_have_an_end(ask: Ask, made: dict[str, Any]) -> None:
    for _ in range(299):
        ask("mq:UpdateConfiguration", ConfigurationId=made["Id"], Data=encoded("heartbeat = 60"))
    with pytest.raises(AwsError, match="at most 300 revisions"):
        ask("mq:UpdateConfiguration", ConfigurationId=made["Id"], Data=encoded("heartbeat = 60"))


def test_a_broker_uses_a_revision_until_it_takes_another(world: World, ask: Ask, made: dict[str, Any]) -> None:
    broker = ask("mq:CreateBroker", **BROKER, Configuration={"Id": made["Id"]})["BrokerId"]
    used = {"Id": made["Id"], "Revision": 1}
    assert ask("mq:DescribeBroker", BrokerId=broker)["Configurations"] == {"Current": None, "Pending": used, "History": []}
    world.advance(600)
    assert ask("mq:DescribeBroker", BrokerId=broker)["Configurations"] == {"Current": used, "Pending": None, "History": []}
    ask("mq:UpdateConfiguration", ConfigurationId=made["Id"], Data=encoded("heartbeat = 60"))
    later = {"Id": made["Id"], "Revision": 2}
    answer = ask("mq:UpdateBroker", BrokerId=broker, Configuration=later)
    assert answer == {"BrokerId": broker, "Configuration": later}
    assert ask("mq:DescribeBroker", BrokerId=broker)["Configurations"]["Pending"] == later
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    shown = ask("mq:DescribeBroker", BrokerId=broker)["Configurations"]
    assert shown == {"Current": later, "Pending": None, "History": [used]}

    other = ask("mq:CreateConfiguration", Name="other", EngineType="RABBITMQ")["Id"]
    assert ask("mq:DeleteConfiguration", ConfigurationId=other) == {"ConfigurationId": other}
    with pytest.raises(AwsError) as refused:
        ask("mq:DeleteConfiguration", ConfigurationId=made["Id"])
    assert refused.value.code == "ConflictException"
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(600)
    assert ask("mq:DeleteConfiguration", ConfigurationId=made["Id"]) == {"ConfigurationId": made["Id"]}
    assert ask("mq:ListConfigurations")["Configurations"] == []


@pytest.mark.parametrize("asked", [{"Id": "c-1"}, {"Id": None, "Revision": 9}])
def test_a_broker_cannot_use_what_is_not_there(ask: Ask, made: dict[str, Any], asked: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", **BROKER, Configuration=asked | ({"Id": made["Id"]} if asked["Id"] is None else {}))
    assert (refused.value.code, refused.value.fields) == ("BadRequestException", {"ErrorAttribute": "configuration"})


def test_tags(ask: Ask, made: dict[str, Any]) -> None:
    ask("mq:CreateTags", ResourceArn=made["Arn"], Tags={"stage": "test"})
    ask("mq:DeleteTags", ResourceArn=made["Arn"], TagKeys=["team"])
    assert ask("mq:ListTags", ResourceArn=made["Arn"]) == {"Tags": {"stage": "test"}}
