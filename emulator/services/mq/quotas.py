"""Amazon MQ's quota that AWS raises on request and a seed file sets; limits that stay as they are stand with their rules.

Source: "Quotas in Amazon MQ" of its developer guide.
"""

from __future__ import annotations

from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import Broker

BROKERS = "Brokers per Region"

QUOTAS: dict[str, int] = {BROKERS: 50}


def refuse_one_more_broker(world: World, account: str, region: str) -> None:
    """400 when the account has all the brokers that it may have there, in whatever state."""
    most = world.quotas.get(BROKERS, QUOTAS[BROKERS])
    if world.store.count(Broker, account, region) >= most:
        raise errors.too_many_brokers(most, region)
