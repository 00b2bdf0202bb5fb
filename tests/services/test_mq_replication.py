"""Cross-Region data replication as states: a replica, its primary, promotion, and the end of the pair."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.mq.broker import Broker
from tests.conftest import ACCOUNT, Ask
from tests.services.mq_worlds import ACTIVEMQ, CREATION, PASSWORD, RABBITMQ, allow, make_user

HERE, THERE = "us-east-1", "us-west-2"
PRIMARY = ACTIVEMQ | {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}
COPY = {"Username": "copy", "Password": PASSWORD, "ReplicationUser": True}
REPLICA = PRIMARY | {"BrokerName": "orders-copy", "DataReplicationMode": "CRDR", "Users": [COPY]}


@pytest.fixture
def primary(world: World, ask: Ask) -> dict[str, str]:
    """A broker that runs, as CreateBroker answered."""
    made = ask("mq:CreateBroker", **PRIMARY, Tags={"team": "orders"})
    world.advance(CREATION)
    return made


@pytest.fixture
def replica(world: World, ask: Ask, primary: dict[str, str]) -> str:
    """Its replica, made but not yet known to the rebooted primary; the id."""
    made = ask("mq:CreateBroker", region=THERE, **REPLICA, DataReplicationPrimaryBrokerArn=primary["BrokerArn"])
    world.advance(CREATION)
    return str(made["BrokerId"])


@pytest.fixture
def pair(world: World, ask: Ask, primary: dict[str, str], replica: str) -> tuple[str, str]:
    """Ids of a primary and its replica that replicate."""
    reboot(world, ask, primary["BrokerId"])
    return primary["BrokerId"], replica


def shown(ask: Ask, broker: str, region: str = HERE) -> dict[str, Any]:
    return ask("mq:DescribeBroker", region=region, BrokerId=broker)


def reboot(world: World, ask: Ask, broker: str, region: str = HERE) -> None:
    ask("mq:RebootBroker", region=region, BrokerId=broker)
    world.advance(CREATION)


def roles(ask: Ask, pair: tuple[str, str]) -> list[tuple[str, str | None]]:
    """State and role of both."""
    found = [shown(ask, pair[0]), shown(ask, pair[1], THERE)]
    return [(one["BrokerState"], (one["DataReplicationMetadata"] or {}).get("DataReplicationRole")) for one in found]


def test_a_replica_is_made(world: World, ask: Ask, primary: dict[str, str], replica: str) -> None:
    copy = shown(ask, replica, THERE)
    assert (copy["BrokerState"], copy["DataReplicationMode"]) == ("REPLICA", "CRDR")
    assert copy["DataReplicationMetadata"] == {
        "DataReplicationRole": "REPLICA",
        "DataReplicationCounterpart": {"BrokerId": primary["BrokerId"], "Region": HERE},
    }
    part = {"DataReplicationRole": "PRIMARY", "DataReplicationCounterpart": {"BrokerId": replica, "Region": THERE}}
    original = shown(ask, primary["BrokerId"])
    assert (original["DataReplicationMode"], original["PendingDataReplicationMode"]) == ("NONE", "CRDR")
    assert (original["DataReplicationMetadata"], original["PendingDataReplicationMetadata"]) == (None, part)
    reboot(world, ask, primary["BrokerId"])
    original = shown(ask, primary["BrokerId"])
    assert (original["BrokerState"], original["DataReplicationMode"], original["DataReplicationMetadata"]) == (
        "RUNNING",
        "CRDR",
        part,
    )
    assert "PendingDataReplicationMode" not in original


def test_a_replica_reboots_into_a_replica(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    reboot(world, ask, pair[1], THERE)
    world.advance(1200)
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("REPLICA", "REPLICA")]


def test_making_a_replica_is_authorised_on_the_primary(world: World, ask: Ask, primary: dict[str, str]) -> None:
    dev = make_user(
        world, ask, {"Effect": "Deny", "Action": "mq:CreateReplicaBroker", "Resource": "*"}, managed="AmazonMQFullAccess"
    )
    asked = REPLICA | {"DataReplicationPrimaryBrokerArn": primary["BrokerArn"]}
    with pytest.raises(AwsError, match=f"AccessDeniedException: .* mq:CreateReplicaBroker on resource: {primary['BrokerArn']}"):
        ask("mq:CreateBroker", as_=dev, region=THERE, **asked)
    condition = {"aws:ResourceTag/team": "orders"}
    tagged = make_user(
        world,
        ask,
        allow("mq:CreateBroker", "ec2:*"),
        allow("mq:CreateReplicaBroker", resource=primary["BrokerArn"], StringEquals=condition),
        name="tagged",
    )
    assert ask("mq:CreateBroker", as_=tagged, region=THERE, **asked)["BrokerId"]


@pytest.mark.parametrize("mode", ["SWITCHOVER", "FAILOVER"])
def test_promotion_exchanges_the_roles(world: World, ask: Ask, pair: tuple[str, str], mode: str) -> None:
    assert ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode=mode) == {"BrokerId": pair[1]}
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("REPLICA", "REPLICA")]
    with pytest.raises(AwsError, match="is already being promoted"):
        ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode=mode)
    world.advance(200)
    assert roles(ask, pair) == [("REPLICA", "REPLICA"), ("RUNNING", "PRIMARY")]
    ask("mq:Promote", BrokerId=pair[0], Mode=mode)
    world.advance(200)
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("REPLICA", "REPLICA")]


def lose(world: World, ask: Ask, broker: str) -> None:
    """Take the broker's interfaces, so that it needs its owner."""
    for row in ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"]:
        ask("ec2:DetachNetworkInterface", AttachmentId=row["Attachment"]["AttachmentId"])
    world.advance(1200)
    assert shown(ask, broker)["BrokerState"] == "CRITICAL_ACTION_REQUIRED"


