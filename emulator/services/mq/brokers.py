"""DescribeBroker, ListBrokers, RebootBroker, DeleteBroker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from emulator.engine.plan import start
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import MEMORY_ALARM, MOVES, Broker, find, move, on_broker
from emulator.services.mq.broker_users import forget_users
from emulator.services.mq.broker_view import description, summary
from emulator.services.mq.catalogue import one_page, page_size
from emulator.services.mq.directory import after
from emulator.services.mq.lives import LIVES, reboot
from emulator.values.call import Call, Need
from emulator.values.page import last_name


def describe_broker(world: World, call: Call, *, BrokerId: str) -> Result:
    return description(world, find(world, call, BrokerId))


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
    LIVES[broker.engine].rebooting(world, call, broker)
    world.journal.about(broker.id)
    reboot(world, broker)
    return {}


reboot_broker_needs = on_broker


def delete_broker(world: World, call: Call, *, BrokerId: str) -> Result:
    """An ActiveMQ broker's users and interfaces are gone at once; the rest, and all of a RabbitMQ broker, takes its time."""
    broker = find(world, call, BrokerId)
    if "DELETION_IN_PROGRESS" not in MOVES[broker.state]:
        raise errors.wrong_state("deleted", broker.id, broker.state)
    life = LIVES[broker.engine]
    life.deleting(world, call, broker)
    world.journal.about(broker.id)
    life.quiet(world, broker)
    forget_users(world, broker)
    start(world, life.delete, move(world, broker, "DELETION_IN_PROGRESS"))
    return {"BrokerId": broker.id}


delete_broker_needs = on_broker
