"""The decision: which statement, in which layer, allowed or denied one request, and why the others did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from emulator.policy.document import Policy, Reason, Statement
from emulator.policy.match import Context, match_principal
from emulator.values.call import Need, Principal

Kind = Literal["identity-based policy", "resource-based policy", "role trust policy"]
"""The kinds of policy, in AWS's words."""

Effect = Literal["allowed", "explicitDeny", "implicitDeny"]


@dataclass(frozen=True, slots=True)
class Source:
    """A policy and where it comes from: ``name`` is its name or ARN, ``kind`` the layer it belongs to."""

    kind: Kind
    name: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Verdict:
    """One statement on one request: it matched, or the first reason why not."""

    source: Source
    statement: Statement
    reason: Reason | None

    def __str__(self) -> str:
        sid = f" {self.statement.sid}" if self.statement.sid else ""
        return f"statement {self.statement.index}{sid} of {self.source.name}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a need, by which statement (None: by none), in which layer, and all that was looked at."""

    need: Need
    principal: Principal
    effect: Effect
    layer: Kind | None
    because: Verdict | None
    verdicts: tuple[Verdict, ...]

    @property
    def is_allowed(self) -> bool:
        return self.effect == "allowed"

    def sentence(self) -> str:
        """AWS's sentence for a denial."""
        action, resource = self.need.action, self.need.resource
        text = f"User: {self.principal.arn} is not authorized to perform: {action}"
        if resource != "*":
            text += f" on resource: {resource}"
        if self.effect == "explicitDeny":
            article = "the" if self.layer == "role trust policy" else "a" if self.layer == "resource-based policy" else "an"
            return f"{text} with an explicit deny in {article} {self.layer}"
        return f"{text} because no {self.layer} allows the {action} action"

    def explanation(self) -> str:
        """The one thing that a reader wants first: what allowed it, what denied it, or what is missing."""
        if self.because is not None:
            verb = "denied" if self.effect == "explicitDeny" else "allowed"
            return f"{verb} by {self.because}"
        if self.is_allowed:
            return "allowed: the account's root user needs no policy"
        near = [verdict for verdict in self.verdicts if verdict.reason and verdict.reason.element != "action"]
        missing = f"no {self.layer} allows {self.need.action} on {self.need.resource}"
        return "; ".join([missing, *(f"{verdict} does not apply: {verdict.reason}" for verdict in near)])

    def to_json(self) -> dict[str, Any]:
        """A stable form for the journal."""
        return {
            "action": self.need.action,
            "resource": self.need.resource,
            "decision": self.effect,
            "layer": self.layer,
            "because": _verdict_json(self.because) if self.because else None,
            "explanation": self.explanation(),
            "keys": dict(self.need.keys),
            "statements": [_verdict_json(verdict) for verdict in self.verdicts],
        }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    reason = verdict.reason
    return {
        "policy": verdict.source.name,
        "statement": verdict.statement.index,
        "sid": verdict.statement.sid or None,
        "effect": verdict.statement.effect,
        "matched": reason is None,
        "reason": None
        if reason is None
        else {
            "element": reason.element,
            "operator": reason.operator or None,
            "key": reason.key or None,
            "wanted": list(reason.wanted),
            "got": reason.got,
        },
    }


def decide(need: Need, principal: Principal, context: Context, sources: Iterable[Source]) -> Decision:
    """Decide one need. ``sources`` are the caller's identity policies and, where the resource has one, its own policy."""
    verdicts = tuple(_verdicts(need, principal, context, sources))
    matched = [verdict for verdict in verdicts if verdict.reason is None]
    denial = next((verdict for verdict in matched if verdict.statement.effect == "Deny"), None)
    if denial is not None:
        return Decision(need, principal, "explicitDeny", denial.source.kind, denial, verdicts)
    allowed, missing = _grant(need, principal, matched)
    if allowed is not None or missing is None:
        return Decision(need, principal, "allowed", allowed.source.kind if allowed else None, allowed, verdicts)
    return Decision(need, principal, "implicitDeny", missing, None, verdicts)


def _verdicts(need: Need, principal: Principal, context: Context, sources: Iterable[Source]) -> Iterator[Verdict]:
    for source in sources:
        for statement in source.policy.statements:
            yield Verdict(source, statement, statement.mismatch(need.action, need.resource, context, principal))


def _grant(need: Need, principal: Principal, matched: list[Verdict]) -> tuple[Verdict | None, Kind | None]:
    """(the allowing verdict, the layer that is missing); both None for root, which needs no policy."""
    own = next((verdict for verdict in matched if verdict.source.kind == "identity-based policy"), None)
    granted = [verdict for verdict in matched if verdict.source.kind != "identity-based policy"]
    direct = next((verdict for verdict in granted if _names_caller(verdict, principal)), None)
    same_account = need.resource.split(":")[4:5] in ([], [""], [principal.account])
    if need.trust is not None:
        if not granted:
            return None, "role trust policy"
        if principal.kind == "service" or (direct is not None and same_account):
            return granted[0] if direct is None else direct, None
        return own, "identity-based policy"
    if principal.kind == "service":
        return direct, "resource-based policy"
    if principal.kind == "root" and same_account:
        return None, None
    if same_account:
        return own or direct, "identity-based policy"
    return (own, "identity-based policy") if granted else (None, "resource-based policy")


def _names_caller(verdict: Verdict, principal: Principal) -> bool:
    """Whether the statement names the caller itself (or everyone); naming its account only delegates."""
    return verdict.statement.principals is not None and match_principal(verdict.statement.principals, principal) in {
        "self",
        "role",
        "any",
    }
