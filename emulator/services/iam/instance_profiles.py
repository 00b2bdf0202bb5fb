"""Instance profiles: what hands a role to EC2 instances. One holds at most one role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine.identity import InstanceProfile, Role
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import (
    delete_conflict,
    instance_profile_taken,
    no_such_instance_profile,
    role_not_in_profile,
)
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.quotas import check_quota, check_room
from emulator.services.iam.roles import find_modifiable_role, find_role, look_up_role, named, role_need
from emulator.services.iam.tag_sets import checked
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys, resource_keys, to_list


def create_instance_profile(
    world: World, call: Call, *, InstanceProfileName: str, Path: str = "/", Tags: list[Tag] | None = None
) -> Result:
    if _look_up(world, call, InstanceProfileName) is not None:
        raise instance_profile_taken(InstanceProfileName)
    check_room(world, InstanceProfile, call.account, "InstanceProfilesPerAccount")
    profile = InstanceProfile(
        account=call.account,
        region="",
        id=InstanceProfileName.lower(),
        name=InstanceProfileName,
        path=Path,
        unique_id=world.ids.unique("AIPA"),
        arn=call.arn(f"instance-profile{Path}{InstanceProfileName}", region=""),
        created=world.clock.now(),
        tags=checked(Tags or []),
    )
    world.store.put(profile)
    return {"InstanceProfile": shown_profile(world, profile, in_full=True)}


def create_instance_profile_needs(_world: World, call: Call) -> Iterator[Need]:
    """The requested path and name; tags are authorised a second time as iam:TagInstanceProfile."""
    arn = call.arn(f"instance-profile{call.params.get('Path', '/')}{call.params['InstanceProfileName']}", region="")
    keys = request_keys(from_list(call.params.get("Tags")))
    yield Need("iam:CreateInstanceProfile", arn, keys)
    if keys:
        yield Need("iam:TagInstanceProfile", arn, keys)


def get_instance_profile(world: World, call: Call, *, InstanceProfileName: str) -> Result:
    return {"InstanceProfile": shown_profile(world, find_profile(world, call, InstanceProfileName), in_full=True)}


def get_instance_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield profile_need(world, call)


def list_instance_profiles(
    world: World, call: Call, *, PathPrefix: str = "/", Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    found = [one for one in world.store.find(InstanceProfile, call.account, "") if one.path.startswith(PathPrefix)]
    return _listed(world, found, Marker, MaxItems)


def list_instance_profiles_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListInstanceProfiles", "*")


def list_instance_profiles_for_role(
    world: World, call: Call, *, RoleName: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    return _listed(world, profiles_with(world, find_role(world, call, RoleName)), Marker, MaxItems)


def list_instance_profiles_for_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def delete_instance_profile(world: World, call: Call, *, InstanceProfileName: str) -> Result:
    profile = find_profile(world, call, InstanceProfileName)
    if profile.role:
        raise delete_conflict("remove roles from instance profile")
    world.store.delete(profile)
    return {}


def delete_instance_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield profile_need(world, call)


# The role in it ------------------------------------------------------------------------------------------------------


def add_role_to_instance_profile(world: World, call: Call, *, InstanceProfileName: str, RoleName: str) -> Result:
    """A service-linked role cannot be handed to instances."""
    profile = find_profile(world, call, InstanceProfileName)
    role = find_modifiable_role(world, call, RoleName)
    check_quota("InstanceSessionsPerInstanceProfile", 2 if profile.role else 1)
    world.store.put(replace(profile, role=role.unique_id))
    return {}


def add_role_to_instance_profile_needs(world: World, call: Call) -> Iterator[Need]:
    """The caller passes the role to EC2 (user guide, on iam:PassRole; the service as Karpenter's published policy has it)."""
    yield profile_need(world, call)
    role = look_up_role(world, call, call.params["RoleName"])
    arn = role.arn if role else call.arn(f"role/{call.params['RoleName']}", region="")
    tags = resource_keys(role.tags, "iam") if role else {}
    yield Need("iam:PassRole", arn, {**tags, "iam:PassedToService": _EC2.get(call.partition, "ec2.amazonaws.com")})


_EC2 = {"aws-cn": "ec2.amazonaws.com.cn"}


def remove_role_from_instance_profile(world: World, call: Call, *, InstanceProfileName: str, RoleName: str) -> Result:
    profile = find_profile(world, call, InstanceProfileName)
    role = find_modifiable_role(world, call, RoleName)
    if profile.role != role.unique_id:
        raise role_not_in_profile(role.name, profile.name)
    world.store.put(replace(profile, role=""))
    return {}


def remove_role_from_instance_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield profile_need(world, call)


# For the other modules -----------------------------------------------------------------------------------------------


def find_profile(world: World, call: Call, name: str) -> InstanceProfile:
    profile = _look_up(world, call, name)
    if profile is None:
        raise no_such_instance_profile(name)
    return profile


def profile_need(world: World, call: Call, keys: Keys | None = None) -> Need:
    """The call's action on the instance profile that it names."""
    name = call.params["InstanceProfileName"]
    profile = _look_up(world, call, name)
    if profile is None:
        return Need(call.action, call.arn(f"instance-profile/{name}", region=""), keys or {}, shown=f"instance profile {name}")
    tags = resource_keys(profile.tags)
    return Need(call.action, profile.arn, {**tags, **(keys or {})}, shown=f"instance profile {profile.name}")


def profiles_with(world: World, role: Role) -> list[InstanceProfile]:
    return list(world.store.find(InstanceProfile, role.account, "", role=role.unique_id))


def shown_profile(world: World, profile: InstanceProfile, *, in_full: bool = False) -> dict[str, Any]:
    """The InstanceProfile structure; listings have no tags."""
    roles = world.store.find(Role, profile.account, "", unique_id=profile.role) if profile.role else ()
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.unique_id,
        "Arn": profile.arn,
        "CreateDate": profile.created,
        "Roles": [named(world, role) for role in roles],
        "Tags": to_list(profile.tags) if in_full and profile.tags else None,
    }


def _look_up(world: World, call: Call, name: str) -> InstanceProfile | None:
    return world.store.get(InstanceProfile, (call.account, "", name.lower()))


def _listed(world: World, found: list[InstanceProfile], marker: str | None, limit: int) -> Result:
    return listed("InstanceProfiles", found, marker, limit, by=lambda one: one.id, show=lambda one: shown_profile(world, one))
