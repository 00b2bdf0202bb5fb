"""Wildcards, policy variables, ARNs and principals. Everything here is linear in the length of what it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from emulator.values.call import Principal

Context = Mapping[str, str | list[str]]
"""Condition keys in lower case, tag keys included."""

ANY, ONE = "\ufdd0", "\ufdd1"
"""Stand for the wildcards ``*`` and ``?`` in a rendered pattern, so that ``${*}`` and substituted text stay literal."""

_WILD = str.maketrans({"*": ANY, "?": ONE})
_PLAIN = str.maketrans({ANY: "\ufffd", ONE: "\ufffd"})
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULTED = re.compile(r"\s*([^,]*?)\s*,\s*'([^']*)'\s*")

Glob = Callable[[str], bool]


@lru_cache(maxsize=16_384)
def glob(pattern: str) -> Glob:
    """A matcher for a rendered pattern: pieces between ``ANY`` are found from left to right, which is exact for globs."""
    if ANY not in pattern:
        if ONE not in pattern:
            return pattern.__eq__
        whole = _piece(pattern)
        return lambda text: whole.fullmatch(text) is not None
    head, *middle, tail = pattern.split(ANY)
    first, last = _piece(head), _piece(tail)
    pieces = [_piece(piece) for piece in middle if piece]

    def match(text: str) -> bool:
        if not first.match(text) or len(text) < len(head) + len(tail) or not last.fullmatch(text, len(text) - len(tail)):
            return False
        place, end = len(head), len(text) - len(tail)
        for piece in pieces:
            found = piece.search(text, place, end)
            if not found:
                return False
            place = found.end()
        return True

    return match


def _piece(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(ONE, "."), re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Variable:
    key: str
    default: str | None


class Template:
    """A pattern with policy variables in it, or none. ``render`` gives the pattern for one request."""

    __slots__ = ("_fixed", "_parts", "source")

    def __init__(self, source: str, *, has_variables: bool, has_wildcards: bool) -> None:
        self.source = source
        wild: Callable[[str], str] = (lambda text: text.translate(_WILD)) if has_wildcards else (lambda text: text)
        parts: list[str | _Variable] = []
        place = 0
        for found in _VARIABLE.finditer(source) if has_variables else ():
            parts += [wild(source[place : found.start()]), _variable(found[1])]
            place = found.end()
        parts.append(wild(source[place:]))
        self._parts = parts
        self._fixed = "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None

    def render(self, context: Context) -> str | None:
        """The pattern with its variables filled in; None when one has no value. Multivalued keys are no variables."""
        if self._fixed is not None:
            return self._fixed
        text = ""
        for part in self._parts:
            if isinstance(part, _Variable):
                value = context.get(part.key, part.default)
                if not isinstance(value, str):
                    return None
                text += value.translate(_PLAIN)
            else:
                text += part
        return text


def _variable(text: str) -> str | _Variable:
    if text in {"*", "?", "$"}:
        return text
    defaulted = _DEFAULTED.fullmatch(text)
    if defaulted:
        return _Variable(defaulted[1].lower(), defaulted[2])
    return _Variable(text.strip().lower(), None)


def variables(source: str) -> list[str]:
    """The names in ``${…}``, as spelt."""
    return [found[1] for found in _VARIABLE.finditer(source)]


def match_resource(pattern: str, resource: str) -> bool:
    """Whether a rendered Resource pattern covers a request's resource.

    Compared colon segment by colon segment, the sixth keeping its colons; a wildcard that ends a shorter pattern runs on.
    A request on ``*`` (an action without resource types) is covered by ``*`` alone.
    """
    if pattern == ANY:
        return True
    wanted, got = pattern.split(":", 5), resource.split(":", 5)
    if len(got) < 6:
        return False
    if len(wanted) < 6:
        if not wanted[-1].endswith(ANY):
            return False
        last = len(wanted) - 1
        got = [*got[:last], ":".join(got[last:])]
    return all(glob(part)(text) for part, text in zip(wanted, got, strict=True))


def match_arn(pattern: str, arn: str) -> bool | None:
    """Whether ArnLike holds, component by component; None when the pattern is no ARN pattern."""
    if pattern == ANY:
        return True
    wanted = pattern.split(":", 5)
    if len(wanted) < 6:
        return None
    return all(glob(part)(text) for part, text in zip(wanted, arn.split(":", 5), strict=True))


def is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5


Naming = Literal["any", "account", "role", "self"]
"""How a Principal element names a caller: everyone, its account, the role behind its session, or just it."""


def match_principal(principals: Mapping[str, tuple[str, ...]], caller: Principal) -> Naming | None:
    """The closest way in which a Principal element names the caller; None when it does not."""
    if caller.kind == "service":
        named = caller.arn in principals.get("Service", ())
        return "self" if named else "any" if "*" in principals.get("*", ()) else None
    names = principals.get("AWS", ())
    role = caller.entity if caller.kind == "session" else ""
    role_id = caller.id.split(":")[0] if role else ""
    if caller.arn in names or caller.id in names:
        return "any" if caller.kind == "root" and caller.arn not in names else "self"
    if role and (role in names or role_id in names):
        return "role"
    partition = caller.arn.split(":")[1]
    if caller.account in names or f"arn:{partition}:iam::{caller.account}:root" in names:
        return "account"
    return "any" if "*" in names or "*" in principals.get("*", ()) else None
