"""Whose things are looked at: an account and a Region, and which of them the emulator has seen."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from emulator.control.body import Account, Region, query
from emulator.engine import identity
from emulator.engine.service import Result
from emulator.engine.world import Settled, World
from emulator.shapes.regions import partition
from emulator.values.call import Call

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"


class Scoped(BaseModel):
    """A query about an account and a Region. Without them: those of the last call."""

    model_config = ConfigDict(extra="forbid")

    account: Account | None = None
    region: Region | None = None


class Scope(NamedTuple):
    account: str
    region: str

    @property
    def partition(self) -> str:
        return partition(self.region) or "aws"


def asked_scope(world: World) -> Scope:
    """The scope of a request whose query has nothing else in it."""
    return resolved(world, query(Scoped))


def resolved(world: World, asked: Scoped) -> Scope:
    if asked.account and asked.region:
        return Scope(asked.account, asked.region)
    calls = (entry for entry in reversed(world.journal.select(account=asked.account)) if entry.kind == "call")
    last = next(calls, None)
    account = asked.account or (last.account if last else DEFAULT_ACCOUNT)
    return Scope(account, asked.region or (last.region if last else DEFAULT_REGION))


def seen(world: World) -> dict[str, list[str]]:
    """The accounts that something was done in, each with its Regions, sorted."""
    found: dict[str, set[str]] = {}
    for account, region in {(entry.account, entry.region) for entry in world.journal.select()} - {("", "")}:
        found.setdefault(account, set()).add(region)
    for settled in world.store.find(Settled):
        found.setdefault(settled.account, set()).add(settled.region)
    for role in world.store.find(identity.Role):
        found.setdefault(role.account, set())
    return {account: sorted(found[account] - {""}) for account in sorted(found)}


def look(world: World, scope: Scope, action: str, **params: Any) -> Result:
    """What an operation that only reads would answer the account's root, without a call: looking leaves no trace.

    Raises AwsError as the operation does. Call it under the world's lock.
    """
    service, name = action.split(":")
    call = Call(
        service=service,
        operation=name,
        params=params,
        principal=identity.root(scope.account, scope.partition),
        region=scope.region,
        partition=scope.partition,
    )
    with world.clock.of(scope.account):
        return world.services[service].find(name).run(world, call, **params)
