"""What a client did to a running emulator is told again by a scenario, which holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError, ConnectionClosedError
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.config import Config
from emulator.control.seed import Seed
from emulator.scenario.fresh import fresh_emulator
from emulator.scenario.model import Scenario, load
from emulator.scenario.run import Run
from emulator.server import Server

ACCOUNT = "111122223333"
PASSWORD = "correct-horse-battery"
Keys = dict[str, str]
Client = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="fast")) as served:
        served.world.clock.freeze()
        yield served


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = []

    def make(service: str, keys: Keys | None = None, region: str = "us-east-1", account: str = ACCOUNT) -> Any:
        made.append(
            boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=server.url,
                region_name=region,
                config=ClientConfig(retries={"total_max_attempts": 1}, proxies={}),
                aws_access_key_id=keys["AccessKeyId"] if keys else account,
                aws_secret_access_key=keys["SecretAccessKey"] if keys else "any",
                aws_session_token=keys.get("SessionToken") if keys else None,
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


def record(server: Server, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["record", command, "--port", str(server.port), *arguments])


def stopped(server: Server, file: Path) -> Scenario:
    told = record(server, "stop", str(file), "--name", "What was done")
    assert told.exit_code == 0, told.output
    return load(file)


def replay(scenario: Scenario, **variables: str) -> list[str]:
    with fresh_emulator() as target:
        return Run(scenario, target, variables).play().failures


def create_broker(mq: Any, name: str, **members: Any) -> str:
    return str(
        mq.create_broker(
            BrokerName=name,
            EngineType="RABBITMQ",
            DeploymentMode="SINGLE_INSTANCE",
            HostInstanceType="mq.m5.large",
            PubliclyAccessible=False,
            Users=[{"Username": name, "Password": PASSWORD}],
            **members,
        )["BrokerId"]
    )


def test_a_clients_day_is_recorded_and_replayed(server: Server, client: Client, tmp_path: Path) -> None:
    """Networks, brokers, waiting, errors, a user and a role that were there, a user and a key that were made, another Region."""
    trust = [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ci"}, "Action": "sts:AssumeRole"}]
    given = {
        "accounts": {
            ACCOUNT: {
                "policies": {
                    "Deploy": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
                    "Unused": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
                },
                "groups": {"staff": {"managed": ["Deploy"]}},
                "users": {"ci": {"groups": ["staff"], "tags": {"team": "blue"}}, "idle": {}},
                "roles": {
                    "deployer": {
                        "path": "/ci/",
                        "trust": trust,
                        "managed": ["AdministratorAccess"],
                        "boundary": "PowerUserAccess",
                        "max_session": 7200,
                    }
                },
            }
        }
    }
    Seed.model_validate(given).plant(server.world)
    ci = client("iam").create_access_key(UserName="ci")["AccessKey"]
    assert record(server, "start").exit_code == 0

    ec2, mq, iam = client("ec2"), client("mq"), client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="broker", Description="of the broker")["GroupId"]
    broker = create_broker(mq, "orders", SubnetIds=[subnet], SecurityGroups=[group], Tags={"vpc": f"in {vpc}"})
    while mq.describe_broker(BrokerId=broker)["BrokerState"] != "RUNNING":
        requests.post(f"{server.url}/_emulator/clock", json={"advance": 1.5}, timeout=10).raise_for_status()
    with pytest.raises(ClientError):
        ec2.delete_security_group(GroupId=group)
    with pytest.raises(ClientError):
        mq.describe_broker(BrokerId="b-00000000-0000-4000-8000-000000000000")
    iam.create_user(UserName="new")
    new = iam.create_access_key(UserName="new")["AccessKey"]
    with pytest.raises(ClientError):
        client("mq", new).list_brokers()
    arn = f"arn:aws:iam::{ACCOUNT}:role/ci/deployer"
    session = client("sts", ci).assume_role(RoleArn=arn, RoleSessionName="deploy")["Credentials"]
    create_broker(client("mq", session, region="eu-west-1"), "invoices")
    client("sts", account="222233334444").get_caller_identity()
    ec2.describe_vpc_endpoints(Filters=[{"Name": "tag:Broker", "Values": [broker]}])
    asked = requests.post(f"{server.url}/_emulator/service-session", json={"account": ACCOUNT}, timeout=10).json()
    client("ec2", asked).describe_vpc_endpoints()
    told = record(server, "stop", str(tmp_path / "story.yaml"))
    assert told.stdout.splitlines()[1:] == ["to run it, give --var password=…", "to run it, give --var password_2=…"]

    text = (tmp_path / "story.yaml").read_text()
    secrets = (PASSWORD, new["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"], ci["SecretAccessKey"])
    assert not any(secret in text for secret in secrets)
    assert not any(name in text for name in (vpc, subnet, group, broker, new["AccessKeyId"]))
    scenario = load(tmp_path / "story.yaml")
    account = scenario.given.accounts[ACCOUNT]
    assert (list(account.users), list(account.roles), list(account.policies), list(account.groups)) == (
        ["ci"],
        ["deployer"],
        ["Deploy"],
        ["staff"],
    )
    assert [step.title for step in scenario.steps] == [
        "ec2:CreateVpc",
        "ec2:CreateSubnet",
        "ec2:CreateSecurityGroup",
        "mq:CreateBroker",
        "advance 6 s",
        "mq:DescribeBroker",
        "ec2:DeleteSecurityGroup",
        "mq:DescribeBroker",
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "mq:ListBrokers",
        "sts:AssumeRole",
        "mq:CreateBroker",
        "sts:GetCallerIdentity",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcEndpoints",
    ]
    assert scenario.steps[5].expect == {"BrokerState": "RUNNING"}  # type: ignore[union-attr]
    assert replay(scenario, password=PASSWORD, password_2=PASSWORD) == []
    assert "the variable password has no value" in replay(scenario)[0]


def test_a_token_that_a_client_repeats_is_kept(server: Server, client: Client, tmp_path: Path) -> None:
    record(server, "start")
    mq = client("mq")
    first = create_broker(mq, "orders", CreatorRequestId="one")
    assert create_broker(mq, "orders", CreatorRequestId="one") == first
    scenario = stopped(server, tmp_path / "story.yaml")
    assert replay(scenario, password=PASSWORD, password_2=PASSWORD) == []
    assert [step.params["CreatorRequestId"] for step in scenario.steps] == ["one", "one"]  # type: ignore[union-attr]


def test_only_what_clients_ask_between_start_and_stop_is_recorded(server: Server, client: Client, tmp_path: Path) -> None:
    sts = client("sts")
    sts.get_caller_identity()
    record(server, "start")
    record(server, "start")
    requests.post(f"{server.url}/_emulator/seed", json={"accounts": {ACCOUNT: {"users": {"dev": {}}}}}, timeout=10)
    sts.get_caller_identity()
    scenario = stopped(server, tmp_path / "story.yaml")
    sts.get_caller_identity()
    assert [step.title for step in scenario.steps] == ["sts:GetCallerIdentity"]
    assert [step.title for step in stopped(server, tmp_path / "again.yaml").steps] == ["sts:GetCallerIdentity"]


def refused(server: Server, file: Path) -> str:
    told = record(server, "stop", str(file))
    assert (told.exit_code, file.exists(), told.stderr.count("\n")) == (1, False, 1)
    return told.stderr.removeprefix("mq-emulator: ").rstrip("\n")


def test_nothing_was_recorded(server: Server, tmp_path: Path) -> None:
    record(server, "start")
    assert refused(server, tmp_path / "story.yaml") == "nothing was recorded"


def test_what_was_there_before_cannot_be_told(server: Server, client: Client, tmp_path: Path) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    record(server, "start")
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    told = refused(server, tmp_path / "story.yaml")
    assert told == f"call 1 (ec2:CreateSubnet): {vpc} was there before the recording began: start with an empty account"


def test_a_session_of_before_cannot_be_told(server: Server, client: Client, tmp_path: Path) -> None:
    trust = [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]
    users = {"ci": {"policies": {"all": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}}
    Seed.model_validate({"accounts": {ACCOUNT: {"users": users, "roles": {"deployer": {"trust": trust}}}}}).plant(server.world)
    key = client("iam").create_access_key(UserName="ci")["AccessKey"]
    arn = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    session = client("sts", key).assume_role(RoleArn=arn, RoleSessionName="early")["Credentials"]
    record(server, "start")
    client("sts", session).get_caller_identity()
    told = refused(server, tmp_path / "story.yaml")
    assert told == "call 1 (sts:GetCallerIdentity): its session was opened before the recording began: start it first"


def test_a_closed_connection_cannot_be_told(server: Server, client: Client, tmp_path: Path) -> None:
    record(server, "start")
    fault = {"kind": "drop", "match": {"action": "iam:ListUsers"}}
    requests.post(f"{server.url}/_emulator/faults", json=fault, timeout=10).raise_for_status()
    with pytest.raises(ConnectionClosedError):
        client("iam").list_users()
    told = refused(server, tmp_path / "story.yaml")
    assert told == "call 1 (iam:ListUsers): a fault closed its connection, and faults are not recorded"


def test_names_that_a_client_chose_stay_as_they_are(server: Server, client: Client, tmp_path: Path) -> None:
    record(server, "start")
    iam = client("iam")
    iam.create_user(UserName="developer-01")
    iam.list_users()
    iam.delete_user(UserName="developer-01")
    scenario = stopped(server, tmp_path / "story.yaml")
    assert scenario.steps[-1].params == {"UserName": "developer-01"}  # type: ignore[union-attr]
    assert replay(scenario) == []


def test_a_recording_is_bounded(server: Server, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.engine.recording.MOST_CALLS", 2)
    record(server, "start")
    sts = client("sts")
    for _ in range(3):
        sts.get_caller_identity()
    assert refused(server, tmp_path / "story.yaml") == "the recording was full before it was stopped: record less at a time"
    assert len(server.world.recording.calls) == 2
