"""The main job through real clients: boto3, the AWS CLI and the JavaScript SDK each make and unmake a private broker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.server import Server

AWS = Path(sys.executable).with_name("aws")
JAVASCRIPT = Path(__file__).with_name("javascript")
Aws = Callable[..., Any]
Client = Callable[..., Any]


def test_boto3(client: Client, account: str) -> None:
    ec2, mq, iam, logs = client("ec2"), client("mq"), client("iam"), client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for place, zone in enumerate("abc")
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="broker", Description="clients")["GroupId"]
    broker = mq.create_broker(
        BrokerName="orders",
        EngineType="RabbitMQ",
        DeploymentMode="CLUSTER_MULTI_AZ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        SubnetIds=subnets,
        SecurityGroups=[group],
        Logs={"General": True},
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )
    assert broker["BrokerArn"] == f"arn:aws:mq:us-east-1:{account}:broker:orders:{broker['BrokerId']}"
    shown = mq.describe_broker(BrokerId=broker["BrokerId"])
    assert (shown["BrokerState"], shown["EngineType"]) == ("RUNNING", "RabbitMQ")

    role = iam.get_role(RoleName="AWSServiceRoleForAmazonMQ")["Role"]
    assert role["Arn"] == f"arn:aws:iam::{account}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "mq.amazonaws.com"}
    assert role["RoleLastUsed"]["Region"] == "us-east-1"
    (attached,) = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    assert document["Statement"][2]["Condition"] == {"StringEquals": {"aws:RequestTag/AMQManaged": "true"}}

    for name, value in (("tag:AMQManaged", "true"), ("tag:Broker", broker["BrokerId"])):
        (endpoint,) = ec2.describe_vpc_endpoints(Filters=[{"Name": name, "Values": [value]}])["VpcEndpoints"]
        assert (endpoint["State"], endpoint["OwnerId"]) == ("available", account)
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert {interface["SubnetId"] for interface in interfaces} == set(subnets)
    assert {interface["InterfaceType"] for interface in interfaces} == {"vpc_endpoint"}

    general = shown["Logs"]["GeneralLogGroup"]
    (stream, *_) = logs.describe_log_streams(logGroupName=general)["logStreams"]
    events = logs.get_log_events(logGroupName=general, logStreamName=stream["logStreamName"], startFromHead=True)["events"]
    assert any("Starting RabbitMQ" in event["message"] for event in events)

    for operation, params in (
        (iam.delete_role, {}),
        (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": json.dumps(document)}),
        (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (iam.detach_role_policy, {"PolicyArn": attached["PolicyArn"]}),
        (iam.update_assume_role_policy, {"PolicyDocument": json.dumps(role["AssumeRolePolicyDocument"])}),
    ):
        with pytest.raises(iam.exceptions.UnmodifiableEntityException, match="this role is only modifiable by AWS"):
            operation(RoleName=role["RoleName"], **params)
    iam.update_role_description(RoleName=role["RoleName"], Description="ours to say")
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "FAILED"
    assert status["Reason"]["RoleUsageList"] == [{"Region": "us-east-1", "Resources": [broker["BrokerArn"]]}]

    mq.delete_broker(BrokerId=broker["BrokerId"])
    with pytest.raises(mq.exceptions.NotFoundException):
        mq.describe_broker(BrokerId=broker["BrokerId"])
    live = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-state", "Values": ["available", "pending"]}])
    assert live["VpcEndpoints"] == []
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=role["RoleName"])
    assert logs.describe_log_groups(logGroupNamePrefix=general)["logGroups"]


@pytest.fixture
def aws(server: Server, account: str, tmp_path: Path) -> Aws:
    """``aws("ec2", "create-vpc", …)``: the AWS CLI's answer; ``fails=`` names the error code it must end in."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def run(*arguments: str, fails: str = "") -> Any:
        done = subprocess.run(
            [str(AWS), *arguments, "--output", "json"], env=env, capture_output=True, text=True, timeout=60, check=False
        )
        if fails:
            assert f"({fails})" in done.stderr, done
            return done.stderr
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_the_aws_cli(aws: Aws) -> None:
    role = "AWSServiceRoleForAmazonMQ"
    vpc = aws("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        aws(
            "ec2",
            "create-subnet",
            "--vpc-id",
            vpc,
            "--cidr-block",
            f"10.0.{place}.0/24",
            "--availability-zone",
            f"us-east-1{zone}",
        )["Subnet"]["SubnetId"]
        for place, zone in enumerate("abc")
    ]
    group = aws("ec2", "create-security-group", "--vpc-id", vpc, "--group-name", "broker", "--description", "clients")["GroupId"]
    aws("iam", "get-role", "--role-name", role, fails="NoSuchEntity")
    broker = aws(
        *("mq", "create-broker", "--broker-name", "orders", "--engine-type", "RABBITMQ", "--deployment-mode", "CLUSTER_MULTI_AZ"),
        *(
            "--host-instance-type",
            "mq.m5.large",
            "--no-publicly-accessible",
            "--subnet-ids",
            *subnets,
            "--security-groups",
            group,
        ),
        *("--logs", "General=true", "--users", "Username=orders,Password=correct-horse-battery", "--tags", "team=orders"),
    )
    shown = aws("mq", "describe-broker", "--broker-id", broker["BrokerId"])
    assert (shown["BrokerState"], shown["Tags"]) == ("RUNNING", {"team": "orders"})
    assert aws("mq", "list-tags", "--resource-arn", broker["BrokerArn"]) == {"Tags": {"team": "orders"}}
    policies = aws("iam", "list-attached-role-policies", "--role-name", role)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in policies] == ["AmazonMQServiceRolePolicy"]
    for tag in ("AMQManaged,Values=true", f"Broker,Values={broker['BrokerId']}"):
        found = aws("ec2", "describe-vpc-endpoints", "--filters", f"Name=tag:{tag}")["VpcEndpoints"]
        assert [len(endpoint["NetworkInterfaceIds"]) for endpoint in found] == [3]
    events = aws("logs", "filter-log-events", "--log-group-name", shown["Logs"]["GeneralLogGroup"])["events"]
    assert any("Server startup complete" in event["message"] for event in events)
    aws("iam", "delete-role", "--role-name", role, fails="UnmodifiableEntity")
    aws("ec2", "delete-security-group", "--group-id", group, fails="DependencyViolation")

    aws("mq", "delete-broker", "--broker-id", broker["BrokerId"])
    aws("mq", "describe-broker", "--broker-id", broker["BrokerId"], fails="NotFoundException")
    live = "Name=vpc-endpoint-state,Values=pending,available"
    assert aws("ec2", "describe-vpc-endpoints", "--filters", live)["VpcEndpoints"] == []
    task = aws("iam", "delete-service-linked-role", "--role-name", role)["DeletionTaskId"]
    assert aws("iam", "get-service-linked-role-deletion-status", "--deletion-task-id", task)["Status"] == "SUCCEEDED"


