"""DHCP options: the set that a Region's VPCs begin with."""

from __future__ import annotations

from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import DhcpOptions
from emulator.values.call import Call
from emulator.values.tags import to_list

_FILTERS: Table = {
    "dhcp-options-id": "DhcpOptionsId",
    "key": "DhcpConfigurations.Key",
    "owner-id": "OwnerId",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "value": "DhcpConfigurations.Values.Value",
}


def describe_dhcp_options(
    world: World,
    call: Call,
    *,
    DhcpOptionsIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=DhcpOptionsIds, filters=Filters, most=MaxResults, token=NextToken)


describe_dhcp_options_needs = needs.on_everything


def of_region(world: World, account: str, region: str) -> DhcpOptions:
    """The Region's set; made with the first VPC."""
    found = next(iter(world.store.find(DhcpOptions, account, region)), None)
    if found is None:
        domain = internal_domain(region)
        found = DhcpOptions(account=account, region=region, id=world.ids.resource("dopt"), domain=domain)
        world.store.put(found)
    return found


def internal_domain(region: str) -> str:
    """What private host names end with."""
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def _view(_world: World, options: DhcpOptions) -> dict[str, Any]:
    configurations = {"domain-name": options.domain, "domain-name-servers": "AmazonProvidedDNS"}
    return {
        "DhcpOptionsId": options.id,
        "OwnerId": options.account,
        "DhcpConfigurations": [{"Key": key, "Values": [{"Value": value}]} for key, value in configurations.items()],
        "Tags": to_list(options.tags),
    }


LISTING = Listing(DhcpOptions, "DhcpOptions", "DhcpOptionsId", "dhcpOptionsSet", errors.no_such_dhcp_options, _view, _FILTERS)
