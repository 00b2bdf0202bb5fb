"""Users' long-term keys. The secret is in CreateAccessKey's answer and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine.identity import AccessKey
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import no_such_access_key, quota_exceeded
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.users import find_user, user_need
from emulator.values.call import Call, Need
from emulator.values.errors import not_implemented

MOST_KEYS = 2


def create_access_key(world: World, call: Call, *, UserName: str | None = None) -> Result:
    if UserName is None and call.principal.kind == "root":
        raise not_implemented("An access key of the root user")
    user = find_user(world, call, UserName)
    if len(list(world.store.find(AccessKey, call.account, "", user=user.id))) >= MOST_KEYS:
        raise quota_exceeded("AccessKeysPerUser", MOST_KEYS)
    key = AccessKey(
        account=call.account,
        region="",
        id=world.ids.access_key_id("AKIA"),
        user=user.id,
        secret=world.ids.secret(),
        created=world.clock.now(),
    )
    world.store.put(key)
    return {"AccessKey": {**_shown(key, user.name), "SecretAccessKey": key.secret}}


def create_access_key_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_access_keys(
    world: World, call: Call, *, UserName: str | None = None, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    """Root, which has none here, is shown none."""
    is_root = UserName is None and call.principal.kind == "root"
    user = None if is_root else find_user(world, call, UserName)
    keys = list(world.store.find(AccessKey, call.account, "", user=user.id)) if user else []
    name = user.name if user else ""
    return listed("AccessKeyMetadata", keys, Marker, MaxItems, by=lambda key: key.id, show=lambda key: _shown(key, name))


def list_access_keys_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def delete_access_key(world: World, call: Call, *, AccessKeyId: str, UserName: str | None = None) -> Result:
    is_root = UserName is None and call.principal.kind == "root"
    user = None if is_root else find_user(world, call, UserName)
    key = world.store.get(AccessKey, (call.account, "", AccessKeyId))
    if key is None or user is None or key.user != user.id:
        raise no_such_access_key(AccessKeyId)
    world.store.delete(key)
    return {}


def delete_access_key_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def _shown(key: AccessKey, user: str) -> dict[str, Any]:
    return {"UserName": user, "AccessKeyId": key.id, "Status": key.status, "CreateDate": key.created}
