"""Users' long-term keys. The secret is in CreateAccessKey's answer and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine.identity import AccessKey, User, find_access_key
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import no_such_access_key
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.quotas import check_quota
from emulator.services.iam.users import find_user, user_need
from emulator.values.call import Call, Need
from emulator.values.errors import not_implemented
from emulator.values.tags import resource_keys


def create_access_key(world: World, call: Call, *, UserName: str | None = None) -> Result:
    if UserName is None and call.principal.kind == "root":
        raise not_implemented("An access key of the root user")
    user = find_user(world, call, UserName)
    check_quota("AccessKeysPerUser", world.store.count(AccessKey, call.account, "", user=user.id) + 1)
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
    world.store.delete(_find(world, call, UserName, AccessKeyId))
    return {}


def delete_access_key_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def update_access_key(world: World, call: Call, *, AccessKeyId: str, Status: str, UserName: str | None = None) -> Result:
    """An inactive key signs nothing."""
    key = _find(world, call, UserName, AccessKeyId)
    if Status == "Expired":
        raise not_implemented("The access key status Expired")
    world.store.put(replace(key, status="Active" if Status == "Active" else "Inactive"))
    return {}


def update_access_key_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def get_access_key_last_used(world: World, call: Call, *, AccessKeyId: str) -> Result:
    """A key that never signed a call has no date, and N/A for the rest."""
    key = find_access_key(world, AccessKeyId)
    user = world.store.get(User, (key.account, "", key.user)) if key else None
    if key is None or user is None or key.account != call.account:
        raise no_such_access_key(AccessKeyId)
    when, service, region = key.last_used or (None, "N/A", "N/A")
    return {
        "UserName": user.name,
        "AccessKeyLastUsed": {"LastUsedDate": when, "ServiceName": service, "Region": region},
    }


def get_access_key_last_used_needs(world: World, call: Call) -> Iterator[Need]:
    """The key's user; an unknown key is authorised on every user."""
    key = find_access_key(world, call.params["AccessKeyId"])
    user = world.store.get(User, (key.account, "", key.user)) if key and key.account == call.account else None
    shown = f"access key {call.params['AccessKeyId']}"
    if user is None:
        yield Need(call.action, call.arn("user/*", region=""), shown=shown)
    else:
        yield Need(call.action, user.arn, resource_keys(user.tags, "iam"), shown=shown)


def _find(world: World, call: Call, user_name: str | None, key_id: str) -> AccessKey:
    is_root = user_name is None and call.principal.kind == "root"
    user = None if is_root else find_user(world, call, user_name)
    key = world.store.get(AccessKey, (call.account, "", key_id))
    if key is None or user is None or key.user != user.id:
        raise no_such_access_key(key_id)
    return key


def _shown(key: AccessKey, user: str) -> dict[str, Any]:
    return {"UserName": user, "AccessKeyId": key.id, "Status": key.status, "CreateDate": key.created}
