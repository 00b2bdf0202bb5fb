"""Every account is a world of its own: time, pace, faults and resets of one are not those of another."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from emulator import AwsError, Clock, World, new_world
from emulator.engine import identity, own_time
from emulator.engine.erasing import records
from emulator.engine.fault import Fault, Match
from emulator.engine.own_time import OwnTime
from emulator.engine.snapshot import save
from emulator.engine.timers import Timer
from tests.conftest import ACCOUNT, START, Ask
from tests.services.test_faults import allow, create_broker, state, user

OTHER = "999988887777"
HOUR = 3600.0


def snapshot(world: World, account: str) -> list[Any]:
    """All that an account holds, in the order of its making, with its journal and its time."""
    kept = [record for record in records(world.store, account) if not isinstance(record, OwnTime)]
    return [kept, [entry.to_json() for entry in world.journal.select(account=account)], world.clock.now(account)]


def test_time_moved_for_one_account_does_not_move_another(world: World, ask: Ask) -> None:
    mine, others = create_broker(ask), create_broker(ask, account=OTHER)
    before = snapshot(world, OTHER)
    world.advance(HOUR, ACCOUNT)
    assert snapshot(world, OTHER) == before
    assert (world.clock.now(ACCOUNT), world.clock.now(OTHER), world.clock.now()) == (START + HOUR, START, START)
    assert state(ask, mine) == "RUNNING"
    assert ask("mq:DescribeBroker", account=OTHER, BrokerId=others)["BrokerState"] == "CREATION_IN_PROGRESS"
    world.advance(HOUR, OTHER)
    assert ask("mq:DescribeBroker", account=OTHER, BrokerId=others)["BrokerState"] == "RUNNING"


def test_an_account_keeps_its_distance_when_everybodys_clock_moves(world: World, ask: Ask) -> None:
    world.advance(HOUR, ACCOUNT)
    world.advance(60)
    assert (world.clock.now(ACCOUNT), world.clock.now(OTHER)) == (START + HOUR + 60, START + 60)
    assert ask("iam:CreateUser", UserName="a")["User"]["CreateDate"] == START + HOUR + 60
    assert ask("iam:CreateUser", UserName="a", account=OTHER)["User"]["CreateDate"] == START + 60
    times = {entry.account: entry.at for entry in world.journal.select()}
    assert times == {ACCOUNT: START + HOUR + 60, OTHER: START + 60}


def test_accounts_apart_come_in_the_order_of_their_records_not_of_their_clocks(world: World, ask: Ask) -> None:
    own_time.take_pace(world, OTHER, "real")
    for account in (ACCOUNT, OTHER):
        world.advance(1, account)
        create_broker(ask, account=account)
    world.advance(HOUR)
    steps = [entry.account for entry in world.journal.select(kind="step")]
    assert list(dict.fromkeys(steps)) == [OTHER, ACCOUNT]
    assert list(json.loads(save(world).splitlines()[0])["own"]) == [OTHER, ACCOUNT]


def test_a_clock_that_was_another_worlds_brings_nobodys_own_time(world: World) -> None:
    world.advance(HOUR, ACCOUNT)
    new_world(clock=world.clock, seed="x")
    assert world.clock.now(ACCOUNT) == START


def test_a_frozen_account_stands_while_the_others_run() -> None:
    world = new_world(seed="x")
    own_time.freeze(world, ACCOUNT)
    first = world.clock.now(ACCOUNT)
    assert world.clock.now(ACCOUNT) == first
    assert not world.clock.is_frozen
    assert world.clock.hands(OTHER).frozen_at is None
    own_time.run(world, ACCOUNT)
    assert world.clock.hands(ACCOUNT).frozen_at is None
    own_time.freeze(world)
    assert world.clock.hands(ACCOUNT).frozen_at is not None, "everybody's is its too"
    own_time.run(world)
    assert world.clock.hands(ACCOUNT).frozen_at is None


def test_freezing_at_a_time(world: World, ask: Ask) -> None:
    own_time.freeze(world, ACCOUNT, START - HOUR)
    assert world.clock.now(ACCOUNT) == START - HOUR
    world.faults.add(Fault(account=ACCOUNT, region="", id="", kind="throttle", match=Match(service="sts")))
    own_time.freeze(world, ACCOUNT, START - 2 * HOUR)
    ask("iam:CreateUser", UserName="a")
    with pytest.raises(ValueError, match="the clock never moves back"):
        own_time.freeze(world, ACCOUNT, START - 3 * HOUR)
    for instant in (START - HOUR, START + 401 * 24 * HOUR):
        with pytest.raises(ValueError, match="the clock never moves back, nor on by more than 400 days"):
            own_time.freeze(world, None, instant)
    own_time.freeze(world, OTHER, START - HOUR)
    own_time.freeze(world, None, START + HOUR)
    assert {world.clock.now(account) for account in ("", ACCOUNT, OTHER)} == {START + HOUR}


def test_a_pace_of_its_own(world: World, ask: Ask) -> None:
    own_time.take_pace(world, ACCOUNT, "instant")
    mine, others = create_broker(ask), create_broker(ask, account=OTHER)
    assert state(ask, mine) == "RUNNING"
    assert ask("mq:DescribeBroker", account=OTHER, BrokerId=others)["BrokerState"] == "CREATION_IN_PROGRESS"
    own_time.freeze(world)
    assert ACCOUNT not in world.clock.own, "it shares the others' time all the same"
    world.advance(1)
    assert world.clock.now(ACCOUNT) == START + 1
    own_time.freeze(world, OTHER)
    own_time.take_pace(world, None, "fast")
    assert (world.pace, world.pace_of(ACCOUNT), world.pace_of(OTHER)) == ("fast", "fast", "fast")


def test_a_session_ends_by_the_clock_of_its_own_account(world: World, ask: Ask) -> None:
    """One of another account may be assumed: it is dated there."""
    world.advance(5 * HOUR, OTHER)
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}'
    ask("iam:CreateRole", account=OTHER, RoleName="r", AssumeRolePolicyDocument=trust)
    ask("iam:PutRolePolicy", account=OTHER, RoleName="r", PolicyName="all", PolicyDocument=allow("*"))
    somebody = user(world, ask)
    ask("iam:PutUserPolicy", UserName="u", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
    got = ask("sts:AssumeRole", as_=somebody, RoleArn=f"arn:aws:iam::{OTHER}:role/r", RoleSessionName="across")["Credentials"]
    assert got["Expiration"] == START + 6 * HOUR
    session = identity.find_session(world, got["AccessKeyId"])
    assert session is not None
    principal = identity.of_session(world, session)
    assert ask("iam:ListUsers", as_=principal, account=OTHER)["Users"] == []
    assert ask("sts:GetCallerIdentity", as_=principal)["Account"] == OTHER


def test_resetting_one_account_leaves_the_others_whole(world: World, ask: Ask) -> None:
    create_broker(ask)
    others = create_broker(ask, account=OTHER)
    for account in (ACCOUNT, OTHER):
        world.advance(60, account)
        world.faults.add(Fault(account=account, region="", id="", kind="throttle", match=Match(service="logs")))
    world.faults.add(Fault(account="", region="", id="", kind="throttle", match=Match(service="sts")))
    before = snapshot(world, OTHER)
    world.reset(ACCOUNT)
    assert snapshot(world, OTHER) == before
    assert snapshot(world, ACCOUNT) == [[], [], START], "it shares the others' time again"
    assert [fault.account for fault in world.faults] == [OTHER, ""]
    assert world.timers.next_due(ACCOUNT) is None
    ask("iam:CreateUser", UserName="again")
    world.advance(HOUR)
    assert ask("mq:DescribeBroker", account=OTHER, BrokerId=others)["BrokerState"] == "RUNNING"
    ids = [entry.id for entry in world.journal.select()]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids))
    world.reset()
    assert OTHER not in world.clock.own


def suite(world: World, ask: Ask, account: str, seconds: float) -> Any:
    """What a suite of an account's own does, a step at a time; at the end it yields the story that it saw."""
    world.reset(account)
    own_time.freeze(world, account, START + seconds)
    yield
    broker = create_broker(ask, account=account)
    yield
    story: list[Any] = []
    for _ in range(4):
        world.advance(200, account)
        shown = ask("mq:DescribeBroker", account=account, BrokerId=broker)
        endpoints = ask("ec2:DescribeVpcEndpoints", account=account)["VpcEndpoints"]
        story.append((shown["BrokerState"], shown["Created"], len(endpoints)))
        yield
    match = Match(action="mq:DeleteBroker")
    world.faults.add(Fault(account=account, region="", id="", kind="error", match=match, code="ConflictException", times=1))
    yield
    with pytest.raises(AwsError):
        ask("mq:DeleteBroker", account=account, BrokerId=broker)
    ask("mq:DeleteBroker", account=account, BrokerId=broker)
    yield
    own_time.advance_until_idle(world, account)
    story.append((ask("mq:ListBrokers", account=account)["BrokerSummaries"], world.clock.now(account)))
    entries = world.journal.select(account=account)
    story.append([(re.sub(r"-[0-9a-f]{17}", "-…", entry.title), entry.at, entry.outcome) for entry in entries])
    yield story


