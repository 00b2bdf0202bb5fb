"""Conditions of JSON filter patterns on the object that an event is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from emulator.services.logs.pattern_values import Comparison, Number

Step = str | int | None
"""A member's name, a place in a list, or any of either."""
Test = Callable[[Any], bool]


def parse_object(message: str) -> dict[str, Any] | None:
    """The JSON object that a message is; None when it is none. The last of several members of a name counts (observed)."""
    if not message.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(message, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def at(value: Any, path: tuple[Step, ...]) -> Iterator[Any]:
    """What is found at a path: at most one thing unless the path has a wildcard."""
    if not path:
        yield value
        return
    step, rest = path[0], path[1:]
    if step is None:
        inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        for one in inner:
            yield from at(one, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from at(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from at(value[step], rest)


def compares(path: tuple[Step, ...], comparison: Comparison) -> Test:
    return lambda value: any(comparison.holds(one) for one in at(value, path))


def is_constant(path: tuple[Step, ...], constant: str) -> Test:
    """IS NULL also holds of a list that has a null in it (observed)."""
    wanted = {"NULL": None, "TRUE": True, "FALSE": False}[constant]

    def test(value: Any) -> bool:
        return any(one is wanted or (wanted is None and isinstance(one, list) and None in one) for one in at(value, path))

    return test


def is_missing(path: tuple[Step, ...]) -> Test:
    return lambda value: next(at(value, path), at) is at
