"""UpdateBroker: what is refused, what is pending, what a reboot or the maintenance window makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.engine.timers import Timer
from emulator.services.mq.updates import WINDOW, open_window
from emulator.values.clock import next_weekly, time_zone
from tests.conftest import Ask

BROKER: dict[str, Any] = {
    "BrokerName": "orders",
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.t3.micro",
    "EngineVersion": "4.2",
    "PubliclyAccessible": True,
    "MaintenanceWindowStartTime": {"DayOfWeek": "SUNDAY", "TimeOfDay": "02:00", "TimeZone": "UTC"},
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}
DAY = 86_400


@pytest.fixture
def broker(world: World, ask: Ask) -> str:
    made = ask("mq:CreateBroker", **BROKER)
    world.advance(600)
    return str(made["BrokerId"])


REFUSED: list[Any] = [
    ({"SecurityGroups": ["sg-1"]}, "Changing security groups is not supported for RabbitMQ brokers.", "securityGroups"),
    ({"Logs": {"Audit": False}}, "Audit logs are not supported for RabbitMQ brokers.", "logs.audit"),
    ({"AutoMinorVersionUpgrade": False}, "Automatic minor version upgrade must be enabled", "autoMinorVersionUpgrade"),
    ({"EngineVersion": "3.8"}, "Broker engine version [3.8] is invalid", "engineVersion"),
    ({"EngineVersion": "3.13"}, "can't be downgraded from [4.2] to [3.13]", "engineVersion"),
    ({"HostInstanceType": "mq.huge"}, "Value [mq.huge] is invalid", "hostInstanceType"),
    ({"Configuration": {"Id": "c-1"}}, "Configuration ID [c-1] can't be found.", "configuration"),
    (
        {"MaintenanceWindowStartTime": {"DayOfWeek": "MONDAY", "TimeOfDay": "03:00", "TimeZone": "Mars/Base"}},
        "Value [Mars/Base] is invalid",
        "maintenanceWindowStartTime.timeZone",
    ),
]
"""Updates of a RabbitMQ broker, and how they are refused: a part of the text, the errorAttribute."""


@pytest.mark.parametrize(("changes", "text", "attribute"), REFUSED)
def test_refused(ask: Ask, broker: str, changes: dict[str, Any], text: str, attribute: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask("mq:UpdateBroker", BrokerId=broker, **changes)
    assert refused.value.code == "BadRequestException"
    assert text in refused.value.message
    assert refused.value.fields == {"ErrorAttribute": attribute}


def test_not_while_it_is_made(ask: Ask) -> None:
    broker = ask("mq:CreateBroker", **BROKER)["BrokerId"]
    with pytest.raises(AwsError, match=r"can't be updated while it is in state \[CREATION_IN_PROGRESS\]"):
        ask("mq:UpdateBroker", BrokerId=broker, EngineVersion="4.3")


def test_changes_are_pending_until_a_reboot(world: World, ask: Ask, broker: str) -> None:
    asked = {"EngineVersion": "4.3", "HostInstanceType": "mq.m5.large", "Logs": {"General": True}}
    assert ask("mq:UpdateBroker", BrokerId=broker, AutoMinorVersionUpgrade=True, **asked) == {
        "BrokerId": broker,
        "AutoMinorVersionUpgrade": True,
        **asked,
    }
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["EngineVersion"], shown["PendingEngineVersion"]) == ("4.2", "4.3")
    assert (shown["HostInstanceType"], shown["PendingHostInstanceType"]) == ("mq.t3.micro", "mq.m5.large")
    assert (shown["Logs"]["General"], shown["Logs"]["Pending"]) == (False, {"General": True})
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["EngineVersion"], shown["PendingEngineVersion"]) == ("4.3", None)
    assert (shown["HostInstanceType"], shown["PendingHostInstanceType"]) == ("mq.m5.large", None)
    assert (shown["Logs"]["General"], "Pending" in shown["Logs"]) == (True, False)
    assert ask("logs:FilterLogEvents", logGroupName=shown["Logs"]["GeneralLogGroup"])["events"]

    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": False})
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    before = len(ask("logs:FilterLogEvents", logGroupName=shown["Logs"]["GeneralLogGroup"])["events"])
    world.advance(2 * 3600)
    assert len(ask("logs:FilterLogEvents", logGroupName=shown["Logs"]["GeneralLogGroup"])["events"]) == before


def test_the_maintenance_window_makes_changes_too(world: World, ask: Ask, broker: str) -> None:
    ask("mq:UpdateBroker", BrokerId=broker, EngineVersion="4.3")
    world.advance(next_weekly(world.clock.now(), "SUNDAY", "02:00", "UTC") - world.clock.now() - 1)
    assert ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"] == "RUNNING"
    world.advance(1)
    assert ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"] == "REBOOT_IN_PROGRESS"
    world.advance(600)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["BrokerState"], shown["EngineVersion"]) == ("RUNNING", "4.3")
    world.advance(7 * DAY)
    assert ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"] == "RUNNING"


def test_the_window_may_be_moved_four_times(world: World, ask: Ask, broker: str) -> None:
    window = {"DayOfWeek": "WEDNESDAY", "TimeOfDay": "23:15", "TimeZone": "UTC+02:00"}
    for _ in range(4):
        answer = ask("mq:UpdateBroker", BrokerId=broker, MaintenanceWindowStartTime=window)
        assert answer == {"BrokerId": broker, "MaintenanceWindowStartTime": window}
    with pytest.raises(AwsError, match="Maintenance window cannot be modified greater than 4 times"):
        ask("mq:UpdateBroker", BrokerId=broker, MaintenanceWindowStartTime=window)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    with pytest.raises(AwsError, match="greater than 4 times"):
        ask("mq:UpdateBroker", BrokerId=broker, MaintenanceWindowStartTime=window)
    world.advance(7 * DAY)
    ask("mq:UpdateBroker", BrokerId=broker, MaintenanceWindowStartTime=window)


def test_a_deleted_broker_has_no_window(world: World, ask: Ask, broker: str) -> None:
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(600)
    assert world.timers.next_due() is None


def test_a_window_without_a_broker_opens_on_nothing(world: World) -> None:
    open_window(world, Timer(account="1" * 12, region="us-east-1", id="t", due=0.0, handler=WINDOW, subject="b-1"))
    assert world.timers.next_due() is None


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("CreateUser", {"Username": "second", "Password": "correct-horse-battery"}),
        ("UpdateUser", {"Username": "orders", "Password": "correct-horse-battery"}),
        ("DescribeUser", {"Username": "orders"}),
        ("DeleteUser", {"Username": "orders"}),
        ("ListUsers", {}),
        ("Promote", {"Mode": "SWITCHOVER"}),
    ],
)
def test_what_only_activemq_has(ask: Ask, broker: str, operation: str, params: dict[str, str]) -> None:
    with pytest.raises(AwsError, match=f"BadRequestException: {operation} is not supported for RabbitMQ brokers."):
        ask(f"mq:{operation}", BrokerId=broker, **params)
    with pytest.raises(AwsError, match="NotFoundException"):
        ask(f"mq:{operation}", BrokerId="b-1", **params)


# Weekly instants -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "day", "time", "zone", "wanted"),
    [
        ("2026-11-24T10:00:00", "TUESDAY", "11:00", "UTC", "2026-11-24T11:00:00"),
        ("2026-11-24T10:00:00", "TUESDAY", "10:00", "UTC", "2026-12-01T10:00:00"),
        ("2026-11-24T10:00:00", "MONDAY", "00:30", "UTC", "2026-11-30T00:30:00"),
        ("2026-11-24T10:00:00", "TUESDAY", "12:30", "UTC+02:00", "2026-11-24T10:30:00"),
        ("2026-11-24T10:00:00", "MONDAY", "23:30", "UTC-08:00", "2026-12-01T07:30:00"),
        ("2026-07-01T10:00:00", "SUNDAY", "03:00", "Europe/Berlin", "2026-07-05T01:00:00"),
    ],
)
def test_the_next_week_day(after: str, day: str, time: str, zone: str, wanted: str) -> None:
    instant = datetime.fromisoformat(after).replace(tzinfo=UTC).timestamp()
    assert next_weekly(instant, day, time, zone) == datetime.fromisoformat(wanted).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "Europe", "UTC+2"])
def test_what_is_no_time_zone(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        time_zone(name)
