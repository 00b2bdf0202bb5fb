"""Every kind of record comes back from JSON as it was, and what does not fit its kind is refused by name."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

import emulator.services  # noqa: F401  # whose records these are
from emulator.engine.identity import AccessKey, User
from emulator.services.ec2.network import Vpc
from emulator.store import codec
from emulator.store.codec import UnreadableError, decode, encode, kinds
from emulator.values.record import Record

TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
"""Lone surrogates as well: JSON can smuggle them in."""
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT, lambda of: st.lists(of, max_size=3), max_leaves=4
)
KINDS = sorted(kinds().values(), key=codec.name_of)
MINE = [kind for kind in KINDS if kind.__module__.startswith("emulator.")]

SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bytes: st.binary(max_size=40),
    type(None): st.none(),
    Any: PLAIN,
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any values of a type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*map(values, arguments))
    if origin is Mapping:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    hints = typing.get_type_hints(hint)
    if typing.is_typeddict(hint):
        return st.fixed_dictionaries({}, optional={name: values(one) for name, one in hints.items()})
    names = hint.__struct_fields__ if issubclass(hint, Struct) else hint._fields
    return st.builds(hint, **{name: values(hints[name]) for name in names})


@pytest.mark.parametrize("kind", MINE, ids=codec.name_of)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_every_record_comes_back_as_it_was(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(values(kind))
    again = decode(kind, encode(record))
    assert again == record
    assert repr(again) == repr(record)  # a tuple is a tuple again, a name a name


def test_there_are_kinds_of_every_service_that_remembers_anything() -> None:
    parts = {codec.name_of(kind).split(".")[0] for kind in MINE}
    assert parts >= {"engine", "ec2", "iam", "logs", "mq"}


def test_a_kind_has_one_name() -> None:
    assert len(set(kinds().values())) == len(kinds()) == len(set(codec._kinds(Record)))
    assert (codec.name_of(Vpc), codec.name_of(User)) == ("ec2.Vpc", "engine.User")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"account": "1", "region": "", "id": "k"}', "missing required field `user`"),
        (b'{"account": 1}', "Expected `str`, got `int`"),
        (b"{", "truncated"),
        (b'{"account": "\\ud800"}', "missing required field"),
    ],
)
def test_what_does_not_fit_its_kind_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=f"a record engine.AccessKey: .*{why}"):
        decode(AccessKey, text)


def test_text_that_looks_escaped_is_itself() -> None:
    for text in (r"\ud800", "\ud800", "é"):
        assert codec.decode_plain(encode([text])) == [text]
