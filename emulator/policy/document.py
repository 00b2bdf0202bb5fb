"""Policy documents: IAM's JSON, validated as IAM validates it on write and compiled for decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from emulator.policy.conditions import OPERATORS, Condition
from emulator.policy.match import Context, Template, glob, match_principal, match_resource
from emulator.values.call import Principal

Kind = Literal["identity", "trust", "resource"]

_VERSIONS = {"2008-10-17", "2012-10-17"}
_QUANTIFIERS = ("ForAllValues", "ForAnyValue")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?_:.-]+|\*+")
_SID = re.compile(r"[A-Za-z0-9]*")
_FIELDS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}


class MalformedPolicyError(ValueError):
    """A document that IAM would not store; the message is IAM's."""


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
    actions: tuple[str, ...]
    is_not_action: bool
    resources: tuple[Template, ...] | None
    is_not_resource: bool
    principals: Mapping[str, tuple[str, ...]] | None
    is_not_principal: bool
    conditions: tuple[Condition, ...]
    document: Mapping[str, Any] = field(compare=False, repr=False)

    def mismatch(self, action: str, resource: str, context: Context, caller: Principal) -> Reason | None:
        """None when the statement applies to the request, else the first reason why it does not."""
        if any(glob(pattern)(action.lower()) for pattern in self.actions) is self.is_not_action:
            return Reason("action", self._text("NotAction" if self.is_not_action else "Action"), action)
        if self.principals is not None and (match_principal(self.principals, caller) is None) is not self.is_not_principal:
            return Reason("principal", tuple(name for names in self.principals.values() for name in names), caller.arn)
        if self.resources is not None and self._covers(resource, context) is self.is_not_resource:
            return Reason("resource", self._text("NotResource" if self.is_not_resource else "Resource"), resource)
        for condition in self.conditions:
            if not condition.holds(context, self.effect):
                wanted = tuple(value.source for value in condition.values)
                return Reason("condition", wanted, context.get(condition.key.lower()), condition.spelling, condition.key)
        return None

    def _covers(self, resource: str, context: Context) -> bool:
        patterns = (template.render(context) for template in self.resources or ())
        return any(match_resource(pattern, resource) for pattern in patterns if pattern is not None)

    def _text(self, element: str) -> tuple[str, ...]:
        return tuple(map(str, _as_list(self.document[element])))


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy document."""

    version: str
    statements: tuple[Statement, ...]


@lru_cache(maxsize=4096)
def parse(text: str, kind: Kind) -> Policy:
    """Validate and compile; raises :class:`MalformedPolicyError` with IAM's text. Compiled documents are shared by content."""
    document = _load(text, kind)
    _only(document, {"Version", "Id", "Statement"})
    version = document.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise MalformedPolicyError("Policy document must be version 2012-10-17 or greater.")
    if "Statement" not in document:
        raise MalformedPolicyError("Missing required field Statement")
    raw = document["Statement"]
    entries = raw if isinstance(raw, list) else [raw]
    statements = tuple(_statement(index, entry, kind, version) for index, entry in enumerate(entries, 1))
    if not statements:
        raise MalformedPolicyError("Syntax errors in policy.")
    sids = [statement.sid for statement in statements if statement.sid]
    if len(sids) != len(set(sids)):
        raise MalformedPolicyError("Statement IDs (SID) in a single policy must be unique.")
    return Policy(version, statements)


def _load(text: str, kind: Kind) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise MalformedPolicyError(
            "This policy contains invalid Json" if kind == "trust" else "Syntax errors in policy."
        ) from None
    if not isinstance(document, dict):
        raise MalformedPolicyError("Syntax errors in policy.")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _only(document: dict[str, Any], allowed: set[str]) -> None:
    if not document.keys() <= allowed:
        raise MalformedPolicyError("Syntax errors in policy.")


def _statement(index: int, raw: Any, kind: Kind, version: str) -> Statement:
    if not isinstance(raw, dict):
        raise MalformedPolicyError("Syntax errors in policy.")
    _only(raw, _FIELDS)
    if raw.get("Effect") not in {"Allow", "Deny"}:
        raise MalformedPolicyError("Missing required field Effect" if "Effect" not in raw else f"Invalid effect: {raw['Effect']}")
    sid = raw.get("Sid", "")
    if not isinstance(sid, str) or (kind == "identity" and not _SID.fullmatch(sid)):
        raise MalformedPolicyError(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )
    actions, is_not_action = _either(raw, "Action", required=True)
    resources, is_not_resource = _either(raw, "Resource", required=kind == "identity")
    principals, is_not_principal = _principals(raw, kind)
    has_variables = version == "2012-10-17"
    for action in actions or ():
        _check_action(action, kind)
    if kind == "trust" and resources is not None:
        raise MalformedPolicyError("Has prohibited field Resource")
    for resource in resources or ():
        _check_resource(resource, has_variables=has_variables)
    return Statement(
        index=index,
        sid=sid,
        effect=raw["Effect"],
        actions=tuple(
            Template(action.lower(), has_variables=False, has_wildcards=True).render({}) or "" for action in actions or ()
        ),
        is_not_action=is_not_action,
        resources=None
        if resources is None
        else tuple(Template(text, has_variables=has_variables, has_wildcards=True) for text in resources),
        is_not_resource=is_not_resource,
        principals=principals,
        is_not_principal=is_not_principal,
        conditions=_conditions(raw.get("Condition", {}), has_variables=has_variables),
        document=raw,
    )


