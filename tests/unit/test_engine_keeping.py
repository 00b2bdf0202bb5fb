"""What of a world outlives its process: turns, the journal with its reasons, timers, clock, ids. And what a full disk does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import AwsError, Call, Clock, World, new_world
from emulator.engine import identity, organization
from emulator.engine.journal_lines import _RENEWED, Documents, entry_of, line_of
from emulator.engine.plan import start
from emulator.policy.decide import Source, decide
from emulator.policy.document import parse
from emulator.store.base import Document
from emulator.store.codec import decode_plain, encode
from emulator.store.sqlite import SqliteStore
from emulator.values.call import Need
from emulator.values.record import Record
from tests.unit.test_engine_world import ACCOUNT, GROW, REPEAT, SERVICE, Thing, ask, put_thing, thing

ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "*"}]}'


class Worlds:
    """Worlds on one file, one after the other, as processes would be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.world: World | None = None

    def open(self, **settings: Any) -> World:
        if self.world is not None:
            self.world.close()
        clock = Clock(frozen_at=1000.0)
        self.world = World([SERVICE], SqliteStore(self.path), **{"seed": "x", "clock": clock} | settings)
        return self.world


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    worlds = Worlds(tmp_path / "data")
    yield worlds
    if worlds.world is not None:
        worlds.world.close()


def told(world: World) -> list[str]:
    return [json.dumps(entry.to_json()) for entry in world.journal.select()]


def run_sql(world: World, statement: str) -> None:
    store = world.store
    assert isinstance(store, SqliteStore)
    store._file._run(statement)


def test_a_call_that_fails_leaves_its_entry_and_nothing_else(worlds: Worlds) -> None:
    world = worlds.open()
    with pytest.raises(AwsError, match="told to"):
        ask(world, VpcIds=["fail"])
    before = told(world)
    world = worlds.open()
    assert told(world) == before
    assert (world.journal.select()[0].outcome, world.store.get(Thing, (ACCOUNT, "us-east-1", "thing"))) == ("error", None)
    ask(world)
    assert [entry.id for entry in world.journal.select()] == [1, 2]


def test_plans_and_the_clock_go_on(worlds: Worlds) -> None:
    world = worlds.open(pace="real")
    start(world, REPEAT, put_thing(world))
    start(world, GROW, thing(world))
    world.advance(70)
    world = worlds.open()
    assert (world.clock.now(), world.clock.is_frozen, world.pace) == (1070.0, True, "real")
    assert (thing(world).count, world.timers.next_due()) == (1, 1090.0)
    world.advance(20)
    assert thing(world).count == 2
    assert world.journal.select()[-1].parent is None
    assert worlds.open(pace="instant").pace == "instant"


def test_a_clock_that_runs_goes_on_ahead(worlds: Worlds) -> None:
    world = worlds.open(clock=Clock())
    world.advance(5000)
    world = worlds.open(clock=Clock())
    assert 4990 < world.clock.now() - world.clock.wall() < 5010


def test_no_id_comes_twice(worlds: Worlds) -> None:
    given = []
    for _ in range(3):
        world = worlds.open()
        given += [world.ids.uuid(), world.request_ids.uuid()]
        world.advance(0)
    assert len(set(given)) == 6
    assert worlds.open(seed=None).ids.seed != "x"


def test_a_message_of_before_can_still_be_read_and_quotas_and_fixed_keys_stay(worlds: Worlds) -> None:
    world = worlds.open()
    with world.lock:
        world.quotas = {"VPCs per Region": 20}
        world.fixed_keys.add("AKIACICICICICICICIC1")
    key = world.message_key
    world = worlds.open()
    assert (world.message_key, world.quotas) == (key, {"VPCs per Region": 20})
    assert world.fixed_keys == {"AKIACICICICICICICIC1"}


def test_a_world_is_new_until_something_was_kept(worlds: Worlds) -> None:
    assert worlds.open().is_new
    worlds.open().advance(0)
    assert not worlds.open().is_new


