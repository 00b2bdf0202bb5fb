"""Every scenario that comes along holds, and the same seed gives the same journal, byte for byte, on every store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator import World
from emulator.scenario.fresh import fresh_emulator, fresh_world
from emulator.scenario.model import library, load
from emulator.scenario.run import Run

SCENARIOS = sorted(library().glob("*.yaml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_holds_and_tells_the_same_story_on_every_store(path: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    in_memory = story(path, None)
    assert story(path, data) == in_memory
    world = fresh_world(data)
    assert told(world) == in_memory, "what the file tells the next process"
    world.close()


def story(path: Path, data: Path | None) -> str:
    world = fresh_world(data)
    with fresh_emulator(world) as target:
        run = Run(load(path), target).play()
        assert (run.failures, run.skipped) == ([], [])
        ended = told(world)
    world.close()
    return ended


def told(world: World) -> str:
    return "\n".join(json.dumps(entry.to_json()) for entry in world.journal.select())
