"""JSON into parameters in one step of msgspec's, for shapes of which the model says no more than JSON does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta
from msgspec.json import Decoder

from emulator.shapes.model import Model, Shape
from emulator.shapes.plain_types import type_of

LIMITS = {"integer": 2**31, "long": 2**63}
"""Beyond what a whole number cannot be."""

_TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    **{kind: Annotated[int, Meta(ge=-limit, le=limit - 1)] for kind, limit in LIMITS.items()},
}


def decoder(model: Model, shape: Shape) -> Callable[[str], dict[str, Any]] | None:
    """A function that reads JSON of a structure; None when its shape is not plain enough.

    What it reads is read so by any reader. It raises ValueError or RecursionError for all that is not simply right, even for
    what others take: null, a whole number written as ``1.0``, a lone surrogate. (In members that it does not know it takes
    numbers of more digits than Python reads, and of bytes it would take those that are no UTF-8.)
    """
    kind = type_of(model, shape, lambda scalar: _TYPES.get(scalar["type"]))
    return None if kind is None else Decoder(kind).decode
