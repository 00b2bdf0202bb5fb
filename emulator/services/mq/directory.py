"""An account's brokers of a Region in the order of their creation, a page at a time, however many there are."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.mq.broker import SHELF, Broker
from emulator.values.record import Record

_ID = "brokers"


class Directory(Record, frozen=True, kw_only=True):
    """``last`` is the number of the broker that was created last; they begin at 1."""

    last: int = 0


def next_number(world: World, account: str, region: str) -> int:
    directory = _directory(world, account, region)
    world.store.put(replace(directory, last=directory.last + 1))
    return directory.last + 1


def after(world: World, account: str, region: str, number: int) -> Iterator[Broker]:
    """The brokers with higher numbers, lowest first. Looks at a shelf only when it comes to it."""
    last = _directory(world, account, region).last
    for shelf in range((number + 1) // SHELF, last // SHELF + 1):
        found = world.store.find(Broker, account, region, shelf=str(shelf))
        yield from sorted((broker for broker in found if broker.number > number), key=lambda broker: broker.number)


def _directory(world: World, account: str, region: str) -> Directory:
    found = world.store.get(Directory, (account, region, _ID))
    return found or Directory(account=account, region=region, id=_ID)
