"""Rules of security groups: their making and their revocation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, group_errors, needs, quotas, rules
from emulator.services.ec2.network import SecurityGroup, SecurityGroupRule
from emulator.services.ec2.security_groups import group_of, need_on_group
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need


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
    group = group_of(world, call, GroupId, GroupName)
    permissions = _asked(IpPermissions, _flat(IpProtocol, FromPort, ToPort, CidrIp))
    return _authorize(world, group, permissions, TagSpecifications, is_egress=False)


def authorize_security_group_ingress_needs(world: World, call: Call) -> Iterator[Need]:
    yield need_on_group(world, call)
    if call.params.get("TagSpecifications"):
        yield from needs.on_new(call, SecurityGroupRule)


def authorize_security_group_egress(
    world: World,
    call: Call,
    *,
    GroupId: str,
    IpPermissions: list[rules.IpPermission] | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """Adds all the rules or none."""
    group = group_of(world, call, GroupId, None)
    return _authorize(world, group, IpPermissions or [], TagSpecifications, is_egress=True)


authorize_security_group_egress_needs = authorize_security_group_ingress_needs


def _asked(permissions: list[rules.IpPermission] | None, flat: rules.IpPermission | None) -> list[rules.IpPermission]:
    if permissions and flat:
        raise errors.either_or("ipPermissions", "ipProtocol")
    return permissions or ([flat] if flat else [])


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


def _authorize(
    world: World,
    group: SecurityGroup,
    permissions: list[rules.IpPermission],
    specifications: list[TagSpecification] | None,
    *,
    is_egress: bool,
) -> Result:
    wanted = rules.drafts(world, group, permissions)
    if not wanted:
        raise errors.missing("ipPermissions")
    _refuse_repeated(world, group, wanted, is_egress=is_egress)
    tags = for_new(specifications, SecurityGroupRule)
    made = [rules.keep(world, group, draft, is_egress=is_egress, tags=tags) for draft in wanted]
    return {"Return": True, "SecurityGroupRules": [rules.rule_view(rule) for rule in made]}


def _refuse_repeated(world: World, group: SecurityGroup, wanted: list[rules.Draft], *, is_egress: bool) -> None:
    if len({rules.identity(draft) for draft in wanted}) < len(wanted):
        raise group_errors.rule_repeated()
    there = rules.of_direction(world, group, is_egress=is_egress)
    known = {rules.identity(rule) for rule in there}
    for draft in wanted:
        if rules.identity(draft) in known:
            raise group_errors.rule_taken(rules.wording(draft))
    quotas.refuse_more(world, quotas.RULES, len(there) + len(wanted))


# Revocation --------------------------------------------------------------------------------------------------------


def revoke_security_group_ingress(
    world: World,
    call: Call,
    *,
    GroupId: str | None = None,
    GroupName: str | None = None,
    SecurityGroupRuleIds: list[str] | None = None,
    IpPermissions: list[rules.IpPermission] | None = None,
    IpProtocol: str | None = None,
    FromPort: int | None = None,
    ToPort: int | None = None,
    CidrIp: str | None = None,
) -> Result:
    """Takes all the rules away or none. A rule is named by its id or described but for its description."""
    group = group_of(world, call, GroupId, GroupName)
    permissions = _asked(IpPermissions, _flat(IpProtocol, FromPort, ToPort, CidrIp))
    return _revoke(world, group, SecurityGroupRuleIds, permissions, is_egress=False)


def revoke_security_group_ingress_needs(world: World, call: Call) -> Iterator[Need]:
    yield need_on_group(world, call)


def revoke_security_group_egress(
    world: World,
    call: Call,
    *,
    GroupId: str,
    SecurityGroupRuleIds: list[str] | None = None,
    IpPermissions: list[rules.IpPermission] | None = None,
) -> Result:
    """Takes all the rules away or none."""
    group = group_of(world, call, GroupId, None)
    return _revoke(world, group, SecurityGroupRuleIds, IpPermissions or [], is_egress=True)


revoke_security_group_egress_needs = revoke_security_group_ingress_needs


def _revoke(
    world: World,
    group: SecurityGroup,
    rule_ids: Sequence[str] | None,
    permissions: list[rules.IpPermission],
    *,
    is_egress: bool,
) -> Result:
    if bool(rule_ids) == bool(permissions):
        raise errors.either_or("securityGroupRuleIds", "ipPermissions") if rule_ids else errors.missing("ipPermissions")
    if rule_ids:
        chosen = [rules.named(world, group, one, is_egress=is_egress) for one in dict.fromkeys(rule_ids)]
    else:
        chosen = [rule for rule, _ in rules.described(world, group, permissions, is_egress=is_egress)]
    for rule in chosen:
        world.store.delete(rule)
    return {
        "Return": True,
        "RevokedSecurityGroupRules": [rules.revoked_view(rule) for rule in chosen],
        "UnknownIpPermissions": [],
    }
