"""PutLogEvents: which events of a batch are taken, and which are not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import TypedDict

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_batch import MOST_BYTES, LogBatch, event_size
from emulator.services.logs.log_group import DAY, LogGroup, group_need, milliseconds, oldest_kept, the_group
from emulator.services.logs.log_stream import LogStream, the_stream
from emulator.values.call import Call, Need
from emulator.values.ids import Ids

LONGEST_SPAN = DAY
OLDEST = 14 * DAY
NEWEST = 2 * 3600 * 1000
"""Milliseconds before and after now: events outside are rejected one by one, the call succeeds."""


class InputLogEvent(TypedDict, total=False):
    timestamp: int
    message: str


def put_log_events(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    logStreamName: str,
    logEvents: list[InputLogEvent],
    sequenceToken: str | None = None,  # noqa: ARG001  # AWS takes no notice of it any more
) -> Result:
    """The same batch twice is stored twice; an answer always has a new sequence token."""
    group = the_group(world, call)
    stream = the_stream(world, group, logStreamName)
    events = tuple((event["timestamp"], event["message"]) for event in logEvents)
    _check_sizes(events)
    timestamps = [timestamp for timestamp, _ in events]
    if timestamps != sorted(timestamps):
        raise errors.not_chronological()
    rejected, first, end = _sort_out(timestamps, milliseconds(world), group)
    token = _sequence_token(world.ids)
    if first < end:
        if timestamps[end - 1] - timestamps[first] > LONGEST_SPAN:
            raise errors.spans_too_long()
        _store(world, group, stream, events[first:end], token)
    return {"nextSequenceToken": token, **({"rejectedLogEventsInfo": rejected} if rejected else {})}


def put_log_events_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, call.params["logStreamName"])


def _check_sizes(events: tuple[tuple[int, str], ...]) -> None:
    sizes = [event_size(message) for _, message in events]
    largest, total = max(sizes), sum(sizes)
    if largest > MOST_BYTES:
        raise errors.event_too_large(largest, MOST_BYTES)
    if total > MOST_BYTES:
        raise errors.batch_too_large(total, MOST_BYTES)


def _sort_out(timestamps: list[int], now: int, group: LogGroup) -> tuple[dict[str, int], int, int]:
    """What the answer says of rejected events, and the first and the end (exclusive) of those that are taken.

    Expired events are mentioned when retention rejects some that are not too old already.
    """
    too_old = bisect_left(timestamps, now - OLDEST)
    expired = bisect_left(timestamps, oldest_kept(group, now))
    too_new = bisect_right(timestamps, now + NEWEST)
    info = {}
    if too_new < len(timestamps):
        info["tooNewLogEventStartIndex"] = too_new
    if too_old:
        info["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        info["expiredLogEventEndIndex"] = expired
    return info, max(too_old, expired), too_new


def _store(world: World, group: LogGroup, stream: LogStream, events: tuple[tuple[int, str], ...], token: str) -> None:
    number = group.batches + 1
    world.store.put(replace(group, batches=number))
    world.store.put(
        LogBatch(
            account=group.account,
            region=group.region,
            id=f"{group.id}:{number}",
            group=group.id,
            stream=stream.id,
            stream_name=stream.name,
            number=number,
            ingested=milliseconds(world),
            token=token,
            size=sum(event_size(message) for _, message in events),
            events=events,
        )
    )


def _sequence_token(ids: Ids) -> str:
    """56 digits that begin as AWS's do."""
    return f"49{int(ids.hexadecimal(44), 16):054}"
