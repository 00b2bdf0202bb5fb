"""What an account has in every Region from the start."""

from __future__ import annotations

from ipaddress import IPv4Network

from emulator.engine.world import World
from emulator.services.ec2 import subnets, vpcs
from emulator.shapes.regions import zones
from emulator.values.call import Call

CIDR = "172.31.0.0/16"
SUBNET_PREFIX = 20


def settle_in(world: World, call: Call) -> None:
    """The default VPC, with its default security group and a default subnet in each zone."""
    vpc = vpcs.add(world, call, CIDR, is_default=True)
    blocks = IPv4Network(CIDR).subnets(new_prefix=SUBNET_PREFIX)
    for zone, block in zip(zones(call.region), blocks, strict=False):
        subnets.add(world, vpc, block, zone, is_default=True)
