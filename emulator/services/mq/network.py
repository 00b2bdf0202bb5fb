"""Where a broker goes: VPC, subnets and security groups, looked up with the caller's own rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors, network_errors
from emulator.services.mq.broker import PRINCIPAL
from emulator.shapes.dialect import DIALECTS
from emulator.shapes.error_codes import status_of
from emulator.values.call import Call
from emulator.values.errors import AwsError

_WANTED = {"SINGLE_INSTANCE": 1, "ACTIVE_STANDBY_MULTI_AZ": 2, "CLUSTER_MULTI_AZ": 3}
"""Default subnets of a broker that names none."""


class Place(Struct, frozen=True):
    """A VPC, subnets of it in different zones, and security groups of it."""

    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_groups: tuple[str, ...]


NOWHERE = Place("", (), ())
"""Where a public broker is: not in the customer's network."""


def as_caller(world: World, call: Call, action: str, params: dict[str, Any], absent: Callable[[str], AwsError]) -> Result:
    """A call with the caller's rights (forward access). What the caller may not do is Forbidden, what is not there ``absent``.

    A service that has no answer for the moment makes it ours: SDKs then try again.
    """
    service, operation = action.split(":")
    try:
        return world.ask(call.principal, service, operation, call.region, params, via=PRINCIPAL)
    except AwsError as error:
        if error.code in {"UnauthorizedOperation", "AccessDenied"}:
            raise errors.forbidden(error.message) from error
        if error.code == DIALECTS[service].throttled[0] or (status_of(service, error.code) or error.status or 400) >= 500:
            raise errors.downstream(error.message) from error
        raise absent(error.message) from error


def place(world: World, call: Call, mode: str, subnet_ids: list[str], group_ids: list[str]) -> Place:
    """The broker's place, with what was not given taken from the default VPC; 400 when it does not fit together."""
    _check_count(mode, subnet_ids)
    default_vpc = "" if subnet_ids and group_ids else _default_vpc(world, call)
    subnets = _subnets(world, call, mode, subnet_ids, default_vpc)
    groups = _groups(world, call, group_ids, default_vpc)
    vpc_id = _common_vpc(subnets)
    if default_vpc and {vpc_id, *(group["VpcId"] for group in groups)} != {default_vpc}:
        raise network_errors.not_in_default_vpc()
    if any(group["VpcId"] != vpc_id for group in groups):
        raise network_errors.groups_elsewhere()
    if not default_vpc:
        _check_tenancy(world, call, vpc_id)
    return Place(vpc_id, _ids(subnets), tuple(group["GroupId"] for group in groups))


def subnets_only(world: World, call: Call, mode: str, subnet_ids: list[str]) -> Place:
    """The place of a public broker that names subnets: no security groups."""
    _check_count(mode, subnet_ids)
    subnets = _subnets(world, call, mode, subnet_ids, "")
    return Place(_common_vpc(subnets), _ids(subnets), ())


def check_way_out(world: World, call: Call, where: Place) -> None:
    """A public ActiveMQ broker's VPC has an internet gateway, and its subnets a route to one (A.4)."""
    attached = {"Filters": [_filter("attachment.vpc-id", where.vpc_id)]}
    if not as_caller(world, call, "ec2:DescribeInternetGateways", attached, network_errors.no_such_subnet)["InternetGateways"]:
        raise network_errors.no_internet_gateway()
    tables = {"Filters": [_filter("vpc-id", where.vpc_id)]}
    found = as_caller(world, call, "ec2:DescribeRouteTables", tables, network_errors.no_such_subnet)["RouteTables"]
    for subnet in where.subnet_ids:
        if not any(route.get("GatewayId", "").startswith("igw-") for route in _table_of(found, subnet)["Routes"]):
            raise network_errors.no_route_to_internet(subnet)


