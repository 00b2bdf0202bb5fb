"""The grammar of policy documents: what IAM stores, what it refuses and in which words.

What the engine does not understand is refused here, so that it never has to be guessed at in a decision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from emulator.policy.conditions import OPERATORS, Operator
from emulator.policy.match import has_broken_variable, has_variable

Kind = Literal["identity", "session", "trust", "resource"]
"""The grammar of a document. Permissions boundaries and service control policies are written as identity policies."""


class MalformedPolicyError(ValueError):
    """A document that IAM would not store; the message is IAM's."""


_VERSIONS = ("2008-10-17", "2012-10-17")
_FIELDS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_SYNTAX = "Syntax errors in policy."
_LEGACY = "The policy failed legacy parsing"
_SID_TEXT = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
_VENDOR_TEXT = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


class Dialect(Struct, frozen=True):
    """What the checks of one document depend on."""

    kind: Kind
    has_variables: bool


def checked(text: str, kind: Kind) -> tuple[dict[str, Any], Dialect]:
    """The document in the text, valid, its Statement a list. Raises :class:`MalformedPolicyError`."""
    document = _load(text, kind)
    version = document.setdefault("Version", "2008-10-17")
    dialect = Dialect(kind, version == "2012-10-17")
    statements = document["Statement"] = as_list(document["Statement"])
    for raw in statements:
        _check_shape(raw, dialect)
    _check_unique([raw["Sid"] for raw in statements if raw.get("Sid")])
    for check in _CHECKS:
        for raw in statements:
            check(raw, dialect)
    return document, dialect


class _Float(float):
    """A JSON number that remembers its digits, which a binary number would lose."""

    text = ""


def _float(text: str) -> _Float:
    value = _Float(text)
    value.text = text
    return value


def _load(text: str, kind: Kind) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_float)
    except (ValueError, RecursionError):
        raise MalformedPolicyError("This policy contains invalid Json" if kind == "trust" else _SYNTAX) from None
    if not isinstance(document, dict) or not document.keys() <= {"Version", "Id", "Statement"}:
        raise MalformedPolicyError(_SYNTAX)
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS or not isinstance(document.get("Id", ""), str):
        raise MalformedPolicyError(_SYNTAX)
    if document.get("Statement", []) == []:
        raise MalformedPolicyError(_SYNTAX)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Checks, in the order in which IAM reports them (observed: iam:CreatePolicy) ------------------------------------------


def _check_shape(raw: Any, dialect: Dialect) -> None:
    """Known elements of the right types, each at most once, with known operators."""
    if not isinstance(raw, dict) or not raw.keys() <= _FIELDS or not isinstance(raw.get("Sid", ""), str):
        raise MalformedPolicyError(_SYNTAX)
    if not isinstance(raw.get("Effect"), str) or raw["Effect"].lower() not in {"allow", "deny"}:
        raise MalformedPolicyError(_SYNTAX)
    for name in ("Action", "Resource", "Principal"):
        if name in raw and f"Not{name}" in raw:
            raise MalformedPolicyError(_SYNTAX)
    if not all(isinstance(text, str) for name in ("Action", "Resource") for text in element(raw, name)):
        raise MalformedPolicyError(_SYNTAX)
    for line in condition_lines(raw):
        for text in line.texts:
            if dialect.has_variables and has_broken_variable(text):
                raise MalformedPolicyError(_SYNTAX)


def _check_sid(raw: dict[str, Any], dialect: Dialect) -> None:
    if dialect.kind in {"identity", "session"} and not re.fullmatch("[A-Za-z0-9]*", raw.get("Sid", "")):
        raise MalformedPolicyError(_SID_TEXT)


def _check_unique(sids: list[str]) -> None:
    if len(sids) != len(set(sids)):
        raise MalformedPolicyError("Statement IDs (SID) in a single policy must be unique.")


def _check_principals(raw: dict[str, Any], dialect: Dialect) -> None:
    is_named = "Principal" in raw or "NotPrincipal" in raw
    if dialect.kind in {"identity", "session"}:
        if is_named:
            raise MalformedPolicyError("Policy document should not specify a principal.")
        return
    if not is_named:
        raise MalformedPolicyError("Missing required field Principal")
    for kind, names in principals(raw).items():
        for name in names:
            if not isinstance(name, str) or not _PRINCIPAL_NAMES[kind].fullmatch(name):
                shown = "SERVICE" if kind == "Service" else kind
                raise MalformedPolicyError(f'Invalid principal in policy: "{shown}":"{name}"')


def _check_legacy(raw: dict[str, Any], dialect: Dialect) -> None:
    """What another, older parser of IAM's refuses: the letter case of Effect, literals that do not convert, short ARNs."""
    if raw["Effect"] not in {"Allow", "Deny"}:
        raise MalformedPolicyError(_LEGACY)
    for line in condition_lines(raw):
        if dialect.kind == "session" and line.operator.name != "BinaryEquals":
            continue
        if not all(line.operator.is_literal(text) for text in line.texts if not (dialect.has_variables and has_variable(text))):
            raise MalformedPolicyError(_LEGACY)
    for text in element(raw, "Resource"):
        parts = text.split(":", 5)
        is_whole = len(parts) == 6 and parts[2] != ""
        if len(parts) > 2 and parts[1] == "aws" and not is_whole and not text.endswith("*") and "${" not in text:
            raise MalformedPolicyError(_LEGACY)


_PARTITIONS = re.compile("aws|aws-[a-z-]+|.*[*?].*")


