"""The operations on tags of users and roles; a service-linked role takes them too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.roles import find_role, role_need
from emulator.services.iam.tag_sets import added, without
from emulator.services.iam.users import find_user, user_need
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys, to_list


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
    tags = to_list(find_role(world, call, RoleName).tags)
    return listed("Tags", tags, Marker, MaxItems, by=lambda tag: tag["Key"], show=dict)


def list_role_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


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
    tags = to_list(find_user(world, call, UserName).tags)
    return listed("Tags", tags, Marker, MaxItems, by=lambda tag: tag["Key"], show=dict)


def list_user_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def _keys(call: Call) -> Keys:
    return {"aws:TagKeys": call.params["TagKeys"]}
