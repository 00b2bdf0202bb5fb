"""What a page costs the server, and how that grows: 100 and 10,000 entries of the journal, 10 and 1,000 brokers.

Prints for each page the median time of the processor in both worlds, their ratio, and the bytes that are sent. Run it with
``python benchmarks/pages.py``; the aim is under 50 ms a page in the large world.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from statistics import median
from time import process_time
from typing import Any

from flask.testing import FlaskClient

from emulator import Call, Clock, World, new_world
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.engine import identity
from emulator.gateway.tally import Tally
from emulator.services.mq.quotas import BROKERS

ACCOUNT, REGION, NOW = "111122223333", "us-east-1", 1_790_000_000
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
Ask = Callable[..., dict[str, Any]]


def asking(world: World) -> Ask:
    principal = identity.root(ACCOUNT)

    def ask(action: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        call = Call(service=service, operation=operation, params=params, principal=principal, region=REGION, partition="aws")
        return world.perform(call)

    return ask


def filled(brokers: int, entries: int) -> tuple[World, str]:
    """A world with so many brokers, one of them private with all that belongs to it, and at least so many entries."""
    world = new_world(clock=Clock(frozen_at=NOW), seed="pages", pace="real")
    world.quotas = {BROKERS: brokers}
    ask = asking(world)
    made = {
        "EngineType": "RABBITMQ",
        "DeploymentMode": "SINGLE_INSTANCE",
        "HostInstanceType": "mq.m5.large",
        "Logs": {"General": True},
        "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
    }
    first = ask("mq:CreateBroker", BrokerName="first", PubliclyAccessible=False, **made)["BrokerId"]
    for number in range(1, brokers):
        ask("mq:CreateBroker", BrokerName=f"b{number}", PubliclyAccessible=True, **made)
    world.advance(3600)
    while world.journal.kept < entries:
        ask("ec2:DescribeVpcEndpoints")
    return world, first


def paths(broker: str, entry: int) -> Iterator[tuple[str, str]]:
    group = f"/aws/amazonmq/broker/{broker}/general"
    yield "overview", ""
    yield "broker", f"page/broker/{broker}"
    yield "journal, tree", "page/journal"
    yield "journal, list", "page/journal?view=list"
    yield "journal, a text that is nowhere", "page/journal?text=nowhere"
    yield "journal, denied", "page/journal?outcome=denied"
    yield "entry", f"page/journal/{entry}"
    yield "decision", f"page/journal/{entry}/1"
    yield "role", "page/role"
    yield "try it", f"page/try?action=ec2:DescribeVpcEndpoints&principal={ROLE}"
    yield "log groups", "page/logs"
    yield "log events", f"page/logs/events?group={group}"


def timed(http: FlaskClient, path: str, repeat: int) -> tuple[float, int]:
    """Median seconds, and bytes."""
    times = []
    query = f"{'&' if '?' in path else '?'}account={ACCOUNT}&region={REGION}"
    for _ in range(repeat):
        start = process_time()
        answer = http.get(f"/_emulator/{path}{query}")
        times.append(process_time() - start)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return median(times), len(answer.data)


def client(world: World) -> FlaskClient:
    return create_app(world, Seed(), Tally(world)).test_client()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--brokers", type=int, default=1_000)
    arguments.add_argument("--entries", type=int, default=10_000)
    arguments.add_argument("--repeat", type=int, default=15)
    given = arguments.parse_args()
    (small, first), (large, same) = filled(10, 100), filled(given.brokers, given.entries)
    print(f"journal entries {small.journal.kept} and {large.journal.kept}, brokers 10 and {given.brokers}")
    few, many = client(small), client(large)
    for (name, path), (_, other) in zip(
        paths(first, small.journal.kept), paths(same, large.journal.kept + large.journal.dropped), strict=True
    ):
        (before, _), (after, size) = timed(few, path, given.repeat), timed(many, other, given.repeat)
        print(f"{name:<32} {before * 1000:6.1f} ms → {after * 1000:6.1f} ms (×{after / before:4.1f}), {size // 1024:>4} KiB")


if __name__ == "__main__":
    main()
