"""The container files are true: what they name exists, and what they run works outside a container as well."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from emulator.config import PREFIX, SETTINGS

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
VARIABLES = {f"{PREFIX}{name.upper()}" for name in SETTINGS}


@dataclass
class Instruction:
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The command of the exec form."""
        return list(json.loads(self.text[self.text.index("[") :]))


def stages() -> list[list[Instruction]]:
    """The instructions of each stage of the Dockerfile."""
    told = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [Instruction(*re.split(r"\s+", line.strip(), maxsplit=1)) for line in told.splitlines() if line.strip()]
    starts = [place for place, line in enumerate(lines) if line.name == "FROM"]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def only(stage: list[Instruction], name: str) -> Instruction:
    (found,) = [one for one in stage if one.name == name]
    return found


BUILD, FINAL = stages()


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    sources = [word for one in BUILD if one.name == "COPY" for word in one.text.split()[:-1]]
    assert "emulator" in sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored
    built = only(BUILD, "RUN").text
    assert "--constraint constraints.txt ." in re.sub(r"\s+", " ", built)


def test_it_runs_as_nobody_in_particular_from_what_was_built() -> None:
    user, _, group = only(FINAL, "USER").text.partition(":")
    assert int(user) > 1000
    assert int(group) > 1000
    assert only(FINAL, "COPY").text.startswith("--from=build ")
    assert only(FINAL, "EXPOSE").text == str(SETTINGS["port"].default)
    assert not [one for one in FINAL if one.name == "RUN"], "nothing is installed in the image that is shipped"


def environment_of_image() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", only(FINAL, "ENV").text))


def test_every_variable_is_a_setting() -> None:
    image = {name for name in environment_of_image() if name.startswith(PREFIX)}
    assert image | set(COMPOSE["mq-emulator"]["environment"]) <= VARIABLES


@pytest.fixture
def container(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """What `docker compose up` starts, but on a free port: its process and its environment."""
    own = environment_of_image() | COMPOSE["mq-emulator"]["environment"]
    own |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        [*only(FINAL, "ENTRYPOINT").words, *only(FINAL, "CMD").words],
        env=own | {"MQ_EMULATOR_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    port = process.stdout.readline().strip().rpartition(":")[2]
    yield process, own | {"MQ_EMULATOR_PORT": port}
    process.kill()
    process.communicate()


def test_the_container_gets_healthy_does_its_job_and_ends(container: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    process, environment = container
    healthy = subprocess.run(
        only(FINAL, "HEALTHCHECK").words, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (healthy.returncode, healthy.stdout) == (0, "ready\n"), healthy
    job = COMPOSE["tests"]
    assert job["depends_on"] == {"mq-emulator": {"condition": "service_healthy"}}
    url = job["environment"]["AWS_ENDPOINT_URL"]
    assert url == "http://mq-emulator:4566"
    done = subprocess.run(
        [*job["entrypoint"], *job["command"]],
        env=job["environment"]
        | {"PATH": environment["PATH"], "AWS_ENDPOINT_URL": f"http://127.0.0.1:{environment['MQ_EMULATOR_PORT']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "RUNNING available\n"), done
    named = {"Host": "mq-emulator:4566", "Authorization": f"Bearer {environment['MQ_EMULATOR_CONTROL_TOKEN']}"}
    with requests.Session() as session:
        session.trust_env = False
        clock = session.get(f"http://127.0.0.1:{environment['MQ_EMULATOR_PORT']}/_emulator/clock", headers=named, timeout=30)
    assert clock.json()["pace"] == "instant", "other containers reach it by its service's name"
    process.send_signal(getattr(signal, only(FINAL, "STOPSIGNAL").text))
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert all(json.loads(line)["logger"] == "emulator.requests" for line in errors.splitlines())
