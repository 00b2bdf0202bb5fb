"""The values that JSON and space-delimited filter patterns compare with: texts with wildcards, numbers, regular expressions."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from emulator.services.logs.safe_regex import Regex

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Number(str):
    """A number as the event spells it, which quoted texts and wildcards are compared with."""

    __slots__ = ()


class Comparison(Struct, frozen=True):
    """An operator and its right side. ``number`` is set when that is an unquoted number."""

    operator: str
    text: str
    number: float | None
    regex: Regex | None

    def holds(self, value: object) -> bool:
        """Of a text or number only: what is null, a boolean, a list or an object is neither equal nor unequal (observed).

        An unquoted number equals numbers by their value and texts by their spelling; order is between numbers (observed).
        """
        if not isinstance(value, str):
            return False
        is_number = isinstance(value, Number)
        if self.operator in _ORDERS:
            return is_number and self.number is not None and _ORDERS[self.operator](float(value), self.number)
        if is_number and self.number is not None:
            is_equal = float(value) == self.number
        elif self.regex is not None:
            is_equal = self.regex.search(value)
        else:
            is_equal = has_form(self.text, value)
        return is_equal is (self.operator == "=")


def number_of(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def has_form(pattern: str, text: str) -> bool:
    """Whether the text is the pattern's, where ``*`` stands for any characters. Linear for each asterisk, without recursion."""
    first, *rest = _pieces(pattern)
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split("*"))
