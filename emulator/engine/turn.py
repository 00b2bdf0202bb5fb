"""The world's lock, and what one turn at it is."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from types import TracebackType


class Turn:
    """A lock that a thread may take again while it has it. From the first taking to the last letting go is one turn.

    ``end`` is called while the lock is still held, whether the turn went well or not; what it raises takes an error's place.
    """

    def __init__(self, begin: Callable[[], None] | None = None, end: Callable[[], None] | None = None) -> None:
        self.still = RLock()
        """The lock without a turn: to look at what is there, or whether it is free, or to end what turns need."""
        self._depth = 0
        self._begin = begin
        self._end = end

    def __enter__(self) -> None:
        self.still.acquire()
        if not self._depth and self._begin is not None:
            self._begin()
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._depth -= 1
        try:
            if not self._depth and self._end is not None:
                self._end()
        finally:
            self.still.release()
