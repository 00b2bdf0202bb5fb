"""Policy documents, compiled for decisions: policies, their statements, and why a statement does not apply."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal

from msgspec import Struct

from emulator.policy.conditions import Condition
from emulator.policy.grammar import (
    Dialect,
    Kind,
    Line,
    MalformedPolicyError,
    as_list,
    checked,
    condition_lines,
    element,
    principals,
)
from emulator.policy.match import (
    EVERYTHING,
    Context,
    Glob,
    Matcher,
    Principals,
    Template,
    glob,
    match_principal,
    names_in_full,
    resource,
    split,
    units,
    wild,
)
from emulator.values.call import Need, Principal
from emulator.values.discreet import Discreet

__all__ = ["Kind", "MalformedPolicyError", "Policy", "Reason", "Request", "Statement", "parse", "request"]


# Statements --------------------------------------------------------------------------------------------------------


class Request(Struct, frozen=True):
    """What a statement is held against: a need in the form that is compared, and who asks."""

    action: str
    parts: list[str]
    context: Context
    caller: Principal
    is_bounded: bool
    """Whether the caller has a permissions boundary."""


def request(need: Need, caller: Principal, context: Context, *, is_bounded: bool = False) -> Request:
    return Request(_action(need.action), split(need.resource), context, caller, is_bounded)


@lru_cache(maxsize=4096)
def _action(name: str) -> str:
    """As it is compared; few are ever asked for."""
    return units(name).lower()


Failure = Literal["action", "principal", "resource"] | Condition
"""The first element of a statement that a request does not meet."""


class Reason(Struct, frozen=True):
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


class Statement(Discreet, frozen=True, eq=False):
    """One compiled statement. ``index`` counts from 1. As a policy it is equal to itself alone: each text is compiled once."""

    HIDDEN = ("document",)

    index: int
    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[Glob, ...]
    is_not_action: bool
    resources: tuple[Template[Matcher], ...] | None
    is_not_resource: bool
    is_everywhere: bool
    """Whether it covers all resources: in a trust policy, and where one is ``*``."""
    principals: Principals | None
    is_not_principal: bool
    conditions: tuple[Condition, ...]
    document: Mapping[str, Any]

    def failure(self, asked: Request) -> Failure | None:
        """None when the statement applies to a request that it :meth:`is_about`, else the first element that fails."""
        if self.principals is not None and not self._names(asked):
            return "principal"
        if not self.is_everywhere and self._covers(asked) is self.is_not_resource:
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
        return tuple(map(str, as_list(self.document[element])))


_MOST_ACTIONS = 1_000


class Policy(Discreet, frozen=True, eq=False, dict=True):
    """A compiled policy document, and the ``kind`` and ``text`` that it was compiled from (none of one that never had any)."""

    HIDDEN = ("kind", "text")

    version: str
    statements: tuple[Statement, ...]
    kind: Kind = "identity"
    text: str = ""

    @cached_property
    def _by_action(self) -> dict[str, tuple[Statement, ...]]:
        return {}

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements whose action element has this action (in lower case). Remembered, for few actions are ever asked."""
        known = self._by_action.get(action)
        if known is None:
            if len(self._by_action) >= _MOST_ACTIONS:
                self._by_action.clear()
            known = self._by_action[action] = tuple(found for found in self.statements if found.is_about(action))
        return known


# Compiling ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def parse(text: str, kind: Kind) -> Policy:
    """Validate and compile; raises :class:`MalformedPolicyError` with IAM's text. Compiled documents are shared by content."""
    document, dialect = checked(text, kind)
    statements = [_statement(index, raw, dialect) for index, raw in enumerate(document["Statement"], 1)]
    return Policy(document["Version"], tuple(statements), kind, text)


def _statement(index: int, raw: dict[str, Any], dialect: Dialect) -> Statement:
    resources = [
        Template(text, resource, has_variables=dialect.has_variables, has_wildcards=True) for text in element(raw, "Resource")
    ]
    has_all = "NotResource" not in raw and any(template.fixed is EVERYTHING for template in resources)
    return Statement(
        index=index,
        sid=raw.get("Sid", ""),
        effect=raw["Effect"],
        actions=tuple(glob(wild(text.lower())) for text in element(raw, "Action")),
        is_not_action="NotAction" in raw,
        resources=tuple(resources) if dialect.kind != "trust" else None,
        is_not_resource="NotResource" in raw,
        is_everywhere=dialect.kind == "trust" or has_all,
        principals=principals(raw) if dialect.kind in {"trust", "resource"} else None,
        is_not_principal="NotPrincipal" in raw,
        conditions=tuple(_condition(line, dialect) for line in condition_lines(raw)),
        document=raw,
    )


def _condition(line: Line, dialect: Dialect) -> Condition:
    made = line.operator
    values = [
        Template(text, made.make, has_variables=dialect.has_variables, has_wildcards=made.has_wildcards) for text in line.texts
    ]
    return Condition(line.spelling, made, line.quantifier, line.if_exists, line.key, line.key.lower(), tuple(values))
