"""The user, group or role of a simulation: who it is, what policies hang on it, and which of them the request leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypedDict

from emulator.engine import identity, organization
from emulator.engine.identity import Group, Held, Role, User
from emulator.engine.world import World
from emulator.policy.document import Policy, parse
from emulator.policy.match import glob, wild
from emulator.services.iam import simulation_errors as errors
from emulator.services.iam.simulation_inputs import Draft
from emulator.values.call import Call, Need, Principal
from emulator.values.tags import resource_keys

Holder = User | Role | Group


class InlinePolicy(TypedDict, total=False):
    PolicyName: str
    AttachmentType: str
    AttachmentName: str


class Exclusion(TypedDict, total=False):
    PolicyType: str
    PolicyArn: str
    InlinePolicyIdentifier: InlinePolicy


# who -----------------------------------------------------------------------------------------------------------------

_ENTITY = re.compile(r"arn:[^:]+:iam::(\d{12}):(user|group|role)/(?:.*/)?([^/]+)")
_KINDS: dict[str, type[Holder]] = {"user": User, "group": Group, "role": Role}


def look_up(world: World, arn: str) -> Holder | None:
    """The entity of an ARN, whatever path the ARN has (observed); None when there is none."""
    found = _ENTITY.fullmatch(arn)
    return world.store.get(_KINDS[found[2]], (found[1], "", found[3].lower())) if found else None


def find(world: World, call: Call, arn: str) -> Holder:
    if not _ENTITY.fullmatch(arn):
        raise errors.no_entity(arn)
    holder = look_up(world, arn)
    if holder is None or holder.account != call.account:
        raise errors.no_such_entity()
    return holder


def need(world: World, call: Call) -> Need:
    """The call's action on the entity it asks about, by its stored ARN if it is there."""
    arn = call.params["PolicySourceArn"]
    holder = look_up(world, arn)
    if holder is not None:
        return Need(call.action, holder.arn, resource_keys(holder.tags, "iam"), shown=f"{_kind(holder)} {holder.name}")
    found = _ENTITY.fullmatch(arn)
    return Need(call.action, arn, shown=f"{found[2]} {found[3]}" if found else None)


def _kind(holder: Holder) -> str:
    return next(name for name, kind in _KINDS.items() if isinstance(holder, kind))


# what it has ---------------------------------------------------------------------------------------------------------


def drafts(world: World, holder: Holder, exclusions: Sequence[Exclusion], boundary: list[Draft]) -> list[Draft]:
    """All that decides for it, without what is left out.

    A ``boundary`` that the request gives takes the place of the attached one, and cannot be left out (observed).
    """
    is_left_out = left_out(exclusions)
    types = {exclusion.get("PolicyType") for exclusion in exclusions}
    attached = [] if boundary or "permission-boundary" in types else _boundary(world, holder)
    controls = [] if "scp" in types else _controls(world, holder)
    own = [held for held in identity_policies(world, holder) if not is_left_out(held)]
    return [*map(draft, own), *boundary, *attached, *controls]


def identity_policies(world: World, holder: Holder) -> list[Held]:
    """Its own and those of its groups; a managed policy that it has several times counts once."""
    once = {held.arn or (held.holder.unique_id, held.name): held for held in identity.held(world, holder)}
    return list(once.values())


def draft(held: Held) -> Draft:
    """SourcePolicyId is ``user_NAME_POLICY`` of an inline policy, the bare name of a managed one (observed)."""
    name = held.name if held.arn else f"{_kind(held.holder)}_{held.holder.name}_{held.name}"
    return Draft("identity-based policy", name, held.document, parse(held.document, "session"))


def _boundary(world: World, holder: Holder) -> list[Draft]:
    """The attached boundary; one whose policy is gone allows nothing."""
    if not holder.boundary:
        return []
    policy = identity.find_policy(world, holder.boundary)
    if policy is None:
        return [Draft("permissions boundary", holder.boundary, "", Policy("2012-10-17", ()))]
    text = identity.document(world, holder.account, policy, holder.boundary.split(":")[1])
    return [Draft("permissions boundary", policy.name, text, parse(text, "session"))]


def _controls(world: World, holder: Holder) -> list[Draft]:
    """The service control policies that bind its account; the simulator knows no resource control policies."""
    member = Principal("user", holder.account, holder.arn, holder.unique_id)
    found = organization.service_controls(world, member.account)
    return [Draft(source.kind, source.name, "", source.policy, source.level) for source in found]


# what is left out ----------------------------------------------------------------------------------------------------

Test = Callable[[Held], bool]

_POLICY_ARN = re.compile(r"(arn:[a-z0-9-]+:iam::(?:aws|\d{12}):policy/)([\w+=,.@/*?-]+)", re.ASCII)

_TYPES: dict[str, Test] = {
    "inline": lambda held: not held.arn,
    "aws-managed": lambda held: held.arn.split(":")[4:5] == ["aws"],
    "user-managed": lambda held: held.arn.split(":")[4:5] not in ([], ["aws"]),
}
"""The types that identity policies are of; the others name boundaries and the organization's policies."""


def left_out(exclusions: Sequence[Exclusion]) -> Test:
    """Whether an identity policy is left out. What an exclusion names and nobody has is no error."""
    tests = [_test(exclusion) for exclusion in exclusions]
    return lambda held: any(test(held) for test in tests)


def _test(exclusion: Exclusion) -> Test:
    if len(exclusion) != 1:
        raise errors.invalid_exclusion()
    if "PolicyArn" in exclusion:
        return _by_arn(exclusion["PolicyArn"])
    if "InlinePolicyIdentifier" in exclusion:
        return _inline(exclusion["InlinePolicyIdentifier"])
    return _TYPES.get(exclusion["PolicyType"], lambda _held: False)


def _by_arn(arn: str) -> Test:
    """A managed policy by an ARN without its path: with it, it is not found (observed). One ``*`` and any ``?`` in the name."""
    found = _POLICY_ARN.fullmatch(arn)
    if not found or arn.count("*") > 1:
        raise errors.invalid_arn_exclusion(arn)
    prefix, match = found[1], glob(wild(found[2]))
    return lambda held: held.arn.startswith(prefix) and match(held.name)


def _inline(named: InlinePolicy) -> Test:
    """The policy's name stands as it is; the owner's may have one ``*`` and any ``?`` (observed)."""
    name, kind, owner = named["PolicyName"], named["AttachmentType"], named["AttachmentName"]
    if not {"*", "?"}.isdisjoint(name) or owner.count("*") > 1:
        raise errors.invalid_inline_exclusion()
    match = glob(wild(owner))
    return lambda held: not held.arn and held.name == name and _kind(held.holder) == kind and match(held.holder.name)
