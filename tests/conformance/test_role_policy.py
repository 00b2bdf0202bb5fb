"""The matrix: what a holder of the exact AmazonMQServiceRolePolicy may do over HTTP, and that the role itself gets the same."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from botocore import xform_name
from botocore.exceptions import ClientError

from emulator import World
from emulator.server import Server
from emulator.services import SERVICES
from emulator.services.mq.broker import LINKED_ROLE
from emulator.shapes.model import Shape, model
from emulator.values.errors import AwsError

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "role_matrix.yaml").read_text())
POLICY = (Path(__file__).parents[2] / "emulator/services/managed/AmazonMQServiceRolePolicy.json").read_text()
DOCUMENT = json.loads(POLICY)["Versions"][-1]["Document"]
NAMED = {action for statement in DOCUMENT["Statement"] for action in statement["Action"]}
Client = Callable[..., Any]
DENIALS = {"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"}


@pytest.fixture
def things(client: Client, server: Server) -> dict[str, str]:
    """What the cases name, made by root: a network and three endpoints that differ in their tag."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"]
    made = {"vpc": vpc, "subnet": subnet, "group": group, "now": str(int(server.world.clock.now() * 1000))}
    for name, tags in (("tagged", {"AMQManaged": "true"}), ("untagged", {}), ("retagged", {"AMQManaged": "no"})):
        specification = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
        made[name] = ec2.create_vpc_endpoint(
            VpcEndpointType="Interface",
            VpcId=vpc,
            ServiceName="com.amazonaws.us-east-1.logs",
            SubnetIds=[subnet],
            SecurityGroupIds=[group],
            PrivateDnsEnabled=False,
            TagSpecifications=specification if tags else [],
        )["VpcEndpoint"]["VpcEndpointId"]
    logs = client("logs")
    for name in ("/aws/amazonmq/broker/b-1/general", "/elsewhere"):
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="s" if name == "/elsewhere" else "rabbit@node.log")
    return made


@pytest.fixture
def holder(client: Client) -> dict[str, str]:
    """Keys of a user whose only policy is the exact document."""
    iam = client("iam")
    iam.create_user(UserName="holder")
    iam.put_user_policy(UserName="holder", PolicyName="role", PolicyDocument=json.dumps(DOCUMENT))
    key = iam.create_access_key(UserName="holder")["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def filled(value: Any, things: dict[str, str]) -> Any:
    if isinstance(value, str):
        text = re.sub(r"\$\{(\w+)\}", lambda found: things[found[1]], value)
        return int(text) if value == "${now}" else text
    if isinstance(value, list):
        return [filled(item, things) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, things) for key, item in value.items()}
    return value


def outcome(client: Any, operation: str, params: dict[str, Any]) -> tuple[str, str]:
    """("allowed", "") or the code and text of the error; a thing that is there already was allowed."""
    try:
        getattr(client, xform_name(operation))(**params)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return ("allowed", "") if code == "ResourceAlreadyExistsException" else (code, error.response["Error"]["Message"])
    return "allowed", ""


def play(client: Client, credentials: dict[str, str], things: dict[str, str]) -> list[str]:
    """Every case in turn; gives what differs from what the case wants."""
    differing = []
    for case in CASES:
        service, operation = case["call"].split(":")
        params = filled(case.get("params", {}), things)
        if service == "ec2" and not params.get("TagSpecifications", True):
            del params["TagSpecifications"]
        code, text = outcome(client(service, **credentials), operation, params)
        resource = filled(case.get("on", ""), things)
        if code != case["want"] or not re.search(re.escape(resource) + "( |$)", text + " "):
            differing.append(f"{case['call']} ({case.get('note', '')}): {code} {text}")
    return differing


def test_the_matrix(client: Client, holder: dict[str, str], things: dict[str, str]) -> None:
    assert play(client, holder, things) == []


def test_the_role_itself_from_outside(client: Client, server: Server, account: str, things: dict[str, str]) -> None:
    assert play(client, role_session(client, server, account), things) == []


def role_session(client: Client, server: Server, account: str) -> dict[str, str]:
    """Credentials of the service-linked role, which only a test is ever given."""
    client("iam").create_service_linked_role(AWSServiceName="mq.amazonaws.com")
    granted = requests.post(f"{server.url}/_emulator/service-session", json={"account": account}, timeout=10).json()
    return {
        "aws_access_key_id": granted["AccessKeyId"],
        "aws_secret_access_key": granted["SecretAccessKey"],
        "aws_session_token": granted["SessionToken"],
    }


def test_one_door(client: Client, server: Server, account: str, things: dict[str, str]) -> None:
    """Decision by decision, the role's calls over HTTP and in process are the same."""
    credentials = role_session(client, server, account)
    world = server.world

    def decisions(after: int) -> list[tuple[str, list[dict[str, Any]]]]:
        with world.lock:  # the server fires timers meanwhile
            return [(entry.title, entry.decisions) for entry in world.journal.select(account=account, after=after)]

    for case in CASES:
        service, operation = case["call"].split(":")
        if case["want"] == "allowed" and not operation.startswith("Describe"):
            continue  # what is made or deleted once cannot be so again; the allowed calls of a broker are compared below
        params = filled(case.get("params", {}), things)
        if not params.get("TagSpecifications", True):
            del params["TagSpecifications"]
        start = world.journal.newest
        outcome(client(service, **credentials), operation, params)
        outside = decisions(start)
        start = world.journal.newest
        inside_call(world, account, service, operation, params)
        assert decisions(start) == outside, case


