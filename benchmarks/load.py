"""Calls a second of this emulator beside its peers, at 1 and 16 keep-alive connections, in one interleaved run.

Each server has one process, checks signatures and authorises a user's calls by IAM policies. The requests were signed
before by botocore. A round visits every server in turn, so that what else the machine does meets all of them; what counts are
the ratios of a round. ``bare Flask`` is a view of Flask with the emulator's own answer as a constant, on the emulator's server:
the limit. Calls that write are made to the emulator with a data file, too. Run it with ``python -m benchmarks.load``; ``--help``
tells how to shorten it.
"""

from __future__ import annotations

import argparse
import selectors
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from benchmarks.calls import LOADS, Account, Load
from benchmarks.servers import CACHE, DURABLE, NAMES, Server, administrator, running

CONNECTIONS = (1, 16)
AIMS = {
    1: {"moto_server": 8.0, "ministack": 1.3, "bare Flask": 0.5, DURABLE: 0.5},
    16: {"moto_server": 12.0, "ministack": 2.5, "bare Flask": 0.5, DURABLE: 0.5},
}
"""Our rate to a peer's; of ours with a data file, its rate to ours without one."""
_MOST_MADE = 40
"""Things that a batch makes before it undoes them: a VPC has no more than 50 endpoints."""
_LONGEST = 20
"""Seconds for which an answer is waited for."""


class RefusedError(Exception):
    """A server does not take a call that botocore signed: it is left out, and said so."""


@dataclass(frozen=True)
class Sample:
    """One batch: calls a second, and the latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


@dataclass
class _Connection:
    """One request under way at a time. A server that closes after its answer, as moto's does, is connected to anew."""

    port: int
    socket: socket.socket
    sent: float = 0.0
    number: int = -1
    received: bytes = b""

    def send(self, number: int, request: bytes) -> None:
        self.number, self.received, self.sent = number, b"", perf_counter()
        self.socket.sendall(request)

    def answer(self) -> bytes | None:
        """The whole answer, as soon as it is there."""
        data = self.socket.recv(1 << 18)
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        lower = head.lower()
        place = lower.find(b"\ncontent-length:")
        if not data:
            if not end:
                raise RuntimeError(f"the server closed the connection after {self.received[:200]!r}")
            return self.received
        if not end:
            return None
        if place < 0:
            return self.received if b"chunked" in lower and body.endswith(b"0\r\n\r\n") else None
        length = int(lower[place + 16 :].partition(b"\r\n")[0])
        return self.received if len(body) >= length else None

    @property
    def is_over(self) -> bool:
        """Whether the server said that it closes the connection."""
        return b"\r\nconnection: close" in self.received[:2000].lower()


def _connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def send(port: int, requests: list[bytes], connections: int) -> tuple[Sample, list[bytes]]:
    """All requests over some keep-alive connections, each with one request under way; and the answers, in order."""
    answers: list[bytes] = [b""] * len(requests)
    latencies: list[float] = []
    waiting = iter(enumerate(requests))
    start = perf_counter()
    with selectors.DefaultSelector() as selector, ExitStack() as open_:
        for number, request in (next(waiting) for _ in range(min(connections, len(requests)))):
            connection = _Connection(port, _connect(port))
            open_.callback(lambda made=connection: made.socket.close())
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(number, request)
        while len(latencies) < len(requests):
            ready = selector.select(_LONGEST)
            if not ready:
                raise RuntimeError("the server does not answer")
            for key, _ in ready:
                connection = key.data
                answer = connection.answer()
                if answer is None:
                    continue
                latencies.append(perf_counter() - connection.sent)
                answers[connection.number] = answer
                if not answer.startswith(b"HTTP/1.1 2"):
                    raise RefusedError(answer[:600].decode("utf-8", "replace"))
                following = next(waiting, None)
                if connection.is_over:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    if following:
                        connection.socket = _connect(port)
                        selector.register(connection.socket, selectors.EVENT_READ, connection)
                if following:
                    connection.send(*following)
    seconds = perf_counter() - start
    latencies.sort()
    return Sample(len(requests) / seconds, 1e3 * median(latencies), 1e3 * latencies[int(len(latencies) * 0.99)]), answers


