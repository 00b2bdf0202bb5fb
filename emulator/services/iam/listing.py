"""Pages of IAM's listings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from emulator.engine.service import Result
from emulator.services.iam.errors import invalid_marker
from emulator.values.page import page

T = TypeVar("T")

PAGE_SIZE = 100
"""Items of a page when the caller does not say."""


def listed(
    member: str,
    items: Iterable[T],
    marker: str | None,
    limit: int,
    *,
    by: Callable[[T], str],
    show: Callable[[T], Any],
) -> Result:
    """One page of ``items``, in the order of ``by``, as ``{member: [shown…], "IsTruncated", "Marker"}``."""
    chosen, following = page(sorted(items, key=by), by, marker, limit, invalid_marker)
    return {member: [show(item) for item in chosen], "IsTruncated": following is not None, "Marker": following}
