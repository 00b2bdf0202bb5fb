"""Attributes of subnets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.existing import existing
from emulator.services.ec2.network import Subnet
from emulator.values.call import Call, Need


class Switch(TypedDict, total=False):
    Value: bool


_FIELDS = {
    "mapPublicIpOnLaunch": "maps_public_addresses",
    "enableDns64": "has_dns64",
    "privateDnsHostnameTypeOnLaunch": "hostname_type",
    "enableResourceNameDnsARecordOnLaunch": "has_a_records",
    "enableResourceNameDnsAAAARecordOnLaunch": "has_aaaa_records",
}
"""By the attribute's name: where a subnet keeps it."""


def modify_subnet_attribute(
    world: World,
    call: Call,
    *,
    SubnetId: str,
    MapPublicIpOnLaunch: Switch | None = None,
    EnableDns64: Switch | None = None,
    PrivateDnsHostnameTypeOnLaunch: str | None = None,
    EnableResourceNameDnsARecordOnLaunch: Switch | None = None,
    EnableResourceNameDnsAAAARecordOnLaunch: Switch | None = None,
) -> Result:
    """One attribute a call."""
    subnet = existing(world, call, Subnet, SubnetId)
    values: dict[str, Any] = {
        "mapPublicIpOnLaunch": MapPublicIpOnLaunch,
        "enableDns64": EnableDns64,
        "privateDnsHostnameTypeOnLaunch": PrivateDnsHostnameTypeOnLaunch,
        "enableResourceNameDnsARecordOnLaunch": EnableResourceNameDnsARecordOnLaunch,
        "enableResourceNameDnsAAAARecordOnLaunch": EnableResourceNameDnsAAAARecordOnLaunch,
    }
    given = {name: value for name, value in values.items() if value is not None}
    if len(given) > 1:
        raise errors.several_attributes(list(given))
    for name, value in given.items():
        change: dict[str, Any] = {_FIELDS[name]: _plain(value)}
        world.store.put(replace(subnet, **change))
        return {}
    raise errors.no_attribute()


def modify_subnet_attribute_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, Subnet, call.params["SubnetId"], extra=needs.attribute_keys(call, "SubnetId"))


def _plain(value: Any) -> bool | str:
    if isinstance(value, str):
        return value
    if "Value" not in value:
        raise errors.missing("value")
    return bool(value["Value"])
