"""Partitions, Regions and Availability Zones, from botocore's endpoint data."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import msgspec

from emulator.shapes.model import SERVICES, data_file

_ZONES = {
    "us-east-1": "abcdef",
    "us-west-1": "ac",
    "us-west-2": "abcd",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
}
"""Letters of a Region's zones; every other Region has a, b and c. Accounts differ on AWS: our choice."""


class _Named(msgspec.Struct):
    """Nothing counts of a Region or an endpoint but its name."""


class _Offer(msgspec.Struct):
    endpoints: dict[str, _Named] = {}


class _Partition(msgspec.Struct, rename="camel"):
    partition: str
    dns_suffix: str
    regions: dict[str, _Named]
    services: dict[str, _Offer]


class _Endpoints(msgspec.Struct):
    partitions: list[_Partition]


_MOST_NAMES = 256
"""Region names, right or wrong, of which is remembered what they are."""


@cache
def _partitions() -> list[_Partition]:
    partitions = msgspec.json.decode(data_file("endpoints.json"), type=_Endpoints).partitions
    for part in partitions:  # of 300 services each
        part.services = {name: offer for name, offer in part.services.items() if name in SERVICES}
    return partitions


def _partition_with(region: str) -> _Partition | None:
    return next((part for part in _partitions() if region in part.regions), None)


@lru_cache(_MOST_NAMES)
def partition(region: str) -> str | None:
    """``aws``, ``aws-us-gov``, ``aws-cn`` …; None when AWS has no such Region."""
    part = _partition_with(region)
    return part.partition if part else None


@cache
def regions(of_partition: str) -> tuple[str, ...]:
    """The Regions of a partition, sorted."""
    return next(tuple(sorted(part.regions)) for part in _partitions() if part.partition == of_partition)


@lru_cache(_MOST_NAMES)
def is_offered(service: str, region: str) -> bool:
    """Whether AWS runs the service, one of those that there are here, in the Region."""
    part = _partition_with(region)
    return part is not None and service in part.services and region in part.services[service].endpoints


@lru_cache(_MOST_NAMES)
def dns_suffix(region: str) -> str:
    """``amazonaws.com``, or ``amazonaws.com.cn`` in China."""
    part = _partition_with(region)
    return part.dns_suffix if part else "amazonaws.com"


def zones(region: str) -> list[tuple[str, str]]:
    """Zone names with their ids: ``[("us-east-1a", "use1-az1"), …]``."""
    area, *direction, number = region.split("-")
    short = area + "".join("".join(re.findall("gov|north|south|east|west|central", word)) for word in direction)
    for word in ("north", "south", "east", "west", "central"):
        short = short.replace(word, word[0])
    short = short.replace("gov", "g")
    return [(f"{region}{letter}", f"{short}{number}-az{place}") for place, letter in enumerate(_ZONES.get(region, "abc"), 1)]
