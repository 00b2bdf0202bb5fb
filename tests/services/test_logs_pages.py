"""Reading events page by page: GetLogEvents both ways, FilterLogEvents over streams."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import World
from tests.conftest import Ask
from tests.services.test_logs_groups import NOW, put, refused
from tests.services.test_logs_wire import checked


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName="g")
    for stream in ("s", "t"):
        ask("logs:CreateLogStream", logGroupName="g", logStreamName=stream)
    return checked(ask)


def get(ask: Ask, **given: Any) -> dict[str, Any]:
    return ask("logs:GetLogEvents", logGroupName="g", logStreamName="s", **given)


def messages(page: dict[str, Any]) -> list[str]:
    return [event["message"] for event in page["events"]]


def found(ask: Ask, **given: Any) -> list[str]:
    return messages(ask("logs:FilterLogEvents", logGroupName="g", **given))


@pytest.fixture
def observed(ask: Ask, world: World) -> Ask:
    """The nine events of a recorded trace: A, B and C twice, then D, E, F."""
    three = [(NOW, "A"), (NOW + 1000, "B"), (NOW + 2000, "C")]
    put(ask, *three)
    for place, letter in enumerate("DEF", 3):
        world.advance(1)
        put(ask, (NOW + place * 1000, letter))
    world.advance(1)
    put(ask, *three)
    return ask


def test_events_are_sorted_by_time_then_by_ingestion(observed: Ask) -> None:
    page = get(observed, startFromHead=True)
    assert messages(page) == list("AABBCCDEF")
    assert [event["ingestionTime"] - NOW for event in page["events"]] == [0, 4000, 0, 4000, 0, 4000, 1000, 2000, 3000]


def test_tokens_have_56_digits(observed: Ask) -> None:
    page = get(observed)
    assert re.fullmatch("f/[0-9]{56}/s", page["nextForwardToken"])
    assert re.fullmatch("b/[0-9]{56}/s", page["nextBackwardToken"])
    assert get(observed) == page


def test_forwards(observed: Ask) -> None:
    span = {"limit": 3, "startFromHead": True, "startTime": NOW, "endTime": NOW + 5001}
    first = get(observed, **span)
    second = get(observed, **span, nextToken=first["nextForwardToken"])
    third = get(observed, **span, nextToken=second["nextForwardToken"])
    end = get(observed, **span, nextToken=third["nextForwardToken"])
    assert [messages(page) for page in (first, second, third, end)] == [list("AAB"), list("BCC"), list("DEF"), []]
    assert end["nextForwardToken"] == third["nextForwardToken"]
    assert end["nextBackwardToken"].lstrip("b") == third["nextForwardToken"].lstrip("f")
    assert get(observed, **span, nextToken=end["nextForwardToken"]) == end


def test_backwards(observed: Ask) -> None:
    span = {"limit": 3, "startTime": NOW, "endTime": NOW + 5001}
    first = get(observed, **span)
    second = get(observed, **span, nextToken=first["nextBackwardToken"])
    third = get(observed, **span, nextToken=second["nextBackwardToken"])
    end = get(observed, **span, nextToken=third["nextBackwardToken"])
    assert [messages(page) for page in (first, second, third, end)] == [list("DEF"), list("BCC"), list("AAB"), []]
    assert end["nextBackwardToken"] == third["nextBackwardToken"]
    assert messages(get(observed, **span, nextToken=second["nextForwardToken"])) == list("DEF")


def test_a_page_back_and_forth_has_the_same_tokens(observed: Ask) -> None:
    head, tail = get(observed, startFromHead=True), get(observed, startFromHead=False)
    assert head == tail


def test_the_start_is_included_and_the_end_is_not(observed: Ask) -> None:
    def between(start: int, end: int) -> list[str]:
        return messages(get(observed, startFromHead=True, startTime=NOW + start, endTime=NOW + end))

    assert between(1000, 2000) == ["B", "B"]
    assert between(2000, 2001) == ["C", "C"]
    assert between(1999, 2000) == []
    assert between(1000, 1000) == []
    assert between(5, -5) == []


def test_an_empty_stream_has_tokens_that_find_what_comes(ask: Ask) -> None:
    empty = get(ask)
    assert empty["events"] == []
    assert get(ask, nextToken=empty["nextForwardToken"]) == empty
    put(ask, (NOW - 5000, "a"))
    page = get(ask, nextToken=empty["nextForwardToken"], startFromHead=True)
    assert messages(page) == ["a"]
    assert messages(get(ask, nextToken=empty["nextBackwardToken"])) == []
    put(ask, (NOW, "b"))
    assert messages(get(ask, nextToken=page["nextForwardToken"], startFromHead=True)) == ["b"]


def test_the_furthest_start_has_a_token_too(ask: Ask) -> None:
    page = get(ask, startTime=2**63 - 1)
    assert messages(get(ask, nextToken=page["nextForwardToken"])) == []


def test_a_page_holds_a_megabyte(ask: Ask) -> None:
    half = "x" * (1_048_576 // 2 - 26)
    put(ask, (NOW, half), (NOW + 1, half))
    put(ask, (NOW + 2, "last"))
    page = get(ask, startFromHead=True)
    assert len(page["events"]) == 2
    assert messages(get(ask, startFromHead=True, nextToken=page["nextForwardToken"])) == ["last"]
    assert [len(message) for message in messages(get(ask))] == [len(half), 4]


@pytest.mark.parametrize("token", ["x", "f/3/s", "b/" + "9" * 56 + "/s", "f/" + "٣" * 56 + "/s"])
def test_a_foreign_token_is_refused(ask: Ask, token: str) -> None:
    text = "The specified nextToken is invalid."
    given = {"logGroupName": "g", "nextToken": token}
    refused(ask, "GetLogEvents", "InvalidParameterException", text, **given, logStreamName="s")
    refused(ask, "FilterLogEvents", "InvalidParameterException", text, **given)


def test_ten_thousand_events_are_the_most(ask: Ask) -> None:
    text = (
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 10000"
    )
    given = {"logGroupName": "g", "logStreamName": "s", "limit": 10_001}
    refused(ask, "GetLogEvents", "InvalidParameterException", text, **given)


# FilterLogEvents ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(ask: Ask) -> Ask:
    """Two streams whose events interleave."""
    put(ask, (NOW, "s1"), (NOW + 20, "s2"))
    put(ask, (NOW, "t1"), (NOW + 10, "t2"), stream="t")
    return ask


def test_streams_are_interleaved(mixed: Ask) -> None:
    page = mixed("logs:FilterLogEvents", logGroupName="g", interleaved=False)
    assert messages(page) == ["s1", "t1", "t2", "s2"]
    assert page["searchedLogStreams"] == []
    assert "nextToken" not in page
    first = page["events"][0]
    assert re.fullmatch("[0-9]{56}", first.pop("eventId"))
    assert first == {"logStreamName": "s", "timestamp": NOW, "message": "s1", "ingestionTime": NOW}
    assert len({event["eventId"] for event in page["events"][1:]}) == 3


def test_some_streams(mixed: Ask) -> None:
    mixed("logs:CreateLogStream", logGroupName="g", logStreamName="tt")
    assert found(mixed, logStreamNames=["t", "tt", "t"]) == ["t1", "t2"]
    assert found(mixed, logStreamNamePrefix="t") == ["t1", "t2"]
    assert found(mixed, logStreamNamePrefix="x") == []
    text = "The specified log stream does not exist."
    refused(mixed, "FilterLogEvents", "ResourceNotFoundException", text, logGroupName="g", logStreamNames=["s", "x"])
    text = "LogStream names and LogStream name prefix are mutually exclusive parameters."
    given = {"logGroupName": "g", "logStreamNames": ["s"], "logStreamNamePrefix": "s"}
    refused(mixed, "FilterLogEvents", "InvalidParameterException", text, **given)


def test_both_ends_are_included(mixed: Ask) -> None:
    assert found(mixed, startTime=NOW + 10, endTime=NOW + 20) == ["t2", "s2"]
    assert found(mixed, startTime=NOW, endTime=NOW) == ["s1", "t1"]


@pytest.mark.parametrize("from_head", [True, False])
def test_filtered_pages(mixed: Ask, from_head: bool) -> None:
    pages, token = [], {}
    while True:
        # The token's own direction counts, whatever the later requests say.
        page = mixed("logs:FilterLogEvents", logGroupName="g", limit=3, **(token or {"startFromHead": from_head}))
        pages.append(messages(page))
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert pages == ([["s1", "t1", "t2"], ["s2"]] if from_head else [["s2", "t2", "t1"], ["s1"]])


def test_a_full_last_page_has_no_token(mixed: Ask) -> None:
    assert "nextToken" not in mixed("logs:FilterLogEvents", logGroupName="g", limit=4)


def test_newest_first_needs_a_recent_start(mixed: Ask) -> None:
    assert found(mixed, startFromHead=False, startTime=1_704_067_200_000) == ["s2", "t2", "t1", "s1"]
    text = "startFromHead can be false only when startTime is on or after 2024-01-01T00:00:00Z."
    given = {"logGroupName": "g", "startFromHead": False, "startTime": 1_704_067_199_999}
    refused(mixed, "FilterLogEvents", "InvalidParameterException", text, **given)


def test_a_pattern_chooses(mixed: Ask) -> None:
    assert found(mixed, filterPattern="") == ["s1", "t1", "t2", "s2"]
    assert found(mixed, filterPattern="?s1 ?t2") == ["s1", "t2"]
    assert found(mixed, filterPattern="t", logStreamNames=["s"]) == []


@pytest.mark.parametrize(
    ("pattern", "text"), [("{ $.a EXISTS }", "Invalid filter pattern"), ("a!", "Invalid character(s) in term 'a!'")]
)
def test_a_bad_pattern_is_refused(mixed: Ask, pattern: str, text: str) -> None:
    given = {"logGroupName": "g", "filterPattern": pattern}
    refused(mixed, "FilterLogEvents", "InvalidParameterException", text, **given)


def test_many_batches_are_read_in_order(ask: Ask) -> None:
    for place in range(300):
        put(ask, (NOW + (place * 7) % 300, f"{(place * 7) % 300:03}"))
    assert messages(get(ask, startFromHead=True)) == [f"{place:03}" for place in range(300)]
    assert messages(get(ask, limit=2)) == ["298", "299"]
