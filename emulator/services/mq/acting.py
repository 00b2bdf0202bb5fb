"""Amazon MQ's calls in a customer's account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.engine import identity
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.broker import LINKED_ROLE, PRINCIPAL, Broker
from emulator.values.call import Principal


def as_role(world: World, broker: Broker) -> Callable[..., Result]:
    """Calls through the service-linked role, in the broker's account and Region."""
    return _calls(world, broker, world.acting_as(LINKED_ROLE, broker.account, broker.region), "")


def as_itself(world: World, broker: Broker) -> Callable[..., Result]:
    """Calls of Amazon MQ as itself for the broker: only a resource's own policy or permission can allow them."""
    return _calls(world, broker, identity.service(PRINCIPAL, broker.account), broker.arn)


def _calls(world: World, broker: Broker, principal: Principal, source_arn: str) -> Callable[..., Result]:
    def run(action: str, **params: Any) -> Result:
        service, operation = action.split(":")
        return world.ask(principal, service, operation, broker.region, params, source_arn=source_arn)

    return run
