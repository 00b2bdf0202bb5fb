"""Network interfaces that customers make for themselves, or AWS services with a customer's rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from typing import TypedDict

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import cidr_blocks, errors, group_errors, interface_errors, needs, network_interfaces, quotas, subnets
from emulator.services.ec2.client_tokens import made_before, request
from emulator.services.ec2.existing import existing
from emulator.services.ec2.network import NetworkInterface, SecurityGroup, Subnet, Vpc, default_group
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need

SERVICE_ACCOUNTS = {"mq.amazonaws.com": "793913757436"}
"""The account that shows as the requester of what a service makes with a caller's rights (observed in us-east-1)."""


class PrivateIpAddressSpecification(TypedDict, total=False):
    Primary: bool
    PrivateIpAddress: str


def create_network_interface(
    world: World,
    call: Call,
    *,
    SubnetId: str,
    Description: str = "",
    PrivateIpAddress: str | None = None,
    PrivateIpAddresses: list[PrivateIpAddressSpecification] | None = None,
    SecondaryPrivateIpAddressCount: int = 0,
    Groups: list[str] | None = None,
    ClientToken: str | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """The answer says pending; the interface is available at once."""
    interface = made_before(world, call, NetworkInterface, ClientToken)
    if interface is None:
        subnet = existing(world, call, Subnet, SubnetId)
        interface = NetworkInterface(
            account=subnet.account,
            region=subnet.region,
            id=world.ids.resource("eni"),
            subnet=subnet.id,
            vpc=subnet.vpc,
            zone=subnet.zone,
            zone_id=subnet.zone_id,
            addresses=_addresses(world, subnet, PrivateIpAddress, PrivateIpAddresses, SecondaryPrivateIpAddressCount),
            mac=network_interfaces.mac(world),
            requester=SERVICE_ACCOUNTS.get(call.via, call.principal.id),
            description=Description,
            groups=_groups(world, call, subnet.vpc, Groups),
            client_token=ClientToken or "",
            request=request(call),
            tags=for_new(TagSpecifications, NetworkInterface),
        )
        network_interfaces.keep(world, subnet, interface)
    return {"NetworkInterface": {**network_interfaces.view(world, interface), "Status": "pending"}, "ClientToken": ClientToken}


def create_network_interface_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, Subnet, call.params["SubnetId"])
    for group in call.params.get("Groups") or ():
        yield needs.on_existing(world, call, SecurityGroup, group)
    yield from needs.on_new(call, NetworkInterface, {"ec2:NetworkInterfaceID": "*"})


def _groups(world: World, call: Call, vpc_id: str, named: list[str] | None) -> tuple[str, ...]:
    """The groups, of the interface's VPC; its default one when none is named."""
    if not named:
        return (default_group(world, existing(world, call, Vpc, vpc_id)).id,)
    return groups_of_vpc(world, call, vpc_id, named)


def groups_of_vpc(world: World, call: Call, vpc_id: str, named: Sequence[str]) -> tuple[str, ...]:
    groups = [existing(world, call, SecurityGroup, one) for one in dict.fromkeys(named)]
    if any(group.vpc != vpc_id for group in groups):
        raise group_errors.group_in_another_network()
    quotas.refuse_more(world, quotas.GROUPS_PER_INTERFACE, len(groups))
    return tuple(group.id for group in groups)


# Addresses ---------------------------------------------------------------------------------------------------------


def _addresses(
    world: World, subnet: Subnet, primary: str | None, listed: list[PrivateIpAddressSpecification] | None, more: int
) -> tuple[str, ...]:
    """The primary address and the others, those that are not named being chosen."""
    named = [(one.get("PrivateIpAddress", ""), one.get("Primary", False)) for one in listed or ()]
    if named and (primary or more):
        raise errors.either_or("privateIpAddresses", "privateIpAddress" if primary else "secondaryPrivateIpAddressCount")
    if sum(is_primary for _, is_primary in named) > 1:
        raise errors.invalid_value("true", "primary", "Only one address can be the primary one.")
    first = [primary] if primary else [address for address, is_primary in named if is_primary]
    wanted = [*first, *(address for address, is_primary in named if not is_primary)]
    refuse_bad_addresses(world, subnet, wanted)
    if not first:
        wanted.insert(0, subnets.free_address(world, subnet, but=wanted))
    for _ in range(more):
        wanted.append(subnets.free_address(world, subnet, but=wanted))
    return tuple(wanted)


