"""Emulated time over HTTP: of all and of one account, and what SDKs that wait make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import WaiterError
from botocore.waiter import WaiterModel, create_waiter_with_client

from emulator.config import Config
from emulator.control.seed import Seed
from emulator.engine.identity import User
from emulator.server import Server
from emulator.values.clock import parse_iso8601
from tests.conformance.conftest import Clients, Control
from tests.conformance.wire import Keys

OTHER = "999988887777"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="real")) as served:
        yield served


def create_broker(mq: Any) -> str:
    made = mq.create_broker(
        BrokerName="orders",
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )
    return str(made["BrokerId"])


# The control API -----------------------------------------------------------------------------------------------------


def test_a_time_to_stand_still_at(control: Control) -> None:
    shown = control("POST", "clock", json={"freeze": True, "at": "2026-01-31T12:00:00Z"}).json()
    assert (shown["now"], shown["frozen"]) == ("2026-01-31T12:00:00.000Z", True)
    moved = control("POST", "clock", json={"freeze": True, "at": "2026-01-31T14:00:00+01:00"}).json()
    assert moved["now"] == "2026-01-31T13:00:00.000Z"


def test_until_idle(control: Control, client: Clients) -> None:
    mq = client("mq")
    broker = create_broker(mq)
    answer = control("POST", "clock", json={"until_idle": True}).json()
    assert answer["idle"] is True
    assert answer["fired"] > 3
    assert mq.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"


def test_the_clock_of_one_account(control: Control, client: Clients, account: str) -> None:
    mine, others = client("mq"), client("mq", keys=Keys(OTHER))
    first, second = create_broker(mine), create_broker(others)
    control("POST", "clock", json={"freeze": True, "account": OTHER})
    shared = control("GET", "clock").json()
    moved = control("POST", "clock", json={"advance": 3600, "account": account, "pace": "fast"}).json()
    assert (moved["frozen"], moved["pace"]) == (False, "fast")
    assert moved["now"] > shared["now"]
    assert mine.describe_broker(BrokerId=first)["BrokerState"] == "RUNNING"
    assert others.describe_broker(BrokerId=second)["BrokerState"] == "CREATION_IN_PROGRESS"
    other = control("GET", "clock", params={"account": OTHER}).json()
    assert (other["frozen"], other["pace"]) == (True, "real")
    assert other["nextTimer"] is not None
    assert control("GET", "clock").json()["nextTimer"] is None, "of the accounts that share it"
    (told,) = control("GET", "journal", params={"account": OTHER}).json()["entries"][-1:]
    assert (told["kind"], told["title"]) != ("control", "reset")
    clocks = [entry for entry in control("GET", "journal").json()["entries"] if entry["title"] == "clock"]
    assert [(entry["account"], entry["params"]) for entry in clocks] == [
        (OTHER, {"freeze": True}),
        (account, {"advance": 3600.0, "pace": "fast"}),
    ]


def test_resetting_one_account(control: Control, client: Clients, account: str) -> None:
    mine, others = client("iam"), client("iam", keys=Keys(OTHER))
    mine.create_user(UserName="a")
    others.create_user(UserName="b")
    control("POST", "clock", json={"advance": 60, "account": account})
    control("POST", "faults", json={"kind": "throttle", "account": account, "match": {"action": "iam:GetUser"}})
    assert control("POST", "reset", json={"account": account}).json() == {}
    assert mine.list_users()["Users"] == []
    assert [user["UserName"] for user in others.list_users()["Users"]] == ["b"]
    assert control("GET", "faults").json() == {"faults": []}
    told = control("GET", "journal").json()["entries"]
    assert [(entry["account"], entry["title"]) for entry in told] == [
        (OTHER, "iam:CreateUser"),
        (account, "iam:ListUsers"),
        (OTHER, "iam:ListUsers"),
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"account": "me"}, "account: String should match pattern"),
        ({"at": "2026-01-31T12:00:00Z"}, "body: Value error, at is the time at which to freeze"),
        ({"freeze": False, "at": "2026-01-31T12:00:00Z"}, "body: Value error, at is the time at which to freeze"),
        ({"freeze": True, "at": "noon"}, "at: Value error, it is no time from 1970 to 2999, such as 2030-01-31T12:00:00Z"),
        (
            {"freeze": True, "at": "0001-01-01T00:00:00+14:00"},
            "at: Value error, it is no time from 1970 to 2999, such as 2030-01-31T12:00:00Z",
        ),
        ({"freeze": True, "at": "3000-01-01"}, "at: Value error, it is no time from 1970 to 2999"),
        ({"advance": 1, "until_idle": True}, "body: Value error, advance and until_idle exclude each other"),
    ],
)
def test_a_change_that_makes_no_sense(body: dict[str, Any], error: str, control: Control) -> None:
    answer = control("POST", "clock", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)
    assert control("GET", "journal").json()["entries"] == []


def test_time_that_would_move_back(control: Control, client: Clients) -> None:
    client("iam").create_user(UserName="a")
    answer = control("POST", "clock", json={"freeze": True, "at": "2001-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["error"][:28]) == (400, "the clock never moves back, ")
    assert control("POST", "reset", json={"account": "me"}).status_code == 400
    assert control("GET", "clock", params={"account": "me"}).status_code == 400


# Waiters -------------------------------------------------------------------------------------------------------------

RUNNING = WaiterModel(
    {
        "version": 2,
        "waiters": {
            "BrokerRunning": {
                "operation": "DescribeBroker",
                "delay": 0,
                "maxAttempts": 20,
                "acceptors": [
                    {"matcher": "path", "argument": "BrokerState", "expected": "RUNNING", "state": "success"},
                    {"matcher": "path", "argument": "BrokerState", "expected": "CREATION_FAILED", "state": "failure"},
                ],
            }
        },
    }
)
"""A waiter as SDKs and Terraform have it; its delay is emulated: every poll is a minute after the one before."""


def wait(mq: Any, broker: str, between: Callable[[], object]) -> None:
    def before_call(**_: Any) -> None:
        between()

    mq.meta.events.register("before-call.mq.DescribeBroker", before_call)
    create_waiter_with_client("BrokerRunning", RUNNING, mq).wait(BrokerId=broker)


@pytest.mark.parametrize(
    "setting",
    [
        {"freeze": False},
        {"freeze": True},
        {"freeze": True, "at": "2030-01-01T00:00:00Z"},
        {"freeze": True, "mine": True},
        {"advance": 86_400, "mine": True},
        {"pace": "fast", "mine": True},
    ],
)
def test_a_waiter_ends_on_every_clock(setting: dict[str, Any], control: Control, client: Clients, account: str) -> None:
    whose = {"account": account} if setting.pop("mine", False) else {}
    assert control("POST", "clock", json=setting | whose).status_code == 200
    mq = client("mq")
    wait(mq, create_broker(mq), lambda: control("POST", "clock", json={"advance": 60} | whose))


def test_a_waiter_at_instant_pace_needs_no_clock(control: Control, client: Clients) -> None:
    control("POST", "clock", json={"pace": "instant"})
    mq = client("mq")
    wait(mq, create_broker(mq), lambda: None)


def test_a_waiter_on_a_clock_that_stands_still_gives_up(control: Control, client: Clients) -> None:
    control("POST", "clock", json={"freeze": True})
    mq = client("mq")
    broker = create_broker(mq)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        wait(mq, broker, lambda: None)


def test_a_waiter_sees_a_creation_fail(control: Control, client: Clients) -> None:
    control("POST", "faults", json={"kind": "fail-step", "match": {"step": "create broker: *"}})
    mq = client("mq")
    with pytest.raises(WaiterError, match="terminal failure state"):
        wait(mq, create_broker(mq), lambda: control("POST", "clock", json={"until_idle": True}))


def test_an_account_that_is_reset_has_its_part_of_the_seed_again() -> None:
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    parts = {number: {"users": {"given": {"policies": {"all": allow}}}} for number in ("111122223333", OTHER)}
    fault = {"kind": "throttle", "account": "111122223333", "match": {"service": "logs"}}
    seed = Seed.model_validate({"accounts": parts, "faults": [fault], "clock": {"frozen_at": "2030-01-01T00:00:00Z"}})
    with Server(Config(port=0), seed=seed) as served, requests.Session() as session:
        session.trust_env = False
        url = f"{served.url}/_emulator"
        session.post(f"{url}/clock", json={"advance": 60}, timeout=10).raise_for_status()
        session.post(f"{url}/reset", json={"account": "111122223333"}, timeout=10).raise_for_status()
        world = served.world
        users = {(user.account, user.name): user.created for user in world.store.find(User)}
        start = parse_iso8601("2030-01-01T00:00:00Z")
        assert users == {("111122223333", "given"): start + 60, (OTHER, "given"): start}
        assert [one.account for one in world.faults] == ["111122223333"]
