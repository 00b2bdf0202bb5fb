"""Calls of several clients at the same time on a data file: one commit for all of them, before any is answered."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from socket import create_connection, socket
from threading import Event
from typing import Any

import pytest

from emulator import new_world
from emulator.config import Config
from emulator.engine.identity import User
from emulator.gateway.request_log import NAME
from emulator.server import Server
from emulator.services.logs.log_group import LogGroup
from emulator.store.data_file import DataFile, Statement
from tests.conformance.wire import Answer, Keys, Request, form, sign
from tests.unit.test_server import wait_for

KEYS = Keys("111122223333")
PATIENCE = 30
FULL = (503, "ServiceUnavailable")


class Disk:
    """The ids of the entries of the journal in each write to the data file, and how often it refuses next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses = 0
        self.entries: list[list[int]] = []
        write = DataFile.write

        def counted(file: DataFile, statements: Sequence[Statement]) -> None:
            lines = [row[0] for sql, rows in statements if "INTO entry" in sql for row in rows]
            self.entries += [lines] if lines else []
            self.refuses -= 1
            if self.refuses >= 0:
                statements = [*statements, ("INSERT INTO nowhere VALUES (1)", [()])]  # fails when all else is written
            write(file, statements)

        monkeypatch.setattr(DataFile, "write", counted)

    def refuse(self, times: int) -> None:
        """The next writes."""
        self.refuses = times


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def user(name: str) -> tuple[str, Request]:
    return "iam", form("iam", "CreateUser", UserName=name)


def group(name: str) -> tuple[str, Request]:
    headers = {"X-Amz-Target": "Logs_20140328.CreateLogGroup", "Content-Type": "application/x-amz-json-1.1"}
    return "logs", Request(body=json.dumps({"logGroupName": name}).encode(), headers=headers)


def ask(
    server: Server, calls: Sequence[Sequence[tuple[str, Request]]], before: Callable[[], object] = lambda: None
) -> list[list[Answer]]:
    """Each client's calls, one behind the other; all clients' at once, for the loop is held until all have come.

    ``before`` is done when they have.
    """
    host = f"127.0.0.1:{server.port}"
    with ExitStack() as stack:
        clients = [stack.enter_context(create_connection(("127.0.0.1", server.port), PATIENCE)) for _ in calls]
        for client in clients:
            send(client, [sign(form("sts", "GetCallerIdentity"), "sts", KEYS, host=host)])
            assert receive(client).status == 200
        holding, sent = Event(), Event()
        server._listener.on_loop(lambda: (holding.set(), sent.wait(PATIENCE)))
        assert holding.wait(PATIENCE)
        for client, own in zip(clients, calls, strict=True):
            send(client, [sign(request, service, KEYS, host=host) for service, request in own])
        before()
        sent.set()
        return [[receive(client) for _ in own] for client, own in zip(clients, calls, strict=True)]


def send(client: socket, requests: Sequence[Request]) -> None:
    lines = [
        f"{one.method} {one.target} HTTP/1.1\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in {**one.headers, "Content-Length": str(len(one.body))}.items())
        + "\r\n"
        for one in requests
    ]
    client.sendall(b"".join(head.encode() + one.body for head, one in zip(lines, requests, strict=True)))


def receive(client: socket) -> Answer:
    """The next answer, read byte for byte, for the one behind it is not to be read with it."""
    with client.makefile("rb", buffering=0) as file:
        response = HTTPResponse(_Unbuffered(file))  # type: ignore[arg-type]  # it only makes a file of it
        response.begin()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


class _Unbuffered:
    def __init__(self, file: Any) -> None:
        self._file = file

    def makefile(self, *_: Any) -> Any:
        return self._file


def kept(path: Path) -> tuple[set[str], set[str]]:
    """The users and log groups in a file, whose journal tells of each call that was made, and once."""
    world = new_world(path)
    try:
        made = [entry for entry in world.journal.select() if "Create" in entry.title and entry.outcome == "ok"]
        users, groups = {one.name for one in world.store.find(User)}, {one.id for one in world.store.find(LogGroup)}
        assert sorted(value for entry in made for value in entry.params.values()) == sorted(users | groups)
        return users, groups
    finally:
        world.close()


CALLS = [[user("ada")], [group("one")], [user("bob"), group("two")], [user("cid")]]


def test_calls_that_come_together_are_kept_together(disk: Disk, tmp_path: Path) -> None:
    with Server(Config(port=0, data=tmp_path / "data")) as server:
        answers = ask(server, CALLS)
    assert [[one.status for one in own] for own in answers] == [[200], [200], [200, 200], [200]]
    assert disk.entries == [[1], [2], [3], [4], [5, 6, 7, 8, 9]], "the first of each client, then all that came together"
    assert kept(tmp_path / "data") == ({"ada", "bob", "cid"}, {"one", "two"})


@pytest.mark.parametrize(
    ("refuses", "told", "users", "groups"),
    [
        pytest.param(1, [[200], [200], [200, 200], [200]], {"ada", "bob", "cid"}, {"one", "two"}, id="kept one by one"),
        pytest.param(4, [["full"], ["full"], ["full", 200], [200]], {"cid"}, {"two"}, id="some kept"),
        pytest.param(6, [["full"], ["full"], ["full", "full"], ["full"]], set(), set(), id="none kept"),
    ],
)
def test_what_cannot_be_kept_together_is_asked_again_one_by_one(
    refuses: int,
    told: list[list[Any]],
    users: set[str],
    groups: set[str],
    disk: Disk,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each hears in its service's words that nothing was changed, and then nothing was; the log has the one answer of each."""
    caplog.set_level(logging.INFO, NAME)
    with Server(Config(port=0, data=tmp_path / "data")) as server:
        answers = ask(server, CALLS, before=lambda: disk.refuse(refuses))
    for own, mine, wanted in zip(CALLS, answers, told, strict=True):
        for (service, _), answer, outcome in zip(own, mine, wanted, strict=True):
            assert (answer.error(service)[:2] if outcome == "full" else answer.status) == (FULL if outcome == "full" else 200)
    lines = [record.getMessage() for record in caplog.records if "Create" in record.getMessage()]
    statuses = [503 if outcome == "full" else 200 for wanted in told for outcome in wanted]
    assert [int(line.split()[0]) for line in lines] == statuses
    assert kept(tmp_path / "data") == (users, groups)


def test_a_recording_has_each_call_that_was_kept_once(disk: Disk, tmp_path: Path) -> None:
    with Server(Config(port=0, data=tmp_path / "data")) as server:
        recording = server.world.recording
        ask(server, CALLS, before=lambda: (recording.start({}), disk.refuse(4)))
        assert [next(iter(call.params.values())) for call in recording.calls] == ["two", "cid"]


def test_while_somebody_else_has_the_world_each_is_answered_on_its_own(disk: Disk, tmp_path: Path) -> None:
    with Server(Config(port=0, data=tmp_path / "data")) as server, ThreadPoolExecutor(1) as threads:
        has_it = Event()

        def hold() -> None:
            with server.world.lock:
                has_it.set()
                wait_for(lambda: server._listener._threads == len(CALLS))

        def take() -> None:
            holding.append(threads.submit(hold))
            assert has_it.wait(PATIENCE)

        holding: list[Future[None]] = []
        answers = ask(server, CALLS, before=take)
        holding[0].result(PATIENCE)
    assert [[one.status for one in own] for own in answers] == [[200], [200], [200, 200], [200]]
    assert [len(lines) for lines in disk.entries] == [1] * 9
    assert kept(tmp_path / "data") == ({"ada", "bob", "cid"}, {"one", "two"})
