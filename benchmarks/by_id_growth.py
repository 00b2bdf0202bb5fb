"""How the cost of a call by id grows with the resources of its kind in the account: ``python -m benchmarks.by_id_growth``.

Prints microseconds of processor time of one look-up among 10, 1,000 and 100,000 roles, users, brokers, log groups and streams,
the best of some runs, and each as a ratio to the time among ten, which is to stay near 1. VPC endpoints have a benchmark of their
own. Brokers are still being made: the clock stands.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import thread_time
from typing import Any

from benchmarks.calls import broker
from emulator import Call, Clock, World, new_world
from emulator.engine import identity
from emulator.services.iam import quotas as iam
from emulator.services.mq import quotas as mq

SIZES = (10, 1_000, 100_000)
ACCOUNT, REGION = "111122223333", "us-east-1"
_TRUST = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
Ask = Callable[..., dict[str, Any]]


def _asking(world: World) -> Ask:
    def ask(action: str, **params: Any) -> dict[str, Any]:
        service, _, operation = action.partition(":")
        principal = identity.root(ACCOUNT)
        call = Call(service=service, operation=operation, params=params, principal=principal, region=REGION, partition="aws")
        return world.perform(call)

    return ask


def _roles(ask: Ask, name: str) -> Callable[[], Any]:
    ask("iam:CreateRole", RoleName=name, AssumeRolePolicyDocument=_TRUST)
    return lambda: ask("iam:GetRole", RoleName=name)


def _users(ask: Ask, name: str) -> Callable[[], Any]:
    ask("iam:CreateUser", UserName=name)
    return lambda: ask("iam:GetUser", UserName=name)


def _brokers(ask: Ask, _name: str) -> Callable[[], Any]:
    made = ask("mq:CreateBroker", **broker())["BrokerId"]
    return lambda: ask("mq:DescribeBroker", BrokerId=made)


def _log_groups(ask: Ask, name: str) -> Callable[[], Any]:
    ask("logs:CreateLogGroup", logGroupName=name)
    return lambda: ask("logs:DescribeLogGroups", logGroupNamePrefix=name)


def _log_streams(ask: Ask, name: str) -> Callable[[], Any]:
    if name == "x0":
        ask("logs:CreateLogGroup", logGroupName="g")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName=name)
    return lambda: ask("logs:GetLogEvents", logGroupName="g", logStreamName=name)


KINDS: dict[str, Callable[[Ask, str], Callable[[], Any]]] = {
    "GetRole": _roles,
    "GetUser": _users,
    "DescribeBroker": _brokers,
    "DescribeLogGroups": _log_groups,
    "GetLogEvents": _log_streams,
}


def curve(make: Callable[[Ask, str], Callable[[], Any]]) -> list[float]:
    """Seconds of a look-up at each size."""
    world = new_world(clock=Clock(frozen_at=1_790_000_000.0), seed="growth", pace="real")
    world.quotas = {mq.BROKERS: 10**9}
    ask, made, found = _asking(world), 0, []
    for size in SIZES:
        looks = [make(ask, f"x{number}") for number in range(made, size)]
        made = size
        gc.collect()
        found.append(min(_seconds(look) for look in looks[:: max(1, len(looks) // 300)] for _ in range(3)))
    return found


def _seconds(look: Callable[[], Any]) -> float:
    start = thread_time()
    look()
    return thread_time() - start


def main() -> None:
    iam.MOST.update(dict.fromkeys(iam.MOST, 10**9))
    print(f"{'':<20}" + "".join(f"{f'{size:,}':>18}" for size in SIZES))
    for name, make in KINDS.items():
        found = curve(make)
        print(f"{name:<20}" + "".join(f"{one * 1e6:>10,.0f} us {one / found[0]:>3.1f}x" for one in found), flush=True)


if __name__ == "__main__":
    main()
