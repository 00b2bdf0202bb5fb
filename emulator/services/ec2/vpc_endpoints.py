"""VPC endpoints: their making, their description, their end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.services.ec2 import endpoint_errors, endpoint_services, errors, needs, network_interfaces
from emulator.services.ec2.client_tokens import made_before, request
from emulator.services.ec2.endpoint_requests import DnsOptionsSpecification, EndpointDesign, EndpointRequest, design
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import EndpointState, RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint, endpoints_of
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.services.ec2.views import Views
from emulator.values.call import Call, Need
from emulator.values.errors import AwsError, not_implemented
from emulator.values.tags import Tags, to_list

SECONDS_UNTIL_AVAILABLE = 90.0
"""From pending to available, in AWS's time (our choice)."""
SECONDS_UNTIL_DELETED = 60.0
"""From deleting to deleted (our choice)."""
SECONDS_REMEMBERED = 60.0
"""For which a deleted endpoint is still described (our choice)."""

_FILTERS: Table = {
    "ip-address-type": "IpAddressType",
    "service-name": "ServiceName",
    "service-region": "ServiceRegion",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "vpc-endpoint-id": "VpcEndpointId",
    "vpc-endpoint-state": "State",
    "vpc-endpoint-type": "VpcEndpointType",
    "vpc-id": "VpcId",
}


