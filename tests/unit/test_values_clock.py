"""Time as a value."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.values.clock import DAYS, Clock, iso8601, next_weekly, parse_iso8601, seconds


def machine() -> float:
    """The machine's own time, not by way of the clock under test."""
    return time.time()  # noqa: TID251


def test_a_frozen_clock_stands_still_until_it_is_advanced() -> None:
    clock = Clock(frozen_at=100)
    assert clock.is_frozen
    assert clock.now() == clock.now() == 100
    clock.advance(2.5)
    assert clock.now() == 102.5


def test_a_running_clock_runs_with_the_machine() -> None:
    clock = Clock()
    assert not clock.is_frozen
    before = machine()
    assert before <= clock.now() <= machine()
    clock.advance(1000)
    assert before + 1000 <= clock.now() <= machine() + 1000
    assert clock.wall() < clock.now()


def test_it_never_moves_back() -> None:
    for clock in (Clock(), Clock(frozen_at=1)):
        with pytest.raises(ValueError, match="never moves back"):
            clock.advance(-0.001)


def test_freezing_at_an_instant_or_now() -> None:
    clock = Clock()
    clock.freeze(at=50)
    assert clock.now() == 50
    clock.unfreeze()
    assert not clock.is_frozen
    assert 50 <= clock.now() < 60
    clock.freeze()
    assert 50 <= clock.now() < 60
    assert clock.now() == clock.now()


def test_unfreezing_a_running_clock_changes_nothing() -> None:
    clock = Clock()
    clock.advance(1000)
    clock.unfreeze()
    assert clock.now() > machine() + 999


def test_while_a_timer_fires_its_due_time_is_now() -> None:
    clock = Clock(frozen_at=100)
    with clock.at(90):
        assert clock.now() == 90
        with clock.at(80):
            assert clock.now() == 80
        assert clock.now() == 90
        clock.advance(5)
    assert clock.now() == 105


def test_the_instant_is_left_when_the_timer_fails() -> None:
    clock = Clock(frozen_at=100)
    with pytest.raises(RuntimeError), clock.at(90):
        raise RuntimeError
    assert clock.now() == 100


@pytest.mark.parametrize(
    ("instant", "seconds", "millis"),
    [
        (0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        (1.79e9, "2026-09-21T14:13:20Z", "2026-09-21T14:13:20.000Z"),
        (1.79e9 + 0.1259, "2026-09-21T14:13:20Z", "2026-09-21T14:13:20.125Z"),
        (1.79e9 + 0.9999998, "2026-09-21T14:13:21Z", "2026-09-21T14:13:21.000Z"),
    ],
)
def test_iso_8601(instant: float, seconds: str, millis: str) -> None:
    assert iso8601(instant) == seconds
    assert iso8601(instant, millis=True) == millis


@pytest.mark.parametrize(
    "text", ["2026-09-21T14:13:20Z", "2026-09-21T14:13:20", "2026-09-21T16:13:20+02:00", "2026-09-21T14:13:20.000+00:00"]
)
def test_reading_iso_8601(text: str) -> None:
    assert parse_iso8601(text) == 1.79e9


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "14:13"])
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid isoformat string|month must be"):
        parse_iso8601(text)


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86_400), ("0.5m", 30), ("0", 0)]
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", [" ", "s", "-1", "-1m", "inf", "nan", "1w", "ten"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"could not convert|^(-1m?|inf|nan)$"):
        seconds(text)


@given(
    st.floats(0, 4e9) | st.integers(0, 4 * 10**9 // 900).map(lambda quarter: quarter * 900.0),
    st.sampled_from(DAYS),
    st.integers(0, 23),
)
def test_a_week_is_the_same_in_utc_and_in_a_time_zone_as_far_from_it(after: float, day: str, hour: int) -> None:
    due = next_weekly(after, day, f"{hour:02d}:30", "UTC")
    assert after < due <= after + 7 * 86_400
    assert due == next_weekly(after, day, f"{hour:02d}:30", "Africa/Abidjan")
