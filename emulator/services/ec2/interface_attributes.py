"""Attributes of network interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, network_interfaces
from emulator.services.ec2.customer_interfaces import groups_of_vpc, own
from emulator.services.ec2.existing import existing
from emulator.services.ec2.interface_attachments import leave_of_service
from emulator.services.ec2.network import NetworkInterface, SecurityGroup
from emulator.values.call import Call, Need


class Switch(TypedDict, total=False):
    Value: bool


class Text(TypedDict, total=False):
    Value: str


def describe_network_interface_attribute(
    world: World, call: Call, *, NetworkInterfaceId: str, Attribute: str | None = None
) -> Result:
    interface = existing(world, call, NetworkInterface, NetworkInterfaceId)
    if Attribute is None:
        raise errors.missing("attribute")
    shown: dict[str, tuple[str, Any]] = {
        "attachment": ("Attachment", network_interfaces.attachment_view(interface)),
        "description": ("Description", {"Value": interface.description}),
        "groupSet": (
            "Groups",
            network_interfaces.groups_view(network_interfaces.groups_of(world, interface)),
        ),
        "sourceDestCheck": ("SourceDestCheck", {"Value": interface.checks_source_and_destination}),
        "associatePublicIpAddress": ("AssociatePublicIpAddress", False),
    }
    member, value = shown[Attribute]
    return {"NetworkInterfaceId": interface.id, member: value}


def describe_network_interface_attribute_needs(world: World, call: Call) -> Iterator[Need]:
    """No resource; a service that was let in on the interface may look at it."""
    policies = leave_of_service(world, call, call.params["NetworkInterfaceId"])
    yield Need(call.action, "*", needs.region_key(call), policies=policies)


def modify_network_interface_attribute(
    world: World,
    call: Call,
    *,
    NetworkInterfaceId: str,
    Description: Text | None = None,
    SourceDestCheck: Switch | None = None,
    Groups: list[str] | None = None,
) -> Result:
    """One attribute a call, of a customer's own interface."""
    interface = own(world, call, NetworkInterfaceId)
    values = {"description": Description, "sourceDestCheck": SourceDestCheck, "groupSet": Groups}
    given = [name for name, value in values.items() if value is not None]
    if len(given) > 1:
        raise errors.several_attributes(given)
    if Description is not None:
        interface = replace(interface, description=Description.get("Value", ""))
    elif SourceDestCheck is not None:
        interface = replace(interface, checks_source_and_destination=SourceDestCheck.get("Value", True))
    elif Groups:
        interface = replace(interface, groups=groups_of_vpc(world, call, interface.vpc, Groups))
    else:
        raise errors.no_attribute()
    world.store.put(interface)
    return {}


def modify_network_interface_attribute_needs(world: World, call: Call) -> Iterator[Need]:
    extra = needs.attribute_keys(call, "NetworkInterfaceId")
    yield needs.on_existing(world, call, NetworkInterface, call.params["NetworkInterfaceId"], extra=extra)
    for group in call.params.get("Groups") or ():
        yield needs.on_existing(world, call, SecurityGroup, group)


def reset_network_interface_attribute(
    world: World, call: Call, *, NetworkInterfaceId: str, SourceDestCheck: str | None = None
) -> Result:
    """Source and destination are checked again."""
    interface = own(world, call, NetworkInterfaceId)
    if SourceDestCheck is None:
        raise errors.no_attribute()
    world.store.put(replace(interface, checks_source_and_destination=True))
    return {}


reset_network_interface_attribute_needs = needs.on_one(NetworkInterface, "NetworkInterfaceId")
