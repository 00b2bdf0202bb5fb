"""Requests into parameters: one reader per operation, compiled from the service model at first use."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from functools import cache
from math import isfinite
from typing import Any
from urllib.parse import unquote, unquote_plus

from msgspec import Struct

from emulator.shapes.dialect import DIALECTS, Dialect
from emulator.shapes.first_use import AtFirstUse
from emulator.shapes.json_text import loads
from emulator.shapes.model import Model, OperationModel, Shape, model
from emulator.shapes.plain_json import decoder
from emulator.shapes.plain_types import LIMITS
from emulator.values.clock import iso8601, parse_iso8601
from emulator.values.errors import AwsError

DEEPEST = 20
"""Levels of nesting in a form name. JSON is bounded by the interpreter's own limit, and then by the model."""
LONGEST_INDEX = 9
"""Digits of a list index."""
MOST_PARAMETERS = 10_000
"""Parameters in one form."""
_NUMBERS = [str(number) for number in range(1, 101)]
"""How every SDK numbers a list, whose order then is that of the request."""

Pairs = Iterable[tuple[str, str]]


class Wire(Struct, frozen=True):
    """What a reader needs of an HTTP request. ``path`` is as sent, percent-encoded; ``query`` and ``form`` are decoded pairs."""

    method: str = "POST"
    path: str = "/"
    query: Pairs = ()
    form: Pairs = ()
    body: bytes = b""


def pairs(text: str) -> list[tuple[str, str]] | None:
    """The decoded pairs of a form or a query, as ``parse_qsl`` gives them in twice the time.

    None when there are too many or they are no UTF-8.
    """
    if not text:
        return []
    if text.count("&") >= MOST_PARAMETERS:
        return None
    parts = [part.partition("=") for part in text.split("&") if part]
    if "%" not in text and "+" not in text:
        return [(name, value) for name, _, value in parts]
    try:
        return [(_decoded(name), _decoded(value)) for name, _, value in parts]
    except UnicodeDecodeError:
        return None


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


Reader = Callable[[Wire], dict[str, Any]]


@cache
def reader(service: str, operation: str) -> Reader:
    """The function that turns a :class:`Wire` into the operation's parameters; it raises the service's own errors."""
    of = model(service)
    compiler = _Compiler(of, DIALECTS[service])
    build = {"query": compiler.form, "ec2": compiler.form, "json": compiler.json_body, "rest-json": compiler.rest}[of.protocol]
    return build(of.operations[operation])


Path = tuple["Path", str | int] | None
"""Where in the request something stands: what it is in, and its name there. Put together only to be told."""

Node = str | dict[str, "Node"]
"""What a form has under a name: a text, or more names; a text beside these has the empty name."""

_FormRead = Callable[[Node, Path], Any]
_JsonRead = Callable[[Any, Path], Any]
_Put = Callable[[dict[str, Any], str, Path], None]