def inside_call(world: World, account: str, service: str, operation: str, params: dict[str, Any]) -> None:
    with contextlib.suppress(AwsError):
        world.ask(world.acting_as(LINKED_ROLE, account, "us-east-1"), service, operation, "us-east-1", params)


def test_one_door_for_a_broker(client: Client, server: Server, account: str) -> None:
    """The calls that made a broker's endpoint and logs, made again from outside, are allowed by the same statements."""
    ec2, mq = client("ec2"), client("mq")
    broker = mq.create_broker(
        BrokerName="orders",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro",
        PubliclyAccessible=False,
        Logs={"General": True},
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )["BrokerId"]
    mq.describe_broker(BrokerId=broker)
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=[{"Name": "tag:Broker", "Values": [broker]}])["VpcEndpoints"]
    granted = requests.post(f"{server.url}/_emulator/service-session", json={"account": account}, timeout=10).json()
    session = {
        "aws_access_key_id": granted["AccessKeyId"],
        "aws_secret_access_key": granted["SecretAccessKey"],
        "aws_session_token": granted["SessionToken"],
    }
    inside = {
        entry.title: [(row["action"], row["decision"], row["because"]) for row in entry.decisions]
        for entry in server.world.journal.select(subject=broker)
        if entry.kind == "call" and "AWSServiceRoleForAmazonMQ" in entry.principal
    }
    start = server.world.journal.select()[-1].id
    client("ec2", **session).describe_vpc_endpoints()
    client("ec2", **session).create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=endpoint["VpcId"],
        ServiceName=endpoint["ServiceName"],
        SubnetIds=endpoint["SubnetIds"],
        SecurityGroupIds=[group["GroupId"] for group in endpoint["Groups"]],
        PrivateDnsEnabled=False,
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": endpoint["Tags"]}],
    )
    group, stream = f"/aws/amazonmq/broker/{broker}/general", "again"
    logs = client("logs", **session)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": int(server.world.clock.now() * 1000), "message": "again"}],
    )
    outside = {
        entry.title: [(row["action"], row["decision"], row["because"]) for row in entry.decisions]
        for entry in server.world.journal.select(account=account, after=start)
        if "AWSServiceRoleForAmazonMQ" in entry.principal
    }
    assert outside == inside
    assert len(outside) == 5


# Every action that the policy does not name ------------------------------------------------------------------------------

REST = [
    (service.name, name) for service in SERVICES for name in sorted(service.operations) if f"{service.name}:{name}" not in NAMED
]
VALUES = {
    "RoleArn": "arn:aws:iam::111122223333:role/x",
    "ResourceArn": "arn:aws:mq:us-east-1:111122223333:broker:x:b-1",
    "PolicyArn": "arn:aws:iam::aws:policy/AmazonMQFullAccess",
    "UserName": "somebody",
    "DeletionTaskId": "task/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ/6e5f5f2e-0000-4000-8000-000000000000",
    "BrokerId": "b-1",
    "VersionId": "v1",
    "VpcId": "vpc-00000000000000001",
    "SubnetId": "subnet-00000000000000001",
    "GroupId": "sg-00000000000000001",
    "Resources": ["vpc-00000000000000001"],
    "AWSServiceName": "mq.amazonaws.com",
    "retentionInDays": 7,
    "logGroupIdentifier": "/elsewhere",
    "CidrBlock": "10.0.0.0/16",
}
EXTRA = {
    "ec2:AuthorizeSecurityGroupIngress": {"GroupId": "sg-00000000000000001", "IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"},
    "ec2:DescribeSecurityGroupReferences": {"GroupId": ["sg-00000000000000001"]},
    "ec2:DeleteSecurityGroup": {"GroupId": "sg-00000000000000001"},
    "ec2:CreateTags": {"Tags": [{"Key": "k", "Value": "v"}]},
    "logs:FilterLogEvents": {"logGroupName": "/elsewhere"},
    "logs:GetLogEvents": {"logGroupName": "/elsewhere"},
}
ALWAYS_ALLOWED = {"sts:GetCallerIdentity", "sts:GetSessionToken"}


@pytest.mark.parametrize(("service", "operation"), REST, ids=[":".join(row) for row in REST])
def test_every_action_that_the_policy_does_not_name_is_denied(
    server: Server, account: str, client: Client, holder: dict[str, str], service: str, operation: str
) -> None:
    shape = model(service).operations[operation].input
    params = {name: valid(service, name, shape["members"][name]) for name in shape.get("required", [])} | EXTRA.get(
        f"{service}:{operation}", {}
    )
    code, text = outcome(client(service, **holder), operation, params)
    if f"{service}:{operation}" in ALWAYS_ALLOWED:
        assert code == "allowed"
    else:
        assert (code in DENIALS, f"{service}:{operation}" in text) == (True, True), (code, text)


def valid(service: str, name: str, reference: Shape) -> Any:
    """A value that the model accepts for a required member."""
    if name in VALUES:
        return VALUES[name]
    shape = model(service).member(reference)
    if shape["type"] == "structure":
        return {inner: valid(service, inner, shape["members"][inner]) for inner in shape.get("required", [])}
    if shape["type"] == "list":
        return [valid(service, name, shape["member"])]
    if shape["type"] == "map":
        return {"key": "value"}
    if shape["type"] == "boolean":
        return True
    if shape["type"] in {"integer", "long"}:
        return shape.get("min", 1)
    if "enum" in shape:
        return shape["enum"][0]
    return "{}" if "Document" in name else "x" * max(shape.get("min", 1), 1)


def test_the_policy_names_what_the_matrix_tries() -> None:
    assert {case["call"] for case in CASES} >= NAMED
