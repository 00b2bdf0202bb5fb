"""The door, with a service made for the purpose: what happens around an operation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, TypedDict

import pytest
from msgspec.structs import replace

from emulator import AwsError, Call, Clock, World
from emulator.engine import identity
from emulator.engine import world as world_module
from emulator.engine.plan import Plan, Running, Step, back_off, start, stop
from emulator.engine.service import LinkedRole, Result, Service, operations
from emulator.engine.timers import Timer
from emulator.store.memory import MemoryStore
from emulator.values.call import Need
from emulator.values.record import Record

ACCOUNT = "111122223333"


class Thing(Record, frozen=True, kw_only=True):
    count: int = 0


class Filter(TypedDict, total=False):
    Name: str


def describe_vpcs(world: World, call: Call, *, VpcIds: list[str] | None = None, Filters: list[Filter] | None = None) -> Result:
    """Puts a record, and then fails if it is told to."""
    world.store.put(Thing(account=call.account, region=call.region, id="thing"))
    if VpcIds == ["fail"]:
        raise AwsError("InvalidVpcID.NotFound", "told to")
    if VpcIds == ["nested"]:
        world.ask(call.principal, "ec2", "DescribeVpcs", call.region, {"VpcIds": ["fail"]}, via="mq.amazonaws.com")
    return {"Vpcs": [], "NextToken": f"{Filters}"}


def describe_vpcs_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("ec2:DescribeVpcs", "*")


def grow(world: World, thing: Thing) -> None:
    world.store.put(replace(thing, count=thing.count + 1))


def stay(_world: World, thing: Thing) -> float | None:
    return None if thing.count else 10.0


def refuse(_world: World, _thing: Thing) -> None:
    raise AwsError("Refused", "by the step")


def failed(world: World, thing: Thing, error: AwsError) -> None:
    world.journal.write("state", f"failed: {error.code}")
    world.store.put(replace(thing, count=-1))


def is_grown(thing: Thing) -> bool:
    return thing.count > 0


def is_small(thing: Thing) -> bool:
    return thing.count < 3


def on_timer(world: World, timer: Timer) -> None:
    world.journal.write("state", f"timer {timer.subject}")


GROW = Plan("grow", Thing, (Step("grow", grow, after=60), Step("grow again", grow, after=30)))
WAIT = Plan("wait", Thing, (Step("stay", stay, after=10),))
FAIL = Plan("fail", Thing, (Step("refuse", refuse, after=10), Step("grow", grow, after=10)), failed=failed)
QUIET = Plan("quiet", Thing, (Step("refuse", refuse, after=10),))
RETRY = Plan("retry", Thing, (Step("refuse", refuse, after=10, retry=back_off),))
OPTIONAL = Plan("optional", Thing, (Step("refuse", refuse, after=10, is_optional=True), Step("grow", grow, after=10)))
REPEAT = Plan("repeat", Thing, (Step("grow", grow, after=600),), repeats=True)
ENDLESS = Plan("endless", Thing, (Step("stay", lambda *_: 0.0, after=0),))
SUICIDE = Plan(
    "suicide", Thing, (Step("stop", lambda world, thing: stop(world, SUICIDE, thing), after=1), Step("grow", grow, after=1))
)
CHOOSY = Plan(
    "choosy",
    Thing,
    (
        Step("of none yet", grow, after=10, concerns=is_grown),
        Step("of all", grow, after=20),
        Step("of the grown", grow, after=30, concerns=is_grown),
    ),
)
WHILE_SMALL = Plan(
    "while small",
    Thing,
    (Step("grow", grow, after=10, concerns=is_small), Step("grow more", grow, after=5, concerns=is_small)),
    repeats=True,
)
ROLE = LinkedRole("mq.amazonaws.com", "AWSServiceRoleForAmazonMQ", "policy/x", "AmazonMQ", lambda _region: True, lambda *_: {})

SERVICE = Service(
    "ec2",
    operations("ec2", sys.modules[__name__]),
    timers={"test": on_timer},
    plans=(GROW, WAIT, FAIL, QUIET, RETRY, OPTIONAL, REPEAT, ENDLESS, SUICIDE, CHOOSY, WHILE_SMALL),
    settle_in=lambda world, call: world.store.put(Thing(account=call.account, region=call.region, id="default")),
    handled=frozenset({"DryRun"}),
    linked_role=ROLE,
    endpoint_services=lambda _world, region, name: (region, name) == ("us-east-1", "offered"),
)


def new(pace: str = "real", **settings: Any) -> World:
    return World([SERVICE], MemoryStore(), clock=Clock(frozen_at=1000.0), seed="x", pace=pace, **settings)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    return new()


def ask(world: World, **params: Any) -> Result:
    return world.ask(identity.root(ACCOUNT), "ec2", "DescribeVpcs", "us-east-1", params)


def thing(world: World) -> Thing:
    found = world.store.get(Thing, (ACCOUNT, "us-east-1", "a"))
    assert found is not None
    return found


def put_thing(world: World) -> Thing:
    world.store.put(Thing(account=ACCOUNT, region="us-east-1", id="a"))
    return thing(world)


def test_a_failed_call_changes_nothing(world: World) -> None:
    for params in ({"VpcIds": ["fail"]}, {"VpcIds": ["nested"]}):
        with pytest.raises(AwsError, match="told to"):
            ask(world, **params)
    assert world.store.get(Thing, (ACCOUNT, "us-east-1", "thing")) is None
    assert [entry.via for entry in world.journal.select()] == ["", "", "mq.amazonaws.com"]


def test_what_a_region_has_from_the_start_outlives_a_failed_call(world: World) -> None:
    with pytest.raises(AwsError):
        ask(world, VpcIds=["fail"])
    assert world.store.get(Thing, (ACCOUNT, "us-east-1", "default")) is not None


@pytest.mark.parametrize(
    ("params", "member"),
    [
        ({"MaxResults": 5}, "MaxResults"),
        ({"Filters": [{"Name": "a"}, {"Name": "b", "Values": ["c"]}]}, "Filters.Values"),
    ],
)
def test_a_member_that_is_not_supported_is_refused_by_name(world: World, params: dict[str, Any], member: str) -> None:
    with pytest.raises(AwsError, match=rf"NotImplemented: The member {member} of ec2:DescribeVpcs"):
        ask(world, **params)


def test_members_refused_are_known_for_the_coverage_table() -> None:
    members = SERVICE.operations["DescribeVpcs"].unsupported_members()
    assert sorted(members) == ["DryRun", "Filters.Values", "MaxResults", "NextToken"]


def test_the_model_is_checked_before_anything_else(world: World) -> None:
    with pytest.raises(AwsError, match="InvalidParameterValue"):
        ask(world, MaxResults=1)


def test_unknown_and_missing_operations(world: World) -> None:
    root = identity.root(ACCOUNT)
    with pytest.raises(AwsError, match="NotImplemented: ec2:RunInstances"):
        world.ask(root, "ec2", "RunInstances", "us-east-1", {})
    with pytest.raises(AwsError, match="InvalidAction: The action Nonsense is not valid"):
        world.ask(root, "ec2", "Nonsense", "us-east-1", {})


def test_a_plan_takes_its_steps_at_their_instants(world: World) -> None:
    start(world, GROW, put_thing(world))
    world.advance(59)
    assert thing(world).count == 0
    world.advance(1000)
    assert thing(world).count == 2
    assert [(entry.title, entry.at) for entry in world.journal.select()] == [("grow: grow", 1060.0), ("grow: grow again", 1090.0)]
    assert world.timers.next_due() is None


def test_a_step_that_is_not_done_looks_again(world: World) -> None:
    start(world, WAIT, put_thing(world))
    world.advance(25)
    assert [entry.outcome for entry in world.journal.select()] == ["waiting", "waiting"]
    world.store.put(replace(thing(world), count=1))
    world.advance(10)
    assert world.store.get(Running, (ACCOUNT, "us-east-1", "wait/a")) is None


def test_a_refused_step_ends_the_plan(world: World) -> None:
    start(world, FAIL, put_thing(world))
    world.advance(100)
    step, state = world.journal.select()
    assert (step.outcome, step.error, state.parent) == ("failed", {"code": "Refused", "message": "by the step"}, step.id)
    assert thing(world).count == -1


def test_a_plan_without_a_failed_state_just_ends(world: World) -> None:
    start(world, QUIET, put_thing(world))
    world.advance(100)
    assert (thing(world).count, world.timers.next_due()) == (0, None)


def test_a_refused_step_is_tried_again_later_each_time(world: World) -> None:
    start(world, RETRY, put_thing(world))
    world.advance(3000)
    assert [entry.at - 1010 for entry in world.journal.select()] == [0, 60, 180, 420, 900, 1800, 2700]


def test_a_refused_step_is_not_tried_again_at_the_same_instant() -> None:
    world = new("instant")
    start(world, RETRY, put_thing(world))
    world.advance(0.75)
    assert [entry.at - 1000 for entry in world.journal.select()] == [0, 0.5]
    assert world.timers.next_due(is_foreground=True) == 1001.5, "somebody waits for it"


def test_an_optional_step_is_passed_over(world: World) -> None:
    start(world, OPTIONAL, put_thing(world))
    world.advance(20)
    assert thing(world).count == 1


def test_a_plan_that_repeats(world: World) -> None:
    start(world, REPEAT, put_thing(world))
    world.advance(1900)
    assert thing(world).count == 3
    world.store.delete(thing(world))
    world.advance(600)
    assert world.timers.next_due() is None


def test_steps_that_do_not_concern_the_subject_are_left_out_but_not_their_time(world: World) -> None:
    start(world, CHOOSY, put_thing(world))
    assert world.timers.next_due() == 1030
    world.advance(100)
    told = [(entry.title, entry.at) for entry in world.journal.select()]
    assert told == [("choosy: of all", 1030.0), ("choosy: of the grown", 1060.0)], "what the step before made of it counts"
    assert thing(world).count == 2
    assert not list(world.store.find(Running))


def test_a_plan_ends_when_no_step_to_come_concerns_its_subject(world: World) -> None:
    start(world, WHILE_SMALL, put_thing(world))
    world.advance(1000)
    assert [entry.at for entry in world.journal.select()] == [1010.0, 1015.0, 1025.0]
    assert (list(world.store.find(Running)), world.timers.next_due()) == ([], None)


def test_a_plan_none_of_whose_steps_concerns_its_subject_is_not_begun_and_ends_one_under_way(world: World) -> None:
    start(world, WHILE_SMALL, put_thing(world))
    world.store.put(replace(thing(world), count=3))
    start(world, WHILE_SMALL, thing(world))
    assert (list(world.store.find(Running)), world.timers.next_due()) == ([], None)


def test_a_step_that_no_longer_concerns_its_subject_when_it_is_due_is_left_out(world: World) -> None:
    """So are those that a data file of an earlier version stands at."""
    start(world, CHOOSY, replace(put_thing(world), count=1))
    assert world.timers.next_due() == 1010
    world.advance(100)
    assert [(entry.title, entry.at) for entry in world.journal.select()] == [
        ("choosy: of all", 1030.0),
        ("choosy: of the grown", 1060.0),
    ]


def test_a_plan_started_again_takes_the_place_of_the_first(world: World) -> None:
    start(world, GROW, put_thing(world))
    world.advance(30)
    start(world, GROW, thing(world))
    world.advance(60)
    assert thing(world).count == 1
    stop(world, GROW, thing(world))
    stop(world, GROW, thing(world))
    world.advance(1000)
    assert thing(world).count == 1


def test_a_step_may_stop_its_own_plan(world: World) -> None:
    start(world, SUICIDE, put_thing(world))
    world.advance(100)
    assert thing(world).count == 0


@pytest.mark.parametrize(("pace", "seconds"), [("real", 90.0), ("fast", 0.75), ("instant", 0.0)])
def test_pace_divides_durations(pace: str, seconds: float) -> None:
    world = new(pace)
    start(world, GROW, put_thing(world))
    world.advance(seconds)
    assert thing(world).count == 2


def test_at_instant_pace_background_work_still_takes_time() -> None:
    world = new("instant")
    start(world, REPEAT, put_thing(world))
    world.settle()
    assert thing(world).count == 0
    world.advance(5)
    assert thing(world).count == 1


def test_a_timer_whose_plan_is_gone_does_nothing(world: World) -> None:
    start(world, GROW, put_thing(world))
    (running,) = world.store.find(Running)
    world.store.delete(running)
    assert world.advance(60) == 1
    assert world.journal.select() == []


def test_a_timer_that_failed_by_a_mistake_ends_with_its_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start(world, GROW, put_thing(world))
    monkeypatch.setitem(world.handlers, "plan", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        world.advance(60)
    (timer,) = world.store.find(Timer)
    assert world.timers.of(ACCOUNT, "us-east-1", timer.subject) == [timer]
    stop(world, GROW, thing(world))
    assert not list(world.store.find(Timer))


def test_timers_that_fire_for_ever_are_a_mistake_told_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "MOST_FIRINGS", 50)
    world = new("instant")
    start(world, ENDLESS, put_thing(world))
    with pytest.raises(RuntimeError, match="more than 50 timers"):
        world.settle()


def test_a_long_time_has_many_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world_module, "MOST_FIRINGS", 50)
    world = new("real")
    start(world, REPEAT, put_thing(world))
    assert world.advance(60_000) >= 100
    assert thing(world).count >= 100


def test_a_timer_that_was_rolled_back_never_fires(world: World) -> None:
    record = put_thing(world)
    with pytest.raises(AwsError), world.store.transaction():
        world.after(10, "test", record)
        raise AwsError("X", "y")
    world.after(20, "test", record)
    assert world.timers.next_due() == 1020.0
    assert world.advance(20) == 1
    assert [entry.title for entry in world.journal.select()] == ["timer a"]


def test_settling_inside_settling_does_nothing(world: World) -> None:
    seen: list[int] = []
    plan = Plan("inner", Thing, (Step("settle", lambda world, _: seen.append(world.settle()), after=1),))
    world.plans["inner"] = plan
    start(world, plan, put_thing(world))
    world.advance(1)
    assert seen == [0]


def test_reset_empties_everything_and_starts_the_seed_anew(world: World) -> None:
    ask(world)
    first = world.ids.uuid()
    start(world, GROW, put_thing(world))
    world.reset()
    assert list(world.store.find(Thing)) == world.journal.select() == []
    assert world.timers.next_due() is None
    ask(world)
    assert world.ids.uuid() == first


def test_what_the_services_offer_each_other(world: World) -> None:
    assert world.linked_role("mq.amazonaws.com") is ROLE
    assert world.linked_role("x.amazonaws.com") is None
    assert world.has_endpoint_service("us-east-1", "offered")
    assert not world.has_endpoint_service("us-east-2", "offered")


def test_only_known_managed_policies_can_be_edited(world: World) -> None:
    with pytest.raises(AwsError, match="NoSuchEntity"):
        world.edit_managed_policy(ACCOUNT, "arn:aws:iam::aws:policy/None", None)
