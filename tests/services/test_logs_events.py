"""PutLogEvents: what is taken, what is rejected event by event, what refuses the whole batch."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import World
from tests.conftest import Ask
from tests.services.test_logs_groups import DAY, NOW, put, refused
from tests.services.test_logs_wire import checked

HOUR = 3_600_000
LIMIT = 1_048_576


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName="g")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    return checked(ask)


def stored(ask: Ask) -> list[str]:
    events = ask("logs:GetLogEvents", logGroupName="g", logStreamName="s", startFromHead=True)["events"]
    return [event["message"] for event in events]


def at(*timestamps: int) -> list[tuple[int, str]]:
    return [(timestamp, str(place)) for place, timestamp in enumerate(timestamps)]


def test_an_answer_has_a_sequence_token_of_56_digits(ask: Ask) -> None:
    first, second = put(ask, (NOW, "a")), put(ask, (NOW, "b"))
    assert set(first) == {"nextSequenceToken"}
    assert re.fullmatch("49[0-9]{54}", first["nextSequenceToken"])
    assert first != second


def test_sequence_tokens_are_ignored(ask: Ask) -> None:
    events = [{"timestamp": NOW, "message": "a"}]
    for _ in range(2):
        ask("logs:PutLogEvents", logGroupName="g", logStreamName="s", logEvents=events, sequenceToken="not-a-token")
    assert stored(ask) == ["a", "a"]


def test_observed_rejections_with_retention(ask: Ask) -> None:
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    answer = put(ask, *at(*(NOW + hours * HOUR for hours in (-384, -360, -48, -36, -2, -1, 3, 4))))
    assert answer["rejectedLogEventsInfo"] == {
        "tooNewLogEventStartIndex": 6,
        "tooOldLogEventEndIndex": 2,
        "expiredLogEventEndIndex": 4,
    }
    assert stored(ask) == ["4", "5"]


def test_observed_rejections_without_retention(ask: Ask) -> None:
    answer = put(ask, *at(*(NOW + hours * HOUR for hours in (-384, -360, -2, -1, 3, 4))))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 4, "tooOldLogEventEndIndex": 2}
    assert stored(ask) == ["2", "3"]


@pytest.mark.parametrize(
    ("timestamp", "retention", "info"),
    [
        (NOW - 14 * DAY, None, None),
        (NOW - 14 * DAY - 1, None, {"tooOldLogEventEndIndex": 1}),
        (NOW + 2 * HOUR, None, None),
        (NOW + 2 * HOUR + 1, None, {"tooNewLogEventStartIndex": 0}),
        (NOW - DAY, 1, None),
        (NOW - DAY - 1, 1, {"expiredLogEventEndIndex": 1}),
        (NOW - 20 * DAY, 1, {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": None}),
        (NOW - 40 * DAY, 30, {"tooOldLogEventEndIndex": 1}),
    ],
)
def test_the_bounds_to_the_millisecond(ask: Ask, timestamp: int, retention: int | None, info: dict[str, Any] | None) -> None:
    if retention:
        ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=retention)
    answer = put(ask, (timestamp, "m"))
    wanted = {key: value for key, value in info.items() if value is not None} if info else None
    assert answer.get("rejectedLogEventsInfo") == wanted
    assert stored(ask) == ([] if info else ["m"])


def test_a_batch_of_which_nothing_is_taken_leaves_no_trace(ask: Ask) -> None:
    assert "nextSequenceToken" in put(ask, (NOW - 20 * DAY, "m"))
    (stream,) = ask("logs:DescribeLogStreams", logGroupName="g")["logStreams"]
    assert "lastIngestionTime" not in stream


def test_events_come_in_chronological_order(ask: Ask) -> None:
    put(ask, (NOW, "a"), (NOW, "b"))
    assert stored(ask) == ["a", "b"]
    text = "Log events in a single PutLogEvents request must be in chronological order."
    events = [{"timestamp": NOW, "message": "x"}, {"timestamp": NOW - 1, "message": "y"}]
    given = {"logGroupName": "g", "logStreamName": "s", "logEvents": events}
    refused(ask, "PutLogEvents", "InvalidParameterException", text, **given)
    assert stored(ask) == ["a", "b"]


def test_a_batch_spans_a_day_at_most(ask: Ask) -> None:
    put(ask, (NOW - DAY, "a"), (NOW, "b"))
    text = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
    events = [{"timestamp": NOW - DAY - 1, "message": "x"}, {"timestamp": NOW, "message": "y"}]
    given = {"logGroupName": "g", "logStreamName": "s", "logEvents": events}
    refused(ask, "PutLogEvents", "InvalidParameterException", text, **given)
    assert stored(ask) == ["a", "b"]


def test_rejected_events_do_not_count_for_the_span(ask: Ask) -> None:
    answer = put(ask, *at(NOW - 16 * DAY, NOW - 25 * HOUR, NOW - 2 * HOUR, NOW + 3 * HOUR))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 3, "tooOldLogEventEndIndex": 1}
    assert stored(ask) == ["1", "2"]


def test_an_event_weighs_its_utf8_bytes_and_26_more(ask: Ask) -> None:
    put(ask, (NOW, "é" * 524_275))
    text = "Log event too large: 1048578 bytes exceeds limit of 1048576"
    given: dict[str, Any] = {"logGroupName": "g", "logStreamName": "s"}
    for timestamp in (NOW, NOW - 16 * DAY):
        given["logEvents"] = [{"timestamp": timestamp, "message": "é" * 524_276}]
        refused(ask, "PutLogEvents", "InvalidParameterException", text, **given)


def test_a_batch_weighs_a_megabyte_at_most(ask: Ask) -> None:
    half = LIMIT // 2 - 26
    put(ask, (NOW, "a" * half), (NOW, "b" * half))
    assert ask("logs:DescribeLogGroups")["logGroups"][0]["storedBytes"] == LIMIT
    text = "Upload too large: 1048577 bytes exceeds limit of 1048576"
    events = [{"timestamp": NOW, "message": "a" * half}, {"timestamp": NOW, "message": "b" * (half + 1)}]
    given = {"logGroupName": "g", "logStreamName": "s", "logEvents": events}
    refused(ask, "PutLogEvents", "InvalidParameterException", text, **given)


def test_a_batch_has_one_event_at_least_and_10000_at_most(ask: Ask) -> None:
    put(ask, *[(NOW, "m")] * 10_000)
    for count, constraint in ((0, "greater than or equal to 1"), (10_001, "less than or equal to 10000")):
        with pytest.raises(Exception, match=f"at 'logEvents' failed to satisfy constraint: Member must have length {constraint}"):
            put(ask, *[(NOW, "m")] * count)


def test_a_lone_surrogate_is_no_mishap(ask: Ask) -> None:
    ask("logs:PutLogEvents", logGroupName="g", logStreamName="s", logEvents=[{"timestamp": NOW, "message": "x\ud800"}])
    assert ask("logs:DescribeLogGroups")["logGroups"][0]["storedBytes"] == 26 + 4


def test_an_events_ingestion_is_dated(ask: Ask, world: World) -> None:
    world.advance(60)
    put(ask, (NOW, "m"))
    (event,) = ask("logs:GetLogEvents", logGroupName="g", logStreamName="s")["events"]
    assert event == {"timestamp": NOW, "message": "m", "ingestionTime": NOW + 60_000}
