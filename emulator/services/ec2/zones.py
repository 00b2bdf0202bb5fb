"""Availability Zones."""

from __future__ import annotations

from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.filters import Filter, Table, matching
from emulator.shapes.regions import zones
from emulator.values.call import Call

_FILTERS: Table = {
    "group-long-name": "GroupLongName",
    "group-name": "GroupName",
    "message": "Messages.Message",
    "opt-in-status": "OptInStatus",
    "parent-zone-id": "ParentZoneId",
    "parent-zone-name": "ParentZoneName",
    "region-name": "RegionName",
    "state": "State",
    "zone-id": "ZoneId",
    "zone-name": "ZoneName",
    "zone-type": "ZoneType",
}


def describe_availability_zones(
    _world: World,
    call: Call,
    *,
    ZoneNames: list[str] | None = None,
    ZoneIds: list[str] | None = None,
    AllAvailabilityZones: bool = False,  # noqa: ARG001  # no zone here needs opting in: all are always shown
    Filters: list[Filter] | None = None,
) -> Result:
    """The Region's zones, by name."""
    items = [_view(call.region, name, zone_id) for name, zone_id in zones(call.region)]
    for asked, member in ((ZoneNames, "ZoneName"), (ZoneIds, "ZoneId")):
        if asked:
            unknown = set(asked) - {zone[1 if member == "ZoneId" else 0] for zone in zones(call.region)}
            if unknown:
                raise errors.no_such_zone(sorted(unknown))
            items = [item for item in items if item[member] in asked]
    return {"AvailabilityZones": matching(items, Filters, _FILTERS)}


describe_availability_zones_needs = needs.on_everything


def _view(region: str, name: str, zone_id: str) -> dict[str, Any]:
    return {
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "RegionName": region,
        "ZoneName": name,
        "ZoneId": zone_id,
        "GroupName": f"{region}-zg-1",
        "NetworkBorderGroup": region,
        "ZoneType": "availability-zone",
    }
