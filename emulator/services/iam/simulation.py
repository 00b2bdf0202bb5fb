"""The policy simulator: what policies would allow, on the engine that decides every call here.

Sources: iam-engine reference, sections 4 and 7. Where the simulator differs from enforcement, the difference stands in
:mod:`~emulator.services.iam.simulation_evaluation` or :mod:`emulator.policy.simulated`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.policy.context_keys import context_keys
from emulator.services.iam import simulation_principals as principals
from emulator.services.iam.simulation_context import ContextEntry
from emulator.services.iam.simulation_inputs import (
    ControlLevel,
    Draft,
    Question,
    boundary_drafts,
    control_drafts,
    identity_drafts,
    page_of,
    scene,
)
from emulator.services.iam.simulation_principals import Exclusion
from emulator.services.iam.simulation_results import result
from emulator.values.call import Call, Need

PAGE_SIZE = 100
"""Actions of a page when the caller does not say."""


def simulate_custom_policy(
    _world: World,
    call: Call,
    *,
    PolicyInputList: list[str],
    ActionNames: list[str],
    PermissionsBoundaryPolicyInputList: list[str] | None = None,
    OrderedOrganizationPolicyInputList: list[ControlLevel] | None = None,
    ResourceArns: list[str] | None = None,
    ResourcePolicy: str | None = None,
    ResourceOwner: str | None = None,
    CallerArn: str | None = None,
    ContextEntries: list[ContextEntry] | None = None,
    ResourceHandlingOption: str | None = None,
    MaxItems: int = PAGE_SIZE,
    Marker: str | None = None,
) -> Result:
    """Policies given as text; the caller, if any is named, brings none along."""
    drafts = [
        *identity_drafts(PolicyInputList),
        *boundary_drafts(PermissionsBoundaryPolicyInputList or []),
        *control_drafts(OrderedOrganizationPolicyInputList or []),
    ]
    question = Question(
        actions=ActionNames,
        resources=ResourceArns or [],
        resource_policy=ResourcePolicy,
        resource_owner=ResourceOwner,
        caller=CallerArn,
        context=ContextEntries or [],
        handling=ResourceHandlingOption,
    )
    return _answer(call, question, drafts, Marker, MaxItems)


def simulate_custom_policy_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:SimulateCustomPolicy", "*")


def simulate_principal_policy(
    world: World,
    call: Call,
    *,
    PolicySourceArn: str,
    ActionNames: list[str],
    PolicyInputList: list[str] | None = None,
    PermissionsBoundaryPolicyInputList: list[str] | None = None,
    PolicyExclusionList: list[Exclusion] | None = None,
    ResourceArns: list[str] | None = None,
    ResourcePolicy: str | None = None,
    ResourceOwner: str | None = None,
    CallerArn: str | None = None,
    ContextEntries: list[ContextEntry] | None = None,
    ResourceHandlingOption: str | None = None,
    MaxItems: int = PAGE_SIZE,
    Marker: str | None = None,
) -> Result:
    """The policies of a user (and its groups), a group or a role, more of them as text, and what binds its account.

    A boundary that is given replaces the attached one.
    """
    holder = principals.find(world, call, PolicySourceArn)
    drafts = [
        *principals.drafts(world, holder, PolicyExclusionList or [], boundary_drafts(PermissionsBoundaryPolicyInputList or [])),
        *identity_drafts(PolicyInputList or []),
    ]
    question = Question(
        actions=ActionNames,
        resources=ResourceArns or [],
        resource_policy=ResourcePolicy,
        resource_owner=ResourceOwner,
        caller=CallerArn or holder.arn,
        context=ContextEntries or [],
        handling=ResourceHandlingOption,
    )
    return _answer(call, question, drafts, Marker, MaxItems)


def simulate_principal_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield principals.need(world, call)


def _answer(call: Call, question: Question, drafts: Sequence[Draft], marker: str | None, limit: int) -> Result:
    where = scene(call, question, drafts)
    actions, following = page_of(question.actions, marker, limit)
    return {
        "EvaluationResults": [result(where, action, question.named) for action in actions],
        "IsTruncated": following is not None,
        "Marker": following,
    }


# the keys that policies name -----------------------------------------------------------------------------------------


def get_context_keys_for_custom_policy(_world: World, _call: Call, *, PolicyInputList: list[str]) -> Result:
    return _listed(identity_drafts(PolicyInputList))


def get_context_keys_for_custom_policy_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:GetContextKeysForCustomPolicy", "*")


def get_context_keys_for_principal_policy(
    world: World, call: Call, *, PolicySourceArn: str, PolicyInputList: list[str] | None = None
) -> Result:
    """Of the identity policies alone: no boundary, no control policies."""
    holder = principals.find(world, call, PolicySourceArn)
    own = map(principals.draft, principals.identity_policies(world, holder))
    return _listed([*own, *identity_drafts(PolicyInputList or [])])


def get_context_keys_for_principal_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield principals.need(world, call)


def _listed(drafts: Iterable[Draft]) -> Result:
    """A key that two documents name is listed twice (observed)."""
    return {"ContextKeyNames": [key for draft in drafts for key in context_keys(draft.policy)]}
