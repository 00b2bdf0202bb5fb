"""What a simulation is asked, checked as AWS checks it: actions, resources, the caller, a resource policy, pages."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import TypedDict

from msgspec import Struct

from emulator.policy.decide import Kind, Source
from emulator.policy.document import MalformedPolicyError, Policy, parse
from emulator.policy.match import Context
from emulator.policy.reference import look_up
from emulator.policy.simulated import as_simulated
from emulator.services.iam import simulation_errors as errors
from emulator.services.iam.simulation_context import ContextEntry, caller_keys, entries
from emulator.services.iam.simulation_evaluation import Document, Scene
from emulator.values.call import Call, Principal, PrincipalKind
from emulator.values.errors import AwsError


class ControlLevel(TypedDict, total=False):
    ServiceControlPolicyInputList: list[str]


class Draft(Struct, frozen=True):
    """A policy on its way into a simulation: ``id`` is its SourcePolicyId."""

    kind: Kind
    id: str
    text: str
    policy: Policy
    level: int = 0

    def document(self, context: Context) -> Document:
        return Document(Source(self.kind, self.id, as_simulated(self.policy, context), self.level), self.text)


class Question(Struct, frozen=True, kw_only=True):
    """The members that both operations have, in this order of AWS's model."""

    actions: Sequence[str]
    resources: Sequence[str]
    resource_policy: str | None
    resource_owner: str | None
    caller: str | None
    """The ARN of the simulated caller."""
    context: Sequence[ContextEntry]
    handling: str | None

    @property
    def named(self) -> Sequence[str]:
        """The resources by name; none when the question is asked of ``*``."""
        return [] if list(self.resources) == ["*"] else self.resources


# policies ------------------------------------------------------------------------------------------------------------


def identity_drafts(texts: Sequence[str]) -> list[Draft]:
    return [
        Draft("identity-based policy", f"PolicyInputList.{place}", text, parsed(text, errors.invalid_policy(place)))
        for place, text in enumerate(texts, 1)
    ]


def boundary_drafts(texts: Sequence[str]) -> list[Draft]:
    if len(texts) > 1:
        raise errors.too_many_boundaries()
    return [
        Draft("permissions boundary", "PermissionsBoundaryPolicyInputList.1", text, parsed(text, errors.invalid_boundary()))
        for text in texts
    ]


def control_drafts(levels: Sequence[ControlLevel]) -> list[Draft]:
    """The levels of an organization, the root first."""
    drafts = []
    for place, level in enumerate(levels, 1):
        texts = level.get("ServiceControlPolicyInputList")
        if not texts:
            raise errors.empty_level(place)
        policies = [(text, parsed(text, errors.invalid_control_policy(place))) for text in texts]
        drafts += [Draft("service control policy", f"level {place}", text, policy, place) for text, policy in policies]
    return drafts


def parsed(text: str, error: AwsError) -> Policy:
    """Read as leniently as the simulator reads: literals that do not convert are taken (observed)."""
    try:
        return parse(text, "session")
    except MalformedPolicyError:
        raise error from None


def _resource_draft(text: str) -> Draft:
    """A role's trust policy is taken too (observed: aws-cli#10314)."""
    try:
        policy = parse(text, "resource")
    except MalformedPolicyError:
        try:
            policy = parse(text, "trust")
        except MalformedPolicyError:
            raise errors.invalid_resource_policy() from None
    return Draft("resource-based policy", "ResourcePolicy", text, policy)


# the question --------------------------------------------------------------------------------------------------------

_CALLER = re.compile(r"arn:[^:]+:iam::(\d{12}):(user|group|role)/.+")
_OWNER = re.compile(r"arn:[^:]+:iam::(\d{12}):.+")


def scene(call: Call, question: Question, drafts: Sequence[Draft]) -> Scene:
    """The question, checked, with the policies that it is held against."""
    given = entries(question.context)
    _check_actions(call, question)
    _check_resources(question)
    caller = _caller(call, question)
    owner = _owner(question.resource_owner) or caller.account
    context = {**caller_keys(caller), **given}
    whole = [*drafts, *_resource_drafts(question)]
    return Scene(caller, owner, context, frozenset(given), tuple(draft.document(context) for draft in whole))


def _check_actions(call: Call, question: Question) -> None:
    """Only where resources are named does it matter which actions are known and what they are asked on (observed)."""
    if not all(":" in action for action in question.actions):
        raise errors.invalid_action()
    if not question.named:
        return
    known = {action: found for action in question.actions if (found := look_up(action))}
    unknown = [action for action in question.actions if action not in known]
    if known and unknown:
        raise errors.mixed_actions([action for action in question.actions if action in known], unknown)
    if question.handling is not None:
        astray = [action for action in question.actions if action in unknown or question.handling not in known[action].scenarios]
        if astray:
            raise errors.invalid_handling(call.operation, astray)


def _check_resources(question: Question) -> None:
    for name in question.named:
        parts = name.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
            raise errors.invalid_resource(name)


def _caller(call: Call, question: Question) -> Principal:
    """A role is a session of itself: a resource policy may name it both ways."""
    if question.caller is None:
        if question.resource_policy is not None:
            raise errors.no_caller()
        return Principal("user", call.account, "", "")
    found = _CALLER.fullmatch(question.caller)
    if not found:
        raise errors.invalid_caller()
    kind: PrincipalKind = "session" if found[2] == "role" else "user"
    return Principal(kind, found[1], question.caller, question.caller, entity=question.caller)


def _owner(arn: str | None) -> str:
    found = _OWNER.fullmatch(arn) if arn is not None else None
    if arn is not None and not found:
        raise errors.invalid_owner(arn)
    return found[1] if found else ""


def _resource_drafts(question: Question) -> list[Draft]:
    """A resource policy needs resources by name, and may not speak of all resources itself (observed)."""
    if question.resource_policy is None:
        return []
    if not question.named:
        raise errors.no_entity("*")
    draft = _resource_draft(question.resource_policy)
    for statement in draft.policy.statements:
        if any(resource.source == "*" for resource in statement.resources or ()):
            raise errors.invalid_resource("*")
    return [draft]


# pages ---------------------------------------------------------------------------------------------------------------


def page_of(actions: Sequence[str], marker: str | None, limit: int) -> tuple[Sequence[str], str | None]:
    """The actions of one page, and the marker of the next. A marker is only a place: the next request may ask other actions."""
    start = 0 if marker is None else _place(marker)
    end = start + limit
    return actions[start:end], _marker(end) if end < len(actions) else None


_MARK = re.compile(r"simulation:(\d{1,9})", re.ASCII)


def _marker(place: int) -> str:
    return base64.urlsafe_b64encode(f"simulation:{place}".encode()).decode()


def _place(marker: str) -> int:
    try:
        found = _MARK.fullmatch(base64.b64decode(marker.encode(), altchars=b"-_", validate=True).decode())
    except (binascii.Error, UnicodeError):
        found = None
    if not found:
        raise errors.invalid_marker()
    return int(found[1])
