"""Snapshots: what they hold and what not, what is refused, how a world goes on from one, and what two have between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Call, Clock, World, new_world
from emulator.engine import identity, own_time
from emulator.engine.snapshot import SECRET, SnapshotError, differences, load, read, save
from emulator.engine.world import Settled
from emulator.services.logs.timeline import SMALL_BYTES
from emulator.services.mq.broker import Broker
from emulator.store.codec import kinds
from emulator.values.discreet import Discreet
from tests.conftest import ACCOUNT, START, Ask, every_record

BROKER = {
    "BrokerName": "orders",
    "EngineType": "RABBITMQ",
    "DeploymentMode": "CLUSTER_MULTI_AZ",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "AutoMinorVersionUpgrade": True,
    "Logs": {"General": True},
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}


def fill(ask: Ask, world: World) -> None:
    ask("mq:CreateBroker", **BROKER)
    world.advance(200)
    ask("iam:CreateUser", UserName="u")
    ask("logs:CreateLogGroup", logGroupName="g")
    for stream in ("s", "large"):
        ask("logs:CreateLogStream", logGroupName="g", logStreamName=stream)
    for stream, texts in (("s", ["one", "\ud800"]), ("s", ["three é"]), ("large", ["four " * SMALL_BYTES])):
        events = [{"timestamp": int(START * 1000) + number, "message": text} for number, text in enumerate(texts)]
        ask("logs:PutLogEvents", logGroupName="g", logStreamName=stream, logEvents=events)


def another(**settings: Any) -> World:
    return new_world(**{"clock": Clock(frozen_at=START + 5_000_000), "seed": "tests", "pace": "instant"} | settings)


def state(world: World) -> list[Any]:
    """Every record, in order, but for the causes of plans, which are of one world's journal."""
    return [
        record for record in every_record(world) if type(record).__name__ not in {"Running", "AccessKey", "Session", "Standing"}
    ]


def test_another_world_goes_on_from_it(ask: Ask, world: World) -> None:
    fill(ask, world)
    text, loaded = save(world), another()
    load(loaded, read(loaded, text))
    assert state(loaded) == state(world)
    assert (loaded.clock.now(), loaded.clock.is_frozen, loaded.pace) == (world.clock.now(), True, "real")
    assert loaded.timers.next_due() == world.timers.next_due()
    assert list(differences(text, save(loaded))) == ['~ the world: leftOut {"engine.Session": 1} → {}']
    for one in (world, loaded):
        one.advance(1000)
    (broker,), (same,) = world.store.find(Broker), loaded.store.find(Broker)
    assert (broker.state, same.state) == ("RUNNING", "RUNNING")
    assert loaded.journal.select()[0].title == "load snapshot"


def test_lines_are_sorted_and_readable(ask: Ask, world: World) -> None:
    fill(ask, world)
    head, *lines = [json.loads(line) for line in save(world).splitlines()]
    assert (head["version"], head["at"], head["pace"], head["leftOut"]) == (
        1,
        "2026-09-21T14:16:40.000Z",
        "real",
        {"engine.Session": 1},
    )
    assert [line["kind"] for line in lines] == sorted(line["kind"] for line in lines)
    logs = {line["record"]["id"]: line["record"] for line in lines if line["kind"] in {"logs.LogChunk", "logs.LogStream"}}
    start = int(START * 1000)
    (span,) = logs["g:s"]["spans"]
    assert [[row[0], row[3]] for row in span[-1]] == [[start, "one"], [start, "three é"], [start + 1, "\ud800"]]
    (span,) = logs["g:large"]["spans"]
    assert span[-1] is None
    assert [[row[0], row[3]] for row in logs["g:large:0"]["pack"]] == [[start, "four " * SMALL_BYTES]]


def test_spans_of_an_older_version_held_no_events(ask: Ask, world: World) -> None:
    fill(ask, world)
    head, *lines = [json.loads(line) for line in save(world).splitlines()]
    for line in lines:
        if line["record"]["id"] == "g:large":
            del line["record"]["size"]
            line["record"]["spans"] = [span[:5] for span in line["record"]["spans"]]
    loaded = another()
    load(loaded, read(loaded, "".join(json.dumps(line) + "\n" for line in (head, *lines))))
    place = {"logGroupName": "g", "logStreamName": "large"}
    call = Call(
        service="logs",
        operation="GetLogEvents",
        params=place,
        principal=identity.root(ACCOUNT),
        region="us-east-1",
        partition="aws",
    )
    assert [event["message"] for event in loaded.perform(call)["events"]] == ["four " * SMALL_BYTES]