def test_suites_that_take_turns_see_what_each_sees_alone(ask: Ask, world: World) -> None:
    def alone(account: str, seconds: float) -> Any:
        return list(suite(world, ask, account, seconds))[-1]

    wanted = {ACCOUNT: alone(ACCOUNT, 0), OTHER: alone(OTHER, 7 * HOUR)}
    running = {ACCOUNT: suite(world, ask, ACCOUNT, 0), OTHER: suite(world, ask, OTHER, 7 * HOUR)}
    told: dict[str, Any] = {}
    for first, second in zip(running[ACCOUNT], running[OTHER], strict=True):
        told = {ACCOUNT: first, OTHER: second}
    assert told == wanted


# Until nothing is under way ------------------------------------------------------------------------------------------


def test_until_idle_takes_no_longer_than_what_is_under_way(world: World, ask: Ask) -> None:
    broker = create_broker(ask)
    fired, is_idle = own_time.advance_until_idle(world)
    assert (is_idle, state(ask, broker)) == (True, "RUNNING")
    assert fired > 3
    assert START + 500 < world.clock.now() < START + HOUR
    assert own_time.advance_until_idle(world) == (0, True)
    assert any(timer.is_background for timer in world.store.find(Timer)), "health checks go on"


def test_until_idle_of_one_account_and_of_all(world: World, ask: Ask) -> None:
    mine, others = create_broker(ask), create_broker(ask, account=OTHER)
    own_time.advance_until_idle(world, ACCOUNT)
    assert (state(ask, mine), world.clock.now(OTHER)) == ("RUNNING", START)
    own_time.advance_until_idle(world)
    assert ask("mq:DescribeBroker", account=OTHER, BrokerId=others)["BrokerState"] == "RUNNING"
    world.advance(1, OTHER)
    ask("mq:DeleteBroker", account=OTHER, BrokerId=others)
    assert own_time.advance_until_idle(world)[1]
    assert ask("mq:ListBrokers", account=OTHER)["BrokerSummaries"] == []


