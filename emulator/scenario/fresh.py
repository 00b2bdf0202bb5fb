"""An emulator in this process for one scenario: its clock stands still, and the same story gives the same journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.config import Config
from emulator.engine.world import World
from emulator.scenario.target import Emulator
from emulator.server import Server
from emulator.services import new_world
from emulator.values.clock import Clock, parse_iso8601

START = "2026-09-30T12:00:00Z"
"""When every scenario begins that does not say."""


def fresh_world(data: Path | None = None) -> World:
    """An empty world as scenarios have it, whatever the settings of the environment: AWS's durations, a seed, a frozen clock.

    ``data`` is a new file to keep it in; without one it is in memory.
    """
    return new_world(data, clock=Clock(frozen_at=parse_iso8601(START)), seed="scenario", pace="real")


@contextmanager
def fresh_emulator(world: World | None = None) -> Iterator[Emulator]:
    """A served world of one's own, on a free port of this machine."""
    with Server(Config(port=0), world or fresh_world()) as server:
        yield Emulator(server.url, is_fresh=True)
