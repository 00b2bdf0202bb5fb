"""Which shapes msgspec reads, and that it takes nothing else for right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.shapes.check import compile_check
from emulator.shapes.model import Model, model
from emulator.shapes.plain_json import Checked, decoder
from tests.unit.test_shapes_check import Toy

TEXT = {"type": "string"}


def structure(**members: Any) -> dict[str, Any]:
    return {"type": "structure", "members": members}


@pytest.mark.parametrize(
    "shapes",
    [
        {"In": structure(M={"shape": "Text", "locationName": "m"}), "Text": TEXT},
        {"In": structure(M={"shape": "At"}), "At": {"type": "timestamp"}},
        {"In": structure(M={"shape": "All"}), "All": {"type": "list", "member": {"shape": "Some"}}, "Some": {"type": "blob"}},
        {"In": structure(M={"shape": "In"})},
    ],
    ids=["another name on the wire", "no type of JSON", "in a list", "in itself"],
)
def test_what_is_not_plain(shapes: dict[str, Any]) -> None:
    assert decoder(Toy(shapes), shapes["In"]) is None


def test_a_shape_may_stand_in_two_places() -> None:
    shapes = {"In": structure(A={"shape": "Text"}, B={"shape": "Text"}), "Text": TEXT}
    decode = decoder(Toy(shapes), shapes["In"])
    assert decode is not None
    assert decode('{"B": "b", "x": [1], "A": "é"}') == {"B": "b", "A": "é"}


EVENT = {"timestamp": 1, "message": "é"}
BATCH = {"logGroupName": "g", "logStreamName": "s", "logEvents": [EVENT]}


@pytest.mark.parametrize(
    ("operation", "body", "is_right"),
    [
        ("PutLogEvents", BATCH, True),
        ("PutLogEvents", BATCH | {"sequenceToken": "1", "entity": {}, "other": 1}, True),
        ("PutLogEvents", BATCH | {"logGroupName": "a b"}, False),
        ("PutLogEvents", BATCH | {"logGroupName": "g\n"}, False),
        ("PutLogEvents", BATCH | {"logGroupName": "g" * 513}, False),
        ("PutLogEvents", BATCH | {"logStreamName": "a:b"}, False),
        ("PutLogEvents", BATCH | {"logStreamName": "é"}, False),
        ("PutLogEvents", BATCH | {"logEvents": []}, False),
        ("PutLogEvents", BATCH | {"logEvents": [EVENT | {"timestamp": -1}]}, False),
        ("PutLogEvents", BATCH | {"logEvents": [EVENT | {"timestamp": 2**63}]}, False),
        ("PutLogEvents", BATCH | {"logEvents": [EVENT, {"timestamp": 1}]}, False),
        ("PutLogEvents", {"logGroupName": "g", "logStreamName": "s"}, False),
        ("TagLogGroup", {"logGroupName": "g", "tags": {"k": ""}}, True),
        ("TagLogGroup", {"logGroupName": "g", "tags": {"": "v"}}, False),
        ("TagLogGroup", {"logGroupName": "g", "tags": {"k": "v" * 257}}, False),
        ("TagLogGroup", {"logGroupName": "g", "tags": {}}, False),
    ],
)
def test_what_is_read_in_one_step_is_checked_in_the_same(operation: str, body: dict[str, Any], is_right: bool) -> None:
    of: Model = model("logs")
    shape = of.operations[operation].input
    decode, text = decoder(of, shape), json.dumps(body)
    assert decode is not None
    if is_right:
        found = decode(text)
        assert type(found) is Checked
        assert found == {name: value for name, value in body.items() if name != "other"}
        assert not compile_check(of, shape)(found)
    else:
        with pytest.raises(ValueError, match=r"\$|missing"):
            decode(text)


def test_where_msgspec_does_not_know_all_constraints_nothing_is_checked() -> None:
    shapes = {"In": structure(A={"shape": "One"}), "One": TEXT | {"enum": ["a"]}}
    decode, other = decoder(Toy(shapes), shapes["In"]), decoder(Toy(shapes), shapes["In"], with_enums=False)
    assert decode is not None
    assert other is not None
    assert type(decode('{"A": "b"}')) is dict
    assert type(other('{"A": "b"}')) is Checked


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"limit": null}',
        '{"limit": 1.0}',
        '{"limit": 2147483648}',
        '{"limit": true}',
        '{"limit": NaN}',
        '{"x": "\\ud800"}',
        '{"limit": 1} ]',
        '{"x": ' + "[" * 100000 + "}",
    ],
)
def test_whatever_is_not_simply_right_is_left_to_others(body: str) -> None:
    of: Model = model("logs")
    decode = decoder(of, of.operations["DescribeLogGroups"].input)
    assert decode is not None
    with pytest.raises((ValueError, RecursionError)):
        decode(body)
