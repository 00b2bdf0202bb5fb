"""Nothing that is used can be deleted: a matrix of resources and what holds them; and the right order takes everything away."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, World

MQ, S3 = "com.amazonaws.us-east-1.mq", "com.amazonaws.us-east-1.s3"
Things = dict[str, str]
Step = Callable[[Any, Things], Any]


@pytest.fixture
def things(ask: Any) -> Things:
    """An empty VPC."""
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return {"vpc": vpc}


def make_subnet(ask: Any, things: Things) -> None:
    made = ask("ec2:CreateSubnet", VpcId=things["vpc"], CidrBlock="10.0.0.0/24")
    things["subnet"] = made["Subnet"]["SubnetId"]


def make_group(ask: Any, things: Things) -> None:
    things["group"] = ask("ec2:CreateSecurityGroup", VpcId=things["vpc"], GroupName="g", Description="g")["GroupId"]


def make_interface(ask: Any, things: Things) -> None:
    groups = [things["group"]] if "group" in things else []
    made = ask("ec2:CreateNetworkInterface", SubnetId=things["subnet"], Groups=groups)
    things["interface"] = made["NetworkInterface"]["NetworkInterfaceId"]


def make_endpoint(ask: Any, things: Things) -> None:
    made = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=things["vpc"],
        ServiceName=MQ,
        VpcEndpointType="Interface",
        SubnetIds=[things["subnet"]] if "subnet" in things else [],
        SecurityGroupIds=[things["group"]] if "group" in things else [],
        PrivateDnsEnabled=False,
    )
    things["endpoint"] = made["VpcEndpoint"]["VpcEndpointId"]


def make_gateway_endpoint(ask: Any, things: Things) -> None:
    tables = [things["table"]] if "table" in things else []
    made = ask("ec2:CreateVpcEndpoint", VpcId=things["vpc"], ServiceName=S3, RouteTableIds=tables)
    things["endpoint"] = made["VpcEndpoint"]["VpcEndpointId"]


def make_table(ask: Any, things: Things) -> None:
    things["table"] = ask("ec2:CreateRouteTable", VpcId=things["vpc"])["RouteTable"]["RouteTableId"]


def associate_table(ask: Any, things: Things) -> None:
    made = ask("ec2:AssociateRouteTable", RouteTableId=things["table"], SubnetId=things["subnet"])
    things["association"] = made["AssociationId"]


def make_gateway(ask: Any, things: Things) -> None:
    made = ask("ec2:CreateInternetGateway")
    things["gateway"] = made["InternetGateway"]["InternetGatewayId"]
    ask("ec2:AttachInternetGateway", InternetGatewayId=things["gateway"], VpcId=things["vpc"])


def refer_to_group(ask: Any, things: Things) -> None:
    things["referring"] = ask("ec2:CreateSecurityGroup", VpcId=things["vpc"], GroupName="r", Description="r")["GroupId"]
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": things["group"]}]}
    ask("ec2:AuthorizeSecurityGroupEgress", GroupId=things["referring"], IpPermissions=[pair])


def detach_gateway(ask: Any, things: Things) -> None:
    ask("ec2:DetachInternetGateway", InternetGatewayId=things["gateway"], VpcId=things["vpc"])


DELETE: dict[str, Step] = {
    "vpc": lambda ask, things: ask("ec2:DeleteVpc", VpcId=things["vpc"]),
    "subnet": lambda ask, things: ask("ec2:DeleteSubnet", SubnetId=things["subnet"]),
    "group": lambda ask, things: ask("ec2:DeleteSecurityGroup", GroupId=things["group"]),
    "referring": lambda ask, things: ask("ec2:DeleteSecurityGroup", GroupId=things["referring"]),
    "interface": lambda ask, things: ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=things["interface"]),
    "table": lambda ask, things: ask("ec2:DeleteRouteTable", RouteTableId=things["table"]),
    "association": lambda ask, things: ask("ec2:DisassociateRouteTable", AssociationId=things["association"]),
    "gateway": lambda ask, things: ask("ec2:DeleteInternetGateway", InternetGatewayId=things["gateway"]),
    "attachment": detach_gateway,
}
TEXTS = {
    "vpc": "The vpc '{}' has dependencies and cannot be deleted.",
    "subnet": "The subnet '{}' has dependencies and cannot be deleted.",
    "group": "resource {} has a dependent object",
    "table": "The routeTable '{}' has dependencies and cannot be deleted.",
    "gateway": "The internetGateway '{}' has dependencies and cannot be deleted.",
}

MATRIX: list[tuple[str, list[Step], list[str]]] = [
    ("vpc", [make_subnet], ["subnet"]),
    ("vpc", [make_group], ["group"]),
    ("vpc", [make_endpoint], ["endpoint"]),
    ("vpc", [make_gateway_endpoint], ["endpoint"]),
    ("vpc", [make_table], ["table"]),
    ("vpc", [make_gateway], ["attachment"]),
    ("vpc", [make_subnet, make_interface], ["interface", "subnet"]),
    ("subnet", [make_subnet, make_interface], ["interface"]),
    ("subnet", [make_subnet, make_endpoint], ["endpoint"]),
    ("group", [make_group, make_subnet, make_interface], ["interface"]),
    ("group", [make_group, make_endpoint], ["endpoint"]),
    ("group", [make_group, make_subnet, make_endpoint], ["endpoint"]),
    ("group", [make_group, refer_to_group], ["referring"]),
    ("table", [make_table, make_subnet, associate_table], ["association"]),
    ("table", [make_table, make_gateway_endpoint], ["endpoint"]),
    ("gateway", [make_gateway], ["attachment"]),
]


@pytest.mark.parametrize(
    ("held", "makers", "holders"), MATRIX, ids=[f"{row[0]}-{'-'.join(one.__name__ for one in row[1])}" for row in MATRIX]
)
def test_what_is_used_stays_until_it_is_not(
    ask: Any, world: World, things: Things, held: str, makers: list[Step], holders: list[str]
) -> None:
    for make in makers:
        make(ask, things)
    for holder in holders:
        with pytest.raises(AwsError, match="^DependencyViolation: " + re.escape(TEXTS[held].format(things[held])) + "$"):
            DELETE[held](ask, things)
        if holder == "endpoint":
            ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[things["endpoint"]])
            with pytest.raises(AwsError, match=r"^DependencyViolation"):
                DELETE[held](ask, things)
            world.advance(60)
        else:
            DELETE[holder](ask, things)
    DELETE[held](ask, things)


def test_a_whole_network_goes_in_the_right_order(ask: Any, world: World, things: Things) -> None:
    for make in (make_subnet, make_group, make_interface, make_endpoint, make_table, associate_table, make_gateway):
        make(ask, things)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[things["endpoint"]])
    world.advance(60)
    for name in ("interface", "association", "table", "attachment", "gateway", "subnet", "group", "vpc"):
        DELETE[name](ask, things)
    world.advance(60)
    for action, result in (
        ("DescribeVpcs", "Vpcs"),
        ("DescribeRouteTables", "RouteTables"),
        ("DescribeNetworkAcls", "NetworkAcls"),
        ("DescribeSecurityGroups", "SecurityGroups"),
        ("DescribeInternetGateways", "InternetGateways"),
    ):
        assert len(ask(f"ec2:{action}")[result]) == 1
    for action, result in (("DescribeVpcEndpoints", "VpcEndpoints"), ("DescribeNetworkInterfaces", "NetworkInterfaces")):
        assert ask(f"ec2:{action}")[result] == []