def test_until_idle_gives_up_on_what_never_ends(world: World, ask: Ask) -> None:
    broker = create_broker(ask)
    own_time.advance_until_idle(world)
    world.faults.add(Fault(account="", region="", id="", kind="fail-step", match=Match(step="delete broker: delete endpoint")))
    ask("mq:DeleteBroker", BrokerId=broker)
    start = world.clock.now()
    assert own_time.advance_until_idle(world)[1] is False
    assert start < world.clock.now() <= start + own_time.LONGEST_UNTIL_IDLE


def test_until_idle_on_a_running_clock(ask: Ask) -> None:
    world = new_world(clock=Clock(), seed="x", pace="real")
    root = identity.root(ACCOUNT)
    params = {
        "BrokerName": "orders",
        "DeploymentMode": "SINGLE_INSTANCE",
        "EngineType": "RABBITMQ",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": True,
        "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
    }
    world.ask(root, "mq", "CreateBroker", "us-east-1", params)
    assert own_time.advance_until_idle(world)[1]
    (broker,) = world.ask(root, "mq", "ListBrokers", "us-east-1", {})["BrokerSummaries"]
    assert broker["BrokerState"] == "RUNNING"


# From a file ---------------------------------------------------------------------------------------------------------


def test_what_is_an_accounts_own_outlives_the_process(tmp_path: Path) -> None:
    path, arn = tmp_path / "world.db", identity.root(ACCOUNT)
    world = new_world(data=path, clock=Clock(frozen_at=START), seed="x")
    for account in (ACCOUNT, OTHER, "777766665555"):
        world.ask(identity.root(account), "iam", "CreateUser", "us-east-1", {"UserName": "u"})
    world.advance(HOUR, ACCOUNT)
    own_time.take_pace(world, ACCOUNT, "real")
    world.faults.add(Fault(account=OTHER, region="", id="", kind="throttle", match=Match(service="sts"), times=2))
    world.reset("777766665555")
    world.ask(arn, "sts", "GetCallerIdentity", "us-east-1", {})
    told = [entry.to_json() for entry in world.journal.select()]
    world.close()

    again = new_world(data=path)
    assert (again.clock.now(ACCOUNT), again.clock.now(OTHER), again.pace_of(ACCOUNT)) == (START + HOUR, START, "real")
    assert [entry.to_json() for entry in again.journal.select()] == told
    assert [(fault.account, fault.times) for fault in again.faults] == [(OTHER, 2)]
    again.reset()
    again.reset(ACCOUNT)
    again.close()
    last = new_world(data=path)
    assert last.journal.select() == list(last.faults) == []
    last.close()
