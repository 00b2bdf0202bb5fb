"""IAM roles, the protected ones included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine import trust as trust_policies
from emulator.engine.identity import InstanceProfile, Role, Session
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.policy.document import MalformedPolicyError
from emulator.services.iam.documents import encoded, normalized_trust, size, validate
from emulator.services.iam.errors import (
    delete_conflict,
    malformed_document,
    no_such_role,
    protected_duration,
    protected_role,
    reserved_path,
    role_taken,
)
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import boundary_key, checked_boundary, shown_boundary
from emulator.services.iam.quotas import check_quota, check_room
from emulator.services.iam.tag_sets import checked
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys, resource_keys, to_list


def create_role(
    world: World,
    call: Call,
    *,
    RoleName: str,
    AssumeRolePolicyDocument: str,
    Path: str = "/",
    Description: str | None = None,
    MaxSessionDuration: int = 3600,
    PermissionsBoundary: str = "",
    Tags: list[Tag] | None = None,
) -> Result:
    """The answer has the trust policy as it was sent, and neither description nor duration (observed)."""
    if Path.lower().startswith("/aws-service-role/"):
        raise reserved_path()
    if look_up_role(world, call, RoleName) is not None:
        raise role_taken(RoleName)
    check_room(world, Role, call.account, "RolesPerAccount")
    role = Role(
        account=call.account,
        region="",
        id=RoleName.lower(),
        name=RoleName,
        path=Path,
        unique_id=world.ids.unique("AROA"),
        arn=call.arn(f"role{Path}{RoleName}", region=""),
        created=world.clock.now(),
        tags=checked(Tags or []),
        trust=_checked_trust(world, call, AssumeRolePolicyDocument),
        description=Description,
        max_session=MaxSessionDuration,
        boundary=checked_boundary(world, call, PermissionsBoundary) if PermissionsBoundary else "",
    )
    world.store.put(role)
    return {"Role": {**named(world, role, trust=AssumeRolePolicyDocument), "Tags": to_list(role.tags) or None}}


def create_role_needs(_world: World, call: Call) -> Iterator[Need]:
    """The requested path and name; tags are authorised a second time as iam:TagRole."""
    arn = call.arn(f"role{call.params.get('Path', '/')}{call.params['RoleName']}", region="")
    keys = request_keys(from_list(call.params.get("Tags")))
    yield Need("iam:CreateRole", arn, {**keys, **boundary_key(call.params.get("PermissionsBoundary"))})
    if keys:
        yield Need("iam:TagRole", arn, keys)


def get_role(world: World, call: Call, *, RoleName: str) -> Result:
    role = find_role(world, call, RoleName)
    return {
        "Role": {
            **summary(world, role),
            "PermissionsBoundary": shown_boundary(role),
            "Tags": to_list(role.tags) or None,
            "RoleLastUsed": last_used(role),
        }
    }


def get_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def list_roles(
    world: World, call: Call, *, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    found = [role for role in world.store.find(Role, call.account, "") if role.path.startswith(PathPrefix)]
    return listed("Roles", found, Marker, MaxItems, by=lambda role: role.id, show=lambda role: summary(world, role))


def list_roles_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListRoles", "*")


def delete_role(world: World, call: Call, *, RoleName: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    if any(world.store.find(InstanceProfile, call.account, "", role=role.unique_id)):
        raise delete_conflict("remove roles from instance profile")
    if role.inline:
        raise delete_conflict("delete policies")
    if role.attached:
        raise delete_conflict("detach all policies")
    remove(world, role)
    return {}


def delete_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def update_assume_role_policy(world: World, call: Call, *, RoleName: str, PolicyDocument: str) -> Result:
    role = find_modifiable_role(world, call, RoleName)
    world.store.put(replace(role, trust=_checked_trust(world, call, PolicyDocument)))
    return {}


def update_assume_role_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def update_role(
    world: World, call: Call, *, RoleName: str, Description: str | None = None, MaxSessionDuration: int | None = None
) -> Result:
    """What is not given stays. A service-linked role takes a description and no duration."""
    role = find_role(world, call, RoleName)
    if role.linked_to and MaxSessionDuration is not None:
        raise protected_duration(role.name)
    if Description is not None:
        role = replace(role, description=Description)
    if MaxSessionDuration is not None:
        role = replace(role, max_session=MaxSessionDuration)
    world.store.put(role)
    return {}


def update_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def update_role_description(world: World, call: Call, *, RoleName: str, Description: str) -> Result:
    role = replace(find_role(world, call, RoleName), description=Description)
    world.store.put(role)
    return {"Role": {**named(world, role), "Description": Description}}


def update_role_description_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def look_up_role(world: World, call: Call, name: str) -> Role | None:
    """The role of a name in any letter case."""
    return world.store.get(Role, (call.account, "", name.lower()))


def find_role(world: World, call: Call, name: str) -> Role:
    role = look_up_role(world, call, name)
    if role is None:
        raise no_such_role(name)
    return role


def find_modifiable_role(world: World, call: Call, name: str) -> Role:
    """For the operations that only AWS may do to a service-linked role: they raise UnmodifiableEntity."""
    role = find_role(world, call, name)
    if role.linked_to:
        raise protected_role(role.name)
    return role


def role_need(world: World, call: Call, keys: Keys | None = None) -> Need:
    """The call's action on the role it names: on the stored ARN, or on that of a role without a path when there is none."""
    name = call.params["RoleName"]
    role = look_up_role(world, call, name)
    if role is None:
        return Need(call.action, call.arn(f"role/{name}", region=""), keys or {}, shown=f"role {name}")
    return Need(call.action, role.arn, {**resource_keys(role.tags, "iam"), **(keys or {})}, shown=f"role {role.name}")


def remove(world: World, role: Role) -> None:
    """Delete a role; its sessions die with it."""
    for session in list(world.store.find(Session, role.account, "", role=role.id)):
        world.store.delete(session)
    world.store.delete(role)


def named(world: World, role: Role, *, trust: str | None = None) -> dict[str, Any]:
    """What every answer says of a role; ``trust`` where the answer's document is not the stored one."""
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.created,
        "AssumeRolePolicyDocument": encoded(trust_policies.shown(world, role.trust) if trust is None else trust),
    }


def last_used(role: Role) -> dict[str, Any]:
    """The RoleLastUsed structure, empty of a role that never made a call."""
    return {"LastUsedDate": role.last_used[0], "Region": role.last_used[1]} if role.last_used else {}


def summary(world: World, role: Role) -> dict[str, Any]:
    """What listings say of a role: neither tags, nor boundary, nor last use."""
    return {**named(world, role), "Description": role.description, "MaxSessionDuration": role.max_session}


def _checked_trust(world: World, call: Call, text: str) -> str:
    validate(text, "trust")
    check_quota("ACLSizePerRole", size([text]))
    try:
        return trust_policies.bound(world, normalized_trust(text), call.partition)
    except MalformedPolicyError as error:
        raise malformed_document(str(error)) from None