def create_vpc_endpoint(
    world: World,
    call: Call,
    *,
    VpcId: str,
    ServiceName: str | None = None,
    VpcEndpointType: str = "Gateway",
    SubnetIds: list[str] | None = None,
    SecurityGroupIds: list[str] | None = None,
    RouteTableIds: list[str] | None = None,
    PolicyDocument: str | None = None,
    PrivateDnsEnabled: bool | None = None,
    IpAddressType: str = "ipv4",
    DnsOptions: DnsOptionsSpecification | None = None,
    ServiceRegion: str | None = None,
    ClientToken: str | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """A pending Interface endpoint with its network interfaces, or an available Gateway endpoint."""
    earlier = made_before(world, call, VpcEndpoint, ClientToken)
    if earlier is not None:
        return {"VpcEndpoint": _shown(world, earlier), "ClientToken": ClientToken}
    if ServiceRegion not in {None, call.region}:
        raise not_implemented("ServiceRegion of another Region, in ec2:CreateVpcEndpoint,")
    asked = EndpointRequest(
        vpc=existing(world, call, Vpc, VpcId),
        kind=VpcEndpointType,
        service=ServiceName,
        subnets=SubnetIds or [],
        groups=SecurityGroupIds or [],
        route_tables=RouteTableIds or [],
        policy=PolicyDocument,
        private_dns=PrivateDnsEnabled,
        address_type=IpAddressType,
        dns=DnsOptions or {},
    )
    wanted = design(world, asked)
    tags = for_new(TagSpecifications, VpcEndpoint, code="InvalidParameter")
    endpoint = _add(world, call, asked.vpc, wanted, tags)
    # Its view is not worth keeping: it soon is in another state.
    return {"VpcEndpoint": _view(endpoint, *network_interfaces.groups_of(world, endpoint)), "ClientToken": ClientToken}


def create_vpc_endpoint_needs(world: World, call: Call) -> Iterator[Need]:
    """On the network that is named, then on the endpoint to be made."""
    params = call.params
    yield needs.on_existing(world, call, Vpc, params["VpcId"], keys=("ec2:VpcID",))
    for subnet in params.get("SubnetIds") or ():
        yield needs.on_existing(world, call, Subnet, subnet, keys=("ec2:SubnetID",))
    for group in params.get("SecurityGroupIds") or ():
        yield needs.on_existing(world, call, SecurityGroup, group, keys=("ec2:SecurityGroupID",))
    for table in params.get("RouteTableIds") or ():
        yield needs.on_existing(world, call, RouteTable, table, keys=("ec2:RouteTableID",))
    yield from needs.on_new(call, VpcEndpoint, _service_keys(world, call))


def _service_keys(world: World, call: Call) -> dict[str, str]:
    """The service's name, Region and owner; what names no service is taken for AWS's."""
    name, region = call.params.get("ServiceName") or "", call.params.get("ServiceRegion") or call.region
    service = endpoint_services.find(world, call.account, call.region, name)
    keys = {
        "ec2:VpceServiceOwner": service.owner if service else endpoint_services.AMAZON,
        "ec2:VpceServiceRegion": region,
        "ec2:VpceMultiRegion": "false" if region == call.region else "true",
    }
    if name:
        keys["ec2:VpceServiceName"] = name
    return keys


def _add(world: World, call: Call, vpc: Vpc, wanted: EndpointDesign, tags: Tags) -> VpcEndpoint:
    is_gateway = wanted.kind == "Gateway"
    bare = VpcEndpoint(  # in two steps: Python puts more than 15 arguments by name into a dictionary first
        account=call.account,
        region=call.region,
        id=world.ids.resource("vpce"),
        tags=tags,
        vpc=vpc.id,
        kind=wanted.kind,
        service=wanted.service.name,
        state="available" if is_gateway else "pending",
        created=world.clock.now(),
        policy=wanted.policy,
        dns_record_type=wanted.dns_record_type,
        subnets=tuple([subnet.id for subnet in wanted.subnets]),
        zones=tuple([subnet.zone for subnet in wanted.subnets]),
        groups=wanted.groups,
        route_tables=wanted.route_tables,
    )
    endpoint = replace(
        bare,
        client_token=call.params.get("ClientToken") or "",
        request=request(call),
        has_private_dns=wanted.has_private_dns,
        has_inbound_only_dns=wanted.has_inbound_only_dns,
        is_requester_managed=bool(call.principal.invoked_by) and world.requester_managed_endpoints,
        dns_label=f"{bare.id}-{world.ids.hexadecimal(8)}" if wanted.kind == "Interface" else "",
        dns_domain=wanted.service.domain,
        private_names=wanted.service.private_names if wanted.has_private_dns else (),
        private_zone=private_zone(world) if wanted.has_private_dns else "",
        interfaces=tuple([network_interfaces.add(world, bare, subnet).id for subnet in wanted.subnets]),
    )
    world.store.put(endpoint)
    _note(world, endpoint)
    if not is_gateway:
        world.after(SECONDS_UNTIL_AVAILABLE, TIMER, endpoint)
    return endpoint


def private_zone(world: World) -> str:
    """The id of a hosted zone for private names."""
    return world.ids.unique("Z0")


# Time --------------------------------------------------------------------------------------------------------------

TIMER = "ec2.endpoint"


def on_timer(world: World, timer: Timer) -> None:
    """Pending becomes available, deleting becomes deleted, and a deleted endpoint is forgotten."""
    endpoint = world.store.get(VpcEndpoint, (timer.account, timer.region, timer.subject))
    if endpoint is None:
        return
    if endpoint.state == "pending":
        _move(world, endpoint, "available")
    elif endpoint.state == "deleting":
        for interface in network_interfaces.of_endpoint(world, endpoint):
            network_interfaces.remove(world, interface)
        world.after(SECONDS_REMEMBERED, TIMER, _move(world, endpoint, "deleted", interfaces=(), route_tables=()))
    else:
        world.store.delete(endpoint)


def _move(world: World, endpoint: VpcEndpoint, state: EndpointState, **changes: Any) -> VpcEndpoint:
    moved = replace(endpoint, state=state, **changes)
    world.store.put(moved)
    _note(world, moved)
    return moved


def _note(world: World, endpoint: VpcEndpoint) -> None:
    world.journal.write("state", f"{endpoint.id}: {endpoint.state}", account=endpoint.account, region=endpoint.region)


# Describe ----------------------------------------------------------------------------------------------------------


def describe_vpc_endpoints(
    world: World,
    call: Call,
    *,
    VpcEndpointIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=VpcEndpointIds, filters=Filters, most=MaxResults, token=NextToken)


describe_vpc_endpoints_needs = needs.on_everything


def _shown(world: World, endpoint: VpcEndpoint) -> dict[str, Any]:
    return _VIEWS.of(endpoint, *network_interfaces.groups_of(world, endpoint))


def _view(endpoint: VpcEndpoint, *groups: SecurityGroup) -> dict[str, Any]:
    return {
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": endpoint.kind,
        "VpcId": endpoint.vpc,
        "ServiceName": endpoint.service,
        "ServiceRegion": endpoint.region,
        "State": endpoint.state,
        "PolicyDocument": endpoint.policy or None,
        "RouteTableIds": list(endpoint.route_tables),
        "SubnetIds": list(endpoint.subnets),
        "Groups": network_interfaces.groups_view(groups),
        "IpAddressType": "ipv4",
        "DnsOptions": {
            "DnsRecordIpType": endpoint.dns_record_type,
            "PrivateDnsOnlyForInboundResolverEndpoint": endpoint.has_inbound_only_dns,
        },
        "PrivateDnsEnabled": endpoint.has_private_dns,
        "RequesterManaged": endpoint.is_requester_managed,
        "NetworkInterfaceIds": list(endpoint.interfaces),
        "DnsEntries": _dns_entries(endpoint),
        "CreationTimestamp": endpoint.created,
        "Tags": to_list(endpoint.tags),
        "OwnerId": endpoint.account,
    }


def _dns_entries(endpoint: VpcEndpoint) -> list[dict[str, str]]:
    """The endpoint's name in the Region, its name in each zone, and the private names."""
    if endpoint.kind != "Interface":
        return []
    label, domain, hosted = endpoint.dns_label, endpoint.dns_domain, hosted_zone(endpoint.region)
    hosts = [label, *[f"{label}-{zone}" for zone in endpoint.zones]]
    public = [{"DnsName": f"{host}.{domain}", "HostedZoneId": hosted} for host in hosts]
    return public + [{"DnsName": name, "HostedZoneId": endpoint.private_zone} for name in endpoint.private_names]


@lru_cache(100)
def hosted_zone(region: str) -> str:
    """The hosted zone of a Region's endpoint names. AWS has one per Region; only us-east-1's is recorded, the others are ours."""
    if region == "us-east-1":
        return "Z7HUB22UULQXV"
    return "Z" + hashlib.sha256(region.encode()).hexdigest()[:12].upper()


_VIEWS = Views(_view)
LISTING = Listing(
    VpcEndpoint,
    "VpcEndpoints",
    "VpcEndpointId",
    "vpcEndpointIdSet",
    errors.no_such_endpoint,
    _shown,
    _FILTERS,
    {"service-name": "service", "vpc-endpoint-type": "kind", "vpc-id": "vpc"},
)


# Delete ------------------------------------------------------------------------------------------------------------


def delete_vpc_endpoints(world: World, call: Call, *, VpcEndpointIds: list[str]) -> Result:
    """Begins to delete what can be deleted and lists the rest."""
    refused = []
    for endpoint_id in dict.fromkeys(VpcEndpointIds):
        error = _delete(world, call, endpoint_id)
        if error is not None:
            refused.append({"Error": {"Code": error.code, "Message": error.message}, "ResourceId": endpoint_id})
    return {"Unsuccessful": refused}


def delete_vpc_endpoints_needs(world: World, call: Call) -> Iterator[Need]:
    keys = ("ec2:VpceMultiRegion", "ec2:VpceServiceName", "ec2:VpceServiceRegion")
    for endpoint_id in dict.fromkeys(call.params["VpcEndpointIds"]):
        yield needs.on_existing(world, call, VpcEndpoint, endpoint_id, keys=keys)


def _delete(world: World, call: Call, endpoint_id: str) -> AwsError | None:
    """Why not, if it cannot be. Deleting it again while it goes is no error (our choice)."""
    endpoint = world.store.get(VpcEndpoint, (call.account, call.region, endpoint_id))
    if endpoint is None or not endpoint.is_in_use:
        return errors.no_endpoint_to_delete(endpoint_id)
    if endpoint.is_requester_managed and not call.principal.invoked_by:
        return endpoint_errors.requester_managed(endpoint.service)
    needed = None if endpoint.kind == "Interface" else _needed(world, endpoint)
    if needed is not None:
        return needed
    if endpoint.state != "deleting":
        world.timers.cancel(endpoint.account, endpoint.region, endpoint.id)
        world.after(SECONDS_UNTIL_DELETED, TIMER, _move(world, endpoint, "deleting"))
    return None


def _needed(world: World, endpoint: VpcEndpoint) -> AwsError | None:
    """Why an endpoint has to stay: routes may lead to a Gateway Load Balancer's, private DNS may lean on a Gateway."""
    if endpoint.kind == "Gateway":
        dependent = _dependent(world, endpoint)
        return None if dependent is None else endpoint_errors.gateway_still_needed(dependent.id)
    table = next(iter(world.store.find(RouteTable, endpoint.account, endpoint.region, targets=endpoint.id)), None)
    return None if table is None else endpoint_errors.endpoint_of_routes(endpoint.id, table.id)


def _dependent(world: World, gateway: VpcEndpoint) -> VpcEndpoint | None:
    """The Interface endpoint whose private DNS leans on a Gateway endpoint of the same service."""
    vpc = world.store.get(Vpc, (gateway.account, gateway.region, gateway.vpc))
    siblings = endpoints_of(world, vpc) if vpc else []
    return next((one for one in siblings if one.service == gateway.service and one.has_inbound_only_dns), None)
