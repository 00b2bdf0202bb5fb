"""One line of log per request: what was asked and how it ended. No query string and no header, which may hold secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from emulator.values.clock import ticks

NAME = "emulator.requests"
"""Of the logger."""


class Line(Struct):
    """What is known of the request under way. ``service`` and ``action`` are names of AWS's models, or empty.

    ``route`` is that of the control API: its rule, or ``?`` when there is none.
    """

    started: float
    method: str = ""
    route: str = "?"
    request_id: str = ""
    service: str = ""
    action: str = ""
    status: int = 0
    seconds: float = 0.0
    """How long it took, once it is written."""

    @property
    def fields(self) -> dict[str, Any]:
        """For lines of log that are objects."""
        told = {
            "requestId": self.request_id,
            "service": self.service,
            "action": self.action,
            "route": "" if self.service else f"{self.method} {self.route}",
        }
        return {name: text for name, text in told.items() if text} | {
            "status": self.status,
            "milliseconds": round(self.seconds * 1000, 1),
        }

    def __str__(self) -> str:
        what = f"{self.service}:{self.action or '?'}" if self.service else f"{self.method} {self.route}"
        return f"{self.status} {what} in {self.seconds * 1000:.1f} ms {self.request_id}".rstrip()


_tell: Callable[[Line], None] = logging.getLogger(NAME).info


def write(line: Line) -> None:
    """Log a request that is answered, or was left unanswered (status 0)."""
    line.seconds = ticks() - line.started
    _tell(line)


@contextmanager
def told_to(tell: Callable[[Line], None]) -> Iterator[None]:
    """Lines go there until the context ends, not to Python's logging, to which each costs as much as a decision."""
    global _tell  # noqa: PLW0603  # there is one log in a process, as Python's logging has one
    before, _tell = _tell, tell
    try:
        yield
    finally:
        _tell = before
