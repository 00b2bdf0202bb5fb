"""The guides' examples run, in their order, each guide's against an emulator of its own."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.config import Config
from emulator.control.journal import Filters
from emulator.engine.fault import FaultKind, Match
from emulator.engine.journal import EntryKind, Outcome
from emulator.server import Server
from tests.docs.test_docs import environment

DOCS = Path(__file__).parents[2] / "docs"


def run_shell(server: Server, block: str) -> None:
    """Our own commands in this process, where they start at once; anything else in a shell."""
    if all(not line or line.startswith("mq-emulator ") for line in block.splitlines()):
        for line in block.splitlines():
            result = CliRunner().invoke(main, shlex.split(line, comments=True)[1:], env={"MQ_EMULATOR_PORT": str(server.port)})
            assert result.exit_code == 0, f"{line}: {result.output}"
    else:
        text = block.replace("http://127.0.0.1:4566", server.url)
        subprocess.run(["bash", "-ec", text], env=environment(server), capture_output=True, timeout=60, check=True)


@pytest.mark.parametrize("name", ["clock.md", "faults.md", "journal.md"])
def test_the_examples_of_a_guide_run(name: str) -> None:
    with Server(Config(port=0, pace="real")) as server:
        blocks = re.findall(r"```(sh|python)\n(.*?)```", (DOCS / name).read_text("utf-8"), re.DOTALL)
        assert len(blocks) >= 2
        for language, block in blocks:
            if language == "sh":
                run_shell(server, block)
            else:
                code = [sys.executable, "-W", "error", "-c", block]
                done = subprocess.run(code, env=environment(server), capture_output=True, text=True, timeout=60, check=False)
                assert done.returncode == 0, done.stderr
        assert server.world.journal.kept > 0


def test_every_kind_and_filter_is_described() -> None:
    faults, journal = (DOCS / "faults.md").read_text("utf-8"), (DOCS / "journal.md").read_text("utf-8")
    for told, names in [
        (faults, get_args(FaultKind)),
        (faults, Match.__struct_fields__),
        (journal, get_args(EntryKind)),
        (journal, get_args(Outcome)),
        (journal, Filters.model_fields),
    ]:
        for name in names:
            assert f"`{name}`" in told, name
