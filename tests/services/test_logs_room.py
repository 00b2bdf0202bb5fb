"""Log events take no more memory than is set: the oldest go, whoever's they are, and it is said how many."""

from __future__ import annotations

from contextlib import suppress
from random import Random  # noqa: TID251  # the test's own

import pytest
from msgspec.structs import replace

from emulator import World
from emulator.services.logs import timeline, volume
from emulator.services.logs.log_stream import LogStream
from emulator.services.logs.log_volume import LogVolume
from tests.conftest import ACCOUNT, Ask
from tests.services.test_logs_groups import NOW, put

OTHER = "444455556666"
EVENT = 1000
"""Bytes that an event of 974 characters counts."""


@pytest.fixture(name="ask")
def _ask(ask: Ask, world: World) -> Ask:
    for account in (ACCOUNT, OTHER):
        ask("logs:CreateLogGroup", account=account, logGroupName="g")
        for stream in ("s", "t"):
            ask("logs:CreateLogStream", account=account, logGroupName="g", logStreamName=stream)
    world.log_bytes = 100 * EVENT
    return ask


def fill(ask: Ask, time: int, count: int, account: str = ACCOUNT, stream: str = "s") -> None:
    events = [{"timestamp": time + number, "message": "x" * 974} for number in range(count)]
    ask("logs:PutLogEvents", account=account, logGroupName="g", logStreamName=stream, logEvents=events)


def stored(world: World) -> int:
    return sum(span.size for stream in world.store.find(LogStream) for span in stream.spans)


def kept(world: World, account: str, stream: str) -> int:
    one = world.store.get(LogStream, (account, "us-east-1", f"g:{stream}"))
    assert one is not None
    return sum(span.events for span in one.spans)


def test_the_oldest_go_whoever_they_belong_to(ask: Ask, world: World) -> None:
    fill(ask, NOW, 40, OTHER)
    fill(ask, NOW + 1000, 40)
    assert volume(world) == (80 * EVENT, 0)
    fill(ask, NOW + 2000, 30, stream="t")
    assert (kept(world, OTHER, "s"), kept(world, ACCOUNT, "s"), kept(world, ACCOUNT, "t")) == (0, 40, 30)
    assert volume(world) == (70 * EVENT, 40)
    assert world.store.get(LogVolume, (OTHER, "", "log volume")) == LogVolume(
        account=OTHER, region="", id="log volume", dropped=40
    )
    assert ask("logs:GetLogEvents", account=OTHER, logGroupName="g", logStreamName="s")["events"] == []
    assert len(ask("logs:GetLogEvents", logGroupName="g", logStreamName="t")["events"]) == 30


def test_a_batch_larger_than_the_bound_leaves_nothing(ask: Ask, world: World) -> None:
    fill(ask, NOW, 101)
    assert volume(world) == (0, 101)


def test_what_is_counted_is_what_is_stored_whatever_happens(ask: Ask, world: World) -> None:
    chance = Random(4)  # the test's own
    for number in range(200):
        stream, account = chance.choice("st"), chance.choice([ACCOUNT, OTHER])
        fill(ask, NOW + chance.randrange(10_000), chance.randrange(1, 12), account, stream)
        if number % 37 == 0:
            ask("logs:DeleteLogStream", account=account, logGroupName="g", logStreamName=stream)
            ask("logs:CreateLogStream", account=account, logGroupName="g", logStreamName=stream)
        assert volume(world)[0] == stored(world) <= 100 * EVENT
    world.reset(OTHER)
    assert volume(world)[0] == stored(world)
    ask("logs:DeleteLogGroup", logGroupName="g")
    assert volume(world)[0] == 0


def test_what_is_undone_is_not_counted(ask: Ask, world: World) -> None:
    fill(ask, NOW, 10)
    with suppress(RuntimeError), world.store.transaction():
        fill(ask, NOW, 5, OTHER)
        assert volume(world)[0] == 15 * EVENT
        raise RuntimeError
    assert volume(world)[0] == 10 * EVENT
    world.reset()
    assert volume(world)[0] == 0


def test_what_an_older_file_holds_is_counted(ask: Ask, world: World) -> None:
    fill(ask, NOW, 10)
    one = world.store.get(LogStream, (ACCOUNT, "us-east-1", "g:s"))
    assert one is not None
    world.store.put(replace(one, size=None))
    assert volume(world)[0] == stored(world) == 10 * EVENT
    put(ask, (NOW, "y"))
    assert volume(world)[0] == stored(world) == 10 * EVENT + 27


def test_a_stream_without_events_has_none_to_lose(ask: Ask, world: World) -> None:
    with pytest.raises(RuntimeError):
        timeline.drop_first(world, (ACCOUNT, "us-east-1", "g:s"))
