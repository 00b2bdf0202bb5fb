"""One line of log per request: what was asked and how it ended. No query string and no header, which may hold secrets."""

from __future__ import annotations

import logging

from msgspec import Struct

from emulator.values.clock import ticks

_log = logging.getLogger("emulator.requests")


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

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return ticks() - self.started


def write(line: Line) -> None:
    """Log a request that is answered, or was left unanswered (status 0)."""
    if not _log.isEnabledFor(logging.INFO):
        return
    millis = round(line.seconds * 1000, 1)
    route = None if line.service else f"{line.method} {line.route}"
    fields = {
        "requestId": line.request_id or None,
        "service": line.service or None,
        "action": line.action or None,
        "route": route,
        "status": line.status,
        "milliseconds": millis,
    }
    what = route or f"{line.service}:{line.action or '?'}"
    text = f"{line.status} {what} in {millis} ms {line.request_id}".rstrip()
    _log.info(text, extra={"fields": {name: value for name, value in fields.items() if value is not None}})
