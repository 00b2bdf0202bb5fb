"""``reset`` and ``clock``: emulated time."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Response, jsonify
from pydantic import Field

from emulator.control.body import Body, body
from emulator.control.seed import Seed
from emulator.engine.timers import Pace
from emulator.engine.world import World
from emulator.values.clock import iso8601

LONGEST_ADVANCE = 400 * 24 * 3600
"""Seconds in one move of the clock."""


class ClockChange(Body):
    """``POST clock``: move on by seconds, stand still or run on, or take another pace."""

    advance: Annotated[float, Field(ge=0, le=LONGEST_ADVANCE)] | None = None
    freeze: bool | None = None
    pace: Pace | None = None


def add(routes: Blueprint, world: World, seed: Seed) -> None:
    @routes.post("/reset")
    def reset() -> Response:
        with world.lock:
            world.reset()
            seed.plant(world)
        return jsonify({})

    @routes.get("/clock")
    def clock() -> Response:
        return jsonify(shown(world))

    @routes.post("/clock")
    def change_clock() -> Response:
        change = body(ClockChange)
        with world.lock:
            world.journal.write("control", "clock", params=change.model_dump(exclude_none=True))
            if change.pace is not None:
                world.pace = change.pace
            if change.freeze is not None:
                (world.clock.freeze if change.freeze else world.clock.unfreeze)()
            fired = world.advance(change.advance or 0)
            return jsonify(shown(world) | {"fired": fired})


def shown(world: World) -> dict[str, Any]:
    """The clock and what comes next."""
    due = world.timers.next_due()
    return {
        "now": iso8601(world.clock.now(), millis=True),
        "frozen": world.clock.is_frozen,
        "pace": world.pace,
        "nextTimer": iso8601(due, millis=True) if due is not None else None,
    }
