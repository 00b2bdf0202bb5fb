"""Requests into parameters: one reader per operation, compiled from the service model at first use."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from math import isfinite
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field

from emulator.shapes.dialect import DIALECTS, Dialect
from emulator.shapes.model import Model, OperationModel, Shape, model
from emulator.values.clock import iso8601, parse_iso8601
from emulator.values.errors import AwsError

DEEPEST = 20
"""Levels of nesting in a form name. JSON is bounded by the interpreter's own limit, and then by the model."""
LONGEST_INDEX = 9
"""Digits of a list index."""
MOST_PARAMETERS = 10_000
"""Parameters in one form."""

Pairs = Iterable[tuple[str, str]]
Tree = dict[str, Any]


class Wire(Struct, frozen=True):
    """What a reader needs of an HTTP request. ``path`` is as sent, percent-encoded; ``query`` and ``form`` are decoded pairs."""

    method: str = "POST"
    path: str = "/"
    query: Pairs = ()
    form: Pairs = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Reader = Callable[[Wire], dict[str, Any]]


@cache
def reader(service: str, operation: str) -> Reader:
    """The function that turns a :class:`Wire` into the operation's parameters; it raises the service's own errors."""
    of = model(service)
    compiler = _Compiler(of, DIALECTS[service])
    build = {"query": compiler.form, "ec2": compiler.form, "json": compiler.json_body, "rest-json": compiler.rest}[of.protocol]
    return build(of.operations[operation])


