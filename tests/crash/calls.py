"""Calls to a world in this process."""

from __future__ import annotations

from typing import Any

from emulator import Call, Principal, World
from emulator.engine import identity
from emulator.services.mq.broker import Broker

ACCOUNT, REGION = "111122223333", "us-east-1"


class Ask:
    """``ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")``: one call, as root unless told otherwise."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, action: str, *, as_: Principal | None = None, request_id: str = "", **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        call = Call(
            service=service,
            operation=operation,
            params=params,
            principal=as_ or identity.root(ACCOUNT),
            region=REGION,
            partition="aws",
            request_id=request_id,
        )
        return self._world.perform(call)

    def now(self) -> int:
        """Milliseconds."""
        return round(self._world.clock.now() * 1000)

    def brokers(self) -> list[Broker]:
        with self._world.lock:
            return list(self._world.store.find(Broker))
