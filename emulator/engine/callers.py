"""Who a caller is, by its key, and what it brings to every decision on it: condition keys that say so, and its own policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from emulator.engine import identity, organization
from emulator.policy.decide import Binding, Source, binding
from emulator.values.call import Keys, Principal
from emulator.values.clock import iso8601
from emulator.values.record import Record

if TYPE_CHECKING:
    from emulator.engine.world import World

_TYPES = {"root": "Account", "user": "User", "session": "AssumedRole"}
_MOST_CALLERS = 1_000
"""Remembered at a time."""


class Caller(Struct, frozen=True):
    """``keys`` are in lower case, ``controls`` the organization's policies that bind it, ``sources`` its own.

    ``bound`` is what of both binds it. ``role`` is the one that is used, of a session of one.
    """

    keys: Keys
    controls: Sequence[Source]
    sources: Sequence[Source]
    bound: Binding
    role: identity.Role | None


class Callers:
    """The callers of a world, each remembered until a record changes that keys or policies come from."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[Principal, Caller] = {}
        self._signers: dict[str, tuple[identity.AccessKey, Principal | None]] = {}
        kinds: tuple[type[Record], ...] = (*identity.WITH_POLICIES, identity.Session, organization.Organization)
        world.store.watch(kinds, lambda _key: self._known.clear())
        world.store.watch((identity.AccessKey, identity.User), lambda _key: self._signers.clear())

    def signer(self, key_id: str) -> tuple[identity.AccessKey, Principal | None] | None:
        """A long-term key, whatever its status, and the user behind it unless that is gone; None when there is no such key."""
        known = self._signers.get(key_id)
        if known is None:
            key = identity.find_access_key(self._world, key_id)
            if key is None:
                return None
            if len(self._signers) >= _MOST_CALLERS:
                self._signers.clear()
            known = self._signers[key_id] = key, identity.of_access_key(self._world, key)
        return known

    def of(self, principal: Principal) -> Caller:
        known = self._known.get(principal)
        if known is None:
            if len(self._known) >= _MOST_CALLERS:
                self._known.clear()
            known = self._known[principal] = _gather(self._world, principal)
        return known


def _gather(world: World, principal: Principal) -> Caller:
    keys = {key.lower(): value for key, value in caller_keys(world, principal).items()}
    controls = organization.service_controls(world, principal.account)
    owner = identity.holder(world, principal) if principal.kind == "session" else None
    role = owner if isinstance(owner, identity.Role) else None
    own = [*identity.sources(world, principal)]
    return Caller(keys, controls, own, binding(principal, [*controls, *own]), role)


def caller_keys(world: World, principal: Principal) -> dict[str, str | list[str]]:
    """The aws:… keys that each request of a principal carries, as far as it has them."""
    keys: dict[str, str | list[str]] = {"aws:PrincipalAccount": principal.account, "aws:userid": principal.id}
    if principal.kind == "service":
        return keys | {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": principal.arn}
    keys |= _identity_keys(principal)
    if not principal.invoked_by:
        keys["aws:PrincipalIsAWSService"] = "false"
    if principal.kind == "user":
        keys["aws:username"] = principal.arn.rsplit("/", 1)[-1]
    if principal.issued_at is not None:
        keys |= {"aws:TokenIssueTime": iso8601(principal.issued_at), "aws:MultiFactorAuthPresent": "false"}
    session = identity.session_of(world, principal)
    if session is not None and session.source_identity:
        keys["aws:SourceIdentity"] = session.source_identity
    return keys | {f"aws:PrincipalTag/{key}": value for key, value in identity.tags_of(world, principal).items()}


def _identity_keys(principal: Principal) -> dict[str, str]:
    """A federated user is a principal of its own; every other session is that of its role or user."""
    if identity.is_federated(principal):
        return {"aws:PrincipalArn": principal.arn, "aws:PrincipalType": "FederatedUser"}
    return {"aws:PrincipalArn": principal.entity or principal.arn, "aws:PrincipalType": _TYPES[principal.kind]}
