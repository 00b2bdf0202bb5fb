"""One action on one resource, as the policy simulator decides it.

Which statements apply, what denies, and what an organization leaves is :func:`~emulator.policy.decide.decide`'s word. Only
who may grant differs from enforcement (iam-engine reference, section 7): within an account a resource policy that names the
caller, its role or its whole account is enough, whatever its own policies and its boundary leave open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from emulator.policy.context_keys import LITERALS, context_keys
from emulator.policy.decide import Decision, Effect, Kind, Source, Verdict, decide
from emulator.policy.match import Context
from emulator.policy.positions import Span, statement_spans
from emulator.policy.reference import look_up
from emulator.values.call import Need, Principal

LABELS: Mapping[Kind, str] = {
    "identity-based policy": "IAM Policy",
    "resource-based policy": "Resource Policy",
    "permissions boundary": "Permissions Boundary Policy",
}
"""The simulator's words for the layers whose statements it shows (observed; the model's enum has others)."""

_CONTROL: Kind = "service control policy"
_RANK: Mapping[Effect, int] = {"explicitDeny": 0, "implicitDeny": 1, "allowed": 2}


class Document(Struct, frozen=True, dict=True):
    """A policy of a simulation. The source's name is its SourcePolicyId; the text says where its statements stand."""

    source: Source
    text: str

    @cached_property
    def spans(self) -> list[Span]:
        return statement_spans(self.text)


class Scene(Struct, frozen=True, dict=True):
    """Everything of a simulation but the action and the resource.

    ``given`` are the keys that entries of the request set, in lower case. ``owner`` is the account of resources whose ARN
    names none.
    """

    caller: Principal
    owner: str
    context: Context
    given: frozenset[str]
    documents: tuple[Document, ...]

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The keys that the policies name and no entry gave, each spelling once; control policies do not count."""
        keys = (
            key
            for document in self.documents
            if document.source.kind in LABELS
            for key in context_keys(document.source.policy)
            if key.lower() not in self.given and key not in LITERALS
        )
        return tuple(dict.fromkeys(keys))

    def span(self, verdict: Verdict) -> Span:
        """Where a statement stands in the policy it is of."""
        document = next(document for document in self.documents if document.source is verdict.source)
        return document.spans[verdict.statement.index - 1]

    def sources(self, action: str) -> list[Source]:
        """The simulator leaves the resource policy out for actions that assume a role (observed: aws-cli#10314)."""
        is_assumption = action.lower().startswith("sts:assume")
        sources = (document.source for document in self.documents)
        return [source for source in sources if not (is_assumption and source.kind == "resource-based policy")]

    def is_abroad(self, resource: str) -> bool:
        """Whether the resource is another account's than the caller's."""
        return ("".join(resource.split(":")[4:5]) or self.owner) != self.caller.account


class Finding(Struct, frozen=True):
    """The outcome for one resource.

    ``layers`` is what each layer says for itself; empty when the organization ended the evaluation. ``by_organization`` is
    None outside an organization. Accounts count only together with a resource policy: without one nothing is abroad.
    """

    resource: str
    effect: Effect
    is_abroad: bool
    by_organization: bool | None
    layers: Mapping[Kind, Effect] = field(default_factory=dict)
    matched: tuple[Verdict, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def within_boundary(self) -> bool | None:
        """None without a boundary."""
        word = self.layers.get("permissions boundary")
        return None if word is None else word == "allowed"


def evaluate(scene: Scene, action: str, resource: str) -> Finding:
    sources = scene.sources(action)
    is_abroad = scene.is_abroad(resource) and any(source.kind == "resource-based policy" for source in sources)
    decision = decide(Need(action, resource), scene.caller, scene.context, sources)
    if decision.layer == _CONTROL:  # it denies, or a level of the organization is silent: nothing more is said
        return Finding(resource, decision.effect, is_abroad, by_organization=False)
    layers = _layers(decision)
    effect = _effect(decision, layers, is_abroad=is_abroad) if _is_askable(action, resource) else "implicitDeny"
    return Finding(
        resource,
        effect,
        is_abroad,
        by_organization=True if any(source.kind == _CONTROL for source in decision.sources) else None,
        layers=layers,
        matched=_deciding(decision, effect),
        missing=scene.missing if effect == "implicitDeny" else (),
    )


def most_restrictive(effects: Iterable[Effect]) -> Effect:
    return min(effects, key=_RANK.__getitem__)


def _is_askable(action: str, resource: str) -> bool:
    """Whether the resource is of a type that the action takes. An action that nobody knows takes everything."""
    known = None if resource == "*" else look_up(action)
    return known is None or known.takes(resource)


def _effect(decision: Decision, layers: Mapping[Kind, Effect], *, is_abroad: bool) -> Effect:
    if decision.effect == "explicitDeny":
        return "explicitDeny"
    if is_abroad:
        return most_restrictive(layers.values())
    if layers.get("resource-based policy") == "allowed":
        return "allowed"
    return most_restrictive(effect for kind, effect in layers.items() if kind != "resource-based policy")


def _layers(decision: Decision) -> dict[Kind, Effect]:
    """What each layer that is there says for itself; the identity always has a say."""
    there = {"identity-based policy", *(source.kind for source in decision.sources)}
    layers: dict[Kind, Effect] = {kind: "implicitDeny" for kind in LABELS if kind in there}
    for verdict in _applying(decision):
        kind = verdict.source.kind
        if verdict.statement.effect == "Deny":
            layers[kind] = "explicitDeny"
        elif layers[kind] == "implicitDeny":
            layers[kind] = "allowed"
    return layers


def _deciding(decision: Decision, effect: Effect) -> tuple[Verdict, ...]:
    """Of a denial the statements that deny, in every layer; of a grant those that grant, which a boundary does not."""
    if effect == "implicitDeny":
        return ()
    if effect == "explicitDeny":
        return tuple(verdict for verdict in _applying(decision) if verdict.statement.effect == "Deny")
    return tuple(verdict for verdict in _applying(decision) if verdict.source.kind != "permissions boundary")


def _applying(decision: Decision) -> list[Verdict]:
    """The statements that apply, without those of control policies, which the simulator never shows."""
    return [verdict for verdict in decision.verdicts if verdict.reason is None and verdict.source.kind in LABELS]
