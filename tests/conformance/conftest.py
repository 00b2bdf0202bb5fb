"""Emulators on a free loopback port, real clients of them, and an account of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config as ClientConfig

from emulator.config import Config
from emulator.server import Server
from tests.conformance.wire import Answer, Keys, Request, send, sign

_accounts = itertools.count(400_000_000_000)

Clients = Callable[..., Any]
Control = Callable[..., requests.Response]
Signed = Callable[..., Answer]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One emulator for all tests of a process; what is due has happened by the next call."""
    with Server(Config(port=0, pace="instant")) as served:
        yield served


@pytest.fixture(scope="session")
def strict_server() -> Iterator[Server]:
    """One that takes no development keys."""
    with Server(Config(port=0, pace="instant", strict_credentials=True)) as served:
        yield served


@pytest.fixture
def account() -> str:
    """An account that no other test uses; its id is a development key of its root user."""
    return str(next(_accounts))


@pytest.fixture
def client(server: Server, account: str) -> Iterator[Clients]:
    """``client("mq")``: a boto3 client of the test's account that tries once; ``keys`` and other arguments override."""
    made: list[Any] = []

    def make(service: str, *, keys: Keys | None = None, **overrides: Any) -> Any:
        keys = keys or Keys(account)
        settings = {
            "region_name": "us-east-1",
            "endpoint_url": server.url,
            "aws_access_key_id": keys.id,
            "aws_secret_access_key": keys.secret,
            "aws_session_token": keys.token,
            "config": ClientConfig(retries={"total_max_attempts": 1}, proxies={}),
        }
        made.append(boto3.client(service, **settings | overrides))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def signed(server: Server, account: str) -> Signed:
    """``signed("sts", request)``: the answer to a raw request that botocore signed, as the test's account or with ``keys``."""

    def ask(service: str, request: Request, *, keys: Keys | None = None, to: Server | None = None, **how: Any) -> Answer:
        port = (to or server).port
        return send(sign(request, service, keys or Keys(account), host=f"127.0.0.1:{port}", **how), port)

    return ask


@pytest.fixture
def control(server: Server) -> Iterator[Control]:
    """``control("POST", "clock", json=…)``: the answer of the control API, of a module's own server where it has one."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda method, path, **how: session.request(method, f"{server.url}/_emulator/{path}", timeout=10, **how)
