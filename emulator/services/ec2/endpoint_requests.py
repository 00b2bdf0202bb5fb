"""What CreateVpcEndpoint is asked for, checked against the network it is to stand in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal, TypedDict

from emulator.engine.world import World
from emulator.services.ec2 import endpoint_services, errors
from emulator.services.ec2.endpoint_services import EndpointService
from emulator.services.ec2.network import SecurityGroup, Subnet, Vpc, VpcEndpoint, default_group, endpoints_of
from emulator.values.errors import not_implemented

MOST_INTERFACE_ENDPOINTS = 50
"""Per VPC (the quota's default)."""
MOST_GATEWAY_ENDPOINTS = 20
"""Per Region (the quota's default)."""
MOST_GROUPS = 5
"""Security groups per network interface (the quota's default)."""

_ANYTHING = {"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}
_DEFAULT_POLICIES = {
    "Interface": json.dumps({"Statement": [_ANYTHING]}, indent=2),
    "Gateway": json.dumps({"Version": "2008-10-17", "Statement": [_ANYTHING]}),
}


class DnsOptionsSpecification(TypedDict, total=False):
    DnsRecordIpType: str
    PrivateDnsOnlyForInboundResolverEndpoint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDesign:
    """An endpoint that can be made."""

    service: EndpointService
    kind: Literal["Interface", "Gateway"]
    subnets: tuple[Subnet, ...] = ()
    groups: tuple[str, ...] = ()
    policy: str
    dns_record_type: str
    has_private_dns: bool = False
    has_inbound_only_dns: bool | None = None


def design(world: World, asked: EndpointRequest) -> EndpointDesign:
    """The endpoint that the request asks for, or the first reason why there can be none."""
    service = _service(world, asked)
    policy = _policy(asked)
    if asked.address_type != "ipv4":
        raise errors.ip_address_type_unsupported(asked.address_type)
    if asked.kind == "Gateway":
        return _gateway(world, asked, service, policy)
    return _interface(world, asked, service, policy)


def _service(world: World, asked: EndpointRequest) -> EndpointService:
    if asked.kind not in {"Interface", "Gateway"}:
        raise not_implemented(f"The VpcEndpointType {asked.kind} of ec2:CreateVpcEndpoint")
    if asked.service is None:
        raise errors.missing("ServiceName")
    service = endpoint_services.find(world, asked.vpc.region, asked.service)
    if service is None:
        raise errors.no_such_endpoint_service(asked.service)
    if asked.kind not in service.types:
        raise errors.wrong_endpoint_type(asked.kind, service.types)
    return service


def _policy(asked: EndpointRequest) -> str:
    if asked.policy is None:
        return _DEFAULT_POLICIES[asked.kind]
    try:
        document = json.loads(asked.policy)
    except (ValueError, RecursionError):
        raise errors.invalid_policy_document() from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise errors.invalid_policy_document()
    return asked.policy


def _gateway(world: World, asked: EndpointRequest, service: EndpointService, policy: str) -> EndpointDesign:
    for ids, what in ((asked.subnets, "Subnet IDs"), (asked.groups, "Security group IDs")):
        if ids:
            raise errors.only_for_interfaces(what)
    if asked.private_dns:
        raise errors.only_for_interfaces("Private DNS names")
    if asked.route_tables:
        raise errors.no_such_route_table(asked.route_tables[0])
    if "PrivateDnsOnlyForInboundResolverEndpoint" in asked.dns:
        raise errors.only_for_interfaces("Private DNS names")
    record_type = _record_type(asked, "service-defined")
    _refuse_more(world, asked, MOST_GATEWAY_ENDPOINTS)
    return EndpointDesign(service=service, kind="Gateway", policy=policy, dns_record_type=record_type)


def _interface(world: World, asked: EndpointRequest, service: EndpointService, policy: str) -> EndpointDesign:
    if asked.route_tables:
        raise errors.route_tables_only_for_gateways()
    subnets = _subnets(world, asked)
    groups = _groups(world, asked)
    has_private_dns = _private_dns(world, asked, service)
    _refuse_more(world, asked, MOST_INTERFACE_ENDPOINTS)
    return EndpointDesign(
        service=service,
        kind="Interface",
        subnets=tuple(subnets),
        groups=tuple(groups),
        policy=policy,
        dns_record_type=_record_type(asked, "ipv4"),
        has_private_dns=has_private_dns,
        has_inbound_only_dns=_inbound_only(world, asked, service, has_private_dns=has_private_dns),
    )


def _subnets(world: World, asked: EndpointRequest) -> list[Subnet]:
    """The subnets, of the VPC and in different zones."""
    found: list[Subnet] = []
    for subnet_id in asked.subnets:
        subnet = world.store.get(Subnet, (asked.vpc.account, asked.vpc.region, subnet_id))
        if subnet is None:
            is_well_formed = re.fullmatch(r"subnet-[a-z0-9]+", subnet_id)
            raise errors.no_such_subnet(subnet_id) if is_well_formed else errors.malformed_endpoint_subnet(subnet_id)
        if subnet.vpc != asked.vpc.id:
            raise errors.subnet_of_another_vpc(subnet.id, asked.vpc.id)
        if any(subnet.zone == other.zone for other in found):
            raise errors.two_subnets_in_zone(subnet.id)
        found.append(subnet)
    return found


def _groups(world: World, asked: EndpointRequest) -> list[str]:
    """The security groups, of the VPC; its default one when none is named."""
    if not asked.groups:
        return [default_group(world, asked.vpc).id]
    named = list(dict.fromkeys(asked.groups))
    for group_id in named:
        group = world.store.get(SecurityGroup, (asked.vpc.account, asked.vpc.region, group_id))
        if group is None:
            raise errors.no_such_group(group_id)
        if group.vpc != asked.vpc.id:
            raise errors.group_of_another_vpc(group.id, asked.vpc.id)
    if len(named) > MOST_GROUPS:
        raise errors.too_many_groups()
    return named


def _private_dns(world: World, asked: EndpointRequest, service: EndpointService) -> bool:
    """On by default where the service has private names and no Gateway endpoint as well; one endpoint per name and VPC.

    The VPC's DNS attributes are not looked at: nothing here can change them.
    """
    by_default = bool(service.private_names) and service.types == ("Interface",)
    wanted = by_default if asked.private_dns is None else asked.private_dns
    if wanted and not service.private_names:
        raise errors.no_private_dns(service.name)
    taken = {name for other in endpoints_of(world, asked.vpc) for name in other.private_names}
    for name in service.private_names if wanted else ():
        if name in taken:
            raise errors.private_dns_conflict(name, asked.vpc.id)
    return wanted


def _inbound_only(world: World, asked: EndpointRequest, service: EndpointService, *, has_private_dns: bool) -> bool | None:
    """Only for services with Gateway endpoints too; then on by default, and in need of such an endpoint."""
    said = asked.dns.get("PrivateDnsOnlyForInboundResolverEndpoint")
    if "Gateway" not in service.types or not has_private_dns:
        if said:
            raise errors.no_inbound_only_dns(service.name)
        return None
    wanted = said is not False
    if wanted and not any(_is_gateway(other, service) for other in endpoints_of(world, asked.vpc)):
        raise errors.gateway_needed(asked.vpc.id)
    return wanted


def _is_gateway(endpoint: VpcEndpoint, service: EndpointService) -> bool:
    return endpoint.kind == "Gateway" and endpoint.service == service.name


def _record_type(asked: EndpointRequest, default: str) -> str:
    record_type = asked.dns.get("DnsRecordIpType", default)
    if record_type not in {"ipv4", default}:
        raise errors.ip_address_type_unsupported(record_type)
    return record_type


def _refuse_more(world: World, asked: EndpointRequest, most: int) -> None:
    vpc = asked.vpc
    where = {"vpc": vpc.id} if asked.kind == "Interface" else {}
    found = world.store.find(VpcEndpoint, vpc.account, vpc.region, **where)
    if sum(other.is_in_use and other.kind == asked.kind for other in found) >= most:
        raise errors.too_many_endpoints()
