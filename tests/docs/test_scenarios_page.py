"""The scenarios page: its scenarios hold, its seed is one, its commands are there, and editors are told the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from emulator.cli import main
from emulator.config import Config
from emulator.control import seed
from emulator.control.yaml_file import document
from emulator.scenario.fresh import fresh_emulator
from emulator.scenario.model import library, load
from emulator.scenario.run import Run
from emulator.scenario.schema import schema
from emulator.server import Server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/scenarios.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
STORIES = [block for block in BLOCKS if block.startswith("name:")]
SEEDS = [block for block in BLOCKS if not block.startswith("name:")]


def test_there_are_scenarios_and_a_seed() -> None:
    assert (len(STORIES), len(SEEDS)) == (2, 1)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.splitlines()[0])
def test_a_scenario_of_the_page_holds(story: str, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(story)
    with fresh_emulator() as target:
        assert Run(load(file), target).play().failures == []


@pytest.mark.parametrize("text", [*SEEDS, *re.findall(r"```yaml\n(accounts.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)])
def test_the_seeds_of_the_page_and_of_readme_are_planted(text: str, tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    with Server(Config(port=0), seed=seed.load(file)) as server:
        assert server.world.journal.select()


def test_its_commands_are_commands() -> None:
    lines = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    for line in (line for line in lines if not line.startswith("#")):
        _, command, *rest = re.sub(r" +#.*", "", line).split()
        words = [command, rest[0]] if command == "record" else [command]
        told = CliRunner().invoke(main, [*words, "--help"])
        assert told.exit_code == 0
        for option in (word for word in rest if word.startswith("-")):
            assert option in told.stdout


SCHEMA = Draft202012Validator(schema())


@pytest.mark.parametrize("path", sorted(library().glob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_accepts_every_scenario(path: Path) -> None:
    SCHEMA.validate(document(path))


@pytest.mark.parametrize("step", [{}, {"call": "CreateVpc"}, {"advance": "1m", "until": "a"}, {"wait": "a:B", "as": 1}])
def test_the_schema_refuses_what_is_none(step: dict[str, object]) -> None:
    assert not SCHEMA.is_valid({"name": "a", "steps": [step]})


def test_a_seed_file_has_a_schema_too() -> None:
    seeds = SCHEMA.evolve(schema={"$ref": "#/$defs/Seed", "$defs": schema()["$defs"]})
    seeds.validate(yaml.safe_load(SEEDS[0].replace("2026-09-30T12:00:00Z", "'2026-09-30T12:00:00Z'")))
    assert not seeds.is_valid({"name": "a"})
