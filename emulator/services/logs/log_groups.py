"""Operations on log groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypedDict

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors, timeline
from emulator.services.logs.figures import figures
from emulator.services.logs.log_group import (
    LogGroup,
    ResourcePolicy,
    group_arn,
    group_need,
    milliseconds,
    oldest_kept,
    resolve,
    the_group,
)
from emulator.services.logs.log_stream import streams_of
from emulator.services.logs.metric_matches import MetricFilter, filters_of
from emulator.services.logs.pattern_values import has_form
from emulator.values.call import Call, Need
from emulator.values.page import last_name, page
from emulator.values.tags import request_keys

_LISTED_TOGETHER = {"INFREQUENT_ACCESS", "ESSENTIALS"}
"""Asking for one of these classes lists both (documented)."""


def create_log_group(
    world: World,
    call: Call,
    *,
    logGroupName: str,
    kmsKeyId: str | None = None,
    tags: dict[str, str] | None = None,
    logGroupClass: str = "STANDARD",
    deletionProtectionEnabled: bool = False,
) -> Result:
    """A KMS key is remembered and shown; nothing here encrypts, so nothing checks that it exists."""
    if logGroupName.lower().startswith("aws/"):
        raise errors.name_reserved()
    if world.store.get(LogGroup, (call.account, call.region, logGroupName)) is not None:
        raise errors.group_taken()
    world.store.put(
        LogGroup(
            account=call.account,
            region=call.region,
            id=logGroupName,
            created=milliseconds(world),
            log_class=logGroupClass,
            tags=tags or {},
            kms_key=kmsKeyId,
            is_protected=deletionProtectionEnabled,
        )
    )
    return {}


def create_log_group_needs(_world: World, call: Call) -> Iterator[Need]:
    """Tags need a second permission, on the ARN without suffix as every tagging action does, and refused in words of its own."""
    arn, keys = group_arn(call), request_keys(call.params.get("tags", {}))
    yield Need(call.action, f"{arn}:log-stream:", keys)
    if keys:
        refusal = (
            f"User with accountId: {call.account} is not authorized to perform CreateLogGroup with Tags. "
            'An additional permission "logs:TagResource" is required.'
        )
        yield Need("logs:TagResource", arn, keys, refusal=refusal)


def delete_log_group(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
) -> Result:
    group = the_group(world, call)
    if group.is_protected:
        raise errors.group_protected()
    for stream in streams_of(world, group):
        timeline.remove(world, stream)
    for one in filters_of(world, group):
        world.store.delete(one)
    for policy in list(world.store.find(ResourcePolicy, group.account, group.region, group=group.id)):
        world.store.delete(policy)
    world.store.delete(group)
    return {}


def delete_log_group_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def describe_log_groups(
    world: World,
    call: Call,
    *,
    logGroupNamePrefix: str | None = None,
    logGroupNamePattern: str | None = None,
    logGroupClass: str | None = None,
    logGroupIdentifiers: list[str] | None = None,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    """By name. With a name pattern AWS shows three members of each group only."""
    if logGroupNamePrefix is not None and logGroupNamePattern is not None:
        raise errors.prefix_and_pattern()
    if logGroupIdentifiers is not None and (logGroupNamePrefix or logGroupNamePattern or logGroupClass):
        raise errors.identifiers_and_filters()
    named = None if logGroupIdentifiers is None else {resolve(call, one) for one in logGroupIdentifiers}
    classes = _LISTED_TOGETHER if logGroupClass in _LISTED_TOGETHER else {logGroupClass}
    groups = (
        group
        for group in _in_order(world, call, nextToken, logGroupNamePrefix or "")
        if (logGroupNamePattern or "") in group.id
        and (logGroupClass is None or group.log_class in classes)
        and (named is None or call.arn(f"log-group:{group.id}") in named)
    )
    chosen, token = _page(groups, limit)
    show = _brief if logGroupNamePattern is not None else _full
    return {"logGroups": [show(world, call, group) for group in chosen], **({"nextToken": token} if token else {})}


def describe_log_groups_needs(_world: World, call: Call) -> Iterator[Need]:
    """Authorised on empty names, whatever the request filters by (observed)."""
    yield Need(call.action, call.arn("log-group::log-stream:"))


class LogGroupTag(TypedDict, total=False):
    key: str
    values: list[str]


def list_log_groups(
    world: World,
    call: Call,
    *,
    logGroupNamePattern: str | None = None,
    logGroupClass: str | None = None,
    logGroupTags: list[LogGroupTag] | None = None,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    """By name. A pattern is up to five texts, ``^`` before one for a prefix; of several tags every one must be there."""
    texts = logGroupNamePattern.split("|") if logGroupNamePattern else [""]
    groups = (
        group
        for group in _in_order(world, call, nextToken)
        if any(_is_like(group.id, text) for text in texts)
        and logGroupClass in {None, group.log_class}
        and all(_is_tagged(group, tag) for tag in logGroupTags or ())
    )
    chosen, token = _page(groups, limit)
    shown = [
        {"logGroupName": group.id, "logGroupArn": call.arn(f"log-group:{group.id}"), "logGroupClass": group.log_class}
        for group in chosen
    ]
    return {"logGroups": shown, **({"nextToken": token} if token else {})}


def list_log_groups_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def _in_order(world: World, call: Call, token: str | None, prefix: str = "") -> Iterator[LogGroup]:
    """By name, those that a page after a token may begin with, and no others are looked at."""
    last = "" if token is None else last_name(token, errors.bad_token)
    named = world.store.get(LogGroup, (call.account, call.region, prefix)) if last < prefix else None
    if named is not None:
        yield named
    for group in world.store.after(LogGroup, call.account, call.region, max(prefix, last)):
        if not group.id.startswith(prefix):
            return
        yield group


def _page(groups: Iterator[LogGroup], limit: int) -> tuple[Sequence[LogGroup], str | None]:
    return page(list(islice(groups, limit + 1)), lambda group: group.id, None, limit, errors.bad_token)


def _is_like(name: str, text: str) -> bool:
    return name.startswith(text[1:]) if text.startswith("^") else text in name


def _is_tagged(group: LogGroup, tag: LogGroupTag) -> bool:
    """A value may begin with ``!`` (not this one) and have an asterisk at either end."""
    value = group.tags.get(tag["key"])
    forms = tag.get("values") or []
    if value is None:
        return False
    return not forms or any(has_form(form.removeprefix("!"), value) is not form.startswith("!") for form in forms)


def _brief(_world: World, call: Call, group: LogGroup) -> dict[str, Any]:
    return {"logGroupName": group.id, "creationTime": group.created, "arn": f"{call.arn(f'log-group:{group.id}')}:*"}


def _full(world: World, call: Call, group: LogGroup) -> dict[str, Any]:
    oldest = oldest_kept(group, milliseconds(world))
    shown = {
        **_brief(world, call, group),
        "metricFilterCount": world.store.count(MetricFilter, group.account, group.region, group=group.id),
        "storedBytes": sum(figures(world, stream, oldest).size for stream in streams_of(world, group)),
        "logGroupClass": group.log_class,
        "logGroupArn": call.arn(f"log-group:{group.id}"),
        "deletionProtectionEnabled": group.is_protected,
        "bearerTokenAuthenticationEnabled": False,
    }
    if group.retention_days is not None:
        shown["retentionInDays"] = group.retention_days
    if group.kms_key is not None:
        shown["kmsKeyId"] = group.kms_key
    return shown