def refuse_bad_addresses(world: World, subnet: Subnet, addresses: Sequence[str]) -> None:
    """Addresses of the subnet, not reserved and free, each named once."""
    taken = subnets.taken_addresses(world, subnet)
    network = subnet.network
    for address in addresses:
        try:
            place = int(IPv4Address(address)) - int(network.network_address)
        except ValueError:
            raise interface_errors.not_an_address(address) from None
        if not 0 <= place < network.num_addresses:
            raise interface_errors.address_outside(address)
        if place < cidr_blocks.RESERVED_FIRST or place >= network.num_addresses - cidr_blocks.RESERVED_LAST:
            raise interface_errors.address_reserved(address)
        if address in taken:
            raise interface_errors.address_taken(address)
        taken.add(address)


def assign_private_ip_addresses(
    world: World,
    call: Call,
    *,
    NetworkInterfaceId: str,
    PrivateIpAddresses: list[str] | None = None,
    SecondaryPrivateIpAddressCount: int = 0,
) -> Result:
    """More addresses for an interface: those named, or so many."""
    interface = own(world, call, NetworkInterfaceId)
    if bool(PrivateIpAddresses) == bool(SecondaryPrivateIpAddressCount):
        raise errors.either_or("privateIpAddresses", "secondaryPrivateIpAddressCount")
    subnet = existing(world, call, Subnet, interface.subnet)
    added = list(PrivateIpAddresses or ())
    refuse_bad_addresses(world, subnet, added)
    for _ in range(SecondaryPrivateIpAddressCount):
        added.append(subnets.free_address(world, subnet, but=added))
    world.store.put(replace(interface, addresses=(*interface.addresses, *added)))
    return {"NetworkInterfaceId": interface.id, "AssignedPrivateIpAddresses": [{"PrivateIpAddress": one} for one in added]}


assign_private_ip_addresses_needs = needs.on_one(NetworkInterface, "NetworkInterfaceId")


def unassign_private_ip_addresses(
    world: World, call: Call, *, NetworkInterfaceId: str, PrivateIpAddresses: list[str] | None = None
) -> Result:
    """Secondary addresses only."""
    interface = own(world, call, NetworkInterfaceId)
    if not PrivateIpAddresses:
        raise errors.missing("privateIpAddresses")
    for address in PrivateIpAddresses:
        if address == interface.addresses[0]:
            raise interface_errors.primary_address_stays(address)
        if address not in interface.addresses:
            raise interface_errors.address_not_assigned(interface.id)
    kept = tuple(address for address in interface.addresses if address not in PrivateIpAddresses)
    world.store.put(replace(interface, addresses=kept))
    return {}


unassign_private_ip_addresses_needs = needs.on_one(NetworkInterface, "NetworkInterfaceId")


# Ends --------------------------------------------------------------------------------------------------------------


def own(world: World, call: Call, interface_id: str) -> NetworkInterface:
    """A customer's own interface, which it may change; an endpoint's is not for the customer."""
    interface = existing(world, call, NetworkInterface, interface_id)
    if interface.is_requester_managed:
        raise interface_errors.managed_interface()
    return interface


def delete_network_interface(world: World, call: Call, *, NetworkInterfaceId: str) -> Result:
    """Takes its permissions along. An endpoint's interface is in use as long as it is there."""
    interface = existing(world, call, NetworkInterface, NetworkInterfaceId)
    if interface.attachment:
        raise interface_errors.interface_in_use(interface.id)
    network_interfaces.remove(world, interface)
    return {}


delete_network_interface_needs = needs.on_one(NetworkInterface, "NetworkInterfaceId")
