"""Where the time of one request goes: ``python -m benchmarks.layers``.

Microseconds of this thread's processor time for each layer of a call in this process, without a server around it: reading the
request, its signature, the decision, everything else under the world's lock (checks, transaction, journal), and the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Any
from unittest.mock import patch

from benchmarks.calls import LOADS, Account, Load
from benchmarks.servers import administrator
from emulator.config import Config
from emulator.engine import world as engine
from emulator.gateway import http
from emulator.server import Server
from emulator.services.ec2 import quotas
from emulator.services.mq.quotas import BROKERS, QUOTAS
from emulator.values.http import Request

_CALLS = 400
_LAYERS = ("read", "signature", "decision", "transaction", "answer", "the rest")


class _Clock:
    """Adds up what each layer takes."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def timed(self, layer: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            start = thread_time()
            try:
                return work(*given, **named)
            finally:
                self.spent[layer] += int((thread_time() - start) * 1e9)

        return run

    @contextmanager
    def watching(self) -> Iterator[None]:
        writer = http.writer
        with (
            patch.object(http, "_read", self.timed("read", http._read)),
            patch.object(http, "_call", self.timed("read", http._call)),
            patch.object(http, "_authenticate", self.timed("signature", http._authenticate)),
            patch.object(engine, "authorize", self.timed("decision", engine.authorize)),
            patch.object(engine.World, "perform", self.timed("perform", engine.World.perform)),
            patch.object(http, "writer", lambda *of: self.timed("answer", writer(*of))),
        ):
            yield


def read(sent: bytes) -> Request:
    """A request as it goes over the wire, as the server hands it on."""
    begin, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = begin.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body, len(body), "127.0.0.1", target=target)


def layers(server: Server, account: Account, load: Load) -> dict[str, float]:
    """Microseconds of each layer, by name."""
    front = server.front
    requests = [read(sent) for sent in load.batch(account, _CALLS)]
    for one in requests[: _CALLS // 4]:
        front.brief(one)
    timed, clock = requests[_CALLS // 4 :], _Clock()
    with clock.watching():
        start = thread_time()
        for one in timed:
            front.brief(one)
        whole = (thread_time() - start) * 1e9
    spent = clock.spent
    spent["transaction"] = spent["perform"] - spent["decision"]
    spent["the rest"] = int(whole) - sum(spent[layer] for layer in _LAYERS[:-1])
    return {layer: spent[layer] / len(timed) / 1e3 for layer in _LAYERS}


def main() -> None:
    quotas.QUOTAS[quotas.INTERFACE_ENDPOINTS] = QUOTAS[BROKERS] = 10**6
    print(f"{'microseconds':<26}" + "".join(f"{layer:>13}" for layer in (*_LAYERS, "sum")))
    with Server(Config(port=0, pace="real")) as server:
        account = administrator(server.url)
        for load in LOADS:
            found = layers(server, account, load)
            print(f"{load.name:<26}" + "".join(f"{found[layer]:>13,.0f}" for layer in _LAYERS) + f"{sum(found.values()):>13,.0f}")


if __name__ == "__main__":
    main()
