"""Network interfaces: here those that interface endpoints have in their subnets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, subnets
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import NetworkInterface, SecurityGroup, Subnet, Vpc, VpcEndpoint
from emulator.values.call import Call
from emulator.values.tags import to_list

_FILTERS: Table = {
    "addresses.association.owner-id": "PrivateIpAddresses.Association.IpOwnerId",
    "addresses.association.public-ip": "PrivateIpAddresses.Association.PublicIp",
    "addresses.primary": "PrivateIpAddresses.Primary",
    "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
    "association.allocation-id": "Association.AllocationId",
    "association.association-id": "Association.AssociationId",
    "association.ip-owner-id": "Association.IpOwnerId",
    "association.public-dns-name": "Association.PublicDnsName",
    "association.public-ip": "Association.PublicIp",
    "attachment.attach-time": "Attachment.AttachTime",
    "attachment.attachment-id": "Attachment.AttachmentId",
    "attachment.delete-on-termination": "Attachment.DeleteOnTermination",
    "attachment.device-index": "Attachment.DeviceIndex",
    "attachment.instance-id": "Attachment.InstanceId",
    "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
    "attachment.status": "Attachment.Status",
    "availability-zone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "description": "Description",
    "group-id": "Groups.GroupId",
    "group-name": "Groups.GroupName",
    "interface-type": "InterfaceType",
    "ipv6-addresses.ipv6-address": "Ipv6Addresses.Ipv6Address",
    "mac-address": "MacAddress",
    "network-interface-id": "NetworkInterfaceId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "owner-id": "OwnerId",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
    "requester-id": "RequesterId",
    "requester-managed": "RequesterManaged",
    "source-dest-check": "SourceDestCheck",
    "status": "Status",
    "subnet-id": "SubnetId",
    "tag-key": "TagSet.Key",
    "tag:": "TagSet",
    "vpc-id": "VpcId",
}


def describe_network_interfaces(
    world: World,
    call: Call,
    *,
    NetworkInterfaceIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    IncludeManagedResources: bool = False,  # noqa: ARG001  # nothing is managed by an operator: there is no more to include
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=NetworkInterfaceIds, filters=Filters, most=MaxResults, token=NextToken)


describe_network_interfaces_needs = needs.on_everything


def add(world: World, endpoint: VpcEndpoint, subnet: Subnet) -> NetworkInterface:
    """The interface of an endpoint in one of its subnets, in use from the start."""
    address = subnets.free_address(world, subnet)
    interface = NetworkInterface(
        account=endpoint.account,
        region=endpoint.region,
        id=world.ids.resource("eni"),
        subnet=subnet.id,
        vpc=endpoint.vpc,
        zone=subnet.zone,
        zone_id=subnet.zone_id,
        address=address,
        mac=_mac(world),
        groups=endpoint.groups,
        endpoint=endpoint.id,
        attachment=world.ids.resource("ela-attach"),
        attached=world.clock.now(),
        hostname=_hostname(world, endpoint, address),
    )
    world.store.put(interface)
    return interface


def of_endpoint(world: World, endpoint: VpcEndpoint) -> Iterable[NetworkInterface]:
    return list(world.store.find(NetworkInterface, endpoint.account, endpoint.region, endpoint=endpoint.id))


def _mac(world: World) -> str:
    """An address of the kind that EC2 gives out: locally administered, 02 or 0a or 0e … at the front."""
    digits = "0" + "26ae"[world.ids.pick(4)] + world.ids.hexadecimal(10)
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _hostname(world: World, endpoint: VpcEndpoint, address: str) -> str | None:
    """Only a VPC with DNS hostnames gives names, and of ours only the default one has them."""
    vpc = world.store.get(Vpc, (endpoint.account, endpoint.region, endpoint.vpc))
    if vpc is None or not vpc.is_default:
        return None
    domain = "ec2.internal" if vpc.region == "us-east-1" else f"{vpc.region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def groups_view(world: World, account: str, region: str, ids: Iterable[str]) -> list[dict[str, str]]:
    """Security groups by id and name, as interfaces and endpoints show them."""
    found = (world.store.get(SecurityGroup, (account, region, one)) for one in ids)
    return [{"GroupId": group.id, "GroupName": group.name} for group in found if group]


def _view(world: World, interface: NetworkInterface) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": interface.id,
        "SubnetId": interface.subnet,
        "VpcId": interface.vpc,
        "AvailabilityZone": interface.zone,
        "AvailabilityZoneId": interface.zone_id,
        "Description": f"VPC Endpoint Interface {interface.endpoint}",
        "InterfaceType": "vpc_endpoint",
        "OwnerId": interface.account,
        "RequesterId": interface.account,
        "RequesterManaged": True,
        "Operator": {"Managed": False},
        "Status": "in-use",
        "SourceDestCheck": True,
        "MacAddress": interface.mac,
        "PrivateDnsName": interface.hostname,
        "PrivateIpAddress": interface.address,
        "PrivateIpAddresses": [
            {"Primary": True, "PrivateDnsName": interface.hostname, "PrivateIpAddress": interface.address},
        ],
        "Ipv6Addresses": [],
        "Groups": groups_view(world, interface.account, interface.region, interface.groups),
        "Attachment": {
            "AttachmentId": interface.attachment,
            "AttachTime": interface.attached,
            "DeleteOnTermination": False,
            "DeviceIndex": 1,
            "InstanceOwnerId": "amazon-aws",
            "Status": "attached",
        },
        "TagSet": to_list(interface.tags),
    }


LISTING = Listing(
    NetworkInterface,
    "NetworkInterfaces",
    "NetworkInterfaceId",
    "networkInterfaceIdSet",
    errors.no_such_interface,
    _view,
    _FILTERS,
)