def test_no_secret_is_in_it(ask: Ask, world: World) -> None:
    fill(ask, world)
    key = ask("iam:CreateAccessKey", UserName="u")["AccessKey"]
    user = identity.of_access_key(world, next(iter(world.store.find(identity.AccessKey))))
    session = ask("sts:GetSessionToken", as_=user)["Credentials"]
    secrets = {key["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"], "correct-horse-battery"}
    text = save(world)
    assert not [secret for secret in secrets if secret in text]
    assert world.message_key.hex() not in text
    assert json.loads(text.splitlines()[0])["leftOut"] == {"engine.AccessKey": 1, "engine.Session": 2}


def test_kinds_that_keep_something_from_sight_are_left_out() -> None:
    """A configuration's data is what a customer wrote, and a snapshot without it would be of another broker."""
    hidden = {kind for kind in kinds().values() if issubclass(kind, Discreet)}
    assert {kind.__name__ for kind in hidden - set(SECRET)} == {"Standing"}


def test_ids_do_not_come_again(ask: Ask, world: World) -> None:
    first = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    load(world, read(world, save(world)))
    second = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert first != second
    assert len(ask("ec2:DescribeVpcs", VpcIds=[first, second])["Vpcs"]) == 2


def test_a_clock_that_ran_goes_on_and_timers_have_as_long_to_go(ask: Ask, world: World) -> None:
    ask("mq:CreateBroker", **BROKER)
    world.clock.unfreeze()
    text, due = save(world), world.timers.next_due()
    assert due is not None
    left = due - read(world, text).at
    loaded = another()
    load(loaded, read(loaded, text))
    now = loaded.clock.now()
    assert not loaded.clock.is_frozen
    assert 0 <= now - loaded.clock.wall() < 1 or now >= read(world, text).at
    again = loaded.timers.next_due()
    assert again is not None
    assert left - 60 < again - now <= left + 1


def test_clocks_of_their_own_go_on_too(world: World) -> None:
    """Of two accounts, one whose clock stands still and one whose runs a day ahead; each has a timer in an hour."""
    world.clock.unfreeze()
    accounts = ("111111111111", "222222222222")
    own_time.freeze(world, accounts[0], at=world.clock.now() + 100_000)
    world.advance(86_400, accounts[1])
    for account in accounts:
        world.at(world.clock.now(account) + 3600, "plan", Settled(account=account, region="", id="x"))
    text, shown = save(world), [world.clock.now(account) for account in accounts]
    loaded = another()
    load(loaded, read(loaded, text))
    assert loaded.clock.now(accounts[0]) == shown[0]
    assert loaded.clock.now(accounts[1]) >= shown[1] - 1
    for account in accounts:
        due = loaded.timers.next_due(account)
        assert due is not None
        assert 3540 < due - loaded.clock.now(account) < 3601


def test_quotas_and_faults_come_along(ask: Ask, world: World) -> None:
    from emulator.engine.fault import Fault, Match

    world.quotas = {"VPCs per Region": 1}
    world.faults.add(Fault(account="", region="", id="", kind="throttle", match=Match(action="mq:ListBrokers")))
    loaded = another()
    load(loaded, read(loaded, save(world)))
    assert loaded.quotas == {"VPCs per Region": 1}
    assert [fault.kind for fault in loaded.faults] == ["throttle"]


HEAD = (
    '{"snapshot": "mq-emulator", "version": 1, "at": "2026-01-01T00:00:00Z", "own": {}, "frozen": true, "pace": "real", '
    '"quotas": {}}\n'
)


STREAM = {"group": "g", "name": "s", "created": 0}


