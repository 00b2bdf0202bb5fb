"""How the cost of DescribeVpcEndpoints grows with the number of endpoints in the account.

Prints, for 10, 1,000 and 100,000 endpoints, the time of a look-up by id, by tag, by VPC, of one page and of all of them, and
each as a ratio to the time with ten. By id and by tag must stay near 1. Run it with ``python benchmarks/ec2_growth.py``.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import perf_counter
from typing import Any

from emulator import Call, World, new_world
from emulator.engine import identity
from emulator.services.ec2 import quotas

SIZES = (10, 1_000, 100_000)
ACCOUNT, REGION = "111122223333", "us-east-1"
PER_VPC = 50


def ask(world: World, operation: str, **params: Any) -> dict[str, Any]:
    principal = identity.root(ACCOUNT)
    call = Call(service="ec2", operation=operation, params=params, principal=principal, region=REGION, partition="aws")
    return world.perform(call)


def add_endpoints(world: World, count: int, first: int) -> str:
    """Endpoints tagged as Amazon MQ tags them, fifty to a VPC; gives the id of the last one."""
    endpoint = vpc = ""
    for number in range(first, first + count):
        if number % PER_VPC == 0 or not vpc:
            vpc = ask(world, "CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        tags = [{"Key": "AMQManaged", "Value": "true"}, {"Key": "Broker", "Value": f"b-{number}"}]
        endpoint = ask(
            world,
            "CreateVpcEndpoint",
            VpcId=vpc,
            ServiceName="com.amazonaws.us-east-1.mq",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=False,
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
        )["VpcEndpoint"]["VpcEndpointId"]
    return endpoint


def seconds(work: Callable[[], Any], *, repeat: int) -> float:
    """The best of some runs."""
    best = float("inf")
    for _ in range(repeat):
        start = perf_counter()
        work()
        best = min(best, perf_counter() - start)
    return best


def cost(world: World, endpoint: str, number: int) -> dict[str, float]:
    def described(**params: Any) -> Callable[[], Any]:
        return lambda: ask(world, "DescribeVpcEndpoints", **params)

    def where(name: str, value: str) -> dict[str, Any]:
        return {"Filters": [{"Name": name, "Values": [value]}]}

    vpc = ask(world, "DescribeVpcEndpoints", VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["VpcId"]
    both = [*where("tag:AMQManaged", "true")["Filters"], *where("tag:Broker", f"b-{number}")["Filters"]]
    return {
        "by id": seconds(described(VpcEndpointIds=[endpoint]), repeat=300),
        "by id filter": seconds(described(**where("vpc-endpoint-id", endpoint)), repeat=300),
        "by tag": seconds(described(**where("tag:Broker", f"b-{number}")), repeat=300),
        "by two tags": seconds(described(Filters=both), repeat=300),
        "by vpc": seconds(described(**where("vpc-id", vpc)), repeat=30),
        "one page of 5": seconds(described(MaxResults=5), repeat=5),
        "unfiltered": seconds(described(), repeat=2),
    }


def curve(sizes: tuple[int, ...] = SIZES) -> dict[int, dict[str, float]]:
    """Seconds of each way of asking at each size."""
    quotas.QUOTAS[quotas.VPCS] = quotas.QUOTAS[quotas.GROUPS] = max(sizes)
    world = new_world(seed="growth", pace="instant")
    found: dict[int, dict[str, float]] = {}
    there = 0
    for size in sizes:
        endpoint = add_endpoints(world, size - there, there)
        there = size
        world.journal.clear()
        gc.collect()
        found[size] = cost(world, endpoint, size - 1)
    return found


def main() -> None:
    found = curve()
    names = list(found[SIZES[0]])
    print(f"{'DescribeVpcEndpoints':<22}" + "".join(f"{f'{size:,}':>22}" for size in SIZES))
    for name in names:
        base = found[SIZES[0]][name]
        cells = (f"{found[size][name] * 1e6:>12,.0f} us {found[size][name] / base:>5,.1f}x" for size in SIZES)
        print(f"{name:<22}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
