"""Those who watch the journal as it grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

MOST_FOLLOWERS = 16
"""Who follows holds a thread of the server (our choice)."""


class Followers:
    """Each is told by an event of its own when there is news; with nobody there nothing is done."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def __len__(self) -> int:
        return len(self._events)

    def tell(self) -> None:
        for event in self._events:
            event.set()

    @contextmanager
    def joined(self) -> Iterator[Event]:
        """One more, for as long as it lasts."""
        event = Event()
        self._events.append(event)
        try:
            yield event
        finally:
            self._events.remove(event)
