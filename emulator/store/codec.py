"""Records as JSON and back, by the types of their fields. There is nothing to write per record."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar, cast, is_typeddict

import msgspec

from emulator.values.record import Record

R = TypeVar("R", bound=Record)
_encoder = msgspec.json.Encoder()


class UnreadableError(Exception):
    """A record that this version cannot read; the text says which kind and what is wrong with it."""


def encode(value: Any) -> bytes:
    """JSON of a record, or of lists and mappings. Text with a lone surrogate, which UTF-8 lacks, is escaped."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def decode(kind: type[R], text: bytes) -> R:
    """The record that :func:`encode` was given; :class:`UnreadableError` when it does not fit its kind."""
    try:
        if b"\\ud" in text:
            return msgspec.convert(json.loads(text), kind)
        return cast("R", _decoder(kind).decode(text))
    except ValueError as error:  # msgspec's errors are
        raise UnreadableError(f"a record {name_of(kind)}: {error}") from error


def plain(value: Any) -> dict[str, Any]:
    """A record, or what is in one, as mappings, lists, texts and numbers; bytes are base64."""
    made: dict[str, Any] = msgspec.to_builtins(value)
    return made


def from_plain(kind: type[R], value: Any) -> R:
    """The record of which :func:`plain` made this; :class:`UnreadableError` when it does not fit its kind."""
    try:
        return msgspec.convert(value, kind)
    except ValueError as error:
        raise UnreadableError(f"a record {name_of(kind)}: {error}") from error


def decode_plain(text: bytes) -> Any:
    """The lists, mappings, texts and numbers that :func:`encode` was given."""
    return json.loads(text) if b"\\ud" in text else msgspec.json.decode(text)


_decoders: dict[type[Record], msgspec.json.Decoder[Any]] = {}
_names: dict[type[Record], str] = {}


def _decoder(kind: type[Record]) -> msgspec.json.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    return _decoders[kind]


def name_of(kind: type[Record]) -> str:
    """A kind's name in files: its part of the emulator and its own, such as ``ec2.Vpc``. Moving it between modules keeps it."""
    if kind not in _names:
        parts = kind.__module__.split(".")
        part = parts[2] if parts[:2] == ["emulator", "services"] else parts[1] if parts[0] == "emulator" else kind.__module__
        _names[kind] = f"{part}.{kind.__qualname__}"
    return _names[kind]


def fields_of(kind: type[Record]) -> frozenset[str]:
    """The fields of a kind's records and of what is in them, as paths: ``policy.versions.document``."""
    return frozenset(_paths(kind, ""))


def _paths(hint: Any, path: str) -> Iterator[str]:
    for part in typing.get_args(hint):
        yield from _paths(part, path)
    if hasattr(hint, "__struct_fields__") or is_typeddict(hint) or hasattr(hint, "_fields"):
        for name, inner in typing.get_type_hints(hint).items():
            if typing.get_origin(inner) is not ClassVar:
                yield f"{path}{name}"
                yield from _paths(inner, f"{path}{name}.")


def kinds() -> Mapping[str, type[Record]]:
    """Every kind of record there is, by its name in files."""
    return {name_of(kind): kind for kind in _kinds(Record)}


def _kinds(of: type[Record]) -> Iterator[type[Record]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)