def _either(raw: dict[str, Any], name: str, *, required: bool) -> tuple[list[str] | None, bool]:
    if name in raw and f"Not{name}" in raw:
        raise MalformedPolicyError("Syntax errors in policy.")
    is_not = f"Not{name}" in raw
    if not is_not and name not in raw:
        if required:
            raise MalformedPolicyError(f"Missing required field {name}")
        return None, False
    return _strings(raw[f"Not{name}" if is_not else name], name), is_not


def _strings(value: Any, name: str) -> list[str]:
    items = _as_list(value)
    if not items and name in {"Action", "Resource"}:
        raise MalformedPolicyError(f"Policy statement must contain {name.lower()}s.")
    if not all(isinstance(item, str) for item in items):
        raise MalformedPolicyError("Syntax errors in policy.")
    return items


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_action(action: str, kind: Kind) -> None:
    if ":" not in action and set(action) != {"*"}:
        raise MalformedPolicyError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if not _ACTION.fullmatch(action):
        vendor = action.partition(":")[0]
        raise MalformedPolicyError(
            f"Vendor {vendor} is not valid" if not re.fullmatch("[A-Za-z0-9-]+", vendor) else "Syntax errors in policy."
        )
    if kind == "trust" and not action.lower().startswith("sts:"):
        raise MalformedPolicyError("AssumeRole policy may only specify STS AssumeRole actions.")


def _check_resource(resource: str, *, has_variables: bool) -> None:
    if resource == "*" or (has_variables and "${" in resource):
        return
    parts = resource.split(":")
    if parts[0] not in {"arn", "*"} and not resource.startswith("arn"):
        raise MalformedPolicyError(f'Resource {resource} must be in ARN format or "*".')
    if len(parts) < 6 and not resource.endswith("*"):
        raise MalformedPolicyError("The policy failed legacy parsing")


def _principals(raw: dict[str, Any], kind: Kind) -> tuple[dict[str, tuple[str, ...]] | None, bool]:
    is_not = "NotPrincipal" in raw
    if kind == "identity":
        if is_not or "Principal" in raw:
            raise MalformedPolicyError("Policy document should not specify a principal.")
        return None, False
    if not is_not and "Principal" not in raw:
        raise MalformedPolicyError("Missing required field Principal")
    value = raw["NotPrincipal" if is_not else "Principal"]
    if value == "*":
        return {"*": ("*",), "AWS": ("*",)}, is_not
    if not isinstance(value, dict) or not value:
        raise MalformedPolicyError("Invalid principal in policy")
    for name in value:
        if name not in _PRINCIPAL_KINDS:
            raise MalformedPolicyError(f'Invalid principal in policy: "{name}"')
    return {name: tuple(_strings(names, "Principal")) for name, names in value.items()}, is_not


def _conditions(raw: Any, *, has_variables: bool) -> tuple[Condition, ...]:
    if not isinstance(raw, dict):
        raise MalformedPolicyError("Syntax errors in policy.")
    return tuple(
        _condition(spelling, key, values, has_variables=has_variables)
        for spelling, keys in raw.items()
        for key, values in _pairs(keys)
    )


def _pairs(keys: Any) -> list[tuple[str, Any]]:
    if not isinstance(keys, dict):
        raise MalformedPolicyError("Syntax errors in policy.")
    return list(keys.items())


def _condition(spelling: str, key: str, values: Any, *, has_variables: bool) -> Condition:
    quantifier, colon, name = spelling.rpartition(":")
    if_exists = name.endswith("IfExists") and name != "NullIfExists"
    operator = OPERATORS.get(name.removesuffix("IfExists") if if_exists else name)
    if operator is None or (colon and quantifier not in _QUANTIFIERS):
        raise MalformedPolicyError(f"Invalid Condition type : {spelling}.")
    if ":" not in key:
        raise MalformedPolicyError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    texts = [_text(value) for value in _as_list(values)]
    for text in texts:
        if not operator.is_valid(text):
            raise MalformedPolicyError(f"Invalid value {text} for condition operator {spelling}.")
    return Condition(
        spelling=spelling,
        operator=operator,
        quantifier=quantifier,  # type: ignore[arg-type]  # one of _QUANTIFIERS or "", as checked above
        if_exists=if_exists,
        key=key,
        values=tuple(Template(text, has_variables=has_variables, has_wildcards=operator.has_wildcards) for text in texts),
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MalformedPolicyError("Syntax errors in policy.")
