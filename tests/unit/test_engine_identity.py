"""Identity: what is left when policies, users or ARNs are not there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from emulator import Clock, World, new_world
from emulator.engine import callers, identity, trust
from emulator.engine.identity import ManagedPolicy, PolicyVersion, Role, Session, User
from emulator.policy.document import MalformedPolicyError
from emulator.values.call import Principal

ACCOUNT = "111122223333"
FULL = "arn:aws:iam::aws:policy/AmazonMQFullAccess"
GONE = f"arn:aws:iam::{ACCOUNT}:policy/gone"


@pytest.fixture
def world() -> World:
    return new_world(clock=Clock(frozen_at=0.0), seed="identity")


@pytest.fixture
def user(world: World) -> User:
    arn = f"arn:aws:iam::{ACCOUNT}:user/x/Ada"
    made = User(account=ACCOUNT, region="", id="ada", name="Ada", path="/x/", unique_id="AIDAX", arn=arn, created=0.0)
    world.store.put(made)
    return made


def federated(world: World, user: User) -> Session:
    made = Session(
        account=ACCOUNT,
        region="",
        id="ASIAX",
        kind="federated",
        owner=user.unique_id,
        name="fed",
        secret="",
        token="",
        issued=0.0,
        expires=1.0,
    )
    world.store.put(made)
    return made


def test_a_managed_policy_is_found_by_its_arn_alone(world: World) -> None:
    found = identity.find_policy(world, FULL)
    assert found is not None
    assert found.arn("aws") == FULL
    assert found.version == "v5"
    assert identity.find_policy(world, "AmazonMQFullAccess") is None
    assert identity.find_policy(world, GONE) is None
    assert identity.managed_policy(world, f"arn:aws:iam::{ACCOUNT}:policy/AmazonMQFullAccess") is None


def test_policies_that_are_gone_give_nothing_and_limit_all_the_same(world: World, user: User) -> None:
    world.store.put(replace(user, attached=(GONE, FULL), boundary=GONE, inline={"b": "{}", "a": "{}"}))
    found = identity.find_user(world, "AIDAX")
    assert found is not None
    assert [held.name for held in identity.held(world, found)] == ["a", "b", "AmazonMQFullAccess"]
    bounded = replace(found, inline={})
    world.store.put(bounded)
    principal = identity.of_session(world, federated(world, bounded))
    assert principal is not None
    sources = list(identity.sources(world, principal))
    assert [(source.kind, source.name) for source in sources] == [
        ("identity-based policy", "AmazonMQFullAccess"),
        ("permissions boundary", GONE),
        ("session policy", "no session policy"),
    ]
    assert sources[1].policy.statements == ()


def test_who_is_named(world: World, user: User) -> None:
    assert identity.named(world, user.arn) == user
    for arn in ("Ada", f"arn:aws:iam::{ACCOUNT}:user/Ada", f"arn:aws:iam::{ACCOUNT}:role/x/Ada"):
        assert identity.named(world, arn) is None


def test_the_holder_is_the_one_with_the_same_unique_id(world: World, user: User) -> None:
    principal = identity.of_session(world, replace(federated(world, user), kind="user"))
    assert principal is not None
    assert identity.holder(world, principal) == user
    assert identity.holder(world, replace(principal, id="AIDAY")) is None
    assert identity.holder(world, identity.root(ACCOUNT)) is None
    world.store.delete(user)
    assert identity.holder(world, principal) is None
    assert list(identity.sources(world, principal)) != []


def test_a_principal_without_a_session_has_its_holders_tags(world: World, user: User) -> None:
    world.store.put(replace(user, tags={"k": "v"}))
    session = federated(world, user)
    principal = identity.of_session(world, session)
    assert principal is not None
    assert identity.tags_of(world, principal) == {"k": "v"}
    world.store.put(replace(session, tags={"K": "w"}))
    assert identity.tags_of(world, principal) == {"K": "w"}
    assert identity.session_of(world, replace(principal, issued_at=None)) is None


def test_a_session_of_a_role_made_again_is_dead(world: World) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/r"
    role = Role(account=ACCOUNT, region="", id="r", name="r", path="/", unique_id="AROAX", arn=arn, created=0.0, trust="{}")
    session = Session(
        account=ACCOUNT, region="", id="ASIAY", owner="AROAX", role="r", name="s", secret="", token="", issued=0.0, expires=1.0
    )
    assert identity.of_session(world, session) is None
    world.store.put(role)
    principal = identity.of_session(world, session)
    assert principal is not None
    assert principal.key_id == "ASIAY"
    world.store.put(replace(role, unique_id="AROAY"))
    assert identity.of_session(world, session) is None


def test_a_key_without_its_user_is_nobodys(world: World) -> None:
    key = identity.AccessKey(account=ACCOUNT, region="", id="AKIAX", user="ada", secret="", created=0.0)
    assert identity.of_access_key(world, key) is None


def test_so_many_callers_are_remembered_and_none_wrongly(world: World, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST_CALLERS", 2)
    principals = [Principal("user", ACCOUNT, user.arn, user.unique_id, user.arn, key_id=f"AKIA{number}") for number in range(5)]
    for _ in range(2):
        assert [world.callers.of(principal).keys["aws:userid"] for principal in principals] == ["AIDAX"] * 5
    with pytest.raises(ZeroDivisionError), world.store.transaction():
        world.store.put(replace(user, tags={"team": "a"}))
        assert world.callers.of(principals[0]).keys["aws:principaltag/team"] == "a"
        raise ZeroDivisionError
    assert "aws:principaltag/team" not in world.callers.of(principals[0]).keys
    world.reset()
    assert [*world.callers.of(principals[0]).sources] == []


def test_so_many_keys_are_remembered_and_none_wrongly(world: World, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST_CALLERS", 2)
    assert world.callers.signer("AKIA0") is None
    keys = [identity.AccessKey(account=ACCOUNT, region="", id=f"AKIA{n}", user="ada", secret="", created=0.0) for n in range(5)]
    for key in keys:
        world.store.put(key)

    def held(key: identity.AccessKey) -> tuple[identity.AccessKey, str]:
        known = world.callers.signer(key.id)
        assert known is not None
        return known[0], known[1].arn if known[1] else ""

    for _ in range(2):
        assert [held(key) for key in keys] == [(key, user.arn) for key in keys]
    off = replace(keys[0], status="Inactive")
    with pytest.raises(ZeroDivisionError), world.store.transaction():
        world.store.put(off)
        world.store.delete(user)
        assert held(off) == (off, "")
        raise ZeroDivisionError
    assert held(keys[0]) == (keys[0], user.arn)
    world.store.delete(keys[0])
    assert world.callers.signer("AKIA0") is None
    world.reset()
    assert world.callers.signer("AKIA1") is None


def test_trust(world: World, user: User) -> None:
    text = '{"Statement":[{"Principal":{"AWS":["%s","%s","*"],"Service":"x"}},{"Principal":"*"},{"Principal":{"Service":"x"}}]}'
    stored = trust.bound(world, text % (user.arn, ACCOUNT), "aws-cn")
    root = f"arn:aws-cn:iam::{ACCOUNT}:root"
    assert stored == text % ("AIDAX", root)
    assert trust.shown(world, stored) == text % (user.arn, root)
    world.store.delete(user)
    assert trust.shown(world, stored) == stored
    with pytest.raises(MalformedPolicyError, match=r'Invalid principal in policy: "AWS":"AIDAX"'):
        trust.bound(world, stored, "aws")


def test_a_customer_policys_arn_is_of_its_own_partition() -> None:
    version = PolicyVersion("v1", "{}", 0.0)
    policy = ManagedPolicy(
        name="p",
        path="/a/",
        id="ANPAX",
        versions=(version,),
        version="v1",
        created=0.0,
        updated=0.0,
        owner="1",
        partition="aws-cn",
    )
    assert policy.arn("aws") == "arn:aws-cn:iam::1:policy/a/p"
    assert not policy.is_for_services
