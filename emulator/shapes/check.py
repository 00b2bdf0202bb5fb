"""The model's constraints: required members, lengths, ranges, patterns, enums. They come before authorisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import regex

from emulator.shapes.model import Model, Shape

Check = Callable[[Any, str], Iterator["Violation"]]

LONGEST_PATTERN_SUBJECT = 100_000
"""Characters; a longer text is not matched against a pattern (its length is a violation of its own in every model)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One unmet constraint: ``path`` in lower camel case, the value, and the constraint in AWS's words."""

    path: str
    value: Any
    constraint: str
    is_missing: bool = False

    def __str__(self) -> str:
        value = "null" if self.is_missing else f"'{_shown(self.value)}'"
        return f"Value {value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def _shown(value: Any) -> str:
    return "[" + ", ".join(map(_shown, value)) + "]" if isinstance(value, list) else str(value)


def compile_check(model: Model, shape: Shape, *, with_enums: bool = True) -> Check:
    """A function from (value, path) to the violations in it."""
    return _Compiler(model, with_enums=with_enums).check(shape)


class _Compiler:
    def __init__(self, model: Model, *, with_enums: bool) -> None:
        self.model = model
        self.with_enums = with_enums

    def check(self, shape: Shape) -> Check:
        return {"structure": self.structure, "list": self.list_, "map": self.map_}.get(shape["type"], self.scalar)(shape)

    def structure(self, shape: Shape) -> Check:
        required = shape.get("required", [])
        members: dict[str, Check] = {}  # filled at first use, for shapes that contain themselves

        def run(value: Any, path: str) -> Iterator[Violation]:
            for name in required:
                if value.get(name) is None:
                    yield Violation(_join(path, name), None, "Member must not be null", is_missing=True)
            for name, item in value.items():
                if item is None:
                    continue
                if name not in members:
                    members[name] = self.check(self.model.member(shape["members"][name]))
                yield from members[name](item, _join(path, name))

        return run

    def list_(self, shape: Shape) -> Check:
        item_check: list[Check] = []
        size = _limits(shape, "length", len)

        def run(value: Any, path: str) -> Iterator[Violation]:
            yield from size(value, path)
            if not item_check:
                item_check.append(self.check(self.model.member(shape["member"])))
            for place, item in enumerate(value, 1):
                yield from item_check[0](item, f"{path}.{place}.member")

        return run

    def map_(self, shape: Shape) -> Check:
        key_check = self.check(self.model.member(shape["key"]))
        value_check = self.check(self.model.member(shape["value"]))
        size = _limits(shape, "length", len)

        def run(value: Any, path: str) -> Iterator[Violation]:
            yield from size(value, path)
            for key, item in value.items():
                yield from key_check(key, f"{path}.{key}.member")
                yield from value_check(item, f"{path}.{key}.member")

        return run

    def scalar(self, shape: Shape) -> Check:
        kind = shape["type"]
        if kind in {"boolean", "timestamp"}:
            return _nothing
        if kind in {"integer", "long", "float", "double"}:
            return _limits(shape, "value", float)
        size = _limits(shape, "length", len)
        allowed = shape.get("enum") if self.with_enums else None
        pattern = regex.compile(shape["pattern"]) if "pattern" in shape else None

        def run(value: Any, path: str) -> Iterator[Violation]:
            yield from size(value, path)
            if allowed is not None and value not in allowed:
                yield Violation(path, value, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
            if pattern is not None and len(value) <= LONGEST_PATTERN_SUBJECT and not pattern.fullmatch(value):
                yield Violation(path, value, f"Member must satisfy regular expression pattern: {shape['pattern']}")

        return run


def _nothing(_value: Any, _path: str) -> Iterator[Violation]:
    return iter(())


def _limits(shape: Shape, what: str, measure: Callable[[Any], float]) -> Check:
    least, most = shape.get("min"), shape.get("max")
    if least is None and most is None:
        return _nothing

    def run(value: Any, path: str) -> Iterator[Violation]:
        size = measure(value)
        if most is not None and size > most:
            yield Violation(path, value, f"Member must have {what} less than or equal to {most}")
        if least is not None and size < least:
            yield Violation(path, value, f"Member must have {what} greater than or equal to {least}")

    return run


def _join(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name
