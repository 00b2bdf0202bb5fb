"""Where statements stand in a document's text (iam-engine reference, section 7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.policy.positions import Position, Span, statement_spans


def span(*places: int) -> Span:
    return Span(Position(*places[:2]), Position(*places[2:]))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ('{"Statement":[{}]}', [span(1, 15, 1, 17)]),
        ('{"Statement":[{},{}]}', [span(1, 15, 1, 17), span(1, 17, 1, 20)]),
        ('{"Statement":{}}', [span(1, 15, 1, 16)]),
        ('{"Statement" : {  }  }', [span(1, 17, 1, 20)]),
        ('{"Statement":[ {} , {} ] }', [span(1, 15, 1, 18), span(1, 18, 1, 23)]),
        ('{"Version":"a","Id":"[{","Statement":[{"Sid":"}]"}]}', [span(1, 39, 1, 51)]),
        ('{"Id":"\\"Statement\\":[{","Statement":[{}],"Version":"a"}', [span(1, 39, 1, 41)]),
        ('\n{\r\n"Statement"\r:\n[\n{}\n,\r\n{\n}]}', [span(5, 2, 6, 3), span(6, 3, 9, 2)]),
        ('{"Id":"é\\u00e9","Statement":[{}]}', [span(1, 30, 1, 32)]),
    ],
)
def test_places(text: str, spans: list[Span]) -> None:
    assert statement_spans(text) == spans


STATEMENTS = st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=3), min_size=1, max_size=5)
BLANKS = st.lists(st.text(" \t\n\r", max_size=3), min_size=20, max_size=20)


@given(STATEMENTS, BLANKS)
def test_each_span_holds_its_statement(statements: list[dict[str, str]], blanks: list[str]) -> None:
    """Between a start and an end there is the statement alone, behind a comma unless it is the first."""
    blank: Callable[[], str] = iter(blanks).__next__
    items = ",".join(f"{blank()}{json.dumps(one)}{blank()}" for one in statements)
    text = f'{blank()}{{{blank()}"Id"{blank()}:"x",{blank()}"Statement":{blank()}[{items}]{blank()}}}'
    lines = _lines(text)
    for place, (one, found) in enumerate(zip(statements, statement_spans(text), strict=True)):
        inside = text[_offset(lines, found.start) : _offset(lines, found.end)]
        assert json.loads(inside.lstrip(" \t\r\n").removeprefix("," if place else "")) == one


def _lines(text: str) -> list[int]:
    starts, place = [0], 0
    while place < len(text):
        width = 2 if text.startswith("\r\n", place) else 1
        if text[place] in "\r\n":
            starts.append(place + width)
        place += width
    return starts


def _offset(lines: list[int], position: Position) -> int:
    return lines[position.line - 1] + position.column - 1


def test_many_statements_take_linear_time() -> None:
    document: dict[str, Any] = {"Statement": [{"Sid": "x"}] * 20_000}
    assert len(statement_spans(json.dumps(document, indent=0))) == 20_000
