"""Timers are records; the queues beside them only say which is due next."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from math import inf
from typing import Literal

from emulator.store.base import Store
from emulator.values.clock import Instant
from emulator.values.record import Record

Pace = Literal["real", "fast", "instant"]

_SPEED = {"real": 1.0, "fast": 120.0, "instant": 120.0}
"""What AWS's durations are divided by. At ``fast`` a broker's ten minutes are five seconds."""


class Timer(Record, frozen=True, kw_only=True):
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


Place = tuple[str, bool]
"""An account, and whether its timers are background ones."""

_Item = tuple[Instant, int, Timer]
"""Due, number in the order of setting, and the timer."""


class Timers:
    """The timers of a store, next due first; of the same instant, first set first.

    Each account has a queue, and one more of background timers. The heads of the queues stand in two heaps, which tell what
    is next among the accounts that share a clock: ``is_apart`` says which do not.
    """

    def __init__(self, store: Store, is_apart: Callable[[str], bool] = lambda _account: False) -> None:
        self._store = store
        self._is_apart = is_apart
        self.reload()

    def reload(self) -> None:
        """Make the queues anew from the records, which are in the order in which they were set."""
        self._count = 0
        self._queues: dict[Place, list[_Item]] = {}
        self._heads: dict[bool, list[tuple[Instant, int, str]]] = {False: [], True: []}
        self._listed: set[int] = set()
        for timer in self._store.find(Timer):
            self._push(timer)

    def put(self, timer: Timer) -> None:
        self._store.put(timer)
        self._push(timer)

    def _push(self, timer: Timer) -> None:
        self._count += 1
        place = (timer.account, timer.is_background)
        item = (timer.due, self._count, timer)
        queue = self._queues.setdefault(place, [])
        heapq.heappush(queue, item)
        if queue[0] is item and not self._is_apart(timer.account):
            self._list(place)

    def cancel(self, account: str, region: str, subject: str) -> None:
        for timer in list(self._store.find(Timer, account, region, subject=subject)):
            self._store.delete(timer)

    def _head(self, place: Place) -> _Item | None:
        """The next of a queue; cancelled and rolled-back timers are passed over."""
        queue = self._queues.get(place)
        while queue:
            timer = queue[0][2]
            if self._store.get(Timer, timer.key) is timer:
                return queue[0]
            heapq.heappop(queue)
        self._queues.pop(place, None)
        return None

    def _list(self, place: Place) -> None:
        """Put the first of a queue among the heads. Whether its timer is still there will show when it is the next."""
        queue = self._queues.get(place)
        if not queue:
            self._queues.pop(place, None)
        elif queue[0][1] not in self._listed:
            due, number, _ = queue[0]
            self._listed.add(number)
            heapq.heappush(self._heads[place[1]], (due, number, place[0]))

    def _unlist(self, *, is_background: bool) -> None:
        """Take out the first of the heads."""
        self._listed.discard(heapq.heappop(self._heads[is_background])[1])

    def _shared(self, until: Instant, *, is_background: bool) -> tuple[_Item, Place] | None:
        """The next of the accounts that share a clock. Most often the first of the heads, whoever's it is, is later."""
        heads = self._heads[is_background]
        while heads and heads[0][0] <= until:
            place = (heads[0][2], is_background)
            head = None if self._is_apart(place[0]) else self._head(place)
            if head is not None and head[1] == heads[0][1]:
                return head, place
            self._unlist(is_background=is_background)
            if head is not None:
                self._list(place)
        return None

    def _of(self, account: str, until: Instant, *, is_background: bool) -> tuple[_Item, Place] | None:
        head = self._head((account, is_background))
        return None if head is None or head[0] > until else (head, (account, is_background))

    def _next(self, account: str | None, until: Instant, kinds: tuple[bool, ...] = (False, True)) -> tuple[_Item, Place] | None:
        """The next of an account, or (None) of all that share a clock, if it is due by then."""
        first = None
        for kind in kinds:
            one = self._shared(until, is_background=kind) if account is None else self._of(account, until, is_background=kind)
            if one is not None and (first is None or one < first):
                first = one
        return first

    def next_due(self, account: str | None = None, *, is_foreground: bool = False) -> Instant | None:
        """When the next timer is due: of an account, or (None) of all that share a clock; only foreground ones if asked for."""
        found = self._next(account, inf, (False,) if is_foreground else (False, True))
        return None if found is None else found[0][0]

    def pop_due(self, now: Instant, account: str | None = None) -> Timer | None:
        """Take the next timer, as :meth:`next_due` sees it, if it is due. Its record stays until it has fired."""
        found = self._next(account, now)
        if found is None:
            return None
        (_, _, timer), place = found
        heapq.heappop(self._queues[place])
        if account is None:
            self._unlist(is_background=place[1])
            self._list(place)
        return timer
