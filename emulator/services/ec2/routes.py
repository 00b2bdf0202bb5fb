"""Routes: their making, changing and deletion."""

from __future__ import annotations

from ipaddress import IPv4Network

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import cidr_blocks, needs, prefix_lists, quotas, route_errors
from emulator.services.ec2.existing import existing
from emulator.services.ec2.network import InternetGateway, NetworkInterface, Route, RouteTable, Vpc, VpcEndpoint
from emulator.services.ec2.route_views import endpoint_routes
from emulator.values.call import Call


def create_route(
    world: World,
    call: Call,
    *,
    RouteTableId: str,
    DestinationCidrBlock: str | None = None,
    DestinationPrefixListId: str | None = None,
    GatewayId: str | None = None,
    NetworkInterfaceId: str | None = None,
    VpcEndpointId: str | None = None,
) -> Result:
    """A route to an internet gateway, an interface or a Gateway Load Balancer endpoint of the table's VPC."""
    table = existing(world, call, RouteTable, RouteTableId)
    destination = _destination(call, DestinationCidrBlock, DestinationPrefixListId)
    target = _target(world, call, table, (GatewayId, NetworkInterfaceId, VpcEndpointId))
    if destination in {*_local(world, table), *(route.destination for route in table.routes), *_of_endpoints(world, table)}:
        raise route_errors.route_there(destination)
    _refuse_inside_local(world, table, destination, target)
    quotas.refuse_more(world, quotas.ROUTES, len(table.routes) + 1)
    world.store.put(replace(table, routes=(*table.routes, Route(destination, target))))
    return {"Return": True}


create_route_needs = needs.on_one(RouteTable, "RouteTableId")


def replace_route(
    world: World,
    call: Call,
    *,
    RouteTableId: str,
    DestinationCidrBlock: str | None = None,
    DestinationPrefixListId: str | None = None,
    GatewayId: str | None = None,
    NetworkInterfaceId: str | None = None,
    VpcEndpointId: str | None = None,
) -> Result:
    """Another target for a destination that the table has a route for."""
    table = existing(world, call, RouteTable, RouteTableId)
    destination = _destination(call, DestinationCidrBlock, DestinationPrefixListId)
    target = _target(world, call, table, (GatewayId, NetworkInterfaceId, VpcEndpointId))
    if all(route.destination != destination for route in table.routes):
        raise route_errors.no_route_to_replace(destination)
    _refuse_inside_local(world, table, destination, target)
    routes = (Route(destination, target) if route.destination == destination else route for route in table.routes)
    world.store.put(replace(table, routes=tuple(routes)))
    return {}


replace_route_needs = needs.on_one(RouteTable, "RouteTableId")


def delete_route(
    world: World,
    call: Call,
    *,
    RouteTableId: str,
    DestinationCidrBlock: str | None = None,
    DestinationPrefixListId: str | None = None,
) -> Result:
    """Local routes stay, and those of Gateway endpoints go with these."""
    table = existing(world, call, RouteTable, RouteTableId)
    destination = _destination(call, DestinationCidrBlock, DestinationPrefixListId)
    if destination in _local(world, table):
        raise route_errors.local_route_stays(table.id, destination)
    if destination in _of_endpoints(world, table):
        raise route_errors.endpoint_route_stays(table.id, destination)
    kept = tuple(route for route in table.routes if route.destination != destination)
    if len(kept) == len(table.routes):
        raise route_errors.no_such_route(table.id, destination)
    world.store.put(replace(table, routes=kept))
    return {}


delete_route_needs = needs.on_one(RouteTable, "RouteTableId")


def _destination(call: Call, cidr: str | None, prefix_list: str | None) -> str:
    if (cidr is None) == (prefix_list is None):
        raise route_errors.destination_missing()
    return str(cidr_blocks.parse(cidr)) if prefix_list is None else prefix_lists.find(call.region, prefix_list).id


def _target(world: World, call: Call, table: RouteTable, asked: tuple[str | None, str | None, str | None]) -> str:
    """The id of what the route leads to, of (gateway, interface, endpoint). A GatewayId may also name an endpoint."""
    given = [one for one in asked if one is not None]
    if len(given) != 1:
        raise route_errors.target_missing()
    if _vpc_of(world, call, given[0], is_interface=asked[1] is not None) != table.vpc:
        raise route_errors.gateway_of_another_network(table.id, given[0])
    return given[0]


def _vpc_of(world: World, call: Call, target: str, *, is_interface: bool) -> str:
    if is_interface:
        return existing(world, call, NetworkInterface, target).vpc
    if target.startswith("vpce-"):
        endpoint = existing(world, call, VpcEndpoint, target)
        if endpoint.kind != "GatewayLoadBalancer":
            raise route_errors.no_such_gateway(target)
        return endpoint.vpc
    if not target.startswith("igw-"):
        raise route_errors.no_such_gateway(target)
    return existing(world, call, InternetGateway, target).vpc


def _refuse_inside_local(world: World, table: RouteTable, destination: str, target: str) -> None:
    """Inside the VPC's own blocks only an interface or a Gateway Load Balancer endpoint may stand in the way."""
    if destination.startswith("pl-") or not target.startswith("igw-"):
        return
    if any(IPv4Network(destination).subnet_of(IPv4Network(block)) for block in _local(world, table)):
        raise route_errors.more_specific_than_local(destination)


def _local(world: World, table: RouteTable) -> set[str]:
    vpc = world.store.get(Vpc, (table.account, table.region, table.vpc))
    return {block.cidr for block in vpc.blocks} if vpc else set()


def _of_endpoints(world: World, table: RouteTable) -> set[str]:
    return {prefix_list for prefix_list, _, _ in endpoint_routes(world, table)}
