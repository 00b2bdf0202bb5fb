"""DescribeBroker, ListBrokers, RebootBroker, DeleteBroker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from emulator.engine.plan import start
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import MEMORY_ALARM, MOVES, Broker, description, find, move, on_broker, summary
from emulator.services.mq.catalogue import one_page, page_size
from emulator.services.mq.directory import after
from emulator.services.mq.plans import DELETE, REBOOT, quiet
from emulator.values.call import Call, Need
from emulator.values.page import last_name


def describe_broker(world: World, call: Call, *, BrokerId: str) -> Result:
    return description(find(world, call, BrokerId))


describe_broker_needs = on_broker


def list_brokers(world: World, call: Call, *, MaxResults: int | None = None, NextToken: str | None = None) -> Result:
    further = after(world, call.account, call.region, _last_number(NextToken))
    rows = list(islice(further, page_size(MaxResults) + 1))
    chosen, following = one_page(rows, _place, NextToken, MaxResults)
    return {"BrokerSummaries": [summary(broker) for broker in chosen], "NextToken": following}


def list_brokers_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("mq:ListBrokers", "*")


def _place(broker: Broker) -> str:
    return f"{broker.number:010d}"


def _last_number(token: str | None) -> int:
    """That of the page before; 400 for a token that no page gave."""
    last = "0" if token is None else last_name(token, errors.bad_token)
    if not last.isdecimal():
        raise errors.bad_token()
    return int(last)


def reboot_broker(world: World, call: Call, *, BrokerId: str) -> Result:
    broker = find(world, call, BrokerId)
    if "REBOOT_IN_PROGRESS" not in MOVES[broker.state]:
        raise errors.wrong_state("rebooted", broker.id, broker.state)
    if MEMORY_ALARM in broker.actions_required:
        raise errors.alarm_stands_in_the_way(broker.id, MEMORY_ALARM)
    world.journal.about(broker.id)
    quiet(world, broker)
    start(world, REBOOT, move(world, broker, "REBOOT_IN_PROGRESS"))
    return {}


reboot_broker_needs = on_broker


def delete_broker(world: World, call: Call, *, BrokerId: str) -> Result:
    broker = find(world, call, BrokerId)
    if "DELETION_IN_PROGRESS" not in MOVES[broker.state]:
        raise errors.wrong_state("deleted", broker.id, broker.state)
    world.journal.about(broker.id)
    quiet(world, broker)
    start(world, DELETE, move(world, broker, "DELETION_IN_PROGRESS"))
    return {"BrokerId": broker.id}


delete_broker_needs = on_broker
