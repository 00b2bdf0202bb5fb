"""The network interfaces of ActiveMQ brokers: made, changed and deleted with the caller's rights, attached by Amazon MQ."""

from __future__ import annotations

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.mq import errors, network_errors
from emulator.services.mq.acting import as_itself
from emulator.services.mq.broker import PRINCIPAL, Broker, Interface
from emulator.services.mq.network import as_caller
from emulator.values.call import Call
from emulator.values.errors import AwsError

_DEVICE = 1


def make_interfaces(world: World, call: Call, broker: Broker) -> Broker:
    """One interface per instance, and leave for Amazon MQ to attach it; 403 with EC2's sentence when the caller may not."""
    made = tuple(_make(world, call, broker, subnet) for subnet in broker.subnet_ids)
    nodes = tuple(world.ids.resource("i") for _ in made)
    return replace(broker, interfaces=made, nodes=nodes)


def _make(world: World, call: Call, broker: Broker, subnet: str) -> Interface:
    asked = {
        "SubnetId": subnet,
        "Groups": list(broker.security_groups),
        "Description": f"Amazon MQ network interface for broker {broker.id}",
    }
    interface = as_caller(world, call, "ec2:CreateNetworkInterface", asked, network_errors.no_such_subnet)["NetworkInterface"]
    let_in = {"NetworkInterfaceId": interface["NetworkInterfaceId"], "AwsService": PRINCIPAL, "Permission": "INSTANCE-ATTACH"}
    granted = as_caller(world, call, "ec2:CreateNetworkInterfacePermission", let_in, network_errors.interface_stays)
    return Interface(
        id=interface["NetworkInterfaceId"],
        permission=granted["InterfacePermission"]["NetworkInterfacePermissionId"],
        address=_public_address(world) if broker.is_public else interface["PrivateIpAddress"],
    )


def _public_address(world: World) -> str:
    """One of the documentation's own range: nobody answers there (our choice)."""
    return f"203.0.113.{1 + world.ids.pick(254)}"


def change_groups(world: World, call: Call, broker: Broker, groups: list[str]) -> None:
    """Give the interfaces other security groups, with the caller's rights (B.1: observed)."""
    for interface in broker.interfaces:
        asked = {"NetworkInterfaceId": interface.id, "Groups": groups}
        as_caller(world, call, "ec2:ModifyNetworkInterfaceAttribute", asked, network_errors.interface_stays)


def give_back(world: World, call: Call, broker: Broker) -> None:
    """Delete the interfaces with the caller's rights; what the customer deleted before is no hindrance."""
    for interface in broker.interfaces:
        if interface.attachment:
            _end(world, call, "DetachNetworkInterface", AttachmentId=interface.attachment)
        _end(world, call, "DeleteNetworkInterfacePermission", NetworkInterfacePermissionId=interface.permission)
        _end(world, call, "DeleteNetworkInterface", NetworkInterfaceId=interface.id)


def _end(world: World, call: Call, operation: str, **params: str) -> None:
    try:
        world.ask(call.principal, "ec2", operation, call.region, params, via=PRINCIPAL)
    except AwsError as error:
        if error.code == "UnauthorizedOperation":
            raise errors.forbidden(error.message) from error
        if not error.code.endswith(".NotFound"):
            raise network_errors.interface_stays(error.message) from error


# Amazon MQ itself --------------------------------------------------------------------------------------------------


def attach_interfaces(world: World, broker: Broker) -> None:
    """Each instance takes its interface, unless it has it."""
    for place, (interface, node) in enumerate(zip(broker.interfaces, broker.nodes, strict=True)):
        if not is_attached(world, broker, interface):
            taken = _attach(world, broker, interface, node)
            broker = replace(broker, interfaces=(*broker.interfaces[:place], taken, *broker.interfaces[place + 1 :]))
            world.store.put(broker)


def _attach(world: World, broker: Broker, interface: Interface, node: str) -> Interface:
    place = {"NetworkInterfaceId": interface.id, "InstanceId": node, "DeviceIndex": _DEVICE}
    return replace(interface, attachment=as_itself(world, broker)("ec2:AttachNetworkInterface", **place)["AttachmentId"])


def is_attached(world: World, broker: Broker, interface: Interface) -> bool:
    """Whether the instance still has the interface that it took. Without it, or its permission, EC2 shows nothing of it."""
    if not interface.attachment:
        return False
    looked = {"NetworkInterfaceId": interface.id, "Attribute": "attachment"}
    try:
        held = as_itself(world, broker)("ec2:DescribeNetworkInterfaceAttribute", **looked)["Attachment"]
    except AwsError as error:
        if error.code == "UnauthorizedOperation":
            return False
        raise
    return held is not None and held["AttachmentId"] == interface.attachment
