"""Cold start and memory beside the peers, in one interleaved run: ``python -m benchmarks.start``.

Prints seconds from the start of the process to its first answer, and to the answer of its first CreateBroker; and resident MiB
idle and after that broker. Medians, least and most, of some rounds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

from benchmarks.calls import broker
from benchmarks.servers import NAMES, administrator, running

_ROWS = ("first answer, s", "first broker, s", "idle, MiB", "after a broker, MiB")


def round_of(name: str) -> dict[str, float]:
    """One start of one server."""
    before = perf_counter()
    with running(name) as server:
        idle = server.memory
        until_answer = perf_counter() - before
        account = administrator(server.url)
        start = perf_counter()
        account.client("mq").create_broker(**broker())
        return dict(
            zip(_ROWS, (server.seconds_to_answer, until_answer + perf_counter() - start, idle, server.memory), strict=True)
        )


def imports() -> float:
    """Seconds that Python takes to import the emulator's server, in a process of its own."""
    code = "from time import perf_counter as t; a = t(); import emulator.cli.serve; print(t() - a)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)  # noqa: S603  # our own


def report(rounds: Mapping[str, list[dict[str, float]]]) -> None:
    for row in _ROWS:
        print(f"{row:<20}", end="")
        for name, every in rounds.items():
            print(f"  {name} {median_of(every, row):7.2f} ({_least(min, every, row):.2f}–{_least(max, every, row):.2f})", end="")
        print()


def median_of(every: list[dict[str, float]], row: str) -> float:
    return median(one[row] for one in every)


def _least(choose: Callable[[list[float]], float], every: list[dict[str, float]], row: str) -> float:
    return choose([one[row] for one in every])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    imported = []
    for _ in range(given.rounds):
        imported.append(imports())
        for name in NAMES:
            rounds[name].append(round_of(name))
    report(rounds)
    print(f"import of the emulator: {median(imported):.3f} s ({min(imported):.3f}–{max(imported):.3f})")


if __name__ == "__main__":
    main()
