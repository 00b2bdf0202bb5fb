"""One line of log per request: what was asked and how it ended. No query string and no header, which may hold secrets."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Flask, Response, g, request

from emulator.values.clock import ticks

QUIET = frozenset({"/_emulator/health", "/_emulator/ready", "/_emulator/metrics"})
"""Routes that a machine asks every few seconds, and that nobody wants to read about."""

_log = logging.getLogger("emulator.requests")


@dataclass(slots=True)
class Line:
    """What is known of the request under way. ``service`` and ``action`` are names of AWS's models, or empty."""

    started: float
    request_id: str = ""
    service: str = ""
    action: str = ""

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return ticks() - self.started


def line() -> Line:
    """The line of the request under way; a request gets it when it comes in."""
    if "line" not in g:
        g.line = Line(ticks())
    found: Line = g.line
    return found


def add_request_log(app: Flask) -> None:
    """Write the line of every request; call it before any other hook is added, so that refusals have theirs."""
    app.before_request(_start)
    app.after_request(_write)


def _start() -> None:
    line()


def _write(response: Response) -> Response:
    rule = request.url_rule.rule if request.url_rule else ""
    if rule not in QUIET:
        asked = line()
        millis = round(asked.seconds * 1000, 1)
        what = f"{asked.service}:{asked.action or '?'}" if asked.service else f"{request.method} {rule or '?'}"
        fields = {
            "requestId": asked.request_id or None,
            "service": asked.service or None,
            "action": asked.action or None,
            "route": None if asked.service else f"{request.method} {rule or '?'}",
            "status": response.status_code,
            "milliseconds": millis,
        }
        text = f"{response.status_code} {what} in {millis} ms {asked.request_id}".rstrip()
        _log.info(text, extra={"fields": {name: value for name, value in fields.items() if value is not None}})
    return response
