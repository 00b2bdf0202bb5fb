"""Policy documents: IAM's JSON, validated as IAM validates it on write and compiled for decisions.

What this engine does not understand is refused here, in IAM's words, so that it never has to be guessed at in a decision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from emulator.policy.conditions import OPERATORS, Condition, Operator
from emulator.policy.match import (
    Context,
    Glob,
    Matcher,
    Principals,
    Template,
    glob,
    has_broken_variable,
    has_variable,
    match_principal,
    names_in_full,
    resource,
    split,
    units,
    wild,
)
from emulator.values.call import Need, Principal

Kind = Literal["identity", "session", "trust", "resource"]
"""The grammar of a document. Permissions boundaries and service control policies are written as identity policies."""


class MalformedPolicyError(ValueError):
    """A document that IAM would not store; the message is IAM's."""


# Statements --------------------------------------------------------------------------------------------------------


class Request(NamedTuple):
    """What a statement is held against: a need in the form that is compared, and who asks."""

    action: str
    parts: list[str]
    context: Context
    caller: Principal
    is_bounded: bool
    """Whether the caller has a permissions boundary."""


def request(need: Need, caller: Principal, context: Context, *, is_bounded: bool = False) -> Request:
    return Request(units(need.action).lower(), split(need.resource), context, caller, is_bounded)


Failure = Literal["action", "principal", "resource"] | Condition
"""The first element of a statement that a request does not meet."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a statement did not match: its first element that failed, what it wanted, and what the request had (None: missing)."""

    element: Literal["action", "resource", "principal", "condition"]
    wanted: tuple[str, ...]
    got: str | list[str] | None
    operator: str = ""
    key: str = ""

    def __str__(self) -> str:
        if self.element != "condition":
            return f"its {self.element} {_listed(self.wanted)} does not cover {self.got}"
        got = "the request has no such key" if self.got is None else f"the request has {self.got!r}"
        return f"it wants {self.key} {self.operator} {_listed(self.wanted)}, {got}"


