"""The operations on tags of users, roles, policies and instance profiles; a service-linked role takes them too."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.customer_policies import own_policy
from emulator.services.iam.instance_profiles import find_profile, profile_need
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import find_policy, policy_need
from emulator.services.iam.roles import find_role, role_need
from emulator.services.iam.tag_sets import added, without
from emulator.services.iam.users import find_user, user_need
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys, to_list
from emulator.values.tags import Tags as TagSet

# of roles -------------------------------------------------------------------------------------------------------------


def tag_role(world: World, call: Call, *, RoleName: str, Tags: list[Tag]) -> Result:
    role = find_role(world, call, RoleName)
    world.store.put(replace(role, tags=added(role.tags, Tags)))
    return {}


def tag_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, request_keys(from_list(call.params["Tags"])))


def untag_role(world: World, call: Call, *, RoleName: str, TagKeys: list[str]) -> Result:
    role = find_role(world, call, RoleName)
    world.store.put(replace(role, tags=without(role.tags, TagKeys)))
    return {}


def untag_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, _keys(call))


def list_role_tags(world: World, call: Call, *, RoleName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE) -> Result:
    return _listed(find_role(world, call, RoleName).tags, Marker, MaxItems)


def list_role_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


# of users -------------------------------------------------------------------------------------------------------------


def tag_user(world: World, call: Call, *, UserName: str, Tags: list[Tag]) -> Result:
    user = find_user(world, call, UserName)
    world.store.put(replace(user, tags=added(user.tags, Tags)))
    return {}


def tag_user_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call, request_keys(from_list(call.params["Tags"])))


def untag_user(world: World, call: Call, *, UserName: str, TagKeys: list[str]) -> Result:
    user = find_user(world, call, UserName)
    world.store.put(replace(user, tags=without(user.tags, TagKeys)))
    return {}


def untag_user_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call, _keys(call))


def list_user_tags(world: World, call: Call, *, UserName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE) -> Result:
    return _listed(find_user(world, call, UserName).tags, Marker, MaxItems)


def list_user_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


# of customer managed policies -----------------------------------------------------------------------------------------


def tag_policy(world: World, call: Call, *, PolicyArn: str, Tags: list[Tag]) -> Result:
    record = own_policy(world, call, PolicyArn)
    world.store.put(replace(record, policy=replace(record.policy, tags=added(record.policy.tags, Tags))))
    return {}


def tag_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call, request_keys(from_list(call.params["Tags"])))


def untag_policy(world: World, call: Call, *, PolicyArn: str, TagKeys: list[str]) -> Result:
    record = own_policy(world, call, PolicyArn)
    world.store.put(replace(record, policy=replace(record.policy, tags=without(record.policy.tags, TagKeys))))
    return {}


def untag_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call, _keys(call))


def list_policy_tags(world: World, call: Call, *, PolicyArn: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE) -> Result:
    return _listed(find_policy(world, call, PolicyArn).tags, Marker, MaxItems)


def list_policy_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


# of instance profiles -------------------------------------------------------------------------------------------------


def tag_instance_profile(world: World, call: Call, *, InstanceProfileName: str, Tags: list[Tag]) -> Result:
    profile = find_profile(world, call, InstanceProfileName)
    world.store.put(replace(profile, tags=added(profile.tags, Tags)))
    return {}


def tag_instance_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield profile_need(world, call, request_keys(from_list(call.params["Tags"])))


def untag_instance_profile(world: World, call: Call, *, InstanceProfileName: str, TagKeys: list[str]) -> Result:
    profile = find_profile(world, call, InstanceProfileName)
    world.store.put(replace(profile, tags=without(profile.tags, TagKeys)))
    return {}


def untag_instance_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield profile_need(world, call, _keys(call))


def list_instance_profile_tags(
    world: World, call: Call, *, InstanceProfileName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    return _listed(find_profile(world, call, InstanceProfileName).tags, Marker, MaxItems)


def list_instance_profile_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield profile_need(world, call)


def _listed(tags: TagSet, marker: str | None, limit: int) -> Result:
    return listed("Tags", to_list(tags), marker, limit, by=lambda tag: tag["Key"], show=dict)


def _keys(call: Call) -> Keys:
    return {"aws:TagKeys": call.params["TagKeys"]}
