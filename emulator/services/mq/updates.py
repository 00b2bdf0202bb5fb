"""UpdateBroker, and the maintenance window in which pending changes take effect without a reboot by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TypedDict

from emulator.engine.plan import start
from emulator.engine.service import Result
from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import MOVES, Broker, Pending, WeeklyStartTime, find, move, on_broker
from emulator.services.mq.catalogue import engines
from emulator.services.mq.configurations import chosen_revision
from emulator.services.mq.plans import REBOOT, quiet
from emulator.values.call import Call, Need
from emulator.values.clock import DAYS, next_weekly, time_zone

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MOST_ADJUSTMENTS = 4
"""Changes of the maintenance window before the next one (A.5)."""


class ConfigurationId(TypedDict, total=False):
    Id: str
    Revision: int


class Logs(TypedDict, total=False):
    Audit: bool
    General: bool


def update_broker(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    AutoMinorVersionUpgrade: bool | None = None,
    Configuration: ConfigurationId | None = None,
    EngineVersion: str | None = None,
    HostInstanceType: str | None = None,
    Logs: Logs | None = None,
    MaintenanceWindowStartTime: WeeklyStartTime | None = None,
    SecurityGroups: list[str] | None = None,
) -> Result:
    """Everything but the maintenance window is pending until the next reboot. The answer holds what was asked for."""
    broker = find(world, call, BrokerId)
    if "REBOOT_IN_PROGRESS" not in MOVES[broker.state]:
        raise errors.wrong_state("updated", broker.id, broker.state)
    if SecurityGroups is not None:
        raise errors.groups_are_fixed()
    if AutoMinorVersionUpgrade is False:
        raise errors.no_manual_upgrades()
    pending: Pending = {}
    if EngineVersion is not None:
        pending["engine_version"] = check_version(EngineVersion, broker.engine_version)
    if HostInstanceType is not None:
        pending["instance_type"] = check_instance(HostInstanceType, broker.deployment_mode)
    if Configuration is not None:
        pending["configuration"] = chosen_revision(world, call, Configuration)
    if Logs is not None:
        pending["has_general_logs"] = _general(Logs, is_on=broker.has_general_logs)
    changed = replace(broker, pending={**broker.pending, **pending})
    if MaintenanceWindowStartTime is not None:
        changed = _adjust_window(world, changed, MaintenanceWindowStartTime)
    world.store.put(changed)
    world.journal.about(broker.id)
    answer = {name: value for name, value in call.params.items() if name not in {"BrokerId", "MaintenanceWindowStartTime"}}
    if MaintenanceWindowStartTime is not None:
        answer["MaintenanceWindowStartTime"] = dict(changed.maintenance)
    return {"BrokerId": broker.id, **answer}


def update_broker_needs(world: World, call: Call) -> Iterator[Need]:
    return on_broker(world, call)


def check_version(version: str, current: str) -> str:
    """400 for a version that is not offered or older than the broker's."""
    offered = engines()["RABBITMQ"]["versions"]
    if version not in offered:
        raise errors.bad_engine_version(version, "RABBITMQ", offered)
    if _parts(version) < _parts(current):
        raise errors.bad_request(f"Broker engine version can't be downgraded from [{current}] to [{version}].", "engineVersion")
    return version


def check_instance(instance: str, mode: str) -> str:
    facts = engines()["RABBITMQ"]["instances"]
    if instance not in facts:
        raise errors.bad_value("hostInstanceType", instance, list(facts))
    if mode not in facts[instance]:
        raise errors.bad_size(instance, mode)
    return instance


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _general(logs: Logs, *, is_on: bool) -> bool:
    if "Audit" in logs:
        raise errors.no_audit_logs_on_update()
    return logs.get("General", is_on)


# Maintenance windows -----------------------------------------------------------------------------------------------


def check_window(given: WeeklyStartTime) -> WeeklyStartTime:
    """400 unless it is a day, a time and a time zone; UTC when it names none."""
    day, time, zone = given.get("DayOfWeek", ""), given.get("TimeOfDay", ""), given.get("TimeZone", "UTC")
    if day not in DAYS:
        raise errors.bad_value("maintenanceWindowStartTime.dayOfWeek", day, list(DAYS))
    if not _TIME.fullmatch(time):
        text = f"Value [{time}] is invalid for [maintenanceWindowStartTime.timeOfDay]. It must be in 24-hour format HH:MM."
        raise errors.bad_request(text, "maintenanceWindowStartTime.timeOfDay")
    try:
        time_zone(zone)
    except ValueError:
        text = f"Value [{zone}] is invalid for [maintenanceWindowStartTime.timeZone]."
        raise errors.bad_request(text, "maintenanceWindowStartTime.timeZone") from None
    return {"DayOfWeek": day, "TimeOfDay": time, "TimeZone": zone}


def _adjust_window(world: World, broker: Broker, given: WeeklyStartTime) -> Broker:
    """Immediate, and counted even when it changes nothing."""
    window = check_window(given)
    if broker.window_adjustments >= MOST_ADJUSTMENTS:
        raise errors.too_many_adjustments()
    changed = replace(broker, maintenance=window, window_adjustments=broker.window_adjustments + 1)
    world.timers.cancel(broker.account, broker.region, broker.id)
    await_window(world, changed)
    return changed


def await_window(world: World, broker: Broker) -> None:
    """Set the timer of the broker's next maintenance window."""
    window = broker.maintenance
    due = next_weekly(world.clock.now(), window["DayOfWeek"], window["TimeOfDay"], window["TimeZone"])
    world.at(due, WINDOW, broker, is_background=True)


WINDOW = "mq.window"


def open_window(world: World, timer: Timer) -> None:
    """A broker with pending changes reboots in its window; the window may be adjusted again."""
    broker = world.store.get(Broker, (timer.account, timer.region, timer.subject))
    if broker is None:
        return
    broker = replace(broker, window_adjustments=0)
    world.store.put(broker)
    await_window(world, broker)
    if broker.pending and broker.state == "RUNNING":
        quiet(world, broker)
        start(world, REBOOT, move(world, broker, "REBOOT_IN_PROGRESS"))
