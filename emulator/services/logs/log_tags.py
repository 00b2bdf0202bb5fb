"""Tags of log groups, by the older calls that name a group and by the newer ones that take an ARN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup, find_group, group_arn, the_group
from emulator.values.call import Call, Need
from emulator.values.tags import request_keys, resource_keys

MOST_TAGS = 50


def tag_log_group(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    tags: dict[str, str],
) -> Result:
    group = the_group(world, call)
    merged = {**group.tags, **tags}
    _check(tags)
    if len(merged) > MOST_TAGS:
        raise errors.too_many_tags_on_group()
    return _retag(world, group, merged)


def tag_log_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need(world, call, group_arn(call), request_keys(call.params["tags"]))


def untag_log_group(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    tags: list[str],
) -> Result:
    return _untag(world, the_group(world, call), tags)


def untag_log_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need(world, call, group_arn(call), {"aws:TagKeys": call.params["tags"]})


def list_tags_log_group(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
) -> Result:
    return {"tags": dict(the_group(world, call).tags)}


def list_tags_log_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need(world, call, group_arn(call), {})


def tag_resource(world: World, call: Call, *, resourceArn: str, tags: dict[str, str]) -> Result:
    group = _of_arn(world, call, resourceArn)
    merged = {**group.tags, **tags}
    _check(tags)
    if len(merged) > MOST_TAGS:
        raise errors.too_many_tags(resourceArn)
    return _retag(world, group, merged)


def tag_resource_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need(world, call, call.params["resourceArn"], request_keys(call.params["tags"]))


def untag_resource(world: World, call: Call, *, resourceArn: str, tagKeys: list[str]) -> Result:
    """Keys that the group does not have are passed over (observed)."""
    return _untag(world, _of_arn(world, call, resourceArn), tagKeys)


def untag_resource_needs(world: World, call: Call) -> Iterator[Need]:
    keys = {"aws:TagKeys": call.params["tagKeys"]} if call.params["tagKeys"] else {}
    yield _need(world, call, call.params["resourceArn"], keys)


def list_tags_for_resource(world: World, call: Call, *, resourceArn: str) -> Result:
    return {"tags": dict(_of_arn(world, call, resourceArn).tags)}


def list_tags_for_resource_needs(world: World, call: Call) -> Iterator[Need]:
    yield _need(world, call, call.params["resourceArn"], {})


def _need(world: World, call: Call, arn: str, keys: Mapping[str, str | list[str]]) -> Need:
    """Tagging is authorised on the group's ARN without suffix, whichever call does it (documented: a group's ARN in the policies
    of the tagging actions has no ``:*``)."""
    group = find_group(world, call, arn)
    return Need(call.action, arn, {**(resource_keys(group.tags) if group else {}), **keys})


def _of_arn(world: World, call: Call, arn: str) -> LogGroup:
    if not arn.startswith(call.arn("log-group:")):
        raise errors.arn_malformed()
    group = find_group(world, call, arn)
    if group is None:
        raise errors.no_such_resource()
    return group


def _check(tags: Mapping[str, str]) -> None:
    reserved = next((key for key in tags if key.lower().startswith("aws:")), None)
    if reserved is not None:
        raise errors.tag_reserved()


def _retag(world: World, group: LogGroup, tags: Mapping[str, str]) -> Result:
    world.store.put(replace(group, tags=tags))
    return {}


def _untag(world: World, group: LogGroup, keys: list[str]) -> Result:
    return _retag(world, group, {key: value for key, value in group.tags.items() if key not in keys})
