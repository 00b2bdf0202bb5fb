"""The decision: which statement, in which layer, allowed or denied one request, and why the others did not.

The layers and their order are those of the iam-engine reference, section 1. One explicit deny anywhere denies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from emulator.policy.document import Policy, Reason, Request, Statement, request
from emulator.policy.match import Context, Naming, match_principal
from emulator.values.call import Need, Principal
from emulator.values.discreet import Discreet

Kind = Literal[
    "service control policy",
    "resource control policy",
    "resource-based policy",
    "role trust policy",
    "identity-based policy",
    "permissions boundary",
    "session policy",
]
"""The kinds of policy, in AWS's words."""

Effect = Literal["allowed", "explicitDeny", "implicitDeny"]

LAYERS: Mapping[Kind, str] = {
    "service control policy": "a service control policy",
    "resource control policy": "a resource control policy",
    "resource-based policy": "a resource-based policy",
    "role trust policy": "the role trust policy",
    "identity-based policy": "an identity-based policy",
    "permissions boundary": "a permissions boundary",
    "session policy": "a session policy",
}
"""Each kind as AWS's sentences name it, in the order of evaluation: of several that deny, the first is named."""


class Source(Struct, frozen=True):
    """A policy and where it comes from: ``name`` is its name or ARN, ``kind`` the layer it belongs to.

    ``level`` counts the organization's levels for service control policies: the root is 0, then each unit, then the account.
    A boundary or a session policy limits the caller as soon as there is one among the sources.
    """

    kind: Kind
    name: str
    policy: Policy
    level: int = 0


class Verdict(Struct, frozen=True):
    """One statement on one request: it matched, or the first reason why not."""

    source: Source
    statement: Statement
    reason: Reason | None

    def __str__(self) -> str:
        sid = f" {self.statement.sid}" if self.statement.sid else ""
        return f"statement {self.statement.index}{sid} of {self.source.name}"

    def to_json(self) -> dict[str, Any]:
        reason = self.reason
        return {
            "layer": self.source.kind,
            "policy": self.source.name,
            "statement": self.statement.index,
            "sid": self.statement.sid or None,
            "effect": self.statement.effect,
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


class Decision(Discreet, frozen=True, dict=True):
    """What was decided on a need, by which statement (None: by none), in which layer, and all that was looked at."""

    HIDDEN = ("sources", "context")

    need: Need
    principal: Principal
    effect: Effect
    layer: Kind | None
    because: Verdict | None
    sources: tuple[Source, ...]
    context: Context

    @property
    def is_allowed(self) -> bool:
        return self.effect == "allowed"

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every statement of every policy on this request. Worked out when asked for: a decision itself needs only a few."""
        return tuple(self._verdicts())

    def _verdicts(self) -> Iterator[Verdict]:
        is_bounded = any(source.kind == "permissions boundary" for source in self.sources)
        asked = request(self.need, self.principal, self.context, is_bounded=is_bounded)
        for source in self.sources:
            for statement in source.policy.statements:
                failure = statement.failure(asked) if statement.is_about(asked.action) else "action"
                yield Verdict(source, statement, None if failure is None else statement.reason(failure, self.need, asked))

    def sentence(self) -> str:
        """AWS's sentence for a denial."""
        action = self.need.action
        text = f"User: {self.principal.arn} is not authorized to perform: {action}"
        if self.need.resource != "*":
            text += f" on resource: {self.need.shown or self.need.resource}"
        if self.effect == "explicitDeny" and self.layer is not None:
            return f"{text} with an explicit deny in {LAYERS[self.layer]}"
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
            "because": self.because.to_json() if self.because else None,
            "explanation": self.explanation(),
            "keys": dict(self.need.keys),
            "statements": [verdict.to_json() for verdict in self.verdicts],
        }


def decide(need: Need, principal: Principal, context: Context, sources: Iterable[Source]) -> Decision:
    """Decide one need.

    ``sources`` are, as one flat list, the caller's identity policies, its boundary and session policies, the policy of the
    resource where it has one, and the organization's policies.
    """
    return judge(need, principal, context, binding(principal, sources))


class Binding(Struct, frozen=True):
    """The policies that bind a principal, and the kinds of them that there are."""

    sources: tuple[Source, ...]
    kinds: frozenset[Kind]


def binding(principal: Principal, sources: Iterable[Source]) -> Binding:
    """What is left of some policies without the layers that do not bind the principal."""
    free = _free_of(principal)
    bound = tuple(source for source in sources if source.kind not in free)
    return Binding(bound, frozenset(source.kind for source in bound))


