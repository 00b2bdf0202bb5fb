"""Subnets and their free addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from ipaddress import IPv4Network
from socket import inet_ntoa
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import cidr_blocks, errors, needs, quotas, route_tables
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import NetworkInterface, Subnet, Vpc
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.shapes.regions import zones
from emulator.values.call import Call, Need
from emulator.values.errors import not_implemented
from emulator.values.tags import Tags, to_list

_FILTERS: Table = {
    "availability-zone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "availabilityZone": "AvailabilityZone",
    "availabilityZoneId": "AvailabilityZoneId",
    "available-ip-address-count": "AvailableIpAddressCount",
    "cidr": "CidrBlock",
    "cidr-block": "CidrBlock",
    "cidrBlock": "CidrBlock",
    "customer-owned-ipv4-pool": "CustomerOwnedIpv4Pool",
    "default-for-az": "DefaultForAz",
    "defaultForAz": "DefaultForAz",
    "enable-dns64": "EnableDns64",
    "enable-lni-at-device-index": "EnableLniAtDeviceIndex",
    "ipv6-cidr-block-association.association-id": "Ipv6CidrBlockAssociationSet.AssociationId",
    "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock",
    "ipv6-cidr-block-association.state": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State",
    "ipv6-native": "Ipv6Native",
    "map-customer-owned-ip-on-launch": "MapCustomerOwnedIpOnLaunch",
    "map-public-ip-on-launch": "MapPublicIpOnLaunch",
    "outpost-arn": "OutpostArn",
    "owner-id": "OwnerId",
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"
    ),
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": (
        "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord"
    ),
    "private-dns-name-options-on-launch.hostname-type": "PrivateDnsNameOptionsOnLaunch.HostnameType",
    "state": "State",
    "subnet-arn": "SubnetArn",
    "subnet-id": "SubnetId",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "vpc-id": "VpcId",
}


def create_subnet(
    world: World,
    call: Call,
    *,
    VpcId: str,
    CidrBlock: str | None = None,
    AvailabilityZone: str | None = None,
    AvailabilityZoneId: str | None = None,
    Ipv6Native: bool = False,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """Available at once, with a block of its own inside the VPC's."""
    if Ipv6Native:
        raise not_implemented("Ipv6Native of ec2:CreateSubnet")
    vpc = existing(world, call, Vpc, VpcId)
    zone = zone_of(world, vpc, AvailabilityZone, AvailabilityZoneId)
    network = cidr_blocks.parse(CidrBlock)
    _refuse_bad_place(world, vpc, network)
    tags = for_new(TagSpecifications, Subnet)
    return {"Subnet": view(world, add(world, vpc, network, zone, tags=tags))}


def create_subnet_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, Vpc, call.params["VpcId"])
    yield from needs.on_new(call, Subnet, {"ec2:SubnetID": "*"})


def _refuse_bad_place(world: World, vpc: Vpc, network: IPv4Network) -> None:
    if not cidr_blocks.has_allowed_size(network) or not any(network.subnet_of(block) for block in vpc.networks):
        raise errors.subnet_range(str(network))
    if any(network.overlaps(subnet.network) for subnet in of_vpc(world, vpc)):
        raise errors.subnet_conflict(str(network))


def zone_of(world: World, vpc: Vpc, name: str | None, zone_id: str | None) -> tuple[str, str]:
    """The asked zone, or the one with the fewest subnets of the VPC (our choice)."""
    if name is not None and zone_id is not None:
        raise errors.either_or("availabilityZone", "availabilityZoneId")
    offered = zones(vpc.region)
    for asked, member, place in ((name, "availabilityZone", 0), (zone_id, "availabilityZoneId", 1)):
        if asked is not None:
            found = next((zone for zone in offered if zone[place] == asked), None)
            if found is None:
                raise errors.no_subnets_in_zone(asked, member, [zone[place] for zone in offered])
            return found
    taken = Counter(subnet.zone for subnet in of_vpc(world, vpc))
    return min(offered, key=lambda zone: taken[zone[0]])


