"""Sessions of long-term credentials: GetSessionToken and GetFederationToken."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.engine import identity
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.sts import errors
from emulator.services.sts.sessions import PolicyDescriptor, checked_policies, checked_tags, credentials, opened, packed_size
from emulator.values.call import Call, Need, Principal
from emulator.values.errors import not_implemented
from emulator.values.tags import Tag, from_list, request_keys

DEFAULT_DURATION = 43_200
"""Seconds of a session when the caller does not say."""

LONGEST_OF_ROOT = 3600
"""Seconds of a session of the account's root user, however long it asked for."""


def get_session_token(world: World, call: Call, *, DurationSeconds: int = DEFAULT_DURATION) -> Result:
    """No permission is needed. A session's credentials cannot make another session."""
    caller = _long_term(call, "GetSessionToken")
    if caller.kind == "root":
        seconds = min(DurationSeconds, LONGEST_OF_ROOT)
        session = opened(world, caller.account, seconds, kind="root", owner=caller.account, name=call.partition)
    else:
        session = opened(world, caller.account, DurationSeconds, kind="user", owner=caller.id)
    return {"Credentials": credentials(session)}


def get_session_token_needs(_world: World, call: Call) -> Iterator[Need]:
    _long_term(call, "GetSessionToken")
    return iter(())


def get_federation_token(
    world: World,
    call: Call,
    *,
    Name: str,
    Policy: str = "",
    PolicyArns: list[PolicyDescriptor] | None = None,
    DurationSeconds: int = DEFAULT_DURATION,
    Tags: list[Tag] | None = None,
) -> Result:
    """A session with what the user may and the session policies allow; without any policy it may nothing."""
    caller = _long_term(call, "GetFederationToken")
    arns = checked_policies(world, call.account, Policy, PolicyArns or [])
    tags = checked_tags(Tags or [])
    size = packed_size(Policy, arns, tags)
    session = opened(
        world,
        call.account,
        DurationSeconds,
        kind="federated",
        owner=caller.id,
        name=Name,
        policy=Policy,
        policy_arns=arns,
        tags=tags,
    )
    return {
        "Credentials": credentials(session),
        "FederatedUser": {"FederatedUserId": f"{call.account}:{Name}", "Arn": _arn(call, Name)},
        "PackedPolicySize": size,
    }


def get_federation_token_needs(_world: World, call: Call) -> Iterator[Need]:
    """The future federated user; its tags are authorised a second time as sts:TagSession."""
    caller = _long_term(call, "GetFederationToken")
    if caller.kind == "root":
        raise not_implemented("A federated user of the root user")
    keys = request_keys(from_list(call.params.get("Tags")))
    yield Need("sts:GetFederationToken", _arn(call, call.params["Name"]), keys)
    if keys:
        yield Need("sts:TagSession", _arn(call, call.params["Name"]), keys)


def _long_term(call: Call, operation: str) -> Principal:
    if call.principal.issued_at is not None or identity.is_federated(call.principal):
        raise errors.no_sessions_of_sessions(operation)
    return call.principal


def _arn(call: Call, name: str) -> str:
    return call.arn(f"federated-user/{name}", service="sts", region="")
