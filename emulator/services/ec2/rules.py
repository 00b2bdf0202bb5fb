"""Rules of security groups: from the permissions of a request, and back into those of a response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypedDict

from msgspec import Struct

from emulator.engine.world import World
from emulator.services.ec2 import errors, group_errors, prefix_lists
from emulator.services.ec2.network import SecurityGroup, SecurityGroupRule
from emulator.values.tags import Tags, to_list

ALL = "-1"
_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_WITH_PORTS = {"tcp", "udp"}
_WITH_TYPES = {"icmp", "icmpv6"}


class IpRange(TypedDict, total=False):
    CidrIp: str
    Description: str


class Ipv6Range(TypedDict, total=False):
    CidrIpv6: str
    Description: str


class UserIdGroupPair(TypedDict, total=False):
    GroupId: str
    GroupName: str
    UserId: str
    Description: str


class PrefixListId(TypedDict, total=False):
    PrefixListId: str
    Description: str


class IpPermission(TypedDict, total=False):
    IpProtocol: str
    FromPort: int
    ToPort: int
    IpRanges: list[IpRange]
    Ipv6Ranges: list[Ipv6Range]
    PrefixListIds: list[PrefixListId]
    UserIdGroupPairs: list[UserIdGroupPair]


class Draft(Struct, frozen=True):
    """A rule before it has an id."""

    protocol: str
    from_port: int = -1
    to_port: int = -1
    cidr: str = ""
    cidr_v6: str = ""
    prefix_list: str = ""
    peer_group: str = ""
    description: str | None = None


def drafts(world: World, group: SecurityGroup, permissions: Sequence[IpPermission]) -> list[Draft]:
    """One rule per peer of each permission."""
    return [draft for permission in permissions for draft in _drafts(world, group, permission)]


def _drafts(world: World, group: SecurityGroup, permission: IpPermission) -> Iterator[Draft]:
    protocol, first, last = _traffic(permission)
    for block in permission.get("IpRanges", ()):
        cidr = str(_cidr(IPv4Network, block.get("CidrIp", "")))
        yield Draft(protocol, first, last, cidr=cidr, description=block.get("Description"))
    for wide in permission.get("Ipv6Ranges", ()):
        cidr = str(_cidr(IPv6Network, wide.get("CidrIpv6", "")))
        yield Draft(protocol, first, last, cidr_v6=cidr, description=wide.get("Description"))
    for named in permission.get("PrefixListIds", ()):
        found = prefix_lists.find(group.region, named.get("PrefixListId", ""))
        yield Draft(protocol, first, last, prefix_list=found.id, description=named.get("Description"))
    for pair in permission.get("UserIdGroupPairs", ()):
        yield Draft(protocol, first, last, peer_group=_peer(world, group, pair), description=pair.get("Description"))


def _traffic(permission: IpPermission) -> tuple[str, int, int]:
    """Protocol and ports as EC2 keeps them: known protocols by name, no ports where there are none."""
    asked = permission.get("IpProtocol", "")
    protocol = _NAMES.get(asked, asked.lower())
    if protocol not in _NAMES.values() and protocol != ALL and not (protocol.isdecimal() and int(protocol) <= 255):
        raise errors.missing("ipProtocol") if not asked else group_errors.unknown_protocol(asked)
    first, last = permission.get("FromPort", -1), permission.get("ToPort", -1)
    if protocol in _WITH_PORTS:
        _refuse_bad_ports(permission, first, last)
        return (protocol, first, last)
    return (protocol, first, last) if protocol in _WITH_TYPES else (protocol, -1, -1)


def _refuse_bad_ports(permission: IpPermission, first: int, last: int) -> None:
    if "FromPort" not in permission or "ToPort" not in permission:
        raise group_errors.ports_missing()
    if not 0 <= first <= last <= 65535:
        raise group_errors.invalid_port_range(first, last)


def _cidr(family: type[IPv4Network] | type[IPv6Network], text: str) -> IPv4Network | IPv6Network:
    if "/" not in text:
        raise group_errors.malformed_rule_cidr(text)
    try:
        return family(text, strict=False)
    except ValueError:
        raise group_errors.malformed_rule_cidr(text) from None


def _peer(world: World, group: SecurityGroup, pair: UserIdGroupPair) -> str:
    """The id of the group that a rule lets in: one of the same account and VPC."""
    if pair.get("UserId", group.account) != group.account:
        raise group_errors.group_in_another_network()
    if "GroupId" in pair:
        found = world.store.get(SecurityGroup, (group.account, group.region, pair["GroupId"]))
        if found is None:
            raise errors.no_such_group(pair["GroupId"])
        if found.vpc != group.vpc:
            raise group_errors.group_in_another_network()
        return found.id
    return _named_peer(world, group, pair.get("GroupName", ""))


def _named_peer(world: World, group: SecurityGroup, name: str) -> str:
    siblings = world.store.find(SecurityGroup, group.account, group.region, vpc=group.vpc)
    named = next((sibling for sibling in siblings if sibling.name.lower() == name.lower()), None)
    if named is None:
        raise errors.no_such_group_name(name, group.vpc)
    return named.id


def keep(world: World, group: SecurityGroup, draft: Draft, *, is_egress: bool, tags: Tags | None = None) -> SecurityGroupRule:
    """Make the rule part of the group."""
    rule = SecurityGroupRule(
        account=group.account,
        region=group.region,
        id=world.ids.resource("sgr"),
        group=group.id,
        is_egress=is_egress,
        protocol=draft.protocol,
        from_port=draft.from_port,
        to_port=draft.to_port,
        cidr=draft.cidr,
        cidr_v6=draft.cidr_v6,
        prefix_list=draft.prefix_list,
        peer_group=draft.peer_group,
        description=draft.description,
        tags=tags or {},
    )
    world.store.put(rule)
    return rule


def of_group(world: World, group: SecurityGroup) -> list[SecurityGroupRule]:
    return list(world.store.find(SecurityGroupRule, group.account, group.region, group=group.id))


def of_direction(world: World, group: SecurityGroup, *, is_egress: bool) -> list[SecurityGroupRule]:
    return [rule for rule in of_group(world, group) if rule.is_egress is is_egress]


def named(world: World, group: SecurityGroup, rule_id: str, *, is_egress: bool | None = None) -> SecurityGroupRule:
    """The group's rule of this id, of one direction or of either."""
    rule = world.store.get(SecurityGroupRule, (group.account, group.region, rule_id))
    if rule is None or rule.group != group.id or is_egress not in {None, rule.is_egress}:
        raise errors.no_such_rule(rule_id)
    return rule


