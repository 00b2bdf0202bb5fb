"""Groups of users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine import identity
from emulator.engine.identity import Group, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import delete_conflict, group_taken, no_such_group
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.quotas import check_quota, check_room
from emulator.services.iam.users import find_user, shown, user_need
from emulator.values.call import Call, Keys, Need


def create_group(world: World, call: Call, *, GroupName: str, Path: str = "/") -> Result:
    if look_up_group(world, call, GroupName) is not None:
        raise group_taken(GroupName)
    check_room(world, Group, call.account, "GroupsPerAccount")
    group = Group(
        account=call.account,
        region="",
        id=GroupName.lower(),
        name=GroupName,
        path=Path,
        unique_id=world.ids.unique("AGPA"),
        arn=call.arn(f"group{Path}{GroupName}", region=""),
        created=world.clock.now(),
    )
    world.store.put(group)
    return {"Group": shown_group(group)}


def create_group_needs(_world: World, call: Call) -> Iterator[Need]:
    name = call.params["GroupName"]
    yield Need("iam:CreateGroup", call.arn(f"group{call.params.get('Path', '/')}{name}", region=""))


def get_group(world: World, call: Call, *, GroupName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE) -> Result:
    """The group and a page of its members."""
    group = find_group(world, call, GroupName)
    return {
        "Group": shown_group(group),
        **listed("Users", members(world, group), Marker, MaxItems, by=lambda user: user.id, show=shown),
    }


def get_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def list_groups(
    world: World, call: Call, *, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    found = [group for group in world.store.find(Group, call.account, "") if group.path.startswith(PathPrefix)]
    return listed("Groups", found, Marker, MaxItems, by=lambda group: group.id, show=shown_group)


def list_groups_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListGroups", "*")


def update_group(
    world: World, call: Call, *, GroupName: str, NewPath: str | None = None, NewGroupName: str | None = None
) -> Result:
    """Members, policies and the unique id stay; the ARN is a new one."""
    old = find_group(world, call, GroupName)
    name, path = NewGroupName or old.name, NewPath or old.path
    taken = look_up_group(world, call, name)
    if taken is not None and taken.unique_id != old.unique_id:
        raise group_taken(name)
    world.store.delete(old)
    arn = f"{old.arn.split(':group')[0]}:group{path}{name}"
    world.store.put(replace(old, id=name.lower(), name=name, path=path, arn=arn))
    return {}


def update_group_needs(world: World, call: Call) -> Iterator[Need]:
    """The group as it is and as it will be (user guide, on changing a group's name or path)."""
    need = group_need(world, call)
    yield need
    group = look_up_group(world, call, call.params["GroupName"])
    name = call.params.get("NewGroupName") or (group.name if group else call.params["GroupName"])
    path = call.params.get("NewPath") or (group.path if group else "/")
    arn = call.arn(f"group{path}{name}", region="")
    if arn != need.resource:
        yield Need(call.action, arn, shown=f"group {name}")


def delete_group(world: World, call: Call, *, GroupName: str) -> Result:
    """Deletes nothing else: members and policies must be gone before."""
    group = find_group(world, call, GroupName)
    if members(world, group):
        raise delete_conflict("remove users from group")
    if group.inline:
        raise delete_conflict("delete policies")
    if group.attached:
        raise delete_conflict("detach all policies")
    world.store.delete(group)
    return {}


def delete_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


# Members -------------------------------------------------------------------------------------------------------------


def add_user_to_group(world: World, call: Call, *, GroupName: str, UserName: str) -> Result:
    """Adding again changes nothing."""
    group, user = find_group(world, call, GroupName), find_user(world, call, UserName)
    if group.unique_id not in user.groups:
        check_quota("GroupsPerUser", len(user.groups) + 1)
        world.store.put(replace(user, groups=(*user.groups, group.unique_id)))
    return {}


def add_user_to_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def remove_user_from_group(world: World, call: Call, *, GroupName: str, UserName: str) -> Result:
    """Removing who is no member changes nothing."""
    group, user = find_group(world, call, GroupName), find_user(world, call, UserName)
    world.store.put(replace(user, groups=tuple(one for one in user.groups if one != group.unique_id)))
    return {}


def remove_user_from_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def list_groups_for_user(
    world: World, call: Call, *, UserName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    groups = list(identity.groups_of(world, find_user(world, call, UserName)))
    return listed("Groups", groups, Marker, MaxItems, by=lambda group: group.id, show=shown_group)


def list_groups_for_user_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


# For the other modules -----------------------------------------------------------------------------------------------


def members(world: World, group: Group) -> list[User]:
    return list(world.store.find(User, group.account, "", groups=group.unique_id))


def look_up_group(world: World, call: Call, name: str) -> Group | None:
    """The group of a name in any letter case."""
    return world.store.get(Group, (call.account, "", name.lower()))


def find_group(world: World, call: Call, name: str) -> Group:
    group = look_up_group(world, call, name)
    if group is None:
        raise no_such_group(name)
    return group


def group_need(world: World, call: Call, keys: Keys | None = None) -> Need:
    """The call's action on the group that it names."""
    name = call.params["GroupName"]
    group = look_up_group(world, call, name)
    arn = group.arn if group else call.arn(f"group/{name}", region="")
    return Need(call.action, arn, keys or {}, shown=f"group {group.name if group else name}")


def shown_group(group: Group) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.unique_id,
        "Arn": group.arn,
        "CreateDate": group.created,
    }
