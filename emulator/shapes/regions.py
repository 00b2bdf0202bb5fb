"""Partitions, Regions and Availability Zones, from botocore's endpoint data."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from emulator.shapes.model import data_file

_ZONES = {
    "us-east-1": "abcdef",
    "us-west-1": "ac",
    "us-west-2": "abcd",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
}
"""Letters of a Region's zones; every other Region has a, b and c. Accounts differ on AWS: our choice."""


@cache
def _partitions() -> list[dict[str, Any]]:
    partitions: list[dict[str, Any]] = data_file("endpoints.json")["partitions"]
    return partitions


@cache
def partition(region: str) -> str | None:
    """``aws``, ``aws-us-gov``, ``aws-cn`` …; None when AWS has no such Region."""
    return next((part["partition"] for part in _partitions() if region in part["regions"]), None)


@cache
def regions(of_partition: str) -> tuple[str, ...]:
    """The Regions of a partition, sorted."""
    return next(tuple(sorted(part["regions"])) for part in _partitions() if part["partition"] == of_partition)


@cache
def is_offered(service: str, region: str) -> bool:
    """Whether AWS runs the service in the Region."""
    return any(
        region in part["services"].get(service, {}).get("endpoints", {}) for part in _partitions() if region in part["regions"]
    )


@cache
def dns_suffix(region: str) -> str:
    """``amazonaws.com``, or ``amazonaws.com.cn`` in China."""
    return next((str(part["dnsSuffix"]) for part in _partitions() if region in part["regions"]), "amazonaws.com")


def zones(region: str) -> list[tuple[str, str]]:
    """Zone names with their ids: ``[("us-east-1a", "use1-az1"), …]``."""
    area, *direction, number = region.split("-")
    short = area + "".join("".join(re.findall("gov|north|south|east|west|central", word)) for word in direction)
    for word in ("north", "south", "east", "west", "central"):
        short = short.replace(word, word[0])
    short = short.replace("gov", "g")
    return [(f"{region}{letter}", f"{short}{number}-az{place}") for place, letter in enumerate(_ZONES.get(region, "abc"), 1)]
