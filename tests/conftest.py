"""Worlds for tests: frozen clock, fixed seed, calls through the one door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from emulator import Call, Clock, Principal, World, new_world
from emulator.engine import identity
from emulator.shapes.regions import partition
from emulator.store import codec
from emulator.values.record import Record

ACCOUNT = "111122223333"
REGION = "us-east-1"
START = 1_790_000_000.0

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # no test is timed: a busy machine says nothing about the code

Ask = Callable[..., dict[str, Any]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-chromium", action="store_true", help="fail the page's tests where Chromium is not installed")


@pytest.fixture
def world() -> Iterator[World]:
    """A fresh world at AWS's own pace, standing still until a test moves its clock. A file could keep all that it becomes."""
    world = new_world(clock=Clock(frozen_at=START), seed="tests", pace="real")
    yield world
    for record in every_record(world):
        assert codec.decode(type(record), codec.encode(record)) == record


def every_record(world: World) -> list[Record]:
    return [record for kind in codec.kinds().values() for record in world.store.find(kind)]


@pytest.fixture
def ask(world: World) -> Ask:
    """``ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")``: one call, as root of :data:`ACCOUNT` unless told otherwise."""

    def run(
        action: str, *, as_: Principal | None = None, region: str = REGION, account: str = ACCOUNT, **params: Any
    ) -> dict[str, Any]:
        service, operation = action.split(":")
        part = partition(region) or "aws"
        return world.perform(
            Call(
                service=service,
                operation=operation,
                params=params,
                principal=as_ or identity.root(account, part),
                region=region,
                partition=part,
                source_ip="127.0.0.1",
                user_agent="tests",
            )
        )

    return run