def test_a_reset_reaches_the_file(worlds: Worlds) -> None:
    world = worlds.open()
    for _ in range(3):
        ask(world)
    world.reset()
    world = worlds.open()
    assert (told(world), list(world.store.find(Thing))) == ([], [])
    ask(world)
    assert [entry.id for entry in worlds.open().journal.select()] == [1]


# a disk that is full -----------------------------------------------------------------------------------------------


def test_what_cannot_be_kept_has_not_happened(worlds: Worlds) -> None:
    world = worlds.open(pace="real")
    start(world, GROW, put_thing(world))
    ask(world)
    before = (told(world), thing(world), world.clock.now(), world.timers.next_due(), world.message_key)
    run_sql(world, "PRAGMA query_only = ON")
    for attempt in (lambda: world.advance(3000), lambda: ask(world), world.reset):
        with pytest.raises(AwsError, match=r"Nothing was changed: .* attempt to write a readonly database") as refused:
            attempt()
        assert refused.value.status == 503
        assert (told(world), thing(world), world.clock.now(), world.timers.next_due(), world.message_key) == before
    run_sql(world, "PRAGMA query_only = OFF")
    world.advance(100)
    assert thing(world).count == 2
    ended = told(world)
    assert told(worlds.open()) == ended


def test_a_disk_that_is_full_refuses_what_does_not_fit(worlds: Worlds) -> None:
    world = worlds.open()
    ask(world)
    run_sql(world, "PRAGMA max_page_count = 1")  # as many pages as there are
    large = [{"Name": "x" * 2000}] * 20
    with pytest.raises(AwsError, match="database or disk is full"):
        ask(world, Filters=large)
    run_sql(world, "PRAGMA max_page_count = 1000")
    ask(world, Filters=large)
    assert len(worlds.open().journal.select()) == 2


class Odd(Record, frozen=True, kw_only=True):
    what: object


def test_a_mistake_of_ours_is_undone_and_told_as_it_is(worlds: Worlds) -> None:
    world = worlds.open()
    with pytest.raises(TypeError), world.lock:
        world.store.put(Odd(account=ACCOUNT, region="", id="odd", what=object()))
    assert list(world.store.find(Odd)) == []
    ask(world)


# the journal's lines -----------------------------------------------------------------------------------------------


