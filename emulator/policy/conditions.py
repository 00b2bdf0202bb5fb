"""Condition operators: each is a row of one table.

Rules: iam-engine reference, sections 2 and 7. A request value that an Arn or Ip operator cannot read makes the condition
false, negated or not; elsewhere negation stays negation.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from emulator.policy.match import Context, Template, glob, is_arn, match_arn

Outcome = bool | Literal["unreadable", "broken"]
"""One comparison: holds or not, or the request's value is unreadable, or the policy's pattern is broken."""

Compare = Callable[[str, str], Outcome]


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. ``compare`` takes the request's value and the policy's, rendered.

    ``is_valid`` says which literals can be stored.
    """

    name: str
    compare: Compare
    is_negated: bool = False
    has_wildcards: bool = False
    is_valid: Callable[[str], bool] = lambda _text: True


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator against one key: ``StringEquals: {"aws:RequestTag/AMQManaged": ["true"]}``."""

    spelling: str
    operator: Operator
    quantifier: Literal["", "ForAllValues", "ForAnyValue"]
    if_exists: bool
    key: str
    values: tuple[Template, ...]

    def holds(self, context: Context, effect: str) -> bool:
        """Whether the request satisfies it. A broken ARN pattern makes a Deny apply and an Allow not: ``effect``."""
        got = context.get(self.key.lower())
        is_present = got is not None and got != []
        if self.operator.name == "Null":
            return any((value.source.lower() == "true") != is_present for value in self.values)
        if not is_present or got is None:
            if self.if_exists or self.quantifier == "ForAllValues":
                return True
            return self.operator.is_negated and not self.quantifier
        if not self.quantifier:
            return not isinstance(got, list) and self._passes(got, context, effect)
        each = (self._passes(item, context, effect) for item in (got if isinstance(got, list) else [got]))
        return all(each) if self.quantifier == "ForAllValues" else any(each)

    def _passes(self, got: str, context: Context, effect: str) -> bool:
        for template in self.values:
            wanted = template.render(context)
            if wanted is None:
                continue
            outcome = self.operator.compare(got, wanted)
            if outcome == "unreadable":
                return False
            if outcome == "broken":
                return effect == "Deny"
            if outcome:
                return not self.operator.is_negated
        return self.operator.is_negated


# Comparisons -------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """A decimal number, exactly; None when the text is none."""
    if len(text) > 1000 or not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


@lru_cache(maxsize=4096)
def date(text: str) -> int | None:
    """Milliseconds since the epoch of an ISO 8601 instant or epoch seconds; None when the text is neither."""
    seconds = number(text)
    if seconds is not None:
        return int(seconds * 1000) if abs(seconds) < 10**15 else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


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
    if slash and not re.fullmatch(r"\+?\d{1,9}", prefix, re.ASCII):
        return None
    if ":" in base and "." in base:
        return None
    try:
        return ipaddress.ip_network(f"{_unpadded(base)}/{int(prefix)}" if slash else _unpadded(base), strict=":" in base)
    except ValueError:
        return None


def _unpadded(text: str) -> str:
    if ":" in text:
        return text if "%" not in text else ""
    return ".".join(part.lstrip("0") or "0" if part.isascii() and part.isdigit() else "x" for part in text.split("."))


def is_base64(text: str) -> bool:
    """Canonical, padded base64."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except (binascii.Error, ValueError):
        return False


def _ordered(parse: Callable[[str], Decimal | int | None], test: Callable[[Decimal | int, Decimal | int], bool]) -> Compare:
    def compare(got: str, wanted: str) -> Outcome:
        left, right = parse(got), parse(wanted)
        return left is not None and right is not None and test(left, right)

    return compare


def _in_network(got: str, wanted: str) -> Outcome:
    asked = address(got)
    if asked is None:
        return "unreadable"
    within = network(wanted)
    return within is not None and asked.version == within.version and asked in within


def _arn_like(got: str, wanted: str) -> Outcome:
    if not is_arn(got):
        return "unreadable"
    matched = match_arn(wanted, got)
    return "broken" if matched is None else matched


def _like(got: str, wanted: str) -> Outcome:
    return glob(wanted)(got)


def _is_arn_pattern(text: str) -> bool:
    return text == "*" or "${" in text or (text.count(":") >= 5 and text.split(":", maxsplit=1)[0] in {"arn", "*"})


def _literal(parse: Callable[[str], object]) -> Callable[[str], bool]:
    return lambda text: "${" in text or bool(parse(text) is not None)


def _table() -> dict[str, Operator]:
    rows: list[Operator] = []

    def both(
        name: str, negated: str, compare: Compare, *, wild: bool = False, valid: Callable[[str], bool] = lambda _: True
    ) -> None:
        rows.append(Operator(name, compare, has_wildcards=wild, is_valid=valid))
        rows.append(Operator(negated, compare, is_negated=True, has_wildcards=wild, is_valid=valid))

    both("StringEquals", "StringNotEquals", lambda got, wanted: got == wanted)
    both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", lambda got, wanted: got.lower() == wanted.lower())
    both("StringLike", "StringNotLike", _like, wild=True)
    for prefix, parse in (("Numeric", number), ("Date", date)):
        valid = _literal(parse)
        both(f"{prefix}Equals", f"{prefix}NotEquals", _ordered(parse, lambda a, b: a == b), valid=valid)
        rows.append(Operator(f"{prefix}LessThan", _ordered(parse, lambda a, b: a < b), is_valid=valid))
        rows.append(Operator(f"{prefix}LessThanEquals", _ordered(parse, lambda a, b: a <= b), is_valid=valid))
        rows.append(Operator(f"{prefix}GreaterThan", _ordered(parse, lambda a, b: a > b), is_valid=valid))
        rows.append(Operator(f"{prefix}GreaterThanEquals", _ordered(parse, lambda a, b: a >= b), is_valid=valid))
    rows.append(Operator("Bool", lambda got, wanted: (got.lower() == "true") == (wanted.lower() == "true")))
    rows.append(Operator("BinaryEquals", lambda got, wanted: is_base64(got) and got == wanted, is_valid=is_base64))
    both("IpAddress", "NotIpAddress", _in_network, valid=_literal(network))
    both("ArnEquals", "ArnNotEquals", _arn_like, wild=True, valid=_is_arn_pattern)
    both("ArnLike", "ArnNotLike", _arn_like, wild=True, valid=_is_arn_pattern)
    rows.append(Operator("Null", lambda _got, _wanted: False))  # presence alone decides: see Condition.holds
    return {row.name: row for row in rows}


OPERATORS = _table()
