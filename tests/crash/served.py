"""A served emulator that is killed under boto3."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from random import Random  # noqa: TID251  # the moment of a kill is the machine's
from threading import Event, Thread
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emulator import new_world
from tests.crash.calls import ACCOUNT
from tests.crash.checks import Promised, check
from tests.crash.workload import BROKER

CLIENTS = 3
LONGEST_LIFE = 1.0
"""Seconds from when it listens until it is killed, at most."""


def campaign(path: Path, kills: int, random: Random) -> int:
    """Kill, look, and serve again; returns how many calls were acknowledged."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, promised = f"http://127.0.0.1:{port}", Promised()
    clients = [{service: _client(service, url) for service in ("iam", "ec2", "mq")} for _ in range(CLIENTS)]
    for number in range(kills):
        _serve_and_kill(path, port, clients, promised, random.uniform(0.1, LONGEST_LIFE), f"{number}")
        world = new_world(path)
        check(world, promised)
        world.close()
    for client in (client for mine in clients for client in mine.values()):
        client.close()
    return promised.count


def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, proxies={}, connect_timeout=10, read_timeout=60),
    )


def _serve_and_kill(path: Path, port: int, clients: list[dict[str, Any]], promised: Promised, life: float, run: str) -> None:
    command = [sys.executable, "-m", "emulator", "serve", "--port", str(port), "--data", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        assert "listens on" in process.stdout.readline()
        working = [Thread(target=_work, args=(mine, promised.note, f"{run}-{number}")) for number, mine in enumerate(clients)]
        for thread in working:
            thread.start()
        Event().wait(life)
        process.kill()
        for thread in working:
            thread.join()


def _work(clients: dict[str, Any], note: Any, name: str) -> None:
    """Until the connection is lost."""
    number = 0
    try:
        while True:
            number += 1
            user = clients["iam"].create_user(UserName=f"u{name}-{number}")["User"]["UserName"]
            note({"done": "user", "name": user})
            key = clients["iam"].create_access_key(UserName=user)["AccessKey"]
            note({"done": "key", "user": user, "key": key["AccessKeyId"], "secret": key["SecretAccessKey"]})
            if number == 1:
                broker = clients["mq"].create_broker(BrokerName=f"b{name}", **BROKER)["BrokerId"]
                note({"done": "broker", "id": broker})
    except (BotoCoreError, ClientError):
        return
