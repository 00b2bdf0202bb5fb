"""Wildcards, policy variables, ARNs and principals. Everything here is linear in the length of what it reads.

Rules: iam-engine reference, sections 1, 2 and 7. Text that meets a wildcard is compared in UTF-16 units, as AWS does:
a character beyond the BMP needs ``??``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, Literal, NamedTuple, TypeVar

from emulator.values.call import Principal

Context = Mapping[str, str | list[str]]
"""Condition keys in lower case, tag keys included."""

ANY, ONE = "\U00010000", "\U00010001"
"""Stand for the wildcards ``*`` and ``?`` in a rendered pattern; no text in UTF-16 units has them, so all else is literal."""

Made = TypeVar("Made")

_WILD = str.maketrans({"*": ANY, "?": ONE})
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")


def units(text: str) -> str:
    """The text with one character for each of its UTF-16 units."""
    return text if text.isascii() else _BEYOND_BMP.sub(_pair, text)


def _pair(found: re.Match[str]) -> str:
    offset = ord(found[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


# Wildcards ---------------------------------------------------------------------------------------------------------

Glob = Callable[[str], bool]


def wild(text: str) -> str:
    """A pattern ready for :func:`glob`: ``*`` and ``?`` are wildcards, everything else is itself."""
    return units(text).translate(_WILD)


@lru_cache(maxsize=16_384)
def glob(pattern: str) -> Glob:
    """A matcher for a rendered pattern: pieces between ``ANY`` are found from left to right, which is exact for globs."""
    if ANY not in pattern:
        whole = _piece(pattern)
        return pattern.__eq__ if ONE not in pattern else lambda text: whole.fullmatch(text) is not None
    head, *middle, tail = pattern.split(ANY)
    if ONE in pattern or any(middle):
        return _search(head, [piece for piece in middle if piece], tail)
    if not tail:
        return lambda text: text.startswith(head)
    least = len(head) + len(tail)
    return lambda text: len(text) >= least and text.startswith(head) and text.endswith(tail)


def _search(head: str, middle: list[str], tail: str) -> Glob:
    first, last = _piece(head), _piece(tail)
    pieces = [_piece(piece) for piece in middle]

    def match(text: str) -> bool:
        place, end = len(head), len(text) - len(tail)
        if end < place or not first.match(text) or not last.match(text, end):
            return False
        for piece in pieces:
            found = piece.search(text, place, end)
            if not found:
                return False
            place = found.end()
        return True

    return match


def _piece(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(ONE, "."), re.DOTALL)


# Policy variables --------------------------------------------------------------------------------------------------


class Template(Generic[Made]):
    """A text of a policy, with variables or none, and what ``make`` makes of it: once here, or per request when it varies."""

    __slots__ = ("_head", "_literal", "_make", "_rest", "fixed", "source")

    def __init__(self, source: str, make: Callable[[str], Made], *, has_variables: bool, has_wildcards: bool) -> None:
        self.source = source
        self._make = make
        self._literal: Callable[[str], str] = units if has_wildcards else str
        pattern: Callable[[str], str] = wild if has_wildcards else str
        head, *pieces = _VARIABLE.split(source) if has_variables else [source]
        self._head = pattern(head)
        self._rest: list[_Variable] = []
        for name, text in zip(pieces[::2], pieces[1::2], strict=True):
            if name not in _LITERAL:
                self._rest.append(_variable(name, pattern(text)))
            elif self._rest:
                self._rest[-1] = self._rest[-1].followed_by(name + pattern(text))
            else:
                self._head += name + pattern(text)
        self.fixed: Made | None = None if self._rest else make(self._head)

    def fill(self, context: Context) -> Made | None:
        """What it stands for in one request; None when a variable has no value. Multivalued keys are no variables."""
        text, literal = self._head, self._literal
        for key, default, after in self._rest:
            value = context.get(key, default)
            if not isinstance(value, str):
                return None
            text += literal(value) + after
        return self._make(text)


class _Variable(NamedTuple):
    key: str
    default: str | None
    after: str
    """The text between it and the next one."""

    def followed_by(self, text: str) -> _Variable:
        return self._replace(after=self.after + text)


_LITERAL = {"*", "?", "$"}
"""What ``${*}`` ``${?}`` ``${$}`` stand for: themselves."""


def _variable(name: str, after: str) -> _Variable:
    """A key, or a key with its ``, 'default'``."""
    key, comma, default = name.partition(",")
    return _Variable(key.strip().lower(), default.strip()[1:-1] if comma else None, after)


def has_variable(source: str) -> bool:
    """Whether the text has a variable that only a request can fill."""
    return any(found[1] not in _LITERAL for found in _VARIABLE.finditer(source))


def has_broken_variable(source: str) -> bool:
    """Whether a ``${`` is not closed, names no key, or has a default without quotes: nobody knows what that would mean."""
    return "${" in _VARIABLE.sub("", source) or any(not _is_variable(found[1]) for found in _VARIABLE.finditer(source))


def _is_variable(text: str) -> bool:
    key, comma, default = text.partition(",")
    default = default.strip()
    is_quoted = len(default) >= 2 and default[0] == default[-1] == "'" and "'" not in default[1:-1]
    return bool(key.strip()) and (not comma or is_quoted)


# ARNs --------------------------------------------------------------------------------------------------------------

Matcher = Callable[[Sequence[str]], bool]
"""Tests an ARN that is split at its colons (see :func:`split`)."""


def split(text: str) -> list[str]:
    """A text in up to six components, in UTF-16 units; the sixth keeps its colons."""
    return (text if text.isascii() else units(text)).split(":", 5)  # the one thing that every decision does


@lru_cache(maxsize=16_384)
def resource(pattern: str) -> Matcher:
    """A matcher for a rendered Resource pattern.

    Compared colon segment by colon segment, the sixth keeping its colons; a wildcard that ends a shorter pattern runs on.
    A request on ``*`` (an action without resource types) is covered by ``*`` alone.
    """
    if pattern == ANY:
        return _always
    wanted = pattern.split(":", 5)
    return _each(wanted) if len(wanted) == 6 or wanted[-1].endswith(ANY) else _never


def _always(_got: Sequence[str]) -> bool:
    return True


def _never(_got: Sequence[str]) -> bool:
    return False


EVERYTHING: Matcher = _always
"""Stands for a Resource pattern that covers every request."""
BROKEN: Matcher = _never
"""Stands for a pattern of ArnLike that is none (fewer than six components, or no ``arn``)."""


@lru_cache(maxsize=16_384)
def arn(pattern: str) -> Matcher:
    """A matcher for a rendered pattern of ArnLike: six components, each alone; :data:`BROKEN` when it is none."""
    if pattern == ANY:
        return _always
    wanted = pattern.split(":", 5)
    return _each(wanted) if len(wanted) == 6 and wanted[0] in {"arn", ANY} else BROKEN


def _each(wanted: Sequence[str]) -> Matcher:
    """Each component alone, those first that differ most: a plain text is compared in place, the rest by its glob."""
    places = [(place, part) for place, part in reversed([*enumerate(wanted)]) if part != ANY]
    plain = [(place, part) for place, part in places if ANY not in part and ONE not in part]
    tests = [(place, glob(part)) for place, part in places if ANY in part or ONE in part]

    def match(got: Sequence[str]) -> bool:
        if len(got) != 6:
            return False
        for place, part in plain:
            if got[place] != part:
                return False
        for place, test in tests:  # noqa: SIM110  # a loop is twice as fast as all(), and decisions spend their time here
            if not test(got[place]):
                return False
        return True

    return match


def read_arn(text: str) -> list[str] | None:
    """The six components of a request's ARN; None when the text is none."""
    parts = split(text)
    return parts if len(parts) == 6 and parts[0] == "arn" else None


# Principals --------------------------------------------------------------------------------------------------------

Naming = Literal["any", "self", "role", "account"]
"""How a Principal element names a caller: everyone, just it, the role behind its session, its account. Most generous first."""

Principals = Mapping[str, tuple[str, ...]]


def match_principal(principals: Principals, caller: Principal) -> Naming | None:
    """The most generous way in which a Principal element names the caller; None when it does not."""
    listed = _listed(principals, caller)
    if _is_everyone(principals, listed):
        return "any"
    return next((naming for naming, names in _names(caller).items() if not names.isdisjoint(listed)), None)


def names_in_full(principals: Principals, caller: Principal) -> bool:
    """Whether a NotPrincipal element of a Deny spares the caller.

    It must list the user and its account, or the session, its role and its account (IAM user guide, NotPrincipal).
    """
    listed = _listed(principals, caller)
    return _is_everyone(principals, listed) or all(not names.isdisjoint(listed) for names in _names(caller).values())


def _listed(principals: Principals, caller: Principal) -> tuple[str, ...]:
    return principals.get("Service" if caller.kind == "service" else "AWS", ())


def _is_everyone(principals: Principals, listed: tuple[str, ...]) -> bool:
    return "*" in listed or "*" in principals.get("AWS", ())


def _names(caller: Principal) -> dict[Naming, set[str]]:
    if caller.kind == "service":
        return {"self": {caller.arn}}
    account = {caller.account, f"arn:{''.join(caller.arn.split(':')[1:2])}:iam::{caller.account}:root"}
    if caller.kind == "root":
        return {"self": account | {caller.arn}}
    names: dict[Naming, set[str]] = {"self": {caller.arn, caller.id}, "account": account}
    if caller.kind == "session" and ":role/" in caller.entity:  # a federated user has no role behind it
        names = {"self": names["self"], "role": {caller.entity, caller.id.partition(":")[0]}, "account": account}
    return names
