"""Requests of every operation, spoilt in every way we know: ``make fuzz``.

A corpus of real requests is serialised by botocore, with values that the service models call good and bad for every member of
every operation. Each is then spoilt: in its bytes, its form or JSON, its headers and its target. Development keys, whose
signatures nobody can check, let it past the signature, so that everything behind is reached. Most go through the WSGI
application in this process, some over a socket. A share goes to the control API under ``/_emulator/``.

What must hold: no status of 500 or above but 501 NotImplemented, no error in the log, the emulator answers on, and the memory
stays flat.
The same ``--seed`` gives the same requests.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import random  # noqa: TID251  # the fuzzer's own chance, seeded
import re
import socket
import sys
import warnings
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

from emulator import Clock, World, new_world
from emulator.config import Config
from emulator.gateway.front import Front
from emulator.server import Server
from emulator.values.clock import iso8601
from tools.fuzz_requests import BYTES, TEXTS, Sent, Spoiler, Values, made

_ACCOUNT = "111122223333"
_EPOCH = 3_000
"""Requests until the world is emptied, so that its contents stay small and what leaks shows."""
_MOST_GROWTH = 1.25
"""Memory at the end against that after the first third."""

# Sending -------------------------------------------------------------------------------------------------------------


def signed(sent: Sent, now: str) -> dict[str, str]:
    """Its headers with a development key's credentials, which get it past the signature."""
    scope = f"{_ACCOUNT}/{now[:8]}/us-east-1/{sent.service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return {"Host": "localhost", "X-Amz-Date": now, "Authorization": authorization, **sent.headers}


def stamp(clock: Clock) -> str:
    return iso8601(clock.wall()).replace("-", "").replace(":", "")


def ask(front: Front, sent: Sent, now: str) -> tuple[int, bytes]:
    """Through the WSGI application, without a socket."""
    path, _, query = sent.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent.method,
        "REQUEST_URI": sent.target,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(sent.body)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(sent.body),
        "wsgi.errors": sys.stderr,
    }
    for name, text in signed(sent, now).items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    begun: list[int] = []
    chunks: Any = front(environ, lambda status, _headers, _error=None: begun.append(int(status[:3])))
    body = next(iter(chunks), b"")  # whole, but for streams, which have no end
    getattr(chunks, "close", lambda: None)()
    return begun[0], body