def _check_resources(raw: dict[str, Any], dialect: Dialect) -> None:
    for text in element(raw, "Resource"):
        if dialect.has_variables and "${" in text:
            if has_broken_variable(text):
                raise MalformedPolicyError(_SYNTAX)
        elif text != "*":
            _check_resource(text)


def _check_resource(text: str) -> None:
    parts = text.split(":", 5)
    if len(parts) == 1:
        raise MalformedPolicyError(f'Resource {text} must be in ARN format or "*".')
    if not _PARTITIONS.fullmatch(parts[1]):
        whole = ":".join(["arn", *parts[1:], *"*" * (6 - len(parts))])
        raise MalformedPolicyError(f'Partition "{parts[1]}" is not valid for resource "{whole}".')
    if parts[0] != "arn":
        raise MalformedPolicyError(f'Resource {text} must be in ARN format or "*".')
    if len(parts) == 2 and not parts[1].endswith("*"):
        raise MalformedPolicyError("Resource vendor must be fully qualified and cannot contain regexes.")
    if len(parts) < 6 and not text.endswith("*"):
        raise MalformedPolicyError(_LEGACY)


def _check_actions(raw: dict[str, Any], dialect: Dialect) -> None:
    for text in element(raw, "Action"):
        vendor, colon, name = text.partition(":")
        if not colon and set(text) != {"*"}:
            raise MalformedPolicyError(_VENDOR_TEXT)
        if ":" in name:
            raise MalformedPolicyError("Actions/Condition can contain only one colon.")
        if (colon and not name) or "${" in name:
            raise MalformedPolicyError(_SYNTAX)
        if not re.fullmatch(r"[A-Za-z0-9.*?-]+", vendor):
            raise MalformedPolicyError(f"Vendor {vendor} is not valid")
        if dialect.kind == "trust" and vendor.lower() != "sts":
            raise MalformedPolicyError("AssumeRole policy may only specify STS AssumeRole actions.")


def _check_complete(raw: dict[str, Any], dialect: Dialect) -> None:
    if not element(raw, "Action"):
        is_trust = dialect.kind == "trust"
        raise MalformedPolicyError("Missing required field Action" if is_trust else "Policy statement must contain actions.")
    if dialect.kind == "trust" and ("Resource" in raw or "NotResource" in raw):
        raise MalformedPolicyError("Has prohibited field Resource")
    if dialect.kind != "trust" and not element(raw, "Resource"):
        raise MalformedPolicyError("Policy statement must contain resources.")


_CHECKS: tuple[Callable[[Any, Dialect], None], ...] = (
    _check_sid,
    _check_principals,
    _check_legacy,
    _check_resources,
    _check_actions,
    _check_complete,
)


# Elements ----------------------------------------------------------------------------------------------------------


def element(raw: Mapping[str, Any], name: str) -> list[Any]:
    """The texts of an element or of its Not form; none when it is absent."""
    return as_list(raw.get(name, raw.get(f"Not{name}", [])))


_ID = "A[A-Z0-9]{15,127}"
_PRINCIPAL_NAMES = {
    "AWS": re.compile(
        rf"\*|\d{{12}}|{_ID}|arn:[a-z-]+:iam::\d{{12}}:(root|(user|role)/[^*?]+)"
        r"|arn:[a-z-]+:sts::\d{12}:(assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?]+)"
    ),
    "Service": re.compile(r"\*|[a-z0-9-]+(\.[a-z0-9-]+)+"),
    "Federated": re.compile(r"[^*]+"),
    "CanonicalUser": re.compile(r"[0-9a-f]+"),
}
"""Kinds of principals and how they are named. There are no patterns in names: only a ``*`` alone, for everyone."""


def principals(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    is_not = "NotPrincipal" in raw
    value = raw["NotPrincipal" if is_not else "Principal"]
    if value == "*":
        return {"AWS": ("*",)}
    if not isinstance(value, dict) or not value or (is_not and [] in value.values()):
        raise MalformedPolicyError("Invalid principal in policy")
    for kind in value:
        if kind not in _PRINCIPAL_NAMES:
            raise MalformedPolicyError(f'Invalid principal in policy: "{kind}"')
    return {kind: tuple(as_list(names)) for kind, names in value.items()}


class Line(Struct, frozen=True):
    """One key of a Condition element under one operator."""

    spelling: str
    quantifier: Literal["", "ForAllValues", "ForAnyValue"]
    operator: Operator
    if_exists: bool
    key: str
    texts: tuple[str, ...]


_QUANTIFIERS: dict[str, Literal["", "ForAllValues", "ForAnyValue"]] = {
    "": "",
    "ForAllValues:": "ForAllValues",
    "ForAnyValue:": "ForAnyValue",
}


def condition_lines(raw: Mapping[str, Any]) -> Iterator[Line]:
    for spelling, keys in _pairs(raw.get("Condition", {})):
        quantifier, colon, name = spelling.rpartition(":")
        base = name.removesuffix("IfExists")
        if quantifier + colon not in _QUANTIFIERS or base not in OPERATORS or name == "NullIfExists":
            raise MalformedPolicyError(_SYNTAX)
        for key, values in _pairs(keys):
            texts = tuple(map(_text, as_list(values)))
            yield Line(spelling, _QUANTIFIERS[quantifier + colon], OPERATORS[base], base != name, key, texts)


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise MalformedPolicyError(_SYNTAX)
    return list(value.items())


def _text(value: Any) -> str:
    """A condition's value as text: IAM takes JSON's numbers and booleans too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | _Float):
        return value.text if isinstance(value, _Float) else str(value)
    raise MalformedPolicyError(_SYNTAX)
