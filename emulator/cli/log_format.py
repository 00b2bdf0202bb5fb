"""Lines of log: to read on a console, or as JSON objects for a collector."""

from __future__ import annotations

import json
import logging
from typing import Any, Literal

from emulator.values.clock import iso8601


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the fields of what is told, and its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": iso8601(record.created, millis=True),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record.msg, "fields", {}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def start_logging(form: Literal["console", "json"]) -> None:
    """Log to stderr from now on. No line says where in the code it comes from or of which thread, so nothing looks that up."""
    logging._srcfile = None  # the way that Python's logging cookbook names to save the search for the caller
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
