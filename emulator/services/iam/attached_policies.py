"""Managed policies attached to users, groups and roles."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine import identity
from emulator.engine.identity import Group, ManagedPolicy, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import (
    no_such_attachable_policy,
    no_such_policy,
    service_policy_on_group,
    service_policy_on_role,
    service_policy_on_user,
)
from emulator.services.iam.groups import find_group, group_need
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import boundary_key, look_up_policy
from emulator.services.iam.quotas import check_quota
from emulator.services.iam.roles import find_modifiable_role, find_role, look_up_role, role_need
from emulator.services.iam.users import find_user, look_up_user, user_need
from emulator.values.call import Call, Keys, Need

Holding = User | Group | Role

# to roles ------------------------------------------------------------------------------------------------------------


def attach_role_policy(world: World, call: Call, *, RoleName: str, PolicyArn: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    if _attachable(world, call, PolicyArn).is_for_services:
        raise service_policy_on_role()
    _attach(world, role, PolicyArn, "PoliciesPerRole")
    return {}


def attach_role_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, _keys(world, call))


def detach_role_policy(world: World, call: Call, *, RoleName: str, PolicyArn: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    look_up_policy(world, call, PolicyArn)
    _detach(world, role, PolicyArn)
    return {}


def detach_role_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, _keys(world, call))


def list_attached_role_policies(
    world: World,
    call: Call,
    *,
    RoleName: str,
    PathPrefix: str = "/",
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    return _listed(world, find_role(world, call, RoleName), PathPrefix, Marker, MaxItems)


def list_attached_role_policies_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


# to users ------------------------------------------------------------------------------------------------------------


def attach_user_policy(world: World, call: Call, *, UserName: str, PolicyArn: str) -> Result:
    user = find_user(world, call, UserName)
    if _attachable(world, call, PolicyArn).is_for_services:
        raise service_policy_on_user()
    _attach(world, user, PolicyArn, "PoliciesPerUser")
    return {}


def attach_user_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call, _keys(world, call))


def detach_user_policy(world: World, call: Call, *, UserName: str, PolicyArn: str) -> Result:
    user = find_user(world, call, UserName)
    look_up_policy(world, call, PolicyArn)
    _detach(world, user, PolicyArn)
    return {}


def detach_user_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call, _keys(world, call))


def list_attached_user_policies(
    world: World,
    call: Call,
    *,
    UserName: str,
    PathPrefix: str = "/",
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    return _listed(world, find_user(world, call, UserName), PathPrefix, Marker, MaxItems)


def list_attached_user_policies_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


# to groups -----------------------------------------------------------------------------------------------------------


def attach_group_policy(world: World, call: Call, *, GroupName: str, PolicyArn: str) -> Result:
    group = find_group(world, call, GroupName)
    if _attachable(world, call, PolicyArn).is_for_services:
        raise service_policy_on_group()
    _attach(world, group, PolicyArn, "PoliciesPerGroup")
    return {}


def attach_group_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, {"iam:PolicyARN": call.params["PolicyArn"]})


def detach_group_policy(world: World, call: Call, *, GroupName: str, PolicyArn: str) -> Result:
    group = find_group(world, call, GroupName)
    look_up_policy(world, call, PolicyArn)
    _detach(world, group, PolicyArn)
    return {}


def detach_group_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, {"iam:PolicyARN": call.params["PolicyArn"]})


def list_attached_group_policies(
    world: World,
    call: Call,
    *,
    GroupName: str,
    PathPrefix: str = "/",
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    return _listed(world, find_group(world, call, GroupName), PathPrefix, Marker, MaxItems)


def list_attached_group_policies_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


# to all --------------------------------------------------------------------------------------------------------------


def _keys(world: World, call: Call) -> Keys:
    """The policy, and the boundary of the user or role that the call names, as far as there are any."""
    name = call.params.get("RoleName")
    holder = look_up_role(world, call, name) if name else look_up_user(world, call, call.params["UserName"])
    return {"iam:PolicyARN": call.params["PolicyArn"], **boundary_key(holder.boundary if holder else None)}


def _attachable(world: World, call: Call, arn: str) -> ManagedPolicy:
    policy = look_up_policy(world, call, arn)
    if policy is None:
        raise no_such_attachable_policy(arn)
    return policy


def _attach(world: World, holder: Holding, arn: str, quota: str) -> None:
    """Attaching again changes nothing."""
    if arn in holder.attached:
        return
    check_quota(quota, len(holder.attached) + 1)
    world.store.put(replace(holder, attached=(*holder.attached, arn)))


def _detach(world: World, holder: Holding, arn: str) -> None:
    if arn not in holder.attached:
        raise no_such_policy(arn)
    world.store.put(replace(holder, attached=tuple(one for one in holder.attached if one != arn)))


def _listed(world: World, holder: Holding, prefix: str, marker: str | None, limit: int) -> Result:
    attached = {arn: identity.find_policy(world, arn) for arn in holder.attached}
    chosen = {arn: policy for arn, policy in attached.items() if policy and policy.path.startswith(prefix)}
    return listed(
        "AttachedPolicies",
        chosen,
        marker,
        limit,
        by=str,
        show=lambda arn: {"PolicyName": chosen[arn].name, "PolicyArn": arn},
    )
