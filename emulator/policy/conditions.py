"""Condition operators: each is a row of one table.

Rules: iam-engine reference, sections 2 and 7. A request value that an Arn or Ip operator cannot read makes the condition
false, negated or not; elsewhere a value that does not convert is unequal to everything, and negation stays negation.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import date as calendar_date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

from emulator.policy.match import BROKEN, Context, Template, arn, glob, read_arn, units, wild

Test = Callable[[Any], bool]
"""One value of a policy, compiled: whether the request's value, read, passes."""


class Operator(Struct, frozen=True):
    """One operator. ``read`` makes of the request's text what ``make`` of a policy's text tests; None: it does not convert.

    ``is_strict``: a request value that does not convert makes the condition false, negated or not.
    ``is_literal`` says which texts can be stored.
    """

    name: str
    read: Callable[[str], Any]
    make: Callable[[str], Test]
    is_negated: bool = False
    is_strict: bool = False
    has_wildcards: bool = False
    is_literal: Callable[[str], bool] = lambda _text: True


class Condition(Struct, frozen=True):
    """One operator against one key: ``StringEquals: {"aws:RequestTag/AMQManaged": ["true"]}``. ``key`` is as spelt."""

    spelling: str
    operator: Operator
    quantifier: Literal["", "ForAllValues", "ForAnyValue"]
    if_exists: bool
    key: str
    lookup: str
    """The key in lower case, as the context has it."""
    values: tuple[Template[Test], ...]

    def holds(self, context: Context, effect: str) -> bool:
        """Whether the request satisfies it. What cannot be decided makes a Deny apply and an Allow not: ``effect``."""
        if not self.values:
            return effect == "Deny"
        got = context.get(self.lookup)
        is_absent = got is None or got == []
        if self.operator is PRESENCE:
            return self._passes("absent" if is_absent else "present", context, effect)
        if got is None or is_absent:
            return self._holds_without()
        if not self.quantifier:
            return isinstance(got, str) and self._passes(got, context, effect)
        each = (self._passes(item, context, effect) for item in ([got] if isinstance(got, str) else got))
        return all(each) if self.quantifier == "ForAllValues" else any(each)

    def _holds_without(self) -> bool:
        """A missing key: false; true for a negated operator, with IfExists, and for all of no values."""
        return self.if_exists or self.quantifier == "ForAllValues" or (self.operator.is_negated and not self.quantifier)

    def _passes(self, got: str, context: Context, effect: str) -> bool:
        is_negated = self.operator.is_negated
        value = self.operator.read(got)
        if value is None:
            return is_negated and not self.operator.is_strict
        for template in self.values:
            test = template.fixed or template.fill(context)
            if test is None:
                continue
            if test is BROKEN:
                return effect == "Deny"
            if test(value):
                return not is_negated
        return is_negated


# Values ------------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_EPOCH = re.compile(r"([+-]?)(\d{1,19})(?:\.(\d*))?", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d?)(?:-(\d\d?))?"
    r"(?:[Tt](\d\d?)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?:Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?",
    re.ASCII,
)
_START = (0, 1, 1, 0, 0, 0)
_PREFIX = re.compile(r"\+?\d{1,9}", re.ASCII)


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """A decimal number, exactly; None when the text is none."""
    return Decimal(text) if len(text) <= 1000 and _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def date(text: str) -> int | None:
    """Milliseconds since the epoch of an ISO 8601 instant or of epoch seconds; None when the text is neither."""
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        sign, seconds, fraction = epoch.groups(default="")
        past = int(seconds) * 1000 + _milliseconds(fraction)
        return None if int(seconds) >= 2**63 else -past if sign == "-" else past
    found = _INSTANT.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or least) for part, least in zip(found.groups()[:6], _START, strict=True))
    sign, ahead = found[8], int(found[9] or 0) * 60 + int(found[10] or 0)
    try:
        days = calendar_date(year, month, day).toordinal() - calendar_date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    minutes = (days * 24 + hour) * 60 + minute - (-ahead if sign == "-" else ahead)
    return (minutes * 60 + second) * 1000 + _milliseconds(found[7] or "")


