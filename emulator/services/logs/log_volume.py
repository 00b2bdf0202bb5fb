"""How much of log events an account has stored, and has had to lose because the world keeps no more."""

from __future__ import annotations

from msgspec.structs import replace

from emulator.engine.world import World
from emulator.services.logs.log_stream import LogStream
from emulator.values.record import Record

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
    found = list(world.store.find(LogVolume))
    return sum([one.size for one in found]), sum([one.dropped for one in found])
