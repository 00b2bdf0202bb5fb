"""PutLogEvents: which events of a batch are taken, and which are not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TypedDict

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors, timeline
from emulator.services.logs.log_group import DAY, LogGroup, group_need, milliseconds, oldest_kept, oldest_stored, the_group
from emulator.services.logs.log_pack import EVENT_OVERHEAD, LogPack, batch
from emulator.services.logs.log_room import make_room
from emulator.services.logs.log_stream import LogStream, the_stream
from emulator.services.logs.metric_matches import count_matches
from emulator.values.call import Call, Need
from emulator.values.ids import Ids

LONGEST_SPAN = DAY
OLDEST = 14 * DAY
NEWEST = 2 * 3600 * 1000
"""Milliseconds before and after now: events outside are rejected one by one, the call succeeds."""
MOST_BYTES = 1_048_576
"""In one event, and in one batch."""


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
    texts = [event["message"].encode("utf-8", "surrogatepass") for event in logEvents]
    _check_sizes(texts)
    times = [event["timestamp"] for event in logEvents]
    if times != sorted(times):
        raise errors.not_chronological()
    now = milliseconds(world)
    rejected, first, end = _sort_out(times, now, group)
    token = _sequence_token(world.ids)
    if first < end:
        if times[end - 1] - times[first] > LONGEST_SPAN:
            raise errors.spans_too_long()
        stream = timeline.trim(world, replace(stream, token=token, ingested=now), oldest_stored(group, now))
        _store(world, group, stream, batch(times[first:end], group.events + 1, now, texts[first:end]))
    return {"nextSequenceToken": token, **({"rejectedLogEventsInfo": rejected} if rejected else {})}


def put_log_events_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, call.params["logStreamName"])


def _check_sizes(texts: Sequence[bytes]) -> None:
    total = sum(map(len, texts)) + len(texts) * EVENT_OVERHEAD
    if total <= MOST_BYTES:
        return
    largest = max(map(len, texts)) + EVENT_OVERHEAD
    if largest > MOST_BYTES:
        raise errors.event_too_large(largest, MOST_BYTES)
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


def _store(world: World, group: LogGroup, stream: LogStream, events: LogPack) -> None:
    world.store.put(replace(group, events=group.events + len(events)))
    timeline.add(world, stream, events)
    make_room(world)
    count_matches(world, group, events)


def _sequence_token(ids: Ids) -> str:
    """56 digits that begin as AWS's do."""
    return "49" + str(ids.number(176)).zfill(54)
