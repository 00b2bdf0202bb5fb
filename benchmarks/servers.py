"""The servers that the benchmarks compare, each a process of its own: ours, a bare Flask view, and two peers from PyPI.

The peers are installed into environments of their own under ``benchmarks/.cache`` when a benchmark first needs them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import perf_counter
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config as ClientConfig

from benchmarks.calls import ADMINISTRATOR, Account

CACHE = Path(__file__).parent / ".cache"
NAMES = ("mq-emulator", "ministack", "moto_server")
DURABLE = "mq-emulator --data"
_PATIENCE = 60
"""Seconds until a server that does not answer is given up."""
_SETUP_CALLS = 4
"""moto lets this many calls through unchecked: the first look whether it is there, and those that make the user."""


@dataclass
class Server:
    """A server that runs, and how long it took from its start to its first answer."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    seconds_to_answer: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory(self) -> float:
        """Resident MiB of the process."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True)
class _Program:
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def _programs(name: str, port: int, *, is_seeded: bool) -> _Program:
    if name in {"mq-emulator", DURABLE}:
        command = [str(Path(sys.executable).with_name("mq-emulator")), "serve", "--port", str(port)]
        if name == DURABLE:
            for old in CACHE.glob("load.data*"):
                old.unlink()
            command += ["--data", str(CACHE / "load.data")]
        if not is_seeded:
            return _Program(command)
        seed = CACHE / "seed.yaml"
        room = {"Interface and Gateway Load Balancer endpoints per VPC": 100_000, "Brokers per Region": 100_000}
        seed.write_text(json.dumps({"quotas": room}), "utf-8")
        return _Program([*command, "--seed", str(seed)])
    if name == "moto_server":
        command = [str(_installed("moto", "moto[server]") / "moto_server"), "--host", "127.0.0.1", "--port", str(port)]
        return _Program(command, {"INITIAL_NO_AUTH_ACTION_COUNT": str(_SETUP_CALLS)})
    if name == "ministack":
        settings = {"AUTH": "true", "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
        return _Program([str(_installed("ministack", "ministack") / "ministack")], settings)
    if name.startswith("bare "):
        return _Program([sys.executable, "-m", "benchmarks.bare", str(port), *name.removeprefix("bare ").split(" ", 1)])
    raise ValueError(name)


def _installed(name: str, requirement: str) -> Path:
    """The folder of a peer's commands; makes its environment when there is none."""
    home = CACHE / name
    if not (home / "bin" / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)  # noqa: S603  # our own arguments
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", requirement], check=True)  # noqa: S603  # our own
        (home / "bin" / "installed").touch()
    return home / "bin"


@contextmanager
def running(name: str, *, is_seeded: bool = False) -> Iterator[Server]:
    """A server on a free loopback port until the context ends; ours with raised quotas when it ``is_seeded``."""
    CACHE.mkdir(exist_ok=True)
    port = _free_port()
    program = _programs(name, port, is_seeded=is_seeded)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **program.environment}
    start = perf_counter()
    process = subprocess.Popen(program.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # ours
    try:
        _wait_for(process, port)
        yield Server(name, process, port, perf_counter() - start)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the server gives an answer, whatever it says."""
    end = perf_counter() + _PATIENCE
    while perf_counter() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()  # loopback
        except HTTPError:
            return
        except (URLError, OSError):
            Event().wait(0.002)
        else:
            return
    raise RuntimeError("the server does not answer")


def administrator(url: str) -> Account:
    """A user with every right. moto lets exactly these calls through unchecked, and checks every one after them."""
    settings = ClientConfig(retries={"total_max_attempts": 1}, proxies={})
    iam = boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # a development key has none
        config=settings,
    )
    iam.create_user(UserName="load")
    iam.put_user_policy(UserName="load", PolicyName="all", PolicyDocument=json.dumps(ADMINISTRATOR))
    key = iam.create_access_key(UserName="load")["AccessKey"]
    return Account(url, key["AccessKeyId"], key["SecretAccessKey"])
