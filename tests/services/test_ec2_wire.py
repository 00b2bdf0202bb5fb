"""Every answer, written as EC2's XML and read by botocore, is the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import botocore.loaders
import botocore.model
import botocore.parsers
import pytest

from emulator import World
from emulator.shapes.write import writer

MODEL = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("ec2", "service-2"))


def as_read(operation: str, result: dict[str, Any]) -> dict[str, Any]:
    """What a client gets of a result."""
    reply = writer("ec2", operation)(result, "3fd1c6a5-0000-4000-8000-000000000000")
    response = {"body": reply.body, "headers": reply.headers, "status_code": reply.status}
    parsed = botocore.parsers.create_parser("ec2").parse(response, MODEL.operation_model(operation).output_shape)
    assert parsed.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return {name: plain(value) for name, value in parsed.items()}


def plain(value: Any) -> Any:
    """Instants as seconds; absent members left out."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


@pytest.fixture
def told(ask: Any) -> Any:
    """``told("CreateVpc", …)``: asks, holds the answer against what a client would read, and gives it."""

    def run(operation: str, **params: Any) -> Any:
        result = ask(f"ec2:{operation}", **params)
        assert as_read(operation, result) == plain(result)
        return result

    return run


def tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": "a <b> & c"}]}]


def test_a_networks_life(told: Any, world: World) -> None:
    vpc = told("CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    subnet = told("CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24", TagSpecifications=tagged("subnet"))["Subnet"]["SubnetId"]
    group = told("CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="a", TagSpecifications=tagged("security-group"))
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 5671,
        "ToPort": 5671,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "UserIdGroupPairs": [{"GroupId": group["GroupId"]}],
    }
    told(
        "AuthorizeSecurityGroupIngress", GroupId=group["GroupId"], IpPermissions=[permission, {**permission, "IpProtocol": "50"}]
    )
    endpoint = told(
        "CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.mq",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group["GroupId"]],
        ClientToken="once",
        TagSpecifications=tagged("vpc-endpoint"),
    )["VpcEndpoint"]["VpcEndpointId"]
    gateway = told("CreateVpcEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]["VpcEndpointId"]
    told("CreateTags", Resources=[endpoint, subnet], Tags=[{"Key": "empty", "Value": ""}])
    told("DescribeVpcs")
    assert told("DescribeVpcs", MaxResults=5)["NextToken"] is None
    assert told("DescribeSubnets", MaxResults=5)["NextToken"]
    told("DescribeSecurityGroups")
    told("DescribeVpcEndpoints")
    told("DescribeNetworkInterfaces")
    told("DescribeTags")
    told("DescribeAvailabilityZones")
    told("DeleteTags", Resources=[endpoint], Tags=[{"Key": "empty"}])
    assert told("DeleteVpcEndpoints", VpcEndpointIds=[endpoint, gateway, "vpce-0"])["Unsuccessful"]
    world.advance(60)
    told("DeleteSecurityGroup", GroupId=group["GroupId"])
    told("DeleteSubnet", SubnetId=subnet)
    told("DeleteVpc", VpcId=vpc)


def test_the_default_network(told: Any) -> None:
    subnet = told("DescribeSubnets")["Subnets"][0]
    told(
        "CreateVpcEndpoint",
        VpcId=subnet["VpcId"],
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]],
        PrivateDnsEnabled=True,
        DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": False},
    )
    told("DescribeNetworkInterfaces")
