"""A log stream: its record, and how to find it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup
from emulator.services.logs.log_pack import LogPack, Position, from_rows, rows
from emulator.values.record import Key, Record


class Span(Struct, frozen=True, array_like=True):
    """What a stream knows of a chunk of its events: its number, first and last positions, events, bytes.

    ``pack`` are the events themselves, unless the chunk is a record of its own.
    """

    chunk: int
    first: Position
    last: Position
    events: int
    size: int
    pack: LogPack | None = None


class LogStream(Record, frozen=True, kw_only=True):
    """``id`` is ``group:name``: a group's name holds no colon.

    ``spans`` tell of its chunks, in order and without overlap; ``chunks`` counts those ever made. ``ingested`` and ``token`` are
    the time and the sequence token of the last batch that was taken. ``size`` is what all spans weigh together (an older version
    did not note it).
    """

    INDEXES = ("group",)

    group: str
    name: str
    created: int
    spans: tuple[Span, ...] = ()
    chunks: int = 0
    ingested: int | None = None
    token: str = ""
    size: int | None = None


def stream_key(group: LogGroup, name: str) -> Key:
    return (group.account, group.region, f"{group.id}:{name}")


def the_stream(world: World, group: LogGroup, name: str) -> LogStream:
    """The stream of a group; ResourceNotFoundException when there is none."""
    stream = world.store.get(LogStream, stream_key(group, name))
    if stream is None:
        raise errors.no_such_stream()
    return stream


def stored_size(stream: LogStream) -> int:
    """What its events weigh, in bytes as AWS counts them."""
    return sum(span.size for span in stream.spans) if stream.size is None else stream.size


def streams_of(world: World, group: LogGroup) -> list[LogStream]:
    return list(world.store.find(LogStream, group.account, group.region, group=group.id))


# in snapshots ------------------------------------------------------------------------------------------------------


def readable(spans: tuple[Span, ...]) -> list[Any]:
    """Spans with the events that they hold to read."""
    return [[*astuple(span)[:-1], None if span.pack is None else rows(span.pack)] for span in spans]


def from_readable(spans: list[Any]) -> list[Any]:
    """The spans of :func:`readable`, or of an older version, which held no events; ValueError or TypeError when they are none."""
    return [[*span[:5], from_rows(span[5]) if len(span) > 5 and span[5] is not None else None] for span in spans]
