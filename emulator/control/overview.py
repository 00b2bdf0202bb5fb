"""``overview``: an account and Region at a glance."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from emulator.control import clock
from emulator.control.body import query
from emulator.control.broker_views import BrokersQuery, brokers
from emulator.control.scope import Scope, resolved, seen
from emulator.engine.world import World
from emulator.gateway.tally import acting_as


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/overview")
    def show_overview() -> Response:
        asked = query(BrokersQuery)
        with world.lock:
            world.settle()
            return jsonify(overview(world, resolved(world, asked), asked.skip, asked.limit))


def overview(world: World, scope: Scope, skip: int, limit: int) -> dict[str, Any]:
    """A page of the brokers, the clock, counts of the account, and the faults that may hit it. Call it under the world's lock."""
    return {
        "account": scope.account,
        "region": scope.region,
        "accounts": seen(world),
        "clock": clock.shown(world, scope.account),
        "counts": counts(world, scope.account),
        "faults": [fault.to_json() for fault in world.faults if fault.account in {"", scope.account}],
        **brokers(world, scope, skip, limit),
    }


def counts(world: World, account: str) -> dict[str, int]:
    """What the journal holds of an account: calls, those that were denied, and those that a service made on its behalf."""
    found = {"calls": 0, "denials": 0, "sideEffects": 0}
    for entry in world.journal.select(account=account):
        found["calls"] += entry.kind == "call"
        found["denials"] += entry.kind == "call" and entry.outcome in {"denied", "would be denied"}
        found["sideEffects"] += entry.kind == "call" and bool(acting_as(entry))
    return {**found, "dropped": world.journal.dropped}
