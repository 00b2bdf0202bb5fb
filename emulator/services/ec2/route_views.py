"""All routes of a table: those that follow from its VPC and from Gateway endpoints, and those that a customer made."""

from __future__ import annotations

from typing import Any

from emulator.engine.world import World
from emulator.services.ec2 import prefix_lists
from emulator.services.ec2.network import InternetGateway, NetworkInterface, Resource, RouteTable, Vpc, VpcEndpoint

LOCAL = "local"

TARGET_KINDS: dict[str, tuple[str, type[Resource]]] = {
    "igw": ("GatewayId", InternetGateway),
    "eni": ("NetworkInterfaceId", NetworkInterface),
    "vpce": ("GatewayId", VpcEndpoint),
}
"""By the prefix of a target's id: the member of a route that shows it, and the kind it is of."""


def routes_view(world: World, table: RouteTable) -> list[dict[str, Any]]:
    vpc = world.store.get(Vpc, (table.account, table.region, table.vpc))
    local = [_route(block.cidr, "GatewayId", LOCAL, "CreateRouteTable") for block in (vpc.blocks if vpc else ())]
    own = [
        _route(
            route.destination,
            TARGET_KINDS[_prefix(route.target)][0],
            route.target,
            "CreateRoute",
            _state(world, table, route.target),
        )
        for route in table.routes
    ]
    return [*local, *own, *(_route(*pair, "CreateRoute") for pair in endpoint_routes(world, table))]


def endpoint_routes(world: World, table: RouteTable) -> list[tuple[str, str, str]]:
    """(prefix list, member, endpoint) for each Gateway endpoint that uses the table."""
    found = world.store.find(VpcEndpoint, table.account, table.region, route_tables=table.id)
    return [
        (prefix_lists.of_service(endpoint.region, endpoint.service).id, "GatewayId", endpoint.id)
        for endpoint in found
        if endpoint.is_in_use
    ]


def _state(world: World, table: RouteTable, target: str) -> str:
    """A route whose target is gone, or detached, is a black hole."""
    found = world.store.get(TARGET_KINDS[_prefix(target)][1], (table.account, table.region, target))
    is_there = found is not None and getattr(found, "vpc", table.vpc) == table.vpc and getattr(found, "is_in_use", True)
    return "active" if is_there else "blackhole"


def _prefix(target: str) -> str:
    return target.partition("-")[0]


def _route(destination: str, member: str, target: str, origin: str, state: str = "active") -> dict[str, Any]:
    where = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
    return {where: destination, member: target, "Origin": origin, "State": state}
