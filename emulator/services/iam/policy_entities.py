"""ListEntitiesForPolicy: whom a managed policy is attached to, and whom it limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine.identity import Group, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import find_policy, policy_need
from emulator.values.call import Call, Need

Entity = tuple[str, User | Group | Role]

_KINDS: dict[str, type[User] | type[Group] | type[Role]] = {"Group": Group, "User": User, "Role": Role}


def list_entities_for_policy(
    world: World,
    call: Call,
    *,
    PolicyArn: str,
    EntityFilter: str | None = None,
    PathPrefix: str = "/",
    PolicyUsageFilter: str | None = None,
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    """Groups, then users, then roles; who has the policy twice over is listed once."""
    policy = find_policy(world, call, PolicyArn)
    found = _entities(world, call, policy.arn(call.partition), PolicyUsageFilter)
    entities = [one for one in found if one[1].path.startswith(PathPrefix) and EntityFilter in {None, one[0]}]
    if EntityFilter in {"LocalManagedPolicy", "AWSManagedPolicy"}:
        entities = []
    page = listed("entities", entities, Marker, MaxItems, by=_place, show=lambda one: one)
    shown: list[Entity] = page.pop("entities")
    return {**{f"Policy{kind}s": [_shown(one) for one in shown if one[0] == kind] for kind in _KINDS}, **page}


def list_entities_for_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def _entities(world: World, call: Call, arn: str, usage: str | None) -> list[Entity]:
    found: dict[str, Entity] = {}
    for name, kind in _KINDS.items():
        if usage != "PermissionsBoundary":
            found |= {one.unique_id: (name, one) for one in world.store.find(kind, call.account, "", attached=arn)}
        if usage != "PermissionsPolicy" and kind is not Group:
            found |= {one.unique_id: (name, one) for one in world.store.find(kind, call.account, "", boundary=arn)}
    return list(found.values())


def _place(entity: Entity) -> str:
    return f"{list(_KINDS).index(entity[0])}{entity[1].id}"


def _shown(entity: Entity) -> dict[str, Any]:
    kind, one = entity
    return {f"{kind}Name": one.name, f"{kind}Id": one.unique_id}
