"""Interfaces and instances. A customer has no instances here; an AWS service that was let in attaches an interface to its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import interface_errors, needs
from emulator.services.ec2.customer_interfaces import SERVICE_ACCOUNTS, own
from emulator.services.ec2.network import InterfacePermission, NetworkInterface
from emulator.values.call import Call, Need

_OF_ENDPOINT = "ela-attach-"


def attach_network_interface(world: World, call: Call, *, NetworkInterfaceId: str, InstanceId: str, DeviceIndex: int) -> Result:
    interface = own(world, call, NetworkInterfaceId)
    if call.principal.kind != "service":
        raise interface_errors.no_such_instance(InstanceId)
    if interface.attachment:
        raise interface_errors.interface_in_use(interface.id)
    attachment = world.ids.resource("eni-attach")
    attached = replace(
        interface,
        attachment=attachment,
        attached=world.clock.now(),
        instance=InstanceId,
        instance_owner=SERVICE_ACCOUNTS[call.principal.arn],
        device=DeviceIndex,
    )
    world.store.put(attached)
    return {"AttachmentId": attachment}


def attach_network_interface_needs(world: World, call: Call) -> Iterator[Need]:
    """On the instance, unless it is a service's own in another account, and on the interface."""
    if call.principal.kind != "service":
        keys = {**needs.region_key(call), "ec2:InstanceID": call.params["InstanceId"]}
        yield Need(call.action, call.arn(f"instance/{call.params['InstanceId']}"), keys)
    interface_id = call.params["NetworkInterfaceId"]
    yield replace(
        needs.on_existing(world, call, NetworkInterface, interface_id), policies=leave_of_service(world, call, interface_id)
    )


def leave_of_service(world: World, call: Call, interface_id: str) -> tuple[tuple[str, str], ...]:
    """The interface's permissions for the service that calls, as policies: it may attach the interface and look at that."""
    if call.principal.kind != "service":
        return ()
    found = world.store.find(InterfacePermission, call.account, call.region, interface=interface_id)
    return tuple((one.id, _policy(one)) for one in found if one.permission == "INSTANCE-ATTACH" and one.is_for_service)


def _policy(permission: InterfacePermission) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": permission.grantee},
        "Action": ["ec2:AttachNetworkInterface", "ec2:DescribeNetworkInterfaceAttribute"],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def detach_network_interface(
    world: World,
    call: Call,
    *,
    AttachmentId: str,
    Force: bool = False,  # noqa: ARG001  # does not move an endpoint's attachment either, and nothing here is ever busy
) -> Result:
    """At once. An endpoint's attachment is not the customer's to end."""
    interface = _attached(world, call, AttachmentId)
    if interface is None:
        raise interface_errors.no_such_attachment(AttachmentId)
    if AttachmentId.startswith(_OF_ENDPOINT):
        raise interface_errors.managed_attachment()
    world.store.put(replace(interface, attachment="", attached=0.0, instance="", instance_owner=""))
    return {}


def detach_network_interface_needs(world: World, call: Call) -> Iterator[Need]:
    """On the instance, which is never one of the customer's, and on the interface."""
    interface = _attached(world, call, call.params["AttachmentId"])
    yield Need(call.action, call.arn("instance/*"), needs.region_key(call))
    yield needs.on_existing(world, call, NetworkInterface, interface.id if interface else "*")


def _attached(world: World, call: Call, attachment_id: str) -> NetworkInterface | None:
    found = world.store.find(NetworkInterface, call.account, call.region, attachment=attachment_id) if attachment_id else ()
    return next(iter(found), None)