def test_reasons_are_the_same_in_the_next_process(tmp_path: Path) -> None:
    """Identity, boundary, session, organization and trust policies; allowed, denied and missing."""
    world = new_world(tmp_path / "data", clock=Clock(frozen_at=1_790_000_000.0), seed="x", pace="real")
    organization.join(world, ACCOUNT, [{"all": ALLOW % "*"}], {})

    def run(action: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        who = params.pop("as_", identity.root(ACCOUNT))
        call = Call(service=service, operation=operation, params=params, principal=who, region="us-east-1", partition="aws")
        return world.perform(call)

    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}

    def user(name: str, **members: Any) -> identity.Principal:
        run("iam:CreateUser", UserName=name, **members)
        run("iam:PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=ALLOW % "*")
        key = run("iam:CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"]
        found = identity.of_access_key(world, next(iter(world.store.find(identity.AccessKey, id=key))))
        assert found is not None
        return found

    free, bound = user("free"), user("bound", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess")
    run("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    run("ec2:DescribeVpcs", as_=bound)
    token = run("sts:GetFederationToken", Name="fed", as_=free)["Credentials"]["AccessKeyId"]
    federated = identity.of_session(world, next(iter(world.store.find(identity.Session, id=token))))
    role = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "session"}
    for action, who, params in (
        ("ec2:CreateVpc", bound, {"CidrBlock": "10.0.0.0/16"}),
        ("sts:AssumeRole", bound, role),
        ("ec2:DescribeVpcs", federated, {}),
    ):
        with pytest.raises(AwsError):
            run(action, as_=who, **params)
    before = told(world)
    world.close()
    world = new_world(tmp_path / "data")
    assert told(world) == before
    assert [entry.outcome for entry in world.journal.select(decision="implicitDeny")] == ["denied"] * 3
    world.close()


def entry(decisions: int) -> Any:
    from emulator.engine.journal import Journal

    made = Journal(Clock(frozen_at=0.0)).write("state", "x")
    source = Source("identity-based policy", "p", parse(ALLOW % "ec2:*", "identity"))
    who = identity.root(ACCOUNT)
    made.decided = [decide(Need(f"ec2:Describe{number}", "*"), who, {"a": "b"}, [source]) for number in range(decisions)]
    return made


def test_decisions_do_not_repeat_what_they_share() -> None:
    documents = Documents()
    line = line_of(entry(3), documents)
    assert [sorted(set(one) & {"principal", "sources", "context"}) for one in line["decided"]] == [
        ["context", "principal", "sources"],
        [],
        [],
    ]
    (document,) = documents.new
    again = entry_of(1, decode_plain(encode(line)), {document.digest: document})
    assert len(again.decided) == 3
    assert again.decisions == entry(3).decisions
    assert [one.effect for one in again.decided[1:]] == ["allowed", "allowed"]


def test_a_text_is_written_again_only_after_many_lines() -> None:
    documents, policy = Documents(), parse(ALLOW % "*", "identity")
    for line in (1, 2, _RENEWED + 1, _RENEWED + 2):
        documents.digest(policy, line)
    assert [document.last for document in documents.new] == [1 + _RENEWED, 2 + 2 * _RENEWED]
    after = Documents(documents.new)
    after.digest(policy, _RENEWED + 3)
    assert after.new == []


def test_digests_take_bounded_memory() -> None:
    documents = Documents()
    for number in range(_RENEWED + 1):
        documents.digest(parse(ALLOW % f"ec2:{number}", "identity"), 1)
    assert len(documents._digests) == 1
    documents.drop(_RENEWED + 1)
    assert documents._kept == {}
    documents.digest(parse(ALLOW % "*", "identity"), 5000)
    documents.drop(6000)
    assert len(documents._kept) == 1, "too few to look at them"


def test_lines_and_texts_that_are_dropped_leave_the_file(worlds: Worlds) -> None:
    world = worlds.open()
    world.journal.capacity = 5
    for _ in range(12):
        ask(world)
    assert (world.journal.dropped, len(told(world))) == (7, 5)
    with world.lock:
        world._keeping._documents.new.append(Document("digest", "identity", "{}", 10))
        world.journal.write("state", "x")
    store = world.store
    assert isinstance(store, SqliteStore)
    assert list(store._file.read("SELECT min(id), max(id) FROM entry")) == [(9, 13)]
    assert [document.digest for document in store.history().documents] == ["digest"]
    for _ in range(3):
        ask(world)
    assert store.history().documents == []
    world = worlds.open()
    assert (world.journal.dropped, [entry.id for entry in world.journal.select()]) == (11, [12, 13, 14, 15, 16])


def test_what_a_reset_of_an_account_took_out_was_not_dropped_and_its_ids_come_no_more(worlds: Worlds) -> None:
    world = worlds.open()
    world.journal.capacity = 5
    with world.lock:
        for number in range(4):
            world.journal.write("control", "shared", account="2" * 12 if number % 2 else "")
    for _ in range(3):
        ask(world)
    last = world.journal.newest
    world.reset(ACCOUNT)
    assert (world.journal.dropped, world.journal.kept) == (2, 2)
    world = worlds.open()
    assert (world.journal.dropped, world.journal.kept) == (2, 2)
    ask(world)
    assert world.journal.newest == last + 1
    world.reset(ACCOUNT)
    world.reset("2" * 12)
    world = worlds.open()
    assert (world.journal.dropped, world.journal.kept) == (2, 1)
    world.reset()
    ask(world)
    world = worlds.open()
    assert (world.journal.dropped, world.journal.newest) == (0, 1)


def test_a_smaller_journal_forgets_the_oldest() -> None:
    from emulator.engine.journal import Journal

    journal = Journal(Clock(frozen_at=0.0), capacity=2)
    journal.restore([entry_of(number, {"at": 0.0, "kind": "state", "title": str(number)}, {}) for number in (4, 5, 6)])
    assert ([one.title for one in journal.select()], journal.dropped) == (["5", "6"], 4)
    assert journal.write("state", "7").id == 7
