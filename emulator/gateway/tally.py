"""What is counted from the start, in plain numbers: the page of metrics puts them into words when it is asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from threading import Lock

from msgspec import Struct, field

from emulator.engine.journal import Entry
from emulator.engine.world import World
from emulator.gateway.request_log import Line

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, float("inf"))
"""Upper bounds of the times to answer, in seconds."""


class Times(Struct):
    """How many answers took how long: one number for each of :data:`BOUNDS`."""

    counts: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    total: float = 0.0


class Tally:
    """Requests, calls and decisions of one world. It counts on through resets; no name in it is a client's own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = Lock()
        self.requests: Counter[tuple[str, int]] = Counter()
        """By service (``control`` for ours) and status; 0 is a request that was left unanswered."""
        self.times: defaultdict[str, Times] = defaultdict(Times)
        self.calls: Counter[tuple[str, str, str]] = Counter()
        """By service, action and outcome; Amazon MQ's own calls too."""
        self.decisions: Counter[str] = Counter()
        self.side_effects: Counter[tuple[str, str, str, str]] = Counter()
        """As ``calls``, and as whom Amazon MQ made them."""
        world.journal.listeners.append(self._count)

    def observe(self, line: Line) -> None:
        """Count one HTTP request."""
        service, seconds = line.service or "control", line.seconds
        with self._lock:
            self.requests[service, line.status] += 1
            times = self.times[service]
            times.total += seconds
            times.counts[bisect_left(BOUNDS, seconds)] += 1

    def _count(self, entry: Entry) -> None:
        """Called under the world's lock."""
        if entry.kind != "call":
            return
        service, _, action = entry.title.partition(":")
        if action not in self._world.services[service].operations:
            action = "unknown"
        self.calls[service, action, entry.outcome] += 1
        for decision in entry.decided:
            self.decisions[decision.effect] += 1
        made_as = acting_as(entry)
        if made_as:
            self.side_effects[service, action, entry.outcome, made_as] += 1


def acting_as(entry: Entry) -> str:
    """How a service made a call: as ``service`` itself, as its ``role``, or as its ``caller``; empty of a client's own."""
    if entry.via:
        return "caller"
    if entry.who and entry.who.invoked_by:
        return "service" if entry.who.kind == "service" else "role"
    return ""