def judge(need: Need, principal: Principal, context: Context, bound: Binding) -> Decision:
    """Decide one need by policies of which it is known whom they bind."""
    asked = request(need, principal, context, is_bounded="permissions boundary" in bound.kinds)
    found = _Found(bound.kinds, [], [], {})
    for source in bound.sources:
        for statement in source.policy.about(asked.action):
            if statement.failure(asked) is None:
                match = (source, statement)
                if statement.effect == "Deny":
                    found.denies.append(match)
                else:
                    found.allows.append(match)
                    found.first.setdefault(source.kind, match)
    effect, layer, because = _outcome(asked, bound.sources, found, is_trusting=need.trust is not None)
    verdict = Verdict(*because, None) if because else None
    return Decision(need, principal, effect, layer, verdict, bound.sources, context)


Match = tuple[Source, Statement]
"""A statement that applies, and where it stands."""


class _Found(Struct, frozen=True):
    """The kinds of policy that bind the request, and the statements that apply to it; ``first`` that allows, of each kind."""

    kinds: frozenset[Kind]
    allows: list[Match]
    denies: list[Match]
    first: dict[Kind, Match]


def _free_of(principal: Principal) -> frozenset[Kind]:
    """The layers that do not bind this principal.

    A service that calls as itself has no identity; a service-linked role has no boundary and stands outside organizations.
    """
    if principal.kind == "service":
        return _NOT_FOR_SERVICES
    return _NOT_FOR_LINKED_ROLES if ":role/aws-service-role/" in principal.entity else frozenset()


_NOT_FOR_SERVICES: frozenset[Kind] = frozenset(
    {"service control policy", "identity-based policy", "permissions boundary", "session policy"}
)
_NOT_FOR_LINKED_ROLES: frozenset[Kind] = frozenset({"service control policy", "resource control policy", "permissions boundary"})

_Outcome = tuple[Effect, Kind | None, Match | None]


def _outcome(asked: Request, bound: Sequence[Source], found: _Found, *, is_trusting: bool) -> _Outcome:
    """The rules, in the order of evaluation. Each line that answers ends it. ``is_trusting``: a role is to be assumed."""
    principal = asked.caller
    if found.denies:
        denial = min(found.denies, key=lambda match: _PLACE[match[0].kind])
        return "explicitDeny", denial[0].kind, denial
    if "service control policy" in found.kinds and _silent_level(bound, found):
        return _missing("service control policy")

    owner: Kind = "role trust policy" if is_trusting else "resource-based policy"
    granted = found.first.get(owner)
    if principal.kind == "service":
        return _allowed(granted) if granted else _missing(owner)

    limit = None if found.kinds.isdisjoint(_LIMITS) else _silent_limit(found)
    is_at_home = _is_at_home(asked)
    if is_at_home and granted:
        grants = {_naming(match, principal): match for match in reversed(found.allows) if match[0].kind == owner}
        direct = grants.get("any") or grants.get("self")
        if direct:
            return _allowed(direct)
        if "role" in grants:
            return _missing(limit) if limit else _allowed(grants["role"])
    if granted is None and (is_trusting or not is_at_home):
        return _missing(owner)

    own = found.first.get("identity-based policy")
    if own is None and principal.kind != "root":
        return _missing("identity-based policy")
    return _missing(limit) if limit else _allowed(own or granted)


_PLACE = {kind: place for place, kind in enumerate(LAYERS)}


def _allowed(because: Match | None) -> _Outcome:
    return "allowed", because[0].kind if because else None, because


def _missing(kind: Kind) -> _Outcome:
    return "implicitDeny", kind, None


def _silent_level(bound: Sequence[Source], found: _Found) -> bool:
    """Whether some level of the organization has service control policies and none of them allows."""
    levels = {source.level for source in bound if source.kind == "service control policy"}
    return bool(levels - {source.level for source, _ in found.allows if source.kind == "service control policy"})


def _silent_limit(found: _Found) -> Kind | None:
    """The caller's boundary, else its session policy, if it is there and does not allow."""
    for kind in _LIMITS:
        if kind in found.kinds and kind not in found.first:
            return kind
    return None


_LIMITS: tuple[Kind, ...] = ("permissions boundary", "session policy")


def _is_at_home(asked: Request) -> bool:
    """Whether the resource is the caller's account's. ARNs without account and AWS's own (managed policies) are everyone's."""
    parts = asked.parts
    return len(parts) < 5 or parts[4] in {"", "*", "aws", asked.caller.account}


def _naming(match: Match, principal: Principal) -> Naming | None:
    """How a statement that applies names the caller; one that only says who is meant not (NotPrincipal) means everyone."""
    statement = match[1]
    return "any" if statement.is_not_principal else match_principal(statement.principals or {}, principal)
