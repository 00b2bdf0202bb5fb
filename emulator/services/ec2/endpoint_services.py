"""The services that a VPC endpoint can lead to: AWS's own, from a table, and those that other services of this world offer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from emulator.engine.world import World
from emulator.shapes.regions import dns_suffix

OWN = "com.amazonaws"
OFFERED = "com.amazonaws.vpce"
"""What the names of customers' endpoint services begin with, and those that Amazon MQ makes for its brokers."""


@dataclass(frozen=True, slots=True)
class EndpointService:
    """``types`` are the endpoint types it takes, ``domain`` follows the endpoint's label in its DNS names, and
    ``private_names`` are those that private DNS makes lead to the endpoint."""

    name: str
    types: tuple[str, ...]
    domain: str
    private_names: tuple[str, ...] = ()


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath("endpoint_services.json").read_text("utf-8"))
    return table


def find(world: World, region: str, name: str) -> EndpointService | None:
    """The service of this name in the Region; None when it does not exist."""
    suffix = dns_suffix(region)
    own = name.removeprefix(f"{OWN}.{region}.")
    if own != name and own in _table():
        return _own(name, region, own, suffix)
    if name.startswith(f"{OFFERED}.{region}.") and world.has_endpoint_service(region, name):
        return EndpointService(name, ("Interface",), f"{name.rsplit('.', 1)[-1]}.{region}.vpce.{suffix}")
    return None


def _own(name: str, region: str, own: str, suffix: str) -> EndpointService:
    """``ecr.api`` is reached at api.ecr.<region>.… (the parts of its name turn round)."""
    row = _table()[own]
    host = row.get("dns") or ".".join(reversed(own.split(".")))
    private = tuple(f"{prefix}.{region}.{suffix}" for prefix in row.get("private", [host]))
    return EndpointService(name, tuple(row.get("types", ["Interface"])), f"{host}.{region}.vpce.{suffix}", private)
