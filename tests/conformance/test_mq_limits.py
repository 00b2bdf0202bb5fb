"""Amazon MQ's limits on what there is already, through boto3: full regions, brokers and configurations, pairs, shares."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.test_mq_operations import BAD, hold, mq
from tests.conformance.test_mq_states import Reach, advance
from tests.services.mq_worlds import ACTIVEMQ, CREATION, PASSWORD, RABBITMQ
from tests.services.test_mq_replication import PRIMARY, REPLICA

__all__ = ["advance", "mq"]

Client = Callable[..., Any]
Advance = Callable[[float], None]


def test_fifty_brokers_in_a_region(mq: Any, client: Client) -> None:
    for number in range(50):
        mq.create_broker(**(RABBITMQ | {"BrokerName": f"b{number}"}))
    text = "An account can have at most 50 brokers in Region [us-east-1]."
    hold(mq.create_broker, RABBITMQ, BAD, text, None)
    assert client("mq", region_name="eu-west-1").create_broker(**RABBITMQ)["BrokerId"]


def test_250_users_of_a_broker(mq: Any) -> None:
    users = [{"Username": f"user{number}", "Password": PASSWORD} for number in range(250)]
    broker = mq.create_broker(**(ACTIVEMQ | {"Users": users}))["BrokerId"]
    more = {"BrokerId": broker, "Username": "one-more", "Password": PASSWORD}
    hold(mq.create_user, more, BAD, "A broker can have at most 250 users.", "users")
    mq.delete_user(BrokerId=broker, Username="user0")
    hold(mq.create_user, more, BAD, "A broker can have at most 250 users.", "users")
    mq.reboot_broker(BrokerId=broker)
    mq.create_user(**more)


def test_300_revisions_of_a_configuration(mq: Any) -> None:
    which = {"ConfigurationId": mq.create_configuration(Name="limits", EngineType="RABBITMQ")["Id"]}
    which["Data"] = base64.b64encode(b"heartbeat = 60").decode()
    for _ in range(299):
        mq.update_configuration(**which)
    hold(mq.update_configuration, which, BAD, "A configuration can have at most 300 revisions.", "configuration-id")
    assert mq.describe_configuration(ConfigurationId=which["ConfigurationId"])["LatestRevision"]["Revision"] == 300


def test_which_brokers_may_be_a_primary(mq: Any, client: Client, advance: Advance) -> None:
    there = client("mq", region_name="us-west-2")
    rabbit = {"BrokerName": "rabbit", "DeploymentMode": "CLUSTER_MULTI_AZ"}
    arns = {
        name: mq.create_broker(**(base | changes))["BrokerArn"]
        for name, base, changes in (
            ("good", PRIMARY, {}),
            ("single", ACTIVEMQ, {"BrokerName": "single"}),
            ("rabbit", RABBITMQ, rabbit),
        )
    }
    advance(CREATION)
    arns["young"] = mq.create_broker(**(PRIMARY | {"BrokerName": "young"}))["BrokerArn"]
    wrong_kind = "it is not an ActiveMQ broker with deployment mode [ACTIVE_STANDBY_MULTI_AZ]"
    replica = {key: value for key, value in REPLICA.items() if value is not None}

    def refuse(at: Any, arn: str, why: str) -> None:
        asked = replica | {"DataReplicationPrimaryBrokerArn": arn}
        text = f"Broker [{arn}] can't be the primary broker: {why}."
        hold(at.create_broker, asked, BAD, text, "dataReplicationPrimaryBrokerArn")

    refuse(mq, arns["good"], "it is in the same Region")
    refuse(there, arns["single"], wrong_kind)
    refuse(there, arns["rabbit"], wrong_kind)
    refuse(there, arns["young"], "it is in state [CREATION_IN_PROGRESS]")
    refuse(there, arns["good"] + "0", "it can't be found")
    asked = replica | {"BrokerName": "first", "DataReplicationPrimaryBrokerArn": arns["good"]}
    made = there.create_broker(**asked)["BrokerArn"]
    refuse(there, arns["good"], "it is part of a data replication pair already")
    advance(CREATION)
    refuse(mq, made, "it is in state [REPLICA]")


SHARE = "arn:aws:ram:us-east-1:444455556666:resource-share/01234567-89ab-4cde-8f01-23456789abcd"


@pytest.mark.parametrize(
    "arn",
    [
        "x",
        "",
        "arn:aws:ram:us-east-1:444455556666:resource-share/x",
        SHARE.replace("us-east-1", "eu-west-1"),
        SHARE.replace("aws:ram", "aws:ec2"),
        SHARE + "0",
    ],
)
def test_what_is_no_share(mq: Any, arn: str) -> None:
    broker = mq.create_broker(**RABBITMQ)["BrokerId"]
    text = f"Value [{arn}] is invalid for [resourceShareArns]. It must be the ARN of a resource share."
    asked = {"BrokerId": broker, "ResourceShareArns": [SHARE, arn]}
    hold(mq.update_broker, asked, BAD, text, "resourceShareArns")
    assert mq.describe_shared_resources(BrokerId=broker)["SharedResources"] == []


def test_only_a_running_broker_takes_shares(client: Client, advance: Advance) -> None:
    reach = Reach(client, advance, "RABBITMQ")
    broker = reach.critical_action_required()
    text = f"Broker [{broker}] can't be updated while it is in state [CRITICAL_ACTION_REQUIRED]."
    hold(reach.mq.update_broker, {"BrokerId": broker, "ResourceShareArns": [SHARE]}, BAD, text, "broker-id")
