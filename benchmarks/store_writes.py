"""What keeping costs: calls that write, through ``world.perform``, on the store in memory and on SQLite, in turns in one run.

Prints the time of a call on each, and the throughput on SQLite as a share of that in memory, with its spread over the rounds.
The share is to be at least a half. Run it with ``python -m benchmarks.store_writes``; ``--profile CALL`` shows where the time
of one kind of call goes on SQLite.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from emulator import Call, Principal, World, new_world
from emulator.engine import identity

ACCOUNT, REGION = "111122223333", "us-east-1"
ROUNDS, CALLS = 15, 40
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
BROKER = {
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "AutoMinorVersionUpgrade": True,
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}
ENDPOINT = {"ServiceName": "com.amazonaws.us-east-1.logs", "VpcEndpointType": "Interface", "PrivateDnsEnabled": False}


class Writer:
    """A world, and a user in it who makes each kind of call. Everything is authorised by the user's policy."""

    def __init__(self, data: Path | None) -> None:
        self.world: World = new_world(data, seed="writes", pace="instant")
        self.user: Principal = identity.root(ACCOUNT)
        self.count = 0
        self.ask("iam", "CreateUser", UserName="u")
        self.ask("iam", "PutUserPolicy", UserName="u", PolicyName="p", PolicyDocument=EVERYTHING)
        key = identity.find_access_key(self.world, self.ask("iam", "CreateAccessKey", UserName="u")["AccessKey"]["AccessKeyId"])
        self.user = (identity.of_access_key(self.world, key) if key else None) or self.user
        self.vpc = self.ask("ec2", "CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ask("logs", "CreateLogGroup", logGroupName="g")
        self.ask("logs", "CreateLogStream", logGroupName="g", logStreamName="s")

    def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        call = Call(
            service=service,
            operation=operation,
            params=params,
            principal=self.user,
            region=REGION,
            partition="aws",
            source_ip="127.0.0.1",
            user_agent="benchmark",
        )
        return self.world.perform(call)

    def tag(self) -> None:
        self.count += 1
        self.ask("ec2", "CreateTags", Resources=[self.vpc], Tags=[{"Key": "count", "Value": str(self.count)}])

    def endpoint(self) -> None:
        made = self.ask("ec2", "CreateVpcEndpoint", VpcId=self.vpc, **ENDPOINT)["VpcEndpoint"]["VpcEndpointId"]
        self.ask("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[made])

    def events(self) -> None:
        now = round(self.world.clock.now() * 1000)
        events = [{"timestamp": now, "message": f"line {number} of what a broker has to say".ljust(100)} for number in range(10)]
        self.ask("logs", "PutLogEvents", logGroupName="g", logStreamName="s", logEvents=events)

    def role(self) -> None:
        self.ask("iam", "TagUser", UserName="u", Tags=[{"Key": "a", "Value": str(self.count)}])

    def broker(self) -> None:
        self.count += 1
        made = self.ask("mq", "CreateBroker", BrokerName=f"b{self.count}", **BROKER)["BrokerId"]
        self.world.settle()
        self.ask("mq", "DeleteBroker", BrokerId=made)
        self.world.settle()


KINDS: dict[str, Callable[[Writer], None]] = {
    "CreateTags": Writer.tag,
    "TagUser": Writer.role,
    "CreateVpcEndpoint + DeleteVpcEndpoints": Writer.endpoint,
    "PutLogEvents of 10": Writer.events,
    "a broker, from CreateBroker to gone": Writer.broker,
}


def seconds(act: Callable[[Writer], None], writer: Writer, calls: int) -> float:
    gc.collect()
    start = perf_counter()
    for _ in range(calls):
        act(writer)
    return (perf_counter() - start) / calls


def compare(memory: Writer, sqlite: Writer) -> None:
    print(f"{'':42}{'memory':>10}{'SQLite':>10}{'share':>8}   spread")
    for name, act in KINDS.items():
        calls = 2 if act is Writer.broker else CALLS
        times = [(seconds(act, memory, calls), seconds(act, sqlite, calls)) for _ in range(ROUNDS + 1)][1:]
        shares = sorted(one / other for one, other in times)
        middle = (median(one for one, _ in times), median(other for _, other in times))
        print(
            f"{name:42}{middle[0] * 1e6:8.0f}µs{middle[1] * 1e6:8.0f}µs{median(shares):8.0%}   {shares[1]:.0%} … {shares[-2]:.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=list(KINDS), help="profile one kind of call on SQLite")
    profiled = parser.parse_args().profile
    with TemporaryDirectory() as folder:
        sqlite = Writer(Path(folder, "data"))
        if profiled:
            with cProfile.Profile() as profile:
                seconds(KINDS[profiled], sqlite, 500)
            profile.print_stats("tottime")
        else:
            compare(Writer(None), sqlite)
        sqlite.world.close()


if __name__ == "__main__":
    main()
