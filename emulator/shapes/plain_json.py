"""JSON into parameters in one step of msgspec's, for shapes of which the model says no more than JSON does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from msgspec import Meta
from msgspec.json import Decoder

from emulator.shapes.check import exact_type
from emulator.shapes.model import Model, Shape
from emulator.shapes.plain_types import LIMITS, type_of

_TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    **{kind: Annotated[int, Meta(ge=-limit, le=limit - 1)] for kind, limit in LIMITS.items()},
}


class Checked(dict[str, Any]):
    """Parameters that meet the model's constraints: what could be read in one step could be checked in the same one."""


def decoder(model: Model, shape: Shape, *, with_enums: bool = True) -> Callable[[str], dict[str, Any]] | None:
    """A function that reads JSON of a structure; None when its shape is not plain enough.

    What it reads is read so by any reader. It raises ValueError or RecursionError for all that is not simply right, even for
    what others take: null, a whole number written as ``1.0``, a lone surrogate. (In members that it does not know it takes
    numbers of more digits than Python reads, and of bytes it would take those that are no UTF-8.)
    """
    exact = type_of(model, shape, partial(exact_type, with_enums=with_enums))
    if exact is not None:
        decode = Decoder(exact).decode
        return lambda text: Checked(decode(text))
    kind = type_of(model, shape, lambda scalar: _TYPES.get(scalar["type"]))
    return None if kind is None else Decoder(kind).decode
