"""How events are kept: in chunks without overlap, found by bisection, small, and gone when their time is over."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.logs import event_pages, timeline
from emulator.services.logs.log_record import record_pointer
from emulator.services.logs.log_stream import LogStream
from emulator.services.logs.timeline import MOST_EVENTS, MOST_SMALL, SMALL_BYTES, LogChunk
from tests.conftest import ACCOUNT, Ask
from tests.services.test_logs_groups import DAY, NOW, put, refused


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName="g")
    for stream in ("s", "t"):
        ask("logs:CreateLogStream", logGroupName="g", logStreamName=stream)
    return ask


def stream(world: World, name: str = "s") -> LogStream:
    return next(one for one in world.store.find(LogStream) if one.name == name)


def check(world: World, name: str = "s") -> list[tuple[int, str]]:
    """Every event of a stream, after a look at what must always hold of its chunks."""
    one, events = stream(world, name), []
    for span in one.spans:
        pack = timeline.chunk(world, one, span)
        assert (span.first, span.last) == (pack.position(0), pack.position(len(pack) - 1))
        assert (span.events, span.size) == (len(pack), pack.size(range(len(pack))))
        assert span.events <= MOST_EVENTS
        assert span.pack is None or span.size <= SMALL_BYTES
        assert span.size == sum(len(pack.encoded(place)) + 26 for place in range(len(pack)))
        events += [(pack.position(place), pack.message(place)) for place in range(len(pack))]
    assert [position for position, _ in events] == sorted({position for position, _ in events})
    assert one.size == sum(span.size for span in one.spans)
    return [(position[0], message) for position, message in events]


def test_small_batches_share_chunks(ask: Ask, world: World) -> None:
    """As many as there are ones in the binary number of the batches."""
    for number in range(100):
        put(ask, (NOW + number, str(number)))
    assert [span.events for span in stream(world).spans] == [64, 32, 4]
    assert check(world) == [(NOW + number, str(number)) for number in range(100)]
    assert not list(world.store.find(LogChunk))


@pytest.mark.parametrize("is_late", [False, True])
def test_few_small_chunks_are_in_the_record_of_their_stream(ask: Ask, world: World, is_late: bool) -> None:
    """Here each single event comes beside a chunk that is too full to take it in."""
    for number in range(2 * MOST_SMALL):
        time = NOW - number * 10_000 if is_late else NOW + number * 10_000
        batches = [[(time, str(number))], [(time + 1 + place, "x") for place in range(MOST_EVENTS)]]
        for batch in reversed(batches) if is_late else batches:
            put(ask, *batch)
    spans = stream(world).spans
    assert [span.events for span in spans] == [1, MOST_EVENTS] * 2 * MOST_SMALL
    inside = [place for place, span in enumerate(spans) if span.pack is not None]
    assert inside == ([] if is_late else list(range(3 * MOST_SMALL, 4 * MOST_SMALL, 2)))
    assert len(list(world.store.find(LogChunk))) == len(spans) - len(inside)
    assert len(check(world)) == 2 * MOST_SMALL * (MOST_EVENTS + 1)


def test_a_large_batch_is_split(ask: Ask, world: World) -> None:
    put(ask, *[(NOW + number, "x") for number in range(10_000)])
    assert [span.events for span in stream(world).spans] == [3334, 3334, 3332]
    put(ask, (NOW + 20_000, "last"))
    assert len(check(world)) == 10_001


@pytest.mark.parametrize("offsets", [range(0, 6000, 2), range(6000, 0, -7), [5, 1, 5, 3, 5, 9_999_999, 0, 2]])
def test_events_that_come_late_find_their_place(ask: Ask, world: World, offsets: Any) -> None:
    put(ask, *[(NOW + 2 * number, f"a{number}") for number in range(3000)])
    for start in range(0, len(offsets), 500):
        late = sorted(offsets[start : start + 500])
        put(ask, *[(NOW - 3000 + offset % 8_000_000, "late") for offset in late])
    times = [NOW + 2 * number for number in range(3000)] + [NOW - 3000 + offset % 8_000_000 for offset in offsets]
    assert [time for time, _ in check(world)] == sorted(times)


def test_batches_in_falling_order_do_not_pile_up(ask: Ask, world: World) -> None:
    for number in range(300):
        put(ask, (NOW - number, str(number)))
    assert [span.events for span in stream(world).spans] == [4, 8, 32, 256]
    assert [message for _, message in check(world)] == [str(number) for number in range(299, -1, -1)]


def test_a_full_chunk_is_left_alone(ask: Ask, world: World) -> None:
    put(ask, *[(NOW + number, "x") for number in range(MOST_EVENTS)])
    put(ask, (NOW - 10, "before"))
    put(ask, (NOW + 10_000, "behind"))
    assert [span.events for span in stream(world).spans] == [1, MOST_EVENTS, 1]
    put(ask, (NOW + 7, "among"))
    assert [span.events for span in stream(world).spans] == [1, MOST_EVENTS // 2 + 1, MOST_EVENTS // 2, 1]
    assert len(check(world)) == MOST_EVENTS + 3


def test_large_events_make_chunks_of_a_megabyte(ask: Ask, world: World) -> None:
    for number in range(4):
        put(ask, (NOW + number, "x" * 600_000))
    assert [span.events for span in stream(world).spans] == [1, 1, 1, 1]
    put(ask, (NOW, "y" * 600_000))
    assert [len(message) for _, message in check(world)] == [600_000] * 5
    assert [span.events for span in stream(world).spans] == [1, 1, 1, 1, 1]


def test_a_batch_that_fails_leaves_the_chunks_as_they_were(ask: Ask, world: World) -> None:
    put(ask, (NOW, "a"))
    before = stream(world)
    with pytest.raises(AwsError):
        put(ask, (NOW, "b"), (NOW - 2 * DAY, "c"))
    assert stream(world) == before
    assert check(world) == [(NOW, "a")]


def test_an_event_takes_less_than_250_bytes(ask: Ask, world: World) -> None:
    def batch(number: int) -> list[tuple[int, str]]:
        return [(NOW + number * 1000 + place, f"{number:06} {place:06} ".ljust(74, "x")) for place in range(10_000)]

    put(ask, *batch(0))
    put(ask, *batch(1))
    packs = [chunk.pack for chunk in world.store.find(LogChunk)]
    kept = sum(len(part) for pack in packs for part in (pack.times, pack.numbers, pack.ingested, pack.ends, pack.text))
    assert sum(map(len, packs)) == 20_000
    assert kept / 20_000 < 250


def test_a_chunk_that_is_missing_is_a_mistake_of_ours(ask: Ask, world: World) -> None:
    put(ask, (NOW, "a" * SMALL_BYTES))
    (kept,) = world.store.find(LogChunk)
    world.store.delete(kept)
    with pytest.raises(RuntimeError):
        check(world)


# retention ---------------------------------------------------------------------------------------------------------


def test_what_has_expired_for_three_days_is_gone(ask: Ask, world: World) -> None:
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    put(ask, (NOW - 1000, "old"), (NOW, "newer"))
    world.advance(4 * 86_400 - 0.5)
    ask("logs:DeleteRetentionPolicy", logGroupName="g")
    assert check(world) == [(NOW, "newer")]
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    world.advance(1)
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=7)
    assert check(world) == []
    assert not list(world.store.find(LogChunk))


def test_writing_frees_what_has_expired(ask: Ask, world: World) -> None:
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    for day in range(10):
        put(ask, *[(NOW + day * DAY + number, "x") for number in range(3000)])
        world.advance(86_400)
    assert len(check(world)) <= 5 * 3000
    assert all(time >= NOW + 5 * DAY for time, _ in check(world))


def test_bytes_of_a_group_half_of_which_has_expired(ask: Ask, world: World) -> None:
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    put(ask, *[(NOW + number, "x") for number in range(6000)])
    world.advance(86_400 + 3)
    assert ask("logs:DescribeLogGroups")["logGroups"][0]["storedBytes"] == 3000 * 27
    assert ask("logs:DescribeLogStreams", logGroupName="g")["logStreams"][0]["firstEventTimestamp"] == NOW + 3000


def test_figures_may_lag_behind(ask: Ask, world: World) -> None:
    def seen() -> tuple[int, dict[str, Any]]:
        (group,) = ask("logs:DescribeLogGroups")["logGroups"]
        (one,) = ask("logs:DescribeLogStreams", logGroupName="g", logStreamNamePrefix="s")["logStreams"]
        return group["storedBytes"], {key: value for key, value in one.items() if key.endswith(("Timestamp", "IngestionTime"))}

    world.log_lag = 3600
    put(ask, (NOW, "a"))
    world.advance(60)
    put(ask, (NOW - 5, "bb"), (NOW + 5, "cc"))
    assert seen() == (0, {})
    world.advance(3540)
    assert seen() == (27, {"firstEventTimestamp": NOW, "lastEventTimestamp": NOW, "lastIngestionTime": NOW})
    world.advance(60)
    times = {"firstEventTimestamp": NOW - 5, "lastEventTimestamp": NOW + 5, "lastIngestionTime": NOW + 60_000}
    assert seen() == (27 + 28 + 28, times)
    put(ask, (NOW + 9, "d"))
    world.log_lag = 0
    assert seen()[0] == 27 + 28 + 28 + 27


# searching ---------------------------------------------------------------------------------------------------------


def pages(ask: Ask, **given: Any) -> list[list[str]]:
    found, token = [], {}
    while True:
        page = ask("logs:FilterLogEvents", logGroupName="g", **given, **token)
        found.append([event["message"] for event in page["events"]])
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}


@pytest.mark.parametrize("from_head", [True, False])
def test_a_search_stops_after_its_work(ask: Ask, monkeypatch: pytest.MonkeyPatch, from_head: bool) -> None:
    monkeypatch.setattr(event_pages, "MOST_WORK", 2000)
    for name in ("s", "t"):
        put(ask, *[(NOW + number, f"{name} {'hit' if number % 1000 == 7 else 'miss'}") for number in range(5000)], stream=name)
    found = pages(ask, filterPattern="hit", startFromHead=from_head)
    assert len(found) >= 5
    assert [] in found or any(len(page) < 4 for page in found)
    hits = [message for page in found for message in page]
    assert hits == (["s hit", "t hit"] * 5 if from_head else ["t hit", "s hit"] * 5)


def test_parsing_costs_more_than_searching(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_pages, "MOST_WORK", 20_000)
    put(ask, *[(NOW + number, '{"a":1}') for number in range(5000)])
    assert len(pages(ask, filterPattern='"a"')) == 1
    assert len(pages(ask, filterPattern="{ $.a = 1 }", limit=10_000)) >= 4


def test_a_filter_token_lives_a_day_and_belongs_to_its_group(ask: Ask, world: World) -> None:
    put(ask, (NOW, "a"), (NOW + 1, "b"))
    token = ask("logs:FilterLogEvents", logGroupName="g", limit=1)["nextToken"]
    text = "The specified nextToken is invalid."
    ask("logs:CreateLogGroup", logGroupName="h")
    refused(ask, "FilterLogEvents", "InvalidParameterException", text, logGroupName="h", nextToken=token)
    world.advance(86_400)
    assert pages(ask, nextToken=token) == [["b"]]
    world.advance(0.001)
    refused(ask, "FilterLogEvents", "InvalidParameterException", text, logGroupName="g", nextToken=token)


def test_a_token_outlives_what_it_points_at(ask: Ask, world: World) -> None:
    put(ask, (NOW, "a"), (NOW + 1000, "b"))
    page = ask("logs:GetLogEvents", logGroupName="g", logStreamName="s", startFromHead=True, limit=1)
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    world.advance(86_400 + 0.5)
    token = page["nextForwardToken"]
    left = ask("logs:GetLogEvents", logGroupName="g", logStreamName="s", startFromHead=True, nextToken=token)
    assert [event["message"] for event in left["events"]] == ["b"]


# GetLogRecord ------------------------------------------------------------------------------------------------------


def pointer(ask: Ask, message: str) -> str:
    events = ask("logs:FilterLogEvents", logGroupName="g")["events"]
    return next(record_pointer("g", event["logStreamName"], event["eventId"]) for event in events if event["message"] == message)


def test_a_record_has_its_fields(ask: Ask) -> None:
    message = '{"level":"error","up":true,"down":false,"none":null,"queue":{"names":["a",2.50]}}'
    put(ask, (NOW, "plain"), (NOW + 1, message))
    at = pointer(ask, message)
    assert ask("logs:GetLogRecord", logRecordPointer=at)["logRecord"] == {
        "@ingestionTime": str(NOW),
        "@log": f"{ACCOUNT}:g",
        "@logStream": "s",
        "@message": message,
        "@ptr": at,
        "@timestamp": str(NOW + 1),
        "level": "error",
        "up": "1",
        "down": "0",
        "queue.names.0": "a",
        "queue.names.1": "2.50",
    }
    assert set(ask("logs:GetLogRecord", logRecordPointer=pointer(ask, "plain"))["logRecord"]) == {
        "@ingestionTime",
        "@log",
        "@logStream",
        "@message",
        "@ptr",
        "@timestamp",
    }


def test_a_record_that_is_no_more(ask: Ask, world: World) -> None:
    put(ask, (NOW, "a"))
    at = pointer(ask, "a")
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    world.advance(86_401)
    text = "The specified log record does not exist."
    refused(ask, "GetLogRecord", "ResourceNotFoundException", text, logRecordPointer=at)
    for group, name in (("g", "x"), ("h", "s")):
        event = "0" * 55 + "1"
        given = {"logRecordPointer": record_pointer(group, name, event)}
        refused(ask, "GetLogRecord", "ResourceNotFoundException", text, **given)
    given = {"logRecordPointer": record_pointer("g", "t", "0" * 55 + "1")}
    refused(ask, "GetLogRecord", "ResourceNotFoundException", text, **given)


@pytest.mark.parametrize("at", ["", "x", "é", "eA==", record_pointer("g", "s", "1"), record_pointer("g", "s", "9" * 56)])
def test_a_pointer_that_is_none(ask: Ask, at: str) -> None:
    text = "The specified logRecordPointer is invalid."
    refused(ask, "GetLogRecord", "InvalidParameterException", text, logRecordPointer=at)
