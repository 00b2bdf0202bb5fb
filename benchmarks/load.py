"""Calls a second of this emulator beside its peers, at 1 and 16 keep-alive connections, in one interleaved run.

Each server has one process, checks signatures and authorises a user's calls by IAM policies. The requests were signed
before by botocore. A round starts every server anew and visits them in turn, so that what else the machine does meets all of
them and no batch pays for what rounds before have left; what counts are the ratios of a round. ``bare Flask`` is a view of Flask
that takes the same requests and gives the emulator's own answer as a constant, on the emulator's server: the limit. Calls that
write are made to the emulator with a data file, too. Run it with ``python -m benchmarks.load``; ``--help`` tells how to
shorten it.
"""

from __future__ import annotations

import argparse
import selectors
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from benchmarks.calls import LOADS, Account, Load
from benchmarks.servers import CACHE, DURABLE, NAMES, administrator, running

CONNECTIONS = (1, 16)
AIMS = {
    1: {"moto_server": 8.0, "ministack": 1.3, "bare Flask": 0.5, DURABLE: 0.5},
    16: {"moto_server": 12.0, "ministack": 2.5, "bare Flask": 0.5, DURABLE: 0.5},
}
"""Our rate to a peer's; of ours with a data file, its rate to ours without one."""
_WARMING = 60
"""Calls before those that are measured: what a server reads or compiles when it is first asked is not a call's cost."""
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
    """All requests over some keep-alive connections, each with one request under way; and the answers, in order.

    The time counts from when the connections are open.
    """
    answers: list[bytes] = [b""] * len(requests)
    latencies: list[float] = []
    waiting = iter(enumerate(requests))
    with selectors.DefaultSelector() as selector, ExitStack() as open_:
        for _ in range(min(connections, len(requests))):
            connection = _Connection(port, _connect(port))
            open_.callback(lambda made=connection: made.socket.close())
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        start = perf_counter()
        for key in list(selector.get_map().values()):
            key.data.send(*next(waiting))
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


@dataclass(frozen=True)
class Batch:
    """What came of one batch of a load: its calls, with those that undo them, and one of the answers."""

    sample: Sample
    requests: list[bytes]
    answer: bytes


def batch(load: Load, account: Account, port: int, number: int, connections: int) -> Batch:
    requests = load.batch(account, number)
    made, answers = send(port, requests, connections)
    if load.follow is None:
        return Batch(made, requests, answers[0])
    undone, _ = send(port, load.follow(account, answers), connections)
    samples = (made, undone)
    rate = len(samples) / sum(1 / one.rate for one in samples)
    return Batch(Sample(rate, median(one.p50 for one in samples), median(one.p99 for one in samples)), requests, answers[0])


Samples = dict[int, dict[str, list[Sample]]]
"""What was measured of a load, by number of connections and server."""


def compare(load: Load, names: Sequence[str], arguments: argparse.Namespace) -> None:
    samples: Samples = {connections: {} for connections in CONNECTIONS}
    asked = list(names)
    for _ in range(arguments.rounds):
        for name in list(asked):
            try:
                batches = visit(load, name, arguments)
            except RefusedError as refused:
                if name == NAMES[0]:
                    raise
                asked.remove(name)
                print(f"{load.name}: {name} refuses it: {refused.args[0].splitlines()[0]}")
                continue
            for connections, one in batches.items():
                samples[connections].setdefault(name, []).append(one.sample)
            if name == NAMES[0]:
                for connections, one in batches.items():
                    samples[connections].setdefault("bare Flask", []).append(limit(load, one, connections))
    for connections, by_server in samples.items():
        report(load.name, connections, by_server)


def visit(load: Load, name: str, arguments: argparse.Namespace) -> dict[int, Batch]:
    """A batch for each number of connections, of a server that has just started."""
    with running(name, is_seeded=True) as server:
        account, batches = administrator(server.url), {}
        for connections in CONNECTIONS:
            rate = batch(load, account, server.port, _WARMING, connections).sample.rate
            number = max(_WARMING, min(arguments.most, int(rate * arguments.seconds)))
            batches[connections] = batch(load, account, server.port, number, connections)
    return batches


def limit(load: Load, ours: Batch, connections: int) -> Sample:
    """What a bare view makes of the requests that we have answered."""
    body = CACHE / f"{load.name}.answer"
    body.write_bytes(ours.answer.partition(b"\r\n\r\n")[2])
    path = ours.requests[0].split(b" ", 2)[1].decode()
    with running(f"bare {path} {body}") as bare:
        send(bare.port, ours.requests[:_WARMING], connections)
        return send(bare.port, ours.requests, connections)[0]


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
    for load in LOADS:
        if load.name in arguments.only:
            compare(load, (NAMES[0], *([DURABLE] if load.is_writing else ()), *arguments.peers), arguments)


if __name__ == "__main__":
    main()
