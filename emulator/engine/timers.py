"""Timers are records; the queues beside them only say which is due next."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from math import inf
from typing import Literal

from emulator.store.base import Store
from emulator.values.clock import Instant
from emulator.values.record import Key, Record

Pace = Literal["real", "fast", "instant"]

_SPEED = {"real": 1.0, "fast": 120.0, "instant": 120.0}
"""What AWS's durations are divided by. At ``fast`` a broker's ten minutes are five seconds."""


class Timer(Record, frozen=True, kw_only=True):
    """Something to do at ``due``: the function named ``handler`` on the record ``subject``, an id in the same account and Region.

    A background timer repeats for ever (health checks, log lines); nobody waits for it.
    """

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

_Head = tuple[Instant, int, Place]
"""Due and number of the first of a queue, and whose queue it is."""


class Timers:
    """The timers of a store, next due first; of the same instant, first set first.

    Each account has a queue, and one more of background timers. The heads of the queues stand in two heaps, which tell what
    is next among the accounts that share a clock: ``is_apart`` says which do not. What waits in the queues is also kept by its
    subject: an index of the store would take three dictionaries for each timer, and timers come and go all the time.
    """

    def __init__(self, store: Store, is_apart: Callable[[str], bool] = lambda _account: False) -> None:
        self._store = store
        self._is_apart = is_apart
        self.reload()

    def reload(self) -> None:
        """Make the queues anew from the records, which are in the order in which they were set."""
        self._count = 0
        self._queues: dict[Place, list[_Item]] = {}
        self._of: dict[Key, list[Timer]] = {}
        """By account, Region and subject; cancelled and rolled-back ones are among them until their queue passes over them."""
        self._heads: dict[bool, list[_Head]] = {False: [], True: []}
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
        self._of.setdefault((timer.account, timer.region, timer.subject), []).append(timer)
        if queue[0] is item and not self._is_apart(timer.account):
            self._list(place)

    def forget(self, timer: Timer) -> None:
        """A timer that was taken has fired. One whose firing failed is still there to be cancelled."""
        subject = (timer.account, timer.region, timer.subject)
        waiting = self._of[subject]
        waiting.remove(timer)
        if not waiting:
            del self._of[subject]

    def of(self, account: str, region: str, subject: str) -> list[Timer]:
        """The timers that are set on a subject, first set first."""
        return [timer for timer in self._of.get((account, region, subject), ()) if self._is_set(timer)]

    def cancel(self, account: str, region: str, subject: str) -> None:
        for timer in self.of(account, region, subject):
            self._store.delete(timer)

    def _is_set(self, timer: Timer) -> bool:
        """Whether it was neither cancelled nor rolled back."""
        return self._store.get(Timer, timer.key) is timer

    def _head(self, place: Place) -> _Item | None:
        """The next of a queue; cancelled and rolled-back timers are passed over."""
        queue = self._queues.get(place)
        while queue:
            if self._is_set(queue[0][2]):
                return queue[0]
            self.forget(heapq.heappop(queue)[2])
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
            heapq.heappush(self._heads[place[1]], (due, number, place))

    def _unlist(self, heads: list[_Head]) -> None:
        """Take out the first of the heads."""
        self._listed.discard(heapq.heappop(heads)[1])

    def _shared(self, heads: list[_Head], until: Instant) -> tuple[_Item, Place] | None:
        """The next of the accounts that share a clock."""
        while heads and heads[0][0] <= until:
            _, number, place = heads[0]
            head = None if self._is_apart(place[0]) else self._head(place)
            if head is not None and head[1] == number:
                return head, place
            self._unlist(heads)
            if head is not None:
                self._list(place)
        return None

    def _own(self, place: Place, until: Instant) -> tuple[_Item, Place] | None:
        head = self._head(place)
        return None if head is None or head[0] > until else (head, place)

    def _next(self, account: str | None, until: Instant, kinds: tuple[bool, ...] = (False, True)) -> tuple[_Item, Place] | None:
        """The next of an account, or (None) of all that share a clock, if it is due by then."""
        first = None
        for kind in kinds:
            if account is not None:
                one = self._own((account, kind), until)
            else:
                heads = self._heads[kind]
                one = self._shared(heads, until) if heads and heads[0][0] <= until else None
            if one is not None and (first is None or one < first):
                first = one
        return first

    def next_due(self, account: str | None = None, *, is_foreground: bool = False) -> Instant | None:
        """When the next timer is due: of an account, or (None) of all that share a clock; only foreground ones if asked for."""
        found = self._next(account, inf, (False,) if is_foreground else (False, True))
        return None if found is None else found[0][0]

    def pop_due(self, now: Instant, account: str | None = None) -> Timer | None:
        """Take the next timer, as :meth:`next_due` sees it, if it is due. Its record stays until it has fired: :meth:`forget`."""
        found = self._next(account, now)
        if found is None:
            return None
        (_, _, timer), place = found
        heapq.heappop(self._queues[place])
        if account is None:
            self._unlist(self._heads[place[1]])
            self._list(place)
        return timer
