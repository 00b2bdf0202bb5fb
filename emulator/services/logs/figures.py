"""What descriptions say of a stream's events, at once or with a lag as on AWS."""

from __future__ import annotations

from msgspec import Struct

from emulator.engine.world import World
from emulator.services.logs import timeline
from emulator.services.logs.log_group import milliseconds
from emulator.services.logs.log_stream import LogStream


class Figures(Struct, frozen=True):
    """Bytes as AWS counts them, times in milliseconds; None of a stream that has (or shows) no events."""

    size: int
    first: int | None
    last: int | None
    ingested: int | None


def figures(world: World, stream: LogStream, oldest: int) -> Figures:
    """Of the events from ``oldest`` on, but for those that came within the world's lag: AWS's is up to an hour (documented).

    With a lag every event is looked at, for nothing remembers how things were.
    """
    if not world.log_lag:
        first, last = timeline.first_event(world, stream, oldest), timeline.last_event(stream, oldest)
        return Figures(timeline.stored_bytes(world, stream, oldest), first, last, stream.ingested)
    until = milliseconds(world) - round(world.log_lag * 1000)
    window = ((oldest, 0), (timeline.END_OF_TIME, 0))
    known = [
        (pack.position(place)[0], pack.ingestion(place), pack.size(range(place, place + 1)))
        for pack, places in timeline.segments(world, stream, window, "f")
        for place in places
        if pack.ingestion(place) <= until
    ]
    if not known:
        return Figures(0, None, None, None)
    return Figures(sum(size for _, _, size in known), known[0][0], known[-1][0], max(came for _, came, _ in known))