def _listed(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else "[" + ", ".join(values) + "]"


@dataclass(frozen=True, slots=True)
class Statement:
    """One compiled statement. ``index`` counts from 1."""

    index: int
    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[Glob, ...]
    is_not_action: bool
    resources: tuple[Template[Matcher], ...] | None
    is_not_resource: bool
    principals: Principals | None
    is_not_principal: bool
    conditions: tuple[Condition, ...]
    document: Mapping[str, Any] = field(compare=False, repr=False)

    def failure(self, asked: Request) -> Failure | None:
        """None when the statement applies to a request that it :meth:`is_about`, else the first element that fails."""
        if self.principals is not None and not self._names(asked):
            return "principal"
        if self.resources is not None and self._covers(asked) is self.is_not_resource:
            return "resource"
        for condition in self.conditions:
            if not condition.holds(asked.context, self.effect):
                return condition
        return None

    def reason(self, failure: Failure, need: Need, asked: Request) -> Reason:
        """The failure in full, for people."""
        if isinstance(failure, Condition):
            wanted = tuple(value.source for value in failure.values)
            return Reason("condition", wanted, asked.context.get(failure.lookup), failure.spelling, failure.key)
        if failure == "action":
            return Reason("action", self._text("NotAction" if self.is_not_action else "Action"), need.action)
        if failure == "resource":
            return Reason("resource", self._text("NotResource" if self.is_not_resource else "Resource"), need.resource)
        names = tuple(name for names in (self.principals or {}).values() for name in names)
        return Reason("principal", names, asked.caller.arn)

    def is_about(self, action: str) -> bool:
        """Whether the Action element has the action, or the NotAction element has it not."""
        return any(test(action) for test in self.actions) is not self.is_not_action

    def _names(self, asked: Request) -> bool:
        """A Deny with NotPrincipal spares only who is named in full, and nobody who has a permissions boundary."""
        principals = self.principals or {}
        if not self.is_not_principal:
            return match_principal(principals, asked.caller) is not None
        if self.effect == "Deny":
            return asked.is_bounded or not names_in_full(principals, asked.caller)
        return match_principal(principals, asked.caller) is None

    def _covers(self, asked: Request) -> bool:
        for template in self.resources or ():
            matcher = template.fixed or template.fill(asked.context)
            if matcher is not None and matcher(asked.parts):
                return True
        return False

    def _text(self, element: str) -> tuple[str, ...]:
        return tuple(map(str, _as_list(self.document[element])))


_MOST_ACTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy document."""

    version: str
    statements: tuple[Statement, ...]
    _by_action: dict[str, tuple[Statement, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements whose action element has this action (in lower case). Remembered, for few actions are ever asked."""
        known = self._by_action.get(action)
        if known is None:
            if len(self._by_action) >= _MOST_ACTIONS:
                self._by_action.clear()
            known = self._by_action[action] = tuple(found for found in self.statements if found.is_about(action))
        return known


# Parsing -----------------------------------------------------------------------------------------------------------

_VERSIONS = ("2008-10-17", "2012-10-17")
_FIELDS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_SYNTAX = "Syntax errors in policy."
_LEGACY = "The policy failed legacy parsing"
_SID_TEXT = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
_VENDOR_TEXT = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


class _Dialect(NamedTuple):
    """What the checks of one document depend on."""

    kind: Kind
    has_variables: bool


@lru_cache(maxsize=4096)
def parse(text: str, kind: Kind) -> Policy:
    """Validate and compile; raises :class:`MalformedPolicyError` with IAM's text. Compiled documents are shared by content."""
    document = _load(text, kind)
    version = document.get("Version", "2008-10-17")
    dialect = _Dialect(kind, version == "2012-10-17")
    statements = _as_list(document["Statement"])
    for raw in statements:
        _check_shape(raw, dialect)
    _check_unique([raw["Sid"] for raw in statements if raw.get("Sid")])
    for check in _CHECKS:
        for raw in statements:
            check(raw, dialect)
    return Policy(version, tuple(_statement(index, raw, dialect) for index, raw in enumerate(statements, 1)))


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


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Checks, in the order in which IAM reports them (observed: iam:CreatePolicy) ------------------------------------------


def _check_shape(raw: Any, dialect: _Dialect) -> None:
    """Known elements of the right types, each at most once, with known operators."""
    if not isinstance(raw, dict) or not raw.keys() <= _FIELDS or not isinstance(raw.get("Sid", ""), str):
        raise MalformedPolicyError(_SYNTAX)
    if not isinstance(raw.get("Effect"), str) or raw["Effect"].lower() not in {"allow", "deny"}:
        raise MalformedPolicyError(_SYNTAX)
    for name in ("Action", "Resource", "Principal"):
        if name in raw and f"Not{name}" in raw:
            raise MalformedPolicyError(_SYNTAX)
    if not all(isinstance(text, str) for name in ("Action", "Resource") for text in _element(raw, name)):
        raise MalformedPolicyError(_SYNTAX)
    for line in _condition_lines(raw):
        for text in line.texts:
            if dialect.has_variables and has_broken_variable(text):
                raise MalformedPolicyError(_SYNTAX)


def _check_sid(raw: dict[str, Any], dialect: _Dialect) -> None:
    if dialect.kind in {"identity", "session"} and not re.fullmatch("[A-Za-z0-9]*", raw.get("Sid", "")):
        raise MalformedPolicyError(_SID_TEXT)


def _check_unique(sids: list[str]) -> None:
    if len(sids) != len(set(sids)):
        raise MalformedPolicyError("Statement IDs (SID) in a single policy must be unique.")


def _check_principals(raw: dict[str, Any], dialect: _Dialect) -> None:
    is_named = "Principal" in raw or "NotPrincipal" in raw
    if dialect.kind in {"identity", "session"}:
        if is_named:
            raise MalformedPolicyError("Policy document should not specify a principal.")
        return
    if not is_named:
        raise MalformedPolicyError("Missing required field Principal")
    for kind, names in _principals(raw).items():
        for name in names:
            if not isinstance(name, str) or not _PRINCIPAL_NAMES[kind].fullmatch(name):
                shown = "SERVICE" if kind == "Service" else kind
                raise MalformedPolicyError(f'Invalid principal in policy: "{shown}":"{name}"')


def _check_legacy(raw: dict[str, Any], dialect: _Dialect) -> None:
    """What another, older parser of IAM's refuses: the letter case of Effect, literals that do not convert, short ARNs."""
    if raw["Effect"] not in {"Allow", "Deny"}:
        raise MalformedPolicyError(_LEGACY)
    for line in _condition_lines(raw):
        if dialect.kind == "session" and line.operator.name != "BinaryEquals":
            continue
        if not all(line.operator.is_literal(text) for text in line.texts if not (dialect.has_variables and has_variable(text))):
            raise MalformedPolicyError(_LEGACY)
    for text in _element(raw, "Resource"):
        parts = text.split(":", 5)
        is_whole = len(parts) == 6 and parts[2] != ""
        if len(parts) > 2 and parts[1] == "aws" and not is_whole and not text.endswith("*") and "${" not in text:
            raise MalformedPolicyError(_LEGACY)


_PARTITIONS = re.compile("aws|aws-[a-z-]+|.*[*?].*")


def _check_resources(raw: dict[str, Any], dialect: _Dialect) -> None:
    for text in _element(raw, "Resource"):
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


def _check_actions(raw: dict[str, Any], dialect: _Dialect) -> None:
    for text in _element(raw, "Action"):
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


def _check_complete(raw: dict[str, Any], dialect: _Dialect) -> None:
    if not _element(raw, "Action"):
        is_trust = dialect.kind == "trust"
        raise MalformedPolicyError("Missing required field Action" if is_trust else "Policy statement must contain actions.")
    if dialect.kind == "trust" and ("Resource" in raw or "NotResource" in raw):
        raise MalformedPolicyError("Has prohibited field Resource")
    if dialect.kind != "trust" and not _element(raw, "Resource"):
        raise MalformedPolicyError("Policy statement must contain resources.")


_CHECKS: tuple[Callable[[Any, _Dialect], None], ...] = (
    _check_sid,
    _check_principals,
    _check_legacy,
    _check_resources,
    _check_actions,
    _check_complete,
)


# Elements ----------------------------------------------------------------------------------------------------------


def _element(raw: Mapping[str, Any], name: str) -> list[Any]:
    """The texts of an element or of its Not form; none when it is absent."""
    return _as_list(raw.get(name, raw.get(f"Not{name}", [])))


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


def _principals(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    is_not = "NotPrincipal" in raw
    value = raw["NotPrincipal" if is_not else "Principal"]
    if value == "*":
        return {"AWS": ("*",)}
    if not isinstance(value, dict) or not value or (is_not and [] in value.values()):
        raise MalformedPolicyError("Invalid principal in policy")
    for kind in value:
        if kind not in _PRINCIPAL_NAMES:
            raise MalformedPolicyError(f'Invalid principal in policy: "{kind}"')
    return {kind: tuple(_as_list(names)) for kind, names in value.items()}


class _Line(NamedTuple):
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


def _condition_lines(raw: Mapping[str, Any]) -> Iterator[_Line]:
    for spelling, keys in _pairs(raw.get("Condition", {})):
        quantifier, colon, name = spelling.rpartition(":")
        base = name.removesuffix("IfExists")
        if quantifier + colon not in _QUANTIFIERS or base not in OPERATORS or name == "NullIfExists":
            raise MalformedPolicyError(_SYNTAX)
        for key, values in _pairs(keys):
            texts = tuple(map(_text, _as_list(values)))
            yield _Line(spelling, _QUANTIFIERS[quantifier + colon], OPERATORS[base], base != name, key, texts)


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


# Compiling ---------------------------------------------------------------------------------------------------------


def _statement(index: int, raw: dict[str, Any], dialect: _Dialect) -> Statement:
    resources = [
        Template(text, resource, has_variables=dialect.has_variables, has_wildcards=True) for text in _element(raw, "Resource")
    ]
    return Statement(
        index=index,
        sid=raw.get("Sid", ""),
        effect=raw["Effect"],
        actions=tuple(glob(wild(text.lower())) for text in _element(raw, "Action")),
        is_not_action="NotAction" in raw,
        resources=tuple(resources) if dialect.kind != "trust" else None,
        is_not_resource="NotResource" in raw,
        principals=_principals(raw) if dialect.kind in {"trust", "resource"} else None,
        is_not_principal="NotPrincipal" in raw,
        conditions=tuple(_condition(line, dialect) for line in _condition_lines(raw)),
        document=raw,
    )


def _condition(line: _Line, dialect: _Dialect) -> Condition:
    made = line.operator
    values = [
        Template(text, made.make, has_variables=dialect.has_variables, has_wildcards=made.has_wildcards) for text in line.texts
    ]
    return Condition(line.spelling, made, line.quantifier, line.if_exists, line.key, line.key.lower(), tuple(values))
