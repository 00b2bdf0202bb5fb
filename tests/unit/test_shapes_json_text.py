"""JSON of the wire: what the fast reader and writer take, and what only the standard library's does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.shapes.json_text import dumps, loads

TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(VALUES, st.booleans())
def test_what_is_sent_is_read(value: Any, is_ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii)
    if is_ascii or text.isascii():
        assert loads(text.encode()) == value


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(VALUES)
def test_what_is_written_is_what_there_was(value: Any) -> None:
    halves_replaced = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    assert json.loads(dumps(value)) == json.loads(halves_replaced)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        ('\ufeff{"a": 1}'.encode(), {"a": 1}),
        (b'{"a": 123456789012345678901234567890, "a": 1e400}', {"a": float("inf")}),
    ],
)
def test_what_is_odd_is_read_all_the_same(body: bytes, value: Any) -> None:
    assert loads(body) == value


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b"{'a': 1}", b"[" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        loads(body)


def test_it_is_written_without_spaces_and_as_utf_8() -> None:
    assert dumps({"a": [1, "é", None], "b": 1700000000.25}) == '{"a":[1,"é",null],"b":1700000000.25}'.encode()
    assert dumps({"a": ["\ud800", "é"]}) == '{"a":["?","é"]}'.encode()
