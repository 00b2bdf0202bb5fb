"""``reset`` and ``clock``: emulated time, of one account or of all."""

from __future__ import annotations

from typing import Annotated, Any, Self

from flask import Blueprint, Response, jsonify, request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from emulator.control.body import Account, Body, body, query
from emulator.control.seed import Seed
from emulator.engine import own_time
from emulator.engine.timers import Pace
from emulator.engine.world import World
from emulator.values.clock import iso8601, parse_iso8601

LATEST = parse_iso8601("2999-12-31T23:59:59Z")
"""The latest time to stand still at (our choice)."""


def _instant(text: str) -> str:
    try:
        instant = parse_iso8601(text)
    except (ValueError, OverflowError):
        instant = -1.0
    if not 0 <= instant <= LATEST:
        raise ValueError("it is no time from 1970 to 2999, such as 2030-01-31T12:00:00Z")
    return text


class ClockChange(Body):
    """``POST clock``: take another pace, stand still (now or at a time) or run on, and then move on.

    ``advance`` is in seconds; ``until_idle`` moves on until nothing is under way. Without ``account`` it is everybody's clock.
    """

    account: Account | None = None
    advance: Annotated[float, Field(ge=0, le=own_time.LONGEST_MOVE)] | None = None
    until_idle: bool = False
    freeze: bool | None = None
    at: Annotated[str, AfterValidator(_instant)] | None = None
    pace: Pace | None = None

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if self.at is not None and not self.freeze:
            raise ValueError("at is the time at which to freeze")
        if self.until_idle and self.advance is not None:
            raise ValueError("advance and until_idle exclude each other")
        return self


class Whose(BaseModel):
    """``GET clock``: an account's, or the one that all share."""

    model_config = ConfigDict(extra="forbid")

    account: Account | None = None


class Reset(Body):
    """``POST reset``: of one account, or of all; the body may be left out."""

    account: Account | None = None


def add(routes: Blueprint, world: World, seed: Seed) -> None:
    @routes.post("/reset")
    def reset() -> Response:
        is_empty = not request.get_data() and request.mimetype in {"", "application/json"}
        asked = Reset() if is_empty else body(Reset)
        with world.lock:
            world.reset(asked.account)
            (seed if asked.account is None else seed.only(asked.account)).plant(world)
        return jsonify({})

    @routes.get("/clock")
    def clock() -> Response:
        asked = query(Whose)
        with world.lock:
            return jsonify(shown(world, asked.account))

    @routes.post("/clock")
    def change_clock() -> Response:
        change = body(ClockChange)
        with world.lock:
            told = change.model_dump(exclude_defaults=True, exclude={"account"})
            world.journal.write("control", "clock", account=change.account or "", params=told)
            moved = _move(world, change)
            return jsonify(shown(world, change.account) | moved)


def _move(world: World, change: ClockChange) -> dict[str, Any]:
    if change.pace is not None:
        own_time.take_pace(world, change.account, change.pace)
    if change.freeze:
        own_time.freeze(world, change.account, None if change.at is None else parse_iso8601(change.at))
    elif change.freeze is not None:
        own_time.run(world, change.account)
    if change.until_idle:
        fired, is_idle = own_time.advance_until_idle(world, change.account)
        return {"fired": fired, "idle": is_idle}
    fired = world.settle() if change.advance is None else world.advance(change.advance, change.account)
    return {"fired": fired}


def shown(world: World, account: str | None = None) -> dict[str, Any]:
    """The time of an account or, without one, of all that share one, and when the next of their timers is due."""
    due = world.timers.next_due(account)
    return {
        "now": iso8601(world.clock.now(account or ""), millis=True),
        "frozen": world.clock.hands(account or "").frozen_at is not None,
        "pace": world.pace_of(account or ""),
        "nextTimer": iso8601(due, millis=True) if due is not None else None,
    }
