"""Filters of Describe calls. A table gives for each filter's name where its values lie in the described item."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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
        self._values = [(one["Name"], one["Values"]) for one in asked]
        self._tests = [_test(_texts(name, table), values) for name, values in self._values]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._values]

    def exact(self, name: str) -> list[str] | None:
        """The values of a filter when none of them has a wildcard or an escape."""
        values = next(values for one, values in self._values if one == name)
        return values if _is_exact(values) else None

    def passes(self, item: Item) -> bool:
        return not self._tests or all(test(item) for test in self._tests)


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


def _is_exact(values: Sequence[str]) -> bool:
    return not any(set(value) & _SPECIAL for value in values)


def _test(texts: Callable[[Item], list[str]], values: Sequence[str]) -> Callable[[Item], bool]:
    """Whether one of an item's texts is one of a filter's values."""
    if _is_exact(values):
        wanted = frozenset(values)
        return lambda item: not wanted.isdisjoint(texts(item))
    patterns = [_pattern(value) for value in values]
    return lambda item: any(pattern.fullmatch(text) for text in texts(item) for pattern in patterns)


def _texts(name: str, table: Table) -> Callable[[Item], list[str]]:
    """From an item to what a filter of this name looks at."""
    if not name.startswith("tag:"):
        path = table[name].split(".")
        return lambda item: _walk(item, path)
    key, place = name.removeprefix("tag:"), table["tag:"]
    return lambda item: [tag["Value"] for tag in (item[place] if place else [item]) if tag["Key"] == key]


def _walk(value: Any, path: list[str]) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _walk(one, path)]
    if not path:
        return [_text(value)]
    below = value.get(path[0])
    return [] if below is None else _walk(below, path[1:])


def _text(value: Any) -> str:
    if type(value) is str:
        return value
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
