"""The model's constraints, in AWS's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import regex
from msgspec import ValidationError, convert

from emulator.engine.service import Operation, refuse_invalid
from emulator.services import SERVICES as BUILT
from emulator.shapes.check import LONGEST_PATTERN_SUBJECT, Violation, compile_check, exact_type
from emulator.shapes.dialect import DIALECTS
from emulator.shapes.model import SERVICES, Model, model
from emulator.values.errors import AwsError


class Toy(Model):
    """A model of nothing but shapes."""

    def __init__(self, shapes: dict[str, Any]) -> None:
        self._shapes = shapes


def violations(value: Any, shape: str, *, with_enums: bool = True, **shapes: Any) -> list[str]:
    of = Toy(shapes)
    return [str(violation) for violation in compile_check(of, of.shape(shape), with_enums=with_enums)(value)]


def one(value: Any, **shape: Any) -> list[str]:
    """The constraints that a single member breaks."""
    shapes = {"In": {"type": "structure", "members": {"Member": {"shape": "S"}}}, "S": shape}
    return violations({"Member": value}, "In", **shapes)


def said(constraint: str, value: str) -> list[str]:
    return [f"Value '{value}' at 'member' failed to satisfy constraint: {constraint}"]


@pytest.mark.parametrize(
    ("value", "shape", "constraint"),
    [
        ("", {"type": "string", "min": 1}, "Member must have length greater than or equal to 1"),
        ("abc", {"type": "string", "max": 2}, "Member must have length less than or equal to 2"),
        ("x", {"type": "string", "enum": ["a", "b"]}, "Member must satisfy enum value set: [a, b]"),
        ("a b", {"type": "string", "pattern": "[a-z]+"}, "Member must satisfy regular expression pattern: [a-z]+"),
        (4, {"type": "integer", "min": 5}, "Member must have value greater than or equal to 5"),
        (11, {"type": "long", "max": 10}, "Member must have value less than or equal to 10"),
        (0.5, {"type": "double", "min": 1}, "Member must have value greater than or equal to 1"),
        (2.5, {"type": "float", "max": 2}, "Member must have value less than or equal to 2"),
    ],
)
def test_a_constraint_names_value_place_and_bound(value: Any, shape: dict[str, Any], constraint: str) -> None:
    assert one(value, **shape) == said(constraint, str(value))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("ab", {"type": "string", "min": 2, "max": 2}),
        ("a", {"type": "string", "enum": ["a", "b"]}),
        ("abc", {"type": "string", "pattern": "[a-z]+"}),
        (5, {"type": "integer", "min": 5, "max": 5}),
        (True, {"type": "boolean"}),
        (1.5, {"type": "timestamp"}),
        (b"ab", {"type": "blob", "max": 2}),
        (None, {"type": "string", "min": 1}),
        (["a"], {"type": "list", "member": {"shape": "Any"}, "min": 1, "max": 1}),
    ],
)
def test_what_is_within_bounds_passes(value: Any, shape: dict[str, Any]) -> None:
    shapes = {"In": {"type": "structure", "members": {"Member": {"shape": "S"}}}, "S": shape, "Any": {"type": "string"}}
    assert violations({"Member": value}, "In", **shapes) == []


def test_a_text_too_long_to_match_breaks_its_length_only() -> None:
    text = "é" * (LONGEST_PATTERN_SUBJECT + 1)
    assert one(text, type="string", pattern="[a-z]+") == []
    assert len(one(text, type="string", pattern="[a-z]+", max=5)) == 1


def test_a_text_may_break_two_constraints() -> None:
    first, second = one("", type="string", min=1, pattern="[a-z]+")
    assert first.endswith("length greater than or equal to 1")
    assert second.endswith("regular expression pattern: [a-z]+")


SHAPES: dict[str, Any] = {
    "In": {
        "type": "structure",
        "required": ["Names"],
        "members": {"Names": {"shape": "Names"}, "Tags": {"shape": "Tags"}, "Tree": {"shape": "Tree"}},
    },
    "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2},
    "Name": {"type": "string", "max": 3},
    "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Name"}, "max": 1},
    "Tree": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "Name"}, "Tree": {"shape": "Tree"}}},
}


@pytest.mark.parametrize("given", [{}, {"Names": None}])
def test_a_missing_member_is_null(given: dict[str, Any]) -> None:
    text = "Value null at 'names' failed to satisfy constraint: Member must not be null"
    assert violations(given, "In", **SHAPES) == [text]


def test_places_in_lists_are_counted_from_one() -> None:
    text = "Value 'long' at 'names.2.member' failed to satisfy constraint: Member must have length less than or equal to 3"
    assert violations({"Names": ["a", "long"]}, "In", **SHAPES) == [text]


def test_a_list_is_shown_as_a_whole() -> None:
    text = "Value '[a, b, c]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 2"
    assert violations({"Names": ["a", "b", "c"]}, "In", **SHAPES) == [text]


ITEMS: dict[str, Any] = {
    "In": {"type": "structure", "members": {"Items": {"shape": "Items"}}},
    "Items": {"type": "list", "member": {"shape": "Item"}, "min": 1, "max": 3},
    "Item": {"type": "structure", "required": ["At"], "members": {"At": {"shape": "At"}, "Text": {"shape": "Text"}}},
    "At": {"type": "long", "min": 0, "max": 9},
    "Text": {"type": "string", "min": 1, "max": 2},
}
RIGHT = {"At": 0, "Text": "é"}


@pytest.mark.parametrize(
    ("items", "broken"),
    [
        ([RIGHT, {"At": 9, "Text": "ab"}, {"At": 5, "Text": None}], []),
        ([], [("items", "length greater than or equal to 1")]),
        ([RIGHT] * 4, [("items", "length less than or equal to 3")]),
        ([RIGHT, {"Text": "a"}], [("items.2.member.at", "not be null")]),
        ([RIGHT, {"At": None}], [("items.2.member.at", "not be null")]),
        (
            [{"At": -1}, {"At": 10}],
            [("items.1.member.at", "greater than or equal to 0"), ("items.2.member.at", "less than or equal to 9")],
        ),
        ([{"At": 1, "Text": ""}], [("items.1.member.text", "greater than or equal to 1")]),
        ([{"At": 1, "Text": "abc"}], [("items.1.member.text", "less than or equal to 2")]),
    ],
)
def test_items_are_checked_each(items: Any, broken: list[tuple[str, str]]) -> None:
    found = violations({"Items": items}, "In", **ITEMS)
    assert len(found) == len(broken)
    for text, (path, constraint) in zip(found, broken, strict=True):
        assert f" at '{path}' " in text
        assert text.endswith(constraint)


def test_keys_and_values_of_maps() -> None:
    bound = "failed to satisfy constraint: Member must have length less than or equal to"
    assert violations({"Names": [], "Tags": {"long": "value", "b": "c"}}, "In", **SHAPES) == [
        f"Value '{{'long': 'value', 'b': 'c'}}' at 'tags' {bound} 1",
        f"Value 'long' at 'tags.long.member' {bound} 3",
        f"Value 'value' at 'tags.long.member' {bound} 3",
    ]


def test_a_shape_may_contain_itself() -> None:
    text = "Value null at 'tree.tree.name' failed to satisfy constraint: Member must not be null"
    assert violations({"Names": [], "Tree": {"Name": "a", "Tree": {}}}, "In", **SHAPES) == [text]


def test_enums_can_be_left_to_the_operation() -> None:
    shapes = {"In": {"type": "structure", "members": {"M": {"shape": "S"}}}, "S": {"type": "string", "enum": ["a"]}}
    assert violations({"M": "x"}, "In", with_enums=False, **shapes) == []


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_pattern_of_the_models_compiles(service: str) -> None:
    of = Model(service, set(model(service).operations))
    for operation in of.operations.values():
        _compile_all(of, operation.input, set())


def _compile_all(of: Model, shape: dict[str, Any], seen: set[int]) -> None:
    if id(shape) in seen:
        return
    seen.add(id(shape))
    check = compile_check(of, shape)
    if shape["type"] == "string":
        check("é")  # of no ASCII, which takes the pattern as a whole
    for reference in [*shape.get("members", {}).values(), *(shape[part] for part in ("member", "key", "value") if part in shape)]:
        _compile_all(of, of.member(reference), seen)


def patterns(of: Model, shape: dict[str, Any], seen: set[int]) -> Iterator[str]:
    if id(shape) not in seen:
        seen.add(id(shape))
        yield from [shape["pattern"]] if "pattern" in shape else []
        for reference in [
            *shape.get("members", {}).values(),
            *(shape[part] for part in ("member", "key", "value") if part in shape),
        ]:
            yield from patterns(of, of.member(reference), seen)


PATTERNS = {
    pattern
    for service in BUILT
    for name in service.operations
    for pattern in patterns(model(service.name), model(service.name).operations[name].input, set())
}
TEXTS = [
    *map(chr, range(0x250)),
    "\u0661",
    "\u2003",
    "\u2028",
    "\U0001f600",
    "",
    "a/",
    "/a/",
    "a\n",
    "-a-",
    "x" * 40,
    "arn:aws:iam::1:a",
]


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_texts_match_as_regex_says(pattern: str) -> None:
    """Each character of ASCII, alone: what a pattern that is one class again and again takes is made of these."""
    check = compile_check(Toy({}), {"type": "string", "pattern": pattern})
    whole = regex.compile(pattern)
    assert [text for text in TEXTS if check(text)] == [text for text in TEXTS if not whole.fullmatch(text)]
    kind = exact_type({"type": "string", "pattern": pattern}, with_enums=True)
    if kind is not None:
        assert [text for text in TEXTS if is_of(text, kind)] == [
            text for text in TEXTS if text.isascii() and whole.fullmatch(text)
        ]


def is_of(value: Any, kind: Any) -> bool:
    try:
        return bool(convert(value, kind) == value)
    except ValidationError:
        return False


# the services' words for it ----------------------------------------------------------------------------------------

MISSING = Violation("names", None, "Member must not be null", is_missing=True)
LONG = Violation("names.1.member", "long", "Member must have length less than or equal to 3")


@pytest.mark.parametrize(
    ("service", "code"), [("iam", "ValidationError"), ("sts", "ValidationError"), ("logs", "InvalidParameterException")]
)
def test_violations_are_counted(service: str, code: str) -> None:
    single = DIALECTS[service].invalid([LONG])
    assert single.code == code
    assert single.message == (
        "1 validation error detected: Value 'long' at 'names.1.member' failed to satisfy constraint: "
        "Member must have length less than or equal to 3"
    )
    assert DIALECTS[service].invalid([LONG, MISSING]).message == (
        "2 validation errors detected: Value 'long' at 'names.1.member' failed to satisfy constraint: "
        "Member must have length less than or equal to 3; "
        "Value null at 'names' failed to satisfy constraint: Member must not be null"
    )


def test_ec2_names_the_first_violation() -> None:
    missing = DIALECTS["ec2"].invalid([MISSING, LONG])
    assert (missing.code, missing.message) == ("MissingParameter", "The request must contain the parameter Names")
    assert DIALECTS["ec2"].invalid([LONG]).code == "InvalidParameterValue"


def test_amazon_mq_names_the_attribute() -> None:
    missing = DIALECTS["mq"].invalid([MISSING])
    assert (missing.message, missing.fields) == ("You must specify [names].", {"ErrorAttribute": "names"})
    assert DIALECTS["mq"].invalid([LONG]).fields == {"ErrorAttribute": "names"}


def test_an_operation_is_checked_before_it_runs() -> None:
    operation = Operation("logs", "DeleteLogGroup", dict, lambda _world, _call: ())
    refuse_invalid(operation, {"logGroupName": "g"})
    with pytest.raises(AwsError, match="Value null at 'logGroupName'"):
        refuse_invalid(operation, {})
