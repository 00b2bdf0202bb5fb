"""Views that were made last. Records are values: what is made of the same records, and of nothing else, shows the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.shapes.write import Shown
from emulator.values.record import Key, Record

MOST_KEPT = 1_000
"""Views of one kind that are kept: as many as a page has."""

_Kept = tuple[Record, tuple[Record | None, ...], Shown]


class Views:
    """Views that ``make`` makes of records alone; each is kept until one of these is another, or there are too many."""

    def __init__(self, make: Callable[..., dict[str, Any]]) -> None:
        self._make = make
        self._kept: dict[Key, _Kept] = {}

    def of(self, record: Record, *others: Record | None) -> Shown:
        """The view of a record, in which the others have a part, but not their tags.

        The record is the very same: one that is equal may have its tags, which are shown, in another order.
        """
        kept = self._kept.get(record.key)
        if kept is not None and kept[0] is record and kept[1] == others:
            return kept[2]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        shown = Shown(self._make(record, *others))
        self._kept[record.key] = (record, others, shown)
        return shown
