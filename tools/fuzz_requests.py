"""Requests as botocore serialises them, with good and bad values for every member, and the ways in which they are spoilt."""

from __future__ import annotations

import json
import random  # noqa: TID251  # the fuzzer's own chance, seeded
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.serialize import create_serializer

TEXTS = [
    *[
        "",
        " ",
        "a",
        "*",
        "${aws:username}",
        "é",
        "日本",
        "😀",
        "\x00",
        "\r\n",
        "\ufffe",
        "\ud800",
        "<a>&amp;",
        "'\"",
        "../../etc",
    ],
    *[
        "../../etc",
        "%",
        "%zz",
        "%2F",
        "a" * 300,
        "0",
        "-1",
        "true",
        "null",
        "10.0.0.0/16",
        "10.0.0.0/99",
        "::/0",
        "vpc-1",
        "b-1",
        "arn:",
    ],
    *["arn:aws:iam::111122223333:role/a", ":" * 7, "{", "[]", '{"Version":"2012-10-17","Statement":[]}', "{$.a = 1 || $.b = *}"],
    *["[a, b=%x+%]", "%(a+)+$%", "2026-01-01T00:00:00Z", "99999999999999999999"],
]
NUMBERS = [0, 1, -1, 2, 10, 50, 1000, 2**31 - 1, 2**31, 2**63 - 1, -(2**63), 1_790_000_000, 1_790_000_000_000]
BYTES = [
    *[
        b"",
        b"\x00",
        b"\xff",
        b"&",
        b"=",
        b"%",
        b"+",
        b".",
        b"1",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\u0000",
        b"\\ud800",
        b"&Action=",
    ],
    *[b"&Action=", b"9" * 40, b"[" * 500, b".1" * 40],
]


@dataclass(frozen=True)
class Sent:
    """A request before it gets its credentials. ``target`` is as sent."""

    service: str
    operation: str
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def shown(self) -> str:
        return f"{self.service}:{self.operation} {self.method} {self.target[:300]} {self.headers} {self.body[:600]!r}"


# Values --------------------------------------------------------------------------------------------------------------


