"""What CreateVpcEndpoint is asked for, checked against the network it is to stand in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TypedDict

from msgspec import Struct

from emulator.engine.world import World
from emulator.policy.document import MalformedPolicyError, parse
from emulator.services.ec2 import endpoint_errors, endpoint_services, errors, quotas
from emulator.services.ec2.endpoint_services import EndpointService
from emulator.services.ec2.network import (
    EndpointKind,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcEndpoint,
    default_group,
    endpoints_of,
)
from emulator.values.errors import not_implemented

_ANYTHING = {"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}
DEFAULT_POLICIES = {
    "Interface": json.dumps({"Statement": [_ANYTHING]}, indent=2),
    "Gateway": json.dumps({"Version": "2008-10-17", "Statement": [_ANYTHING]}),
    "GatewayLoadBalancer": "",
}
"""Full access; endpoints of Gateway Load Balancers take no policy."""


class DnsOptionsSpecification(TypedDict, total=False):
    DnsRecordIpType: str
    PrivateDnsOnlyForInboundResolverEndpoint: bool


class EndpointRequest(Struct, frozen=True, kw_only=True):
    """The members of a CreateVpcEndpoint call that describe the endpoint; ``None`` where nothing was said."""

    vpc: Vpc
    kind: str
    service: str | None
    subnets: list[str]
    groups: list[str]
    route_tables: list[str]
    policy: str | None
    private_dns: bool | None
    address_type: str
    dns: DnsOptionsSpecification


class EndpointDesign(Struct, frozen=True, kw_only=True):
    """An endpoint that can be made."""

    service: EndpointService
    kind: EndpointKind
    subnets: tuple[Subnet, ...] = ()
    groups: tuple[str, ...] = ()
    route_tables: tuple[str, ...] = ()
    policy: str
    dns_record_type: str
    has_private_dns: bool = False
    has_inbound_only_dns: bool | None = None


def design(world: World, asked: EndpointRequest) -> EndpointDesign:
    """The endpoint that the request asks for, or the first reason why there can be none."""
    service = _service(world, asked)
    policy = _policy(world, asked)
    if asked.address_type != "ipv4":
        raise endpoint_errors.ip_address_type_unsupported(asked.address_type)
    if asked.kind == "Gateway":
        return _gateway(world, asked, service, policy)
    if asked.route_tables:
        raise endpoint_errors.route_tables_only_for_gateways()
    if asked.kind == "GatewayLoadBalancer":
        return _load_balancer(world, asked, service, policy)
    return _interface(world, asked, service, policy)


def _service(world: World, asked: EndpointRequest) -> EndpointService:
    if asked.kind not in {"Interface", "Gateway", "GatewayLoadBalancer"}:
        raise not_implemented(f"The VpcEndpointType {asked.kind} of ec2:CreateVpcEndpoint")
    if asked.service is None:
        raise errors.missing("ServiceName")
    service = endpoint_services.find(world, asked.vpc.account, asked.vpc.region, asked.service)
    if service is None:
        raise endpoint_errors.no_such_endpoint_service(asked.service)
    if asked.kind not in service.types:
        raise endpoint_errors.wrong_endpoint_type(asked.kind, service.types)
    return service


def _policy(world: World, asked: EndpointRequest) -> str:
    if asked.policy is None:
        return DEFAULT_POLICIES[asked.kind]
    if asked.kind == "GatewayLoadBalancer":
        raise endpoint_errors.no_policy()
    return policy_text(world, asked.policy)


def policy_text(world: World, text: str) -> str:
    """A policy document that can be one of an endpoint: of the grammar of resource policies, and not too long."""
    try:
        parse(text, "resource")
    except MalformedPolicyError:
        raise endpoint_errors.invalid_policy_document() from None
    longest = quotas.limit(world, quotas.POLICY_CHARACTERS)
    if len(text) > longest:
        raise endpoint_errors.policy_too_long(longest)
    return text


def _gateway(world: World, asked: EndpointRequest, service: EndpointService, policy: str) -> EndpointDesign:
    for ids, what in ((asked.subnets, "Subnet IDs"), (asked.groups, "Security group IDs")):
        if ids:
            raise endpoint_errors.only_for_interfaces(what)
    if asked.private_dns or "PrivateDnsOnlyForInboundResolverEndpoint" in asked.dns:
        raise endpoint_errors.only_for_interfaces("Private DNS names")
    tables = route_tables_for(world, asked.vpc, asked.route_tables)
    refuse_second_route(world, asked.vpc, service.name, tables)
    record_type = record_type_of(asked.dns, "service-defined")
    quotas.refuse_more(world, quotas.GATEWAY_ENDPOINTS, len(_gateways(world, asked.vpc)) + 1)
    return EndpointDesign(service=service, kind="Gateway", route_tables=tuple(tables), policy=policy, dns_record_type=record_type)


def _load_balancer(world: World, asked: EndpointRequest, service: EndpointService, policy: str) -> EndpointDesign:
    """One subnet, no security group, no private name."""
    if asked.groups:
        raise endpoint_errors.groups_only_for_interfaces()
    if asked.private_dns or asked.dns:
        raise endpoint_errors.no_private_dns(service.name)
    if len(asked.subnets) > 1:
        raise endpoint_errors.one_subnet_only()
    subnets = subnets_for(world, asked.vpc, asked.subnets)
    _refuse_more(world, asked.vpc)
    return EndpointDesign(
        service=service, kind="GatewayLoadBalancer", subnets=tuple(subnets), policy=policy, dns_record_type="ipv4"
    )


def _interface(world: World, asked: EndpointRequest, service: EndpointService, policy: str) -> EndpointDesign:
    subnets = subnets_for(world, asked.vpc, asked.subnets)
    groups = groups_for(world, asked.vpc, asked.groups) if asked.groups else [default_group(world, asked.vpc).id]
    has_private_dns = private_dns(world, asked.vpc, service, asked.private_dns)
    _refuse_more(world, asked.vpc)
    return EndpointDesign(
        service=service,
        kind="Interface",
        subnets=tuple(subnets),
        groups=tuple(groups),
        policy=policy,
        dns_record_type=record_type_of(asked.dns, "ipv4"),
        has_private_dns=has_private_dns,
        has_inbound_only_dns=inbound_only(world, asked.vpc, service, asked.dns, has_private_dns=has_private_dns),
    )


def subnets_for(world: World, vpc: Vpc, ids: Iterable[str], others: Iterable[Subnet] = ()) -> list[Subnet]:
    """The subnets, of the VPC and in different zones, also from the ``others`` that the endpoint has already."""
    found: list[Subnet] = []
    taken = {subnet.zone for subnet in others}
    for subnet_id in ids:
        subnet = world.store.get(Subnet, (vpc.account, vpc.region, subnet_id))
        if subnet is None:
            is_well_formed = re.fullmatch(r"subnet-[a-z0-9]+", subnet_id)
            raise errors.no_such_subnet(subnet_id) if is_well_formed else errors.malformed_endpoint_subnet(subnet_id)
        if subnet.vpc != vpc.id:
            raise endpoint_errors.subnet_of_another_vpc(subnet.id, vpc.id)
        if subnet.zone in taken:
            raise endpoint_errors.two_subnets_in_zone(subnet.id)
        taken.add(subnet.zone)
        found.append(subnet)
    return found


def groups_for(world: World, vpc: Vpc, ids: Iterable[str]) -> list[str]:
    """The security groups, each once, of the VPC and not too many."""
    named = list(dict.fromkeys(ids))
    for group_id in named:
        group = world.store.get(SecurityGroup, (vpc.account, vpc.region, group_id))
        if group is None:
            raise errors.no_such_group(group_id)
        if group.vpc != vpc.id:
            raise endpoint_errors.group_of_another_vpc(group.id, vpc.id)
    quotas.refuse_more(world, quotas.GROUPS_PER_INTERFACE, len(named))
    return named


def route_tables_for(world: World, vpc: Vpc, ids: Iterable[str]) -> list[str]:
    """The route tables, each once, of the VPC."""
    named = list(dict.fromkeys(ids))
    for table_id in named:
        table = world.store.get(RouteTable, (vpc.account, vpc.region, table_id))
        if table is None:
            raise errors.no_such_route_table(table_id)
        if table.vpc != vpc.id:
            raise endpoint_errors.table_of_another_vpc(table.id, vpc.id)
    return named


def refuse_second_route(world: World, vpc: Vpc, service: str, tables: Iterable[str]) -> None:
    """A route table leads to a service through one Gateway endpoint only."""
    for other in endpoints_of(world, vpc):
        for table_id in tables:
            if other.service == service and table_id in other.route_tables:
                raise endpoint_errors.route_there(table_id, other.id)


def private_dns(world: World, vpc: Vpc, service: EndpointService, asked: bool | None, *, but: str = "") -> bool:
    """On by default where the service has private names and no Gateway endpoint as well.

    It takes a VPC with DNS names, and one endpoint per name and VPC; ``but`` is the endpoint itself.
    """
    by_default = bool(service.private_names) and service.types == ("Interface",)
    wanted = by_default if asked is None else asked
    if not wanted:
        return False
    if not service.private_names:
        raise endpoint_errors.no_private_dns(service.name)
    if not (vpc.has_dns_support and vpc.has_dns_hostnames):
        raise endpoint_errors.dns_needed(vpc.id)
    taken = {name for other in endpoints_of(world, vpc) if other.id != but for name in other.private_names}
    for name in service.private_names:
        if name in taken:
            raise endpoint_errors.private_dns_conflict(name, vpc.id)
    return True


def inbound_only(
    world: World, vpc: Vpc, service: EndpointService, dns: DnsOptionsSpecification, *, has_private_dns: bool
) -> bool | None:
    """Only for services with Gateway endpoints too; then on by default, and in need of such an endpoint."""
    said = dns.get("PrivateDnsOnlyForInboundResolverEndpoint")
    if "Gateway" not in service.types or not has_private_dns:
        if said:
            raise endpoint_errors.no_inbound_only_dns(service.name)
        return None
    wanted = said is not False
    if wanted and not any(_is_gateway(other, service) for other in endpoints_of(world, vpc)):
        raise endpoint_errors.gateway_needed(vpc.id)
    return wanted


def _is_gateway(endpoint: VpcEndpoint, service: EndpointService) -> bool:
    return endpoint.kind == "Gateway" and endpoint.service == service.name


def record_type_of(dns: DnsOptionsSpecification, default: str) -> str:
    record_type = dns.get("DnsRecordIpType", default)
    if record_type not in {"ipv4", default}:
        raise endpoint_errors.ip_address_type_unsupported(record_type)
    return record_type


def _gateways(world: World, vpc: Vpc) -> list[VpcEndpoint]:
    """The Gateway endpoints that are in use in the VPC's Region."""
    return [one for one in world.store.find(VpcEndpoint, vpc.account, vpc.region, kind="Gateway") if one.is_in_use]


def _refuse_more(world: World, vpc: Vpc) -> None:
    """Gateway endpoints have a quota of their own: they are left out of the count where that makes a difference."""
    wanted = world.store.count(VpcEndpoint, vpc.account, vpc.region, occupies=vpc.id) + 1
    if wanted > quotas.limit(world, quotas.INTERFACE_ENDPOINTS):
        wanted -= sum(one.vpc == vpc.id for one in _gateways(world, vpc))
        quotas.refuse_more(world, quotas.INTERFACE_ENDPOINTS, wanted)
