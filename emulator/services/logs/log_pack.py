"""Log events packed together: a few bytes each beside their text, in order, searched without unpacking."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from struct import Struct as Layout
from sys import byteorder

from msgspec import Struct

Position = tuple[int, int]
"""(timestamp, the event's number in its group): what events are sorted by, which is by time, then as they came.

Events are numbered from 1, so ``(t, 0)`` lies before every event of the instant ``t``.
"""
EVENT_OVERHEAD = 26
"""Bytes that AWS counts for each event beside its message."""

_NUMBER = Layout("q")
_number = _NUMBER.unpack_from
_ONE = Layout("I").pack(1)
_END = b"\xff"
"""Follows each message: a byte that UTF-8 never has, so that a search finds nothing across two messages."""


class LogPack(Struct, frozen=True, dict=True):
    """Events in order of their positions; never empty. Each field but ``text`` is an array's bytes, an item per event."""

    times: bytes
    numbers: bytes
    ingested: bytes
    ends: bytes
    """Where in ``text`` each message ends."""
    text: bytes

    def __len__(self) -> int:
        return len(self.times) // _NUMBER.size

    # of the whole, without the views of its parts that a search keeps: what is written is often packed anew before it is read

    def outline(self) -> tuple[Position, Position, int, int]:
        """The first and the last position, the number of events, and their bytes as AWS counts them."""
        times, numbers, count = self.times, self.numbers, len(self.times) // _NUMBER.size
        at = len(times) - _NUMBER.size
        first = _number(times)[0], _number(numbers)[0]
        last = _number(times, at)[0], _number(numbers, at)[0]
        return first, last, count, len(self.text) + count * (EVENT_OVERHEAD - 1)

    @property
    def first(self) -> Position:
        return _number(self.times)[0], _number(self.numbers)[0]

    @property
    def last(self) -> Position:
        return self.outline()[1]

    # of single events

    @cached_property
    def _times(self) -> memoryview:
        return memoryview(self.times).cast("q")

    @cached_property
    def _numbers(self) -> memoryview:
        return memoryview(self.numbers).cast("q")

    @cached_property
    def _ingested(self) -> memoryview:
        return memoryview(self.ingested).cast("q")

    @cached_property
    def _ends(self) -> memoryview:
        return memoryview(self.ends).cast("I")

    def position(self, place: int) -> Position:
        return self._times[place], self._numbers[place]

    def ingestion(self, place: int) -> int:
        return int(self._ingested[place])

    def encoded(self, place: int) -> bytes:
        """The message in UTF-8. A lone surrogate, which JSON can smuggle in, is three bytes."""
        return self.text[self._start(place) : self._ends[place]]

    def message(self, place: int) -> str:
        return self.encoded(place).decode("utf-8", "surrogatepass")

    def size(self, places: range) -> int:
        """Bytes as AWS counts them, of a range that is not empty."""
        return self._ends[places[-1]] - self._start(places[0]) + 1 + len(places) * (EVENT_OVERHEAD - 1)

    def between(self, after: Position, before: Position) -> range:
        """The places of the events strictly between two positions."""
        places = range(len(self))
        return range(bisect_right(places, after, key=self.position), bisect_left(places, before, key=self.position))

    def containing(self, needle: bytes, places: range) -> Iterator[int]:
        """The places of a range, which is not empty, whose messages contain some bytes."""
        at, stop, ends = self._start(places[0]), self._ends[places[-1]], self._ends
        while (at := self.text.find(needle, at, stop)) >= 0:
            place = bisect_left(ends, at + len(needle))
            yield place
            at = ends[place] + 1

    def cut(self, places: range) -> LogPack:
        """Some of the events, which are not none."""
        if len(places) == len(self):
            return self
        first, stop = places[0], places[-1] + 1
        start = self._start(first)
        return LogPack(
            self.times[first * 8 : stop * 8],
            self.numbers[first * 8 : stop * 8],
            self.ingested[first * 8 : stop * 8],
            _moved(self.ends[first * 4 : stop * 4], -start),
            self.text[start : self._ends[stop - 1] + 1],
        )

    def then(self, later: LogPack) -> LogPack:
        """These events and later ones after them."""
        return LogPack(
            self.times + later.times,
            self.numbers + later.numbers,
            self.ingested + later.ingested,
            self.ends + _moved(later.ends, len(self.text)),
            self.text + later.text,
        )

    def merged(self, other: LogPack) -> LogPack:
        """These events and others among them. What comes before the first of the others stays as it is."""
        at = bisect_right(range(len(self)), other.first, key=self.position)
        if at == len(self):
            return self.then(other)
        if at:
            return self.cut(range(at)).then(self.cut(range(at, len(self))).merged(other))
        rows = sorted([*self._rows(), *other._rows()])
        times, numbers, ingested, texts = zip(*rows, strict=True)
        return pack(times, numbers, ingested, texts)

    def _rows(self) -> Iterator[tuple[int, int, int, bytes]]:
        return zip(self._times, self._numbers, self._ingested, map(self.encoded, range(len(self))), strict=True)

    def _start(self, place: int) -> int:
        return self._ends[place - 1] + 1 if place else 0


def _moved(ends: bytes, by: int) -> bytes:
    """The ends in a text that begins ``by`` bytes further on: all at once, as the digits of one large number that never carry."""
    by_each = int.from_bytes(_ONE * (len(ends) // len(_ONE)), byteorder) * by
    return (int.from_bytes(ends, byteorder) + by_each).to_bytes(len(ends), byteorder)


def rows(packed: LogPack) -> list[list[int | str]]:
    """Events to read: [timestamp, number, time of ingestion, message] each."""
    places = range(len(packed))
    return [[*packed.position(place), packed.ingestion(place), packed.message(place)] for place in places]


def from_rows(events: list[tuple[int, int, int, str]]) -> LogPack:
    """The events of :func:`rows`; ValueError or TypeError when they are none, or not in order."""
    times, numbers, ingested, texts = zip(*events, strict=True)
    positions = list(zip(times, numbers, strict=True))
    if positions != sorted(set(positions)):
        raise ValueError("events must be in order of their times and numbers")
    return pack(times, numbers, ingested, [text.encode("utf-8", "surrogatepass") for text in texts])


def pack(times: Sequence[int], numbers: Sequence[int], ingested: Sequence[int], texts: Sequence[bytes]) -> LogPack:
    """Events in order, their messages in UTF-8."""
    return _packed(times, numbers, array("q", ingested).tobytes(), texts)


def batch(times: Sequence[int], number: int, ingested: int, texts: Sequence[bytes]) -> LogPack:
    """Events that came together: numbered from a number on."""
    count = len(times)
    return _packed(times, range(number, number + count), _NUMBER.pack(ingested) * count, texts)


def _packed(times: Sequence[int], numbers: Sequence[int], ingested: bytes, texts: Sequence[bytes]) -> LogPack:
    ends, end = [], -1
    for text in texts:
        end += len(text) + 1
        ends.append(end)
    return LogPack(
        array("q", times).tobytes(),
        array("q", numbers).tobytes(),
        ingested,
        array("I", ends).tobytes(),
        _END.join(texts) + _END,
    )
