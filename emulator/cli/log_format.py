"""Lines of log: to read on a console, or as JSON objects for a collector."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, TextIO

from emulator.gateway.request_log import NAME, Line, told_to
from emulator.values.clock import Clock, Instant, iso8601

Form = Literal["console", "json"]

_TEXT = json.JSONEncoder(ensure_ascii=False)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        more = {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return _json(record.created, record.levelname, record.name, record.getMessage(), more)


def _json(created: Instant, level: str, logger: str, message: str, more: Mapping[str, Any]) -> str:
    told = {"time": iso8601(created, millis=True), "level": level.lower(), "logger": logger, "message": message, **more}
    return _TEXT.encode(told)


def start_logging(form: Form) -> None:
    """Log to stderr from now on. No line says where in the code it comes from or of which thread, so nothing looks that up."""
    logging._srcfile = None  # the way that Python's logging cookbook names to save the search for the caller
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def requests_told_to(stream: TextIO | None, form: Form) -> AbstractContextManager[None]:
    """Until the context ends, each request's line is written there as it is. None is stderr when it was closed from the start."""
    wall = Clock().wall

    def write(line: Line) -> None:
        text = _json(wall(), "info", NAME, str(line), line.fields) if form == "json" else f"INFO {NAME}: {line}"
        try:
            if stream is not None:
                stream.write(f"{text}\n")
                stream.flush()
        except (OSError, ValueError):  # nobody reads it any more, which is no reason to answer no more calls
            pass

    return told_to(write)