def _milliseconds(fraction: str) -> int:
    """The first three digits; the rest is cut off (observed)."""
    return int((fraction + "000")[:3])


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """An address; one mapped into IPv6 (``::ffff:a.b.c.d``) is the IPv4 address."""
    try:
        parsed = ipaddress.ip_address(_unpadded(text))
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, ipaddress.IPv6Address) else parsed


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """A CIDR network or one address. IPv4 networks may have host bits, octets and prefixes leading zeros; IPv6 ones may not."""
    base, slash, prefix = text.partition("/")
    if (slash and not _PREFIX.fullmatch(prefix)) or (":" in base and "." in base):
        return None
    try:
        return ipaddress.ip_network(f"{_unpadded(base)}/{int(prefix)}" if slash else _unpadded(base), strict=":" in base)
    except ValueError:
        return None


def _unpadded(text: str) -> str:
    """The text without the leading zeros that AWS allows in decimal octets; empty for what has a zone, which no key has."""
    if ":" in text:
        return text if "%" not in text else ""
    return ".".join(part.lstrip("0") or "0" if part.isascii() and part.isdigit() else "x" for part in text.split("."))


@lru_cache(maxsize=4096)
def binary(text: str) -> str | None:
    """Canonical, padded base64, as it is; None for anything else."""
    try:
        return text if base64.b64encode(base64.b64decode(text, validate=True)).decode() == text else None
    except (binascii.Error, ValueError):
        return None


def lower(text: str) -> str:
    """Lower case of the whole text, as AWS compares without case: characters beyond the BMP keep theirs; no case folding."""
    return units(text).lower()


def boolean(text: str) -> bool:
    """True for ``true`` in any letter case; everything else is false."""
    return text.lower() == "true"


# Tests -------------------------------------------------------------------------------------------------------------


def _never(_got: Any) -> bool:
    return False


def _ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Callable[[str], Test]:
    """A comparison of two values; a policy text that does not convert is unequal to everything."""

    def make(text: str) -> Test:
        wanted = read(text)
        return _never if wanted is None else lambda got: compare(got, wanted)

    return make


def _within(got: Address, wanted: Network) -> bool:
    return got.version == wanted.version and got in wanted


def _in_network(text: str) -> Test:
    wanted = network(text)
    return _never if wanted is None else lambda got: _within(got, wanted)


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    return lambda text: read(text) is not None


def _is_arn_pattern(text: str) -> bool:
    return arn(wild(text)) is not BROKEN


def _both(name: str, negated: str, read: Callable[[str], Any], make: Callable[[str], Test], **facts: Any) -> list[Operator]:
    return [Operator(name, read, make, **facts), Operator(negated, read, make, is_negated=True, **facts)]


def _comparisons(prefix: str, read: Callable[[str], Any]) -> list[Operator]:
    tests = {"LessThan": operator.lt, "LessThanEquals": operator.le, "GreaterThan": operator.gt, "GreaterThanEquals": operator.ge}
    is_literal = _reads(read)
    equal = _both(f"{prefix}Equals", f"{prefix}NotEquals", read, _ordered(read, operator.eq), is_literal=is_literal)
    return [*equal, *(Operator(prefix + name, read, _ordered(read, test), is_literal=is_literal) for name, test in tests.items())]


PRESENCE = Operator("Null", str, _ordered(boolean, lambda got, is_absent: (got == "absent") is is_absent))
"""Asks only whether the key is there; an empty value is."""

_ROWS = [
    *_both("StringEquals", "StringNotEquals", str, _ordered(str, operator.eq)),
    *_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", lower, _ordered(lower, operator.eq)),
    *_both("StringLike", "StringNotLike", units, glob, has_wildcards=True),
    *_comparisons("Numeric", number),
    *_comparisons("Date", date),
    Operator("Bool", boolean, _ordered(boolean, operator.eq)),
    Operator("BinaryEquals", binary, _ordered(binary, operator.eq), is_literal=_reads(binary)),
    *_both("IpAddress", "NotIpAddress", address, _in_network, is_strict=True, is_literal=_reads(network)),
    *_both("ArnEquals", "ArnNotEquals", read_arn, arn, is_strict=True, has_wildcards=True, is_literal=_is_arn_pattern),
    *_both("ArnLike", "ArnNotLike", read_arn, arn, is_strict=True, has_wildcards=True, is_literal=_is_arn_pattern),
    PRESENCE,
]

OPERATORS = {row.name: row for row in _ROWS}
