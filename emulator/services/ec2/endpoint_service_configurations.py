"""Endpoint services that customers offer. Nothing here balances load: a load balancer is taken at its ARN's word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import endpoint_errors, endpoint_services, needs
from emulator.services.ec2.client_tokens import made_before, request
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import ServiceConfiguration, VpcEndpoint
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.shapes.regions import zones
from emulator.values.call import Call, Need
from emulator.values.errors import AwsError, not_implemented
from emulator.values.tags import to_list

_FILTERS: Table = {
    "service-id": "ServiceId",
    "service-name": "ServiceName",
    "service-state": "ServiceState",
    "supported-ip-address-types": "SupportedIpAddressTypes",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
}


def create_vpc_endpoint_service_configuration(
    world: World,
    call: Call,
    *,
    AcceptanceRequired: bool = True,
    NetworkLoadBalancerArns: list[str] | None = None,
    GatewayLoadBalancerArns: list[str] | None = None,
    SupportedIpAddressTypes: list[str] | None = None,
    ClientToken: str | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """A service that the account's own endpoints can lead to, without acceptance."""
    service = made_before(world, call, ServiceConfiguration, ClientToken)
    if service is None:
        if AcceptanceRequired:
            raise not_implemented("Acceptance of endpoint connections, in ec2:CreateVpcEndpointServiceConfiguration,")
        for kind in SupportedIpAddressTypes or ():
            if kind != "ipv4":
                raise endpoint_errors.ip_address_type_unsupported(kind)
        service = ServiceConfiguration(
            account=call.account,
            region=call.region,
            id=world.ids.resource("vpce-svc"),
            kind=_kind(NetworkLoadBalancerArns, GatewayLoadBalancerArns),
            load_balancers=tuple(NetworkLoadBalancerArns or GatewayLoadBalancerArns or ()),
            client_token=ClientToken or "",
            request=request(call),
            tags=for_new(TagSpecifications, ServiceConfiguration),
        )
        world.store.put(service)
    return {"ServiceConfiguration": _view(world, service), "ClientToken": ClientToken}


def create_vpc_endpoint_service_configuration_needs(_world: World, call: Call) -> Iterator[Need]:
    yield from needs.on_new(call, ServiceConfiguration, {"ec2:VpceMultiRegion": "false", "ec2:VpceServiceRegion": call.region})


def _kind(network: list[str] | None, gateway: list[str] | None) -> Literal["Interface", "GatewayLoadBalancer"]:
    """What the load balancers' ARNs make of the service."""
    if bool(network) == bool(gateway):
        raise endpoint_errors.no_load_balancer()
    form = "gwy" if gateway else "net"
    for arn in gateway or network or ():
        if not re.fullmatch(rf"arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\d{{12}}:loadbalancer/{form}/[^/]+/[0-9a-f]+", arn):
            raise endpoint_errors.bad_load_balancer(arn)
    return "GatewayLoadBalancer" if gateway else "Interface"


def describe_vpc_endpoint_service_configurations(
    world: World,
    call: Call,
    *,
    ServiceIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=ServiceIds, filters=Filters, most=MaxResults, token=NextToken)


describe_vpc_endpoint_service_configurations_needs = needs.on_everything


def delete_vpc_endpoint_service_configurations(world: World, call: Call, *, ServiceIds: list[str]) -> Result:
    """Deletes what no endpoint uses and lists the rest."""
    refused = []
    for service_id in dict.fromkeys(ServiceIds):
        error = _delete(world, call, service_id)
        if error is not None:
            refused.append({"Error": {"Code": error.code, "Message": error.message}, "ResourceId": service_id})
    return {"Unsuccessful": refused}


def delete_vpc_endpoint_service_configurations_needs(world: World, call: Call) -> Iterator[Need]:
    for service_id in dict.fromkeys(call.params["ServiceIds"]):
        yield needs.on_existing(world, call, ServiceConfiguration, service_id)


def _delete(world: World, call: Call, service_id: str) -> AwsError | None:
    service = world.store.get(ServiceConfiguration, (call.account, call.region, service_id))
    if service is None:
        return endpoint_errors.no_such_service_id(service_id)
    if any(one.is_in_use for one in world.store.find(VpcEndpoint, call.account, call.region, service=service.name)):
        return endpoint_errors.service_in_use(service_id)
    world.store.delete(service)
    return None


def _view(_world: World, service: ServiceConfiguration) -> dict[str, Any]:
    member = "GatewayLoadBalancerArns" if service.kind == "GatewayLoadBalancer" else "NetworkLoadBalancerArns"
    return {
        "ServiceId": service.id,
        "ServiceName": service.name,
        "ServiceState": "Available",
        "ServiceType": [{"ServiceType": service.kind}],
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "AvailabilityZones": [name for name, _ in zones(service.region)],
        "AvailabilityZoneIds": [zone_id for _, zone_id in zones(service.region)],
        member: list(service.load_balancers),
        "SupportedIpAddressTypes": ["ipv4"],
        "BaseEndpointDnsNames": [endpoint_services.offered(service).domain] if service.kind == "Interface" else [],
        "Tags": to_list(service.tags),
    }


LISTING = Listing(
    ServiceConfiguration,
    "ServiceConfigurations",
    "ServiceId",
    "serviceIdSet",
    endpoint_errors.no_such_service_id,
    _view,
    _FILTERS,
)
