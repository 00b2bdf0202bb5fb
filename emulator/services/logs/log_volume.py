"""How much of log events an account has stored, and has had to lose because the world keeps no more."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.logs.log_stream import LogStream
from emulator.store.base import Store
from emulator.values.record import Key, Record

_ID = "log volume"


class LogVolume(Record, frozen=True, kw_only=True):
    """Of one account in all Regions: ``size`` in bytes as AWS counts them, ``dropped`` events."""

    size: int
    dropped: int = 0


def count(world: World, account: str, change: int, dropped: int = 0) -> None:
    """Note a change of what is stored, once it is made; what an older data file holds is counted when it first changes."""
    known = world.store.get(LogVolume, (account, "", _ID))
    if known is None:
        known = LogVolume(account=account, region="", id=_ID, size=_counted(world, account) - change)
    world.store.put(replace(known, size=known.size + change, dropped=known.dropped + dropped))


def _counted(world: World, account: str) -> int:
    return sum(span.size for stream in world.store.find(LogStream, account) for span in stream.spans)


def volume(world: World) -> tuple[int, int]:
    """Bytes that all accounts have stored, and events that were dropped to make room."""
    return stored(world), sum(one.dropped for one in world.store.find(LogVolume))


def stored(world: World) -> int:
    """Bytes that all accounts have stored: however many these are, only what has changed is looked at."""
    total = _totals.get(world.store)
    if total is None:
        total = _totals[world.store] = _Total(world.store)
    return total.size(world.store)


class _Total:
    """The sum over all records, of which those are read again that a store says have changed."""

    def __init__(self, store: Store) -> None:
        self._sizes: dict[Key, int] = {}
        self._sum = 0
        self._changed = {one.key for one in store.find(LogVolume)}
        store.watch((LogVolume,), self._changed.add)

    def size(self, store: Store) -> int:
        while self._changed:
            key = self._changed.pop()
            known = store.get(LogVolume, key)
            self._sum -= self._sizes.pop(key, 0)
            if known is not None:
                self._sizes[key] = known.size
                self._sum += known.size
        return self._sum


_totals: WeakKeyDictionary[Store, _Total] = WeakKeyDictionary()
