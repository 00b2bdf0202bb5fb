"""The server around the app: settings, timers while nobody calls, and its end."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from msgspec import ValidationError

from emulator import Call, Clock, World, new_world
from emulator.config import Config, Secret, settings
from emulator.engine import identity
from emulator.server import Server, world_for
from emulator.store.sqlite import SqliteStore


def wait_for(condition: Callable[[], bool]) -> None:
    """Up to two seconds, for what another thread does."""
    for _ in range(200):
        if condition():
            return
        Event().wait(0.01)
    pytest.fail("it did not happen in two seconds")


def create_broker(world: World) -> None:
    """A private one with logs: for it no step is left out."""
    params = {
        "BrokerName": "orders",
        "DeploymentMode": "SINGLE_INSTANCE",
        "EngineType": "RABBITMQ",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": False,
        "Logs": {"General": True},
        "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
    }
    root = identity.root("111122223333")
    world.perform(
        Call(service="mq", operation="CreateBroker", params=params, principal=root, region="us-east-1", partition="aws")
    )


def steps(world: World) -> int:
    with world.lock:
        return sum(entry.kind == "step" for entry in world.journal.select())


def test_a_world_has_the_settings() -> None:
    world = world_for(Config(pace="instant", requester_managed_endpoints=True))
    assert (world.pace, world.requester_managed_endpoints) == ("instant", True)
    assert world.journal.select() == []


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:"), ("localhost", "http://127.0.0.1:"), ("::1", "http://[::1]:")]
)
def test_where_it_listens(host: str, url: str) -> None:
    with Server(Config(host=host, port=0)) as server, requests.Session() as session:
        session.trust_env = False
        assert server.url == f"{url}{server.port}"
        assert session.get(f"{server.url}/_emulator/health", timeout=10).json()["status"] == "ok"


def test_timers_fire_while_nobody_calls() -> None:
    world = new_world(pace="instant")
    with Server(Config(port=0), world):
        create_broker(world)
        wait_for(lambda: steps(world) > 3)


def test_a_timer_that_fails_ends_no_other(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    world = new_world(pace="instant")
    settle, calls = world.settle, []

    def fail_once() -> int:
        calls.append("called")
        return settle() if len(calls) > 1 else 1 // 0

    monkeypatch.setattr(world, "settle", fail_once)
    with caplog.at_level(logging.ERROR, "emulator"), Server(Config(port=0), world):
        wait_for(lambda: len(calls) > 2)
    assert [record.getMessage() for record in caplog.records] == ["a timer failed"]


def test_a_timer_that_cannot_be_kept_is_a_line_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = new_world(tmp_path / "data", pace="instant")
    create_broker(world)
    assert isinstance(world.store, SqliteStore)
    world.store._file._run("PRAGMA query_only = ON")
    with caplog.at_level(logging.ERROR, "emulator"), Server(Config(port=0), world):
        wait_for(lambda: len(caplog.records) > 1)
        assert steps(world) == 0
        with world.lock:
            world.store._file._run("PRAGMA query_only = OFF")
        wait_for(lambda: steps(world) > 3)
    world.close()
    assert {record.getMessage().partition(":")[0] for record in caplog.records} == {"Nothing was changed"}
    assert not any(record.exc_info for record in caplog.records)


def test_it_rests_until_the_next_timer() -> None:
    world = new_world(clock=Clock(frozen_at=0.0), pace="real")
    server = Server(Config(port=0), world)
    try:
        assert server._rest() == 0.25
        create_broker(world)
        assert server._rest() == 0.25, "the first step is due in more than that"
        due = world.timers.next_due()
        assert due is not None
        world.clock.advance(due - 0.1)
        assert server._rest() == pytest.approx(0.1)
        world.clock.advance(10)
        assert server._rest() == 0.01
    finally:
        server.close()


def test_it_closes_its_port() -> None:
    with Server(Config(port=0)) as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as idle:
        idle.sendall(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}\n"):
            answer += idle.recv(65_536)
        server.stop()
        assert idle.recv(1) == b"", "connections that were accepted are closed"
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def test_a_name_of_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not say which of them is its URL."""
    real = socket.getaddrinfo

    def two(host: str, *more: object, **named: object) -> object:
        return (
            [*real("127.0.0.1", *more, **named), *real("127.0.0.2", *more, **named)]
            if host == "both"
            else real(host, *more, **named)
        )

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with pytest.raises(OSError, match="both stands for more than one address; name one of them"):
        Server(Config(host="both", port=0))


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("emulator", False)],
)
def test_who_can_reach_it(host: str, is_loopback: bool) -> None:
    assert Config(host=host).is_loopback is is_loopback


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MQ_EMULATOR_PACE", "real")
    monkeypatch.setenv("MQ_EMULATOR_STRICT_CREDENTIALS", "yes")
    monkeypatch.setenv("PORT", "1")
    config = settings(pace="instant")
    assert (config.pace, config.strict_credentials, config.port) == ("instant", True, 4566)


@pytest.mark.parametrize(
    ("is_set", "texts"), [(True, ["1", "on", "T", "True", "y", "YES"]), (False, ["0", "off", "F", "False", "n", "NO"])]
)
def test_a_variable_says_yes_or_no(is_set: bool, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for text in texts:
        monkeypatch.setenv("MQ_EMULATOR_STRICT_CREDENTIALS", text)
        assert settings().strict_credentials is is_set


def test_a_setting_that_there_is_not() -> None:
    with pytest.raises(ValidationError, match="unknown field `colour`"):
        settings(colour="red")


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("pace", "slow", "Invalid enum value 'slow'"),
        ("port", -1, "Expected `int` >= 0"),
        ("port", "0", "Expected `int`, got `str`"),
        ("default_account", "1", "Expected `str` matching regex"),
        ("data", 1, "Expected `str`, got `int`"),
        ("control_token", b"secret", "Expected `str`, got `bytes`"),
    ],
)
def test_a_server_refuses_settings_that_are_none(setting: str, value: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=rf"{re.escape(why)}.* at `\$\.{setting}`") as refused:
        Server(Config(**{"port": 0, setting: value}))
    assert "secret" not in str(refused.value)


def test_a_server_takes_texts_for_a_path_and_a_secret(tmp_path: Path) -> None:
    given: dict[str, Any] = {"data": str(tmp_path / "data"), "control_token": "hush"}
    with Server(Config(port=0, **given)) as server:
        assert isinstance(server.world.store, SqliteStore)
        assert requests.get(f"{server.url}/_emulator/health", timeout=10).status_code == 200
        assert requests.get(f"{server.url}/_emulator/journal", timeout=10).status_code == 401


def test_a_secret_shows_itself_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQ_EMULATOR_CONTROL_TOKEN", "sesame")
    config = settings()
    assert config.control_headers == {"Authorization": "Bearer sesame"}
    assert "sesame" not in f"{config} {config!r} {config.control_token}"
    with pytest.raises(ValidationError) as error:
        settings(control_token=Secret("sesame"), port=-1)
    assert "sesame" not in str(error.value)


def test_an_empty_token_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose passes a variable on that is set to nothing."""
    monkeypatch.setenv("MQ_EMULATOR_CONTROL_TOKEN", "")
    assert settings().control_headers == {}