def line(of: str, order: Any = 1, **record: Any) -> str:
    return json.dumps({"kind": of, "record": {"account": ACCOUNT, "region": "", "id": "x"} | record, "order": order}) + "\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: this is no snapshot"),
        ("{}", "line 1: this is no snapshot"),
        ("[]", "line 1: this is no object"),
        ("{", "line 1: Expecting"),
        (HEAD + "[" * 100_000, "line 2: maximum recursion depth exceeded"),
        (HEAD.replace('"quotas": {}', '"quotas": {"a": -1}'), "line 1: at, own, frozen, pace or quotas"),
        (HEAD.replace('"quotas": {}', '"quotas": {"a": true}'), "line 1: at, own, frozen, pace or quotas"),
        (HEAD.replace('"version": 1', '"version": 2'), "line 1: its version is 2, this mq-emulator reads up to 1"),
        (HEAD.replace('"pace": "real"', '"pace": "slow"'), "line 1: at, own, frozen, pace or quotas"),
        (HEAD.replace("2026-01-01T00:00:00Z", "soon"), "line 1: at, own, frozen, pace or quotas"),
        (HEAD + line("iam.Alias"), "there must be a known kind|line 2"),
        (HEAD + line("mq.Ghost"), "line 2: there must be a known kind"),
        (
            HEAD + line("engine.PolicyEdit", document="{}", order="first"),
            "line 2: there must be a known kind, a record and an order",
        ),
        (HEAD + line("engine.PolicyEdit"), "line 2: a record engine.PolicyEdit: .*missing required field `document`"),
        (
            HEAD + line("engine.PolicyEdit", document="{}", colour="red"),
            "line 2: engine.PolicyEdit has no colour in this version",
        ),
        (HEAD + line("engine.PolicyEdit", document="{}") * 2, "is there twice"),
        (HEAD + line("engine.AccessKey", user="u", secret="s", created=0), "line 2: a snapshot holds no engine.AccessKey"),
        (HEAD + line("engine.Timer", due=1, handler="nothing", subject="x"), "line 2: there is no timer 'nothing'"),
        (HEAD + line("engine.Running", plan="nothing", subject="x"), "line 2: there is no plan 'nothing'"),
        (HEAD + line("engine.OwnTime", hands={"offset": 1}), f"line 1: own has no {ACCOUNT}"),
        (HEAD + line("logs.LogChunk", pack=[]), "line 2: "),
        (HEAD + line("logs.LogStream", **STREAM, spans=[[0, [1, 1], [1, 1], 1, 27, []]]), "line 2: "),
        (HEAD + line("logs.LogStream", **STREAM, spans=[[0, [1, 1], [1, 1]]]), "line 2: a record logs.LogStream: "),
        (HEAD + line("logs.LogStream", **STREAM, spans=[7]), "line 2: "),
        (HEAD + line("logs.LogStream", **STREAM, spans=7), "line 2: "),
        (HEAD + line("logs.LogStream", **STREAM, spans=[{}]), "line 2: "),
        (HEAD + line("logs.LogStream", **STREAM, spans=["abcdef"]), "line 2: "),
        (HEAD + line("logs.LogChunk", pack=[[2, 1, 0, "b"], [1, 2, 0, "a"]]), "line 2: events must be in order"),
        (HEAD + line("ec2.Vpc", blocks=[["a", "10.0.0.0/16"]], dhcp_options="d", tags={"a": 1}), "line 2: a record ec2.Vpc"),
    ],
)
def test_what_is_no_snapshot_changes_nothing(text: str, why: str, world: World, ask: Ask) -> None:
    ask("iam:CreateUser", UserName="u")
    with pytest.raises(SnapshotError, match=why):
        load(world, read(world, text))
    assert ask("iam:GetUser", UserName="u")


def test_nested_strangers_are_named(world: World) -> None:
    text = HEAD + line("engine.Fault", kind="throttle", match={"action": "*", "moon": "full"})
    with pytest.raises(SnapshotError, match=r"line 2: engine.Fault has no match\.moon"):
        read(world, text)


def test_what_two_snapshots_have_between_them(ask: Ask, world: World) -> None:
    def after(change: Callable[[], Any]) -> list[str]:
        before = save(world)
        change()
        return list(differences(before, save(world)))

    assert after(lambda: world.advance(1)) == []
    assert after(lambda: ask("iam:CreateUser", UserName="u")) == [f"+ engine.User {ACCOUNT} - u"]
    (changed,) = after(lambda: ask("iam:TagUser", UserName="u", Tags=[{"Key": "a", "Value": "b" * 200}]))
    assert changed.startswith(f'~ engine.User {ACCOUNT} - u: tags {{}} → {{"a": "bbb')
    assert changed.endswith("…")
    world.pace = "fast"
    assert after(lambda: setattr(world, "pace", "real")) == ['~ the world: pace "fast" → "real"']
    assert after(lambda: ask("iam:DeleteUser", UserName="u")) == [f"- engine.User {ACCOUNT} - u"]
    with pytest.raises(SnapshotError):
        list(differences("{}", save(world)))


def test_a_full_disk_leaves_the_world_as_it_was(ask: Ask, world: World, tmp_path: Any) -> None:
    from emulator.store.sqlite import SqliteStore

    fill(ask, world)
    durable = another(data=tmp_path / "data")
    durable.advance(0)
    store = durable.store
    assert isinstance(store, SqliteStore)
    store._file._run("PRAGMA query_only = ON")
    before = state(durable), durable.clock.now(), durable.pace
    with pytest.raises(AwsError, match="Nothing was changed"):
        load(durable, read(durable, save(world)))
    assert (state(durable), durable.clock.now(), durable.pace) == before
    store._file._run("PRAGMA query_only = OFF")
    load(durable, read(durable, save(world)))
    durable.close()
    again = new_world(tmp_path / "data")
    assert state(again) == state(world)
    again.close()