class _Compiler:
    def __init__(self, of: Model, dialect: Dialect) -> None:
        self.model = of
        self.dialect = dialect
        self.is_ec2 = of.protocol == "ec2"

    def malformed(self, path: Path, value: str, wanted: str) -> AwsError:
        return self.dialect.malformed(_told(path), value, wanted)

    # forms -----------------------------------------------------------------------------------------------------

    def form(self, operation: OperationModel) -> Reader:
        read = self.form_structure(operation.input)

        def run(wire: Wire) -> dict[str, Any]:
            # Of a repeated scalar a GET keeps the first and a POST the last (observed on EC2).
            given = [pair for pair in (*wire.query, *wire.form) if pair[0] not in {"Action", "Version"}]
            if len(given) > MOST_PARAMETERS:
                raise self.dialect.unreadable(f"The request has more than {MOST_PARAMETERS} parameters")
            tree: dict[str, Node] = {}
            for name, text in reversed(given) if wire.method == "GET" else given:
                if name not in tree and name.isalnum():  # as most are
                    tree[name] = text
                else:
                    self.plant(tree, name, text)
            value: dict[str, Any] = read(tree, None)
            return value

        return run

    def plant(self, tree: dict[str, Node], name: str, text: str) -> None:
        parts = name.split(".")
        if len(parts) > DEEPEST:
            raise self.dialect.unreadable(f"The parameter {name[:80]} is nested too deeply")
        if "" in parts:  # "Tag." or ".1": the empty name is the tree's own, for the text of a node
            if self.is_ec2:
                raise _unknown_parameter(name)
            return
        last = parts.pop()
        for part in parts:
            branch = tree.get(part)
            if not isinstance(branch, dict):
                branch = tree[part] = {} if branch is None else {"": branch}
            tree = branch
        there = tree.get(last)
        if isinstance(there, dict):
            there[""] = text
        else:
            tree[last] = text

    def form_value(self, shape: Shape) -> _FormRead:
        kind = shape["type"]
        if kind == "structure":
            return self.form_structure(shape)
        if kind == "list":
            return self.form_list(shape)
        if kind == "map":
            return self.form_map(shape)
        if kind == "string":
            return self.leaf
        convert = self.scalar(shape)
        return lambda node, path: convert(node if type(node) is str else self.leaf(node, path), path)

    def leaf(self, node: Node, path: Path) -> str:
        if isinstance(node, str):
            return node
        below = next((name for name in node if name), None)
        if self.is_ec2 and below is not None:
            raise _unknown_parameter(_told((path, below)))
        if "" not in node:
            raise self.malformed(path, "", "value")
        return str(node[""])

    def tree(self, node: Node, path: Path, wanted: str) -> dict[str, Node]:
        """What is under a node without its text. "Tags=" is how an empty list is sent; more would be lost in silence."""
        if isinstance(node, str):
            node = {"": node}
        text = node.pop("", "")
        if text:
            if self.is_ec2:
                raise _unknown_parameter(_told(path))
            raise self.malformed(path, str(text)[:200], wanted)
        return node

    def form_structure(self, shape: Shape) -> _FormRead:
        names = {self.form_name(name, ref): name for name, ref in shape["members"].items()}

        def member(name: str) -> tuple[_FormRead, bool]:
            inner = self.model.member(shape["members"][name])
            return self.form_value(inner), inner["type"] == "string"

        members = AtFirstUse(member)

        def run(node: Node, path: Path) -> Any:
            value = {}
            for wire_name, branch in self.tree(node, path, "structure").items():
                name = names.get(wire_name)
                if name is not None:
                    read, is_text = members[name]
                    value[name] = branch if is_text and type(branch) is str else read(branch, (path, wire_name))
                elif self.is_ec2:  # of what they do not know IAM and STS take no notice
                    raise _unknown_parameter(_told((path, wire_name)))
            return value

        return run

    def form_name(self, name: str, reference: Shape) -> str:
        if not self.is_ec2:
            return str(reference.get("locationName", name))
        wire_name = str(reference.get("queryName") or reference.get("locationName", name))
        return wire_name if "queryName" in reference else wire_name[:1].upper() + wire_name[1:]

    def form_list(self, shape: Shape) -> _FormRead:
        item = self.form_value(self.model.member(shape["member"]))
        infix = None if self.is_ec2 or shape.get("flattened") else shape["member"].get("locationName", "member")

        def run(node: Node, path: Path) -> Any:
            branches = self.tree(node, path, "list")
            if infix is not None:
                branches = self.tree(branches.get(infix, ""), path, "list")
            rows = list(branches.items())
            if list(branches) != _NUMBERS[: len(rows)]:
                rows.sort(key=lambda row: self.number(row[0], path))
            return [item(branch, (path, index)) for index, branch in rows]

        return run

    def number(self, index: str, path: Path) -> int:
        if index.isascii() and index.isdigit() and len(index) <= LONGEST_INDEX:
            return int(index)
        if self.is_ec2:
            raise _unknown_parameter(_told((path, index)))
        raise self.malformed((path, index), index, "index")

    def form_map(self, shape: Shape) -> _FormRead:
        key = self.form_value(self.model.member(shape["key"]))
        value = self.form_value(self.model.member(shape["value"]))

        def run(node: Node, path: Path) -> Any:
            entries = self.tree(self.tree(node, path, "map").get("entry", ""), path, "map")
            found = [entry if isinstance(entry, dict) else {} for entry in entries.values()]
            return {key(entry.get("key", {}), path): value(entry.get("value", {}), path) for entry in found}

        return run

    # JSON ------------------------------------------------------------------------------------------------------

    def json_body(self, operation: OperationModel) -> Reader:
        read, decode = (
            self.json_structure(operation.input),
            decoder(self.model, operation.input, with_enums=self.dialect.checks_enums),
        )

        def run(wire: Wire) -> dict[str, Any]:
            value: dict[str, Any] = read(self.parse(wire.body), None)
            return value

        return _in_one_step(decode, run) if decode else run

    def parse(self, body: bytes) -> Any:
        try:
            value = loads(body or b"{}")
        except (ValueError, RecursionError):
            raise self.dialect.unreadable("The request body is not valid JSON") from None
        if not isinstance(value, dict):
            raise self.dialect.unreadable("The request body is not a JSON object")
        return value

    def rest(self, operation: OperationModel) -> Reader:
        members = operation.input["members"]
        body = {name: ref for name, ref in members.items() if "location" not in ref}
        read_body = self.json_structure({"type": "structure", "members": body})
        puts: dict[str, dict[str, _Put]] = {"uri": {}, "querystring": {}}
        for name, ref in members.items():
            if ref.get("location") in puts:
                puts[ref["location"]][ref.get("locationName", name)] = self.placed(name, self.model.member(ref))
        pattern, names = operation.uri, operation.uri_names
        in_path, in_query = puts["uri"], puts["querystring"]

        def run(wire: Wire) -> dict[str, Any]:
            value: dict[str, Any] = read_body(self.parse(wire.body), None) if body else {}
            match = pattern.fullmatch(wire.path) if names else None
            for name, text in zip(names, match.groups() if match else (), strict=True):
                in_path[name](value, unquote(text) if "%" in text else text, (None, name))
            for name, text in wire.query:
                if name in in_query:  # API Gateway passes over a query parameter that it has no mapping for
                    in_query[name](value, text, (None, name))
            return value

        return run

    def placed(self, name: str, shape: Shape) -> _Put:
        """How a member that stands in the path or the query is put among the others."""
        is_list = shape["type"] == "list"
        convert = self.scalar(self.model.member(shape["member"]) if is_list else shape)

        def put(value: dict[str, Any], text: str, path: Path) -> None:
            if is_list:
                value.setdefault(name, []).append(convert(text, path))
            else:
                value[name] = convert(text, path)

        return put

    def json_value(self, shape: Shape) -> _JsonRead:
        kind = shape["type"]
        if kind == "structure":
            return self.json_structure(shape)
        if kind == "list":
            return self.json_list(shape)
        if kind == "map":
            return self.json_map(shape)
        return self.json_plain(kind) if kind in _JSON_PLAIN else self.json_scalar(shape)

    def json_structure(self, shape: Shape) -> _JsonRead:
        members = {
            ref.get("locationName", name): (name, _JSON_PLAIN.get(self.model.member(ref)["type"]))
            for name, ref in shape["members"].items()
        }
        readers = AtFirstUse(lambda name: self.json_value(self.model.member(shape["members"][name])))

        def run(value: Any, path: Path) -> Any:
            if not isinstance(value, dict):
                raise self.malformed(path, _json_type(value), "structure")
            result = {}
            for wire_name, item in value.items():
                if item is None or wire_name not in members:  # AWS's JSON services take no notice of what they do not know
                    continue
                name, plain = members[wire_name]
                result[name] = item if type(item) is plain else readers[name](item, (path, wire_name))
            return result

        return run

    def json_list(self, shape: Shape) -> _JsonRead:
        item = self.json_value(self.model.member(shape["member"]))

        def run(value: Any, path: Path) -> Any:
            if not isinstance(value, list):
                raise self.malformed(path, _json_type(value), "list")
            return [item(entry, (path, place)) for place, entry in enumerate(value, 1)]

        return run

    def json_map(self, shape: Shape) -> _JsonRead:
        read = self.json_value(self.model.member(shape["value"]))

        def run(value: Any, path: Path) -> Any:
            if not isinstance(value, dict):
                raise self.malformed(path, _json_type(value), "map")
            return {key: read(item, (path, key)) for key, item in value.items()}

        return run

    def json_plain(self, kind: str) -> _JsonRead:
        wanted = _JSON_PLAIN[kind]

        def run(value: Any, path: Path) -> Any:
            if type(value) is not wanted:
                raise self.malformed(path, _json_type(value), kind.title())
            return value

        return run

    def json_scalar(self, shape: Shape) -> _JsonRead:
        kind = shape["type"]
        wanted = _JSON_TYPES.get(kind, (int, float))
        limit = LIMITS.get(kind, 0)
        convert = self.scalar(shape)

        def run(value: Any, path: Path) -> Any:
            if type(value) is int and -limit <= value < limit:
                return value
            is_right = isinstance(value, wanted) and not isinstance(value, bool)
            if not is_right or (limit and isinstance(value, float) and not value.is_integer()):
                raise self.malformed(path, _json_type(value), kind.title())
            return convert(str(int(value)) if limit else str(value), path)

        return run

    # scalars ---------------------------------------------------------------------------------------------------

    def scalar(self, shape: Shape) -> Callable[[str, Path], Any]:
        kind = shape["type"]
        convert = _CONVERTERS[kind]

        def run(text: str, path: Path) -> Any:
            try:
                return convert(text)
            except (
                ValueError,
                binascii.Error,
                OverflowError,
                OSError,
            ):  # the last of an instant that the C library has no year for
                raise self.malformed(path, text[:200], kind) from None

        return run


