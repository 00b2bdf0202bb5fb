"""The events of a stream as chunks in order, none of which overlaps another: found by bisection, added to at any place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from emulator.engine.world import World
from emulator.services.logs import log_volume
from emulator.services.logs.log_pack import LogPack, Position
from emulator.services.logs.log_stream import LogStream, Span
from emulator.values.record import Key, Record

Direction = Literal["f", "b"]
Window = tuple[Position, Position]
"""The positions between which events are looked for; they are outside themselves."""

MOST_EVENTS = 4_096
MOST_BYTES = 1_048_576
"""In one chunk. Small batches are put together up to these, each with what is no larger: an event is copied, in memory and into a
data file, no more often than a chunk can double, and few small chunks are left."""
END_OF_TIME = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChunk(Record):
    """``id`` is the stream's and the chunk's number."""

    pack: LogPack


def _key(stream: LogStream, number: int) -> Key:
    return (stream.account, stream.region, f"{stream.id}:{number}")


def chunk(world: World, stream: LogStream, span: Span) -> LogPack:
    found = world.store.get(LogChunk, _key(stream, span.chunk))
    if found is None:
        raise RuntimeError("a stream knows of a chunk that does not exist")
    return found.pack


def overlapping(spans: tuple[Span, ...], window: Window) -> tuple[Span, ...]:
    """The spans that reach into a window."""
    after, before = window
    first = bisect_right(spans, after, key=lambda span: span.last)
    return spans[first : bisect_left(spans, before, lo=first, key=lambda span: span.first)]


def segments(world: World, stream: LogStream, window: Window, direction: Direction) -> Iterator[tuple[LogPack, range]]:
    """The chunks of a window from its start, or from its end back, and in each the places inside the window, in order."""
    spans = overlapping(stream.spans, window)
    for span in spans if direction == "f" else reversed(spans):
        pack = chunk(world, stream, span)
        places = pack.between(*window)
        if places:
            yield pack, places


def stored_bytes(world: World, stream: LogStream, oldest: int) -> int:
    """What the events from ``oldest`` on weigh."""
    window = ((oldest, 0), (END_OF_TIME, 0))
    kept = overlapping(stream.spans, window)
    whole = sum(span.size for span in kept[1:])
    if not kept:
        return 0
    pack = chunk(world, stream, kept[0])
    places = pack.between(*window)
    return whole + (pack.size(places) if places else 0)


def first_event(world: World, stream: LogStream, oldest: int) -> int | None:
    """The time of the first event from ``oldest`` on."""
    found = next(segments(world, stream, ((oldest, 0), (END_OF_TIME, 0)), "f"), None)
    return found[0].position(found[1][0])[0] if found else None


def last_event(stream: LogStream, oldest: int) -> int | None:
    """The time of the last event, if it is not older than ``oldest``."""
    newest = stream.spans[-1].last[0] if stream.spans else -1
    return newest if newest >= oldest else None


# Changing ----------------------------------------------------------------------------------------------------------


def add(world: World, stream: LogStream, pack: LogPack) -> LogStream:
    """Put events into a stream; returns it as it is then. They go behind all others, or among them, as their times say."""
    places = range(len(pack))
    while places:
        at = max(bisect_right(stream.spans, pack.position(places[0]), key=lambda span: span.first) - 1, 0)
        rest = _from(pack, places, stream.spans[at + 1].first) if at + 1 < len(stream.spans) else places[:0]
        part = pack.cut(places[: len(places) - len(rest)])
        stream, places = _put(world, stream, at, part), rest
    return stream


def _from(pack: LogPack, places: range, position: Position) -> range:
    return places[bisect_left(places, position, key=pack.position) :]


def _put(world: World, stream: LogStream, at: int, part: LogPack) -> LogStream:
    """Put events that lie before the span after ``at`` behind or before the chunk at ``at``, or among its events."""
    if not stream.spans:
        return _replace(world, stream, slice(0, 0), part)
    span = stream.spans[at]
    if part.position(0) > span.last:
        start = end = at + 1
        while start and _is_joined(stream.spans[start - 1], part):
            start -= 1
            part = chunk(world, stream, stream.spans[start]).then(part)
        return _replace(world, stream, slice(start, end), part)
    if part.position(len(part) - 1) < span.first:
        start = end = at
        while end < len(stream.spans) and _is_joined(stream.spans[end], part):
            part = part.then(chunk(world, stream, stream.spans[end]))
            end += 1
        return _replace(world, stream, slice(start, end), part)
    return _replace(world, stream, slice(at, at + 1), chunk(world, stream, span).merged(part))


def _is_joined(span: Span, part: LogPack) -> bool:
    """Whether events that come beside a chunk take it in: it is no larger than they are, and both fit into one."""
    is_small = span.events <= len(part)
    return is_small and span.events + len(part) <= MOST_EVENTS and span.size + part.size(range(len(part))) <= MOST_BYTES


def trim(world: World, stream: LogStream, oldest: int) -> LogStream:
    """Forget the events before ``oldest``; returns the stream as it is then."""
    count = bisect_left(stream.spans, (oldest, 0), key=lambda span: span.first)
    if not count:
        return stream
    span = stream.spans[count - 1]
    if span.last < (oldest, 0):
        return _replace(world, stream, slice(0, count), None)
    pack = chunk(world, stream, span)
    kept = pack.cut(pack.between((oldest, 0), (END_OF_TIME, 0)))
    return _replace(world, stream, slice(0, count), kept)


def drop_first(world: World, key: Key) -> None:
    """Forget a stream's first chunk, to make room for others."""
    stream = world.store.get(LogStream, key)
    if stream is None or not stream.spans:
        raise RuntimeError("a stream without events was to lose some")
    _replace(world, stream, slice(0, 1), None)
    log_volume.count(world, stream.account, 0, stream.spans[0].events)


def remove(world: World, stream: LogStream) -> None:
    """Forget a stream and its events."""
    world.store.delete(_replace(world, stream, slice(None), None))


def _replace(world: World, stream: LogStream, old: slice, pack: LogPack | None) -> LogStream:
    """Put the chunks of a pack in the place of some others."""
    for span in stream.spans[old]:
        world.store.delete(LogChunk(account=stream.account, region=stream.region, id=_key(stream, span.chunk)[2], pack=_NOTHING))
    made = list(_split(pack)) if pack else []
    spans = tuple(_span(stream.chunks + number, one) for number, one in enumerate(made))
    for span, one in zip(spans, made, strict=True):
        world.store.put(LogChunk(account=stream.account, region=stream.region, id=_key(stream, span.chunk)[2], pack=one))
    change = sum(span.size for span in spans) - sum(span.size for span in stream.spans[old])
    every = list(stream.spans)
    every[old] = spans
    stream = replace(stream, spans=tuple(every), chunks=stream.chunks + len(made))
    world.store.put(stream)
    log_volume.count(world, stream.account, change)
    return stream


_NOTHING = LogPack(b"", b"", b"", b"", b"")
"""Stands for the events of a chunk that is deleted, for which its key is enough."""


def _split(pack: LogPack) -> Iterator[LogPack]:
    pieces = max(-(-len(pack) // MOST_EVENTS), -(-len(pack.text) // MOST_BYTES))
    length = -(-len(pack) // pieces)
    for start in range(0, len(pack), length):
        places = range(start, min(start + length, len(pack)))
        yield pack if len(places) == len(pack) else pack.cut(places)


def _span(number: int, pack: LogPack) -> Span:
    return Span(number, pack.position(0), pack.position(len(pack) - 1), len(pack), pack.size(range(len(pack))))
