"""Emulated time in a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from emulator.engine import own_time
from emulator.engine.timers import Pace
from emulator.engine.world import World
from emulator.values.clock import seconds

Span = str | float | timedelta
"""``"10m"``, ``"2h"``, seconds, or a timedelta."""


class Clock:
    """The clock of the emulator. Moving it makes what falls due on the way happen."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self._world.clock.now(), UTC)

    def advance(self, span: Span) -> int:
        """Move on; returns how many timers fired."""
        return self._world.advance(_seconds(span))

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still, now or at a time, until it is advanced or runs again. ValueError for a time before now."""
        own_time.freeze(self._world, at=at.timestamp() if at else None)
        self._world.settle()

    def run(self) -> None:
        """Run again from where it stood."""
        own_time.run(self._world)

    def until_idle(self) -> bool:
        """Move on until nothing is under way; False when that never ends, after seven days."""
        return own_time.advance_until_idle(self._world)[1]

    @property
    def pace(self) -> Pace:
        """How long Amazon MQ takes: ``real``, ``fast`` or ``instant``."""
        return self._world.pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        own_time.take_pace(self._world, None, pace)

    def until(self, condition: Callable[[], object], *, within: Span = "1h", every: Span = "15s") -> None:
        """Move on in small steps until the condition is true; AssertionError when it is not within that time."""
        __tracebackhide__ = True
        start, step = self.now, _seconds(every)
        while not condition():
            if (self.now - start).total_seconds() >= _seconds(within):
                raise AssertionError(f"it did not come true within {within} of emulated time")
            self._world.advance(step)


def _seconds(span: Span) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else seconds(str(span))