@pytest.mark.skipif(not (JAVASCRIPT / "node_modules").is_dir(), reason="the JavaScript SDK is not installed (no npm)")
def test_the_javascript_sdk(server: Server, account: str) -> None:
    node = shutil.which("node")
    assert node is not None
    env = {"PATH": os.environ["PATH"], "ENDPOINT": server.url, "ACCOUNT": account}
    done = subprocess.run([node, "story.mjs"], cwd=JAVASCRIPT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    told = json.loads(done.stdout)
    assert told["state"] == "RUNNING"
    assert told["tags"] == {"AMQManaged": "true", "Broker": told["broker"]}
    assert told["role"] == "AWSServiceRoleForAmazonMQ"
    assert any("Starting RabbitMQ" in line for line in told["lines"])
    assert told["refused"] == {"name": "BadRequestException", "attribute": "logs.audit", "status": 400}
    assert told["denied"] == {"name": "UnmodifiableEntityException", "status": 400}
    assert told["gone"] == "NotFoundException"


def test_a_denied_caller_reads_the_reason_and_decodes_it(client: Client, account: str) -> None:
    iam = client("iam")
    iam.create_user(UserName="dev")
    iam.put_user_policy(
        UserName="dev",
        PolicyName="own",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:DecodeAuthorizationMessage", "Resource": "*"}],
            }
        ),
    )
    key = iam.create_access_key(UserName="dev")["AccessKey"]
    own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with pytest.raises(ClientError) as refused:
        client("ec2", **own).create_vpc(CidrBlock="10.0.0.0/16")
    error = refused.value.response["Error"]
    sentence, _, encoded = error["Message"].partition(" Encoded authorization failure message: ")
    assert error["Code"] == "UnauthorizedOperation"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert sentence == (
        f"You are not authorized to perform this operation. User: arn:aws:iam::{account}:user/dev is not authorized to perform: "
        f"ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:{account}:vpc/* because no identity-based policy allows the "
        "ec2:CreateVpc action."
    )
    sts = client("sts", **own)
    message = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (message["allowed"], message["explicitDeny"]) == (False, False)
    assert message["context"]["action"] == "ec2:CreateVpc"
    assert message["context"]["principal"]["arn"] == f"arn:aws:iam::{account}:user/dev"
    for bad in (encoded[:-4] + "AAAA", "x", encoded[::-1]):
        with pytest.raises(sts.exceptions.InvalidAuthorizationMessageException):
            sts.decode_authorization_message(EncodedMessage=bad)
