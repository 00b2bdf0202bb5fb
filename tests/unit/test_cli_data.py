"""``serve --data``: everything is there after a restart, and a file that cannot be used is told in one line."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config as ClientConfig
from click.testing import CliRunner

from emulator.cli import main
from emulator.config import Config
from emulator.control.seed import PlantingError, Seed
from emulator.engine.identity import User
from emulator.server import Server, world_for
from emulator.store.sqlite import SqliteStore

CREATE = {
    "BrokerName": "orders",
    "DeploymentMode": "SINGLE_INSTANCE",
    "EngineType": "RABBITMQ",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}
SEED = Seed.model_validate({"quotas": {"VPCs per Region": 7}, "settings": {"iam": "soft"}})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data"


def refused(path: Path, *more: str) -> str:
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--data", str(path), *more])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    return result.stderr


def test_a_file_that_is_none_of_ours(path: Path) -> None:
    path.write_text("a letter")
    assert refused(path) == f"mq-emulator: {path} is not a data file of mq-emulator\n"
    assert path.read_text() == "a letter"


def test_a_file_in_use(path: Path) -> None:
    with Server(Config(port=0, data=path)):
        assert refused(path) == f"mq-emulator: {path} is in use by another process\n"


def test_a_port_in_use_lets_the_file_go(path: Path) -> None:
    with Server(Config(port=0)) as server:
        text = refused(path, "--port", str(server.port))
    assert "Address already in use" in text
    SqliteStore(path).close()


def test_a_server_goes_on_where_the_last_one_was(path: Path) -> None:
    with Server(Config(port=0, data=path, pace="instant"), seed=SEED) as server:
        broker = mq(server).create_broker(**CREATE)["BrokerId"]
        server.world.quotas = {"VPCs per Region": 9}
        requests.post(f"{server.url}/_emulator/clock", json={"freeze": True}, timeout=60)
        now = requests.get(f"{server.url}/_emulator/clock", timeout=60).json()["now"]
    with Server(Config(port=0, data=path), seed=SEED) as server:
        assert mq(server).describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"
        assert server.world.quotas == {"VPCs per Region": 9}  # a seed is planted once
        assert server.world.iam == "soft"  # its settings count each time
        clock = requests.get(f"{server.url}/_emulator/clock", timeout=60).json()
        assert (clock["now"], clock["frozen"], clock["pace"]) == (now, True, "instant")
        requests.post(f"{server.url}/_emulator/reset", json={}, timeout=60)
    with Server(Config(port=0, data=path), seed=Seed()) as server:
        assert mq(server).list_brokers()["BrokerSummaries"] == []
        assert server.world.quotas == SEED.quotas


def test_a_seed_that_cannot_be_planted_leaves_the_file_new(path: Path) -> None:
    bad = Seed.model_validate({"accounts": {"111122223333": {"users": {"ci": {"managed": ["NoSuchPolicy"]}}}}})
    with pytest.raises(PlantingError):
        Server(Config(port=0, data=path), seed=bad)
    server = Server(Config(port=0, data=path), seed=SEED)
    assert server.world.quotas == SEED.quotas
    assert list(server.world.store.find(User)) == []
    server.close()


def test_the_pace_that_is_asked_for_counts(path: Path) -> None:
    for given, is_now in (({"pace": "instant"}, "instant"), ({}, "instant"), ({"pace": "real"}, "real"), ({}, "real")):
        world = world_for(Config(data=path, **given))  # type: ignore[arg-type]
        assert world.pace == is_now
        world.advance(0)
        world.close()


def mq(server: Server) -> Any:
    return boto3.client(
        "mq",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=ClientConfig(retries={"total_max_attempts": 1}, proxies={}),
    )


def test_a_disk_that_fails_is_an_answer(path: Path) -> None:
    with Server(Config(port=0, data=path)) as server:
        store = server.world.store
        assert isinstance(store, SqliteStore)
        store._file._run("PRAGMA query_only = ON")
        client = mq(server)
        with pytest.raises(client.exceptions.ClientError) as refused:
            client.create_broker(**CREATE)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert "Nothing was changed" in refused.value.response["Error"]["Message"]
        answer = requests.post(f"{server.url}/_emulator/reset", json={}, timeout=60)
        assert (answer.status_code, "Nothing was changed" in answer.json()["error"]) == (503, True)
        assert requests.get(f"{server.url}/_emulator/health", timeout=60).status_code == 200
        store._file._run("PRAGMA query_only = OFF")
        client.create_broker(**CREATE)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM record WHERE kind = 'mq.Broker'").fetchone() == (1,)
    connection.close()
