"""Rules of security groups by their ids: description, change, and the texts that describe them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Required, TypedDict

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, group_errors, needs, rules
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import SecurityGroup, SecurityGroupRule
from emulator.services.ec2.security_groups import group_of, need_on_group
from emulator.values.call import Call, Need

_FILTERS: Table = {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId", "tag:": "Tags"}


def describe_security_group_rules(
    world: World,
    call: Call,
    *,
    SecurityGroupRuleIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=SecurityGroupRuleIds, filters=Filters, most=MaxResults, token=NextToken)


describe_security_group_rules_needs = needs.on_everything


class RuleRequest(TypedDict, total=False):
    IpProtocol: str
    FromPort: int
    ToPort: int
    CidrIpv4: str
    CidrIpv6: str
    PrefixListId: str
    ReferencedGroupId: str
    Description: str


class RuleUpdate(TypedDict, total=False):
    SecurityGroupRuleId: Required[str]
    SecurityGroupRule: RuleRequest


def modify_security_group_rules(world: World, call: Call, *, GroupId: str, SecurityGroupRules: list[RuleUpdate]) -> Result:
    """Each named rule becomes what is asked, keeping its id, direction and tags; all of them or none."""
    group = group_of(world, call, GroupId, None)
    for update in SecurityGroupRules:
        rule = rules.named(world, group, update["SecurityGroupRuleId"])
        draft = _draft(world, group, update.get("SecurityGroupRule", RuleRequest()))
        for other in rules.of_direction(world, group, is_egress=rule.is_egress):
            if other.id != rule.id and rules.identity(other) == rules.identity(draft):
                raise group_errors.rule_taken(rules.wording(draft))
        world.store.put(_become(rule, draft))
    return {"Return": True}


def modify_security_group_rules_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, SecurityGroup, call.params["GroupId"])
    for update in call.params["SecurityGroupRules"]:
        yield needs.on_existing(world, call, SecurityGroupRule, update["SecurityGroupRuleId"])
        prefix_list = (update.get("SecurityGroupRule") or {}).get("PrefixListId")
        if prefix_list:
            yield Need(call.action, call.arn(f"prefix-list/{prefix_list}"), needs.region_key(call))


_PEERS = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")


def _draft(world: World, group: SecurityGroup, asked: RuleRequest) -> rules.Draft:
    """The rule that a request describes, by way of the permission that would make it."""
    given: dict[str, Any] = dict(asked)
    if sum(bool(given.get(peer)) for peer in _PEERS) != 1:
        raise group_errors.peer_missing()
    permission: dict[str, Any] = {name: given[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in given}
    text = {"Description": given["Description"]} if "Description" in given else {}
    forms = {
        "CidrIpv4": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "PrefixListId": ("PrefixListIds", "PrefixListId"),
        "ReferencedGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    for peer, (member, name) in forms.items():
        if given.get(peer):
            permission[member] = [{name: given[peer], **text}]
    (draft,) = rules.drafts(world, group, [rules.IpPermission(**permission)])  # type: ignore[typeddict-item]
    return draft


def _become(rule: SecurityGroupRule, draft: rules.Draft) -> SecurityGroupRule:
    return replace(
        rule,
        protocol=draft.protocol,
        from_port=draft.from_port,
        to_port=draft.to_port,
        cidr=draft.cidr,
        cidr_v6=draft.cidr_v6,
        prefix_list=draft.prefix_list,
        peer_group=draft.peer_group,
        description=draft.description,
    )


# Descriptions ------------------------------------------------------------------------------------------------------


class RuleDescription(TypedDict, total=False):
    SecurityGroupRuleId: str
    Description: str


def update_security_group_rule_descriptions_ingress(
    world: World,
    call: Call,
    *,
    GroupId: str | None = None,
    GroupName: str | None = None,
    IpPermissions: list[rules.IpPermission] | None = None,
    SecurityGroupRuleDescriptions: list[RuleDescription] | None = None,
) -> Result:
    """New texts for rules that are named by id or described; without a text a rule loses its own."""
    group = group_of(world, call, GroupId, GroupName)
    return _describe(world, group, IpPermissions, SecurityGroupRuleDescriptions, is_egress=False)


def update_security_group_rule_descriptions_ingress_needs(world: World, call: Call) -> Iterator[Need]:
    yield need_on_group(world, call)


def update_security_group_rule_descriptions_egress(
    world: World,
    call: Call,
    *,
    GroupId: str | None = None,
    GroupName: str | None = None,
    IpPermissions: list[rules.IpPermission] | None = None,
    SecurityGroupRuleDescriptions: list[RuleDescription] | None = None,
) -> Result:
    """New texts for rules that are named by id or described; without a text a rule loses its own."""
    group = group_of(world, call, GroupId, GroupName)
    return _describe(world, group, IpPermissions, SecurityGroupRuleDescriptions, is_egress=True)


update_security_group_rule_descriptions_egress_needs = update_security_group_rule_descriptions_ingress_needs


def _describe(
    world: World,
    group: SecurityGroup,
    permissions: list[rules.IpPermission] | None,
    descriptions: list[RuleDescription] | None,
    *,
    is_egress: bool,
) -> Result:
    if bool(permissions) == bool(descriptions):
        both = errors.either_or("ipPermissions", "securityGroupRuleDescriptions")
        raise both if permissions else errors.missing("ipPermissions")
    for rule, draft in rules.described(world, group, permissions or [], is_egress=is_egress):
        world.store.put(replace(rule, description=draft.description))
    for one in descriptions or ():
        rule = rules.named(world, group, one.get("SecurityGroupRuleId", ""), is_egress=is_egress)
        world.store.put(replace(rule, description=one.get("Description")))
    return {"Return": True}


LISTING = Listing(
    SecurityGroupRule,
    "SecurityGroupRules",
    "SecurityGroupRuleId",
    "securityGroupRuleIdSet",
    errors.no_such_rule,
    lambda _world, rule: rules.rule_view(rule),
    _FILTERS,
    {"group-id": "group"},
)
