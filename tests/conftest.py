"""Worlds for tests: frozen clock, fixed seed, calls through the one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Call, Clock, Principal, World, new_world
from emulator.engine import identity
from emulator.shapes.regions import partition

ACCOUNT = "111122223333"
REGION = "us-east-1"
START = 1_790_000_000.0

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def world() -> World:
    """A fresh world at AWS's own pace, standing still until a test moves its clock."""
    return new_world(clock=Clock(frozen_at=START), seed="tests", pace="real")


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
