"""Time as a value. The only module that imports :mod:`time`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

Instant = float
"""Seconds since the epoch, UTC."""


class Clock:
    """Emulated time: the machine's clock plus what it was advanced by, or standing still when frozen."""

    def __init__(self, *, frozen_at: Instant | None = None) -> None:
        self._offset = 0.0
        self._frozen = frozen_at
        self._firing: Instant | None = None

    @property
    def is_frozen(self) -> bool:
        return self._frozen is not None

    @property
    def standing(self) -> tuple[float, Instant | None]:
        """By how much it is ahead of the machine's clock, and where it stands still, for :meth:`resume`."""
        return self._offset, self._frozen

    def resume(self, offset: float, frozen_at: Instant | None) -> None:
        """Go on as a clock of an earlier process did."""
        self._offset, self._frozen = offset, frozen_at

    def wall(self) -> Instant:
        """The machine's own time, which clients sign their requests with."""
        return time.time()

    def now(self) -> Instant:
        """Emulated seconds since the epoch."""
        if self._firing is not None:
            return self._firing
        return self._frozen if self._frozen is not None else time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move emulated time forward; it never moves back."""
        if seconds < 0:
            raise ValueError("the clock never moves back")
        if self._frozen is not None:
            self._frozen += seconds
        else:
            self._offset += seconds

    def freeze(self, at: Instant | None = None) -> None:
        """Stand still, at ``at`` or now."""
        self._frozen = self.now() if at is None else at

    def unfreeze(self) -> None:
        """Run again from where it stood."""
        if self._frozen is not None:
            self._offset = self._frozen - time.time()
            self._frozen = None

    @contextmanager
    def at(self, instant: Instant) -> Iterator[None]:
        """While a due timer fires, its own due time is now: what follows from it is dated exactly."""
        before, self._firing = self._firing, instant
        try:
            yield
        finally:
            self._firing = before


def ticks() -> float:
    """Seconds of the machine since some start, for durations of our own; they never go back."""
    return time.perf_counter()


def iso8601(instant: Instant, *, millis: bool = False) -> str:
    """``2026-09-30T12:00:00Z``, or with milliseconds."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.isoformat(timespec="milliseconds" if millis else "seconds").replace("+00:00", "Z")


def parse_iso8601(text: str) -> Instant:
    """Seconds since the epoch; ValueError when it is no ISO 8601 instant. No zone means UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds(text: str) -> float:
    """``90``, ``90s``, ``10m``, ``2h`` or ``1d`` in seconds; ValueError for anything else."""
    unit = _UNITS.get(text[-1:], 0)
    number = float(text[:-1] if unit else text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number * (unit or 1)


DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def next_weekly(after: Instant, day: str, time_of_day: str, zone: str) -> Instant:
    """The first instant after ``after`` that is ``day`` (``MONDAY``) at ``time_of_day`` (``HH:MM``) in a time zone."""
    local = datetime.fromtimestamp(after, time_zone(zone))
    hour, minute = map(int, time_of_day.split(":"))
    moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    moment += timedelta(days=(DAYS.index(day) - moment.weekday()) % 7)
    return (moment if moment.timestamp() > after else moment + timedelta(days=7)).timestamp()


def time_zone(name: str) -> tzinfo:
    """``UTC``, ``UTC+02:00`` or ``Europe/Berlin``; ValueError for anything else."""
    offset = re.fullmatch(r"UTC(?:([+-])(\d\d):(\d\d))?", name)
    if offset:
        sign, hours, minutes = offset[1] or "+", int(offset[2] or 0), int(offset[3] or 0)
        return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1))
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError; a folder of zones an OSError
        raise ValueError(name) from error