def _table_of(tables: list[Result], subnet_id: str) -> Result:
    """The route table of a subnet: its own, or its VPC's main one."""
    own = [table for table in tables if any(one.get("SubnetId") == subnet_id for one in table["Associations"])]
    main = [table for table in tables if any(one["Main"] for one in table["Associations"])]
    return (own or main)[0]


def groups_in(world: World, call: Call, vpc_id: str, group_ids: list[str]) -> tuple[str, ...]:
    """Security groups for a broker that is there already; 400 unless they are of its VPC."""
    groups = _groups(world, call, group_ids, vpc_id)
    if any(group["VpcId"] != vpc_id for group in groups):
        raise network_errors.groups_elsewhere()
    return tuple(group["GroupId"] for group in groups)


def _common_vpc(subnets: list[Result]) -> str:
    vpcs = {subnet["VpcId"] for subnet in subnets}
    if len(vpcs) > 1:
        raise network_errors.several_vpcs()
    if len({subnet["AvailabilityZone"] for subnet in subnets}) < len(subnets):
        raise network_errors.subnets_in_one_zone()
    return str(vpcs.pop())


def _ids(subnets: list[Result]) -> tuple[str, ...]:
    return tuple(subnet["SubnetId"] for subnet in subnets)


def _check_count(mode: str, subnet_ids: list[str]) -> None:
    if mode == "SINGLE_INSTANCE" and len(subnet_ids) > 1:
        raise network_errors.wrong_subnet_count(mode, "exactly one subnet")
    if mode == "ACTIVE_STANDBY_MULTI_AZ" and len(subnet_ids) not in {0, 2}:
        raise network_errors.wrong_subnet_count(mode, "exactly two subnets")
    if len(set(subnet_ids)) < len(subnet_ids):
        raise network_errors.subnets_in_one_zone()


def _check_tenancy(world: World, call: Call, vpc_id: str) -> None:
    """A default VPC has default tenancy; of any other it must be asked."""
    (vpc,) = as_caller(world, call, "ec2:DescribeVpcs", {"VpcIds": [vpc_id]}, network_errors.no_such_subnet)["Vpcs"]
    if vpc["InstanceTenancy"] != "default":
        raise network_errors.dedicated_tenancy(vpc_id, vpc["InstanceTenancy"])


def _default_vpc(world: World, call: Call) -> str:
    default = {"Filters": [_filter("is-default", "true")]}
    found = as_caller(world, call, "ec2:DescribeVpcs", default, network_errors.no_such_subnet)["Vpcs"]
    if not found:
        raise network_errors.no_default_vpc()
    return str(found[0]["VpcId"])


def _subnets(world: World, call: Call, mode: str, ids: list[str], vpc_id: str) -> list[Result]:
    chosen = {"SubnetIds": ids} if ids else {"Filters": [_filter("vpc-id", vpc_id), _filter("default-for-az", "true")]}
    found: list[Result] = as_caller(world, call, "ec2:DescribeSubnets", chosen, network_errors.no_such_subnet)["Subnets"]
    if ids:
        return sorted(found, key=lambda subnet: ids.index(subnet["SubnetId"]))
    if not found:
        raise network_errors.wrong_subnet_count(mode, "a subnet, and the default VPC has no default subnet")
    if mode == "ACTIVE_STANDBY_MULTI_AZ" and len(found) == 1:
        raise network_errors.wrong_subnet_count(mode, "two subnets, and the default VPC has one default subnet")
    return sorted(found, key=lambda subnet: subnet["AvailabilityZone"])[: _WANTED[mode]]


def _groups(world: World, call: Call, ids: list[str], vpc_id: str) -> list[Result]:
    chosen = {"GroupIds": ids} if ids else {"Filters": [_filter("vpc-id", vpc_id), _filter("group-name", "default")]}
    answer = as_caller(world, call, "ec2:DescribeSecurityGroups", chosen, network_errors.no_such_group)
    found: list[Result] = answer["SecurityGroups"]
    return sorted(found, key=lambda group: ids.index(group["GroupId"])) if ids else found


def _filter(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Values": [value]}
