"""CloudTrail's event history through boto3 and the AWS CLI."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from emulator.server import Server
from tests.conformance.conftest import Clients, Signed
from tests.conformance.wire import Request, send


def create_broker(client: Clients) -> str:
    made = client("mq").create_broker(
        BrokerName="orders",
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )
    return str(made["BrokerId"])


def test_boto3_pages_through_the_history(client: Clients) -> None:
    broker = create_broker(client)
    assert client("mq").describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"
    trail = client("cloudtrail")
    pages = list(trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 3}))
    assert len(pages) > 2
    found = [event for page in pages for event in page["Events"]]
    assert [event["EventTime"] for event in found] == sorted((event["EventTime"] for event in found), reverse=True)
    (made,) = [event for event in found if event["EventName"] == "CreateVpcEndpoint"]
    assert (made["ReadOnly"], made["Username"], made["EventSource"]) == ("false", "AmazonMQ", "ec2.amazonaws.com")
    assert "AWS::EC2::VPCEndpoint" in {resource["ResourceType"] for resource in made["Resources"]}
    record = json.loads(made["CloudTrailEvent"])
    assert record["userIdentity"]["invokedBy"] == "mq.amazonaws.com"
    assert record["eventID"] == made["EventId"]
    assert "AccessKeyId" not in made


def test_boto3_looks_up_by_attribute_and_time(client: Clients) -> None:
    client("iam").create_user(UserName="ann")
    asked = {"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "ann"}]}
    trail = client("cloudtrail")
    (event,) = trail.lookup_events(**asked)["Events"]
    assert event["EventName"] == "CreateUser"
    at = event["EventTime"]
    assert trail.lookup_events(**asked, StartTime=at, EndTime=at)["Events"] == [event]
    assert trail.lookup_events(**asked, EndTime=at - timedelta(seconds=1))["Events"] == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "no"}, "InvalidNextTokenException"),
        (
            {"StartTime": datetime(2026, 1, 2, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, tzinfo=UTC)},
            "InvalidTimeRangeException",
        ),
    ],
)
def test_boto3_sees_the_models_errors(client: Clients, params: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        client("cloudtrail").lookup_events(**params)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_operations_that_are_not_there_say_so(client: Clients) -> None:
    with pytest.raises(ClientError, match="cloudtrail:ListTrails is not implemented"):
        client("cloudtrail").list_trails()


def test_requests_by_hand(signed: Signed, server: Server) -> None:
    target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
    headers = {"X-Amz-Target": f"{target}.Fly", "Content-Type": "application/x-amz-json-1.1"}
    request = Request(headers=headers, body=b"{}")
    unknown = signed("cloudtrail", request)
    assert (unknown.status, b"UnknownOperationException" in unknown.body) == (400, True)
    unsigned = send(request, server.port)
    assert (unsigned.status, b"MissingAuthenticationTokenException" in unsigned.body) == (400, True)


def test_the_aws_cli(client: Clients, server: Server, account: str) -> None:
    create_broker(client)
    command = ["cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=AssumeRole"]
    told = subprocess.run(
        [str(Path(sys.executable).with_name("aws")), *command, "--max-items", "1"],
        env={
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
            "NO_PROXY": "*",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (event,) = json.loads(told.stdout)["Events"]
    assert json.loads(event["CloudTrailEvent"])["userIdentity"] == {"type": "AWSService", "invokedBy": "mq.amazonaws.com"}
