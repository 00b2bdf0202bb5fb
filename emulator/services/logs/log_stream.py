"""A log stream: its record, and how to find it."""

from __future__ import annotations

from typing import NamedTuple

from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup
from emulator.services.logs.log_pack import Position
from emulator.values.record import Key, Record


class Span(NamedTuple):
    """What a stream knows of a chunk of its events: its number, first and last positions, events, bytes."""

    chunk: int
    first: Position
    last: Position
    events: int
    size: int


class LogStream(Record, frozen=True, kw_only=True):
    """``id`` is ``group:name``: a group's name holds no colon.

    ``spans`` tell of its chunks, in order and without overlap; ``chunks`` counts those ever made. ``ingested`` and ``token`` are
    the time and the sequence token of the last batch that was taken.
    """

    INDEXES = ("group",)

    group: str
    name: str
    created: int
    spans: tuple[Span, ...] = ()
    chunks: int = 0
    ingested: int | None = None
    token: str = ""


def stream_key(group: LogGroup, name: str) -> Key:
    return (group.account, group.region, f"{group.id}:{name}")


def the_stream(world: World, group: LogGroup, name: str) -> LogStream:
    """The stream of a group; ResourceNotFoundException when there is none."""
    stream = world.store.get(LogStream, stream_key(group, name))
    if stream is None:
        raise errors.no_such_stream()
    return stream


def streams_of(world: World, group: LogGroup) -> list[LogStream]:
    return list(world.store.find(LogStream, group.account, group.region, group=group.id))
