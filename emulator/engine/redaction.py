"""What the journal may keep of what is asked and answered: no secrets, long texts and lists cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta, ValidationError, convert

from emulator.shapes.model import Model, Shape
from emulator.shapes.plain_types import holder_of

SECRET = {
    "AddPrivateKey",
    "Base32StringSeed",
    "Data",
    "NewPassword",
    "OldPassword",
    "Password",
    "PrivateKey",
    "QRCodePNG",
    "SAMLAssertion",
    "SecretAccessKey",
    "ServiceAccountPassword",
    "ServiceCredentialSecret",
    "ServicePassword",
    "SessionToken",
    "TradeInToken",
    "WebIdentityToken",
}
"""Members whose values are never kept: what AWS's models mark, and ``Data``, an MQ configuration, which CloudTrail redacts."""

_LONGEST_TEXT = 2_048
_LONGEST_LIST = 20
_PLAIN_LEVELS = 5
"""Of values in each other that are looked at in one step (our choice)."""

Redact = Callable[[Any], Any]


def redactor(model: Model, shape: Shape | None) -> Redact:
    """What redacts a structure: quickly where it is given only members that the model knows and in which there are no secrets."""
    members = shape["members"] if shape else {}
    safe = {name for name, reference in members.items() if not _may_hold_secrets(model, model.member(reference), set())} - SECRET

    def run(value: Mapping[str, Any]) -> Any:
        return _redact_plain(value) if safe.issuperset(value) else redact(value)

    return run


def _may_hold_secrets(model: Model, shape: Shape, seen: set[int]) -> bool:
    """Whether a member has the name of a secret; the names in a map may be any."""
    if id(shape) in seen:
        return False
    seen.add(id(shape))
    if shape["type"] == "structure":
        names = shape["members"]
        return not SECRET.isdisjoint(names) or any(_may_hold_secrets(model, model.member(one), seen) for one in names.values())
    return shape["type"] == "map" or (shape["type"] == "list" and _may_hold_secrets(model, model.member(shape["member"]), seen))


def _plain_type(levels: int) -> Any:
    """The type of what is kept as it is, up to so many levels."""
    scalar = None | bool | int | float | Annotated[str, Meta(max_length=_LONGEST_TEXT)]
    if not levels:
        return scalar
    inner = _plain_type(levels - 1)
    return scalar | Annotated[list[inner], Meta(max_length=_LONGEST_LIST)] | dict[str, inner]  # type: ignore[valid-type]  # made at run time


_PLAIN: Any = holder_of(_plain_type(_PLAIN_LEVELS))


def _redact_plain(value: Mapping[str, Any]) -> Any:
    """What :func:`redact` makes of a value without secrets, in one step where nothing is to be cut short."""
    try:
        return convert({"value": value}, _PLAIN).value
    except ValidationError:
        return redact(value)


def redact(value: Any, name: str = "") -> Any:
    """Parameters as the journal may keep them, whoever's they are."""
    if name in SECRET and value is not None:
        return "***"
    if isinstance(value, str):  # what most are; Mapping, which takes long to tell, comes after what is quickly told
        return value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + "…"
    if isinstance(value, dict):
        return _members(value)
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, (list, tuple)):
        kept = [redact(item) for item in value[:_LONGEST_LIST]]
        return kept if len(value) <= _LONGEST_LIST else [*kept, f"… {len(value) - _LONGEST_LIST} more"]
    if isinstance(value, Mapping):
        return _members(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return type(value).__name__  # of no kind that parameters and answers have: it is not known to be free of secrets


_KEPT = frozenset({int, bool, float, type(None)})


def _members(value: Mapping[str, Any]) -> dict[str, Any]:
    """Most are short texts and numbers, which are kept as they are without a call for each."""
    return {
        name: item
        if name not in SECRET and (type(item) in _KEPT or (type(item) is str and len(item) <= _LONGEST_TEXT))
        else redact(item, name)
        for name, item in value.items()
    }
