"""Security groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, rules
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import (
    DEFAULT_GROUP,
    NetworkInterface,
    SecurityGroup,
    SecurityGroupRule,
    Vpc,
    default_vpc,
    endpoints_of,
    groups_of,
)
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need
from emulator.values.tags import Tags, to_list

MOST_RULES = 60
"""Rules of one direction in a group (the quota's default)."""

_LONGEST_TEXT = 255
_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*")
_ALLOWED = "Character sets beyond a-zA-Z0-9. _-:/()#,@[]+=&;{}!$* are not supported, nor more than 255 of them."


def _permission_filters(prefix: str, member: str) -> dict[str, str]:
    return {
        f"{prefix}.cidr": f"{member}.IpRanges.CidrIp",
        f"{prefix}.from-port": f"{member}.FromPort",
        f"{prefix}.group-id": f"{member}.UserIdGroupPairs.GroupId",
        f"{prefix}.ipv6-cidr": f"{member}.Ipv6Ranges.CidrIpv6",
        f"{prefix}.prefix-list-id": f"{member}.PrefixListIds.PrefixListId",
        f"{prefix}.protocol": f"{member}.IpProtocol",
        f"{prefix}.to-port": f"{member}.ToPort",
        f"{prefix}.user-id": f"{member}.UserIdGroupPairs.UserId",
    }


_FILTERS: Table = {
    "description": "Description",
    "group-id": "GroupId",
    "group-name": "GroupName",
    "owner-id": "OwnerId",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "vpc-id": "VpcId",
    **_permission_filters("ip-permission", "IpPermissions"),
    **_permission_filters("egress.ip-permission", "IpPermissionsEgress"),
}


def create_security_group(
    world: World,
    call: Call,
    *,
    GroupName: str,
    Description: str,
    VpcId: str | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """A group in the VPC, or in the default one, that lets everything out and nothing in."""
    vpc = _vpc(world, call, VpcId)
    _refuse_bad_texts(GroupName, Description)
    if any(group.name.lower() == GroupName.lower() for group in groups_of(world, vpc)):
        raise errors.group_name_taken(GroupName, vpc.id)
    tags = for_new(TagSpecifications, SecurityGroup)
    group = _add(world, vpc, GroupName, Description, tags)
    return {"GroupId": group.id, "SecurityGroupArn": group.arn, "Tags": to_list(group.tags)}


def create_security_group_needs(world: World, call: Call) -> Iterator[Need]:
    vpc_id = call.params.get("VpcId")
    if vpc_id is not None:
        yield needs.on_existing(world, call, Vpc, vpc_id, keys=("ec2:Tenancy", "ec2:VpcID"))
    yield from needs.on_new(call, SecurityGroup, {"ec2:SecurityGroupID": "*"})


def _vpc(world: World, call: Call, vpc_id: str | None) -> Vpc:
    if vpc_id is None:
        vpc = default_vpc(world, call.account, call.region)
        if vpc is None:
            raise errors.no_default_vpc()
        return vpc
    found = world.store.get(Vpc, (call.account, call.region, vpc_id))
    if found is None:
        raise errors.no_such_vpc(vpc_id)
    return found


def _refuse_bad_texts(name: str, description: str) -> None:
    if name.lower() == DEFAULT_GROUP:
        raise errors.reserved_group_name()
    if not name or name.lower().startswith("sg-"):
        raise errors.invalid_value(name, "GroupName", "Group names may not be empty or in the format sg-*.")
    for member, text in (("GroupName", name), ("GroupDescription", description)):
        if len(text) > _LONGEST_TEXT or not _TEXT.fullmatch(text):
            raise errors.invalid_value(text, member, _ALLOWED)


def add_default(world: World, vpc: Vpc) -> SecurityGroup:
    """The group that comes with a VPC: its members reach each other and everything outside."""
    group = _add(world, vpc, DEFAULT_GROUP, "default VPC security group", {})
    rules.keep(world, group, rules.Draft(rules.ALL, peer_group=group.id), is_egress=False)
    return group


def _add(world: World, vpc: Vpc, name: str, description: str, tags: Tags) -> SecurityGroup:
    group = SecurityGroup(
        account=vpc.account,
        region=vpc.region,
        id=world.ids.resource("sg"),
        vpc=vpc.id,
        name=name,
        description=description,
        tags=tags,
    )
    world.store.put(group)
    rules.keep(world, group, rules.Draft(rules.ALL, cidr="0.0.0.0/0"), is_egress=True)
    return group


def authorize_security_group_ingress(
    world: World,
    call: Call,
    *,
    GroupId: str | None = None,
    GroupName: str | None = None,
    IpPermissions: list[rules.IpPermission] | None = None,
    IpProtocol: str | None = None,
    FromPort: int | None = None,
    ToPort: int | None = None,
    CidrIp: str | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """Adds all the rules or none. The flat members stand for one permission."""
    group = _group(world, call, GroupId, GroupName)
    flat = _flat(IpProtocol, FromPort, ToPort, CidrIp)
    if IpPermissions and flat:
        raise errors.either_or("ipPermissions", "ipProtocol")
    wanted = rules.drafts(world, group, IpPermissions or ([flat] if flat else []))
    if not wanted:
        raise errors.missing("ipPermissions")
    _refuse_repeated(world, group, wanted)
    tags = for_new(TagSpecifications, SecurityGroupRule)
    made = [rules.keep(world, group, draft, is_egress=False, tags=tags) for draft in wanted]
    return {"Return": True, "SecurityGroupRules": [rules.rule_view(rule) for rule in made]}


def authorize_security_group_ingress_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need_on_group(world, call)
    if call.params.get("TagSpecifications"):
        yield from needs.on_new(call, SecurityGroupRule)


def _flat(protocol: str | None, first: int | None, last: int | None, cidr: str | None) -> rules.IpPermission | None:
    if protocol is None and cidr is None and first is None and last is None:
        return None
    if cidr is None:
        raise errors.missing("cidrIp")
    permission = rules.IpPermission(IpProtocol=protocol or "", IpRanges=[{"CidrIp": cidr}])
    if first is not None:
        permission["FromPort"] = first
    if last is not None:
        permission["ToPort"] = last
    return permission


def _refuse_repeated(world: World, group: SecurityGroup, wanted: list[rules.Draft]) -> None:
    if len({rules.identity(draft) for draft in wanted}) < len(wanted):
        raise errors.rule_repeated()
    existing = [rule for rule in rules.of_group(world, group) if not rule.is_egress]
    known = {rules.identity(rule) for rule in existing}
    for draft in wanted:
        if rules.identity(draft) in known:
            raise errors.rule_taken(rules.wording(draft))
    if len(existing) + len(wanted) > MOST_RULES:
        raise errors.too_many_rules()


def describe_security_groups(
    world: World,
    call: Call,
    *,
    GroupIds: list[str] | None = None,
    GroupNames: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    """``GroupNames`` are those of the default VPC; with ``GroupIds`` they add up."""
    ids = list(GroupIds or ()) + [_named(world, call, name).id for name in GroupNames or ()]
    return LISTING.describe(world, call, ids=ids, filters=Filters, most=MaxResults, token=NextToken)


describe_security_groups_needs = needs.on_everything


def delete_security_group(world: World, call: Call, *, GroupId: str | None = None, GroupName: str | None = None) -> Result:
    """Refused for a default group and for one that an interface, an endpoint or another group's rule uses."""
    group = _group(world, call, GroupId, GroupName)
    if group.is_default:
        raise errors.default_group_stays(group.id)
    if _is_used(world, group):
        raise errors.group_in_use(group.id)
    remove(world, group)
    return {"Return": True, "GroupId": group.id}


def delete_security_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need_on_group(world, call)


def _need_on_group(world: World, call: Call) -> Need:
    """On the group that is meant; a name that nothing has leaves the id open."""
    group_id = call.params.get("GroupId")
    if group_id is None:
        group = _find_named(world, call, call.params.get("GroupName", ""))
        group_id = group.id if group else "*"
    return needs.on_existing(world, call, SecurityGroup, group_id, keys=("ec2:SecurityGroupID", "ec2:Vpc"))


def _is_used(world: World, group: SecurityGroup) -> bool:
    where = (group.account, group.region)
    vpc = world.store.get(Vpc, (*where, group.vpc))
    return (
        any(world.store.find(NetworkInterface, *where, groups=group.id))
        or any(group.id in endpoint.groups for endpoint in (endpoints_of(world, vpc) if vpc else ()))
        or any(rule.group != group.id for rule in world.store.find(SecurityGroupRule, *where, peer_group=group.id))
    )


def remove(world: World, group: SecurityGroup) -> None:
    """The group and its rules."""
    for rule in rules.of_group(world, group):
        world.store.delete(rule)
    world.store.delete(group)


def _group(world: World, call: Call, group_id: str | None, name: str | None) -> SecurityGroup:
    if group_id is not None:
        return LISTING.find(world, call, group_id)
    if name is None:
        raise errors.missing("groupName or groupId")
    return _named(world, call, name)


def _named(world: World, call: Call, name: str) -> SecurityGroup:
    vpc = _vpc(world, call, None)
    group = _find_named(world, call, name)
    if group is None:
        raise errors.no_such_group_name(name, vpc.id)
    return group


def _find_named(world: World, call: Call, name: str) -> SecurityGroup | None:
    """The group of this name in the default VPC, in any letter case."""
    vpc = default_vpc(world, call.account, call.region)
    siblings = groups_of(world, vpc) if vpc else []
    return next((group for group in siblings if group.name.lower() == name.lower()), None)


def _view(world: World, group: SecurityGroup) -> dict[str, Any]:
    found = rules.of_group(world, group)
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc,
        "OwnerId": group.account,
        "SecurityGroupArn": group.arn,
        "IpPermissions": rules.permissions(found, is_egress=False),
        "IpPermissionsEgress": rules.permissions(found, is_egress=True),
        "Tags": to_list(group.tags),
    }


LISTING = Listing(SecurityGroup, "SecurityGroups", "GroupId", "securityGroupIdSet", errors.no_such_group, _view, _FILTERS)
