"""``snapshot save``, ``load`` and ``diff`` against a running emulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from emulator import Call
from emulator.cli import main
from emulator.config import Config
from emulator.engine import identity
from emulator.server import Server

START = 1_790_000_000.0
Invoke = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="real")) as served:
        served.world.clock.freeze(START)
        yield served


@pytest.fixture
def run(server: Server) -> Invoke:
    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["snapshot", *map(str, arguments), "--port", str(server.port)])

    return invoke


def create_user(server: Server, name: str) -> None:
    for operation in ("CreateUser", "CreateAccessKey"):
        server.world.perform(
            Call(
                service="iam",
                operation=operation,
                params={"UserName": name},
                principal=identity.root("111122223333"),
                region="us-east-1",
                partition="aws",
            )
        )


def users(server: Server) -> list[str]:
    return [user.name for user in server.world.store.find(identity.User)]


def test_save_change_compare_load(server: Server, run: Invoke, tmp_path: Path) -> None:
    file, later = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    create_user(server, "ada")
    assert (run("save", file).exit_code, run("diff", file).exit_code) == (0, 0)
    create_user(server, "ben")
    changed = run("diff", file)
    assert (changed.exit_code, changed.stdout.splitlines()[0]) == (1, "+ engine.User 111122223333 - ben")
    run("save", later)
    assert run("diff", file, later).stdout == changed.stdout
    loaded = run("load", file)
    lines = loaded.stdout.splitlines()
    assert (loaded.exit_code, lines[0].startswith("loaded "), "make those" in lines[1]) == (0, True, True)
    assert users(server) == ["ada"]
    server.world.reset()
    run("save", later)
    assert run("load", later).stdout == "loaded 0 records\n"


def failed(result: Result, status: int) -> str:
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (status, "", 1)
    return result.stderr.removeprefix("mq-emulator: ").rstrip("\n")


def test_files_that_are_no_snapshots(server: Server, run: Invoke, tmp_path: Path) -> None:
    create_user(server, "ada")
    letter, picture, empty = tmp_path / "letter", tmp_path / "picture", tmp_path / "empty"
    letter.write_text('{"a": 1}\n')
    picture.write_bytes(b"\xff\xfe")
    empty.touch()
    assert failed(run("load", letter), 1) == "line 1: this is no snapshot of mq-emulator"
    assert failed(run("load", empty), 1) == "line 1: this is no snapshot of mq-emulator"
    assert failed(run("load", picture), 2) == f"cannot read {picture}: it is no text"
    assert failed(run("load", tmp_path / "nowhere"), 2) == f"cannot read {tmp_path / 'nowhere'}: No such file or directory"
    assert failed(run("diff", letter), 2) == "no snapshots: line 1: this is no snapshot of mq-emulator"
    assert failed(run("save", tmp_path / "no" / "where"), 1).startswith(f"cannot write {tmp_path / 'no' / 'where'}: ")
    assert users(server) == ["ada"]


def test_nobody_is_asked(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["snapshot", "save", str(tmp_path / "a"), "--port", "1"])
    assert failed(result, 1) == "no emulator answers at http://127.0.0.1:1"


def test_somebody_else_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, run: Invoke) -> None:
    real = requests.Session.request

    def other(session: requests.Session, method: str, url: str, **how: object) -> requests.Response:
        return real(session, method, url.replace("snapshot", "health"), **how)  # type: ignore[arg-type]

    monkeypatch.setattr(requests.Session, "request", other)
    assert failed(run("save", tmp_path / "a"), 1) == f"no emulator answers at {server.url}"


def test_a_page_cannot_load_one(server: Server) -> None:
    url = f"{server.url}/_emulator/snapshot"
    text = requests.get(url, timeout=60).content
    assert json.loads(text.splitlines()[0])["snapshot"] == "mq-emulator"
    answer = requests.put(url, data=text, headers={"Content-Type": "text/plain"}, timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (400, "the Content-Type must be application/x-ndjson")
    answer = requests.put(url, data=b"\xff", headers={"Content-Type": "application/x-ndjson"}, timeout=60)
    assert answer.status_code == 400
