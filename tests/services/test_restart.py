"""A world goes on in the next process wherever it was: brokers in any state, plans, tasks, sessions, keys, events, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import AwsError, Call, Clock, Principal, World, new_world
from emulator.engine import identity
from emulator.engine.fault import Fault, Match
from emulator.services.ec2.network import VpcEndpoint
from emulator.services.mq.broker import Broker
from tests.conftest import ACCOUNT, REGION, START, every_record

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


class Life:
    """One world through several processes, each of which ends without a goodbye but for letting go of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.world = self._open()

    def _open(self) -> World:
        return new_world(self.path, clock=Clock(frozen_at=START), seed="tests", pace=None if self.path.exists() else "real")

    def restart(self) -> None:
        """Whatever is asked of the world afterwards is as if nothing had been."""
        before = seen(self.world)
        self.world.close()
        self.world = self._open()
        assert seen(self.world) == before

    def ask(self, action: str, *, as_: Principal | None = None, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        call = Call(
            service=service,
            operation=operation,
            params=params,
            principal=as_ or identity.root(ACCOUNT),
            region=REGION,
            partition="aws",
        )
        return self.world.perform(call)

    def state(self, broker: str) -> str:
        return str(self.ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"])


def seen(world: World) -> tuple[Any, ...]:
    journal = [entry.to_json() for entry in world.journal.select()]
    records = [record for record in every_record(world) if type(record).__name__ != "Standing"]
    return journal, records, world.journal.dropped, world.timers.next_due(), world.clock.now(), world.pace


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path / "data")
    yield life
    life.world.close()


def test_a_broker_s_whole_life_with_a_restart_at_every_step(life: Life) -> None:
    broker = life.ask("mq:CreateBroker", **BROKER)["BrokerId"]
    for _ in range(40):
        life.world.advance(30)
        life.restart()
    assert life.state(broker) == "RUNNING"
    (endpoint,) = life.world.store.find(VpcEndpoint)
    assert (endpoint.state, len(endpoint.interfaces)) == ("available", 3)
    life.ask("mq:UpdateBroker", BrokerId=broker, HostInstanceType="mq.m5.xlarge")
    life.restart()
    life.ask("mq:RebootBroker", BrokerId=broker)
    life.restart()
    assert life.state(broker) == "REBOOT_IN_PROGRESS"
    life.world.advance(3600)
    assert life.ask("mq:DescribeBroker", BrokerId=broker)["HostInstanceType"] == "mq.m5.xlarge"
    life.ask("mq:DeleteBroker", BrokerId=broker)
    for _ in range(20):
        life.restart()
        life.world.advance(30)
    assert list(life.world.store.find(Broker)) == []
    assert all(one.state == "deleted" for one in life.world.store.find(VpcEndpoint))


def test_the_same_life_without_restarts_is_the_same(life: Life) -> None:
    """But for ids, which are of another stream in each process."""

    def story(step: Callable[[], None]) -> list[tuple[str, str, float]]:
        life.ask("mq:CreateBroker", **BROKER | {"BrokerName": f"b{life.world.clock.now():.0f}"})
        start, last = life.world.clock.now(), life.world.journal.select()[-1].id
        for _ in range(30):
            life.world.advance(30)
            step()
        return [
            (entry.title, entry.outcome, entry.at - start)
            for entry in life.world.journal.select(after=last)
            if entry.subject
            and "→" not in entry.title
            and "vpce-" not in entry.title
            and entry.title != "iam:CreateServiceLinkedRole"
        ]

    whole = story(lambda: None)
    life.world.reset()
    assert story(life.restart) == whole


def test_a_deletion_task_and_its_refusal(life: Life) -> None:
    life.ask("mq:CreateBroker", **BROKER)
    task = life.ask("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")["DeletionTaskId"]
    life.restart()
    assert life.ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "IN_PROGRESS"
    life.world.advance(600)
    assert life.ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "FAILED"


def test_keys_and_sessions_still_open_the_door(life: Life) -> None:
    life.ask("iam:CreateUser", UserName="u")
    key = life.ask("iam:CreateAccessKey", UserName="u")["AccessKey"]
    given = life.ask("sts:GetSessionToken", as_=user_of(life.world, key["AccessKeyId"]))["Credentials"]
    life.restart()
    session = identity.find_session(life.world, given["AccessKeyId"])
    assert session is not None
    assert (session.secret, session.token) == (given["SecretAccessKey"], given["SessionToken"])
    assert life.ask("sts:GetCallerIdentity", as_=user_of(life.world, key["AccessKeyId"]))["Arn"].endswith(":user/u")


def user_of(world: World, key_id: str) -> Principal:
    key = identity.find_access_key(world, key_id)
    user = identity.of_access_key(world, key) if key else None
    assert user is not None
    return user


def test_log_events_of_any_text_and_a_policy_edit(life: Life) -> None:
    life.ask("logs:CreateLogGroup", logGroupName="g")
    life.ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    events = [
        {"timestamp": int(START * 1000) + number, "message": text} for number, text in enumerate(["a", "\ud800", "é\n", "😀"])
    ]
    for event in events:
        life.ask("logs:PutLogEvents", logGroupName="g", logStreamName="s", logEvents=[event])
    life.world.edit_managed_policy(ACCOUNT, "arn:aws:iam::aws:policy/AdministratorAccess", None)
    life.restart()
    got = life.ask("logs:GetLogEvents", logGroupName="g", logStreamName="s", startFromHead=True)["events"]
    assert [{"timestamp": event["timestamp"], "message": event["message"]} for event in got] == events


def test_pace_and_a_running_clock(life: Life) -> None:
    with life.world.lock:
        life.world.pace = "instant"
    life.restart()
    assert life.world.pace == "instant"


def test_faults_go_on_counting(life: Life) -> None:
    with life.world.lock:
        life.world.faults.add(Fault(account="", region="", id="", kind="throttle", times=3, match=Match(action="mq:*")))
    for _ in range(3):
        with pytest.raises(AwsError):
            life.ask("mq:ListBrokers")
        life.restart()
    assert life.ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_the_event_history_tells_the_same(life: Life) -> None:
    life.ask("iam:CreateUser", UserName="u")
    life.ask("mq:CreateBroker", **BROKER)
    life.world.advance(900)
    asked = {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]}
    before = life.ask("cloudtrail:LookupEvents", **asked)["Events"]
    life.restart()
    assert life.ask("cloudtrail:LookupEvents", **asked)["Events"] == before
    assert {"CreateUser", "CreateBroker", "CreateVpcEndpoint"} <= {event["EventName"] for event in before}
