"""ModifyVpcEndpoint: what can be changed of an endpoint that stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import endpoint_errors, endpoint_services, needs, network_interfaces
from emulator.services.ec2.endpoint_requests import (
    DEFAULT_POLICIES,
    DnsOptionsSpecification,
    groups_for,
    inbound_only,
    policy_text,
    private_dns,
    record_type_of,
    refuse_second_route,
    route_tables_for,
    subnets_for,
)
from emulator.services.ec2.existing import existing
from emulator.services.ec2.network import RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint
from emulator.services.ec2.vpc_endpoints import private_zone
from emulator.values.call import Call, Need


class _Asked(Struct, frozen=True, kw_only=True):
    """The members of a call. Each pair is what to add and what to remove."""

    tables: tuple[Sequence[str], Sequence[str]]
    subnets: tuple[Sequence[str], Sequence[str]]
    groups: tuple[Sequence[str], Sequence[str]]
    private_dns: bool | None
    dns: DnsOptionsSpecification = field(default_factory=DnsOptionsSpecification)


def modify_vpc_endpoint(
    world: World,
    call: Call,
    *,
    VpcEndpointId: str,
    ResetPolicy: bool = False,
    PolicyDocument: str | None = None,
    AddRouteTableIds: list[str] | None = None,
    RemoveRouteTableIds: list[str] | None = None,
    AddSubnetIds: list[str] | None = None,
    RemoveSubnetIds: list[str] | None = None,
    AddSecurityGroupIds: list[str] | None = None,
    RemoveSecurityGroupIds: list[str] | None = None,
    IpAddressType: str = "ipv4",
    DnsOptions: DnsOptionsSpecification | None = None,
    PrivateDnsEnabled: bool | None = None,
) -> Result:
    """All that is asked, at once (our choice: AWS takes some seconds for subnets), or nothing."""
    endpoint = existing(world, call, VpcEndpoint, VpcEndpointId)
    if endpoint.state not in {"pending", "available"}:
        raise endpoint_errors.endpoint_leaving(endpoint.id, endpoint.state)
    if endpoint.is_requester_managed and not call.principal.invoked_by:
        raise endpoint_errors.requester_managed(endpoint.service)
    if IpAddressType != "ipv4":
        raise endpoint_errors.ip_address_type_unsupported(IpAddressType)
    asked = _Asked(
        tables=(AddRouteTableIds or (), RemoveRouteTableIds or ()),
        subnets=(AddSubnetIds or (), RemoveSubnetIds or ()),
        groups=(AddSecurityGroupIds or (), RemoveSecurityGroupIds or ()),
        private_dns=PrivateDnsEnabled,
        dns=DnsOptions or DnsOptionsSpecification(),
    )
    _refuse_wrong_kind(endpoint, asked)
    vpc = existing(world, call, Vpc, endpoint.vpc)
    endpoint = replace(endpoint, policy=_policy(world, endpoint, PolicyDocument, is_reset=ResetPolicy))
    endpoint = _with_tables(world, vpc, endpoint, *asked.tables)
    endpoint = _with_groups(world, vpc, endpoint, *asked.groups)
    endpoint = _with_subnets(world, vpc, endpoint, *asked.subnets)
    world.store.put(_with_dns(world, vpc, endpoint, asked))
    return {"Return": True}


def modify_vpc_endpoint_needs(world: World, call: Call) -> Iterator[Need]:
    params = call.params
    for table in (*(params.get("AddRouteTableIds") or ()), *(params.get("RemoveRouteTableIds") or ())):
        yield needs.on_existing(world, call, RouteTable, table, keys=("ec2:RouteTableID",))
    for group in (*(params.get("AddSecurityGroupIds") or ()), *(params.get("RemoveSecurityGroupIds") or ())):
        yield needs.on_existing(world, call, SecurityGroup, group)
    for subnet in (*(params.get("AddSubnetIds") or ()), *(params.get("RemoveSubnetIds") or ())):
        yield needs.on_existing(world, call, Subnet, subnet)
    keys = ("ec2:VpceMultiRegion", "ec2:VpceServiceRegion")
    extra = needs.attribute_keys(call, "VpcEndpointId")
    yield needs.on_existing(world, call, VpcEndpoint, params["VpcEndpointId"], keys=keys, extra=extra)


def _refuse_wrong_kind(endpoint: VpcEndpoint, asked: _Asked) -> None:
    """Route tables are for Gateways, subnets for the others, groups and names for Interfaces."""
    if endpoint.kind != "Gateway" and any(asked.tables):
        raise endpoint_errors.route_tables_only_for_gateways()
    if endpoint.kind == "Gateway" and any(asked.subnets):
        raise endpoint_errors.only_for_interfaces("Subnet IDs")
    if endpoint.kind != "Interface" and any(asked.groups):
        raise endpoint_errors.groups_only_for_interfaces()
    if endpoint.kind != "Interface" and (asked.private_dns or asked.dns):
        raise endpoint_errors.only_for_interfaces("Private DNS names")


def _policy(world: World, endpoint: VpcEndpoint, asked: str | None, *, is_reset: bool) -> str:
    if asked is None:
        return DEFAULT_POLICIES[endpoint.kind] if is_reset else endpoint.policy
    if is_reset:
        raise endpoint_errors.policy_and_reset()
    if endpoint.kind == "GatewayLoadBalancer":
        raise endpoint_errors.no_policy()
    return policy_text(world, asked)


def _changed(endpoint: VpcEndpoint, has: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> tuple[str, ...]:
    """The ids with some more and some fewer; one that is there cannot be added, one that is not cannot be removed."""
    for one in remove:
        if one not in has:
            raise endpoint_errors.not_of_endpoint(one, endpoint.id)
    kept = [one for one in has if one not in remove]
    for one in add:
        if one in kept:
            raise endpoint_errors.already_of_endpoint(one, endpoint.id)
    return (*kept, *dict.fromkeys(add))


def _with_tables(world: World, vpc: Vpc, endpoint: VpcEndpoint, add: Sequence[str], remove: Sequence[str]) -> VpcEndpoint:
    tables = _changed(endpoint, endpoint.route_tables, route_tables_for(world, vpc, add), remove)
    refuse_second_route(world, vpc, endpoint.service, [table for table in tables if table not in endpoint.route_tables])
    return replace(endpoint, route_tables=tables)


def _with_groups(world: World, vpc: Vpc, endpoint: VpcEndpoint, add: Sequence[str], remove: Sequence[str]) -> VpcEndpoint:
    """The endpoint's interfaces change with it."""
    if not add and not remove:
        return endpoint
    groups = tuple(groups_for(world, vpc, _changed(endpoint, endpoint.groups, add, remove)))
    if not groups:
        raise endpoint_errors.group_needed()
    for interface in network_interfaces.of_endpoint(world, endpoint):
        world.store.put(replace(interface, groups=groups))
    return replace(endpoint, groups=groups)


