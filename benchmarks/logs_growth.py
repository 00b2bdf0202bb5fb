"""What CloudWatch Logs costs, and how that grows from 1,000 to 1,000,000 events in one stream.

Prints the time of PutLogEvents of 10,000 events, the memory of an event with a message of 100 bytes, and for each size the time
of GetLogEvents by a time range in the middle, of one page of FilterLogEvents with a plain term, and of all its pages when
nothing matches. Run it with ``python benchmarks/logs_growth.py``; with ``--moto URL`` the same calls are also made, through
boto3, of a moto_server that runs there, beside an emulator served in this process.
"""

from __future__ import annotations

import argparse
import gc
import tracemalloc
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from emulator import Call, Clock, World, new_world
from emulator.config import Config
from emulator.engine import identity
from emulator.server import Server

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ACCOUNT, REGION, NOW = "111122223333", "us-east-1", 1_790_000_000
BATCH = 8_000
"""Events of 100 bytes that fit into one call, which takes 1 MB."""
PLACE = {"logGroupName": "g", "logStreamName": "s"}
Ask = Callable[..., dict[str, Any]]


def asking(world: World) -> Ask:
    principal = identity.root(ACCOUNT)

    def ask(operation: str, **params: Any) -> dict[str, Any]:
        call = Call(service="logs", operation=operation, params=params, principal=principal, region=REGION, partition="aws")
        return world.perform(call)

    return ask


def batch(first: int, count: int, start: int, width: int = 100) -> list[dict[str, Any]]:
    """Events ten to the millisecond; every thousandth has a term of its own."""
    return [
        {
            "timestamp": start + number // 10,
            "message": f"{number:08} {'needle' if number % 1000 == 0 else 'hay'}".ljust(width, "."),
        }
        for number in range(first, first + count)
    ]


def best(work: Callable[[], Any], repeat: int = 5) -> float:
    times = []
    for _ in range(repeat):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def begin(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g")
    ask("CreateLogStream", **PLACE)


def put_ten_thousand() -> None:
    ask = asking(new_world(clock=Clock(frozen_at=NOW), seed="put", pace="real"))
    begin(ask)
    times = []
    for number in range(20):
        events = batch(number * 10_000, 10_000, NOW * 1000 - 3_600_000, width=70)
        gc.collect()
        times.append(best(lambda events=events: ask("PutLogEvents", **PLACE, logEvents=events), repeat=1))  # type: ignore[misc]
    print(f"PutLogEvents of 10,000 events: median {median(times) * 1000:.1f} ms, best {min(times) * 1000:.1f} ms of server time")


def memory() -> None:
    ask = asking(new_world(clock=Clock(frozen_at=NOW), seed="memory", pace="real"))
    begin(ask)
    ask("PutLogEvents", **PLACE, logEvents=batch(0, BATCH, NOW * 1000 - 3_600_000))
    tracemalloc.start()
    for number in range(1, 6):
        ask("PutLogEvents", **PLACE, logEvents=batch(number * BATCH, BATCH, NOW * 1000 - 3_600_000))
    used = tracemalloc.get_traced_memory()[0] / (5 * BATCH)
    tracemalloc.stop()
    print(f"memory of an event with a message of 100 bytes: {used:.0f} bytes")


def all_pages(ask: Ask, pattern: str, most: int = 10**9) -> tuple[int, int]:
    """How many pages and events."""
    pages, events, token = 0, 0, {}
    while pages < most:
        page = ask("FilterLogEvents", logGroupName="g", filterPattern=pattern, **token)
        pages, events = pages + 1, events + len(page["events"])
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    return pages, events


def growth(ask: Ask, sizes: tuple[int, ...], start: int, repeat: int = 5) -> None:
    begin(ask)
    stored, rows = 0, []
    for size in sizes:
        while stored < size:
            count = min(BATCH, size - stored)
            ask("PutLogEvents", **PLACE, logEvents=batch(stored, count, start))
            stored += count
        middle = start + size // 20
        got = best(lambda: ask("GetLogEvents", **PLACE, startTime=middle, endTime=middle + 10, startFromHead=True), repeat)  # noqa: B023
        page = best(lambda: ask("FilterLogEvents", logGroupName="g", filterPattern="needle", limit=10), repeat)
        pages, _ = all_pages(ask, "absent")
        nothing = best(lambda: all_pages(ask, "absent"), min(repeat, 2))
        _, hits = all_pages(ask, "needle")
        every = best(lambda: all_pages(ask, "needle"), min(repeat, 2))
        rows.append((got, page, nothing / pages, nothing, every))
        print(
            f"{size:>9,} events: GetLogEvents of a range {got * 1000:6.2f} ms (×{got / rows[0][0]:4.1f}), "
            f"first page of a term {page * 1000:7.2f} ms (×{page / rows[0][1]:4.1f}), "
            f"term that is nowhere {nothing * 1000:8.1f} ms in {pages} pages, "
            f"term in {hits} events {every * 1000:8.1f} ms"
        )


def over_http(url: str, name: str, sizes: tuple[int, ...]) -> None:
    import boto3  # noqa: PLC0415  # only for this comparison
    from botocore.config import Config as ClientConfig  # noqa: PLC0415

    client = boto3.client(
        "logs",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="any",  # noqa: S106
        config=ClientConfig(retries={"total_max_attempts": 1}, read_timeout=600),
    )
    names = {"CreateLogGroup": "create_log_group", "CreateLogStream": "create_log_stream", "PutLogEvents": "put_log_events"}
    names |= {"GetLogEvents": "get_log_events", "FilterLogEvents": "filter_log_events"}

    def ask(operation: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(client, names[operation])(**params)
        return answer

    print(f"\n{name}, over HTTP through boto3:")
    from time import time  # noqa: PLC0415, TID251  # a foreign server knows no other clock

    growth(ask, sizes, int(time() * 1000) - 3_600_000, repeat=2)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--moto", help="URL of a moto_server to compare with")
    arguments.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    given = arguments.parse_args()
    put_ten_thousand()
    memory()
    print("\nin process:")
    growth(asking(new_world(clock=Clock(frozen_at=NOW), seed="growth", pace="real")), given.sizes, NOW * 1000 - 3_600_000)
    if given.moto:
        sizes = tuple(size for size in given.sizes if size <= 100_000)
        with Server(Config(port=0)) as server:
            over_http(server.url, "this emulator", sizes)
        over_http(given.moto, "moto_server", sizes)


if __name__ == "__main__":
    main()
