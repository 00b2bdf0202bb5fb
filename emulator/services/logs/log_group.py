"""A log group: its record, and how requests, ARNs and decisions name it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import field

from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.values.call import Call, Need
from emulator.values.record import Record
from emulator.values.tags import resource_keys

DAY = 24 * 3600 * 1000
"""Milliseconds: the unit of every time in this service."""

DELETION_LAG = 3 * DAY
"""Expired events are gone for good after this (documented: typically up to 72 hours); until then they are hidden only."""

_NAME = r"[.\-_/#A-Za-z0-9]{1,512}"
_IDENTIFIER = re.compile(rf"(arn:[a-z-]+:logs:[a-z0-9-]+:[0-9]{{12}}:log-group:)?({_NAME})")


class LogGroup(Record, frozen=True, kw_only=True):
    """``id`` is the name. ``events`` counts the events ever taken: the last one's number."""

    created: int
    log_class: str = "STANDARD"
    tags: Mapping[str, str] = field(default_factory=dict)
    kms_key: str | None = None
    is_protected: bool = False
    retention_days: int | None = None
    events: int = 0


class ResourcePolicy(Record, frozen=True, kw_only=True):
    """A policy that lets AWS services write: of the account (``group`` is empty, ``name`` its name) or of one group."""

    INDEXES = ("group",)

    name: str
    group: str
    document: str
    updated: int
    revision: int


def milliseconds(world: World) -> int:
    """Now, as this service dates things."""
    return round(world.clock.now() * 1000)


def oldest_kept(group: LogGroup, now: int) -> int:
    """The timestamp before which events have expired."""
    return now - group.retention_days * DAY if group.retention_days is not None else 0


def oldest_stored(group: LogGroup, now: int) -> int:
    """The timestamp before which events no longer come back, should the retention grow."""
    return max(oldest_kept(group, now) - DELETION_LAG, 0) if group.retention_days is not None else 0


def group_arn(call: Call) -> str:
    """The ARN, without ``:*``, of the group that a request names by logGroupName or logGroupIdentifier."""
    return resolve(call, _given(call))


def _given(call: Call) -> str:
    name, identifier = call.params.get("logGroupName"), call.params.get("logGroupIdentifier")
    if name is not None and identifier is not None:
        raise errors.name_and_arn()
    given: str | None = identifier if name is None else name
    if given is None:
        raise errors.no_group_named()
    return given


def resolve(call: Call, identifier: str) -> str:
    """The ARN, without ``:*``, of a group's name or of its ARN."""
    match = _IDENTIFIER.fullmatch(identifier)
    if match is None:
        raise errors.identifier_malformed(identifier)
    return identifier if match[1] else call.arn(f"log-group:{identifier}")


def find_group(world: World, call: Call, arn: str) -> LogGroup | None:
    """The group of this ARN, if it is one of the caller's account and Region: no account monitors another here."""
    name = arn.rsplit(":", 1)[-1]
    return _own(world, call, name) if arn == call.arn(f"log-group:{name}") else None


def _own(world: World, call: Call, name: str) -> LogGroup | None:
    """The caller's group of this name. Looked for first: what is a group's name needs no look at its form."""
    return world.store.get(LogGroup, (call.account, call.region, name))


def the_group(world: World, call: Call) -> LogGroup:
    """The group that the request names; ResourceNotFoundException when there is none."""
    given = _given(call)
    group = _own(world, call, given) or find_group(world, call, resolve(call, given))
    if group is None:
        raise errors.no_such_group()
    return group


def group_need(world: World, call: Call, stream: str = "") -> Need:
    """The call's own action on a stream of the group, or on the group: then the stream's name is empty but its prefix stays.

    Streams carry no tags; the group's count for them (the service authorization reference lists aws:ResourceTag on both).
    """
    given = _given(call)
    if group := _own(world, call, given):
        arn = call.arn(f"log-group:{given}")
    else:
        arn = resolve(call, given)
        group = find_group(world, call, arn)
    keys = resource_keys(group.tags) if group else {}
    return Need(call.action, f"{arn}:log-stream:{stream}", keys, policies=_policies(world, call, arn))


SERVICE_ACTIONS = {"CreateLogStream", "PutLogEvents"}
"""What a resource policy can allow, and only to AWS services that call as themselves (documented)."""


def _policies(world: World, call: Call, arn: str) -> tuple[tuple[str, str], ...]:
    if call.principal.kind != "service" or call.operation not in SERVICE_ACTIONS:
        return ()
    group = arn.rsplit(":", 1)[-1]
    found = world.store.find(ResourcePolicy, call.account, call.region)
    return tuple((policy.name or "the group's policy", policy.document) for policy in found if policy.group in {"", group})
