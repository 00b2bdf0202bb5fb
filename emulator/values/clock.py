"""Time as a value. The only module that imports :mod:`time`."""

from __future__ import annotations

import re
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from math import floor
from types import TracebackType

from msgspec import Struct
from msgspec.structs import replace

Instant = float
"""Seconds since the epoch, UTC."""


class Hands(Struct, frozen=True):
    """What a clock shows: the machine's time plus an offset, or one instant for as long as it is frozen."""

    offset: float = 0.0
    frozen_at: Instant | None = None

    def now(self) -> Instant:
        return self.frozen_at if self.frozen_at is not None else time.time() + self.offset

    def advanced(self, seconds: float) -> Hands:
        """Further on; time never moves back."""
        if seconds < 0:
            raise ValueError("the clock never moves back")
        if self.frozen_at is not None:
            return replace(self, frozen_at=self.frozen_at + seconds)
        return replace(self, offset=self.offset + seconds)

    def frozen(self, at: Instant | None = None) -> Hands:
        """Standing still, at ``at`` or now."""
        return replace(self, frozen_at=self.now() if at is None else at)

    def running(self) -> Hands:
        """Going on from where it stood."""
        return self if self.frozen_at is None else Hands(self.frozen_at - time.time())


class Clock:
    """Emulated time: one for all, and another for each account that ``own`` has hands of.

    Whose time it is says :meth:`of`; outside of it, and for every account without hands of its own, it is the shared one.
    """

    def __init__(self, *, frozen_at: Instant | None = None) -> None:
        self.shared = Hands(frozen_at=frozen_at)
        self.own: dict[str, Hands] = {}
        """Those of accounts that have some."""
        self.whose = ""
        """The account whose time it is."""
        self.firing: _Firing | None = None
        """The timer that fires, if one does."""

    @property
    def standing(self) -> tuple[float, Instant | None]:
        """By how much it is ahead of the machine's clock, and where it stands still, for :meth:`resume`."""
        return self.shared.offset, self.shared.frozen_at

    def resume(self, offset: float, frozen_at: Instant | None) -> None:
        """Go on as a clock of an earlier process did."""
        self.shared = Hands(offset, frozen_at)

    @property
    def is_frozen(self) -> bool:
        return self.shared.frozen_at is not None

    def wall(self) -> Instant:
        """The machine's own time, which clients sign their requests with."""
        return time.time()

    def hands(self, account: str) -> Hands:
        """An account's own, or those that all share."""
        return self.own.get(account) or self.shared

    def now(self, account: str | None = None) -> Instant:
        """Emulated seconds since the epoch: an account's, or of the one whose time it is."""
        account = self.whose if account is None else account
        firing = self.firing
        if firing is not None and (firing.account == account or firing.clock == self._clock_of(account)):
            return firing.instant
        hands = self.own.get(account) or self.shared
        return time.time() + hands.offset if hands.frozen_at is None else hands.frozen_at  # a call asks some five times

    def _clock_of(self, account: str) -> str:
        return account if account in self.own else ""

    def advance(self, seconds: float) -> None:
        """Move the shared time forward."""
        self.shared = self.shared.advanced(seconds)

    def freeze(self, at: Instant | None = None) -> None:
        """Let the shared time stand still, at ``at`` or now."""
        self.shared = self.shared.frozen(at)

    def unfreeze(self) -> None:
        """Let the shared time run again from where it stood."""
        self.shared = self.shared.running()

    def of(self, account: str) -> AbstractContextManager[None]:
        """Meanwhile it is this account's time."""
        return _Meanwhile(self, account, self.firing)

    def at(self, instant: Instant, account: str = "") -> AbstractContextManager[None]:
        """While a due timer of an account fires, its own due time is now: what follows from it is dated exactly."""
        return _Meanwhile(self, account, _Firing(account, self._clock_of(account), instant))


class _Firing(Struct, frozen=True):
    """The account of a timer, that which its clock goes by (none if all share it), and when the timer is due."""

    account: str
    clock: str
    instant: Instant


class _Meanwhile:
    """A context in which it is an account's time; each call and timer is one, so it is no generator, which costs more."""

    __slots__ = ("_account", "_before", "_clock", "_firing")

    def __init__(self, clock: Clock, account: str, firing: _Firing | None) -> None:
        self._clock = clock
        self._account = account
        self._firing = firing

    def __enter__(self) -> None:
        clock = self._clock
        self._before = clock.whose, clock.firing
        clock.whose, clock.firing = self._account, self._firing

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._clock.whose, self._clock.firing = self._before


ticks = time.perf_counter
"""Seconds of the machine since some start, for durations of our own; they never go back."""


def iso8601(instant: Instant, *, millis: bool = False) -> str:
    """``2026-09-30T12:00:00Z``, or with milliseconds: those of the nearest microsecond, for which datetime takes an instant."""
    whole = floor(instant)
    micros = round((instant - whole) * 1e6)
    if micros == 1_000_000:
        whole, micros = whole + 1, 0
    return f"{_second(whole)[:-1]}.{micros // 1000:03d}Z" if millis else _second(whole)


@lru_cache(maxsize=1024)
def _second(instant: int) -> str:
    """Whole seconds as text: each call tells the same one several times, for its conditions and of what it lists."""
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


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


_WEEK = 7 * 86_400
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def next_weekly(after: Instant, day: str, time_of_day: str, zone: str) -> Instant:
    """The first instant after ``after`` that is ``day`` (``MONDAY``) at ``time_of_day`` (``HH:MM``) in a time zone."""
    where = time_zone(zone)
    if where is UTC:  # as nearly everywhere
        now = floor(after)
        return float(now + ((_of_week(day, time_of_day) - now) % _WEEK or _WEEK))
    local = datetime.fromtimestamp(after, where)
    hour, minute = map(int, time_of_day.split(":"))
    moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    moment += timedelta(days=(DAYS.index(day) - moment.weekday()) % 7)
    found = moment.timestamp()
    return found if found > after else (moment + timedelta(days=7)).timestamp()


@lru_cache(maxsize=256)
def _of_week(day: str, time_of_day: str) -> int:
    """Seconds from the begin of a week of the epoch, a Thursday."""
    hour, minute = map(int, time_of_day.split(":"))
    return (DAYS.index(day) - 3) * 86_400 + hour * 3600 + minute * 60


@lru_cache(maxsize=256)
def time_zone(name: str) -> tzinfo:
    """``UTC``, ``UTC+02:00`` or ``Europe/Berlin``; ValueError for anything else."""
    offset = re.fullmatch(r"UTC(?:([+-])(\d\d):(\d\d))?", name)
    if offset:
        sign, hours, minutes = offset[1] or "+", int(offset[2] or 0), int(offset[3] or 0)
        return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1))
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # slow to import, and most time zones are UTC

    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError; a folder of zones an OSError
        raise ValueError(name) from error
