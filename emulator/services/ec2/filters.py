"""Filters of Describe calls. A table gives for each filter's name where its values lie in the described item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from emulator.services.ec2 import errors
from emulator.values.clock import iso8601

Item = Mapping[str, Any]
Table = Mapping[str, str]
"""Filter name to a dotted path, which goes through lists. ``tag:`` stands for tag:<key>; its path leads to the tags."""

MOST_VALUES = 200


class Filter(TypedDict, total=False):
    Name: str
    Values: list[str]


class Sieve:
    """The filters of a request, checked and compiled."""

    def __init__(self, filters: Sequence[Filter] | None, table: Table) -> None:
        asked = filters or ()
        for one in asked:
            _refuse_invalid(one, table)
        if sum(len(one["Values"]) for one in asked) > MOST_VALUES:
            raise errors.too_many_filter_values()
        self._table = table
        self._asked = [(one["Name"], one["Values"], [_pattern(value) for value in one["Values"]]) for one in asked]

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self._asked]

    def exact(self, name: str) -> list[str] | None:
        """The values of a filter when none of them has a wildcard or an escape."""
        values = next(values for one, values, _ in self._asked if one == name)
        return None if any(set(value) & _SPECIAL for value in values) else values

    def passes(self, item: Item) -> bool:
        return all(_passes(item, name, patterns, self._table) for name, _, patterns in self._asked)


def matching(items: Iterable[Item], filters: Sequence[Filter] | None, table: Table) -> list[Item]:
    """The items that pass all filters."""
    sieve = Sieve(filters, table)
    return [item for item in items if sieve.passes(item)]


def _refuse_invalid(one: Filter, table: Table) -> None:
    name = one.get("Name", "")
    is_known = "tag:" in table if name.startswith("tag:") else name in table
    if not is_known:
        raise errors.unknown_filter(name)
    if not one.get("Values"):
        raise errors.filter_without_values()


def _passes(item: Item, name: str, values: Sequence[re.Pattern[str]], table: Table) -> bool:
    return any(pattern.fullmatch(text) for text in _texts(item, name, table) for pattern in values)


def _texts(item: Item, name: str, table: Table) -> Iterator[str]:
    if not name.startswith("tag:"):
        yield from _walk(item, table[name].split("."))
        return
    key = name.removeprefix("tag:")
    for tag in item[table["tag:"]] if table["tag:"] else [item]:
        if tag["Key"] == key:
            yield tag["Value"]


def _walk(value: Any, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, path)
    elif path:
        if value.get(path[0]) is not None:
            yield from _walk(value[path[0]], path[1:])
    else:
        yield _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return iso8601(value, millis=True) if isinstance(value, float) else str(value)


def _pattern(value: str) -> re.Pattern[str]:
    """``*`` and ``?`` are wildcards; a backslash takes the next character as it is.

    What stands between two stars is taken where it first comes, and never elsewhere: that is exact, and linear in the text.
    """
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    head, *middle = "".join(_WILD.get(part) or re.escape(part[-1]) for part in parts).split(_ANY)
    if not middle:
        return re.compile(head, re.DOTALL)
    tail = middle.pop()
    return re.compile(head + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + tail, re.DOTALL)


_ANY = "\0*"
_WILD = {"*": _ANY, "?": "."}
_SPECIAL = set("*?\\")
