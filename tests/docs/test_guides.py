"""The guides under docs/ are true: every command line in them parses, and everything there is is described in one of them.

What in them runs, runs in tests/conformance/test_guides.py.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import botocore.session
import click
import pytest
from pydantic import BaseModel

from emulator.cli import main
from emulator.config import SETTINGS, Config
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.engine.fault import FaultKind
from emulator.gateway.tally import Tally
from emulator.server import world_for
from emulator.services import SERVICES

ROOT = Path(__file__).parents[2]
GUIDES = {path.name: path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
HERE = "http://127.0.0.1:4566"


def blocks(guide: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDES[guide], re.DOTALL | re.MULTILINE)


# What cannot run here -------------------------------------------------------------


def test_terraform_is_sent_to_the_services_that_are_here() -> None:
    (block,) = blocks("iac.md", "hcl")
    (endpoints,) = re.findall(r"endpoints \{(.*?)\}", block, re.DOTALL)
    assert set(re.findall(r"(\w+) +=", endpoints)) == {service.name for service in SERVICES}
    assert set(re.findall(r'"(http://[^"]+)"', endpoints)) == {HERE}
    assert block.count("{") == block.count("}")
    broker = re.search(r'resource "aws_mq_broker".*?\n}', block, re.DOTALL)
    assert broker
    members = botocore.session.get_session().get_service_model("mq").operation_model("CreateBroker").input_shape.members
    for name in re.findall(r"^  (\w+) +=", broker[0], re.MULTILINE):
        assert "".join(word.title() for word in name.split("_")) in members, name


def test_variables_in_the_guides_are_read_by_somebody() -> None:
    told = "\n".join(GUIDES.values())
    for name in set(re.findall(r"\bMQ_EMULATOR_([A-Z_]+)\b", told)):
        assert name.lower() in SETTINGS, name
    services = {name.upper().replace("-", "_") for name in botocore.session.get_session().get_available_services()}
    for name in set(re.findall(r"\bAWS_ENDPOINT_URL_([A-Z0-9_]+)\b", told)):
        assert name in services, name


def command_lines() -> list[tuple[str, str]]:
    """Every ``mq-emulator …`` of a shell block, in one line and without its comment."""
    found = []
    for guide in GUIDES:
        for block in blocks(guide, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                for command in re.findall(r"(?:^|\$\(|; )(?:\.venv/bin/)?(mq-emulator [^)#|>]+)", line):
                    found.append((guide, command.strip()))
    return found


@pytest.mark.parametrize(("guide", "line"), sorted(set(command_lines())))
def test_every_command_line_parses(guide: str, line: str) -> None:
    words = shlex.split(line.replace("…", "x"))[1:]
    command: click.Command = main
    while isinstance(command, click.Group):
        assert words, line
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    if takes_no_files(command):
        command.make_context(line, words, parent=click.Context(main, **main.context_settings))
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= options, line


def takes_no_files(command: click.Command) -> bool:
    return not any(isinstance(one.type, click.Path) for one in command.params)


# What must be described ----------------------------------------------------------------------------------------------


def routes() -> set[str]:
    """``METHOD route`` of the control API; pages and their files are described by name alone."""
    world = world_for(Config())
    app = create_app(world, Seed(), Tally(world))
    found = set()
    for rule in app.url_map.iter_rules():
        route = rule.rule.removeprefix("/_emulator/")
        if rule.rule.startswith("/_emulator/") and route and not route.startswith(("page/", "static/", "<")):
            found |= {f"{method} {route}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


@pytest.mark.parametrize("route", sorted(routes()))
def test_every_control_route_is_in_a_table(route: str) -> None:
    assert any(row.startswith(f"| `{route}` |") for guide in GUIDES.values() for row in guide.splitlines()), route


def bodies() -> dict[str, type[BaseModel]]:
    """What control routes are sent, by ``METHOD route``: each model begins its description with it."""
    found, left = {}, [BaseModel]
    while left:
        for kind in left.pop().__subclasses__():
            left.append(kind)
            route = re.match(r"``([A-Z]+ [a-z/-]+)``", kind.__doc__ or "")
            if route and kind.__module__.startswith("emulator.control"):
                found[route[1]] = kind
    return found


@pytest.mark.parametrize("route", sorted(bodies()))
def test_every_member_is_in_its_row(route: str) -> None:
    (row,) = [row for guide in GUIDES.values() for row in guide.splitlines() if row.startswith(f"| `{route}` |")]
    shared = {"account", "region"} if row in GUIDES["page.md"] else set()
    for member in set(bodies()[route].model_fields) - shared:
        assert f"`{member}`" in row, member


def test_every_fault_kind_is_in_a_table() -> None:
    for kind in FaultKind.__args__:  # type: ignore[attr-defined]  # a Literal has them
        assert f"| `{kind}` |" in GUIDES["faults.md"], kind


def test_every_operation_is_in_the_coverage() -> None:
    for service in SERVICES:
        for operation in service.operations:
            assert f"| {operation} |" in GUIDES["coverage.md"], operation


def test_every_option_is_in_the_commands_or_settings() -> None:
    told = GUIDES["commands.md"] + GUIDES["settings.md"]
    left: list[click.Command] = [main]
    while left:
        command = left.pop()
        left += command.commands.values() if isinstance(command, click.Group) else []
        for option in command.params if command is not main else []:
            if isinstance(option, click.Option):
                assert f"`{option.opts[0]}`" in told, (command.name, option.opts)


def test_every_page_is_found_from_the_readme() -> None:
    found, left = {"README.md"}, ["README.md"]
    while left:
        for target in re.findall(r"\]\((?:docs/)?([\w-]+\.md)", GUIDES[left.pop()]):
            if target in GUIDES and target not in found:
                found.add(target)
                left.append(target)
    assert found == set(GUIDES)
