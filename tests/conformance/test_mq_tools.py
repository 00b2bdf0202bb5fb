"""The calls that tools make, in their order: Terraform's resources for brokers and configurations, Ansible's modules."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services.mq_worlds import PASSWORD

Client = Callable[..., Any]
XML = base64.b64encode(b'<broker xmlns="http://activemq.apache.org/schema/core"><plugins/></broker>').decode()


def until(mq: Any, broker: str, state: str) -> dict[str, Any]:
    """Describe as a tool does: until the state is there. Here what is due has happened by the next call."""
    shown: dict[str, Any] = mq.describe_broker(BrokerId=broker)
    assert shown["BrokerState"] == state
    return shown


def until_gone(mq: Any, broker: str) -> None:
    with pytest.raises(ClientError) as error:
        mq.describe_broker(BrokerId=broker)
    assert error.value.response["Error"]["Code"] == "NotFoundException"


@pytest.fixture
def place(client: Client) -> dict[str, Any]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{row}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for row, zone in enumerate("ab")
    ]
    groups = [ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"] for name in ("one", "two")]
    return {"subnets": subnets, "groups": groups}


def test_terraform_activemq(client: Client, place: dict[str, Any]) -> None:
    """Plan, apply, refresh, change of all that is changed in place, destroy."""
    mq, logs = client("mq"), client("logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "mq.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
    }
    logs.put_resource_policy(policyName="mq", policyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    configuration = mq.create_configuration(Name="orders", EngineType="ActiveMQ", EngineVersion="5.18")["Id"]
    mq.update_configuration(ConfigurationId=configuration, Data=XML, Description="from a template")
    shown = mq.describe_configuration(ConfigurationId=configuration)
    latest = shown["LatestRevision"]["Revision"]
    data = mq.describe_configuration_revision(ConfigurationId=configuration, ConfigurationRevision=str(latest))["Data"]
    assert (latest, data, shown["Description"]) == (2, XML, "from a template")

    request: dict[str, Any] = {
        "AutoMinorVersionUpgrade": True,
        "BrokerName": "orders",
        "Configuration": {"Id": configuration, "Revision": latest},
        "CreatorRequestId": "terraform-20261126170000000000000001",
        "DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ",
        "EncryptionOptions": {"UseAwsOwnedKey": True},
        "EngineType": "ActiveMQ",
        "EngineVersion": "5.18",
        "HostInstanceType": "mq.m5.large",
        "Logs": {"General": True, "Audit": False},
        "MaintenanceWindowStartTime": {"DayOfWeek": "SUNDAY", "TimeOfDay": "03:00", "TimeZone": "UTC"},
        "PubliclyAccessible": False,
        "SecurityGroups": place["groups"][:1],
        "StorageType": "EFS",
        "SubnetIds": place["subnets"],
        "Tags": {"team": "orders"},
        "Users": [{"Username": "admin", "Password": PASSWORD, "ConsoleAccess": True, "Groups": ["admins"]}],
    }
    broker = mq.create_broker(**request)["BrokerId"]
    shown = until(mq, broker, "RUNNING")
    for name in (
        "BrokerName",
        "DeploymentMode",
        "EngineType",
        "EngineVersion",
        "HostInstanceType",
        "SubnetIds",
        "SecurityGroups",
    ):
        assert shown[name] == request[name], name
    assert shown["Configurations"]["Current"] == request["Configuration"]
    assert shown["MaintenanceWindowStartTime"] == request["MaintenanceWindowStartTime"]
    assert (shown["StorageType"], shown["AuthenticationStrategy"], shown["Tags"]) == ("efs", "simple", {"team": "orders"})
    user = mq.describe_user(BrokerId=broker, Username="admin")
    assert (user["ConsoleAccess"], user["Groups"], "Pending" in user) == (True, ["admins"], False)
    assert logs.describe_log_streams(logGroupName=shown["Logs"]["GeneralLogGroup"])["logStreams"]

    mq.update_broker(BrokerId=broker, SecurityGroups=place["groups"][1:])
    mq.update_broker(
        BrokerId=broker,
        Configuration={"Id": configuration, "Revision": 1},
        Logs={"General": True, "Audit": True},
        EngineVersion="5.19",
    )
    mq.update_broker(BrokerId=broker, HostInstanceType="mq.m5.xlarge")
    mq.update_broker(BrokerId=broker, AutoMinorVersionUpgrade=True)
    mq.update_broker(BrokerId=broker, MaintenanceWindowStartTime={"DayOfWeek": "MONDAY", "TimeOfDay": "04:00", "TimeZone": "UTC"})
    mq.create_user(BrokerId=broker, Username="writer", Password=PASSWORD, ConsoleAccess=False, Groups=[])
    mq.update_user(BrokerId=broker, Username="admin", Password=PASSWORD, ConsoleAccess=True, Groups=["admins", "writers"])
    mq.create_tags(ResourceArn=shown["BrokerArn"], Tags={"stage": "test"})
    mq.delete_tags(ResourceArn=shown["BrokerArn"], TagKeys=["team"])
    mq.reboot_broker(BrokerId=broker)
    shown = until(mq, broker, "RUNNING")
    assert (shown["SecurityGroups"], shown["EngineVersion"], shown["Tags"]) == (place["groups"][1:], "5.19", {"stage": "test"})
    assert shown["Configurations"] == {
        "Current": {"Id": configuration, "Revision": 1},
        "History": [{"Id": configuration, "Revision": 2}],
    }
    assert (shown["Logs"]["Audit"], shown["HostInstanceType"]) == (True, "mq.m5.xlarge")
    assert shown["Users"] == [{"Username": "admin"}, {"Username": "writer"}]
    assert mq.describe_user(BrokerId=broker, Username="admin")["Groups"] == ["admins", "writers"]
    mq.delete_user(BrokerId=broker, Username="writer")
    mq.reboot_broker(BrokerId=broker)
    assert until(mq, broker, "RUNNING")["Users"] == [{"Username": "admin"}]

    mq.delete_broker(BrokerId=broker)
    until_gone(mq, broker)
    mq.delete_configuration(ConfigurationId=configuration)
    ec2 = client("ec2")
    for group in place["groups"]:
        ec2.delete_security_group(GroupId=group)


def test_terraform_rabbitmq(client: Client, place: dict[str, Any]) -> None:
    mq, ec2 = client("mq"), client("ec2")
    broker = mq.create_broker(
        AutoMinorVersionUpgrade=True,
        BrokerName="events",
        CreatorRequestId="terraform-20261126170000000000000002",
        DeploymentMode="SINGLE_INSTANCE",
        EncryptionOptions={"UseAwsOwnedKey": True},
        EngineType="RabbitMQ",
        EngineVersion="3.13",
        HostInstanceType="mq.t3.micro",
        Logs={"General": True},
        PubliclyAccessible=False,
        SecurityGroups=place["groups"][:1],
        SubnetIds=place["subnets"][:1],
        Users=[{"Username": "admin", "Password": PASSWORD}],
    )["BrokerId"]
    shown = until(mq, broker, "RUNNING")
    assert (shown["StorageType"], shown["StorageSize"], shown["Users"]) == ("ebs", 20, [])
    found = ec2.describe_vpc_endpoints(
        Filters=[
            {"Name": "vpc-id", "Values": [ec2.describe_subnets(SubnetIds=place["subnets"][:1])["Subnets"][0]["VpcId"]]},
            {"Name": "tag:Broker", "Values": [broker]},
        ]
    )["VpcEndpoints"]
    assert [len(endpoint["NetworkInterfaceIds"]) for endpoint in found] == [1]
    mq.update_broker(BrokerId=broker, EngineVersion="4.2", Logs={"General": False})
    mq.reboot_broker(BrokerId=broker)
    shown = until(mq, broker, "RUNNING")
    assert (shown["EngineVersion"], shown["Logs"]["General"]) == ("4.2", False)
    mq.delete_broker(BrokerId=broker)
    until_gone(mq, broker)


def test_ansible(client: Client) -> None:
    """mq_broker, mq_broker_config, mq_user, mq_broker_info: they look first, and send defaults of their own."""
    mq = client("mq")
    pages = mq.get_paginator("list_brokers").paginate()
    assert [row for page in pages for row in page["BrokerSummaries"] if row["BrokerName"] == "orders"] == []
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    (group,) = ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]["SubnetId"]
    newest = mq.describe_broker_engine_types(EngineType="ACTIVEMQ")["BrokerEngineTypes"][0]["EngineVersions"][0]["Name"]
    broker = mq.create_broker(
        BrokerName="orders",
        AuthenticationStrategy="SIMPLE",
        AutoMinorVersionUpgrade=True,
        CreatorRequestId="ansible",
        DeploymentMode="SINGLE_INSTANCE",
        EncryptionOptions={"UseAwsOwnedKey": False},
        EngineType="ACTIVEMQ",
        EngineVersion=newest,
        HostInstanceType="mq.t3.micro",
        MaintenanceWindowStartTime={"DayOfWeek": "SUNDAY", "TimeOfDay": "01:00", "TimeZone": "UTC"},
        PubliclyAccessible=False,
        SecurityGroups=[group["GroupId"]],
        StorageType="EFS",
        SubnetIds=[subnet],
        Users=[{"Username": "admin", "Password": "adminPassword", "ConsoleAccess": True, "Groups": []}],
    )["BrokerId"]
    shown = until(mq, broker, "RUNNING")
    assert shown["EncryptionOptions"]["UseAwsOwnedKey"] is False
    assert shown["EncryptionOptions"]["KmsKeyId"].startswith("arn:aws:kms:")

    current = shown["Configurations"]["Current"]
    before = mq.describe_configuration_revision(ConfigurationId=current["Id"], ConfigurationRevision=str(current["Revision"]))
    assert before["Data"] != XML
    revision = mq.update_configuration(ConfigurationId=current["Id"], Data=XML, Description="by Ansible")["LatestRevision"]
    mq.update_broker(BrokerId=broker, Configuration={"Id": current["Id"], "Revision": revision["Revision"]})
    mq.reboot_broker(BrokerId=broker)
    assert until(mq, broker, "RUNNING")["Configurations"]["Current"]["Revision"] == 2

    with pytest.raises(ClientError) as error:
        mq.describe_user(BrokerId=broker, Username="writer")
    assert error.value.response["Error"]["Code"] == "NotFoundException"
    mq.create_user(BrokerId=broker, Username="writer", Password="writerPassword", ConsoleAccess=False, Groups=["g1", "g2"])
    assert mq.describe_user(BrokerId=broker, Username="writer")["Pending"]["Groups"] == ["g1", "g2"]
    mq.update_user(BrokerId=broker, Username="writer", ConsoleAccess=True, Groups=["g1"])
    mq.reboot_broker(BrokerId=broker)
    user = mq.describe_user(BrokerId=broker, Username="writer")
    assert (user["ConsoleAccess"], user["Groups"]) == (True, ["g1"])
    mq.delete_user(BrokerId=broker, Username="writer")

    mq.delete_broker(BrokerId=broker)
    until_gone(mq, broker)
