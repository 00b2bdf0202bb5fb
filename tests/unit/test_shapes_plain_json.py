"""Which shapes msgspec reads, and that it takes nothing else for right."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.shapes.model import Model, model
from emulator.shapes.plain_json import decoder
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
