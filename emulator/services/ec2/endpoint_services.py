"""The services that a VPC endpoint can lead to: AWS's own, from a table, and those that others in this world offer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import endpoint_errors, needs
from emulator.services.ec2.filters import Filter, Table, matching
from emulator.services.ec2.listings import paged
from emulator.services.ec2.network import ServiceConfiguration
from emulator.shapes.regions import dns_suffix, zones
from emulator.values.call import Call
from emulator.values.errors import not_implemented
from emulator.values.tags import Tags, to_list

OWN = "com.amazonaws"
OFFERED = "com.amazonaws.vpce"
"""What the names of customers' endpoint services begin with, and those that Amazon MQ makes for its brokers."""
AMAZON = "amazon"
"""The owner of AWS's services, in answers and in ec2:VpceServiceOwner; Amazon MQ's for its brokers too (our choice)."""


class EndpointService(Struct, frozen=True):
    """``types`` are the endpoint types it takes, ``domain`` follows the endpoint's label in its DNS names, and
    ``private_names`` are those that private DNS makes lead to the endpoint."""

    name: str
    types: tuple[str, ...]
    domain: str
    private_names: tuple[str, ...] = ()
    owner: str = AMAZON
    id: str = ""
    tags: Tags | None = None


@cache
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("endpoint_services.json").read_text("utf-8"))
    return table


def find(world: World, account: str, region: str, name: str) -> EndpointService | None:
    """The service of this name that the account may use in the Region; None when there is none."""
    own = name.removeprefix(f"{OWN}.{region}.")
    if own != name and own in _table():
        return _own(name, region, own)
    if not name.startswith(f"{OFFERED}.{region}."):
        return None
    service_id = name.rsplit(".", 1)[-1]
    configured = world.store.get(ServiceConfiguration, (account, region, service_id))
    if configured is not None:
        return offered(configured)
    if world.has_endpoint_service(region, name):
        return EndpointService(name, ("Interface",), _domain(service_id, region), id=service_id)
    return None


def offered(service: ServiceConfiguration) -> EndpointService:
    """A customer's service as endpoints see it."""
    domain = _domain(service.id, service.region)
    return EndpointService(service.name, (service.kind,), domain, owner=service.account, id=service.id, tags=service.tags)


def _domain(host: str, region: str) -> str:
    return f"{host}.{region}.vpce.{dns_suffix(region)}"


@lru_cache(1_000)
def _own(name: str, region: str, own: str) -> EndpointService:
    """``ecr.api`` is reached at api.ecr.<region>.… (the parts of its name turn round)."""
    row = _table()[own]
    host = row.get("dns") or ".".join(reversed(own.split(".")))
    private = tuple(f"{prefix}.{region}.{dns_suffix(region)}" for prefix in row.get("private", [host]))
    return EndpointService(name, tuple(row.get("types", ["Interface"])), _domain(host, region), private)


# Describe ----------------------------------------------------------------------------------------------------------

_FILTERS: Table = {
    "owner": "Owner",
    "service-name": "ServiceName",
    "service-region": "ServiceRegion",
    "service-type": "ServiceType.ServiceType",
    "supported-ip-address-types": "SupportedIpAddressTypes",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
}


def describe_vpc_endpoint_services(
    world: World,
    call: Call,
    *,
    ServiceNames: list[str] | None = None,
    ServiceRegions: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    """Every service of the Region that the account may use. Amazon MQ's for its brokers are shown only when named (our choice).

    A service with two types of endpoint is one entry for each type, as AWS shows it.
    """
    if set(ServiceRegions or ()) - {call.region}:
        raise not_implemented("ServiceRegions of other Regions, in ec2:DescribeVpcEndpointServices,")
    services = _named(world, call, ServiceNames) if ServiceNames else _all(world, call)
    details = [_view(call.region, service, kind) for service in services for kind in service.types]
    found = matching(details, Filters, _FILTERS)
    chosen, following = paged(found, lambda item: f"{item['ServiceName']} {item['ServiceId']}", MaxResults, NextToken, smallest=1)
    names = list(dict.fromkeys(detail["ServiceName"] for detail in chosen))
    return {"ServiceNames": names, "ServiceDetails": chosen, "NextToken": following}


describe_vpc_endpoint_services_needs = needs.on_everything


def _named(world: World, call: Call, names: list[str]) -> Iterator[EndpointService]:
    for name in dict.fromkeys(names):
        service = find(world, call.account, call.region, name)
        if service is None:
            raise endpoint_errors.no_such_endpoint_service(name)
        yield service


def _all(world: World, call: Call) -> Iterator[EndpointService]:
    for own in _table():
        yield _own(f"{OWN}.{call.region}.{own}", call.region, own)
    for service in world.store.find(ServiceConfiguration, call.account, call.region):
        yield offered(service)


def service_id(region: str, service: EndpointService, kind: str) -> str:
    """AWS's own services have ids that say nothing: the same each time (our choice)."""
    return service.id or f"vpce-svc-{_digest(f'{region} {service.name} {kind}')}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:17]


def _view(region: str, service: EndpointService, kind: str) -> dict[str, Any]:
    private = service.private_names if kind == "Interface" else ()
    return {
        "ServiceName": service.name,
        "ServiceId": service_id(region, service, kind),
        "ServiceType": [{"ServiceType": kind}],
        "ServiceRegion": region,
        "AvailabilityZones": [name for name, _ in zones(region)],
        "AvailabilityZoneIds": [zone_id for _, zone_id in zones(region)],
        "Owner": service.owner,
        "BaseEndpointDnsNames": [service.domain] if kind == "Interface" else [],
        "PrivateDnsName": private[0] if private else None,
        "PrivateDnsNames": [{"PrivateDnsName": name} for name in private],
        "PrivateDnsNameVerificationState": "verified" if private else None,
        "VpcEndpointPolicySupported": service.owner == AMAZON,
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "SupportedIpAddressTypes": ["ipv4"],
        "Tags": to_list(service.tags or {}),
    }