class Values:
    """Values for a shape: mostly such as the model takes, some on its edges, some that it does not take at all."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.known: list[str] = list(TEXTS)
        """Texts to use again: ids and names that answers had."""

    def of(self, shape: Any, depth: int = 0) -> Any:
        if depth > 6 or self._chance.random() < 0.01:
            return self._chance.choice([*TEXTS[:8], 1, True, [], {}])
        return getattr(self, shape.type_name, self.string)(shape, depth)

    def structure(self, shape: Any, depth: int) -> dict[str, Any]:
        required = set(shape.required_members)
        share = self._chance.choice([0.05, 0.3, 0.8])
        chosen = [name for name in shape.members if self._chance.random() < (0.97 if name in required else share)]
        return {name: self.of(shape.members[name], depth + 1) for name in chosen}

    def list(self, shape: Any, depth: int) -> list[Any]:
        return [self.of(shape.member, depth + 1) for _ in range(self._chance.choice([0, 1, 1, 2, 30]))]

    def map(self, shape: Any, depth: int) -> dict[str, Any]:
        return {
            str(self.of(shape.key, depth + 1)): self.of(shape.value, depth + 1) for _ in range(self._chance.choice([0, 1, 3]))
        }

    def string(self, shape: Any, _depth: int) -> str:
        if getattr(shape, "enum", None) and self._chance.random() < 0.85:
            return str(self._chance.choice(shape.enum))
        text = self._chance.choice(self.known)
        most = shape.metadata.get("max")
        return text * (int(most) // max(len(text), 1) + 1) if most and most < 5_000 and self._chance.random() < 0.03 else text

    def integer(self, _shape: Any, _depth: int) -> Any:
        return self._chance.choice(NUMBERS)

    long = integer

    def double(self, _shape: Any, _depth: int) -> Any:
        return self._chance.choice([*NUMBERS, 0.5, 1e300])

    float = double

    def boolean(self, _shape: Any, _depth: int) -> bool:
        return self._chance.random() < 0.5

    def timestamp(self, _shape: Any, _depth: int) -> Any:
        return self._chance.choice([0, 1_790_000_000, 10**12])

    def blob(self, _shape: Any, _depth: int) -> bytes:
        return self._chance.choice(TEXTS).encode("utf-8", "replace")


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _serializer(service: str) -> Any:
    return create_serializer(_model(service).protocol, include_validation=False)


def made(service: str, operation: str, values: Values) -> Sent | None:
    """A request as botocore serialises it; None when it cannot."""
    of = _model(service).operation_model(operation)
    params = values.of(of.input_shape) if of.input_shape else {}
    try:
        wire = _serializer(service).serialize_to_request(params if isinstance(params, dict) else {}, of)
    except Exception:  # noqa: BLE001  # botocore does not expect such values; the next ones will do
        return None
    body = wire["body"]
    data = body if isinstance(body, bytes) else (_coded(body) if isinstance(body, dict) else str(body)).encode("utf-8", "replace")
    query = _coded(wire["query_string"] or {})
    target = str(wire["url_path"]).encode("ascii", "replace").decode() + (f"?{query}" if query else "")
    headers = {name: str(text) for name, text in wire["headers"].items()}
    return Sent(service, operation, wire["method"], target, headers, data)


def _coded(pairs: Any) -> str:
    """A form or query string; half a surrogate pair becomes a question mark."""
    return urlencode(pairs, doseq=True, errors="replace")


# Spoiling ------------------------------------------------------------------------------------------------------------


class Spoiler:
    """Changes requests as a broken or malicious client would."""

    def __init__(self, chance: random.Random, corpus: list[Sent]) -> None:
        self._chance = chance
        self._corpus = corpus
        self._ways = [
            self.bytes,
            self.bytes,
            self.form,
            self.form,
            self.json,
            self.json,
            self.target,
            self.header,
            self.operation,
            self.nothing,
        ]

    def spoil(self, sent: Sent) -> Sent:
        for _ in range(self._chance.choice([1, 1, 1, 2, 4])):
            sent = self._chance.choice(self._ways)(sent)
        return sent

    def nothing(self, sent: Sent) -> Sent:
        return sent

    def bytes(self, sent: Sent) -> Sent:
        return replace(sent, body=self._cut(sent.body))

    def _cut(self, data: bytes) -> bytes:
        start = self._chance.randrange(len(data) + 1)
        end = min(len(data), start + self._chance.choice([0, 1, 2, 8, 60]))
        return data[:start] + self._chance.choice([*BYTES, data[start:end] * 3]) + data[end:]

    def form(self, sent: Sent) -> Sent:
        """Pairs doubled, dropped, renamed, nested."""
        pairs = sent.body.split(b"&")
        place = self._chance.randrange(len(pairs))
        name, _, value = pairs[place].partition(b"=")
        pairs[place : place + 1] = self._chance.choice(
            [
                [],
                [pairs[place]] * 2,
                [name + b"=" + self._chance.choice(BYTES)],
                [name + b".1=" + value],
                [name.rpartition(b".")[0] + b"=" + value],
                [name + b".member.1.Key=" + value, name + b".1.Key=x"],
                [name.replace(b".1", b".99999999999") + b"=" + value],
            ]
        )
        return replace(sent, body=b"&".join(pairs))

    def json(self, sent: Sent) -> Sent:
        """Another value somewhere in the document."""
        try:
            document = json.loads(sent.body)
        except (ValueError, RecursionError):
            return self.bytes(sent)
        places = list(_places(document))
        if not places:
            return replace(sent, body=self._chance.choice([b"[]", b"null", b'"a"', b"1", b"{}", b""]))
        owner, key = self._chance.choice(places)
        owner[key] = self._chance.choice(
            [None, *TEXTS, *NUMBERS, True, [], {}, [[]], {"a": {}}, 1.5, [owner[key]] * 3, {"": owner[key]}]
        )
        return replace(sent, body=json.dumps(document).encode())

    def target(self, sent: Sent) -> Sent:
        text = self._cut(sent.target.encode("latin-1", "replace")).decode("latin-1")
        clean = "".join(letter for letter in text if " " < letter < "\x7f")
        return replace(sent, target=clean if clean.startswith("/") else f"/{clean}")

    def header(self, sent: Sent) -> Sent:
        name = self._chance.choice(
            ["Content-Type", "X-Amz-Target", "X-Amz-Date", "X-Amz-Security-Token", "Accept", "X-Amz-Content-SHA256"]
        )
        text = self._chance.choice(
            ["", "a", "application/json", "application/x-www-form-urlencoded", "Logs_20140328.", "\xe9", "a" * 2_000]
        )
        return replace(sent, headers={**sent.headers, name: text})

    def operation(self, sent: Sent) -> Sent:
        """The body of one, the head of another."""
        return replace(sent, body=self._chance.choice(self._corpus).body)


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    items = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in list(items):
        yield document, key
        yield from _places(value)
