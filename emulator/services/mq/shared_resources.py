"""Promote and DescribeSharedResources."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import find, on_broker
from emulator.services.mq.catalogue import one_page
from emulator.values.call import Call, Need


def promote(world: World, call: Call, *, BrokerId: str, Mode: str) -> Result:  # noqa: ARG001  # refused whatever it is
    """Cross-Region data replication is ActiveMQ's."""
    find(world, call, BrokerId)
    raise errors.not_for_rabbitmq(call.operation)


def describe_shared_resources(
    world: World, call: Call, *, BrokerId: str, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    """A broker has none: UpdateBroker refuses resourceShareArns here."""
    find(world, call, BrokerId)
    chosen, following = one_page([], str, NextToken, MaxResults)
    return {"SharedResources": chosen, "NextToken": following}


def _needs(world: World, call: Call) -> Iterator[Need]:
    return on_broker(world, call)


promote_needs = describe_shared_resources_needs = _needs
