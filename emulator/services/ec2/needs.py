"""What must be authorised, and with which condition keys: the service authorization reference as two small tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator.engine.world import World
from emulator.services.ec2.network import (
    NetworkInterface,
    Resource,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from emulator.services.ec2.tag_specifications import requested
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import request_keys, resource_keys

Facts = dict[str, str]


def on_everything(_world: World, call: Call) -> Iterator[Need]:
    """The need of a Describe call: it has no resource."""
    yield Need(call.action, "*", region_key(call))


def region_key(call: Call) -> Facts:
    """ec2:Region, which every EC2 request carries."""
    return {"ec2:Region": call.region}


def on_new(call: Call, kind: type[Resource], facts: Facts | None = None) -> Iterator[Need]:
    """The needs of making something that is yet without id: the call's own action, and CreateTags when it is tagged."""
    target = call.arn(f"{kind.TYPE}/*")
    tags = request_keys(requested(call.params.get("TagSpecifications"), kind))
    yield Need(call.action, target, {**region_key(call), **(facts or {}), **tags})
    if tags:
        yield Need("ec2:CreateTags", target, {**region_key(call), **tags, "ec2:CreateAction": call.operation})


def on_existing(
    world: World, call: Call, kind: type[Resource], resource_id: str, *, keys: tuple[str, ...], extra: Keys | None = None
) -> Need:
    """The need of acting on something that should exist; what does not exist has no tags.

    ``keys`` names the condition keys beyond tags that the action is evaluated with on this kind.
    """
    found = world.store.get(kind, (call.account, call.region, resource_id))
    known = {**_own_id(kind, resource_id), **(_facts(call, found) if found else {})}
    facts = {key: known[key] for key in keys if key in known}
    tags = resource_keys(found.tags, "ec2") if found else {}
    return Need(call.action, call.arn(f"{kind.TYPE}/{resource_id}"), {**region_key(call), **facts, **tags, **(extra or {})})


_ID_KEYS: dict[type[Resource], str] = {
    Vpc: "ec2:VpcID",
    Subnet: "ec2:SubnetID",
    SecurityGroup: "ec2:SecurityGroupID",
    NetworkInterface: "ec2:NetworkInterfaceID",
}


def _own_id(kind: type[Resource], resource_id: str) -> Facts:
    return {_ID_KEYS[kind]: resource_id} if kind in _ID_KEYS else {}


def _facts(call: Call, resource: Resource) -> Facts:
    return _FACTS[type(resource)](call, resource)


_FACTS: dict[type[Resource], Callable[[Call, Any], Facts]] = {
    Vpc: lambda _call, vpc: {"ec2:Tenancy": vpc.tenancy},
    Subnet: lambda call, subnet: {
        "ec2:Vpc": call.arn(f"vpc/{subnet.vpc}"),
        "ec2:AvailabilityZone": subnet.zone,
        "ec2:AvailabilityZoneId": subnet.zone_id,
    },
    SecurityGroup: lambda call, group: {"ec2:Vpc": call.arn(f"vpc/{group.vpc}")},
    SecurityGroupRule: lambda _call, _rule: {},
    NetworkInterface: lambda call, interface: {
        "ec2:Vpc": call.arn(f"vpc/{interface.vpc}"),
        "ec2:Subnet": call.arn(f"subnet/{interface.subnet}"),
        "ec2:AvailabilityZone": interface.zone,
    },
    VpcEndpoint: lambda call, endpoint: {
        "ec2:VpceServiceName": endpoint.service,
        "ec2:VpceServiceRegion": call.region,
        "ec2:VpceMultiRegion": "false",
    },
}