def test_a_failover_does_not_ask_how_the_primary_is(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    lose(world, ask, pair[0])
    with pytest.raises(AwsError, match="A switchover needs a running primary broker"):
        ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode="SWITCHOVER")
    ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode="FAILOVER")
    world.advance(20)
    assert roles(ask, pair) == [("CRITICAL_ACTION_REQUIRED", "REPLICA"), ("RUNNING", "PRIMARY")]
    reboot(world, ask, pair[0])
    assert roles(ask, pair) == [("REPLICA", "REPLICA"), ("RUNNING", "PRIMARY")]


def test_a_switchover_that_loses_its_primary_on_the_way(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode="SWITCHOVER")
    ask("mq:RebootBroker", BrokerId=pair[0])
    world.advance(200)
    failed = [entry for entry in world.journal.select(subject=pair[1]) if entry.outcome == "failed"]
    assert [entry.title for entry in failed] == ["switch over: exchange roles"]
    world.advance(CREATION)
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("REPLICA", "REPLICA")]


def test_a_replica_that_is_lost_is_not_promoted(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    for row in ask("ec2:DescribeNetworkInterfaces", region=THERE)["NetworkInterfaces"]:
        ask("ec2:DetachNetworkInterface", region=THERE, AttachmentId=row["Attachment"]["AttachmentId"])
    (check,) = world.timers.of(ACCOUNT, THERE, f"check ActiveMQ health/{pair[1]}")
    world.advance(check.due - world.clock.now() - 60)
    ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode="SWITCHOVER")
    world.advance(1200)
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("CRITICAL_ACTION_REQUIRED", "REPLICA")]


def test_a_failover_from_a_primary_that_is_gone(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    """Not by a customer's doing: a pair's broker cannot be deleted."""
    record = world.store.get(Broker, (ACCOUNT, HERE, pair[0]))
    assert record is not None
    world.store.delete(record)
    with pytest.raises(AwsError, match="A switchover needs a running primary"):
        ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode="SWITCHOVER")
    ask("mq:Promote", region=THERE, BrokerId=pair[1], Mode="FAILOVER")
    world.advance(20)
    assert (shown(ask, pair[1], THERE)["BrokerState"], shown(ask, pair[1], THERE)["DataReplicationMode"]) == ("RUNNING", "NONE")


