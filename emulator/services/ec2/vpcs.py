"""Virtual private clouds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import (
    cidr_blocks,
    dhcp_options,
    errors,
    internet_gateways,
    needs,
    network_acls,
    quotas,
    route_tables,
    security_groups,
)
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import Block, NetworkInterface, Subnet, Vpc, default_group, endpoints_of, groups_of
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need
from emulator.values.errors import not_implemented
from emulator.values.tags import Tags, to_list

_FILTERS: Table = {
    "cidr": "CidrBlock",
    "cidr-block-association.association-id": "CidrBlockAssociationSet.AssociationId",
    "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock",
    "cidr-block-association.state": "CidrBlockAssociationSet.CidrBlockState.State",
    "dhcp-options-id": "DhcpOptionsId",
    "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet.AssociationId",
    "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
    "ipv6-cidr-block-association.ipv6-pool": "Ipv6CidrBlockAssociationSet.Ipv6Pool",
    "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",
    "is-default": "IsDefault",
    "isDefault": "IsDefault",
    "owner-id": "OwnerId",
    "state": "State",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "vpc-id": "VpcId",
}


def create_vpc(
    world: World,
    call: Call,
    *,
    CidrBlock: str | None = None,
    InstanceTenancy: str = "default",
    AmazonProvidedIpv6CidrBlock: bool = False,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """The answer says pending; the VPC is there at once."""
    if AmazonProvidedIpv6CidrBlock:
        raise not_implemented("AmazonProvidedIpv6CidrBlock of ec2:CreateVpc")
    if InstanceTenancy == "host":
        raise errors.invalid_value(InstanceTenancy, "instanceTenancy", "Expecting default or dedicated.")
    network = cidr_blocks.parse(CidrBlock)
    if not cidr_blocks.has_allowed_size(network):
        raise errors.vpc_range(str(network))
    tags = for_new(TagSpecifications, Vpc)
    vpc = add(world, call, str(network), tenancy=InstanceTenancy, tags=tags)
    return {"Vpc": created_view(vpc)}


def create_vpc_needs(_world: World, call: Call) -> Iterator[Need]:
    yield from needs.on_new(call, Vpc, {"ec2:VpcID": "*"})


def add(
    world: World, call: Call, cidr: str, *, tenancy: str = "default", tags: Tags | None = None, is_default: bool = False
) -> Vpc:
    """A new VPC with what comes with it: default security group, main route table, default network ACL."""
    quotas.refuse_more(world, quotas.VPCS, world.store.count(Vpc, call.account, call.region) + 1)
    vpc = Vpc(
        account=call.account,
        region=call.region,
        id=world.ids.resource("vpc"),
        blocks=(Block(world.ids.resource("vpc-cidr-assoc"), cidr),),
        dhcp_options=dhcp_options.of_region(world, call.account, call.region).id,
        tenancy=tenancy,
        is_default=is_default,
        has_dns_hostnames=is_default,
        tags=tags or {},
    )
    world.store.put(vpc)
    security_groups.add_default(world, vpc)
    route_tables.add_main(world, vpc)
    network_acls.add_default(world, vpc)
    return vpc


def describe_vpcs(
    world: World,
    call: Call,
    *,
    VpcIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=VpcIds, filters=Filters, most=MaxResults, token=NextToken)


describe_vpcs_needs = needs.on_everything


def delete_vpc(world: World, call: Call, *, VpcId: str) -> Result:
    """Takes along what came with it; everything else must be gone."""
    vpc = existing(world, call, Vpc, VpcId)
    if _is_used(world, vpc):
        raise errors.vpc_in_use(vpc.id)
    security_groups.remove(world, default_group(world, vpc))
    for part in (*route_tables.of_vpc(world, vpc), *network_acls.of_vpc(world, vpc)):
        world.store.delete(part)
    world.store.delete(vpc)
    return {}


delete_vpc_needs = needs.on_one(Vpc, "VpcId")


def _is_used(world: World, vpc: Vpc) -> bool:
    """By anything that did not come with it."""
    return (
        any(world.store.count(kind, vpc.account, vpc.region, vpc=vpc.id) for kind in (Subnet, NetworkInterface))
        or bool(endpoints_of(world, vpc))
        or len(groups_of(world, vpc)) > 1
        or any(not table.is_main for table in route_tables.of_vpc(world, vpc))
        or internet_gateways.of_vpc(world, vpc) is not None
    )


def created_view(vpc: Vpc) -> dict[str, Any]:
    return {**_view(vpc), "State": "pending"}


def _view(vpc: Vpc) -> dict[str, Any]:
    return {
        "VpcId": vpc.id,
        "OwnerId": vpc.account,
        "State": "available",
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [block_view(block) for block in vpc.blocks],
        "Ipv6CidrBlockAssociationSet": [],
        "DhcpOptionsId": vpc.dhcp_options,
        "InstanceTenancy": vpc.tenancy,
        "IsDefault": vpc.is_default,
        "Tags": to_list(vpc.tags),
    }


def block_view(block: Block, state: str = "associated") -> dict[str, Any]:
    return {"AssociationId": block.association, "CidrBlock": block.cidr, "CidrBlockState": {"State": state}}


def _described(_world: World, vpc: Vpc) -> dict[str, Any]:
    return {**_view(vpc), "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"}}


LISTING = Listing(Vpc, "Vpcs", "VpcId", "vpcSet", errors.no_such_vpc, _described, _FILTERS)
