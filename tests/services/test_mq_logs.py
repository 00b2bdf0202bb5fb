"""What a RabbitMQ broker writes to CloudWatch Logs through the role: groups, streams, lines, and when."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError, Call, Clock, World, new_world
from emulator.engine import identity
from emulator.services.mq import log_lines
from emulator.services.mq.catalogue import engines
from emulator.services.mq.events import EVENTS, happen
from tests.conftest import ACCOUNT, REGION, START, Ask
from tests.services.conftest import Create, restore, state, without
from tests.services.mq_worlds import RABBITMQ, make_broker

HOUR = 3600
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00 \[(info|warning|error)\] <0\.\d+\.0> .*")
"""The format of RabbitMQ's own log files since 3.9."""


def categories(ask: Ask, broker: str) -> list[str]:
    prefix = f"/aws/amazonmq/broker/{broker}/"
    groups = ask("logs:DescribeLogGroups", logGroupNamePrefix=prefix)["logGroups"]
    return [str(group["logGroupName"]).removeprefix(prefix) for group in groups]


def lines(ask: Ask, broker: str, category: str) -> list[str]:
    found = ask("logs:FilterLogEvents", logGroupName=f"/aws/amazonmq/broker/{broker}/{category}")["events"]
    return [str(event["message"]) for event in found]


def texts(ask: Ask, broker: str, category: str) -> list[str]:
    """Lines without time, level and process; those of the three nodes side by side."""
    return [line.split(".0> ", 1)[1] for line in lines(ask, broker, category)]


def count(said: list[str], text: str) -> int:
    return sum(text in line for line in said)


@pytest.fixture
def broker(world: World, create: Create) -> str:
    made = create()
    world.advance(600)
    return made