def _boolean(text: str) -> bool:
    """``true``, ``false``, ``1`` or ``0``, in lower case only (observed on IAM)."""
    if text not in {"true", "false", "1", "0"}:
        raise ValueError(text)
    return text in {"true", "1"}


def _whole(limit: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.lstrip("+-").isascii() or not text.lstrip("+-").isdigit() or len(text) > 20:
            raise ValueError(text)
        number = int(text)
        if not -limit <= number < limit:
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


def _in_one_step(decode: Callable[[str], dict[str, Any]], otherwise: Reader) -> Reader:
    """A reader that leaves to another whatever is not simply right: that one says what is wrong, if anything is."""

    def run(wire: Wire) -> dict[str, Any]:
        try:
            return decode(wire.body.decode())
        except (ValueError, RecursionError):
            return otherwise(wire)

    return run


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": _boolean,
    "integer": _whole(LIMITS["integer"]),
    "long": _whole(LIMITS["long"]),
    "float": _real,
    "double": _real,
    "timestamp": _timestamp,
    "blob": lambda text: base64.b64decode(text, validate=True),
}

_JSON_PLAIN = {"string": str, "boolean": bool}
"""What JSON has a type of its own for."""
_JSON_TYPES: dict[str, tuple[type, ...]] = {"blob": (str,), "timestamp": (int, float, str)}


def _unknown_parameter(name: str) -> AwsError:
    return AwsError("UnknownParameter", f"The parameter {name} is not recognized", status=400)


def _told(path: Path) -> str:
    names = []
    while path is not None:
        path, name = path
        names.append(str(name))
    return ".".join(reversed(names))


def _json_type(value: Any) -> str:
    return {
        str: "STRING_VALUE",
        bool: "TRUE_VALUE" if value else "FALSE_VALUE",
        list: "START_ARRAY",
        dict: "START_OBJECT",
        type(None): "NULL_VALUE",
    }.get(type(value), "NUMBER_VALUE")