class _Errors(logging.Handler):
    """Remembers what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(logging.Formatter().format(record))


@dataclass
class Fuzzer:
    """One world under fire. ``failures`` tells what must not be, with the request that did it."""

    seed: int = 0
    failures: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # no secret
        self.world = new_world(clock=Clock(frozen_at=1_790_000_000.0), seed=str(self.seed), pace="instant")
        self.front = Front(self.world, Config(), _no_control)
        self.values = Values(self.chance)
        self.errors = _Errors()
        self.operations = [(name, operation) for name, service in self.world.services.items() for operation in service.operations]

    def corpus(self, each: int) -> list[Sent]:
        """So many requests of each operation."""
        tried = (made(*operation, self.values) for operation in self.operations for _ in range(each))
        return [sent for sent in tried if sent]

    def spoiler(self, corpus: list[Sent]) -> Spoiler:
        return Spoiler(self.chance, corpus)

    def run(self, count: int, per_corpus: int = 6) -> None:
        """So many requests in process."""
        log = logging.getLogger("emulator")
        log.addHandler(self.errors)
        log.propagate = False
        try:
            self._run(count, per_corpus)
        finally:
            log.removeHandler(self.errors)
            log.propagate = True

    def _run(self, count: int, per_corpus: int) -> None:
        done = 0
        while done < count:
            corpus = self.corpus(per_corpus)
            self.chance.shuffle(corpus)
            spoiler = self.spoiler(corpus)
            now = stamp(self.world.clock)
            for sent in corpus[: count - done]:
                self.one(sent if self.chance.random() < 0.25 else spoiler.spoil(sent), now)
                done += 1
                if done % _EPOCH == 0:
                    self.world.reset()
            self.world.advance(60)
        self.one(
            Sent("sts", "GetCallerIdentity", "POST", "/", _FORM, b"Action=GetCallerIdentity&Version=2011-06-15"),
            stamp(self.world.clock),
        )
        if self.statuses[200] == 0:
            self.failures.append("nothing was ever answered with 200")

    def one(self, sent: Sent, now: str) -> None:
        status, body = ask(self.front, sent, now)
        self.statuses[status] += 1
        if status == 200:
            self._learn(body)
        if self.errors.texts or (status >= 500 and not (status == 501 and b"NotImplemented" in body)):
            self.failures.append("\n".join([f"{status} to {sent.shown()}", *self.errors.texts]))
            self.errors.texts.clear()

    def _learn(self, body: bytes) -> None:
        """Ids and names of answers, to ask about them."""
        words = [word for word in _WORDS.sub(" ", body.decode("utf-8", "replace")).split(" ") if 3 < len(word) < 120]
        if words:
            self.values.known.append(self.chance.choice(words))
            del self.values.known[len(TEXTS) : -200]


_WORDS = re.compile(r"[<>\"{},\[\]\s]+")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _no_control() -> Any:
    raise AssertionError("the control app is not asked")


def over_a_socket(world: World, corpus: list[Sent], count: int, seed: int) -> list[str]:
    """The bytes of requests, spoilt as bytes, over connections; and whether the server answers on."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    failures: list[str] = []
    with Server(Config(port=0), world) as server:
        for number in range(count):
            sent = chance.choice(corpus)
            data = raw(sent, stamp(world.clock))
            place = chance.randrange(len(data))
            data = data[:place] + chance.choice(BYTES) + data[place + chance.choice([0, 1, 5]) :]
            status = exchange(server.port, data)
            if status >= 500 and status != 501:
                failures.append(f"{status} to {data[:600]!r}")
            if number % 500 == 0:
                probe = Sent("sts", "GetCallerIdentity", "POST", "/", _FORM, b"Action=GetCallerIdentity&Version=2011-06-15")
                if exchange(server.port, raw(probe, stamp(world.clock))) != 200:
                    failures.append(f"it does not answer on after {data[:600]!r}")
    return failures


def raw(sent: Sent, now: str) -> bytes:
    headers = {**signed(sent, now), "Content-Length": str(len(sent.body)), "Connection": "close"}
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    return f"{sent.method} {sent.target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace") + sent.body


def exchange(port: int, data: bytes) -> int:
    """The status that comes back; 0 when the connection ends without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65_536)
        except OSError:
            return 0
    status = answer[9:12]
    return int(status) if status.isdigit() else 0


def memory() -> float:
    """Resident MiB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    from tools.fuzz_control import ControlFuzzer  # noqa: PLC0415  # it builds on this module

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--sockets", type=int, default=4_000)
    parser.add_argument("--control", type=int, default=20_000, help="requests of the control API")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    fuzzer, start = Fuzzer(given.seed), perf_counter()
    fuzzer.run(given.count // 3)
    warm = memory()
    fuzzer.run(given.count - given.count // 3)
    grown = memory() / warm
    control = ControlFuzzer(given.seed)
    control.run(given.control)
    failures = fuzzer.failures + control.failures + over_a_socket(fuzzer.world, fuzzer.corpus(2), given.sockets, given.seed)
    if grown > _MOST_GROWTH:
        failures.append(f"the memory grew to {grown:.2f} of what it was after the first third")
    for text in dict.fromkeys(failures[:40]):
        print(text, end="\n\n")
    what = f"{given.count:,} requests, {given.sockets:,} over sockets and {given.control:,} of the control API"
    what += f" in {perf_counter() - start:.0f} s"
    statuses = fuzzer.statuses + control.statuses
    told = ", ".join(f"{status}: {number:,}" for status, number in sorted(statuses.items()))
    print(f"{what}, memory × {grown:.2f}; {told}; {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
