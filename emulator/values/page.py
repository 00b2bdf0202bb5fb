"""Pages of a listing."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def page(
    items: Sequence[T], name: Callable[[T], str], token: str | None, limit: int, bad_token: Callable[[], Exception]
) -> tuple[Sequence[T], str | None]:
    """The ``limit`` items after ``token`` of ``items``, which are sorted by ``name``, and the next token.

    The token says after which name to go on, so that what comes or goes meanwhile shifts nothing.
    """
    start = 0
    if token is not None:
        try:
            last = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeError):
            raise bad_token() from None
        start = bisect_right([name(item) for item in items], last)
    chosen = items[start : start + limit]
    more = len(items) > start + limit
    return chosen, base64.urlsafe_b64encode(name(chosen[-1]).encode()).decode() if more else None