def batch(load: Load, account: Account, port: int, number: int, connections: int) -> tuple[Sample, bytes]:
    """One batch of a load, with what undoes it; and one of its answers."""
    requests = load.batch(account, number)
    if load.follow is None:
        sample, answers = send(port, requests, connections)
        return sample, answers[0]
    samples: list[Sample] = []
    for start in range(0, number, _MOST_MADE):
        made, answers = send(port, requests[start : start + _MOST_MADE], connections)
        samples += [made, send(port, load.follow(account, answers), connections)[0]]
    rate = len(samples) / sum(1 / one.rate for one in samples)
    return Sample(rate, median(one.p50 for one in samples), median(one.p99 for one in samples)), answers[0]


def size(work: Callable[[int], Sample], seconds: float, most: int) -> int:
    """How many calls take about so long."""
    return max(20, min(most, int(work(30).rate * seconds)))


@dataclass
class _Under:
    server: Server
    account: Account


@dataclass
class _Rounds:
    """What was measured of one load at one number of connections, by server. The size 0 marks a server that refused."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, sample: Sample) -> None:
        self.samples.setdefault(name, []).append(sample)

    def measure(self, name: str, run: Callable[[int], Sample], arguments: argparse.Namespace) -> None:
        """One batch of one server."""
        try:
            self.sizes.setdefault(name, size(run, arguments.seconds, arguments.most))
            self.add(name, run(self.sizes[name]))
        except RefusedError as refused:
            if name == NAMES[0]:
                raise
            self.sizes[name] = 0
            print(f"{name} refuses it: {refused.args[0].splitlines()[0]}")


def compare(load: Load, tested: list[_Under], arguments: argparse.Namespace) -> None:
    _, answer = batch(load, tested[0].account, tested[0].server.port, 1, 1)
    body = CACHE / f"{load.name}.answer"
    body.write_bytes(answer.partition(b"\r\n\r\n")[2])
    with running(f"bare {body}") as bare:
        for connections in CONNECTIONS:
            rounds = _Rounds()
            for _ in range(arguments.rounds):
                for under in [one for one in tested if rounds.sizes.get(one.server.name) != 0]:
                    rounds.measure(under.server.name, _runner(load, under, connections), arguments)
                request = tested[0].account.signed("sts", "get_caller_identity", [{}]) * max(200, rounds.sizes[NAMES[0]])
                rounds.add("bare Flask", send(bare.port, request, connections)[0])
            report(load.name, connections, rounds.samples)


def _runner(load: Load, under: _Under, connections: int) -> Callable[[int], Sample]:
    return lambda count: batch(load, under.account, under.server.port, count, connections)[0]


def report(name: str, connections: int, rounds: dict[str, list[Sample]]) -> None:
    ours = rounds["mq-emulator"]
    p50, p99 = median(one.p50 for one in ours), median(one.p99 for one in ours)
    print(f"{name:<26}{connections:>3}  {median(one.rate for one in ours):>8,.0f}/s  p99/p50 {p99 / p50:4.1f} ", end="")
    for peer, aim in AIMS[connections].items():
        if len(rounds.get(peer, ())) == len(ours):
            ratios = sorted(_ratio(peer, mine, other) for mine, other in zip(ours, rounds[peer], strict=True))
            mark = "ok" if median(ratios) >= aim else "LOW"
            peers = median(one.rate for one in rounds[peer])
            print(
                f" | {peer} {peers:>7,.0f}/s ×{median(ratios):5.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}; aim {aim:g}) {mark}",
                end="",
            )
    print(flush=True)


def _ratio(peer: str, mine: Sample, other: Sample) -> float:
    return other.rate / mine.rate if peer == DURABLE else mine.rate / other.rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="*", default=NAMES[1:], choices=NAMES[1:], help="which peers to compare with")
    parser.add_argument("--only", nargs="*", default=[load.name for load in LOADS], help="which loads")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long one batch of one server takes")
    parser.add_argument("--most", type=int, default=4_000, help="the largest batch")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        servers = [stack.enter_context(running(name, is_seeded=True)) for name in (NAMES[0], DURABLE, *arguments.peers)]
        tested = [_Under(server, administrator(server.url)) for server in servers]
        for load in LOADS:
            if load.name in arguments.only:
                compare(load, [one for one in tested if load.is_writing or one.server.name != DURABLE], arguments)


if __name__ == "__main__":
    main()
