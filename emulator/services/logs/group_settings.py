"""What can be set on a log group beside its retention and tags: a KMS key, protection from deletion."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup, find_group, group_need, the_group
from emulator.values.call import Call, Need
from emulator.values.record import Record
from emulator.values.tags import resource_keys


class QueryKey(Record, frozen=True, kw_only=True):
    """The KMS key of query results; ``id`` is ``query-result``."""

    kms_key: str


def associate_kms_key(
    world: World, call: Call, *, kmsKeyId: str, logGroupName: str | None = None, resourceIdentifier: str | None = None
) -> Result:
    """The key is remembered and shown; nothing here encrypts, so nothing checks that it exists."""
    _check_target(logGroupName, resourceIdentifier)
    if not _is_key_arn(kmsKeyId):
        raise errors.kms_key_malformed()
    if resourceIdentifier == call.arn("query-result:*"):
        world.store.put(QueryKey(account=call.account, region=call.region, id="query-result", kms_key=kmsKeyId))
    else:
        world.store.put(replace(_target(world, call), kms_key=kmsKeyId))
    return {}


def associate_kms_key_needs(world: World, call: Call) -> Iterator[Need]:
    yield _kms_need(world, call)


def disassociate_kms_key(
    world: World, call: Call, *, logGroupName: str | None = None, resourceIdentifier: str | None = None
) -> Result:
    """Succeeds too when there is no key."""
    _check_target(logGroupName, resourceIdentifier)
    if resourceIdentifier != call.arn("query-result:*"):
        world.store.put(replace(_target(world, call), kms_key=None))
        return {}
    key = world.store.get(QueryKey, (call.account, call.region, "query-result"))
    if key is not None:
        world.store.delete(key)
    return {}


def disassociate_kms_key_needs(world: World, call: Call) -> Iterator[Need]:
    yield _kms_need(world, call)


def put_log_group_deletion_protection(
    world: World,
    call: Call,
    *,
    logGroupIdentifier: str,  # noqa: ARG001  # the_group reads it
    deletionProtectionEnabled: bool,
) -> Result:
    world.store.put(replace(the_group(world, call), is_protected=deletionProtectionEnabled))
    return {}


def put_log_group_deletion_protection_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def _check_target(name: str | None, resource: str | None) -> None:
    if (name is None) == (resource is None):
        raise errors.one_kms_target()


def _is_key_arn(key: str) -> bool:
    parts = key.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == "kms" and parts[5].startswith(("key/", "alias/"))


def _target(world: World, call: Call) -> LogGroup:
    resource = call.params.get("resourceIdentifier")
    if resource is None:
        return the_group(world, call)
    group = find_group(world, call, resource)
    if group is None:
        raise errors.no_such_group()
    return group


def _kms_need(world: World, call: Call) -> Need:
    resource = call.params.get("resourceIdentifier")
    if resource is None and call.params.get("logGroupName") is not None:
        return group_need(world, call)
    if resource is None or ":log-group:" not in resource:
        return Need(call.action, resource or call.arn("log-group::log-stream:"))
    group = find_group(world, call, resource)
    return Need(call.action, f"{resource}:log-stream:", resource_keys(group.tags) if group else {})
