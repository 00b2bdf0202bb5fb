"""Attributes and CIDR blocks of VPCs."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any, TypedDict

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import cidr_blocks, errors, needs, quotas, subnets
from emulator.services.ec2.existing import existing
from emulator.services.ec2.network import Block, Vpc
from emulator.services.ec2.vpcs import block_view
from emulator.values.call import Call, Need


class Switch(TypedDict, total=False):
    Value: bool


_MEMBERS = {
    "enableDnsSupport": ("EnableDnsSupport", "has_dns_support"),
    "enableDnsHostnames": ("EnableDnsHostnames", "has_dns_hostnames"),
    "enableNetworkAddressUsageMetrics": ("EnableNetworkAddressUsageMetrics", "has_address_metrics"),
}
"""By the attribute's name: its member in the answer, and where a VPC keeps it."""


def describe_vpc_attribute(world: World, call: Call, *, VpcId: str, Attribute: str) -> Result:
    vpc = existing(world, call, Vpc, VpcId)
    member, field = _MEMBERS[Attribute]
    return {"VpcId": vpc.id, member: {"Value": getattr(vpc, field)}}


describe_vpc_attribute_needs = needs.on_one(Vpc, "VpcId")


def modify_vpc_attribute(
    world: World,
    call: Call,
    *,
    VpcId: str,
    EnableDnsSupport: Switch | None = None,
    EnableDnsHostnames: Switch | None = None,
    EnableNetworkAddressUsageMetrics: Switch | None = None,
) -> Result:
    """One attribute a call."""
    vpc = existing(world, call, Vpc, VpcId)
    switches = {
        "enableDnsHostnames": EnableDnsHostnames,
        "enableDnsSupport": EnableDnsSupport,
        "enableNetworkAddressUsageMetrics": EnableNetworkAddressUsageMetrics,
    }
    given = {name: switch for name, switch in switches.items() if switch is not None}
    if len(given) > 1:
        raise errors.several_attributes(list(given))
    for name, switch in given.items():
        if "Value" not in switch:
            raise errors.missing("value")
        change: dict[str, Any] = {_MEMBERS[name][1]: switch["Value"]}
        world.store.put(replace(vpc, **change))
        return {}
    raise errors.no_attribute()


def modify_vpc_attribute_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, Vpc, call.params["VpcId"], extra=needs.attribute_keys(call, "VpcId"))


# CIDR blocks -------------------------------------------------------------------------------------------------------

_FAMILIES = [IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16")]
"""A VPC with a block in one of these may have none in another (documented in "VPC CIDR blocks")."""


def associate_vpc_cidr_block(world: World, call: Call, *, VpcId: str, CidrBlock: str | None = None) -> Result:
    """The answer says associating; the block is there at once."""
    vpc = existing(world, call, Vpc, VpcId)
    network = cidr_blocks.parse(CidrBlock)
    _refuse_bad_block(vpc, network)
    quotas.refuse_more(world, quotas.BLOCKS, len(vpc.blocks) + 1)
    block = Block(world.ids.resource("vpc-cidr-assoc"), str(network))
    world.store.put(replace(vpc, blocks=(*vpc.blocks, block)))
    return {"VpcId": vpc.id, "CidrBlockAssociation": block_view(block, "associating")}


associate_vpc_cidr_block_needs = needs.on_one(Vpc, "VpcId")


def _refuse_bad_block(vpc: Vpc, network: IPv4Network) -> None:
    if not cidr_blocks.has_allowed_size(network):
        raise errors.vpc_range(str(network))
    for other in vpc.networks:
        if network.overlaps(other):
            raise errors.block_conflict(str(network), str(other))
    own = [family for family in _FAMILIES if family.overlaps(IPv4Network(vpc.cidr))]
    if any(network.overlaps(family) for family in _FAMILIES if family not in own):
        raise errors.restricted_block(str(network))


def disassociate_vpc_cidr_block(world: World, call: Call, *, AssociationId: str) -> Result:
    """Refused for the primary block and for one with subnets in it."""
    vpc = _associated(world, call, AssociationId)
    if vpc is None:
        raise errors.no_such_block_association(AssociationId)
    block = next(block for block in vpc.blocks if block.association == AssociationId)
    if block == vpc.blocks[0]:
        raise errors.primary_block_stays(AssociationId)
    if any(subnet.network.subnet_of(IPv4Network(block.cidr)) for subnet in subnets.of_vpc(world, vpc)):
        raise errors.block_in_use(vpc.id, block.cidr)
    world.store.put(replace(vpc, blocks=tuple(one for one in vpc.blocks if one != block)))
    return {"VpcId": vpc.id, "CidrBlockAssociation": block_view(block, "disassociating")}


def disassociate_vpc_cidr_block_needs(world: World, call: Call) -> Iterator[Need]:
    """On the VPC of the association; one that does not exist leaves the VPC open."""
    vpc = _associated(world, call, call.params["AssociationId"])
    yield needs.on_existing(world, call, Vpc, vpc.id if vpc else "*")


def _associated(world: World, call: Call, association_id: str) -> Vpc | None:
    return next(iter(world.store.find(Vpc, call.account, call.region, association_ids=association_id)), None)
