"""Faults over HTTP: the control API, and what SDKs make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from typing import Any

import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.retries.standard import ExponentialBackoff

from emulator.config import Config
from emulator.gateway import http as gateway
from emulator.server import Server
from tests.conformance.conftest import Clients, Control, Signed
from tests.conformance.wire import Keys, form

ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "ACCOUNT"}, "Action": "sts:AssumeRole"}
]}"""
STANDARD = ClientConfig(retries={"mode": "standard", "total_max_attempts": 3}, proxies={})


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="real")) as served:
        yield served


@pytest.fixture
def add(control: Control) -> Callable[..., str]:
    def post(kind: str, **more: Any) -> str:
        answer = control("POST", "faults", json={"kind": kind, **more})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return post


@pytest.fixture
def retrying(client: Clients, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """boto3 clients that try three times, without waiting in between."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.0)
    return lambda service, **how: client(service, config=STANDARD, **how)


@pytest.fixture
def assume(client: Clients, retrying: Clients, account: str) -> Callable[[], Clients]:
    """Opens a session of the role ``worker``; gives clients that use it and try again."""
    iam = client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="all", PolicyDocument=ALLOW)
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST.replace("ACCOUNT", account))
    iam.put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=ALLOW)
    sts = client("sts", keys=Keys.of(iam.create_access_key(UserName="ann")["AccessKey"]))

    def opened() -> Clients:
        made = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/worker", RoleSessionName="one")["Credentials"]
        return lambda service: retrying(service, keys=Keys.of(made))

    return opened


Add = Callable[..., str]


def create_broker(mq: Any) -> dict[str, Any]:
    made: dict[str, Any] = mq.create_broker(
        BrokerName="orders",
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )
    return made


# The control API -----------------------------------------------------------------------------------------------------


def test_faults_are_added_shown_and_removed(control: Control, add: Add, client: Clients, account: str) -> None:
    first = add("throttle", account=account, match={"service": "iam"}, times=2)
    second = add("stall-step", match={"step": "create broker: *"}, seconds=5)
    with pytest.raises(ClientError, match="Rate exceeded"):
        client("iam").list_users()
    shown = control("GET", "faults").json()["faults"]
    assert [(one["id"], one["kind"], one["account"], one["match"], one["fired"]) for one in shown] == [
        (first, "throttle", account, {"service": "iam"}, 1),
        (second, "stall-step", None, {"step": "create broker: *"}, 0),
    ]
    assert control("DELETE", f"faults/{first}").json() == {}
    assert [one["id"] for one in control("GET", "faults").json()["faults"]] == [second]
    missing = control("DELETE", f"faults/{first}")
    assert (missing.status_code, missing.json()) == (404, {"error": f"there is no fault {first}"})
    add("drop", account=account)
    control("DELETE", "faults", params={"account": account})
    assert [one["id"] for one in control("GET", "faults").json()["faults"]] == [second]
    control("DELETE", "faults")
    assert control("GET", "faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "kind: Field required"),
        ({"kind": "explode"}, "kind: Input should be 'throttle', 'error', "),
        ({"kind": "drop", "match": {"colour": "red"}}, "match.colour: Extra inputs are not permitted"),
        ({"kind": "drop", "times": 0}, "times: Input should be greater than or equal to 1"),
        ({"kind": "drop", "probability": 1.5}, "probability: Input should be less than or equal to 1"),
        ({"kind": "drop", "account": "me"}, "account: String should match pattern"),
        ({"kind": "error", "match": {"service": "ec2"}, "code": "Oops"}, "ec2 has no error Oops"),
    ],
)
def test_a_bad_fault(body: dict[str, Any], error: str, control: Control) -> None:
    answer = control("POST", "faults", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)
    assert control("GET", "faults").json() == {"faults": []}


# What clients see ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["iam", "sts", "ec2", "logs", "mq"])
def test_sdks_try_again_after_throttling(service: str, add: Add, retrying: Clients, control: Control) -> None:
    calls = {
        "iam": "list_users",
        "sts": "get_caller_identity",
        "ec2": "describe_vpcs",
        "logs": "describe_log_groups",
        "mq": "list_brokers",
    }
    add("throttle", match={"service": service}, times=2)
    answer = getattr(retrying(service), calls[service])()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert control("GET", "faults").json()["faults"][0]["fired"] == 2


def test_sdks_give_up_after_three(add: Add, retrying: Clients) -> None:
    add("throttle", match={"action": "ec2:DescribeVpcs"})
    with pytest.raises(ClientError) as refused:
        retrying("ec2").describe_vpcs()
    assert refused.value.response["Error"] == {"Code": "RequestLimitExceeded", "Message": "Request limit exceeded."}
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert refused.value.response["ResponseMetadata"]["MaxAttemptsReached"] is True


def test_sdks_try_again_after_a_server_error(add: Add, retrying: Clients) -> None:
    add("error", match={"service": "mq"}, code="InternalServerErrorException", times=1)
    assert retrying("mq").list_brokers()["ResponseMetadata"]["RetryAttempts"] == 1


def test_sdks_do_not_try_again_after_a_denial(add: Add, retrying: Clients) -> None:
    add("deny", match={"action": "mq:ListBrokers"}, times=1)
    mq = retrying("mq")
    with pytest.raises(mq.exceptions.ClientError, match=r"AccessDeniedException.*with an explicit deny"):
        mq.list_brokers()
    mq.list_brokers()


def test_sdks_try_again_when_the_connection_drops(add: Add, retrying: Clients) -> None:
    iam = retrying("iam")
    iam.list_users()
    add("drop", match={"service": "iam"}, times=2)
    assert iam.create_user(UserName="a")["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(iam.list_users()["Users"]) == 1


def test_a_broker_whose_answer_was_lost_is_found_by_its_request_id(add: Add, retrying: Clients) -> None:
    """botocore fills CreatorRequestId in, and sends the same one again."""
    mq = retrying("mq")
    add("lose", match={"action": "mq:CreateBroker"}, times=1)
    made = create_broker(mq)
    assert made["ResponseMetadata"]["RetryAttempts"] == 1
    assert [broker["BrokerId"] for broker in mq.list_brokers()["BrokerSummaries"]] == [made["BrokerId"]]


def test_a_user_whose_answer_was_lost_is_there_already(add: Add, retrying: Clients) -> None:
    add("lose", match={"action": "iam:CreateUser"}, times=1)
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        retrying("iam").create_user(UserName="a")


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("iam", "list_users", "ExpiredToken"),
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("ec2", "describe_vpcs", "RequestExpired"),
        ("logs", "describe_log_groups", "ExpiredTokenException"),
        ("mq", "list_brokers", "ExpiredTokenException"),
    ],
)
def test_sdks_do_not_try_again_with_credentials_that_expired(
    service: str, call: str, code: str, add: Add, assume: Callable[[], Clients], control: Control
) -> None:
    """The call, and all later ones, are refused until the role is assumed anew."""
    session = assume()
    getattr(session(service), call)()
    add("expire-credentials", match={"service": service, "principal": "*/worker/*"}, times=1)
    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            getattr(session(service), call)()
        assert refused.value.response["Error"]["Code"] == code
        assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert control("GET", "faults").json()["faults"][0]["fired"] == 1
    getattr(assume()(service), call)()


def test_sdks_see_a_change_of_policy_late(add: Add, client: Clients, control: Control) -> None:
    iam = client("iam")
    iam.create_user(UserName="late")
    mq = client("mq", keys=Keys.of(iam.create_access_key(UserName="late")["AccessKey"]))
    control("POST", "clock", json={"freeze": True})
    add("stale-identity", seconds=30)
    iam.put_user_policy(UserName="late", PolicyName="all", PolicyDocument=ALLOW)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        mq.list_brokers()
    control("POST", "clock", json={"advance": 30})
    assert mq.list_brokers()["BrokerSummaries"] == []


@pytest.mark.parametrize("kind", ["lose", "drop"])
def test_the_connection_is_closed_without_a_byte(kind: str, add: Add, client: Clients, signed: Signed, control: Control) -> None:
    add(kind)
    with pytest.raises(ConnectionClosedError):
        client("sts").get_caller_identity()
    with pytest.raises(RemoteDisconnected):
        signed("sts", form("sts", "GetCallerIdentity"))
    control("DELETE", "faults")
    assert signed("sts", form("sts", "GetCallerIdentity")).status == 200


def test_latency_holds_the_answer_outside_the_worlds_lock(
    add: Add, client: Clients, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[tuple[float, bool]] = []

    class Instead:
        def wait(self, seconds: float) -> None:
            with ThreadPoolExecutor(max_workers=1) as another:
                is_free = another.submit(server.world.lock.still.acquire, timeout=60).result()
                another.submit(server.world.lock.still.release).result()
            waited.append((seconds, is_free))

    monkeypatch.setattr(gateway, "Event", Instead)
    add("latency", match={"service": "iam"}, seconds=12)
    add("throttle", match={"action": "iam:ListRoles"})
    client("iam").list_users()
    with pytest.raises(ClientError):
        client("iam").list_roles()
    client("sts").get_caller_identity()
    assert waited == [(12.0, True), (12.0, True)]
