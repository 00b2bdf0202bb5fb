"""Space-delimited filter patterns: an event as a row of fields."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from emulator.services.logs.pattern_values import Number, number_of

_FIELD = re.compile(r'\[(?P<list>(?:[^\]\\]|\\.)*)\](?!\S)|"(?P<quoted>(?:[^"\\]|\\.)*)"(?!\S)|(?P<word>\S+)', re.DOTALL)
"""Brackets and quotes make one field of what is between them; unclosed ones are ordinary characters (observed)."""


class Field(Struct, frozen=True):
    """A field of the pattern: its name (empty: it has none), and its condition on what the event has there."""

    name: str
    test: Callable[[str], bool] | None = None


class Row(Struct, frozen=True):
    """The fields before and, where the pattern has an ellipsis, after it (else None)."""

    before: tuple[Field, ...]
    after: tuple[Field, ...] | None

    def extract(self, message: str) -> dict[str, str] | None:
        """The event's fields by name or number, as TestMetricFilter shows them; None when the pattern does not match.

        Without an ellipsis the last field takes all that is left (observed). The pattern ``[]`` matches any event with fields.
        """
        found = list(_FIELD.finditer(message))
        values = [one[one.lastgroup or 0] for one in found]
        named = len(self.before) + len(self.after or ())
        if not found or len(found) < named:
            return None
        if self.after is None and 0 < named < len(found):
            values = [*values[: named - 1], message[found[named - 1].start() :].rstrip()]
        places = [*enumerate(self.before), *enumerate(self.after or (), len(values) - len(self.after or ()))]
        names = {place: field.name for place, field in places if field.name}
        for place, field in places:
            if field.test is not None and not field.test(_typed(values[place])):
                return None
        return {f"${names.get(place, place + 1)}": value for place, value in enumerate(values)}


def _typed(value: str) -> str:
    return Number(value) if number_of(value) is not None else value
