"""Views that were made last. Records are values: what is made of the same records, and of nothing else, shows the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.shapes.write import Shown
from emulator.values.record import Key, Record

MOST_KEPT = 1_000
"""Views of one kind that are kept: as many as a page has."""

_Parts = tuple[Record | None, ...]


class Views:
    """Views that ``make`` makes of records alone; each is kept until one of these is another, or there are too many."""

    def __init__(self, make: Callable[..., dict[str, Any]]) -> None:
        self._make = make
        self._kept: dict[Key, tuple[_Parts, Shown]] = {}

    def of(self, record: Record, *others: Record | None) -> Shown:
        """The view of a record, in which the others have a part."""
        parts = (record, *others)
        kept = self._kept.get(record.key)
        if kept is not None and kept[0] == parts:
            return kept[1]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        shown = Shown(self._make(*parts))
        self._kept[record.key] = (parts, shown)
        return shown
