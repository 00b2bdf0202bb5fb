"""Reading events: GetLogEvents pages both ways through a stream, FilterLogEvents one way through a group."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec import Struct

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.filter_pattern import FilterPattern, InvalidPatternError, compile_pattern
from emulator.services.logs.log_group import LogGroup, group_need, milliseconds, oldest_kept, the_group
from emulator.services.logs.log_pack import LogPack, Position
from emulator.services.logs.log_stream import LogStream, streams_of, the_stream
from emulator.services.logs.log_tokens import event_id, read_place, read_token, write_place, write_token
from emulator.services.logs.timeline import END_OF_TIME, Direction, Window, segments
from emulator.values.call import Call, Need

MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576
"""In one page."""
TAIL_SINCE = 1_704_067_200_000
"""2024-01-01: FilterLogEvents reads backwards from no earlier start (documented)."""
MOST_WORK = 250_000
"""Units of work (see FilterPattern.cost) after which a page of FilterLogEvents ends, full or not."""


def get_log_events(
    world: World,
    call: Call,
    *,
    logStreamName: str,
    logGroupName: str | None = None,  # noqa: ARG001  # the_group reads it
    logGroupIdentifier: str | None = None,  # noqa: ARG001  # the_group reads it
    startTime: int = 0,
    endTime: int = END_OF_TIME,
    nextToken: str | None = None,
    limit: int = MOST_EVENTS,
    startFromHead: bool = False,
) -> Result:
    """Events from ``startTime`` up to, not including, ``endTime``, oldest first on each page whichever way one pages.

    A token says its own way. At the end of the stream it comes back as it was, and finds what is added later.
    """
    group = the_group(world, call)
    stream = the_stream(world, group, logStreamName)
    at: Position = (startTime, 0)
    direction: Direction = "f" if startFromHead else "b"
    window = _window(world, group, startTime, endTime)
    if nextToken is not None:
        direction, at = read_token(nextToken)
        window = _narrow(window, direction, at)
    page = _page(world, stream, window, direction, limit)
    first, last = (page[0].position, page[-1].position) if page else (at, at)
    return {
        "events": [event.shown() for event in page],
        "nextForwardToken": write_token("f", last),
        "nextBackwardToken": write_token("b", first),
    }


def get_log_events_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, call.params["logStreamName"])


class _Query(Struct, frozen=True):
    """What events are asked for, and from which end."""

    window: Window
    direction: Direction
    pattern: FilterPattern
    limit: int


class _Event(NamedTuple):
    """An event where it is stored. Without a pack: how far a search has come, at the cost ``place``."""

    position: Position
    stream: str
    pack: LogPack | None
    place: int

    def shown(self) -> dict[str, Any]:
        assert self.pack is not None  # noqa: S101  # only what was found is shown
        ingested = self.pack.ingestion(self.place)
        return {"timestamp": self.position[0], "message": self.pack.message(self.place), "ingestionTime": ingested}


def _page(world: World, stream: LogStream, window: Window, direction: Direction, limit: int) -> list[_Event]:
    """The next events, oldest first: at most ``limit`` of them and 1 MB."""
    page: list[_Event] = []
    room = MOST_BYTES
    for pack, places in segments(world, stream, window, direction):
        for place in places if direction == "f" else reversed(places):
            room -= pack.size(range(place, place + 1))
            if len(page) == limit or room < 0:
                return page if direction == "f" else page[::-1]
            page.append(_Event(pack.position(place), stream.name, pack, place))
    return page if direction == "f" else page[::-1]


def filter_log_events(
    world: World,
    call: Call,
    *,
    logGroupName: str | None = None,  # noqa: ARG001  # the_group reads it
    logGroupIdentifier: str | None = None,  # noqa: ARG001  # the_group reads it
    logStreamNames: list[str] | None = None,
    logStreamNamePrefix: str | None = None,
    startTime: int | None = None,
    endTime: int = END_OF_TIME,
    filterPattern: str = "",
    nextToken: str | None = None,
    limit: int = MOST_EVENTS,
    startFromHead: bool = True,
    interleaved: bool = True,  # noqa: ARG001  # AWS assumes true whatever is asked, since 2019
) -> Result:
    """Events from ``startTime`` to ``endTime``, both included, of all streams or some. searchedLogStreams is empty since 2020."""
    if logStreamNames is not None and logStreamNamePrefix is not None:
        raise errors.stream_names_and_prefix()
    if not startFromHead and startTime is not None and startTime < TAIL_SINCE:
        raise errors.too_early_for_tail()
    group = the_group(world, call)
    pattern = _compiled(filterPattern)
    direction: Direction = "f" if startFromHead else "b"
    window = _window(world, group, startTime or 0, endTime + 1)
    if nextToken is not None:
        direction, at = read_place(world, group, nextToken)
        window = _narrow(window, direction, at)
    streams = _chosen(world, group, logStreamNames, logStreamNamePrefix)
    page, stopped = _search(world, streams, _Query(window, direction, pattern, limit))
    found = [{"logStreamName": event.stream, **event.shown(), "eventId": event_id(event.position)} for event in page]
    result: Result = {"events": found, "searchedLogStreams": []}
    if stopped is not None:
        result["nextToken"] = write_place(world, group, direction, stopped)
    return result


def filter_log_events_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def _compiled(source: str) -> FilterPattern:
    try:
        return compile_pattern(source)
    except InvalidPatternError as error:
        raise errors.invalid_pattern(str(error) or "Invalid filter pattern") from None


def _chosen(world: World, group: LogGroup, names: list[str] | None, prefix: str | None) -> list[LogStream]:
    if names is None:
        return [stream for stream in streams_of(world, group) if stream.name.startswith(prefix or "")]
    return [the_stream(world, group, name) for name in dict.fromkeys(names)]


def _window(world: World, group: LogGroup, start: int, end: int) -> Window:
    """Around the events from ``start`` up to ``end`` that have not expired."""
    return (max(start, oldest_kept(group, milliseconds(world))), 0), (end, 0)


def _narrow(window: Window, direction: Direction, at: Position) -> Window:
    return (max(window[0], at), window[1]) if direction == "f" else (window[0], min(window[1], at))


def _search(world: World, streams: list[LogStream], query: _Query) -> tuple[list[_Event], Position | None]:
    """The next matching events of several streams, and where to go on; None when nothing is left to be searched.

    Streams are searched piece by piece, and every piece is reported at its end: so a page stops at a place up to which all
    of them were searched, after a bounded amount of work, whether it found anything or not.
    """
    piece = max(16, min(1024, 4096 // max(len(streams), 1)))
    runs = [_matches(world, stream, query, piece) for stream in streams]
    page: list[_Event] = []
    room, work = MOST_BYTES, 0
    for event in heapq.merge(*runs, key=itemgetter(0), reverse=query.direction == "b"):
        if event.pack is None:
            work += event.place
            if work >= MOST_WORK:
                return page, event.position
            continue
        room -= event.pack.size(range(event.place, event.place + 1))
        if len(page) == query.limit or room < 0:
            return page, page[-1].position
        page.append(event)
    return page, None


def _matches(world: World, stream: LogStream, query: _Query, piece: int) -> Iterator[_Event]:
    direction, pattern = query.direction, query.pattern
    for pack, places in segments(world, stream, query.window, direction):
        for part in _pieces(places, piece, direction):
            found = pattern.find(pack, part)
            for place in found if direction == "f" else reversed(found):
                yield _Event(pack.position(place), stream.name, pack, place)
            reached = part[-1] if direction == "f" else part[0]
            yield _Event(pack.position(reached), stream.name, None, len(part) * pattern.cost)


def _pieces(places: range, length: int, direction: Direction) -> Iterator[range]:
    starts = range(0, len(places), length)
    for start in starts if direction == "f" else reversed(starts):
        yield places[start : start + length]
