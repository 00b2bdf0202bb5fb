"""What Amazon MQ refuses and how it words it; listings, tags, idempotency, catalogues."""

from __future__ import annotations

from typing import Any

import botocore.loaders
import botocore.model
import botocore.parsers
import pytest

from emulator import AwsError, World
from emulator.services.mq.quotas import BROKERS
from emulator.shapes.write import writer
from tests.conftest import Ask

GOOD: dict[str, Any] = {
    "BrokerName": "orders",
    "EngineType": "RabbitMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": True,
    "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
}
PRIVATE = {"PubliclyAccessible": False}


def user(**changes: str) -> dict[str, Any]:
    return {"Users": [GOOD["Users"][0] | changes]}


REFUSED: list[Any] = [
    ({"BrokerName": "no spaces"}, "Make sure your Broker name only contains valid characters.", "brokerName"),
    ({"BrokerName": "x" * 51}, "Make sure your Broker name only contains valid characters.", "brokerName"),
    ({"BrokerName": None}, "You must specify [brokerName].", "brokerName"),
    ({"EngineType": "KAFKA"}, "Value [KAFKA] is invalid for [engineType]. Valid values: [ACTIVEMQ, RABBITMQ].", "engineType"),
    (
        {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"},
        "Value [ACTIVE_STANDBY_MULTI_AZ] is invalid for [deploymentMode].",
        "deploymentMode",
    ),
    ({"HostInstanceType": "mq.huge"}, "Value [mq.huge] is invalid for [hostInstanceType].", "hostInstanceType"),
    (
        {"DeploymentMode": "CLUSTER_MULTI_AZ", "HostInstanceType": "mq.t3.micro"},
        "Instance type [mq.t3.micro] does not support deployment mode [CLUSTER_MULTI_AZ].",
        "hostInstanceType",
    ),
    (
        {"EngineVersion": "3.8"},
        "Broker engine version [3.8] is invalid for broker engine type [RABBITMQ]. Valid values: [4.3, 4.2, 3.13].",
        "engineVersion",
    ),
    ({"StorageType": "EFS"}, "Value [EFS] is invalid for [storageType]. Valid values: [EBS].", "storageType"),
    ({"Logs": {"Audit": False}}, "Audit logging is not supported for RabbitMQ brokers.", "logs.audit"),
    ({"AutoMinorVersionUpgrade": False}, "Automatic minor version upgrade must be enabled", "autoMinorVersionUpgrade"),
    ({"AuthenticationStrategy": "LDAP"}, "Authentication strategy [LDAP] is not supported", "authenticationStrategy"),
    ({"Users": []}, "RabbitMQ brokers must be created with exactly one user.", "users"),
    ({"Users": GOOD["Users"] * 2}, "RabbitMQ brokers must be created with exactly one user.", "users"),
    (user(Username="guest"), "The username [guest] is reserved", "username"),
    (user(Username="or~ders"), "The username must be 2-100 characters", "username"),
    (user(Password="short"), "The password must be at least 12 characters", "password"),
    (user(Password="aaaaaaaaaaaaaaaa"), "The password must be at least 12 characters", "password"),
    (user(Password="correct-horse=battery"), "The password must be at least 12 characters", "password"),
    (
        {"SecurityGroups": ["sg-1"]},
        "Broker with [publiclyAccessible] set to true does not support specifying [securityGroups]",
        "securityGroups",
    ),
    ({**PRIVATE, "SecurityGroups": ["sg-1"] * 6}, "A broker can have at most 5 security groups.", "securityGroups"),
    ({"Tags": {f"k{number}": "v" for number in range(51)}}, "A broker can have at most 50 tags.", "tags"),
    (
        {"MaintenanceWindowStartTime": {"DayOfWeek": "FUNDAY", "TimeOfDay": "01:00"}},
        "Value [FUNDAY] is invalid",
        "maintenanceWindowStartTime.dayOfWeek",
    ),
    (
        {"MaintenanceWindowStartTime": {"DayOfWeek": "MONDAY", "TimeOfDay": "25:00"}},
        "Value [25:00] is invalid",
        "maintenanceWindowStartTime.timeOfDay",
    ),
    (
        {"EncryptionOptions": {"UseAwsOwnedKey": True, "KmsKeyId": "k"}},
        "[kmsKeyId] can't be specified",
        "encryptionOptions.kmsKeyId",
    ),
    ({**PRIVATE, "SubnetIds": ["subnet-1", "subnet-2"]}, "requires exactly one subnet", "subnetIds"),
    (
        {**PRIVATE, "DeploymentMode": "CLUSTER_MULTI_AZ", "SubnetIds": ["subnet-1", "subnet-1"]},
        "Subnets must belong to different Availability Zones.",
        "subnetIds",
    ),
    (
        {**PRIVATE, "SubnetIds": ["subnet-00000000000000001"]},
        "The subnet ID 'subnet-00000000000000001' does not exist",
        "subnetIds",
    ),
]
"""Changes to a good request for a RabbitMQ broker, and how they are refused: a part of the text, the errorAttribute."""


@pytest.mark.parametrize(("changes", "text", "attribute"), REFUSED)
def test_refused(world: World, ask: Ask, changes: dict[str, Any], text: str, attribute: str) -> None:
    params = {key: value for key, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", **params)
    assert refused.value.code == "BadRequestException"
    assert text in refused.value.message
    assert refused.value.fields == {"ErrorAttribute": attribute}
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert ask("iam:ListRoles")["Roles"] == []


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_where_the_role_is_not_offered(ask: Ask, region: str) -> None:
    with pytest.raises(AwsError, match=rf"BadRequestException: .*Region \[{region}\]"):
        ask("mq:CreateBroker", region=region, **GOOD)


def test_networks_that_do_not_fit(ask: Ask) -> None:
    vpcs = [ask("ec2:CreateVpc", CidrBlock=f"10.{place}.0.0/16")["Vpc"]["VpcId"] for place in (1, 2)]
    subnets = [
        ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=f"10.{place}.{row}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for place, vpc in zip((1, 2), vpcs, strict=True)
        for row, zone in ((0, "a"), (1, "a"), (2, "b"))
    ]
    group = ask("ec2:CreateSecurityGroup", VpcId=vpcs[1], GroupName="g", Description="d")["GroupId"]
    cluster = GOOD | PRIVATE | {"DeploymentMode": "CLUSTER_MULTI_AZ"}
    for changes, text in (
        ({"SubnetIds": [subnets[0], subnets[5]], "SecurityGroups": [group]}, "Subnets must belong to the same VPC."),
        (
            {"SubnetIds": [subnets[0], subnets[1]], "SecurityGroups": [group]},
            "Subnets must belong to different Availability Zones.",
        ),
        ({"SubnetIds": [subnets[0]], "SecurityGroups": [group]}, "Security groups must belong to the same VPC as the subnets."),
        ({"SubnetIds": [subnets[0]]}, "Subnets and security groups must belong to the default VPC when only one is provided."),
        ({"SecurityGroups": [group]}, "Subnets and security groups must belong to the default VPC when only one is provided."),
        ({"SecurityGroups": ["sg-00000000000000001"]}, "The security group 'sg-00000000000000001' does not exist"),
    ):
        with pytest.raises(AwsError) as refused:
            ask("mq:CreateBroker", **(cluster | changes))
        assert (refused.value.code, refused.value.message) == ("BadRequestException", text)


def test_without_a_default_vpc(ask: Ask) -> None:
    subnets = ask("ec2:DescribeSubnets")["Subnets"]
    for subnet in subnets[1:]:
        ask("ec2:DeleteSubnet", SubnetId=subnet["SubnetId"])
    ask("ec2:DeleteSubnet", SubnetId=subnets[0]["SubnetId"])
    with pytest.raises(AwsError, match="and the default VPC has no default subnet"):
        ask("mq:CreateBroker", **(GOOD | PRIVATE))
    vpc = subnets[0]["VpcId"]
    for gateway in ask("ec2:DescribeInternetGateways")["InternetGateways"]:
        ask("ec2:DetachInternetGateway", VpcId=vpc, InternetGatewayId=gateway["InternetGatewayId"])
    ask("ec2:DeleteVpc", VpcId=vpc)
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", **(GOOD | PRIVATE))
    assert refused.value.message.startswith("Default VPC not found.")
    assert refused.value.fields == {}


def test_the_same_request_again(ask: Ask) -> None:
    first = ask("mq:CreateBroker", **GOOD, CreatorRequestId="once")
    again = GOOD | {"Tags": {"a": "b"}} | user(Password="another-good-password")
    assert ask("mq:CreateBroker", **again, CreatorRequestId="once") == first
    for changes in (
        {},
        {"CreatorRequestId": ""},
        {"CreatorRequestId": "twice"},
        {"CreatorRequestId": "once", "HostInstanceType": "mq.m5.xlarge"},
    ):
        with pytest.raises(AwsError) as refused:
            ask("mq:CreateBroker", **(GOOD | changes))
        assert (refused.value.code, refused.value.fields) == ("ConflictException", {"ErrorAttribute": "brokerName"})
        assert refused.value.message == "Broker named [orders] already exists. Specify a unique broker name."


def test_a_region_has_room_for_so_many(world: World, ask: Ask) -> None:
    """In whatever state they are; a request that was made before still gives its broker."""
    made = [ask("mq:CreateBroker", **(GOOD | {"BrokerName": f"b{n}", "CreatorRequestId": "once"})) for n in range(50)]
    more = GOOD | {"BrokerName": "one-more"}
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", **more)
    assert refused.value.code == "BadRequestException"
    assert refused.value.message == "An account can have at most 50 brokers in Region [us-east-1]."
    assert ask("mq:CreateBroker", **(GOOD | {"BrokerName": "b0", "CreatorRequestId": "once"})) == made[0]
    assert ask("mq:CreateBroker", region="eu-west-1", **more)["BrokerId"]
    world.advance(600)
    ask("mq:DeleteBroker", BrokerId=made[0]["BrokerId"])
    with pytest.raises(AwsError, match="at most 50 brokers"):
        ask("mq:CreateBroker", **more)
    world.advance(600)
    assert ask("mq:CreateBroker", **more)["BrokerId"]
    world.quotas = {BROKERS: 51}
    assert ask("mq:CreateBroker", **(more | {"BrokerName": "raised"}))["BrokerId"]


def test_listing_goes_page_by_page(ask: Ask) -> None:
    for number in range(7):
        ask("mq:CreateBroker", **(GOOD | {"BrokerName": f"b{number}"}))
    first = ask("mq:ListBrokers", MaxResults=5)
    rest = ask("mq:ListBrokers", MaxResults=5, NextToken=first["NextToken"])
    names = [row["BrokerName"] for row in first["BrokerSummaries"] + rest["BrokerSummaries"]]
    assert sorted(names) == [f"b{number}" for number in range(7)]
    assert rest["NextToken"] is None
    with pytest.raises(AwsError, match="nextToken is invalid"):
        ask("mq:ListBrokers", NextToken="é")
    with pytest.raises(AwsError, match="BadRequestException"):
        ask("mq:ListBrokers", MaxResults=4)


def test_tags(ask: Ask) -> None:
    arn = ask("mq:CreateBroker", **GOOD, Tags={"a": "1"})["BrokerArn"]
    ask("mq:CreateTags", ResourceArn=arn, Tags={"b": "2"})
    ask("mq:DeleteTags", ResourceArn=arn, TagKeys=["a", "z"])
    assert ask("mq:ListTags", ResourceArn=arn) == {"Tags": {"b": "2"}}
    with pytest.raises(AwsError, match="at most 50 tags"):
        ask("mq:CreateTags", ResourceArn=arn, Tags={f"k{number}": "v" for number in range(50)})
    for unknown in (arn + "0", "x"):
        with pytest.raises(AwsError) as refused:
            ask("mq:ListTags", ResourceArn=unknown)
        assert (refused.value.code, refused.value.message, refused.value.fields) == (
            "NotFoundException",
            "Resource was not found",
            {},
        )


@pytest.mark.parametrize("operation", ["DescribeBroker", "DeleteBroker", "RebootBroker"])
def test_an_unknown_broker(ask: Ask, operation: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask(f"mq:{operation}", BrokerId="b-1")
    assert refused.value.message == "Cannot find broker ID [b-1]. Verify that your broker exists or check broker permissions."
    assert refused.value.fields == {"ErrorAttribute": "broker-id"}


def test_catalogues(ask: Ask) -> None:
    types = ask("mq:DescribeBrokerEngineTypes")
    assert [row["EngineType"] for row in types["BrokerEngineTypes"]] == ["ACTIVEMQ", "RABBITMQ"]
    assert types["MaxResults"] == 20
    assert len(ask("mq:DescribeBrokerEngineTypes", EngineType="rabbitmq")["BrokerEngineTypes"]) == 1
    (option,) = ask("mq:DescribeBrokerInstanceOptions", EngineType="RABBITMQ", HostInstanceType="mq.t3.micro")[
        "BrokerInstanceOptions"
    ]
    assert option["SupportedDeploymentModes"] == ["SINGLE_INSTANCE"]
    stored = ask("mq:DescribeBrokerInstanceOptions", EngineType="ACTIVEMQ", StorageType="ebs")["BrokerInstanceOptions"]
    assert {tuple(row["SupportedDeploymentModes"]) for row in stored} == {("SINGLE_INSTANCE",)}
    assert all(row["HostInstanceType"].startswith("mq.m5.") for row in stored)


def test_every_answer_reads_back_as_it_was_given(world: World, ask: Ask) -> None:
    loader = botocore.loaders.Loader()
    model = botocore.model.ServiceModel(loader.load_service_model("mq", "service-2"))
    made = ask("mq:CreateBroker", **(GOOD | PRIVATE), Logs={"General": True})
    world.advance(600)
    answers = {
        "CreateBroker": made,
        "DescribeBroker": ask("mq:DescribeBroker", BrokerId=made["BrokerId"]),
        "ListBrokers": ask("mq:ListBrokers"),
        "ListTags": ask("mq:ListTags", ResourceArn=made["BrokerArn"]),
        "DescribeBrokerEngineTypes": ask("mq:DescribeBrokerEngineTypes"),
        "DescribeBrokerInstanceOptions": ask("mq:DescribeBrokerInstanceOptions"),
        "RebootBroker": ask("mq:RebootBroker", BrokerId=made["BrokerId"]),
    }
    for name, answer in answers.items():
        reply = writer("mq", name)(answer, "request")
        wire = {"body": reply.body, "headers": reply.headers, "status_code": reply.status}
        parsed = botocore.parsers.create_parser("rest-json").parse(wire, model.operation_model(name).output_shape)
        parsed.pop("ResponseMetadata")
        assert _plain(parsed) == _plain(answer), name


def _plain(value: Any) -> Any:
    """Without absent members, and with instants as numbers."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.timestamp() if hasattr(value, "timestamp") else value