def described(
    world: World, group: SecurityGroup, permissions: Sequence[IpPermission], *, is_egress: bool
) -> list[tuple[SecurityGroupRule, Draft]]:
    """The group's rules that permissions describe, each with its description; all of them must be there."""
    there = {identity(rule): rule for rule in of_direction(world, group, is_egress=is_egress)}
    wanted = {identity(draft): draft for draft in drafts(world, group, permissions)}
    for key in wanted:
        if key not in there:
            raise group_errors.no_such_permission()
    return [(there[key], draft) for key, draft in wanted.items()]


def identity(rule: SecurityGroupRule | Draft) -> tuple[object, ...]:
    """What makes two rules of a group and direction the same; the description does not."""
    return (rule.protocol, rule.from_port, rule.to_port, rule.cidr, rule.cidr_v6, rule.prefix_list, rule.peer_group)


def wording(draft: Draft) -> str:
    """A rule as EC2's messages show it. Recorded for ports, other protocols and all traffic; inferred for ICMP."""
    peer = draft.cidr or draft.cidr_v6 or draft.prefix_list or draft.peer_group
    if draft.protocol == ALL:
        return f"peer: {peer}, ALL, ALLOW"
    if draft.protocol in _WITH_PORTS:
        return f"peer: {peer}, {draft.protocol.upper()}, from port: {draft.from_port}, to port: {draft.to_port}, ALLOW"
    if draft.protocol in _WITH_TYPES:
        return f"peer: {peer}, {draft.protocol.upper()}, type: {draft.from_port}, code: {draft.to_port}, ALLOW"
    return f"peer: {peer}, protocol: {draft.protocol}, ALLOW"


def revoked_view(rule: SecurityGroupRule) -> dict[str, Any]:
    """One rule as a Revoke call answers it."""
    shown = rule_view(rule)
    names = ("SecurityGroupRuleId", "GroupId", "IsEgress", "IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6")
    kept = {name: shown[name] for name in (*names, "PrefixListId", "Description")}
    return {**kept, "ReferencedGroupId": rule.peer_group or None}


def rule_view(rule: SecurityGroupRule) -> dict[str, Any]:
    """One rule as AuthorizeSecurityGroupIngress answers it."""
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group,
        "GroupOwnerId": rule.account,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "CidrIpv4": rule.cidr or None,
        "CidrIpv6": rule.cidr_v6 or None,
        "PrefixListId": rule.prefix_list or None,
        "ReferencedGroupInfo": {"GroupId": rule.peer_group, "UserId": rule.account} if rule.peer_group else None,
        "Description": rule.description,
        "Tags": to_list(rule.tags),
        "SecurityGroupRuleArn": rule.arn,
    }


def permissions(found: Sequence[SecurityGroupRule], *, is_egress: bool) -> list[dict[str, Any]]:
    """The rules of one direction, those of the same traffic together, as DescribeSecurityGroups shows them."""
    by_traffic: dict[tuple[str, int, int], dict[str, Any]] = {}
    for rule in found:
        if rule.is_egress == is_egress:
            together = by_traffic.setdefault(rule.traffic, _permission(rule))
            member, peer = _peer_view(rule)
            together[member].append(peer)
    return list(by_traffic.values())


def _permission(rule: SecurityGroupRule) -> dict[str, Any]:
    has_ports = rule.protocol in _WITH_PORTS | _WITH_TYPES
    return {
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port if has_ports else None,
        "ToPort": rule.to_port if has_ports else None,
        "UserIdGroupPairs": [],
        "IpRanges": [],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }


def _peer_view(rule: SecurityGroupRule) -> tuple[str, dict[str, Any]]:
    if rule.cidr:
        return "IpRanges", {"CidrIp": rule.cidr, "Description": rule.description}
    if rule.cidr_v6:
        return "Ipv6Ranges", {"CidrIpv6": rule.cidr_v6, "Description": rule.description}
    if rule.prefix_list:
        return "PrefixListIds", {"PrefixListId": rule.prefix_list, "Description": rule.description}
    return "UserIdGroupPairs", {"GroupId": rule.peer_group, "UserId": rule.account, "Description": rule.description}
