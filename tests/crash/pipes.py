"""Lines of JSON from a pipe, as they come."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any


def lines(reading: int) -> Iterator[dict[str, Any]]:
    """Until every writer is gone; then the pipe is closed."""
    with os.fdopen(reading, "rb") as pipe:
        for line in pipe:
            yield json.loads(line)
