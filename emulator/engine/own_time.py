"""Accounts with a time or a pace of their own, apart from the one that all others share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from emulator.engine.erasing import records
from emulator.engine.fault import Fault
from emulator.engine.timers import Pace
from emulator.store.base import Store
from emulator.values.clock import Hands, Instant
from emulator.values.record import Key, Record

if TYPE_CHECKING:
    from emulator.engine.world import World

LONGEST_MOVE = 400 * 86_400
"""Seconds in one move of the clock: all timers on the way fire."""

LONGEST_UNTIL_IDLE = 7 * 24 * 3600
"""Emulated seconds that the clock moves at most until nothing is under way (our choice)."""

_ID = "time"


class OwnTime(Record, frozen=True, kw_only=True):
    """What an account has of its own, from its first own change until it is reset; None: as all."""

    hands: Hands | None = None
    pace: Pace | None = None


def find(store: Store, account: str) -> OwnTime | None:
    return store.get(OwnTime, (account, "", _ID)) if account else None


def apart(store: Store) -> list[str]:
    """The accounts whose clocks are their own, in the order of their records, which what is undone leaves as it was."""
    return [own.account for own in store.find(OwnTime) if own.hands is not None]


def take_up(world: World, key: Key) -> None:
    """Let the clock go by the hands that an account has now."""
    own = world.store.get(OwnTime, key)
    if own is not None and own.hands is not None:
        world.clock.own[own.account] = own.hands
    else:
        world.clock.own.pop(key[0], None)


def turn(world: World, account: str | None, change: Callable[[Hands], Hands]) -> None:
    """Move an account's hands, which are then its own; without an account everybody's."""
    with world.lock:
        if account is None:
            world.clock.shared = change(world.clock.shared)
            for own in list(world.store.find(OwnTime)):
                if own.hands is not None:
                    world.store.put(replace(own, hands=change(own.hands)))
            return
        world.store.put(replace(_own(world, account), hands=change(world.clock.hands(account))))


def freeze(world: World, account: str | None = None, at: Instant | None = None) -> None:
    """Let an account's clock, which is then its own, or everybody's stand still: now, or at an instant.

    ValueError for an instant before now, or more than :data:`LONGEST_MOVE` ahead, unless there is nothing that has a date.
    """
    with world.lock:
        ahead = 0.0 if at is None else at - world.clock.now(account or "")
        if not 0 <= ahead <= LONGEST_MOVE and not _is_empty(world, account):
            days = LONGEST_MOVE // 86_400
            raise ValueError(
                f"the clock never moves back, nor on by more than {days} days, unless there is nothing yet or no more"
            )
        turn(world, account, lambda hands: hands.frozen(at))


def run(world: World, account: str | None = None) -> None:
    """Let an account's clock, which is then its own, or everybody's go on from where it stands."""
    turn(world, account, lambda hands: hands.running())


def _is_empty(world: World, account: str | None) -> bool:
    return all(isinstance(record, (OwnTime, Fault)) or not record.account for record in records(world.store, account))


def advance_until_idle(world: World, account: str | None = None) -> tuple[int, bool]:
    """Move on from one foreground timer to the next; returns how many timers fired, and whether no foreground one is left.

    What is tried again for ever never comes to an end, so it stops after :data:`LONGEST_UNTIL_IDLE` seconds.
    """
    with world.lock:
        fired, moved = world.settle(), 0.0
        while (wait := world.until_next(account, is_foreground=True)) is not None:
            moved += max(wait, 0.0)
            if moved > LONGEST_UNTIL_IDLE:
                return fired, False
            fired += world.advance(max(wait, 0.0), account)
        return fired, True


def take_pace(world: World, account: str | None, pace: Pace) -> None:
    """Set an account's pace, which is then its own; without an account everybody's."""
    with world.lock:
        if account is None:
            world.pace = pace
            for own in list(world.store.find(OwnTime)):
                if own.pace is not None:
                    world.store.put(replace(own, pace=pace))
            return
        world.store.put(replace(_own(world, account), pace=pace))


def _own(world: World, account: str) -> OwnTime:
    return find(world.store, account) or OwnTime(account=account, region="", id=_ID)
