"""Permissions boundaries put on users and roles, and taken off."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import no_boundary
from emulator.services.iam.managed_policies import boundary_key, checked_boundary
from emulator.services.iam.roles import find_modifiable_role, look_up_role, role_need
from emulator.services.iam.users import find_user, look_up_user, user_need
from emulator.values.call import Call, Need


def put_user_permissions_boundary(world: World, call: Call, *, UserName: str, PermissionsBoundary: str) -> Result:
    user = find_user(world, call, UserName)
    world.store.put(replace(user, boundary=checked_boundary(world, call, PermissionsBoundary)))
    return {}


def put_user_permissions_boundary_needs(world: World, call: Call) -> Iterator[Need]:
    """The key is the boundary that is asked for."""
    yield user_need(world, call, boundary_key(call.params["PermissionsBoundary"]))


def delete_user_permissions_boundary(world: World, call: Call, *, UserName: str) -> Result:
    user = find_user(world, call, UserName)
    if not user.boundary:
        raise no_boundary("user", user.name)
    world.store.put(replace(user, boundary=""))
    return {}


def delete_user_permissions_boundary_needs(world: World, call: Call) -> Iterator[Need]:
    """The key is the boundary that there is."""
    user = look_up_user(world, call, call.params["UserName"])
    yield user_need(world, call, boundary_key(user.boundary if user else None))


def put_role_permissions_boundary(world: World, call: Call, *, RoleName: str, PermissionsBoundary: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    world.store.put(replace(role, boundary=checked_boundary(world, call, PermissionsBoundary)))
    return {}


def put_role_permissions_boundary_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call, boundary_key(call.params["PermissionsBoundary"]))


def delete_role_permissions_boundary(world: World, call: Call, *, RoleName: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    if not role.boundary:
        raise no_boundary("role", role.name)
    world.store.put(replace(role, boundary=""))
    return {}


def delete_role_permissions_boundary_needs(world: World, call: Call) -> Iterator[Need]:
    role = look_up_role(world, call, call.params["RoleName"])
    yield role_need(world, call, boundary_key(role.boundary if role else None))
