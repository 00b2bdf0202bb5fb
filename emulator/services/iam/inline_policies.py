"""Policies written into users, groups and roles.

A policy is found by its name in any letter case: a put under another spelling replaces the document and keeps the name as
it was first spelt, and a get answers with the spelling asked for (observed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from emulator.engine.identity import Group, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.documents import encoded, size, validate
from emulator.services.iam.errors import no_such_inline_policy, policies_too_large
from emulator.services.iam.groups import find_group, group_need
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import boundary_key
from emulator.services.iam.quotas import MOST_INLINE
from emulator.services.iam.roles import find_modifiable_role, find_role, look_up_role, role_need
from emulator.services.iam.users import find_user, look_up_user, user_need
from emulator.values.call import Call, Keys, Need

Holding = User | Group | Role

# of roles ------------------------------------------------------------------------------------------------------------


def put_role_policy(world: World, call: Call, *, RoleName: str, PolicyName: str, PolicyDocument: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    _put(world, role, PolicyName, PolicyDocument)
    return {}


def put_role_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, _boundary(world, call))


def get_role_policy(world: World, call: Call, *, RoleName: str, PolicyName: str) -> Result:
    role = find_role(world, call, RoleName)
    return {"RoleName": role.name, "PolicyName": PolicyName, "PolicyDocument": _read(role, PolicyName)}


def get_role_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def delete_role_policy(world: World, call: Call, *, RoleName: str, PolicyName: str) -> Result:
    _delete(world, find_modifiable_role(world, call, RoleName), PolicyName)
    return {}


def delete_role_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, _boundary(world, call))


def list_role_policies(
    world: World, call: Call, *, RoleName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    return listed("PolicyNames", find_role(world, call, RoleName).inline, Marker, MaxItems, by=str, show=str)


def list_role_policies_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


# of users ------------------------------------------------------------------------------------------------------------


def put_user_policy(world: World, call: Call, *, UserName: str, PolicyName: str, PolicyDocument: str) -> Result:
    _put(world, find_user(world, call, UserName), PolicyName, PolicyDocument)
    return {}


def put_user_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call, _boundary(world, call))


def get_user_policy(world: World, call: Call, *, UserName: str, PolicyName: str) -> Result:
    user = find_user(world, call, UserName)
    return {"UserName": user.name, "PolicyName": PolicyName, "PolicyDocument": _read(user, PolicyName)}


def get_user_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def delete_user_policy(world: World, call: Call, *, UserName: str, PolicyName: str) -> Result:
    _delete(world, find_user(world, call, UserName), PolicyName)
    return {}


def delete_user_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call, _boundary(world, call))


def list_user_policies(
    world: World, call: Call, *, UserName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    return listed("PolicyNames", find_user(world, call, UserName).inline, Marker, MaxItems, by=str, show=str)


def list_user_policies_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


# of groups -----------------------------------------------------------------------------------------------------------


def put_group_policy(world: World, call: Call, *, GroupName: str, PolicyName: str, PolicyDocument: str) -> Result:
    _put(world, find_group(world, call, GroupName), PolicyName, PolicyDocument)
    return {}


def put_group_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def get_group_policy(world: World, call: Call, *, GroupName: str, PolicyName: str) -> Result:
    group = find_group(world, call, GroupName)
    return {"GroupName": group.name, "PolicyName": PolicyName, "PolicyDocument": _read(group, PolicyName)}


def get_group_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def delete_group_policy(world: World, call: Call, *, GroupName: str, PolicyName: str) -> Result:
    _delete(world, find_group(world, call, GroupName), PolicyName)
    return {}


def delete_group_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def list_group_policies(
    world: World, call: Call, *, GroupName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    return listed("PolicyNames", find_group(world, call, GroupName).inline, Marker, MaxItems, by=str, show=str)


def list_group_policies_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


# of all -----------------------------------------------------------------------------------------------------------


def _put(world: World, holder: Holding, name: str, text: str) -> None:
    validate(text, "identity")
    inline = {**holder.inline, _spelling(holder.inline, name) or name: text}
    most = MOST_INLINE[_kind(holder)]
    if size(inline.values()) > most:
        raise policies_too_large(_kind(holder), holder.name, most)
    world.store.put(replace(holder, inline=inline))


def _boundary(world: World, call: Call) -> Keys:
    """iam:PermissionsBoundary of the user or role that the call names, as far as there are any."""
    name = call.params.get("RoleName")
    holder = look_up_role(world, call, name) if name else look_up_user(world, call, call.params["UserName"])
    return boundary_key(holder.boundary if holder else None)


def _read(holder: Holding, name: str) -> str:
    return encoded(holder.inline[_existing(holder, name)])


def _delete(world: World, holder: Holding, name: str) -> None:
    gone = _existing(holder, name)
    world.store.put(replace(holder, inline={key: text for key, text in holder.inline.items() if key != gone}))


def _existing(holder: Holding, name: str) -> str:
    spelling = _spelling(holder.inline, name)
    if spelling is None:
        raise no_such_inline_policy(_kind(holder), name)
    return spelling


def _spelling(inline: Mapping[str, str], name: str) -> str | None:
    return next((stored for stored in inline if stored.lower() == name.lower()), None)


def _kind(holder: Holding) -> str:
    return type(holder).__name__.lower()
