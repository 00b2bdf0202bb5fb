"""A log stream: its record, and how to find it."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup
from emulator.values.record import Key, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStream(Record):
    """``id`` is ``group:name``: a group's name holds no colon."""

    INDEXES = ("group",)

    group: str
    name: str
    created: int


def stream_key(group: LogGroup, name: str) -> Key:
    return (group.account, group.region, f"{group.id}:{name}")


def the_stream(world: World, group: LogGroup, name: str) -> LogStream:
    """The stream of a group; ResourceNotFoundException when there is none."""
    stream = world.store.get(LogStream, stream_key(group, name))
    if stream is None:
        raise errors.no_such_stream()
    return stream
