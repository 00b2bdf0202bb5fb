"""How long a log group keeps its events."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors, timeline
from emulator.services.logs.log_group import LogGroup, group_need, milliseconds, oldest_stored, the_group
from emulator.services.logs.log_stream import streams_of
from emulator.values.call import Call, Need

ALLOWED = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days. The service model gives them in its prose only."""


def put_retention_policy(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    retentionInDays: int,
) -> Result:
    """Events older than this are hidden from then on; for 72 hours more they come back should the retention grow."""
    if retentionInDays not in ALLOWED:
        raise errors.retention_unknown(retentionInDays, ALLOWED)
    _keep(world, the_group(world, call), retentionInDays)
    return {}


def put_retention_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def delete_retention_policy(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
) -> Result:
    """Succeeds too when the group has none (observed)."""
    _keep(world, the_group(world, call), None)
    return {}


def delete_retention_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def _keep(world: World, group: LogGroup, days: int | None) -> None:
    """What the retention so far has put beyond recall is forgotten now, at the latest."""
    oldest = oldest_stored(group, milliseconds(world))
    for stream in streams_of(world, group):
        timeline.trim(world, stream, oldest)
    world.store.put(replace(group, retention_days=days))
