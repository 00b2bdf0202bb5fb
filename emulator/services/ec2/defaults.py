"""What an account has in every Region from the start, and how it gets it back."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, route_tables, subnets, vpcs
from emulator.services.ec2.network import InternetGateway, Route, Vpc, default_vpc
from emulator.shapes.regions import zones
from emulator.values.call import Call

CIDR = "172.31.0.0/16"
SUBNET_PREFIX = 20


def settle_in(world: World, call: Call) -> None:
    """The default VPC."""
    _add(world, call)


def create_default_vpc(world: World, call: Call) -> Result:
    """A default VPC again, with all that belongs to it."""
    if default_vpc(world, call.account, call.region) is not None:
        raise errors.default_vpc_there()
    return {"Vpc": vpcs.created_view(_add(world, call))}


create_default_vpc_needs = needs.on_everything


def _add(world: World, call: Call) -> Vpc:
    """A default subnet in each zone, and an internet gateway with a route to it."""
    vpc = vpcs.add(world, call, CIDR, is_default=True)
    for zone, block in zip(zones(call.region), _blocks(), strict=False):
        subnets.add(world, vpc, block, zone, is_default=True)
    gateway = InternetGateway(account=vpc.account, region=vpc.region, id=world.ids.resource("igw"), vpc=vpc.id)
    world.store.put(gateway)
    (table,) = route_tables.of_vpc(world, vpc)
    world.store.put(replace(table, routes=(Route("0.0.0.0/0", gateway.id),)))
    return vpc


def create_default_subnet(
    world: World, call: Call, *, AvailabilityZone: str | None = None, AvailabilityZoneId: str | None = None
) -> Result:
    """The default subnet of a zone again, in the first block that is free."""
    vpc = default_vpc(world, call.account, call.region)
    if vpc is None:
        raise errors.default_vpc_missing()
    if AvailabilityZone is None and AvailabilityZoneId is None:
        raise errors.missing("availabilityZone")
    zone = subnets.zone_of(world, vpc, AvailabilityZone, AvailabilityZoneId)
    others = subnets.of_vpc(world, vpc)
    for other in others:
        if other.is_default and other.zone == zone[0]:
            raise errors.default_subnet_there(other.id, zone[0])
    block = next((block for block in _blocks() if not any(block.overlaps(other.network) for other in others)), None)
    if block is None:
        raise errors.subnet_conflict(CIDR)
    return {"Subnet": subnets.view(world, subnets.add(world, vpc, block, zone, is_default=True))}


create_default_subnet_needs = needs.on_everything


def _blocks() -> Iterator[IPv4Network]:
    return IPv4Network(CIDR).subnets(new_prefix=SUBNET_PREFIX)
