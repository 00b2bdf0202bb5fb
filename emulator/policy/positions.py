"""Where each statement of a policy document stands in its text, as the policy simulator reports it.

Rules: iam-engine reference, section 7. Lines and columns count from 1; a line ends with ``\\n``, ``\\r`` or both.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Position(NamedTuple):
    line: int
    column: int


class Span(NamedTuple):
    """A statement: ``start`` is the place after the ``[``, or after the statement before; ``end`` the place after its ``}``."""

    start: Position
    end: Position


def statement_spans(text: str) -> list[Span]:
    """The statements of a valid document in their order. One that stands without a list starts after its own ``{``."""
    ends = [found.end() for found in _LINE_END.finditer(text)]
    return [Span(_position(start, ends), _position(end, ends)) for start, end in _offsets(text)]


def _offsets(text: str) -> Iterator[tuple[int, int]]:
    place = _statement(text)
    if text[place] == "{":
        yield place + 1, _DECODER.raw_decode(text, place)[1]
        return
    start = place + 1
    while text[place] in "[,":
        end = _DECODER.raw_decode(text, _next(text, place + 1))[1]
        yield start, end
        start, place = end, _next(text, end)


def _statement(text: str) -> int:
    """The place of the value of the document's ``Statement``."""
    place = _next(text, 0) + 1
    while True:
        name, place = _DECODER.raw_decode(text, _next(text, place))
        place = _next(text, _next(text, place) + 1)
        if name == "Statement":
            return place
        place = _next(text, _DECODER.raw_decode(text, place)[1]) + 1


def _next(text: str, place: int) -> int:
    """The first character from ``place`` on that is not white space."""
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _position(offset: int, ends: list[int]) -> Position:
    line = bisect_right(ends, offset)
    return Position(line + 1, offset - (ends[line - 1] if line else 0) + 1)
