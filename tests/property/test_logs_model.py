"""Putting, getting and filtering events beside a list that is as plain as can be."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from emulator import AwsError, Call, Clock, new_world
from emulator.engine import identity
from emulator.services.logs import event_pages, timeline
from tests.conftest import ACCOUNT, REGION, START

HOUR = 3_600_000
DAY = 24 * HOUR
STREAMS = ("s", "s2", "t")
WORDS = ("alpha", "beta", "gamma delta", "é", "a" * 300)
OFFSETS = st.integers(-16 * DAY, 3 * HOUR) | st.integers(-3, 3) | st.sampled_from([-DAY, -14 * DAY, 2 * HOUR])


@dataclass
class Kept:
    """One event of the list: where it is, when it was and came, in which order, and its text."""

    stream: str
    time: int
    came: int
    order: int
    text: str


class Model(RuleBasedStateMachine):
    """Small chunks and little work at once, so that a few events meet every edge."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = timeline.MOST_EVENTS, event_pages.MOST_WORK
        timeline.MOST_EVENTS, event_pages.MOST_WORK = 4, 60
        self.world = new_world(clock=Clock(frozen_at=START), seed="model", pace="real")
        self.kept: list[Kept] = []
        self.retention: int | None = None
        self.count = 0

    def teardown(self) -> None:
        timeline.MOST_EVENTS, event_pages.MOST_WORK = self.saved

    @property
    def now(self) -> int:
        return round(self.world.clock.now() * 1000)

    def ask(self, operation: str, **params: Any) -> dict[str, Any]:
        caller = identity.root(ACCOUNT)
        if operation != "DescribeLogGroups":
            params["logGroupName"] = "g"
        return self.world.perform(
            Call(service="logs", operation=operation, params=params, principal=caller, region=REGION, partition="aws")
        )

    @initialize()
    def begin(self) -> None:
        self.ask("CreateLogGroup")
        for name in STREAMS:
            self.ask("CreateLogStream", logStreamName=name)

    @rule(stream=st.sampled_from(STREAMS), offsets=st.lists(OFFSETS, min_size=1, max_size=12), word=st.sampled_from(WORDS))
    def put(self, stream: str, offsets: list[int], word: str) -> None:
        times = sorted(self.now + offset for offset in offsets)
        events = [{"timestamp": time, "message": f"{word} {place}"} for place, time in enumerate(times)]
        oldest = max(self.now - 14 * DAY, self.oldest)
        taken = [event for event in events if oldest <= event["timestamp"] <= self.now + 2 * HOUR]  # type: ignore[operator]
        answer: dict[str, Any] | None = None
        with suppress(AwsError):
            answer = self.ask("PutLogEvents", logStreamName=stream, logEvents=events)
        spans_too_long = bool(taken) and taken[-1]["timestamp"] - taken[0]["timestamp"] > DAY  # type: ignore[operator]
        assert (answer is None) == spans_too_long
        if answer is None:
            return
        assert ("rejectedLogEventsInfo" in answer) == (len(taken) < len(events))
        for event in taken:
            self.count += 1
            self.kept.append(Kept(stream, event["timestamp"], self.now, self.count, event["message"]))  # type: ignore[arg-type]

    @rule(seconds=st.sampled_from([1, 3600, 86_400, 5 * 86_400]))
    def wait(self, seconds: int) -> None:
        self.world.advance(seconds)

    @rule(days=st.sampled_from([None, 1, 3, 7]))
    def keep_for(self, days: int | None) -> None:
        if self.retention is not None:
            self.kept = [event for event in self.kept if event.time >= self.oldest - 3 * DAY]
        if days is None:
            self.ask("DeleteRetentionPolicy")
        else:
            self.ask("PutRetentionPolicy", retentionInDays=days)
        self.retention = days

    @rule(stream=st.sampled_from(STREAMS))
    def make_anew(self, stream: str) -> None:
        self.ask("DeleteLogStream", logStreamName=stream)
        self.ask("CreateLogStream", logStreamName=stream)
        self.kept = [event for event in self.kept if event.stream != stream]

    @property
    def oldest(self) -> int:
        return self.now - self.retention * DAY if self.retention is not None else 0

    def expected(self, streams: tuple[str, ...], start: int, end: int) -> list[Kept]:
        """What is to be seen from ``start`` up to ``end``."""
        start = max(start, self.oldest)
        found = [event for event in self.kept if event.stream in streams and start <= event.time < end]
        return sorted(found, key=lambda event: (event.time, event.order))

    @rule(
        stream=st.sampled_from(STREAMS),
        window=st.tuples(OFFSETS, OFFSETS),
        limit=st.integers(1, 7),
        from_head=st.booleans(),
    )
    def get(self, stream: str, window: tuple[int, int], limit: int, from_head: bool) -> None:
        start, end = (self.now + offset for offset in sorted(window))
        span = {"logStreamName": stream, "startTime": start, "endTime": end, "limit": limit}
        way, pages, token = ("nextForwardToken" if from_head else "nextBackwardToken"), [], None
        while True:
            page = self.ask("GetLogEvents", **span, startFromHead=from_head, **({"nextToken": token} if token else {}))
            pages.append([(event["timestamp"], event["message"], event["ingestionTime"]) for event in page["events"]])
            assert len(pages[-1]) <= limit
            if page[way] == token or (token is None and not page["events"]):
                break
            token = page[way]
        seen = [event for page in (pages if from_head else pages[::-1]) for event in page]
        assert seen == [(event.time, event.text, event.came) for event in self.expected((stream,), start, end)]

    @rule(
        streams=st.none() | st.lists(st.sampled_from(STREAMS), min_size=1, max_size=3),
        window=st.none() | st.tuples(OFFSETS, OFFSETS),
        limit=st.integers(1, 7),
        from_head=st.booleans(),
        word=st.sampled_from(["", "alpha", "-alpha", "?beta ?alpha", '"a d"', "%^[ab]%", '"é"']),
    )
    def filter(self, streams: list[str] | None, window: tuple[int, int] | None, limit: int, from_head: bool, word: str) -> None:
        start, end = (self.now + offset for offset in sorted(window)) if window else (0, self.now + DAY)
        given: dict[str, Any] = {"limit": limit, "filterPattern": word}
        if streams:
            given["logStreamNames"] = streams
        if window:
            given |= {"startTime": start, "endTime": end}
        seen, token = [], {}
        while True:
            page = self.ask("FilterLogEvents", **given, **(token or {"startFromHead": from_head}))
            seen += [(event["logStreamName"], event["timestamp"], event["message"]) for event in page["events"]]
            assert len(page["events"]) <= limit
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        wanted = [event for event in self.expected(tuple(streams or STREAMS), start, end + 1) if matches(word, event.text)]
        if not from_head:
            wanted.reverse()
        assert seen == [(event.stream, event.time, event.text) for event in wanted]

    @invariant()
    def figures_follow(self) -> None:
        if not self.world.journal.select():
            return
        (group,) = self.ask("DescribeLogGroups")["logGroups"]
        seen = self.expected(STREAMS, 0, self.now + DAY)
        assert group["storedBytes"] == sum(len(event.text.encode()) + 26 for event in seen)
        for stream in self.ask("DescribeLogStreams")["logStreams"]:
            times = [event.time for event in seen if event.stream == stream["logStreamName"]]
            assert stream.get("firstEventTimestamp") == (min(times) if times else None)
            assert stream.get("lastEventTimestamp") == (max(times) if times else None)


def matches(word: str, text: str) -> bool:
    return {
        "-alpha": "alpha" not in text,
        "?beta ?alpha": "alpha" in text or "beta" in text,
        '"a d"': "a d" in text,
        "%^[ab]%": text[0] in "ab",
        '"é"': "é" in text,
    }.get(word, word in text)


Model.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestModel = Model.TestCase
