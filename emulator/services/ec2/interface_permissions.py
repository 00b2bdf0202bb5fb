"""Permissions on network interfaces: leave for another account, or an AWS service, to attach one to its own instances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, interface_errors, needs
from emulator.services.ec2.customer_interfaces import own
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import InterfacePermission, NetworkInterface
from emulator.values.call import Call, Need

_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
"""How services are named as principals, which one that is let in becomes."""
_PREFIX = "network-interface-permission."
_FILTERS: Table = {
    f"{_PREFIX}aws-account-id": "AwsAccountId",
    f"{_PREFIX}aws-service": "AwsService",
    f"{_PREFIX}network-interface-id": "NetworkInterfaceId",
    f"{_PREFIX}network-interface-permission-id": "NetworkInterfacePermissionId",
    f"{_PREFIX}permission": "Permission",
}


def create_network_interface_permission(
    world: World,
    call: Call,
    *,
    NetworkInterfaceId: str,
    Permission: str,
    AwsAccountId: str | None = None,
    AwsService: str | None = None,
) -> Result:
    """The answer says pending; the permission is granted at once."""
    interface = own(world, call, NetworkInterfaceId)
    grantee = _grantee(AwsAccountId, AwsService)
    for other in of_interface(world, interface):
        if (other.grantee, other.permission) == (grantee, Permission):
            raise interface_errors.permission_there(interface.id, grantee)
    permission = InterfacePermission(
        account=interface.account,
        region=interface.region,
        id=world.ids.resource("eni-perm"),
        interface=interface.id,
        grantee=grantee,
        permission=Permission,
    )
    world.store.put(permission)
    return {"InterfacePermission": {**_view(world, permission), "PermissionState": {"State": "pending"}}}


def create_network_interface_permission_needs(world: World, call: Call) -> Iterator[Need]:
    """With the service or the account that is let in, and what it is to be let do."""
    params = call.params
    extra = {"ec2:Permission": params["Permission"]}
    if params.get("AwsService"):
        extra["ec2:AuthorizedService"] = params["AwsService"]
    if params.get("AwsAccountId"):
        extra["ec2:AuthorizedUser"] = f"arn:{call.partition}:iam::{params['AwsAccountId']}:root"
    yield needs.on_existing(world, call, NetworkInterface, params["NetworkInterfaceId"], extra=extra)


def _grantee(account: str | None, service: str | None) -> str:
    if account is not None and service is not None:
        raise errors.either_or("awsAccountId", "awsService")
    if account is not None and not re.fullmatch(r"\d{12}", account):
        raise interface_errors.bad_grantee(account)
    if service and not _SERVICE.fullmatch(service):
        raise interface_errors.bad_service(service)
    if not account and not service:
        raise errors.missing("awsAccountId")
    return account or service or ""


def delete_network_interface_permission(
    world: World,
    call: Call,
    *,
    NetworkInterfacePermissionId: str,
    Force: bool = False,
) -> Result:
    """With Force also while the interface is attached, which it then stays."""
    permission = LISTING.find(world, call, NetworkInterfacePermissionId)
    interface = world.store.get(NetworkInterface, (permission.account, permission.region, permission.interface))
    if interface is not None and interface.attachment and not Force:
        raise interface_errors.permission_in_use(permission.id)
    world.store.delete(permission)
    return {"Return": True}


def delete_network_interface_permission_needs(world: World, call: Call) -> Iterator[Need]:
    """On the permission's interface; a permission that does not exist leaves the interface open.

    The service that it lets in is a key, which the service authorization reference does not list: Amazon MQ's guide gives a
    policy that allows this action on the condition of that key (inferred).
    """
    key = (call.account, call.region, call.params["NetworkInterfacePermissionId"])
    permission = world.store.get(InterfacePermission, key)
    extra = {"ec2:AuthorizedService": permission.grantee} if permission and permission.is_for_service else {}
    yield needs.on_existing(world, call, NetworkInterface, permission.interface if permission else "*", extra=extra)


def describe_network_interface_permissions(
    world: World,
    call: Call,
    *,
    NetworkInterfacePermissionIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    ids = NetworkInterfacePermissionIds
    return LISTING.describe(world, call, ids=ids, filters=Filters, most=MaxResults, token=NextToken)


describe_network_interface_permissions_needs = needs.on_everything


def of_interface(world: World, interface: NetworkInterface) -> list[InterfacePermission]:
    return list(world.store.find(InterfacePermission, interface.account, interface.region, interface=interface.id))


def _view(_world: World, permission: InterfacePermission) -> dict[str, Any]:
    return {
        "NetworkInterfacePermissionId": permission.id,
        "NetworkInterfaceId": permission.interface,
        "AwsService" if permission.is_for_service else "AwsAccountId": permission.grantee,
        "Permission": permission.permission,
        "PermissionState": {"State": "granted"},
    }


LISTING = Listing(
    InterfacePermission,
    "NetworkInterfacePermissions",
    "NetworkInterfacePermissionId",
    "networkInterfacePermissionIdSet",
    interface_errors.no_such_permission,
    _view,
    _FILTERS,
    {f"{_PREFIX}network-interface-id": "interface"},
)
