"""Timers are records; the heap beside them only says which is due next."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Literal

from emulator.store.base import Store
from emulator.values.clock import Instant
from emulator.values.record import Key, Record

Pace = Literal["real", "fast", "instant"]

_SPEED = {"real": 1.0, "fast": 120.0, "instant": 120.0}
"""What AWS's durations are divided by. At ``fast`` a broker's ten minutes are five seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer(Record):
    """Something to do at ``due``: the function named ``handler`` on the record ``subject``, an id in the same account and Region.

    A background timer repeats for ever (health checks, log lines); nobody waits for it.
    """

    INDEXES = ("subject",)

    due: Instant
    handler: str
    subject: str
    is_background: bool = False


def delay(seconds: float, pace: Pace, *, is_background: bool) -> float:
    """Seconds of the clock for a duration of AWS. At ``instant`` only background timers take time."""
    return 0.0 if pace == "instant" and not is_background else seconds / _SPEED[pace]


class Timers:
    """The timers of a store, next due first; of the same instant, first set first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heap: list[tuple[Instant, int, Key]] = []
        self._count = 0
        self.reload()

    def put(self, timer: Timer) -> None:
        self._store.put(timer)
        self._push(timer)

    def cancel(self, account: str, region: str, subject: str) -> None:
        for timer in list(self._store.find(Timer, account, region, subject=subject)):
            self._store.delete(timer)

    def next_due(self) -> Instant | None:
        """When the next timer is due; entries of cancelled or rolled-back timers are passed over."""
        while self._heap:
            due, _, key = self._heap[0]
            timer = self._store.get(Timer, key)
            if timer is not None and timer.due == due:
                return due
            heapq.heappop(self._heap)
        return None

    def pop_due(self, now: Instant) -> Timer | None:
        """Take the next timer off the heap if it is due. Its record stays until it has fired."""
        due = self.next_due()
        if due is None or due > now:
            return None
        return self._store.get(Timer, heapq.heappop(self._heap)[2])

    def reload(self) -> None:
        """Make the heap anew from the records, which are in the order in which they were set."""
        self._count = 0
        self._heap = []
        for timer in self._store.find(Timer):
            self._push(timer)

    def _push(self, timer: Timer) -> None:
        self._count += 1
        heapq.heappush(self._heap, (timer.due, self._count, timer.key))
