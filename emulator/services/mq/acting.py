"""Amazon MQ's calls in a customer's account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.broker import LINKED_ROLE, Broker


def as_role(world: World, broker: Broker) -> Callable[..., Result]:
    """Calls through the service-linked role, in the broker's account and Region."""
    session = world.acting_as(LINKED_ROLE, broker.account, broker.region)

    def run(action: str, **params: Any) -> Result:
        service, operation = action.split(":")
        return world.ask(session, service, operation, broker.region, params)

    return run
