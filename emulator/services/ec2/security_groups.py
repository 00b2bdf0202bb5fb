"""Security groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, group_errors, needs, quotas, rules
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Table, matching
from emulator.services.ec2.listings import Listing, paged
from emulator.services.ec2.network import (
    DEFAULT_GROUP,
    NetworkInterface,
    SecurityGroup,
    SecurityGroupRule,
    Vpc,
    VpcEndpoint,
    default_vpc,
    groups_of,
)
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need
from emulator.values.tags import Tags, to_list

_LONGEST_TEXT = 255
_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*")
_ALLOWED = "Character sets beyond a-zA-Z0-9. _-:/()#,@[]+=&;{}!$* are not supported, nor more than 255 of them."


def _permission_filters(prefix: str, member: str) -> dict[str, str]:
    return {
        f"{prefix}.cidr": f"{member}.IpRanges.CidrIp",
        f"{prefix}.from-port": f"{member}.FromPort",
        f"{prefix}.group-id": f"{member}.UserIdGroupPairs.GroupId",
        f"{prefix}.group-name": f"names of {member}",
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
        raise group_errors.group_name_taken(GroupName, vpc.id)
    tags = for_new(TagSpecifications, SecurityGroup)
    group = _add(world, vpc, GroupName, Description, tags)
    return {"GroupId": group.id, "SecurityGroupArn": group.arn, "Tags": to_list(group.tags)}


def create_security_group_needs(world: World, call: Call) -> Iterator[Need]:
    vpc_id = call.params.get("VpcId")
    if vpc_id is not None:
        yield needs.on_existing(world, call, Vpc, vpc_id)
    yield from needs.on_new(call, SecurityGroup, {"ec2:SecurityGroupID": "*"})


def _vpc(world: World, call: Call, vpc_id: str | None) -> Vpc:
    if vpc_id is None:
        vpc = default_vpc(world, call.account, call.region)
        if vpc is None:
            raise group_errors.no_default_vpc()
        return vpc
    return existing(world, call, Vpc, vpc_id)


def _refuse_bad_texts(name: str, description: str) -> None:
    if name.lower() == DEFAULT_GROUP:
        raise group_errors.reserved_group_name()
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
    quotas.refuse_more(world, quotas.GROUPS, world.store.count(SecurityGroup, vpc.account, vpc.region) + 1)
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
    group = group_of(world, call, GroupId, GroupName)
    if group.is_default:
        raise group_errors.default_group_stays(group.id)
    if _is_used(world, group):
        raise errors.group_in_use(group.id)
    remove(world, group)
    return {"Return": True, "GroupId": group.id}


def delete_security_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield need_on_group(world, call)


def need_on_group(world: World, call: Call) -> Need:
    """On the group that is meant; a name that nothing has leaves the id open."""
    group_id = call.params.get("GroupId")
    if group_id is None:
        group = _find_named(world, call, call.params.get("GroupName", ""))
        group_id = group.id if group else "*"
    return needs.on_existing(world, call, SecurityGroup, group_id)


def get_security_groups_for_vpc(
    world: World,
    call: Call,
    *,
    VpcId: str,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    """The groups that can be used in a VPC: its own, for none is shared here."""
    vpc = existing(world, call, Vpc, VpcId)
    items = [
        {
            "GroupId": group.id,
            "GroupName": group.name,
            "Description": group.description,
            "OwnerId": group.account,
            "PrimaryVpcId": group.vpc,
            "Tags": to_list(group.tags),
        }
        for group in groups_of(world, vpc)
    ]
    found = matching(items, Filters, _VPC_FILTERS)
    chosen, following = paged(found, lambda item: str(item["GroupId"]), MaxResults, NextToken)
    return {"SecurityGroupForVpcs": chosen, "NextToken": following}


get_security_groups_for_vpc_needs = needs.on_one(Vpc, "VpcId")

_VPC_FILTERS: Table = {
    "description": "Description",
    "group-id": "GroupId",
    "group-name": "GroupName",
    "owner-id": "OwnerId",
    "primary-vpc-id": "PrimaryVpcId",
}


def describe_security_group_references(world: World, call: Call, *, GroupId: list[str]) -> Result:
    """References from peered VPCs: there are none here."""
    for group_id in GroupId:
        existing(world, call, SecurityGroup, group_id)
    return {"SecurityGroupReferenceSet": []}


def describe_security_group_references_needs(world: World, call: Call) -> Iterator[Need]:
    for group_id in dict.fromkeys(call.params["GroupId"]):
        yield needs.on_existing(world, call, SecurityGroup, group_id)


def _is_used(world: World, group: SecurityGroup) -> bool:
    where = (group.account, group.region)
    return (
        any(world.store.find(NetworkInterface, *where, groups=group.id))
        or any(endpoint.is_in_use for endpoint in world.store.find(VpcEndpoint, *where, groups=group.id))
        or any(rule.group != group.id for rule in world.store.find(SecurityGroupRule, *where, peer_group=group.id))
    )


def remove(world: World, group: SecurityGroup) -> None:
    """The group and its rules."""
    for rule in rules.of_group(world, group):
        world.store.delete(rule)
    world.store.delete(group)


def group_of(world: World, call: Call, group_id: str | None, name: str | None) -> SecurityGroup:
    if group_id is not None:
        return existing(world, call, SecurityGroup, group_id)
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


def _facts(world: World, group: SecurityGroup) -> dict[str, Any]:
    """The names of the groups that rules name: filters know them, answers for groups of VPCs do not show them."""
    found = rules.of_group(world, group)
    return {f"names of {member}": list(_peer_names(world, found, is_egress)) for member, is_egress in _DIRECTIONS}


_DIRECTIONS = (("IpPermissions", False), ("IpPermissionsEgress", True))


def _peer_names(world: World, found: list[SecurityGroupRule], is_egress: bool) -> Iterator[str]:
    for rule in found:
        peer = world.store.get(SecurityGroup, (rule.account, rule.region, rule.peer_group))
        if peer is not None and rule.is_egress is is_egress:
            yield peer.name


LISTING = Listing(
    SecurityGroup,
    "SecurityGroups",
    "GroupId",
    "securityGroupIdSet",
    errors.no_such_group,
    _view,
    _FILTERS,
    {"vpc-id": "vpc"},
    _facts,
)
