"""IAM users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine import identity
from emulator.engine.identity import AccessKey, Session, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import delete_conflict, no_such_user, not_a_user, user_taken
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import boundary_key, checked_boundary, shown_boundary
from emulator.services.iam.quotas import check_room
from emulator.services.iam.tag_sets import checked
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys, resource_keys, to_list

ROOT_CREATED = 1_577_836_800.0
"""When every account was opened: 2020-01-01 (our choice)."""


def create_user(
    world: World,
    call: Call,
    *,
    UserName: str,
    Path: str = "/",
    PermissionsBoundary: str = "",
    Tags: list[Tag] | None = None,
) -> Result:
    if look_up_user(world, call, UserName) is not None:
        raise user_taken(UserName)
    check_room(world, User, call.account, "UsersPerAccount")
    user = User(
        account=call.account,
        region="",
        id=UserName.lower(),
        name=UserName,
        path=Path,
        unique_id=world.ids.unique("AIDA"),
        arn=call.arn(f"user{Path}{UserName}", region=""),
        created=world.clock.now(),
        tags=checked(Tags or []),
        boundary=checked_boundary(world, call, PermissionsBoundary) if PermissionsBoundary else "",
    )
    world.store.put(user)
    return {"User": shown(user, in_full=True)}


def create_user_needs(_world: World, call: Call) -> Iterator[Need]:
    """The requested path and name; tags are authorised a second time as iam:TagUser."""
    arn = call.arn(f"user{call.params.get('Path', '/')}{call.params['UserName']}", region="")
    keys = request_keys(from_list(call.params.get("Tags")))
    yield Need("iam:CreateUser", arn, {**keys, **boundary_key(call.params.get("PermissionsBoundary"))})
    if keys:
        yield Need("iam:TagUser", arn, keys)


def get_user(world: World, call: Call, *, UserName: str | None = None) -> Result:
    """The named user, else the caller; root is shown without name and path."""
    if UserName is None and call.principal.kind == "root":
        return {"User": {"UserId": call.account, "Arn": call.principal.arn, "CreateDate": ROOT_CREATED}}
    return {"User": shown(find_user(world, call, UserName), in_full=True)}


def get_user_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_users(
    world: World, call: Call, *, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    found = [user for user in world.store.find(User, call.account, "") if user.path.startswith(PathPrefix)]
    return listed("Users", found, Marker, MaxItems, by=lambda user: user.id, show=shown)


def list_users_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListUsers", "*")


def update_user(world: World, call: Call, *, UserName: str, NewPath: str | None = None, NewUserName: str | None = None) -> Result:
    """Keys, groups, policies and the unique id stay; the ARN is a new one, and policies that name the old one miss the user."""
    old = find_user(world, call, UserName)
    name, path = NewUserName or old.name, NewPath or old.path
    taken = look_up_user(world, call, name)
    if taken is not None and taken.unique_id != old.unique_id:
        raise user_taken(name)
    keys = list(world.store.find(AccessKey, call.account, "", user=old.id))
    world.store.delete(old)
    arn = f"{old.arn.split(':user')[0]}:user{path}{name}"
    world.store.put(replace(old, id=name.lower(), name=name, path=path, arn=arn))
    for key in keys:
        world.store.put(replace(key, user=name.lower()))
    return {}


def update_user_needs(world: World, call: Call) -> Iterator[Need]:
    """The user as it is and as it will be (user guide, on changing a user's name or path)."""
    need = user_need(world, call)
    yield need
    user = look_up_user(world, call, call.params["UserName"])
    name = call.params.get("NewUserName") or (user.name if user else call.params["UserName"])
    path = call.params.get("NewPath") or (user.path if user else "/")
    arn = call.arn(f"user{path}{name}", region="")
    if arn != need.resource:
        yield replace(need, resource=arn, shown=f"user {name}")


def delete_user(world: World, call: Call, *, UserName: str) -> Result:
    """Groups, policies and keys must be gone before; the user's sessions die with it."""
    user = find_user(world, call, UserName)
    if user.groups:
        raise delete_conflict("remove users from group")
    if user.inline:
        raise delete_conflict("delete policies")
    if user.attached:
        raise delete_conflict("detach all policies")
    if any(world.store.find(AccessKey, call.account, "", user=user.id)):
        raise delete_conflict("delete access keys")
    for session in list(world.store.find(Session, call.account, "", owner=user.unique_id)):
        world.store.delete(session)
    world.store.delete(user)
    return {}


def delete_user_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def look_up_user(world: World, call: Call, name: str) -> User | None:
    """The user of a name in any letter case."""
    return world.store.get(User, (call.account, "", name.lower()))


def find_user(world: World, call: Call, name: str | None) -> User:
    """The named user, or the caller; raises NoSuchEntity, or ValidationError when the caller is no user."""
    if name is not None:
        user = look_up_user(world, call, name)
        if user is None:
            raise no_such_user(name)
        return user
    holder = identity.holder(world, call.principal)
    if not isinstance(holder, User):
        raise not_a_user()
    return holder


def user_need(world: World, call: Call, keys: Keys | None = None) -> Need:
    """The call's action on the user it names, or on the caller when it names none."""
    name = call.params.get("UserName")
    if name is None and call.principal.kind == "root":
        return Need(call.action, call.principal.arn, keys or {})
    user = look_up_user(world, call, name) if name is not None else find_user(world, call, None)
    if user is None:
        return Need(call.action, call.arn(f"user/{name}", region=""), keys or {}, shown=f"user {name}")
    return Need(call.action, user.arn, {**resource_keys(user.tags, "iam"), **(keys or {})}, shown=f"user {user.name}")


def shown(user: User, *, in_full: bool = False) -> dict[str, Any]:
    """The User structure; listings have neither tags nor the boundary (observed)."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.created,
        "PermissionsBoundary": shown_boundary(user) if in_full else None,
        "Tags": to_list(user.tags) if in_full and user.tags else None,
    }
