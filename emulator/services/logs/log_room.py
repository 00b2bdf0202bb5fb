"""Making room: when all accounts together have more log events stored than the world keeps, the oldest go."""

from __future__ import annotations

from emulator.engine.world import World
from emulator.services.logs import timeline
from emulator.services.logs.log_stream import LogStream
from emulator.services.logs.log_volume import stored

_ROOM = 10
"""The part of the bound (a tenth) that is free afterwards, so that not every batch has to make room."""


def make_room(world: World) -> None:
    """Drop chunks by the time of their last event, of whatever stream."""
    excess = stored(world) - world.log_bytes
    if excess <= 0:
        return
    excess += world.log_bytes // _ROOM
    chunks = [(span.last, stream.key, span.size) for stream in world.store.find(LogStream) for span in stream.spans]
    for _, key, size in sorted(chunks):
        if excess > 0:
            timeline.drop_first(world, key)
            excess -= size