def test_what_cannot_be_promoted(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    rabbit = ask("mq:CreateBroker", **(RABBITMQ | {"BrokerName": "rabbit"}))["BrokerId"]
    for broker, region, mode, text in (
        (pair[0], HERE, "FAILOVER", "is not a replica broker and can't be promoted."),
        (pair[1], THERE, "SIDEWAYS", "Value [SIDEWAYS] is invalid for [mode]. Valid values: [FAILOVER, SWITCHOVER]."),
        (rabbit, HERE, "FAILOVER", "Promote is not supported for RabbitMQ brokers."),
    ):
        with pytest.raises(AwsError) as refused:
            ask("mq:Promote", region=region, BrokerId=broker, Mode=mode)
        assert text in refused.value.message


def test_a_pair_ends_with_the_primarys_reboot(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    for broker, region in zip(pair, (HERE, THERE), strict=True):
        with pytest.raises(AwsError, match="is part of a data replication pair"):
            ask("mq:DeleteBroker", region=region, BrokerId=broker)
    with pytest.raises(AwsError, match="it is not a primary broker"):
        ask("mq:UpdateBroker", region=THERE, BrokerId=pair[1], DataReplicationMode="NONE")
    answer = ask("mq:UpdateBroker", BrokerId=pair[0], DataReplicationMode="NONE")
    assert (answer["DataReplicationMode"], answer["PendingDataReplicationMode"]) == ("NONE", "NONE")
    assert answer["DataReplicationMetadata"]["DataReplicationRole"] == "PRIMARY"
    assert shown(ask, pair[0])["PendingDataReplicationMode"] == "NONE"
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("REPLICA", "REPLICA")]
    reboot(world, ask, pair[0])
    assert roles(ask, pair) == [("RUNNING", None), ("RUNNING", None)]
    for broker, region in zip(pair, (HERE, THERE), strict=True):
        ask("mq:DeleteBroker", region=region, BrokerId=broker)
        world.advance(CREATION)
        assert ask("mq:ListBrokers", region=region)["BrokerSummaries"] == []


def test_an_end_may_be_taken_back(world: World, ask: Ask, pair: tuple[str, str]) -> None:
    ask("mq:UpdateBroker", BrokerId=pair[0], DataReplicationMode="NONE")
    ask("mq:UpdateBroker", BrokerId=pair[0], DataReplicationMode="CRDR")
    reboot(world, ask, pair[0])
    assert roles(ask, pair) == [("RUNNING", "PRIMARY"), ("REPLICA", "REPLICA")]


def test_a_pair_that_has_not_begun_ends_at_once(ask: Ask, primary: dict[str, str], replica: str) -> None:
    ask("mq:UpdateBroker", BrokerId=primary["BrokerId"], DataReplicationMode="CRDR")
    assert shown(ask, primary["BrokerId"])["PendingDataReplicationMode"] == "CRDR"
    ask("mq:UpdateBroker", BrokerId=primary["BrokerId"], DataReplicationMode="NONE")
    assert roles(ask, (primary["BrokerId"], replica)) == [("RUNNING", None), ("RUNNING", None)]
    ask("mq:DeleteBroker", BrokerId=primary["BrokerId"])


def test_a_replica_that_never_came_to_be(world: World, ask: Ask, primary: dict[str, str]) -> None:
    made = ask("mq:CreateBroker", region=THERE, **REPLICA, DataReplicationPrimaryBrokerArn=primary["BrokerArn"])
    for row in ask("ec2:DescribeNetworkInterfaces", region=THERE)["NetworkInterfaces"]:
        ask("ec2:DeleteNetworkInterface", region=THERE, NetworkInterfaceId=row["NetworkInterfaceId"])
    world.advance(CREATION)
    assert shown(ask, made["BrokerId"], THERE)["BrokerState"] == "CREATION_FAILED"
    ask("mq:DeleteBroker", region=THERE, BrokerId=made["BrokerId"])
    assert "PendingDataReplicationMode" not in shown(ask, primary["BrokerId"])


def test_none_is_what_a_broker_has(world: World, ask: Ask, primary: dict[str, str]) -> None:
    ask("mq:UpdateBroker", BrokerId=primary["BrokerId"], DataReplicationMode="NONE")
    assert "PendingDataReplicationMode" not in shown(ask, primary["BrokerId"])
    made = ask("mq:CreateBroker", **(RABBITMQ | {"BrokerName": "rabbit", "DataReplicationMode": "NONE"}))
    assert shown(ask, made["BrokerId"])["DataReplicationMode"] is None


REFUSED: list[Any] = [
    ({"DataReplicationMode": "SOME"}, "Value [SOME] is invalid for [dataReplicationMode].", "dataReplicationMode"),
    ({"DataReplicationPrimaryBrokerArn": None}, "must be specified when", "dataReplicationPrimaryBrokerArn"),
    ({"DataReplicationMode": "NONE"}, "can't be specified unless", "dataReplicationPrimaryBrokerArn"),
    ({"DeploymentMode": "SINGLE_INSTANCE"}, "requires deployment mode [ACTIVE_STANDBY_MULTI_AZ]", "deploymentMode"),
    ({"Users": ACTIVEMQ["Users"]}, "must be created with a replication user.", "users"),
    ({"DataReplicationPrimaryBrokerArn": "orders"}, "it can't be found", "dataReplicationPrimaryBrokerArn"),
    (
        {"DataReplicationPrimaryBrokerArn": f"arn:aws:mq:us-east-1:{ACCOUNT}:broker:orders:b-1"},
        "it can't be found",
        "dataReplicationPrimaryBrokerArn",
    ),
]
"""Changes to a good request for a replica, and how they are refused: a part of the text, the errorAttribute."""


@pytest.mark.parametrize(("changes", "text", "attribute"), REFUSED)
def test_replicas_refused(ask: Ask, primary: dict[str, str], changes: dict[str, Any], text: str, attribute: str) -> None:
    asked = REPLICA | {"DataReplicationPrimaryBrokerArn": primary["BrokerArn"]} | changes
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", region=THERE, **{name: value for name, value in asked.items() if value is not None})
    assert (refused.value.code, refused.value.fields) == ("BadRequestException", {"ErrorAttribute": attribute})
    assert text in refused.value.message


@pytest.mark.parametrize("first", [0, 1])
def test_a_pair_whose_brokers_lost_their_interfaces_can_be_deleted(
    world: World, ask: Ask, pair: tuple[str, str], first: int
) -> None:
    """The end of the pair waits for a boot that there will never be."""
    places = (HERE, THERE)
    for region in places:
        for row in ask("ec2:DescribeNetworkInterfaces", region=region)["NetworkInterfaces"]:
            ask("ec2:DetachNetworkInterface", region=region, AttachmentId=row["Attachment"]["AttachmentId"])
            ask("ec2:DeleteNetworkInterface", region=region, NetworkInterfaceId=row["NetworkInterfaceId"])
    world.advance(1200)
    assert roles(ask, pair) == [("CRITICAL_ACTION_REQUIRED", "PRIMARY"), ("CRITICAL_ACTION_REQUIRED", "REPLICA")]
    with pytest.raises(AwsError, match="is part of a data replication pair"):
        ask("mq:DeleteBroker", region=places[first], BrokerId=pair[first])
    ask("mq:UpdateBroker", BrokerId=pair[0], DataReplicationMode="NONE")
    for number in (first, 1 - first):
        ask("mq:DeleteBroker", region=places[number], BrokerId=pair[number])
    world.advance(CREATION)
    assert [ask("mq:ListBrokers", region=region)["BrokerSummaries"] for region in places] == [[], []]


def test_rabbitmq_does_not_replicate(ask: Ask) -> None:
    with pytest.raises(AwsError, match="Data replication is not supported for RabbitMQ brokers"):
        ask("mq:CreateBroker", **RABBITMQ, DataReplicationMode="CRDR")


def test_primaries_refused(world: World, ask: Ask, primary: dict[str, str], replica: str) -> None:
    """``replica`` is the primary's already; the others are of the wrong kind, place or state."""
    single = ask("mq:CreateBroker", **(ACTIVEMQ | {"BrokerName": "single"}))
    young = ask("mq:CreateBroker", **(PRIMARY | {"BrokerName": "young"}))
    for region, arn, why in (
        (THERE, primary["BrokerArn"], "it is part of a data replication pair already"),
        (HERE, primary["BrokerArn"], "it is in the same Region"),
        (THERE, single["BrokerArn"], "it is not an ActiveMQ broker with deployment mode [ACTIVE_STANDBY_MULTI_AZ]"),
        (THERE, young["BrokerArn"], "it is in state [CREATION_IN_PROGRESS]"),
    ):
        with pytest.raises(AwsError) as refused:
            ask("mq:CreateBroker", region=region, **(REPLICA | {"BrokerName": "other"}), DataReplicationPrimaryBrokerArn=arn)
        assert refused.value.message == f"Broker [{arn}] can't be the primary broker: {why}."
