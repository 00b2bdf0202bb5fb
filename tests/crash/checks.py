"""What must hold of a world whose process was killed: everything acknowledged is there, and nothing is half done."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from emulator import World
from emulator.engine.identity import AccessKey, User, find_access_key
from emulator.engine.plan import Running
from emulator.engine.timers import Timer
from emulator.services.ec2.network import NetworkInterface, SecurityGroup, Subnet, Vpc, VpcEndpoint
from emulator.services.logs.log_group import LogGroup
from emulator.services.logs.log_stream import LogStream, Span
from emulator.services.logs.timeline import LogChunk
from emulator.services.mq.broker import Broker
from tests.crash.calls import ACCOUNT, REGION, Ask

PLAN = {"CREATION_IN_PROGRESS": "create broker", "REBOOT_IN_PROGRESS": "reboot broker", "DELETION_IN_PROGRESS": "delete broker"}
"""The plan that must be under way for a broker in a state."""


@dataclass
class Promised:
    """What was acknowledged so far."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    brokers: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    entries: deque[str] = field(default_factory=lambda: deque(maxlen=50))
    """Request ids of denied calls, the latest: the journal drops older entries."""
    now: float = 0.0
    count: int = 0

    def note(self, line: dict[str, Any]) -> None:
        if "try" in line:
            self.tried.add(line.get("name") or line["id"])
            return
        kind = line.get("done")
        self.count += kind is not None
        if kind in {"tag", "batch"}:
            self.numbers[kind, line["thread"]] = line["number"]
        elif kind == "user":
            self.users.add(line["name"])
        elif kind == "key":
            self.keys[line["key"]] = (line["user"], line["secret"])
        elif kind == "broker":
            self.brokers.add(line["id"])
        elif kind in {"no user", "no broker"}:
            self.gone.add(line.get("name") or line["id"])
        elif kind == "entry":
            self.entries.append(line["request"])
        elif kind == "clock":
            self.now = max(self.now, line["now"])


def check(world: World, promised: Promised) -> None:
    """AssertionError names what is missing or half done."""
    _check_promises(world, promised)
    _check_whole(world)


def _check_promises(world: World, promised: Promised) -> None:
    ask = Ask(world)
    for (kind, thread), number in promised.numbers.items():
        found = _tag(world, thread) if kind == "tag" else _batches(ask, thread)
        assert found in {number, number + 1}, f"{kind} {thread}: {number} was acknowledged, {found} is there"
    there = {user.name for user in world.store.find(User)}
    assert promised.users - promised.tried <= there, f"users are missing: {promised.users - promised.tried - there}"
    assert not promised.gone & there, "a deleted user is back"
    for key, (user, secret) in promised.keys.items():
        found_key = find_access_key(world, key)
        assert user in promised.tried or (found_key is not None and found_key.secret == secret), f"key {key} of {user}"
    brokers = {broker.id: broker for broker in world.store.find(Broker)}
    assert promised.brokers - promised.tried <= set(brokers), "a broker is missing"
    assert all(brokers[one].state == "DELETION_IN_PROGRESS" for one in promised.gone & set(brokers)), "a deletion is forgotten"
    assert world.clock.now() >= promised.now, "the clock went back"
    kept = {entry.request_id: entry for entry in world.journal.select()}
    for request in promised.entries:
        assert kept[request].outcome == "denied", request


def _tag(world: World, thread: str) -> int:
    (vpc,) = world.store.find(Vpc, ACCOUNT, REGION, tagged=f"thread={thread}")
    assert vpc.tags["number"] == vpc.tags["twin"], "half a call"
    return int(vpc.tags["number"])


def _batches(ask: Ask, thread: str) -> int:
    """Every batch is there, in order and whole; the number of the last one."""
    token, texts = "", []
    while True:
        more = {"nextToken": token} if token else {}
        page = ask("logs:GetLogEvents", logGroupName=thread, logStreamName="s", startFromHead=True, **more)
        texts += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    last = len(texts) // 3
    assert texts == [f"{number} {place} of 3" for number in range(1, last + 1) for place in range(3)], "half a batch"
    return last


def _check_whole(world: World) -> None:
    find = world.store.find
    for key in find(AccessKey):
        assert world.store.get(User, (key.account, "", key.user)), "a key without its user"
    for subnet in find(Subnet):
        assert world.store.get(Vpc, (ACCOUNT, REGION, subnet.vpc)), "a subnet without its VPC"
    for vpc in find(Vpc):
        assert any(group.is_default for group in find(SecurityGroup, ACCOUNT, REGION, vpc=vpc.id)), "a VPC without its group"
    for stream in find(LogStream):
        assert world.store.get(LogGroup, (stream.account, stream.region, stream.group)), "a stream without its group"
        for span in _apart(stream):
            assert world.store.get(LogChunk, (stream.account, stream.region, f"{stream.id}:{span.chunk}")), "a chunk is missing"
    assert sum(len(_apart(stream)) for stream in find(LogStream)) == len(list(find(LogChunk))), "a chunk that nobody knows"
    _check_plans(world)
    _check_endpoints(world)
    entries = world.journal.select()
    ids = [entry.id for entry in entries]
    assert ids == list(range(ids[0], ids[0] + len(ids))), "an entry is missing"
    requests = Counter(entry.request_id for entry in entries if entry.request_id)
    assert max(requests.values()) == 1, "a request id came twice"


def _apart(stream: LogStream) -> list[Span]:
    """Those whose events are in a record of their own."""
    return [span for span in stream.spans if span.pack is None]


def _check_plans(world: World) -> None:
    timers = Counter(timer.subject for timer in world.store.find(Timer) if timer.handler == "plan")
    plans = {(running.plan, running.subject): running for running in world.store.find(Running)}
    for running in plans.values():
        assert timers[running.id] == 1, f"{running.id} has {timers[running.id]} timers"
    assert sum(timers.values()) == len(plans), "a timer without its plan"
    for broker in world.store.find(Broker):
        wanted = PLAN.get(broker.state, "check health")
        assert (wanted, broker.id) in plans, f"a broker {broker.state} without the plan {wanted}"
    assert all(world.store.get(Broker, (ACCOUNT, REGION, subject)) for _, subject in plans), "a plan without its broker"


def _check_endpoints(world: World) -> None:
    """Interfaces and endpoints know each other; a broker that runs has one endpoint, which is whole."""
    interfaces = {one.id: one for one in world.store.find(NetworkInterface)}
    endpoints = {one.id: one for one in world.store.find(VpcEndpoint)}
    for endpoint in endpoints.values():
        for name in endpoint.interfaces:
            assert interfaces.pop(name).endpoint == endpoint.id, "an interface of another endpoint"
    assert not interfaces, "an interface without its endpoint"
    for broker in world.store.find(Broker):
        if broker.state == "RUNNING":
            endpoint = endpoints[broker.endpoint_id]
            assert (endpoint.state, len(endpoint.interfaces)) == ("available", 3), "a broker that runs without its endpoint"


def check_completion(world: World) -> None:
    """Given time, every plan comes to its end: brokers run or are gone, and with them their endpoints."""
    for _ in range(80):
        world.advance(60)
    brokers = list(world.store.find(Broker))
    assert {broker.state for broker in brokers} <= {"RUNNING"}, "a plan did not complete"
    used = [endpoint.id for endpoint in world.store.find(VpcEndpoint) if endpoint.state == "available"]
    assert sorted(used) == sorted(broker.endpoint_id for broker in brokers), "an endpoint outlived its broker"
    _check_whole(world)
