"""How the cost of a broker grows with the number of brokers in the world.

Makes three worlds with 10, 1,000 and 10,000 private RabbitMQ brokers in one account and Region, in VPCs of 45, all RUNNING with
logs on. Then it makes, looks at, reboots and deletes some more in each in turn and prints what one such call, one step of a plan
and the clockwork around one timer cost, each also as a ratio to the cost among ten: medians of processor time, of one run. All
should stay near 1, but for the memory caches, which a larger world fills. Run it with ``python benchmarks/broker_growth.py``.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

from msgspec.structs import replace

from emulator import AwsError, Call, Clock, new_world
from emulator.engine import identity
from emulator.engine.plan import Plan, Step
from emulator.services.ec2 import quotas
from emulator.services.mq.quotas import BROKERS

SIZES = (10, 1_000, 10_000)
ACCOUNT, REGION = "111122223333", "us-east-1"
PER_VPC, AT_ONCE, ROUNDS, SAMPLES = 45, 1_000, 4, 10
LIFE = 600.0
"""Seconds of the clock in which a broker comes up, or goes."""
PLENTY = {
    BROKERS: 10**6,
    quotas.VPCS: 10**6,
    quotas.GROUPS: 10**6,
    quotas.INTERFACES: 10**6,
    quotas.INTERFACE_ENDPOINTS: 10**3,
}


class Growing:
    """A world whose brokers become more, and the seconds that each thing took since the last :meth:`forget`."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, list[float]] = defaultdict(list)
        self.world = new_world(clock=Clock(frozen_at=1_790_000_000.0), seed="growth", pace="real")
        self.world.quotas = PLENTY
        self.world.plans = {name: self._timed(plan) for name, plan in self.world.plans.items()}
        self.made = 0
        self.place: dict[str, Any] = {}
        self.configuration = self.ask("mq:CreateConfiguration", Name="shared", EngineType="RABBITMQ")["Id"]

    def _timed(self, plan: Plan) -> Plan:
        def timed(step: Step) -> Step:
            return replace(step, act=lambda world, subject: self.measure(f"  {step.name}", lambda: step.act(world, subject)))

        return replace(plan, steps=tuple(timed(step) for step in plan.steps))

    def measure(self, name: str, work: Callable[[], Any]) -> Any:
        start = process_time()
        try:
            return work()
        finally:
            self.spent[name].append(process_time() - start)

    def ask(self, action: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        principal = identity.root(ACCOUNT)
        call = Call(service=service, operation=operation, params=params, principal=principal, region=REGION, partition="aws")
        return self.measure(operation, lambda: self.world.perform(call))  # type: ignore[no-any-return]  # perform gives a dict

    def advance(self) -> None:
        """Ten minutes. What the steps themselves took is not the clockwork's."""
        before = sum(map(sum, (times for name, times in self.spent.items() if name.startswith("  "))))
        start = process_time()
        fired = self.world.advance(LIFE)
        steps = sum(map(sum, (times for name, times in self.spent.items() if name.startswith("  "))))
        self.spent["clockwork of a timer"].append((process_time() - start - (steps - before)) / fired)

    def network(self) -> dict[str, Any]:
        """A subnet and a group with room for the endpoint of one more broker."""
        if self.made % PER_VPC == 0:
            vpc = self.ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
            subnet = self.ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
            group = self.ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="broker", Description="clients")["GroupId"]
            self.place = {"SubnetIds": [subnet], "SecurityGroups": [group]}
        return self.place

    def create(self, **params: Any) -> str:
        network = self.network()
        self.made += 1
        made = self.ask(
            "mq:CreateBroker",
            BrokerName=f"broker-{self.made}",
            EngineType="RABBITMQ",
            DeploymentMode="SINGLE_INSTANCE",
            HostInstanceType="mq.t3.micro",
            PubliclyAccessible=False,
            Logs={"General": True},
            Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
            **network,
            **params,
        )
        return str(made["BrokerId"])

    def grow(self, size: int) -> None:
        while self.made < size:
            for _ in range(min(AT_ONCE, size - self.made)):
                self.create()
            self.advance()

    def sample(self) -> None:
        """What some more brokers cost; the world is as large afterwards as it was before."""
        gc.collect()
        more = [self.create(Configuration={"Id": self.configuration}) for _ in range(SAMPLES)]
        self.advance()
        token = None
        for broker in more:
            self.ask("mq:DescribeBroker", BrokerId=broker)
            token = self.ask("mq:ListBrokers", NextToken=token).get("NextToken") if token else self._first_page()
            self._refuse("mq:DeleteConfiguration", ConfigurationId=self.configuration)
            self.ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": False})
            self.ask("mq:RebootBroker", BrokerId=broker)
        self.advance()
        for broker in more:
            self.ask("mq:DeleteBroker", BrokerId=broker)
        self.advance()

    def _first_page(self) -> str | None:
        token: str | None = self.measure("ListBrokers, first", lambda: self.ask("mq:ListBrokers")).get("NextToken")
        return token

    def _refuse(self, action: str, **params: Any) -> None:
        try:
            self.ask(action, **params)
        except AwsError:
            return
        raise RuntimeError(f"{action} was expected to be refused")


def curve(sizes: tuple[int, ...] = SIZES) -> dict[int, dict[str, float]]:
    """Seconds of each thing at each size. The worlds take turns, so that what else the machine does disturbs them alike."""
    worlds = {size: Growing() for size in sizes}
    for size, growing in worlds.items():
        growing.grow(size)
        growing.spent.clear()
    for _ in range(ROUNDS):
        for growing in worlds.values():
            growing.sample()
    return {size: {name: median(times) for name, times in growing.spent.items()} for size, growing in worlds.items()}


def main() -> None:
    found = curve()
    print(f"{'one broker among':<26}" + "".join(f"{f'{size:,}':>22}" for size in SIZES))
    for name, base in found[SIZES[0]].items():
        cells = (f"{found[size][name] * 1e6:>12,.0f} us {found[size][name] / base:>5,.2f}x" for size in SIZES)
        print(f"{name:<26}" + "".join(f"{cell:>22}" for cell in cells))
    print(f"\n{'work in the background':<26}" + "".join(f"{f'{load(size, found[size]):.1%}':>22}" for size in SIZES))
    print("of a processor at pace real; 120 times as much at pace fast")


def load(size: int, found: dict[str, float]) -> float:
    """Seconds of work per second that so many brokers in peace make: a health check in ten minutes, lines of log in an hour."""
    timer = found["clockwork of a timer"]
    return size * ((found["  check endpoint"] + timer) / 600 + (found["  write lines"] + timer) / 3600)


if __name__ == "__main__":
    main()
