"""Types of msgspec's for shapes: with one it looks at a whole value in one step, and what it takes is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Required, TypedDict

from msgspec import Meta, Struct, defstruct

from emulator.shapes.model import Model, Shape

LIMITS = {"integer": 2**31, "long": 2**63}
"""Beyond what a whole number cannot be."""

_GENERIC: dict[str, Callable[..., Any]] = {
    "list": lambda item: list[item],  # type: ignore[valid-type]  # made at run time
    "map": lambda key, item: dict[key, item],  # type: ignore[valid-type]  # made at run time
}
_INNER = {"list": ("member",), "map": ("key", "value")}


def type_of(model: Model, shape: Shape, scalar: Callable[[Shape], Any], above: tuple[int, ...] = ()) -> Any:
    """The type of a shape's values, ``scalar`` giving those of single ones; None where there is none.

    There is none where a part has none, where a member has another name on the wire, and where a shape contains itself.
    """
    if id(shape) in above:
        return None
    kind, above = shape["type"], (*above, id(shape))
    if kind == "structure":
        types = {name: type_of(model, model.member(reference), scalar, above) for name, reference in shape["members"].items()}
        return _structure(shape, types)
    if kind in _GENERIC:
        inner = [type_of(model, model.member(shape[name]), scalar, above) for name in _INNER[kind]]
        return None if None in inner else Annotated[_GENERIC[kind](*inner), sized(shape)]
    return scalar(shape)


def _structure(shape: Shape, types: dict[str, Any]) -> Any:
    if None in types.values() or any("locationName" in reference for reference in shape["members"].values()):
        return None
    needed = {name: Required[types[name]] for name in shape.get("required", ())}
    return TypedDict("Structure", types | needed, total=False)  # type: ignore[operator]  # made at run time


def sized(shape: Shape) -> Meta:
    """The bounds of a length."""
    return Meta(min_length=shape.get("min"), max_length=shape.get("max"))


def holder_of(kind: Any) -> type[Struct]:
    """The type of ``{"value": …}``: msgspec remembers how it takes a Struct, as it does not of a list, nor all of a TypedDict."""
    return defstruct("Holder", [("value", kind)])