def test_every_node_says_that_it_starts_in_a_stream_of_its_own(ask: Ask, broker: str) -> None:
    group = f"/aws/amazonmq/broker/{broker}/general"
    streams = [stream["logStreamName"] for stream in ask("logs:DescribeLogStreams", logGroupName=group)["logStreams"]]
    assert len(streams) == 3
    for stream in streams:
        node = stream.removesuffix(".log")
        events = ask("logs:GetLogEvents", logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
        said = [event["message"] for event in events]
        assert all(LINE.fullmatch(line) for line in said)
        assert "Starting RabbitMQ 4.3.0 on Erlang" in said[1]
        assert said[3].endswith(f"node           : {node}")
        assert count(said, "Running boot step") == 19
        assert count(said, "started TLS (SSL) listener on [::]:5671") == 1
        assert count(said, "rabbit on node 'rabbit@") == 2
        assert count(said, "Server startup complete; 4 plugins started.") == 1
        stamps = [event["timestamp"] for event in events]
        assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("version", engines()["RABBITMQ"]["versions"])
def test_every_version_has_its_banner(world: World, ask: Ask, create: Create, version: str) -> None:
    broker = create(EngineVersion=version)
    world.advance(600)
    assert count(texts(ask, broker, "general"), f"Starting RabbitMQ {version}.") == 3


def test_a_category_has_no_group_before_its_first_line(world: World, ask: Ask, broker: str) -> None:
    assert categories(ask, broker) == ["general"]
    world.advance(HOUR)
    assert categories(ask, broker) == ["connection", "general"]
    said = texts(ask, broker, "connection")
    assert len(said) == 9
    assert re.fullmatch(r"accepting AMQP connection 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:5672", said[0])
    assert said[3].endswith(f"user '{log_lines.MONITOR}' authenticated and granted access to vhost '/'")
    assert said[6].startswith("closing AMQP connection (127.0.0.1:")
    world.advance(HOUR)
    assert len(lines(ask, broker, "connection")) == 18


def test_once_a_day_the_health_check_leaves_a_channel_error(world: World, ask: Ask, broker: str) -> None:
    world.advance(7 * 24 * HOUR)
    said = lines(ask, broker, "channel")
    assert count(said, f"user: '{log_lines.MONITOR}'), channel 1:") == 7
    assert count(said, "operation queue.declare caused a channel exception not_found: no queue 'health' in vhost '/'") == 7
    assert all(LINE.fullmatch(line) and "[error]" in line for line in said)


def test_rabbitmq_3_names_the_process_of_a_connection(world: World, ask: Ask, create: Create) -> None:
    broker = create(EngineVersion="3.13", DeploymentMode="SINGLE_INSTANCE", SubnetIds=None, SecurityGroups=None)
    world.advance(600 + HOUR)
    accepted, granted, closed = lines(ask, broker, "connection")
    process = re.search(r"<0\.\d+\.0>", accepted)
    assert process is not None
    assert f"{process[0]} accepting AMQP connection {process[0]} (127.0.0.1:" in accepted
    assert f"{process[0]} connection {process[0]} (127.0.0.1:" in granted
    assert f"vhost: '/', user: '{log_lines.MONITOR}')" in closed


def test_a_reboot_stops_and_starts_the_nodes(world: World, ask: Ask, broker: str) -> None:
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    said = texts(ask, broker, "general")
    assert count(said, "RabbitMQ is asked to stop...") == count(said, "Successfully stopped RabbitMQ and its dependencies") == 3
    assert count(said, " Starting RabbitMQ") == 6
    assert "upgrade" not in categories(ask, broker)


def test_a_new_version_opens_the_upgrade_group(world: World, ask: Ask, create: Create) -> None:
    broker = create(EngineVersion="4.2")
    world.advance(600)
    ask("mq:UpdateBroker", BrokerId=broker, EngineVersion="4.3")
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    assert count(texts(ask, broker, "general"), " Starting RabbitMQ 4.3.0") == 3
    assert count(texts(ask, broker, "upgrade"), "All upgrades applied successfully") == 3
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    assert count(texts(ask, broker, "upgrade"), "All upgrades applied successfully") == 3


def test_logs_are_off_until_the_reboot_that_turns_them_on(world: World, ask: Ask, create: Create) -> None:
    broker = create(Logs=None)
    world.advance(600 + 2 * HOUR)
    happen(world, ACCOUNT, REGION, broker, "channel error")
    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": True})
    assert ask("mq:DescribeBroker", BrokerId=broker)["Logs"]["Pending"] == {"General": True}
    world.advance(2 * HOUR)
    assert categories(ask, broker) == []
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    assert categories(ask, broker) == ["general"]
    said = texts(ask, broker, "general")
    assert (count(said, "asked to stop"), count(said, "Server startup complete")) == (0, 3)

    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": False})
    world.advance(HOUR)
    assert categories(ask, broker) == ["connection", "general"]
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    said = texts(ask, broker, "general")
    assert (count(said, "asked to stop"), count(said, "Server startup complete")) == (3, 3)
    connections = len(lines(ask, broker, "connection"))
    world.advance(2 * HOUR)
    assert len(lines(ask, broker, "connection")) == connections


def test_a_group_made_before_keeps_its_retention_class_and_tags(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    prefix = f"/aws/amazonmq/broker/{broker}/"
    for category in ("general", "connection"):
        ask("logs:CreateLogGroup", logGroupName=prefix + category, logGroupClass="INFREQUENT_ACCESS", tags={"team": "orders"})
        ask("logs:PutRetentionPolicy", logGroupName=prefix + category, retentionInDays=7)
    world.advance(600 + HOUR)
    for category in ("general", "connection"):
        (shown,) = ask("logs:DescribeLogGroups", logGroupNamePrefix=prefix + category)["logGroups"]
        assert (shown["retentionInDays"], shown["logGroupClass"]) == (7, "INFREQUENT_ACCESS")
        assert ask("logs:ListTagsForResource", resourceArn=shown["logGroupArn"])["tags"] == {"team": "orders"}
        assert lines(ask, broker, category)


def test_a_public_broker_writes_logs_and_has_no_endpoint(world: World, ask: Ask, create: Create) -> None:
    broker = create(PubliclyAccessible=True, SubnetIds=None, SecurityGroups=None)
    world.advance(600 + HOUR)
    assert categories(ask, broker) == ["connection", "general"]
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] == []
    writers = {entry.principal for entry in world.journal.select(subject=broker) if entry.title == "logs:PutLogEvents"}
    assert writers == {f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ"}


def test_a_group_that_its_owner_deletes_comes_back_with_the_next_lines(world: World, ask: Ask, broker: str) -> None:
    world.advance(HOUR)
    ask("logs:DeleteLogGroup", logGroupName=f"/aws/amazonmq/broker/{broker}/connection")
    world.advance(HOUR)
    assert len(lines(ask, broker, "connection")) == 9


def test_denied_logs_do_not_stop_the_broker_and_are_tried_again(world: World, ask: Ask, create: Create) -> None:
    without(world, statement=6)
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "RUNNING"
    denied = world.journal.select(subject=broker, decision="implicitDeny")
    assert [entry.title for entry in denied] == ["logs:CreateLogGroup"]
    world.advance(2 * HOUR)
    assert len(world.journal.select(subject=broker, decision="implicitDeny")) == 3
    restore(world)
    world.advance(HOUR)
    assert categories(ask, broker) == ["connection", "general"]
    assert count(texts(ask, broker, "general"), "Server startup complete") == 3


def test_what_the_role_made_before_a_denial_stays(world: World, ask: Ask, create: Create) -> None:
    without_action(world, "logs:PutLogEvents")
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "RUNNING"
    group = f"/aws/amazonmq/broker/{broker}/general"
    assert len(ask("logs:DescribeLogStreams", logGroupName=group)["logStreams"]) == 3
    assert lines(ask, broker, "general") == []
    restore(world)
    world.advance(HOUR)
    assert count(texts(ask, broker, "general"), "Server startup complete") == 3


def without_action(world: World, action: str) -> None:
    """The logs statement without one of its actions."""
    text = world.managed["policy/aws-service-role/AmazonMQServiceRolePolicy"].document
    world.edit_managed_policy(
        ACCOUNT, "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy", text.replace(f'"{action}",', "")
    )


def test_the_same_seed_writes_the_same_lines() -> None:
    assert written("one") == written("one")
    assert written("one") != written("two")


def written(seed: str) -> list[str]:
    """All lines of a broker that has seen everything, in a world of its own."""
    world = new_world(clock=Clock(frozen_at=START), seed=seed, pace="real")

    def ask(action: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        root = identity.root(ACCOUNT)
        call = Call(service=service, operation=operation, params=params, principal=root, region=REGION, partition="aws")
        return world.perform(call)

    changes = {"EngineVersion": "3.13", "DeploymentMode": "CLUSTER_MULTI_AZ", "Logs": {"General": True}}
    broker = make_broker(world, ask, RABBITMQ, **changes)
    for event in EVENTS:
        happen(world, ACCOUNT, REGION, broker, event)
    world.advance(24 * HOUR)
    return [line for category in categories(ask, broker) for line in lines(ask, broker, category)]


# What applications bring about ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "category", "text"),
    [
        ("client connection", "connection", "user 'orders' authenticated and granted access to vhost '/'"),
        ("channel error", "channel", "operation queue.declare caused a channel exception not_found"),
        ("queue declared", "queue", "queue 'orders' in vhost '/'"),
        ("queue mirrored", "mirroring", "Mirrored queue 'orders' in vhost '/': Adding mirror on node 'rabbit@"),
        ("federation link", "federation", "Federation exchange 'orders' in vhost '/' connected to"),
    ],
)
def test_an_event_opens_its_category(world: World, ask: Ask, create: Create, event: str, category: str, text: str) -> None:
    broker = create(EngineVersion="3.13")
    world.advance(600)
    happen(world, ACCOUNT, REGION, broker, event)
    assert sorted(categories(ask, broker)) == sorted(["general", category])
    said = lines(ask, broker, category)
    assert count(said, text) >= 1
    assert all(LINE.fullmatch(line) for line in said)
    assert state(ask, broker) == "RUNNING"


def test_all_categories_together(world: World, ask: Ask, create: Create) -> None:
    broker = create(EngineVersion="3.13")
    world.advance(600)
    for event in EVENTS:
        happen(world, ACCOUNT, REGION, broker, event)
    ask("mq:UpdateBroker", BrokerId=broker, EngineVersion="4.2")
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    assert categories(ask, broker) == ["channel", "connection", "federation", "general", "mirroring", "queue", "upgrade"]


@pytest.mark.parametrize("alarm", ["memory", "disk"])
def test_an_alarm_asks_for_action_until_it_clears(world: World, ask: Ask, broker: str, alarm: str) -> None:
    happen(world, ACCOUNT, REGION, broker, f"{alarm} alarm")
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert shown["BrokerState"] == "CRITICAL_ACTION_REQUIRED"
    assert [row["ActionRequiredCode"] for row in shown["ActionsRequired"]] == [f"RABBITMQ_{alarm.upper()}_ALARM"]
    world.advance(2 * 600)
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"
    happen(world, ACCOUNT, REGION, broker, f"{alarm} alarm cleared")
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["BrokerState"], shown["ActionsRequired"]) == ("RUNNING", [])
    said = texts(ask, broker, "general")
    assert count(said, f"{alarm} resource limit alarm set on node 'rabbit@") == 1
    assert count(said, f"{alarm} resource limit alarm cleared on node 'rabbit@") == 1


def test_a_broker_in_memory_alarm_is_not_rebooted(world: World, ask: Ask, broker: str) -> None:
    happen(world, ACCOUNT, REGION, broker, "memory alarm")
    with pytest.raises(AwsError, match=r"BadRequestException: Broker .* requires action \[RABBITMQ_MEMORY_ALARM\]"):
        ask("mq:RebootBroker", BrokerId=broker)
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(600)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_disk_alarm_outlives_a_reboot(world: World, ask: Ask, broker: str) -> None:
    happen(world, ACCOUNT, REGION, broker, "disk alarm")
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert shown["BrokerState"] == "CRITICAL_ACTION_REQUIRED"
    assert [row["ActionRequiredCode"] for row in shown["ActionsRequired"]] == ["RABBITMQ_DISK_ALARM"]


def test_an_event_whose_lines_are_denied_has_happened_all_the_same(world: World, ask: Ask, broker: str) -> None:
    without(world, statement=6)
    happen(world, ACCOUNT, REGION, broker, "memory alarm")
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"
    (denied,) = world.journal.select(subject=broker, decision="implicitDeny")
    assert denied.title == "logs:PutLogEvents"
    restore(world)


def test_events_that_cannot_come(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    with pytest.raises(AwsError, match=r"Nothing happens on a broker in state \[CREATION_IN_PROGRESS\]"):
        happen(world, ACCOUNT, REGION, broker, "client connection")
    world.advance(600)
    with pytest.raises(AwsError, match="Only clusters of RabbitMQ 3 have mirrored queues"):
        happen(world, ACCOUNT, REGION, broker, "queue mirrored")
    with pytest.raises(AwsError, match="NotFoundException"):
        happen(world, ACCOUNT, REGION, "b-1", "memory alarm")
    assert categories(ask, broker) == ["general"]


def test_events_are_rabbitmqs(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create(EngineType="ACTIVEMQ", DeploymentMode="SINGLE_INSTANCE", SubnetIds=network["subnets"][:1])
    world.advance(700)
    assert state(ask, broker) == "RUNNING"
    with pytest.raises(AwsError, match="Such things happen on RabbitMQ brokers only"):
        happen(world, ACCOUNT, REGION, broker, "memory alarm")
