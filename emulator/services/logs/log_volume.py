"""How much of log events an account has stored, and has had to lose because the world keeps no more."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.logs.log_stream import LogStream, stored_size
from emulator.store.base import Store
from emulator.values.record import Key, Record

_ID = "log volume"


class LogVolume(Record, frozen=True, kw_only=True):
    """Of one account in all Regions: ``dropped`` events. (An older version counted bytes in ``size``; now each stream does.)"""

    size: int = 0
    dropped: int = 0


def note_loss(world: World, account: str, events: int) -> None:
    """Note that events were dropped."""
    known = world.store.get(LogVolume, (account, "", _ID)) or LogVolume(account=account, region="", id=_ID)
    world.store.put(replace(known, dropped=known.dropped + events))


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
    """The sum over all streams, of which those are looked at again that a store says have changed."""

    def __init__(self, store: Store) -> None:
        self._sizes: dict[Key, int] = {}
        self._sum = 0
        self._changed = {one.key for one in store.find(LogStream)}
        store.watch((LogStream,), self._changed.add)

    def size(self, store: Store) -> int:
        while self._changed:
            key = self._changed.pop()
            stream = store.get(LogStream, key)
            self._sum -= self._sizes.pop(key, 0)
            if stream is not None:
                size = self._sizes[key] = stored_size(stream)
                self._sum += size
        return self._sum


_totals: WeakKeyDictionary[Store, _Total] = WeakKeyDictionary()
