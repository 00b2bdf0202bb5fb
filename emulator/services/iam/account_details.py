"""GetAccountAuthorizationDetails: everybody and every policy of an account, with all that hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine import identity
from emulator.engine.identity import Group, Holder, ManagedPolicy, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.documents import encoded
from emulator.services.iam.groups import shown_group
from emulator.services.iam.instance_profiles import profiles_with, shown_profile
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import (
    attachments,
    boundary_uses,
    own_policies,
    shown_boundary,
    shown_version,
    summary,
)
from emulator.services.iam.roles import last_used, named
from emulator.services.iam.users import shown
from emulator.values.call import Call, Need
from emulator.values.tags import to_list

Detail = User | Group | Role | ManagedPolicy

_MEMBERS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def get_account_authorization_details(
    world: World, call: Call, *, Filter: list[str] | None = None, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    """Users, groups, roles, then policies, in pages over them all. AWS's policies are listed as far as they are used."""
    wanted = [one for kind in (Filter or list(_KINDS)) for one in _of_kind(world, call, kind)]
    unique = {_place(one): one for one in wanted}
    page = listed("found", unique.values(), Marker, MaxItems, by=_place, show=lambda one: one)
    found: list[Detail] = page.pop("found")
    lists: dict[str, list[dict[str, Any]]] = {member: [] for member in _MEMBERS}
    for one in found:
        lists[_MEMBERS[_number(one)]].append(_shown(world, call, one))
    return {**lists, **page}


def get_account_authorization_details_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:GetAccountAuthorizationDetails", "*")


_KINDS: dict[str, type[User] | type[Group] | type[Role] | None] = {
    "User": User,
    "Group": Group,
    "Role": Role,
    "LocalManagedPolicy": None,
    "AWSManagedPolicy": None,
}


def _of_kind(world: World, call: Call, kind: str) -> list[Detail]:
    if kind == "LocalManagedPolicy":
        return [*own_policies(world, call)]
    if kind == "AWSManagedPolicy":
        return [one for one in world.managed.values() if attachments(world, call, one) or boundary_uses(world, call, one)]
    record = _KINDS[kind]
    return [*world.store.find(record, call.account, "")] if record else []


def _number(one: Detail) -> int:
    return next(place for place, kind in enumerate((User, Group, Role, ManagedPolicy)) if isinstance(one, kind))


def _place(one: Detail) -> str:
    return f"{_number(one)}{one.arn('aws') if isinstance(one, ManagedPolicy) else one.id}"


def _shown(world: World, call: Call, one: Detail) -> dict[str, Any]:
    if isinstance(one, ManagedPolicy):
        versions = [shown_version(world, call, one, version) for version in one.versions]
        return {**summary(world, call, one), "Description": one.description, "PolicyVersionList": versions}
    kind = type(one).__name__
    common = {f"{kind}PolicyList": _inline(one), "AttachedManagedPolicies": _attached(world, one)}
    if isinstance(one, User):
        groups = [group.name for group in identity.groups_of(world, one)]
        return {**shown(one, in_full=True), **common, "GroupList": groups}
    if isinstance(one, Group):
        return {**shown_group(one), **common}
    return {
        **named(world, one),
        **common,
        "InstanceProfileList": [shown_profile(world, profile) for profile in profiles_with(world, one)],
        "PermissionsBoundary": shown_boundary(one),
        "Tags": to_list(one.tags) or None,
        "RoleLastUsed": last_used(one),
    }


def _inline(holder: Holder) -> list[dict[str, str]]:
    return [{"PolicyName": name, "PolicyDocument": encoded(holder.inline[name])} for name in sorted(holder.inline)]


def _attached(world: World, holder: Holder) -> list[dict[str, str]]:
    policies = {arn: identity.find_policy(world, arn) for arn in holder.attached}
    return [{"PolicyName": policy.name, "PolicyArn": arn} for arn, policy in policies.items() if policy]