class _Compiler:
    def __init__(self, of: Model, dialect: Dialect) -> None:
        self.model = of
        self.dialect = dialect
        self.is_ec2 = of.protocol == "ec2"

    # forms -----------------------------------------------------------------------------------------------------

    def form(self, operation: OperationModel) -> Reader:
        read = self.form_value(operation.input)

        def run(wire: Wire) -> dict[str, Any]:
            # Of a repeated scalar a GET keeps the first and a POST the last (observed on EC2).
            pairs = [pair for pair in (*wire.query, *wire.form) if pair[0] not in {"Action", "Version"}]
            if len(pairs) > MOST_PARAMETERS:
                raise self.dialect.unreadable(f"The request has more than {MOST_PARAMETERS} parameters")
            tree: Tree = {}
            for name, text in reversed(pairs) if wire.method == "GET" else pairs:
                self.plant(tree, name, text)
            value: dict[str, Any] = read(tree, "")
            return value

        return run

    def plant(self, tree: Tree, name: str, text: str) -> None:
        parts = name.split(".")
        if len(parts) > DEEPEST:
            raise self.dialect.unreadable(f"The parameter {name[:80]} is nested too deeply")
        if "" in parts:  # "Tag." or ".1": the empty name is the tree's own, for the text of a node
            if self.is_ec2:
                raise _unknown_parameter(name)
            return
        for part in parts:
            tree = tree.setdefault(part, {})
        tree[""] = text

    def form_value(self, shape: Shape) -> Callable[[Tree, str], Any]:
        kind = shape["type"]
        if kind == "structure":
            return self.form_structure(shape)
        if kind == "list":
            return self.form_list(shape)
        if kind == "map":
            return self.form_map(shape)
        convert = self.scalar(shape)
        return lambda tree, path: convert(self.leaf(tree, path), path)

    def leaf(self, tree: Tree, path: str) -> str:
        below = next((name for name in tree if name), None)
        if self.is_ec2 and below is not None:
            raise _unknown_parameter(_dot(path, below))
        if "" not in tree:
            raise self.dialect.malformed(path, "", "value")
        return str(tree[""])

    def refuse_text(self, tree: Tree, path: str, wanted: str) -> None:
        """Text where a structure or a list belongs. "Tags=" is how an empty list is sent; more would be lost in silence."""
        if tree.get(""):
            if self.is_ec2:
                raise _unknown_parameter(path)
            raise self.dialect.malformed(path, str(tree[""])[:200], wanted)

    def form_structure(self, shape: Shape) -> Callable[[Tree, str], Any]:
        names = {self.form_name(name, ref): name for name, ref in shape["members"].items()}
        readers: dict[str, Callable[[Tree, str], Any]] = {}

        def run(tree: Tree, path: str) -> Any:
            self.refuse_text(tree, path, "structure")
            value = {}
            for wire_name, branch in tree.items():
                if wire_name == "":
                    continue
                name = names.get(wire_name)
                if name is None:
                    if self.is_ec2:
                        raise _unknown_parameter(_dot(path, wire_name))
                    continue  # IAM and STS take no notice of what they do not know
                if name not in readers:
                    readers[name] = self.form_value(self.model.member(shape["members"][name]))
                value[name] = readers[name](branch, _dot(path, wire_name))
            return value

        return run

    def form_name(self, name: str, reference: Shape) -> str:
        if not self.is_ec2:
            return str(reference.get("locationName", name))
        wire_name = str(reference.get("queryName") or reference.get("locationName", name))
        return wire_name if "queryName" in reference else wire_name[:1].upper() + wire_name[1:]

    def form_list(self, shape: Shape) -> Callable[[Tree, str], Any]:
        item = self.form_value(self.model.member(shape["member"]))
        infix = None if self.is_ec2 or shape.get("flattened") else shape["member"].get("locationName", "member")

        def run(tree: Tree, path: str) -> Any:
            branches = tree if infix is None else tree.get(infix, {})
            for level in (tree, branches):
                self.refuse_text(level, path, "list")
            numbered = []
            for index, branch in branches.items():
                if index == "":
                    continue
                if not (index.isascii() and index.isdigit() and len(index) <= LONGEST_INDEX):
                    if self.is_ec2:
                        raise _unknown_parameter(_dot(path, index))
                    raise self.dialect.malformed(_dot(path, index), index, "index")
                numbered.append((int(index), index, branch))
            return [item(branch, _dot(path, index)) for _, index, branch in sorted(numbered, key=lambda row: row[0])]

        return run

    def form_map(self, shape: Shape) -> Callable[[Tree, str], Any]:
        key = self.form_value(self.model.member(shape["key"]))
        value = self.form_value(self.model.member(shape["value"]))

        def run(tree: Tree, path: str) -> Any:
            entries = tree.get("entry", {})
            for level in (tree, entries):
                self.refuse_text(level, path, "map")
            found = [entry for index, entry in entries.items() if index]
            return {key(entry.get("key", {}), path): value(entry.get("value", {}), path) for entry in found}

        return run

    # JSON ------------------------------------------------------------------------------------------------------

    def json_body(self, operation: OperationModel) -> Reader:
        read = self.json_value(operation.input)
        return lambda wire: dict(read(self.parse(wire.body), ""))

    def parse(self, body: bytes) -> Any:
        try:
            value = json.loads(body or b"{}", parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise self.dialect.unreadable("The request body is not valid JSON") from None
        if not isinstance(value, dict):
            raise self.dialect.unreadable("The request body is not a JSON object")
        return value

    def rest(self, operation: OperationModel) -> Reader:
        members = operation.input["members"]
        body = {name: ref for name, ref in members.items() if "location" not in ref}
        placed = {
            (ref["location"], ref.get("locationName", name)): (name, self.model.member(ref))
            for name, ref in members.items()
            if "location" in ref
        }
        read_body = self.json_value({"type": "structure", "members": body})

        def run(wire: Wire) -> dict[str, Any]:
            value = dict(read_body(self.parse(wire.body), "")) if body else {}
            match = operation.uri.fullmatch(wire.path)
            given = [("uri", *pair) for pair in zip(operation.uri_names, match.groups() if match else (), strict=True)]
            for place, wire_name, text in given + [("querystring", *pair) for pair in wire.query]:
                if (place, wire_name) not in placed:
                    continue  # API Gateway passes over a query parameter that it has no mapping for
                name, shape = placed[place, wire_name]
                decoded = unquote(text) if place == "uri" else text
                if shape["type"] == "list":
                    value.setdefault(name, []).append(self.scalar(self.model.member(shape["member"]))(decoded, wire_name))
                else:
                    value[name] = self.scalar(shape)(decoded, wire_name)
            return value

        return run

    def json_value(self, shape: Shape) -> Callable[[Any, str], Any]:
        kind = shape["type"]
        if kind == "structure":
            return self.json_structure(shape)
        if kind == "list":
            return self.json_list(shape)
        if kind == "map":
            return self.json_map(shape)
        return self.json_scalar(shape)

    def json_structure(self, shape: Shape) -> Callable[[Any, str], Any]:
        names = {ref.get("locationName", name): name for name, ref in shape["members"].items()}
        readers: dict[str, Callable[[Any, str], Any]] = {}

        def run(value: Any, path: str) -> Any:
            if not isinstance(value, dict):
                raise self.dialect.malformed(path, _json_type(value), "structure")
            result = {}
            for wire_name, item in value.items():
                name = names.get(wire_name)
                if name is None or item is None:
                    continue  # AWS's JSON services take no notice of what they do not know
                if name not in readers:
                    readers[name] = self.json_value(self.model.member(shape["members"][name]))
                result[name] = readers[name](item, _dot(path, wire_name))
            return result

        return run

    def json_list(self, shape: Shape) -> Callable[[Any, str], Any]:
        item = self.json_value(self.model.member(shape["member"]))

        def run(value: Any, path: str) -> Any:
            if not isinstance(value, list):
                raise self.dialect.malformed(path, _json_type(value), "list")
            return [item(entry, f"{path}.{place}") for place, entry in enumerate(value, 1)]

        return run

    def json_map(self, shape: Shape) -> Callable[[Any, str], Any]:
        read = self.json_value(self.model.member(shape["value"]))

        def run(value: Any, path: str) -> Any:
            if not isinstance(value, dict):
                raise self.dialect.malformed(path, _json_type(value), "map")
            return {key: read(item, _dot(path, key)) for key, item in value.items()}

        return run

    def json_scalar(self, shape: Shape) -> Callable[[Any, str], Any]:
        kind = shape["type"]
        wanted = _JSON_TYPES.get(kind, (int, float))
        convert = self.scalar(shape)

        def run(value: Any, path: str) -> Any:
            is_right = isinstance(value, wanted) and (kind == "boolean" or not isinstance(value, bool))
            if not is_right or (kind in {"integer", "long"} and isinstance(value, float) and not value.is_integer()):
                raise self.dialect.malformed(path, _json_type(value), kind.title())
            if kind in {"string", "boolean"}:
                return value
            return convert(str(int(value)) if kind in {"integer", "long"} else str(value), path)

        return run

    # scalars ---------------------------------------------------------------------------------------------------

    def scalar(self, shape: Shape) -> Callable[[str, str], Any]:
        kind = shape["type"]
        convert = _CONVERTERS[kind]

        def run(text: str, path: str) -> Any:
            try:
                return convert(text)
            except (ValueError, binascii.Error, OverflowError):
                raise self.dialect.malformed(path, text[:200], kind) from None

        return run


def _boolean(text: str) -> bool:
    """``true``, ``false``, ``1`` or ``0``, in lower case only (observed on IAM)."""
    if text not in {"true", "false", "1", "0"}:
        raise ValueError(text)
    return text in {"true", "1"}


def _whole(bits: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.lstrip("+-").isascii() or not text.lstrip("+-").isdigit() or len(text) > 20:
            raise ValueError(text)
        number = int(text)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(text)
        return number

    return convert


def _real(text: str) -> float:
    number = float(text)
    if "_" in text or not isfinite(number):
        raise ValueError(text)
    return number


def _timestamp(text: str) -> float:
    try:
        instant = _real(text)
    except ValueError:
        instant = parse_iso8601(text)
    iso8601(instant)  # raises when no calendar has it
    return instant


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": _boolean,
    "integer": _whole(32),
    "long": _whole(64),
    "float": _real,
    "double": _real,
    "timestamp": _timestamp,
    "blob": lambda text: base64.b64decode(text, validate=True),
}


_JSON_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "blob": (str,), "boolean": (bool,), "timestamp": (int, float, str)}


def _unknown_parameter(name: str) -> AwsError:
    return AwsError("UnknownParameter", f"The parameter {name} is not recognized", status=400)


def _dot(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _json_type(value: Any) -> str:
    return {
        str: "STRING_VALUE",
        bool: "TRUE_VALUE" if value else "FALSE_VALUE",
        list: "START_ARRAY",
        dict: "START_OBJECT",
        type(None): "NULL_VALUE",
    }.get(type(value), "NUMBER_VALUE")
