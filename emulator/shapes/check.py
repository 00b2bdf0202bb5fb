"""The model's constraints: required members, lengths, ranges, patterns, enums. They come before authorisation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert

from emulator.shapes.first_use import AtFirstUse
from emulator.shapes.model import Model, Shape
from emulator.shapes.plain_types import LIMITS, holder_of, sized, type_of

Check = Callable[[Any], Sequence["Violation"]]
"""Gives the violations in a value, with paths from it on: nothing for one that is right, as nearly all are."""

_Constraint = tuple[Callable[[Any], object], str]
"""What is true of a value that meets it, and AWS's words for it."""

LONGEST_PATTERN_SUBJECT = 100_000
"""Characters; a longer text is not matched against a pattern (its length is a violation of its own in every model)."""

_ONE_CLASS = re.compile(r"\^?\(?\[(?:[^\\\[\]]|\\.)+\][*+]\)?\$?")
"""A pattern that is one class of characters, again and again, as most are."""
_PROPERTY = re.compile(r"\\p\{(\w+)\}")
_IN_ASCII = {"L": "a-zA-Z", "N": "0-9", "Z": " "}
"""What ASCII has of the classes of Unicode that patterns name."""


class Violation(Struct, frozen=True):
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
    """The check of a shape's values."""
    return _Compiler(model, with_enums=with_enums).check(shape) or (lambda _value: ())


class _Compiler:
    """Compiles checks; None stands for the one that every value passes, so that nothing is spent on what has no constraint."""

    def __init__(self, model: Model, *, with_enums: bool) -> None:
        self.model = model
        self.with_enums = with_enums

    def check(self, shape: Shape) -> Check | None:
        return {"structure": self.structure, "list": self.list_, "map": self.map_}.get(shape["type"], self.scalar)(shape)

    def member(self, reference: Shape) -> Check | None:
        return self.check(self.model.member(reference))

    def structure(self, shape: Shape) -> Check:
        required = shape.get("required", [])
        checks = AtFirstUse(lambda name: self.member(shape["members"][name]))

        def run(value: Any) -> Sequence[Violation]:
            found: list[Violation] = []
            for name in required:
                if value.get(name) is None:
                    found.append(_missing(name))
            for name, item in value.items():
                if item is not None and (check := checks[name]) is not None and (broken := check(item)):
                    found += _below(_lower(name), broken)
            return found

        return run

    def list_(self, shape: Shape) -> Check | None:
        size = _unmet(_limits(shape, "length", len))
        check = self.member(shape["member"])
        if check is None:
            return size

        def run(value: Any) -> Sequence[Violation]:
            found = [*size(value)] if size else []
            for place, item in enumerate(value, 1):
                if broken := check(item):
                    found += _below(f"{place}.member", broken)
            return found

        kind = type_of(self.model, shape, partial(exact_type, with_enums=self.with_enums))
        return run if kind is None else _in_one_step(holder_of(kind), run)

    def map_(self, shape: Shape) -> Check | None:
        size = _unmet(_limits(shape, "length", len))
        checks = self.member(shape["key"]), self.member(shape["value"])
        if checks == (None, None):
            return size

        def run(value: Any) -> Sequence[Violation]:
            found = [*size(value)] if size else []
            for pair in value.items():
                for check, item in zip(checks, pair, strict=True):
                    if check is not None and (broken := check(item)):
                        found += _below(f"{pair[0]}.member", broken)
            return found

        return run

    def scalar(self, shape: Shape) -> Check | None:
        kind = shape["type"]
        if kind in {"boolean", "timestamp"}:
            return None
        if kind in {"integer", "long", "float", "double"}:
            return _unmet(_limits(shape, "value", float))
        constraints = _limits(shape, "length", len)
        if self.with_enums and "enum" in shape:
            allowed = shape["enum"]
            constraints.append((set(allowed).__contains__, f"Member must satisfy enum value set: [{', '.join(allowed)}]"))
        if "pattern" in shape:
            words = f"Member must satisfy regular expression pattern: {shape['pattern']}"
            constraints.append((_matches(shape["pattern"]), words))
        return _unmet(constraints)


def exact_type(shape: Shape, *, with_enums: bool) -> Any:
    """A type of msgspec's whose values all meet a scalar's constraints, if not the other way round; None where there is none."""
    kind = shape["type"]
    if kind == "boolean":
        return bool
    if kind in LIMITS:
        least, most = -LIMITS[kind], LIMITS[kind] - 1
        return Annotated[int, Meta(ge=max(shape.get("min", least), least), le=min(shape.get("max", most), most))]
    if kind != "string" or (with_enums and "enum" in shape):
        return None
    if "pattern" not in shape:
        return Annotated[str, sized(shape)]
    source = _in_ascii(shape["pattern"])
    return source and Annotated[str, Meta(pattern=rf"(?a)\A(?=[\0-\x7f]*\Z)(?:{source})\Z"), sized(shape)]


def _in_one_step(kind: Any, otherwise: Check) -> Check:
    """A check that leaves to another what is not simply right; ``kind`` is the type of what holds the value."""

    def run(value: Any) -> Sequence[Violation]:
        try:
            convert({"value": value}, kind)
        except ValidationError:
            return otherwise(value)
        return ()

    return run


def _unmet(constraints: list[_Constraint]) -> Check | None:
    if not constraints:
        return None

    def run(value: Any) -> Sequence[Violation]:
        for is_met, _ in constraints:
            if not is_met(value):
                return [Violation("", value, words) for is_met, words in constraints if not is_met(value)]
        return ()

    return run


def _limits(shape: Shape, what: str, measure: Callable[[Any], float]) -> list[_Constraint]:
    least, most = shape.get("min"), shape.get("max")
    constraints: list[_Constraint] = []
    if most is not None:
        constraints.append((lambda value: measure(value) <= most, f"Member must have {what} less than or equal to {most}"))
    if least is not None:
        constraints.append((lambda value: measure(value) >= least, f"Member must have {what} greater than or equal to {least}"))
    return constraints


def _matches(source: str) -> Callable[[str], object]:
    quick = _of_ascii(source)
    if quick is None:
        return lambda text: len(text) > LONGEST_PATTERN_SUBJECT or _full(source)(text)
    return lambda text: len(text) > LONGEST_PATTERN_SUBJECT or (quick(text) if text.isascii() else _full(source)(text))


def _of_ascii(source: str) -> Callable[[str], object] | None:
    """Of these re thinks as regex does where a text is ASCII, and it is quicker."""
    quick = _in_ascii(source)
    return re.compile(quick, re.ASCII).fullmatch if quick else None


@cache
def _in_ascii(source: str) -> str | None:
    if not _ONE_CLASS.fullmatch(source):
        return None
    quick = _PROPERTY.sub(lambda found: _IN_ASCII.get(found[1], found[0]), source)
    try:
        re.compile(quick, re.ASCII)
    except re.error:
        return None  # some of Java's patterns are none of Python's
    return quick


@cache
def _full(source: str) -> Callable[[str], object]:
    import regex  # noqa: PLC0415  # slow to import, and nearly all texts are ASCII

    return regex.compile(source).fullmatch


def _missing(name: str) -> Violation:
    return Violation(_lower(name), None, "Member must not be null", is_missing=True)


def _below(path: str, violations: Iterable[Violation]) -> list[Violation]:
    """Violations in a part of a value, as the whole has them."""
    paths = ((one, f"{path}.{one.path}" if one.path else path) for one in violations)
    return [Violation(whole, one.value, one.constraint, one.is_missing) for one, whole in paths]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
