"""A batch of log events as one PutLogEvents call stored it, and the order in which the events of many batches are read."""

from __future__ import annotations

import heapq
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from emulator.services.logs import errors
from emulator.values.record import Record

Position = tuple[int, int, int]
"""(timestamp, the batch's number in its group, place in the batch): what events are sorted by.

Batches are numbered from 1 as they come, so ``(t, 0, 0)`` lies before every event of the instant ``t``.
"""
Direction = Literal["f", "b"]

END_OF_TIME = 2**63
EVENT_OVERHEAD = 26
"""Bytes that AWS counts for each event beside its message."""
MOST_BYTES = 1_048_576
"""In one event, one batch, one page."""

_TOKEN = re.compile(r"([fb])/3([0-9]{19})([0-9]{31})([0-9]{5})/s")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBatch(Record):
    """The accepted events of one call, (timestamp, message) each, in chronological order; never empty.

    ``stream`` is the id of the stream's record, ``stream_name`` its name. ``token`` is the sequence token that the call
    answered, ``size`` what the events weigh in bytes.
    """

    INDEXES = ("group", "stream")

    group: str
    stream: str
    stream_name: str
    number: int
    ingested: int
    token: str
    size: int
    events: tuple[tuple[int, str], ...]

    def position(self, place: int) -> Position:
        return (self.events[place][0], self.number, place)

    def between(self, after: Position, before: Position) -> range:
        """The places of the events strictly between two positions."""
        places = range(len(self.events))
        return range(bisect_right(places, after, key=self.position), bisect_left(places, before, key=self.position))


def event_size(message: str) -> int:
    """Bytes as AWS counts them. A lone surrogate, which JSON can smuggle in, counts as three."""
    return len(message.encode("utf-8", "surrogatepass")) + EVENT_OVERHEAD


def stored_bytes(batches: Iterable[LogBatch], oldest: int) -> int:
    """What the events that have not expired weigh."""
    return sum(_kept_bytes(batch, oldest) for batch in batches)


def _kept_bytes(batch: LogBatch, oldest: int) -> int:
    kept = batch.between((oldest, 0, 0), (END_OF_TIME, 0, 0))
    if len(kept) == len(batch.events):
        return batch.size
    return sum(event_size(batch.events[place][1]) for place in kept)


def read(
    batches: Iterable[LogBatch], after: Position, before: Position, limit: int, direction: Direction
) -> tuple[list[tuple[LogBatch, int]], bool]:
    """The next events from ``after`` on, or back from ``before``, as batches and places; and whether there are more.

    A page holds at most ``limit`` events and 1 MB.
    """
    numbered = {batch.number: batch for batch in batches}
    page: list[tuple[LogBatch, int]] = []
    room = MOST_BYTES
    for _, number, place in _merge(numbered.values(), after, before, direction):
        batch = numbered[number]
        room -= event_size(batch.events[place][1])
        if len(page) == limit or room < 0:
            return page, True
        page.append((batch, place))
    return page, False


def _merge(batches: Iterable[LogBatch], after: Position, before: Position, direction: Direction) -> Iterator[Position]:
    step = 1 if direction == "f" else -1
    runs = [map(batch.position, batch.between(after, before)[::step]) for batch in batches]
    return heapq.merge(*runs, reverse=direction == "b")


def write_token(direction: Direction, position: Position) -> str:
    """``f/…/s`` or ``b/…/s`` around the 56 digits of a position."""
    return f"{direction}/{event_id(position)}/s"


def read_token(token: str) -> tuple[Direction, Position]:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise errors.bad_token()
    return "f" if match[1] == "f" else "b", (int(match[2]), int(match[3]), int(match[4]))


def event_id(position: Position) -> str:
    """56 digits that sort as the events do."""
    timestamp, number, place = position
    return f"3{timestamp:019}{number:031}{place:05}"
