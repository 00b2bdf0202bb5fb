"""The events of a stream as chunks in order, none of which overlaps another: found by bisection, added to at any place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.logs import log_volume
from emulator.services.logs.log_pack import LogPack, Position
from emulator.services.logs.log_stream import LogStream, Span, stored_size
from emulator.values.record import Key, Record

Direction = Literal["f", "b"]
Window = tuple[Position, Position]
"""The positions between which events are looked for; they are outside themselves."""

MOST_EVENTS = 4_096
MOST_BYTES = 1_048_576
"""In one chunk. Small batches are put together up to these, each with what is no larger: an event is copied, in memory and into a
data file, no more often than a chunk can double (beside a small one more often), and few small chunks are left."""
SMALL_BYTES = 4_096
MOST_SMALL = 16
"""Of a stream's last chunks so many may have their events in its own record, if they are no larger. Most batches of a few events
then put one record, where they would put two and delete some. More costs a data file more, which takes it with every batch."""
END_OF_TIME = 2**63


class LogChunk(Record, frozen=True, kw_only=True):
    """``id`` is the stream's and the chunk's number."""

    pack: LogPack


def chunk(world: World, stream: LogStream, span: Span) -> LogPack:
    if span.pack is not None:
        return span.pack
    found = world.store.get(LogChunk, (stream.account, stream.region, _id(stream, span.chunk)))
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
    if _none_before(stream, oldest):
        return stored_size(stream)
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
    if _none_before(stream, oldest):
        return stream.spans[0].first[0] if stream.spans else None
    found = next(segments(world, stream, ((oldest, 0), (END_OF_TIME, 0)), "f"), None)
    return found[0].position(found[1][0])[0] if found else None


def _none_before(stream: LogStream, oldest: int) -> bool:
    """Whether no event is older than ``oldest``: then none has to be looked at."""
    return not stream.spans or stream.spans[0].first >= (oldest, 0)


def last_event(stream: LogStream, oldest: int) -> int | None:
    """The time of the last event, if it is not older than ``oldest``."""
    newest = stream.spans[-1].last[0] if stream.spans else -1
    return newest if newest >= oldest else None


# Changing ----------------------------------------------------------------------------------------------------------


def add(world: World, stream: LogStream, pack: LogPack) -> LogStream:
    """Put events into a stream; returns it as it is then. They go behind all others, or among them, as their times say."""
    if not stream.spans or pack.first > stream.spans[-1].last:  # nearly all do
        return _put_behind(world, stream, len(stream.spans), pack)
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
    span = stream.spans[at]
    if part.first > span.last:
        return _put_behind(world, stream, at + 1, part)
    if part.last < span.first:
        end = at + _taken_in(stream.spans[at:], part)
        for taken in stream.spans[at:end]:
            part = part.then(chunk(world, stream, taken))
        return _replace(world, stream, at, end, part)
    return _replace(world, stream, at, at + 1, chunk(world, stream, span).merged(part))


def _put_behind(world: World, stream: LogStream, end: int, part: LogPack) -> LogStream:
    """Put events behind the first ``end`` chunks."""
    start = end - _taken_in(reversed(stream.spans[:end]), part)
    for taken in reversed(stream.spans[start:end]):
        part = chunk(world, stream, taken).then(part)
    return _replace(world, stream, start, end, part)


def _taken_in(spans: Iterable[Span], part: LogPack) -> int:
    """How many of the chunks beside some events, from the next on, become one with them.

    Each is no larger than what there is by then, and all fit into one.
    """
    count, (_, _, events, size) = 0, part.outline()
    for span in spans:
        if span.events > events or span.events + events > MOST_EVENTS or span.size + size > MOST_BYTES:
            break
        count, events, size = count + 1, events + span.events, size + span.size
    return count


def trim(world: World, stream: LogStream, oldest: int) -> LogStream:
    """Forget the events before ``oldest``; returns the stream as it is then."""
    if _none_before(stream, oldest):
        return stream
    count = bisect_left(stream.spans, (oldest, 0), key=lambda span: span.first)
    span = stream.spans[count - 1]
    if span.last < (oldest, 0):
        return _replace(world, stream, 0, count, None)
    pack = chunk(world, stream, span)
    kept = pack.cut(pack.between((oldest, 0), (END_OF_TIME, 0)))
    return _replace(world, stream, 0, count, kept)


def drop_first(world: World, key: Key) -> None:
    """Forget a stream's first chunk, to make room for others."""
    stream = world.store.get(LogStream, key)
    if stream is None or not stream.spans:
        raise RuntimeError("a stream without events was to lose some")
    _replace(world, stream, 0, 1, None)
    log_volume.note_loss(world, stream.account, stream.spans[0].events)


def remove(world: World, stream: LogStream) -> None:
    """Forget a stream and its events."""
    world.store.delete(_replace(world, stream, 0, len(stream.spans), None))


def _replace(world: World, stream: LogStream, start: int, end: int, pack: LogPack | None) -> LogStream:
    """Put the chunks of a pack in the place of some others."""
    gone, later = stream.spans[start:end], stream.spans[end:]
    for span in gone:
        if span.pack is None:
            world.store.delete(_stored(stream, span.chunk, _NOTHING))
    new = [] if pack is None else _chunks(world, stream, pack, is_last=not later)
    spans = [*stream.spans[:start], *new, *later]
    if len(spans) > MOST_SMALL:
        _put_aside(world, stream, spans, len(new))
    size = stored_size(stream) + sum([span.size for span in new]) - sum([span.size for span in gone])
    stream = replace(stream, spans=tuple(spans), chunks=stream.chunks + len(new), size=size)
    world.store.put(stream)
    return stream


def _chunks(world: World, stream: LogStream, pack: LogPack, *, is_last: bool) -> list[Span]:
    """Make chunks of events. Each is put as a record, unless it is small and the last one: then it stays in the stream's own."""
    spans = []
    for number, one in enumerate(_split(pack), stream.chunks):
        first, last, events, size = one.outline()
        is_inside = is_last and size <= SMALL_BYTES
        if not is_inside:
            world.store.put(_stored(stream, number, one))
        spans.append(Span(number, first, last, events, size, one if is_inside else None))
    return spans


def _put_aside(world: World, stream: LogStream, spans: list[Span], count: int) -> None:
    """Put as records what is no longer among the last spans, now that there are ``count`` new ones."""
    end = len(spans) - MOST_SMALL
    for place in range(max(end - count, 0), end):
        span = spans[place]
        if span.pack is not None:
            world.store.put(_stored(stream, span.chunk, span.pack))
            spans[place] = replace(span, pack=None)


def _stored(stream: LogStream, number: int, pack: LogPack) -> LogChunk:
    return LogChunk(account=stream.account, region=stream.region, id=_id(stream, number), pack=pack)


def _id(stream: LogStream, number: int) -> str:
    return f"{stream.id}:{number}"


_NOTHING = LogPack(b"", b"", b"", b"", b"")
"""Stands for the events of a chunk that is deleted, for which its key is enough."""


def _split(pack: LogPack) -> list[LogPack]:
    count = len(pack)
    pieces = max(-(-count // MOST_EVENTS), -(-len(pack.text) // MOST_BYTES))
    if pieces == 1:
        return [pack]
    length = -(-count // pieces)
    return [pack.cut(range(start, min(start + length, count))) for start in range(0, count, length)]
