"""Whether values have the types that a model says: for those that no protocol's reader has converted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.shapes.model import Model, Shape

_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}


def misfits(model: Model, shape: Shape, value: Any, path: str) -> Iterator[str]:
    """What is wrong, with the path to it: a member that there is not, or a value of another type. None says nothing."""
    kind = shape["type"]
    if value is None:
        return
    is_of_it = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not is_of_it:
        yield f"{path} must be of the type {kind}"
    elif kind == "structure":
        for name, item in value.items():
            if name in shape["members"]:
                yield from misfits(model, model.member(shape["members"][name]), item, f"{path}.{name}")
            else:
                yield f"{path} has no {name}"
    elif kind == "list":
        for place, item in enumerate(value):
            yield from misfits(model, model.member(shape["member"]), item, f"{path}.{place}")
    elif kind == "map":
        for name, item in value.items():
            yield from misfits(model, model.member(shape["value"]), item, f"{path}.{name}")
