"""IAM users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine import identity
from emulator.engine.identity import AccessKey, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import delete_conflict, no_such_user, not_a_user, user_taken
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.tag_sets import checked
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys, resource_keys, to_list

ROOT_CREATED = 1_577_836_800.0
"""When every account was opened: 2020-01-01 (our choice)."""


def create_user(world: World, call: Call, *, UserName: str, Path: str = "/", Tags: list[Tag] | None = None) -> Result:
    if look_up_user(world, call, UserName) is not None:
        raise user_taken(UserName)
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
    )
    world.store.put(user)
    return {"User": shown(user, with_tags=True)}


def create_user_needs(_world: World, call: Call) -> Iterator[Need]:
    """The requested path and name; tags are authorised a second time as iam:TagUser."""
    arn = call.arn(f"user{call.params.get('Path', '/')}{call.params['UserName']}", region="")
    keys = request_keys(from_list(call.params.get("Tags")))
    yield Need("iam:CreateUser", arn, keys)
    if keys:
        yield Need("iam:TagUser", arn, keys)


def get_user(world: World, call: Call, *, UserName: str | None = None) -> Result:
    """The named user, else the caller; root is shown without name and path."""
    if UserName is None and call.principal.kind == "root":
        return {"User": {"UserId": call.account, "Arn": call.principal.arn, "CreateDate": ROOT_CREATED}}
    return {"User": shown(find_user(world, call, UserName), with_tags=True)}


def get_user_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_users(
    world: World, call: Call, *, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    found = [user for user in world.store.find(User, call.account, "") if user.path.startswith(PathPrefix)]
    return listed("Users", found, Marker, MaxItems, by=lambda user: user.id, show=shown)


def list_users_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListUsers", "*")


def delete_user(world: World, call: Call, *, UserName: str) -> Result:
    """Deletes nothing else: policies and keys must be gone before."""
    user = find_user(world, call, UserName)
    if user.inline:
        raise delete_conflict("delete policies")
    if user.attached:
        raise delete_conflict("detach all policies")
    if any(world.store.find(AccessKey, call.account, "", user=user.id)):
        raise delete_conflict("delete access keys")
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


def shown(user: User, *, with_tags: bool = False) -> dict[str, Any]:
    """The User structure; listings have no tags."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.created,
        "Tags": to_list(user.tags) if with_tags and user.tags else None,
    }
