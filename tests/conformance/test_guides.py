"""The shell, Python and profile blocks of the guides run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.config import Config
from emulator.server import Server

DOCS = Path(__file__).parents[2] / "docs"
HERE = "http://127.0.0.1:4566"


def blocks(guide: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / guide).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="instant")) as served:
        yield served


def run(server: Server, script: str, home: Path) -> str:
    """A shell script whose every line must go well, with the emulator's address in place of the guides'."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(HERE, server.url)],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "MQ_EMULATOR_PORT": str(server.port),
            "AWS_PAGER": "",
            "NO_PROXY": "*",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout


def test_the_first_afternoon(server: Server, tmp_path: Path) -> None:
    script = "\n".join(blocks("getting-started.md", "sh"))
    caller = "aws iam list-users --query 'Users[].UserName' --output text"
    told = run(server, script.replace("\nmq-emulator reset", f"\n{caller}\nmq-emulator reset"), tmp_path)
    for line in ("orders\tRUNNING", "\tavailable", "/aws-service-role/mq.amazonaws.com/", "/general", "deployer"):
        assert line in told, (line, told)
    assert '"Action": "mq:ListBrokers"' in told, "the deployer's least policy"
    assert server.world.journal.select() == [], "it ends with a reset"


def test_the_profiles(server: Server, tmp_path: Path) -> None:
    home = tmp_path / ".aws"
    home.mkdir()
    profiles = "\n".join(blocks("iac.md", "ini"))
    home.joinpath("config").write_text(profiles.replace(HERE, server.url))
    told = run(server, "\n".join(blocks("iac.md", "sh")), tmp_path)
    assert '"EngineType": "RABBITMQ"' in told
    assert '"BrokerSummaries": []' in told
    assert {entry.account for entry in server.world.journal.select()} == {"111122223333"}


def test_the_client_in_code(server: Server) -> None:
    (block,) = blocks("iac.md", "python")
    command = [sys.executable, "-W", "error", "-c", block.replace(HERE, server.url)]
    done = subprocess.run(command, env={"NO_PROXY": "*"}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "RABBITMQ\n"), done
