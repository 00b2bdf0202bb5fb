"""AssumeRole: trust policy and identity policy decide; what the caller passes limits and labels the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.engine import identity
from emulator.engine import trust as trust_policies
from emulator.engine.identity import Role, Session
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.sts import errors
from emulator.services.sts.sessions import PolicyDescriptor, checked_policies, checked_tags, credentials, opened, packed_size
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, Tags, from_list, request_keys, resource_keys

LONGEST_CHAINED = 3600
"""Seconds of a session that another role's session opens."""


def assume_role(
    world: World,
    call: Call,
    *,
    RoleArn: str,
    RoleSessionName: str,
    DurationSeconds: int = 3600,
    ExternalId: str = "",  # noqa: ARG001  # only a condition key: see the needs
    Policy: str = "",
    PolicyArns: list[PolicyDescriptor] | None = None,
    Tags: list[Tag] | None = None,
    TransitiveTagKeys: list[str] | None = None,
    SourceIdentity: str = "",
) -> Result:
    role = _role(world, RoleArn)
    if role is None:
        raise errors.may_not_assume(call.principal.arn, RoleArn)
    if DurationSeconds > role.max_session:
        raise errors.duration_too_long()
    if call.principal.kind == "session" and DurationSeconds > LONGEST_CHAINED:
        raise errors.chained_duration_too_long()
    caller = identity.session_of(world, call.principal)
    if SourceIdentity and caller and caller.source_identity not in {"", SourceIdentity}:
        raise errors.source_identity_fixed()
    arns = checked_policies(world, role.account, Policy, PolicyArns or [])
    given = checked_tags(Tags or [])
    tags, transitive = _with_inherited(caller, given, TransitiveTagKeys or [])
    size = packed_size(Policy, arns, given)
    session = opened(
        world,
        role.account,
        DurationSeconds,
        role=role.id,
        owner=role.unique_id,
        name=RoleSessionName,
        invoked_by=call.principal.invoked_by if call.principal.kind == "service" else "",
        policy=Policy,
        policy_arns=arns,
        tags=tags,
        transitive=transitive,
        source_identity=_source_identity(caller, SourceIdentity),
    )
    arn = f"arn:{role.arn.split(':')[1]}:sts::{role.account}:assumed-role/{role.name}/{RoleSessionName}"
    return {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": f"{role.unique_id}:{RoleSessionName}", "Arn": arn},
        "PackedPolicySize": size,
        "SourceIdentity": session.source_identity or None,
    }


def assume_role_needs(world: World, call: Call) -> Iterator[Need]:
    """One request for the session, one more for its tags and one for its source identity, inherited ones included.

    All three are decided by the trust policy too, in one context. A role that does not exist is refused in the same words.
    """
    arn = call.params["RoleArn"]
    if len(arn.split(":")) < 6 or not arn.startswith("arn:"):
        raise errors.invalid_arn(arn)
    if call.principal.kind == "root":
        raise errors.root_may_not_assume()
    if identity.is_federated(call.principal):
        raise errors.may_not_assume(call.principal.arn, arn)
    role = _role(world, arn)
    trust = trust_policies.shown(world, role.trust) if role else ""
    keys = {**_request_keys(call), **(resource_keys(role.tags, "iam") if role else {})}
    for action in _actions(world, call):
        refusal = errors.assume_refusal(call.principal.arn, action, arn)
        yield Need(action, arn, keys, trust=trust, refusal=refusal)


def _actions(world: World, call: Call) -> Iterator[str]:
    caller = identity.session_of(world, call.principal)
    yield "sts:AssumeRole"
    if call.params.get("Tags") or (caller and caller.transitive):
        yield "sts:TagSession"
    if call.params.get("SourceIdentity") or (caller and caller.source_identity):
        yield "sts:SetSourceIdentity"


def _request_keys(call: Call) -> Keys:
    keys: dict[str, str | list[str]] = {
        "sts:RoleSessionName": call.params["RoleSessionName"],
        **request_keys(from_list(call.params.get("Tags"))),
    }
    for member, key in (
        ("ExternalId", "sts:ExternalId"),
        ("SourceIdentity", "sts:SourceIdentity"),
        ("TransitiveTagKeys", "sts:TransitiveTagKeys"),
    ):
        if call.params.get(member):
            keys[key] = call.params[member]
    return keys


def _role(world: World, arn: str) -> Role | None:
    found = identity.named(world, arn)
    return found if isinstance(found, Role) else None


def _with_inherited(caller: Session | None, tags: Tags, transitive: Sequence[str]) -> tuple[Tags, tuple[str, ...]]:
    """The tags of the new session, those included that the calling session hands on, and the keys that it hands on itself."""
    asked = {key.lower() for key in tags}
    if not {key.lower() for key in transitive} <= asked:
        raise errors.transitive_key_not_requested()
    inherited = caller.transitive if caller else ()
    if asked & {key.lower() for key in inherited}:
        raise errors.transitive_key_taken()
    handed = {key: caller.tags[key] for key in inherited} if caller else {}
    wanted = {key.lower() for key in transitive}
    return {**tags, **handed}, (*inherited, *(key for key in tags if key.lower() in wanted))


def _source_identity(caller: Session | None, asked: str) -> str:
    return asked or (caller.source_identity if caller else "")
