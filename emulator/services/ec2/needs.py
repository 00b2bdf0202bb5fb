"""What must be authorised, and with which condition keys: the service authorization reference as small tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator.engine.world import World
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
from emulator.services.ec2.tag_specifications import requested
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import request_keys, resource_keys

Facts = dict[str, str]

KEYS: dict[type[Resource], tuple[str, ...]] = {
    Vpc: ("ec2:Tenancy", "ec2:VpcID"),
    Subnet: ("ec2:AvailabilityZone", "ec2:AvailabilityZoneId", "ec2:SubnetID", "ec2:Vpc"),
    SecurityGroup: ("ec2:SecurityGroupID", "ec2:Vpc"),
    SecurityGroupRule: (),
    NetworkInterface: ("ec2:AvailabilityZone", "ec2:NetworkInterfaceID", "ec2:Subnet", "ec2:Vpc"),
    VpcEndpoint: (),
    RouteTable: ("ec2:RouteTableID", "ec2:Vpc"),
    InternetGateway: ("ec2:InternetGatewayID",),
    NetworkAcl: ("ec2:NetworkAclID", "ec2:Vpc"),
    DhcpOptions: ("ec2:DhcpOptionsID",),
    ServiceConfiguration: ("ec2:VpceMultiRegion",),
}
"""The keys beyond tags with which most actions are evaluated on a kind."""


def on_everything(_world: World, call: Call) -> Iterator[Need]:
    """The need of a Describe call: it has no resource."""
    yield Need(call.action, "*", region_key(call))


def region_key(call: Call) -> dict[str, str | list[str]]:
    """ec2:Region, which every EC2 request carries."""
    return {"ec2:Region": call.region}


def on_new(call: Call, kind: type[Resource], facts: Facts | None = None) -> list[Need]:
    """The needs of making something that is yet without id: the call's own action, and CreateTags when it is tagged."""
    target = call.arn(f"{kind.TYPE}/*")
    specifications = call.params.get("TagSpecifications")
    tags = request_keys(requested(specifications, kind)) if specifications else {}
    made = Need(call.action, target, {**region_key(call), **(facts or {}), **tags})
    if not tags:
        return [made]
    return [made, Need("ec2:CreateTags", target, {**region_key(call), **tags, "ec2:CreateAction": call.operation})]


def on_existing(
    world: World,
    call: Call,
    kind: type[Resource],
    resource_id: str,
    *,
    keys: tuple[str, ...] | None = None,
    extra: Keys | None = None,
) -> Need:
    """The need of acting on something that should exist; what does not exist has no tags.

    ``keys`` names the condition keys beyond tags that the action is evaluated with on this kind, where they are not :data:`KEYS`.
    """
    found = world.store.get(kind, (call.account, call.region, resource_id))
    own, facts = _OWN_ID.get(kind), _FACTS[kind]
    about = region_key(call)
    for key in KEYS[kind] if keys is None else keys:
        if key == own:
            about[key] = resource_id
        elif found is not None and key in facts:
            about[key] = facts[key](call, found)
    if found is not None and found.tags:
        about |= resource_keys(found.tags, "ec2")
    if extra:
        about |= extra
    return Need(call.action, call.arn(f"{kind.TYPE}/{resource_id}"), about)


def on_one(kind: type[Resource], member: str) -> Callable[[World, Call], Iterator[Need]]:
    """The needs of an operation that acts on the one resource that a request member names."""

    def needs(world: World, call: Call) -> Iterator[Need]:
        yield on_existing(world, call, kind, call.params[member])

    return needs


def attribute_keys(call: Call, *identifying: str) -> Keys:
    """ec2:Attribute and ec2:Attribute/<name>: what a Modify call sets, by the names and values of its members."""
    set_ = {name: value for name, value in call.params.items() if name not in {*identifying, "DryRun"}}
    return (
        {"ec2:Attribute": list(set_), **{f"ec2:Attribute/{name}": _text(value) for name, value in set_.items()}} if set_ else {}
    )


def _text(value: Any) -> str | list[str]:
    if isinstance(value, dict):
        return _text(value.get("Value", ""))
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


_OWN_ID: dict[type[Resource], str] = {
    Vpc: "ec2:VpcID",
    Subnet: "ec2:SubnetID",
    SecurityGroup: "ec2:SecurityGroupID",
    NetworkInterface: "ec2:NetworkInterfaceID",
    RouteTable: "ec2:RouteTableID",
    InternetGateway: "ec2:InternetGatewayID",
    NetworkAcl: "ec2:NetworkAclID",
    DhcpOptions: "ec2:DhcpOptionsID",
}
"""The key that is a resource's id, which is known even of what does not exist."""


def _vpc_arn(call: Call, resource: Any) -> str:
    return call.arn(f"vpc/{resource.vpc}")


_FACTS: dict[type[Resource], dict[str, Callable[[Call, Any], str]]] = {
    Vpc: {"ec2:Tenancy": lambda _call, vpc: vpc.tenancy},
    Subnet: {
        "ec2:Vpc": _vpc_arn,
        "ec2:AvailabilityZone": lambda _call, subnet: subnet.zone,
        "ec2:AvailabilityZoneId": lambda _call, subnet: subnet.zone_id,
    },
    SecurityGroup: {"ec2:Vpc": _vpc_arn},
    SecurityGroupRule: {},
    NetworkInterface: {
        "ec2:Vpc": _vpc_arn,
        "ec2:Subnet": lambda call, interface: call.arn(f"subnet/{interface.subnet}"),
        "ec2:AvailabilityZone": lambda _call, interface: interface.zone,
    },
    VpcEndpoint: {
        "ec2:VpceServiceName": lambda _call, endpoint: endpoint.service,
        "ec2:VpceServiceRegion": lambda call, _endpoint: call.region,
        "ec2:VpceMultiRegion": lambda _call, _endpoint: "false",
    },
    RouteTable: {"ec2:Vpc": _vpc_arn},
    InternetGateway: {},
    NetworkAcl: {"ec2:Vpc": _vpc_arn},
    DhcpOptions: {},
    ServiceConfiguration: {"ec2:VpceMultiRegion": lambda _call, _service: "false"},
}
"""What the keys beyond tags and ids say of a resource that exists."""
