"""What Amazon MQ offers: engines, versions, instance types (section A.9; data in ``catalogue.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.shapes.regions import zones
from emulator.values.call import Call, Need
from emulator.values.page import page

_LEAST, _MOST, USUAL = 5, 100, 20
"""Rows of one page: the limits and the default of every MQ listing."""


@cache
def engines() -> dict[str, dict[str, Any]]:
    """By engine type in upper case: versions (newest first), instance types with their deployment modes, storage types."""
    catalogue: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("catalogue.json").read_text("utf-8"))
    return catalogue


def page_size(limit: int | None) -> int:
    """Rows of a page of an MQ listing; 400 for a size that MQ refuses."""
    if limit is not None and not _LEAST <= limit <= _MOST:
        raise errors.bad_page_size(limit, _LEAST, _MOST)
    return limit or USUAL


def one_page(rows: list[Any], name: Any, token: str | None, limit: int | None) -> tuple[list[Any], str | None]:
    """A page of an MQ listing; 400 for a page size or token that MQ refuses."""
    chosen, following = page(rows, name, token, page_size(limit), errors.bad_token)
    return list(chosen), following


def describe_broker_engine_types(
    _world: World, _call: Call, *, EngineType: str | None = None, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    rows = [
        {"EngineType": engine, "EngineVersions": [{"Name": version} for version in facts["versions"]]}
        for engine, facts in sorted(engines().items())
        if EngineType is None or EngineType.upper() == engine
    ]
    chosen, following = one_page(rows, lambda row: row["EngineType"], NextToken, MaxResults)
    return {"BrokerEngineTypes": chosen, "MaxResults": MaxResults or USUAL, "NextToken": following}


def describe_broker_engine_types_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("mq:DescribeBrokerEngineTypes", "*")


def describe_broker_instance_options(
    _world: World,
    call: Call,
    *,
    EngineType: str | None = None,
    HostInstanceType: str | None = None,
    StorageType: str | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    rows = [
        row
        for row in _options(call.region)
        if (EngineType is None or EngineType.upper() == row["EngineType"])
        and (HostInstanceType is None or HostInstanceType == row["HostInstanceType"])
        and (StorageType is None or StorageType.upper() == row["StorageType"])
    ]
    rows.sort(key=_option_name)
    chosen, following = one_page(rows, _option_name, NextToken, MaxResults)
    return {"BrokerInstanceOptions": chosen, "MaxResults": MaxResults or USUAL, "NextToken": following}


def describe_broker_instance_options_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("mq:DescribeBrokerInstanceOptions", "*")


def _option_name(row: dict[str, Any]) -> str:
    return f"{row['EngineType']}/{row['HostInstanceType']}/{row['StorageType']}"


def _options(region: str) -> Iterator[dict[str, Any]]:
    for engine, facts in engines().items():
        for instance, modes in facts["instances"].items():
            for storage in facts["storage"]:
                if engine == "ACTIVEMQ" and storage == "EBS":
                    if not instance.startswith("mq.m5."):
                        continue  # A.9: EBS is for mq.m5 only, and not for active/standby
                    modes = ["SINGLE_INSTANCE"]  # noqa: PLW2901
                yield {
                    "AvailabilityZones": [{"Name": zone} for zone, _ in zones(region)],
                    "EngineType": engine,
                    "HostInstanceType": instance,
                    "StorageType": storage,
                    "SupportedDeploymentModes": modes,
                    "SupportedEngineVersions": facts["versions"],
                }
