"""Prefix lists: those that AWS keeps for the services with Gateway endpoints."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec import Struct

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.filters import Filter, Table, matching
from emulator.services.ec2.listings import paged
from emulator.shapes.regions import partition
from emulator.values.call import Call, Need

SERVICES = ("dynamodb", "s3")

_KNOWN = {("us-east-1", "s3"): "pl-63a5400a", ("us-east-1", "dynamodb"): "pl-02cd2c6b"}
"""Ids as published; those of other Regions are ours."""
_CIDRS = {"s3": ("52.216.0.0/15", "54.231.0.0/16"), "dynamodb": ("52.94.0.0/22", "52.119.224.0/20")}
"""Ranges of us-east-1, shown in every Region (our choice: nothing here routes packets)."""


class PrefixList(Struct, frozen=True):
    id: str
    name: str
    region: str
    cidrs: tuple[str, ...]


def of_region(region: str) -> list[PrefixList]:
    return [_of(region, service) for service in SERVICES]


def of_service(region: str, service_name: str) -> PrefixList:
    """The list of an endpoint service (``com.amazonaws.us-east-1.s3``)."""
    return _of(region, service_name.rsplit(".", 1)[-1])


def _of(region: str, service: str) -> PrefixList:
    name = f"com.amazonaws.{region}.{service}"
    listed = _KNOWN.get((region, service)) or "pl-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return PrefixList(listed, name, region, _CIDRS[service])


def find(region: str, prefix_list_id: str) -> PrefixList:
    found = next((one for one in of_region(region) if one.id == prefix_list_id), None)
    if found is None:
        raise errors.no_such_prefix_list(prefix_list_id)
    return found


def _asked(region: str, ids: list[str] | None) -> list[PrefixList]:
    return [find(region, one) for one in dict.fromkeys(ids)] if ids else of_region(region)


def describe_prefix_lists(
    _world: World,
    call: Call,
    *,
    PrefixListIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    """Name and blocks of each list."""
    items = [
        {"PrefixListId": one.id, "PrefixListName": one.name, "Cidrs": list(one.cidrs)}
        for one in _asked(call.region, PrefixListIds)
    ]
    found = matching(items, Filters, {"prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"})
    chosen, following = paged(found, lambda item: str(item["PrefixListId"]), MaxResults, NextToken)
    return {"PrefixLists": chosen, "NextToken": following}


describe_prefix_lists_needs = needs.on_everything

_MANAGED_FILTERS: Table = {"owner-id": "OwnerId", "prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"}


def describe_managed_prefix_lists(
    _world: World,
    call: Call,
    *,
    PrefixListIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    """The lists with their owner, AWS."""
    found = matching([_view(one) for one in _asked(call.region, PrefixListIds)], Filters, _MANAGED_FILTERS)
    chosen, following = paged(found, lambda item: str(item["PrefixListId"]), MaxResults, NextToken, smallest=1)
    return {"PrefixLists": chosen, "NextToken": following}


describe_managed_prefix_lists_needs = needs.on_everything


def get_managed_prefix_list_entries(
    _world: World, call: Call, *, PrefixListId: str, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    entries = [{"Cidr": cidr} for cidr in find(call.region, PrefixListId).cidrs]
    chosen, following = paged(entries, lambda item: str(item["Cidr"]), MaxResults, NextToken, smallest=1)
    return {"Entries": chosen, "NextToken": following}


def get_managed_prefix_list_entries_needs(_world: World, call: Call) -> list[Need]:
    return [Need(call.action, call.arn(f"prefix-list/{call.params['PrefixListId']}"), needs.region_key(call))]


def _view(one: PrefixList) -> dict[str, Any]:
    return {
        "PrefixListId": one.id,
        "PrefixListName": one.name,
        "PrefixListArn": f"arn:{partition(one.region) or 'aws'}:ec2:{one.region}:aws:prefix-list/{one.id}",
        "AddressFamily": "IPv4",
        "State": "create-complete",
        "OwnerId": "AWS",
        "Tags": [],
    }
