"""Metric filters and how many events each has matched. There are no CloudWatch metrics here: the matches are counted instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.logs.filter_pattern import compile_pattern, selects
from emulator.services.logs.log_group import LogGroup
from emulator.services.logs.log_pack import LogPack
from emulator.values.record import Record


class MetricFilter(Record, frozen=True, kw_only=True):
    """``id`` is ``group:name``. ``settings`` are the further members as they were given; ``matches`` counts matching events."""

    INDEXES = ("group",)

    group: str
    name: str
    created: int
    pattern: str
    transformation: Mapping[str, Any]
    settings: Mapping[str, Any]
    matches: int = 0


def filters_of(world: World, group: LogGroup) -> list[MetricFilter]:
    return list(world.store.find(MetricFilter, group.account, group.region, group=group.id))


def count_matches(world: World, group: LogGroup, events: LogPack) -> None:
    """Count what was just taken into a group."""
    for one in filters_of(world, group):
        criteria = one.settings.get("fieldSelectionCriteria")
        if criteria and not selects(criteria, group.account, group.region):
            continue
        found = len(compile_pattern(one.pattern).find(events, range(len(events))))
        if found:
            world.store.put(replace(one, matches=one.matches + found))


def metric_matches(world: World, account: str, region: str) -> list[dict[str, Any]]:
    """What the control API shows: each metric filter of an account and Region, and how many events it matched since its pattern
    was put."""
    return [
        {
            "logGroupName": one.group,
            "filterName": one.name,
            "metricNamespace": one.transformation["metricNamespace"],
            "metricName": one.transformation["metricName"],
            "matches": one.matches,
        }
        for one in sorted(world.store.find(MetricFilter, account, region), key=lambda one: (one.group, one.name))
    ]
