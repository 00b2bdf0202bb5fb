"""Policy documents: validated and measured on write, URL-encoded in answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from emulator.policy.document import Kind, MalformedPolicyError, parse
from emulator.services.iam.errors import malformed_document

_ORDER = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition")


def validate(text: str, kind: Kind) -> None:
    """Raises MalformedPolicyDocument in IAM's words."""
    try:
        parse(text, kind)
    except MalformedPolicyError as error:
        raise malformed_document(str(error)) from None


@lru_cache(maxsize=256)
def encoded(text: str) -> str:
    """A document as IAM's answers carry it (RFC 3986)."""
    return quote(text, safe="")


def size(texts: Iterable[str]) -> int:
    """Characters that count towards a quota: all but white space."""
    return sum(len("".join(text.split())) for text in texts)


def normalized_trust(text: str) -> str:
    """A valid trust policy as IAM stores it: elements in its own order, lists of one as their item (observed)."""
    document = json.loads(text)
    raw = document.pop("Statement")
    statements = [_ordered(statement) for statement in (raw if isinstance(raw, list) else [raw])]
    return json.dumps({**document, "Statement": statements}, separators=(",", ":"), ensure_ascii=False)


def _ordered(statement: dict[str, Any]) -> dict[str, Any]:
    return {name: _single(statement[name]) for name in _ORDER if name in statement}


def _single(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _single(item) for name, item in value.items()}
    return value[0] if isinstance(value, list) and len(value) == 1 else value
