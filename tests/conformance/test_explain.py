"""Why a call was allowed or denied, from outside: the soft world's header, and `mq-emulator explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from click.testing import CliRunner

from emulator.cli import main
from emulator.config import Config
from emulator.server import Server

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Tagged",
            "Effect": "Allow",
            "Action": "ec2:DeleteVpcEndpoints",
            "Resource": "*",
            "Condition": {"StringEquals": {"ec2:ResourceTag/AMQManaged": "true"}},
        },
        {"Effect": "Allow", "Action": "mq:*", "Resource": "*"},
    ],
}


@pytest.fixture(scope="module", params=["enforce", "soft"])
def world(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(Config(port=0, iam=request.param)) as served:
        yield served


@pytest.fixture
def user(world: Server) -> Iterator[Any]:
    """Clients of a user with a policy of two statements."""
    requests.post(f"{world.url}/_emulator/reset", timeout=10).raise_for_status()
    settings: dict[str, Any] = {"endpoint_url": world.url, "region_name": "us-east-1"}
    iam = boto3.client("iam", aws_access_key_id="111122223333", aws_secret_access_key="any", **settings)
    iam.create_user(UserName="janitor")
    iam.put_user_policy(UserName="janitor", PolicyName="clean", PolicyDocument=json.dumps(POLICY))
    key = iam.create_access_key(UserName="janitor")["AccessKey"]
    made = [iam]

    def client(service: str) -> Any:
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        made.append(boto3.client(service, **keys, **settings))  # type: ignore[call-overload]
        return made[-1]

    yield client
    for one in made:
        one.close()


def explain(world: Server, request_id: str) -> str:
    told = CliRunner().invoke(main, ["explain", "--port", str(world.port), request_id])
    assert told.exit_code == 0, told.output
    return told.output


def delete(user: Any) -> dict[str, Any]:
    """The metadata of a deletion that the policy does not allow."""
    ec2 = user("ec2")
    try:
        answer: dict[str, Any] = ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-00000000000000001"])
    except ClientError as error:
        answer = error.response  # type: ignore[assignment]
    return dict(answer["ResponseMetadata"])


def test_the_missing_thing_comes_first(world: Server, user: Any) -> None:
    metadata = delete(user)
    header = metadata["HTTPHeaders"].get("x-mq-emulator-would-be-denied")
    assert (metadata["HTTPStatusCode"], header) == ((200, "ec2:DeleteVpcEndpoints") if world.world.iam == "soft" else (403, None))
    told = explain(world, metadata["RequestId"]).splitlines()
    assert "ec2:DeleteVpcEndpoints  as user/janitor" in told[0]
    assert "no identity-based policy allows ec2:DeleteVpcEndpoints" in told[1]
    missing = "it wants ec2:ResourceTag/AMQManaged StringEquals true, the request has no such key"
    assert told[2].endswith(f"Allow clean statement 1 (Tagged), identity-based policy  {missing}")
    assert told[3].endswith("1 statement is about other actions")


def test_an_allowed_call_is_explained_too(world: Server, user: Any) -> None:
    metadata = user("mq").list_brokers()["ResponseMetadata"]
    assert "x-mq-emulator-would-be-denied" not in metadata["HTTPHeaders"]
    assert "by statement 2 of clean" in explain(world, metadata["RequestId"])


def test_a_call_is_explained_with_what_it_caused(world: Server, user: Any) -> None:
    mq = user("mq")
    try:
        metadata = mq.create_broker(
            BrokerName="orders",
            EngineType="RABBITMQ",
            DeploymentMode="SINGLE_INSTANCE",
            HostInstanceType="mq.t3.micro",
            PubliclyAccessible=True,
            Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
        )["ResponseMetadata"]
        assert metadata["HTTPHeaders"]["x-mq-emulator-would-be-denied"] == "iam:CreateServiceLinkedRole"
    except mq.exceptions.ForbiddenException as error:
        metadata = error.response["ResponseMetadata"]
    told = explain(world, metadata["RequestId"])
    assert "no identity-based policy allows iam:CreateServiceLinkedRole" in told


def test_an_unknown_request(world: Server) -> None:
    told = CliRunner().invoke(main, ["explain", "--port", str(world.port), "nothing"])
    assert (told.exit_code, told.stderr) == (1, "mq-emulator: the journal has no request nothing\n")


def test_organization_over_the_control_api(world: Server, user: Any) -> None:
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
    change = {"account": "111122223333", "service_control_policies": [{"OnlyIam": allow}]}
    requests.put(f"{world.url}/_emulator/organization", json=change, timeout=10).raise_for_status()
    mq = user("mq")
    if world.world.iam == "soft":
        mq.list_brokers()
    else:
        with pytest.raises(ClientError, match="because no service control policy allows the mq:ListBrokers action"):
            mq.list_brokers()
    empty = requests.put(
        f"{world.url}/_emulator/organization", json={"account": "111122223333", "service_control_policies": [{}]}, timeout=10
    )
    assert (empty.status_code, empty.json()["error"]) == (
        400,
        "service_control_policies: Value error, each level must have at least one service control policy",
    )