def _with_subnets(world: World, vpc: Vpc, endpoint: VpcEndpoint, add: Sequence[str], remove: Sequence[str]) -> VpcEndpoint:
    """Interfaces go with the subnets that go, and come with those that come."""
    ids = _changed(endpoint, endpoint.subnets, add, remove)
    kept = [subnet for subnet in _subnets(world, endpoint) if subnet.id not in remove]
    added = subnets_for(world, vpc, dict.fromkeys(add), kept)
    for interface in network_interfaces.of_endpoint(world, endpoint):
        if interface.subnet in remove:
            network_interfaces.remove(world, interface)
    for subnet in added:
        network_interfaces.add(world, endpoint, subnet)
    zones = {subnet.id: subnet.zone for subnet in (*kept, *added)}
    interfaces = {interface.subnet: interface.id for interface in network_interfaces.of_endpoint(world, endpoint)}
    return replace(
        endpoint,
        subnets=ids,
        zones=tuple(zones[one] for one in ids),
        interfaces=tuple(interfaces[one] for one in ids if one in interfaces),
    )


def _subnets(world: World, endpoint: VpcEndpoint) -> list[Subnet]:
    found = (world.store.get(Subnet, (endpoint.account, endpoint.region, one)) for one in endpoint.subnets)
    return [subnet for subnet in found if subnet is not None]


def _with_dns(world: World, vpc: Vpc, endpoint: VpcEndpoint, asked: _Asked) -> VpcEndpoint:
    """What was not said stays as it is."""
    service = endpoint_services.find(world, endpoint.account, endpoint.region, endpoint.service)
    if service is None or (asked.private_dns is None and not asked.dns):
        return endpoint
    has_names = endpoint.has_private_dns
    if asked.private_dns is not None:
        has_names = private_dns(world, vpc, service, asked.private_dns, but=endpoint.id)
    dns = asked.dns.copy()
    if endpoint.has_private_dns and has_names:
        dns.setdefault("PrivateDnsOnlyForInboundResolverEndpoint", bool(endpoint.has_inbound_only_dns))
    return replace(
        endpoint,
        dns_record_type=record_type_of(asked.dns, endpoint.dns_record_type),
        has_private_dns=has_names,
        has_inbound_only_dns=inbound_only(world, vpc, service, dns, has_private_dns=has_names),
        private_names=service.private_names if has_names else (),
        private_zone=(endpoint.private_zone or private_zone(world)) if has_names else "",
    )
