"""The documents say what is true: generated pages are fresh, README's blocks run, routes and settings are described."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.cli import main
from emulator.config import PREFIX, SETTINGS, Config
from emulator.control.metrics import Metrics
from emulator.server import Server, world_for

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCS = sorted((ROOT / "docs").glob("*.md"))
TOLD = README + "".join(path.read_text() for path in DOCS)


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(generator().PAGES))
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == generator().PAGES[name]().rstrip() + "\n", "run `make docs`"


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="instant")) as served:
        yield served


def environment(server: Server) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
        "MQ_EMULATOR_PORT": str(server.port),
    }


def run(server: Server, *command: str) -> str:
    done = subprocess.run(command, env=environment(server), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    return done.stdout


def test_the_aws_cli_block_runs(server: Server) -> None:
    (block,) = [block for block in blocks("sh") if "aws mq" in block]
    told = run(server, "bash", "-ec", block)
    assert "AmazonMQServiceRolePolicy" in told
    assert '"AMQManaged"' in told


def test_the_boto3_block_runs(server: Server) -> None:
    (block,) = blocks("python")
    assert run(server, sys.executable, "-W", "error", "-c", block) == "RUNNING\n"


def test_the_control_block_runs(server: Server) -> None:
    (block,) = [block for block in blocks("sh") if "curl" in block]
    run(server, "bash", "-ec", block.replace("http://127.0.0.1:4566", server.url))
    (edit,) = [entry for entry in server.world.journal.select() if entry.title.startswith("edit policy")]
    assert edit.account == "000000000000"


@pytest.mark.skipif(
    not (ROOT / "tests/conformance/javascript/node_modules").is_dir(), reason="the JavaScript SDK is not installed (no npm)"
)
def test_the_javascript_block_runs(server: Server) -> None:
    (block,) = blocks("js")
    script = block.replace("http://127.0.0.1:4566", server.url) + "console.log(BrokerId);"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=ROOT / "tests/conformance/javascript",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.startswith("b-")) == (0, True), done


def test_the_printed_tree_is_what_the_demo_prints() -> None:
    """Every line of README's tree occurs in the demo's output, ids apart."""
    (tree,) = [block for block in blocks("text") if "nothing to nothing" in block]
    printed = {plain(line) for line in run_demo().splitlines()}
    assert {plain(line) for line in tree.splitlines()} <= printed


def run_demo() -> str:
    demo = subprocess.run([sys.executable, "-m", "emulator", "demo"], capture_output=True, text=True, timeout=60, check=False)
    assert (demo.returncode, demo.stderr) == (0, ""), demo
    return demo.stdout


def plain(line: str) -> str:
    return re.sub(r"[│├└─ ]+", " ", re.sub(r"-[0-9a-f]{8,17}\b", "-…", line)).strip()


def test_every_control_route_and_command_is_described() -> None:
    from emulator.control.app import create_app
    from emulator.control.seed import Seed
    from emulator.gateway.tally import Tally

    world = world_for(Config())
    app = create_app(world, Seed(), Tally(world))
    routes = {rule.rule.removeprefix("/_emulator/") for rule in app.url_map.iter_rules() if rule.rule.startswith("/_emulator/")}
    for route in routes - {"<path:path>"}:
        assert re.search(rf"(?<!\w){re.escape(route)}(?!\w)", TOLD), route
    for command in main.commands:
        assert f"mq-emulator {command}" in TOLD, command


def test_every_metric_is_described() -> None:
    from emulator.gateway.tally import Tally

    told, world = (ROOT / "docs/sidecar.md").read_text(), world_for(Config())
    for family in Metrics(world, Tally(world)).registry.collect():
        assert family.name in told or family.name.startswith(("process_", "python_")), family.name


def test_every_setting_is_an_option_that_names_its_variable() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "emulator", "serve", "--help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    told = " ".join(told.split())
    for name in SETTINGS:
        assert f"--{name.replace('_', '-')}" in told
        assert f"[env: {PREFIX}{name.upper()}" in told
