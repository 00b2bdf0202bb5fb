"""Virtual private clouds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import cidr_blocks, errors, needs, security_groups
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import Subnet, Vpc, default_group, endpoints_of, groups_of
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
    return {"Vpc": {**_view(vpc), "State": "pending"}}


def create_vpc_needs(_world: World, call: Call) -> Iterator[Need]:
    yield from needs.on_new(call, Vpc, {"ec2:VpcID": "*"})


def add(
    world: World, call: Call, cidr: str, *, tenancy: str = "default", tags: Tags | None = None, is_default: bool = False
) -> Vpc:
    """A new VPC with its default security group, and what a Region's VPCs share."""
    others = world.store.find(Vpc, call.account, call.region)
    vpc = Vpc(
        account=call.account,
        region=call.region,
        id=world.ids.resource("vpc"),
        cidr=cidr,
        association=world.ids.resource("vpc-cidr-assoc"),
        dhcp_options=next((vpc.dhcp_options for vpc in others), None) or world.ids.resource("dopt"),
        tenancy=tenancy,
        is_default=is_default,
        tags=tags or {},
    )
    world.store.put(vpc)
    security_groups.add_default(world, vpc)
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
    """Takes the default security group along; everything else must be gone."""
    vpc = LISTING.find(world, call, VpcId)
    own = default_group(world, vpc)
    subnets = world.store.find(Subnet, vpc.account, vpc.region, vpc=vpc.id)
    if any((*subnets, *endpoints_of(world, vpc), *(group for group in groups_of(world, vpc) if group != own))):
        raise errors.vpc_in_use(vpc.id)
    security_groups.remove(world, own)
    world.store.delete(vpc)
    return {}


def delete_vpc_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, Vpc, call.params["VpcId"], keys=("ec2:Tenancy", "ec2:VpcID"))


def _view(vpc: Vpc) -> dict[str, Any]:
    return {
        "VpcId": vpc.id,
        "OwnerId": vpc.account,
        "State": "available",
        "CidrBlock": vpc.cidr,
        "CidrBlockAssociationSet": [
            {"AssociationId": vpc.association, "CidrBlock": vpc.cidr, "CidrBlockState": {"State": "associated"}}
        ],
        "Ipv6CidrBlockAssociationSet": [],
        "DhcpOptionsId": vpc.dhcp_options,
        "InstanceTenancy": vpc.tenancy,
        "IsDefault": vpc.is_default,
        "Tags": to_list(vpc.tags),
    }


def _described(_world: World, vpc: Vpc) -> dict[str, Any]:
    return {**_view(vpc), "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"}}


LISTING = Listing(Vpc, "Vpcs", "VpcId", "vpcSet", errors.no_such_vpc, _described, _FILTERS)
