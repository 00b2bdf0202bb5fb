"""Network interfaces: their description, and those that endpoints have in their subnets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, quotas, subnets
from emulator.services.ec2.dhcp_options import internal_domain
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import InterfacePermission, NetworkInterface, SecurityGroup, Subnet, Vpc, VpcEndpoint
from emulator.services.ec2.views import Views
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


_KINDS = {"Interface": "vpc_endpoint", "GatewayLoadBalancer": "gateway_load_balancer_endpoint"}
"""What EC2 calls the interfaces of each type of endpoint."""


def add(world: World, endpoint: VpcEndpoint, subnet: Subnet) -> NetworkInterface:
    """The interface of an endpoint in one of its subnets, in use from the start."""
    return keep(
        world,
        subnet,
        NetworkInterface(
            account=endpoint.account,
            region=endpoint.region,
            id=world.ids.resource("eni"),
            subnet=subnet.id,
            vpc=endpoint.vpc,
            zone=subnet.zone,
            zone_id=subnet.zone_id,
            addresses=(subnets.free_address(world, subnet),),
            mac=mac(world),
            kind=_KINDS[endpoint.kind],
            description=f"VPC Endpoint Interface {endpoint.id}",
            groups=endpoint.groups,
            endpoint=endpoint.id,
            attachment=world.ids.resource("ela-attach"),
            attached=world.clock.now(),
        ),
    )


def keep(world: World, subnet: Subnet, interface: NetworkInterface) -> NetworkInterface:
    quotas.refuse_more(world, quotas.INTERFACES, world.store.count(NetworkInterface, subnet.account, subnet.region) + 1)
    world.store.put(interface)
    return interface


def remove(world: World, interface: NetworkInterface) -> None:
    """The interface and the permissions on it."""
    for permission in world.store.find(InterfacePermission, interface.account, interface.region, interface=interface.id):
        world.store.delete(permission)
    world.store.delete(interface)


def of_endpoint(world: World, endpoint: VpcEndpoint) -> Iterable[NetworkInterface]:
    return list(world.store.find(NetworkInterface, endpoint.account, endpoint.region, endpoint=endpoint.id))


def mac(world: World) -> str:
    """An address of the kind that EC2 gives out: locally administered, 02 or 0a or 0e … at the front."""
    digits = "0" + "26ae"[world.ids.pick(4)] + world.ids.hexadecimal(10)
    return bytes.fromhex(digits).hex(":")


def _hostname(vpc: Vpc | None, address: str) -> str | None:
    """Only a VPC with DNS hostnames gives names."""
    if vpc is None or not (vpc.has_dns_hostnames and vpc.has_dns_support):
        return None
    return f"ip-{address.replace('.', '-')}.{internal_domain(vpc.region)}"


def groups_of(world: World, member: NetworkInterface | VpcEndpoint) -> list[SecurityGroup]:
    """The security groups that it is in."""
    get, account, region = world.store.get, member.account, member.region
    return [group for one in member.groups if (group := get(SecurityGroup, (account, region, one)))]


def groups_view(groups: Iterable[SecurityGroup]) -> list[dict[str, str]]:
    """Security groups by id and name, as interfaces and endpoints show them."""
    return [{"GroupId": group.id, "GroupName": group.name} for group in groups]


def view(world: World, interface: NetworkInterface) -> dict[str, Any]:
    vpc = world.store.get(Vpc, (interface.account, interface.region, interface.vpc))
    return _VIEWS.of(interface, vpc, *groups_of(world, interface))


def _view(interface: NetworkInterface, vpc: Vpc | None, *groups: SecurityGroup) -> dict[str, Any]:
    names = [_hostname(vpc, address) for address in interface.addresses]
    return {
        "NetworkInterfaceId": interface.id,
        "SubnetId": interface.subnet,
        "VpcId": interface.vpc,
        "AvailabilityZone": interface.zone,
        "AvailabilityZoneId": interface.zone_id,
        "Description": interface.description,
        "InterfaceType": interface.kind,
        "OwnerId": interface.account,
        "RequesterId": interface.requester or interface.account,
        "RequesterManaged": interface.is_requester_managed,
        "Operator": {"Managed": False},
        "Status": "in-use" if interface.attachment else "available",
        "SourceDestCheck": interface.checks_source_and_destination,
        "MacAddress": interface.mac,
        "PrivateDnsName": names[0],
        "PrivateIpAddress": interface.addresses[0],
        "PrivateIpAddresses": _addresses_view(interface.addresses, names),
        "Ipv6Addresses": [],
        "Groups": groups_view(groups),
        "Attachment": attachment_view(interface),
        "TagSet": to_list(interface.tags),
    }


def _addresses_view(addresses: Sequence[str], names: Sequence[str | None]) -> list[dict[str, Any]]:
    return [
        {"Primary": place == 0, "PrivateDnsName": name, "PrivateIpAddress": address}
        for place, (address, name) in enumerate(zip(addresses, names, strict=True))
    ]


def attachment_view(interface: NetworkInterface) -> dict[str, Any] | None:
    """An endpoint's hold on its interface, or a service's instance's on a customer's own."""
    if not interface.attachment:
        return None
    shown = {
        "AttachmentId": interface.attachment,
        "AttachTime": interface.attached,
        "DeleteOnTermination": False,
        "DeviceIndex": interface.device,
        "InstanceOwnerId": "amazon-aws",
        "Status": "attached",
    }
    return (
        {**shown, "InstanceId": interface.instance, "InstanceOwnerId": interface.instance_owner} if interface.instance else shown
    )


_VIEWS = Views(_view)
LISTING = Listing(
    NetworkInterface,
    "NetworkInterfaces",
    "NetworkInterfaceId",
    "networkInterfaceIdSet",
    errors.no_such_interface,
    view,
    _FILTERS,
    {
        "addresses.private-ip-address": "addresses",
        "attachment.attachment-id": "attachment",
        "group-id": "groups",
        "private-ip-address": "addresses",
        "subnet-id": "subnet",
        "vpc-id": "vpc",
    },
)
