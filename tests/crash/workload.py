"""What runs in the process that is killed: threads that call, each in a namespace of its own, and say what was acknowledged.

A line goes into a pipe before a call whose having happened cannot be told afterwards from its not having happened (``try``), and
after each call that was answered (``done``). What stands in the pipe outlives the process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random  # noqa: TID251  # what a thread does next is not the emulator's to say
from threading import Thread
from typing import Any

from emulator import AwsError, World, new_world
from emulator.engine import identity
from tests.crash.calls import ACCOUNT, Ask

THREADS = 4
MOST_BROKERS = 2
MOST_USERS = 4
MOST_ENTRIES = 3_000
"""The journal's, so that it neither outgrows the test nor never drops an entry."""

Tell = Callable[..., None]


def run(path: Path, pipe: int, seed: str) -> None:
    """Work until killed."""
    world = new_world(path, pace="real", journal_entries=MOST_ENTRIES)

    def tell(**line: Any) -> None:
        os.write(pipe, json.dumps(line).encode() + b"\n")  # shorter than a pipe's buffer: never half

    threads = [Thread(target=work, args=(world, tell, f"t{number}", Random(f"{seed} {number}"))) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    tell(ready=True)
    for thread in threads:
        thread.join()


def warm_up() -> None:
    """Do everything once in this process, so that those it forks need not read the service models first."""
    world = new_world(pace="real")
    ask, random = Ask(world), Random("w")
    vpc = own_network(ask, "w")
    for deed in (tag, events, *[users] * (MOST_USERS + 1), *[brokers] * MOST_BROKERS, denied):
        deed(ask, lambda **_: None, "w", vpc, {"tag": 0, "batch": 0}, random)
    world.advance(1000)
    brokers(ask, lambda **_: None, "w", vpc, {}, random)
    world.advance(1000)


def work(world: World, tell: Tell, name: str, random: Random) -> None:
    ask = Ask(world)
    vpc = own_network(ask, name)
    numbers = {kind: known(world, ask, kind, name, vpc) for kind in ("tag", "batch")}
    deeds = [tag, tag, events, events, users, brokers, denied, lambda *_: clock(world, tell, random)]
    while True:
        random.choice(deeds)(ask, tell, name, vpc, numbers, random)


def own_network(ask: Ask, name: str) -> str:
    """The thread's VPC and log stream, made by whichever process came first."""
    found = ask("ec2:DescribeVpcs", Filters=[{"Name": "tag:thread", "Values": [name]}])["Vpcs"]
    for action, params in (
        ("logs:CreateLogGroup", {"logGroupName": name}),
        ("logs:CreateLogStream", {"logGroupName": name, "logStreamName": "s"}),
    ):
        with suppress(AwsError):  # it is there already
            ask(action, **params)
    if found:
        return str(found[0]["VpcId"])
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "thread", "Value": name}]}]
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"])


def known(world: World, ask: Ask, kind: str, name: str, vpc: str) -> int:
    """The last number that the world has of this thread's, which it goes on from."""
    if kind == "tag":
        tags = ask("ec2:DescribeVpcs", VpcIds=[vpc])["Vpcs"][0]["Tags"]
        return max([int(tag["Value"]) for tag in tags if tag["Key"] == "number"], default=0)
    pages = ask("logs:GetLogEvents", logGroupName=name, logStreamName="s", limit=3)["events"]
    return int(pages[-1]["message"].split()[0]) if pages else 0


def tag(ask: Ask, tell: Tell, name: str, vpc: str, numbers: dict[str, int], _random: Random) -> None:
    number = numbers["tag"] + 1
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "number", "Value": str(number)}, {"Key": "twin", "Value": str(number)}])
    numbers["tag"] = number
    tell(done="tag", thread=name, number=number)


def events(ask: Ask, tell: Tell, name: str, _vpc: str, numbers: dict[str, int], _random: Random) -> None:
    number = numbers["batch"] + 1
    now = ask.now()
    batch = [{"timestamp": now, "message": f"{number} {place} of 3"} for place in range(3)]
    ask("logs:PutLogEvents", logGroupName=name, logStreamName="s", logEvents=batch)
    numbers["batch"] = number
    tell(done="batch", thread=name, number=number)


def users(ask: Ask, tell: Tell, name: str, _vpc: str, _numbers: dict[str, int], random: Random) -> None:
    """One more user with a key, or the oldest goes."""
    mine = [user["UserName"] for user in ask("iam:ListUsers", PathPrefix=f"/{name}/")["Users"]]
    if len(mine) < MOST_USERS:
        user = f"{name}-{random.getrandbits(40):010x}"
        ask("iam:CreateUser", UserName=user, Path=f"/{name}/")
        tell(done="user", name=user)
        ask("iam:PutUserPolicy", UserName=user, PolicyName="p", PolicyDocument=_NOTHING)
        key = ask("iam:CreateAccessKey", UserName=user)["AccessKey"]
        tell(done="key", user=user, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
        return
    user = mine[0]
    tell(**{"try": "user", "name": user})
    for key in ask("iam:ListAccessKeys", UserName=user)["AccessKeyMetadata"]:
        ask("iam:DeleteAccessKey", UserName=user, AccessKeyId=key["AccessKeyId"])
    with suppress(AwsError):  # an earlier process had no time to give it one
        ask("iam:DeleteUserPolicy", UserName=user, PolicyName="p")
    ask("iam:DeleteUser", UserName=user)
    tell(done="no user", name=user)


_NOTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'


def brokers(ask: Ask, tell: Tell, name: str, _vpc: str, _numbers: dict[str, int], random: Random) -> None:
    """One more broker, or one that runs goes."""
    mine = [one for one in ask.brokers() if one.name.startswith(f"{name}-")]
    if len(mine) < MOST_BROKERS:
        made = ask("mq:CreateBroker", BrokerName=f"{name}-{random.getrandbits(40):010x}", **BROKER)["BrokerId"]
        tell(done="broker", id=made)
        return
    for one in mine:
        if one.state == "RUNNING":
            tell(**{"try": "broker", "id": one.id})
            ask("mq:DeleteBroker", BrokerId=one.id)
            tell(done="no broker", id=one.id)
            return


BROKER = {
    "EngineType": "RABBITMQ",
    "DeploymentMode": "CLUSTER_MULTI_AZ",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "AutoMinorVersionUpgrade": True,
    "Logs": {"General": True},
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}


def denied(ask: Ask, tell: Tell, _name: str, _vpc: str, _numbers: dict[str, int], random: Random) -> None:
    """A call that may not be made leaves its entry, and that is kept too."""
    request = f"{random.getrandbits(64):016x}"
    with suppress(AwsError):
        ask("ec2:CreateVpc", as_=identity.service("nobody.amazonaws.com", ACCOUNT), request_id=request, CidrBlock="10.0.0.0/16")
    tell(done="entry", request=request)


def clock(world: World, tell: Tell, random: Random) -> None:
    """Time moves, and with it every plan."""
    with world.lock:
        world.advance(random.uniform(5, 60))
        now = world.clock.now()
    tell(done="clock", now=now)
