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
    start = 0 if token is None else bisect_right(items, last_name(token, bad_token), key=name)
    chosen = items[start : start + limit]
    more = len(items) > start + limit
    return chosen, base64.urlsafe_b64encode(name(chosen[-1]).encode()).decode() if more else None


def last_name(token: str, bad_token: Callable[[], Exception]) -> str:
    """The name after which a token says to go on."""
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise bad_token() from None
