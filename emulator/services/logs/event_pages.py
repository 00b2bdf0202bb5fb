"""Reading events: GetLogEvents pages both ways through a stream, FilterLogEvents one way through a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_batch import END_OF_TIME, Direction, LogBatch, Position, event_id, read, read_token, write_token
from emulator.services.logs.log_group import LogGroup, group_need, milliseconds, oldest_kept, the_group
from emulator.services.logs.log_stream import the_stream
from emulator.values.call import Call, Need
from emulator.values.errors import not_implemented

MOST_EVENTS = 10_000
TAIL_SINCE = 1_704_067_200_000
"""2024-01-01: FilterLogEvents reads backwards from no earlier start (documented)."""


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
    at: Position = (startTime, 0, 0)
    direction: Direction = "f" if startFromHead else "b"
    after, before = _window(world, group, startTime, endTime)
    if nextToken is not None:
        direction, at = read_token(nextToken)
        after, before = _narrow(after, before, direction, at)
    batches = world.store.find(LogBatch, group.account, group.region, stream=stream.id)
    page, _ = read(batches, after, before, limit, direction)
    if direction == "b":
        page.reverse()
    first, last = (page[0][0].position(page[0][1]), page[-1][0].position(page[-1][1])) if page else (at, at)
    return {
        "events": [_event(batch, place) for batch, place in page],
        "nextForwardToken": write_token("f", last),
        "nextBackwardToken": write_token("b", first),
    }


def get_log_events_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, call.params["logStreamName"])


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
    if filterPattern:
        raise not_implemented("The filterPattern of logs:FilterLogEvents")
    if logStreamNames is not None and logStreamNamePrefix is not None:
        raise errors.stream_names_and_prefix()
    if not startFromHead and startTime is not None and startTime < TAIL_SINCE:
        raise errors.too_early_for_tail()
    group = the_group(world, call)
    direction: Direction = "f" if startFromHead else "b"
    after, before = _window(world, group, startTime or 0, endTime + 1)
    if nextToken is not None:
        direction, at = read_token(nextToken)
        after, before = _narrow(after, before, direction, at)
    batches = _of_streams(world, group, logStreamNames, logStreamNamePrefix)
    page, is_more = read(batches, after, before, limit, direction)
    result: Result = {"events": [_filtered_event(batch, place) for batch, place in page], "searchedLogStreams": []}
    if is_more:
        result["nextToken"] = write_token(direction, page[-1][0].position(page[-1][1]))
    return result


def filter_log_events_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def _window(world: World, group: LogGroup, start: int, end: int) -> tuple[Position, Position]:
    """The positions around the events from ``start`` up to ``end`` that have not expired."""
    return (max(start, oldest_kept(group, milliseconds(world))), 0, 0), (end, 0, 0)


def _narrow(after: Position, before: Position, direction: Direction, at: Position) -> tuple[Position, Position]:
    return (max(after, at), before) if direction == "f" else (after, min(before, at))


def _of_streams(world: World, group: LogGroup, names: list[str] | None, prefix: str | None) -> Iterable[LogBatch]:
    if names is None:
        batches = world.store.find(LogBatch, group.account, group.region, group=group.id)
        return [batch for batch in batches if batch.stream_name.startswith(prefix or "")]
    streams = [the_stream(world, group, name) for name in dict.fromkeys(names)]
    return [batch for stream in streams for batch in world.store.find(LogBatch, group.account, group.region, stream=stream.id)]


def _event(batch: LogBatch, place: int) -> dict[str, Any]:
    timestamp, message = batch.events[place]
    return {"timestamp": timestamp, "message": message, "ingestionTime": batch.ingested}


def _filtered_event(batch: LogBatch, place: int) -> dict[str, Any]:
    return {"logStreamName": batch.stream_name, **_event(batch, place), "eventId": event_id(batch.position(place))}
