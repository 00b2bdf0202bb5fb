"""Resources by their ids, and how each kind says that there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from emulator.engine.world import World
from emulator.services.ec2 import endpoint_errors, errors
from emulator.services.ec2.network import (
    DhcpOptions,
    InternetGateway,
    NetworkAcl,
    NetworkInterface,
    Resource,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    ServiceConfiguration,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from emulator.values.call import Call
from emulator.values.errors import AwsError

R = TypeVar("R", bound=Resource)

NO_SUCH: dict[type[Resource], Callable[[str], AwsError]] = {
    Vpc: errors.no_such_vpc,
    Subnet: errors.no_such_subnet,
    SecurityGroup: errors.no_such_group,
    SecurityGroupRule: errors.no_such_rule,
    NetworkInterface: errors.no_such_interface,
    VpcEndpoint: errors.no_such_endpoint,
    RouteTable: errors.no_such_route_table,
    InternetGateway: errors.no_such_internet_gateway,
    NetworkAcl: errors.no_such_network_acl,
    DhcpOptions: errors.no_such_dhcp_options,
    ServiceConfiguration: endpoint_errors.no_such_service_id,
}


def existing(world: World, call: Call, kind: type[R], resource_id: str) -> R:
    """The caller's resource of this id, or the kind's own error."""
    found = world.store.get(kind, (call.account, call.region, resource_id))
    if found is None:
        raise NO_SUCH[kind](resource_id)
    return found
