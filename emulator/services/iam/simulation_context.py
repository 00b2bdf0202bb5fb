"""The context of a simulation: the entries of the request, typed, over the few keys that the caller gives by itself.

Rules: iam-engine reference, section 7. A numeric entry becomes the number as text (``01.00`` is ``1.00``), a date the instant
(``2035-01-02T00:00:00.000Z``), so that every operator reads what AWS's would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypedDict

from emulator.policy.conditions import address, binary, date, number
from emulator.policy.match import Context
from emulator.services.iam import simulation_errors as errors
from emulator.values.call import Principal
from emulator.values.clock import iso8601

STUB_ID = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"
"""aws:userid when no caller is named (observed)."""


class ContextEntry(TypedDict, total=False):
    ContextKeyName: str
    ContextKeyValues: list[str]
    ContextKeyType: str


def entries(given: Iterable[ContextEntry]) -> dict[str, str | list[str]]:
    """The keys in lower case. An entry without any member counts for nothing (observed)."""
    context: dict[str, str | list[str]] = {}
    for entry in given:
        if entry:
            key, value = _entry(entry)
            if key.lower() in context:
                raise errors.duplicate_key(key)
            context[key.lower()] = value
    return context


def caller_keys(caller: Principal) -> Context:
    """What a caller brings along. An entry of the request overrides it."""
    if not caller.arn:
        return {"aws:userid": STUB_ID, "aws:principalaccount": caller.account}
    keys: dict[str, str | list[str]] = {
        "aws:userid": caller.arn,
        "aws:principalaccount": caller.account,
        "aws:principalarn": caller.arn,
    }
    if ":user/" in caller.arn:
        keys["aws:username"] = caller.arn.rsplit("/", 1)[-1]
    return keys


def _entry(entry: ContextEntry) -> tuple[str, str | list[str]]:
    key = entry.get("ContextKeyName")
    if not key:
        raise errors.no_key_name()
    kind, values = entry.get("ContextKeyType"), entry.get("ContextKeyValues")
    if not kind:
        raise errors.no_key_type(key)
    if not values:
        raise errors.no_key_values(key)
    single = kind.removesuffix("List")
    if single == kind and len(values) > 1:
        raise errors.not_single(kind, len(values))
    read, expected = _TYPES[single]
    read_values = [_checked(key, read(value), expected) for value in values]
    return key, read_values[0] if single == kind else read_values


def _checked(key: str, value: str | None, expected: str) -> str:
    if value is None:
        raise errors.wrong_value(key, expected)
    return value


def _number(text: str) -> str | None:
    value = number(text)
    return None if value is None else str(value)


def _date(text: str) -> str | None:
    instant = date(text)
    if instant is None:
        return None
    try:
        return iso8601(instant / 1000, millis=True)
    except (ValueError, OverflowError):  # beyond the years that have four digits
        return text


def _address(text: str) -> str | None:
    """An address keeps its spelling under String operators (observed)."""
    return None if address(text) is None else text


_TYPES: dict[str, tuple[Callable[[str], str | None], str]] = {
    "string": (str, ""),
    "boolean": (str, ""),
    "numeric": (_number, "numeric format"),
    "date": (_date, "DateTime format"),
    "ip": (_address, "IP address"),
    "binary": (binary, "base-64 encoded binary format"),
}
"""Each type: how a value is read (None: it is none), and what AWS says it expected."""
