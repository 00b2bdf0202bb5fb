"""Where a scenario runs: an emulator with its control API, or a stranger that knows AWS's calls alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import inf
from threading import Event
from typing import Any, Protocol

import boto3
import requests
from botocore.config import Config

from emulator.config import settings
from emulator.scenario.expectations import Entry
from emulator.values.clock import Clock, Instant, parse_iso8601
from emulator.values.discreet import Discreet

_TIMEOUT = 60
_POLL = 15.0
"""Seconds between two looks at a stranger."""


class UnaskableError(Exception):
    """What a target has no way to be asked; says why."""


class ControlError(Exception):
    """What an emulator's control API refused."""


class Credentials(Discreet, frozen=True):
    """Keys to sign with; without an id, those that boto3 finds by itself. ``expires`` is when a session has ended."""

    HIDDEN = ("secret", "token")

    key_id: str = ""
    secret: str = ""
    token: str = ""
    expires: Instant = inf

    @classmethod
    def of(cls, answer: Any) -> Credentials:
        """From the Credentials of STS, or the AccessKey of IAM."""
        expires = parse_iso8601(answer["Expiration"]) if "Expiration" in answer else inf
        return cls(answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("SessionToken", ""), expires)


class Target(Protocol):
    """``url`` is empty for AWS itself. ``is_fresh`` says that nobody else uses it: all of it may be changed."""

    url: str
    is_fresh: bool

    def begin(self, accounts: Sequence[str], clock: Mapping[str, Any]) -> None: ...
    def root(self, account: str) -> Credentials: ...
    def of_service(self, service: str, account: str, region: str) -> Credentials: ...
    def control(self, method: str, route: str, body: Mapping[str, Any] | None = None, **query: Any) -> dict[str, Any]: ...
    def entries(self, accounts: set[str], after: int) -> list[Entry]: ...
    def now(self) -> Instant: ...
    def advance(self, seconds: float) -> None: ...
    def pass_time(self, most: float) -> float: ...


class Emulator:
    """An mq-emulator at a URL."""

    def __init__(self, url: str, *, is_fresh: bool) -> None:
        self.url = url.rstrip("/")
        self.is_fresh = is_fresh
        self._clocks: Sequence[str | None] = (None,)

    def begin(self, accounts: Sequence[str], clock: Mapping[str, Any]) -> None:
        """Of an emulator that others use too, take the time of some accounts alone: it stands still, at AWS's pace."""
        if self.is_fresh:
            return
        self._clocks = accounts
        at = {"at": clock["frozen_at"]} if clock.get("frozen_at") else {}
        for account in accounts:
            self.control("POST", "clock", {"account": account, "freeze": True, "pace": clock.get("pace") or "real", **at})

    def root(self, account: str) -> Credentials:
        return Credentials(account, "any")  # a development key's secret is not checked

    def of_service(self, service: str, account: str, region: str) -> Credentials:
        """The session of a service-linked role, which only an emulator hands out."""
        asked = {"account": account, "region": region, "service": service}
        return Credentials.of(self.control("POST", "service-session", asked))

    def control(self, method: str, route: str, body: Mapping[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """The answer of a control route. Raises :class:`ControlError` with its words for a refusal."""
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between here and here
            session.headers.update({} if self.is_fresh else settings().control_headers)
            answer = session.request(method, f"{self.url}/_emulator/{route}", json=body, params=query, timeout=_TIMEOUT)
        if not answer.ok:
            raise ControlError(_error(answer))
        return dict(answer.json())

    def entries(self, accounts: set[str], after: int) -> list[Entry]:
        """The journal of some accounts after an entry, and what is nobody's.

        Raises :class:`ControlError` when some of it was dropped: unless the entry itself is still there, or nothing was.
        """
        answer = self.control("GET", "journal", after=max(after - 1, 0))
        entries: list[Entry] = answer["entries"]
        if answer["dropped"] and not (after and entries and entries[0]["id"] == after):
            raise ControlError("the journal has dropped entries of this scenario")
        return [entry for entry in entries if entry["id"] > after and entry["account"] in {None, *accounts}]

    def now(self) -> Instant:
        """What the clocks of this scenario show, which move together."""
        return parse_iso8601(self.control("GET", "clock", account=self._clocks[0])["now"])

    def advance(self, seconds: float) -> None:
        for account in self._clocks:
            self.control("POST", "clock", {"account": account, "advance": seconds})

    def pass_time(self, most: float) -> float:
        """Move the clock to what is due next, by ``most`` seconds at the most; returns how far."""
        clocks = [self.control("GET", "clock", account=account) for account in self._clocks]
        rests = [parse_iso8601(one["nextTimer"]) - parse_iso8601(one["now"]) for one in clocks if one["nextTimer"]]
        step = min(max(min(rests, default=most), 0.0) + 0.001, most)  # the clock's texts are cut to milliseconds
        self.advance(step)
        return step


def _error(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):  # nothing that this emulator says
        return f"{answer.status_code} {answer.reason}"


class Stranger:
    """Another emulator, or AWS itself when ``url`` is empty: time is the machine's, and there is no control API."""

    is_fresh = False

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._has_own_keys = session().get_credentials() is not None

    def begin(self, accounts: Sequence[str], clock: Mapping[str, Any]) -> None:
        """Its time is the machine's."""

    def root(self, account: str) -> Credentials:
        """The credentials of boto3's own chain; without any, another emulator's development key for the account."""
        return Credentials() if self._has_own_keys or not self.url else Credentials(account, "any")

    def of_service(self, service: str, account: str, region: str) -> Credentials:
        raise UnaskableError(f"only mq-emulator hands out credentials of {service}")

    def control(self, method: str, route: str, body: Mapping[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        raise UnaskableError(f"only mq-emulator has a control API ({method} {route})")

    def entries(self, accounts: set[str], after: int) -> list[Entry]:
        raise UnaskableError("only mq-emulator has a journal")

    def now(self) -> Instant:
        return Clock().wall()

    def advance(self, seconds: float) -> None:
        raise UnaskableError("only mq-emulator has a clock that can be moved")

    def pass_time(self, most: float) -> float:
        """Really wait."""
        step = min(_POLL, most)
        Event().wait(step)
        return step


@cache
def session() -> boto3.Session:
    """One for all: it keeps the service models that it has read."""
    return boto3.Session()


def target_at(url: str) -> Target:
    """The target of ``--endpoint-url``: ``aws``, an emulator of this kind, or another; ConnectionError when nobody answers."""
    if url == "aws":
        return Stranger("")
    with requests.Session() as session:  # without the control token, which is for an emulator of this kind alone
        session.trust_env = False
        answer = session.get(f"{url.rstrip('/')}/_emulator/health", timeout=_TIMEOUT)
    try:
        is_ours = answer.ok and "pace" in answer.json()
    except (ValueError, TypeError):  # somebody answers, in other words
        is_ours = False
    return Emulator(url, is_fresh=False) if is_ours else Stranger(url)


def client(target: Target, service: str, region: str, keys: Credentials) -> Any:
    """A boto3 client that tries once."""
    return session().client(
        service,  # type: ignore[call-overload]  # its name is data here
        endpoint_url=target.url or None,
        region_name=region,
        aws_access_key_id=keys.key_id or None,
        aws_secret_access_key=keys.secret or None,
        aws_session_token=keys.token or None,
        config=Config(retries={"total_max_attempts": 1}, proxies={} if target.url else None),
    )
