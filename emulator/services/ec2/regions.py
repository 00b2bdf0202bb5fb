"""Regions and attributes of the account."""

from __future__ import annotations

from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.filters import Filter, Table, matching
from emulator.services.ec2.network import default_vpc
from emulator.shapes.regions import dns_suffix, regions
from emulator.values.call import Call

_OPT_IN = """
    af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
    ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1
"""
OPT_IN = frozenset(_OPT_IN.split())
"""Regions that an account must enable first ("Regions" of the account management guide). Here none is enabled."""

_FILTERS: Table = {"endpoint": "Endpoint", "opt-in-status": "OptInStatus", "region-name": "RegionName"}


def describe_regions(
    _world: World,
    call: Call,
    *,
    RegionNames: list[str] | None = None,
    AllRegions: bool = False,
    Filters: list[Filter] | None = None,
) -> Result:
    """The Regions of the partition that the account may use; those named, or all with ``AllRegions``, in any case."""
    known = regions(call.partition)
    unknown = [name for name in RegionNames or () if name not in known]
    if unknown:
        raise errors.no_such_region(unknown)
    shown = RegionNames or (known if AllRegions else [name for name in known if name not in OPT_IN])
    return {"Regions": matching([_view(name) for name in sorted(set(shown))], Filters, _FILTERS)}


describe_regions_needs = needs.on_everything


def _view(name: str) -> dict[str, Any]:
    return {
        "RegionName": name,
        "Endpoint": f"ec2.{name}.{dns_suffix(name)}",
        "OptInStatus": "not-opted-in" if name in OPT_IN else "opt-in-not-required",
    }


_ATTRIBUTES = {
    "max-elastic-ips": "5",
    "max-instances": "20",
    "vpc-max-elastic-ips": "5",
    "vpc-max-security-groups-per-interface": "5",
}
"""Limits as AWS reports them of a new account."""


def describe_account_attributes(world: World, call: Call, *, AttributeNames: list[str] | None = None) -> Result:
    vpc = default_vpc(world, call.account, call.region)
    known = {"supported-platforms": "VPC", "default-vpc": vpc.id if vpc else "none", **_ATTRIBUTES}
    return {
        "AccountAttributes": [
            {"AttributeName": name, "AttributeValues": [{"AttributeValue": known[name]}]}
            for name in sorted(AttributeNames or known)
        ]
    }


describe_account_attributes_needs = needs.on_everything
