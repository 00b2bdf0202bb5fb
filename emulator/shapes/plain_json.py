"""JSON into parameters in one step of msgspec's, for shapes of which the model says no more than JSON does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from msgspec import Meta
from msgspec.json import Decoder

from emulator.shapes.model import Model, Shape

LIMITS = {"integer": 2**31, "long": 2**63}
"""Beyond what a whole number cannot be."""

_TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    **{kind: Annotated[int, Meta(ge=-limit, le=limit - 1)] for kind, limit in LIMITS.items()},
}
_GENERIC: dict[str, Callable[[Any], Any]] = {
    "list": lambda item: list[item],  # type: ignore[valid-type]  # made at run time
    "map": lambda item: dict[str, item],  # type: ignore[valid-type]  # made at run time
}


def decoder(model: Model, shape: Shape) -> Callable[[bytes], dict[str, Any]] | None:
    """A function that reads JSON of a structure; None when its shape is not plain enough.

    What it reads is read so by any reader. It raises ValueError or RecursionError for all that is not simply right, even for
    what others take: null, a whole number written as ``1.0``, a lone surrogate. In members that it does not know it takes
    no notice of text that is no UTF-8, so it is for ASCII only.
    """
    kind = _type(model, shape, ())
    return None if kind is None else Decoder(kind).decode


def _type(model: Model, shape: Shape, above: tuple[int, ...]) -> Any:
    """The type of a shape's values; None where there is none, as for one that contains itself."""
    if id(shape) in above:
        return None
    above = (*above, id(shape))
    if shape["type"] == "structure":
        return _structure(model, shape, above)
    if shape["type"] in _GENERIC:
        inner = _type(model, model.member(shape["value" if shape["type"] == "map" else "member"]), above)
        return None if inner is None else _GENERIC[shape["type"]](inner)
    return _TYPES.get(shape["type"])


def _structure(model: Model, shape: Shape, above: tuple[int, ...]) -> Any:
    members = shape["members"]
    types = {name: _type(model, model.member(reference), above) for name, reference in members.items()}
    is_plain = None not in types.values() and not any("locationName" in reference for reference in members.values())
    return TypedDict("Structure", types, total=False) if is_plain else None  # type: ignore[operator]  # made at run time