def add(
    world: World,
    vpc: Vpc,
    network: IPv4Network,
    zone: tuple[str, str],
    *,
    tags: Tags | None = None,
    is_default: bool = False,
) -> Subnet:
    quotas.refuse_more(world, quotas.SUBNETS, world.store.count(Subnet, vpc.account, vpc.region, vpc=vpc.id) + 1)
    subnet = Subnet(
        account=vpc.account,
        region=vpc.region,
        id=world.ids.resource("subnet"),
        vpc=vpc.id,
        cidr=str(network),
        zone=zone[0],
        zone_id=zone[1],
        acl_association=world.ids.resource("aclassoc"),
        is_default=is_default,
        maps_public_addresses=is_default,
        tags=tags or {},
    )
    world.store.put(subnet)
    return subnet


def of_vpc(world: World, vpc: Vpc) -> list[Subnet]:
    return list(world.store.find(Subnet, vpc.account, vpc.region, vpc=vpc.id))


def describe_subnets(
    world: World,
    call: Call,
    *,
    SubnetIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=SubnetIds, filters=Filters, most=MaxResults, token=NextToken)


describe_subnets_needs = needs.on_everything


def delete_subnet(world: World, call: Call, *, SubnetId: str) -> Result:
    """Refused while a network interface is in it."""
    subnet = existing(world, call, Subnet, SubnetId)
    if interfaces(world, subnet):
        raise errors.subnet_in_use(subnet.id)
    route_tables.forget_subnet(world, subnet)
    world.store.delete(subnet)
    return {}


delete_subnet_needs = needs.on_one(Subnet, "SubnetId")


def interfaces(world: World, subnet: Subnet) -> list[NetworkInterface]:
    """The network interfaces in a subnet; each holds some of its addresses."""
    return list(world.store.find(NetworkInterface, subnet.account, subnet.region, subnet=subnet.id))


def taken_addresses(world: World, subnet: Subnet) -> set[str]:
    return {address for interface in interfaces(world, subnet) for address in interface.addresses}


def free_address(world: World, subnet: Subnet, *, but: Collection[str] = ()) -> str:
    """A free address, anywhere in the block as AWS picks them."""
    network = subnet.network
    room = cidr_blocks.capacity(network)
    first, start = int(network.network_address) + cidr_blocks.RESERVED_FIRST, world.ids.pick(room)
    for step in range(room):
        address = inet_ntoa((first + (start + step) % room).to_bytes(4))  # as ipaddress writes it, in a fifth of the time
        if address not in but and not _is_taken(world, subnet, address):
            return address
    raise errors.no_free_address()


def _is_taken(world: World, subnet: Subnet, address: str) -> bool:
    holders = world.store.find(NetworkInterface, subnet.account, subnet.region, addresses=address)
    return any(holder.subnet == subnet.id for holder in holders)


def view(world: World, subnet: Subnet) -> dict[str, Any]:
    return {
        "SubnetId": subnet.id,
        "SubnetArn": subnet.arn,
        "VpcId": subnet.vpc,
        "OwnerId": subnet.account,
        "State": "available",
        "CidrBlock": subnet.cidr,
        "AvailableIpAddressCount": cidr_blocks.capacity(subnet.network) - len(taken_addresses(world, subnet)),
        "AvailabilityZone": subnet.zone,
        "AvailabilityZoneId": subnet.zone_id,
        "DefaultForAz": subnet.is_default,
        "MapPublicIpOnLaunch": subnet.maps_public_addresses,
        "MapCustomerOwnedIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": [],
        "EnableDns64": subnet.has_dns64,
        "Ipv6Native": False,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": subnet.hostname_type,
            "EnableResourceNameDnsARecord": subnet.has_a_records,
            "EnableResourceNameDnsAAAARecord": subnet.has_aaaa_records,
        },
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "Tags": to_list(subnet.tags),
    }


LISTING = Listing(Subnet, "Subnets", "SubnetId", "subnetSet", errors.no_such_subnet, view, _FILTERS, {"vpc-id": "vpc"})
