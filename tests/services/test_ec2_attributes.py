"""Attributes of VPCs and subnets, CIDR blocks, default VPC and subnets, Regions and the account."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError
from emulator.services.ec2 import quotas
from tests.services.test_ec2_networks import delete_default_vpc


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.mark.parametrize(
    ("name", "member", "before"),
    [
        ("enableDnsSupport", "EnableDnsSupport", True),
        ("enableDnsHostnames", "EnableDnsHostnames", False),
        ("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics", False),
    ],
)
def test_attributes_of_a_vpc(ask: Any, vpc: str, name: str, member: str, before: bool) -> None:
    asked = {"VpcId": vpc, "Attribute": name}
    assert ask("ec2:DescribeVpcAttribute", **asked) == {"VpcId": vpc, member: {"Value": before}}
    assert ask("ec2:ModifyVpcAttribute", VpcId=vpc, **{member: {"Value": not before}}) == {}
    assert ask("ec2:DescribeVpcAttribute", **asked) == {"VpcId": vpc, member: {"Value": not before}}


def test_the_default_vpc_has_host_names(ask: Any) -> None:
    vpc = ask("ec2:DescribeVpcs")["Vpcs"][0]["VpcId"]
    assert ask("ec2:DescribeVpcAttribute", VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "InvalidParameterCombination: No attributes specified."),
        ({"EnableDnsSupport": {}}, "MissingParameter"),
        (
            {"EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}},
            "InvalidParameterCombination: Fields for multiple attribute types specified: enableDnsHostnames, enableDnsSupport",
        ),
    ],
)
def test_one_attribute_of_a_vpc_a_call(ask: Any, vpc: str, params: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:ModifyVpcAttribute", VpcId=vpc, **params)


def test_an_attribute_that_is_none(ask: Any, vpc: str) -> None:
    with refused("InvalidParameterValue: Value (color) for parameter Attribute"):
        ask("ec2:DescribeVpcAttribute", VpcId=vpc, Attribute="color")


@pytest.mark.parametrize(
    ("params", "path", "value"),
    [
        ({"MapPublicIpOnLaunch": {"Value": True}}, ["MapPublicIpOnLaunch"], True),
        ({"EnableDns64": {"Value": True}}, ["EnableDns64"], True),
        ({"PrivateDnsHostnameTypeOnLaunch": "resource-name"}, ["PrivateDnsNameOptionsOnLaunch", "HostnameType"], "resource-name"),
        (
            {"EnableResourceNameDnsARecordOnLaunch": {"Value": True}},
            ["PrivateDnsNameOptionsOnLaunch", "EnableResourceNameDnsARecord"],
            True,
        ),
        (
            {"EnableResourceNameDnsAAAARecordOnLaunch": {"Value": True}},
            ["PrivateDnsNameOptionsOnLaunch", "EnableResourceNameDnsAAAARecord"],
            True,
        ),
    ],
)
def test_attributes_of_a_subnet(ask: Any, vpc: str, params: dict[str, Any], path: list[str], value: Any) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    assert ask("ec2:ModifySubnetAttribute", SubnetId=subnet, **params) == {}
    shown = ask("ec2:DescribeSubnets", SubnetIds=[subnet])["Subnets"][0]
    for member in path:
        shown = shown[member]
    assert shown == value


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "InvalidParameterCombination: No attributes specified."),
        ({"MapPublicIpOnLaunch": {}}, "MissingParameter"),
        ({"MapPublicIpOnLaunch": {"Value": True}, "EnableDns64": {"Value": True}}, "InvalidParameterCombination: Fields for"),
        ({"PrivateDnsHostnameTypeOnLaunch": "mine"}, "InvalidParameterValue: Value (mine)"),
        ({"AssignIpv6AddressOnCreation": {"Value": True}}, "NotImplemented"),
    ],
)
def test_attributes_that_a_subnet_cannot_have(ask: Any, vpc: str, params: dict[str, Any], text: str) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    with refused(text):
        ask("ec2:ModifySubnetAttribute", SubnetId=subnet, **params)


# CIDR blocks


def test_a_vpc_grows_and_shrinks(ask: Any, vpc: str) -> None:
    made = ask("ec2:AssociateVpcCidrBlock", VpcId=vpc, CidrBlock="10.1.2.3/16")
    block = made["CidrBlockAssociation"]
    assert (made["VpcId"], block["CidrBlock"], block["CidrBlockState"]["State"]) == (vpc, "10.1.0.0/16", "associating")
    (shown,) = ask("ec2:DescribeVpcs", Filters=[{"Name": "cidr-block-association.cidr-block", "Values": ["10.1.*"]}])["Vpcs"]
    assert shown["CidrBlock"] == "10.0.0.0/16"
    assert [one["CidrBlockState"]["State"] for one in shown["CidrBlockAssociationSet"]] == ["associated"] * 2
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.1.9.0/24")["Subnet"]["SubnetId"]
    with refused(f"InvalidCidrBlock.InUse: The vpc {vpc} currently has a subnet within CIDR block 10.1.0.0/16"):
        ask("ec2:DisassociateVpcCidrBlock", AssociationId=block["AssociationId"])
    ask("ec2:DeleteSubnet", SubnetId=subnet)
    gone = ask("ec2:DisassociateVpcCidrBlock", AssociationId=block["AssociationId"])
    assert gone["CidrBlockAssociation"]["CidrBlockState"] == {"State": "disassociating"}
    (shown,) = ask("ec2:DescribeVpcs", VpcIds=[vpc])["Vpcs"]
    assert len(shown["CidrBlockAssociationSet"]) == 1
    with refused("OperationNotPermitted"):
        ask("ec2:DisassociateVpcCidrBlock", AssociationId=shown["CidrBlockAssociationSet"][0]["AssociationId"])
    with refused("InvalidVpcCidrBlockAssociationID.NotFound: The vpc CIDR block association ID"):
        ask("ec2:DisassociateVpcCidrBlock", AssociationId=block["AssociationId"])


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        ("10.0.128.0/17", "CidrConflict"),
        ("10.0.0.0/15", "InvalidVpc.Range"),
        ("10.1.0.0/29", "InvalidVpc.Range"),
        ("192.168.0.0/16", "InvalidVpc.Range: The CIDR '192.168.0.0/16' is restricted."),
        ("172.16.0.0/16", "InvalidVpc.Range: The CIDR '172.16.0.0/16' is restricted."),
        ("198.19.0.0/16", "InvalidVpc.Range: The CIDR '198.19.0.0/16' is restricted."),
        (None, "MissingParameter"),
    ],
)
def test_a_block_that_a_vpc_cannot_have(ask: Any, vpc: str, cidr: str | None, text: str) -> None:
    with refused(text):
        ask("ec2:AssociateVpcCidrBlock", VpcId=vpc, **({} if cidr is None else {"CidrBlock": cidr}))


def test_public_and_shared_ranges_go_with_private_ones(ask: Any, vpc: str) -> None:
    for cidr in ("100.64.0.0/16", "203.0.112.0/20"):
        ask("ec2:AssociateVpcCidrBlock", VpcId=vpc, CidrBlock=cidr)


# defaults


def test_a_default_vpc_again(ask: Any) -> None:
    with refused("DefaultVpcAlreadyExists: A Default VPC already exists for this account in this region."):
        ask("ec2:CreateDefaultVpc")
    delete_default_vpc(ask)
    with refused("DefaultVpcDoesNotExist"):
        ask("ec2:CreateDefaultSubnet", AvailabilityZone="us-east-1a")
    made = ask("ec2:CreateDefaultVpc")["Vpc"]
    assert (made["IsDefault"], made["CidrBlock"], made["State"]) == (True, "172.31.0.0/16", "pending")
    assert len(ask("ec2:DescribeSubnets")["Subnets"]) == 6
    (table,) = ask("ec2:DescribeRouteTables")["RouteTables"]
    assert [route["DestinationCidrBlock"] for route in table["Routes"]] == ["172.31.0.0/16", "0.0.0.0/0"]


def test_a_default_subnet_again(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask("ec2:DescribeSubnets", Filters=[{"Name": "availability-zone", "Values": ["us-east-1b"]}])["Subnets"][0]
    with refused(f"DefaultSubnetAlreadyExistsInAvailabilityZone: '{first['SubnetId']}' is already the default subnet in"):
        ask("ec2:CreateDefaultSubnet", AvailabilityZone="us-east-1b")
    ask("ec2:DeleteSubnet", SubnetId=first["SubnetId"])
    made = ask("ec2:CreateDefaultSubnet", AvailabilityZoneId=first["AvailabilityZoneId"])["Subnet"]
    assert {**made, "SubnetId": "", "SubnetArn": ""} == {**first, "SubnetId": "", "SubnetArn": ""}
    ask("ec2:DeleteSubnet", SubnetId=made["SubnetId"])
    with refused("MissingParameter"):
        ask("ec2:CreateDefaultSubnet")
    for place in range(16):
        taken = ask("ec2:DescribeSubnets")["Subnets"]
        cidr = f"172.31.{place * 16}.0/20"
        if cidr not in {subnet["CidrBlock"] for subnet in taken}:
            ask("ec2:CreateSubnet", VpcId=first["VpcId"], CidrBlock=cidr)
    with refused("InvalidSubnet.Conflict"):
        ask("ec2:CreateDefaultSubnet", AvailabilityZone="us-east-1b")


# Regions and the account


def test_regions(ask: Any) -> None:
    names = [region["RegionName"] for region in ask("ec2:DescribeRegions")["Regions"]]
    assert names == sorted(names)
    assert "us-east-1" in names
    assert "af-south-1" not in names
    everything = ask("ec2:DescribeRegions", AllRegions=True)["Regions"]
    assert {"RegionName": "af-south-1", "Endpoint": "ec2.af-south-1.amazonaws.com", "OptInStatus": "not-opted-in"} in everything
    (one,) = ask("ec2:DescribeRegions", RegionNames=["eu-west-1"])["Regions"]
    assert one == {"RegionName": "eu-west-1", "Endpoint": "ec2.eu-west-1.amazonaws.com", "OptInStatus": "opt-in-not-required"}
    with refused("InvalidParameterValue: Invalid region names: mars-1"):
        ask("ec2:DescribeRegions", RegionNames=["eu-west-1", "mars-1"])
    assert {region["RegionName"] for region in ask("ec2:DescribeRegions", region="cn-north-1")["Regions"]} == {
        "cn-north-1",
        "cn-northwest-1",
    }


def test_account_attributes(ask: Any) -> None:
    vpc = ask("ec2:DescribeVpcs")["Vpcs"][0]["VpcId"]
    shown = {one["AttributeName"]: one["AttributeValues"] for one in ask("ec2:DescribeAccountAttributes")["AccountAttributes"]}
    assert shown["default-vpc"] == [{"AttributeValue": vpc}]
    assert shown["supported-platforms"] == [{"AttributeValue": "VPC"}]
    assert set(shown) > {"max-instances", "vpc-max-security-groups-per-interface"}
    delete_default_vpc(ask)
    (one,) = ask("ec2:DescribeAccountAttributes", AttributeNames=["default-vpc"])["AccountAttributes"]
    assert one["AttributeValues"] == [{"AttributeValue": "none"}]
    with refused("InvalidParameterValue: Value (color)"):
        ask("ec2:DescribeAccountAttributes", AttributeNames=["color"])


# quotas


@pytest.mark.parametrize(
    ("quota", "action", "params", "code"),
    [
        (quotas.VPCS, "ec2:CreateVpc", {"CidrBlock": "10.0.0.0/16"}, "VpcLimitExceeded"),
        (quotas.BLOCKS, "ec2:AssociateVpcCidrBlock", {"VpcId": "", "CidrBlock": "10.1.0.0/16"}, "CidrBlockLimitExceeded"),
        (quotas.SUBNETS, "ec2:CreateSubnet", {"VpcId": "", "CidrBlock": "10.0.9.0/24"}, "SubnetLimitExceeded"),
        (quotas.GROUPS, "ec2:CreateSecurityGroup", {"GroupName": "x", "Description": "x"}, "SecurityGroupLimitExceeded"),
        (quotas.INTERFACES, "ec2:CreateNetworkInterface", {"SubnetId": ""}, "NetworkInterfaceLimitExceeded"),
        (quotas.INTERNET_GATEWAYS, "ec2:CreateInternetGateway", {}, "InternetGatewayLimitExceeded"),
        (quotas.ROUTE_TABLES, "ec2:CreateRouteTable", {"VpcId": ""}, "RouteTableLimitExceeded"),
        (
            quotas.GATEWAY_ENDPOINTS,
            "ec2:CreateVpcEndpoint",
            {"VpcId": "", "ServiceName": "com.amazonaws.us-east-1.s3"},
            "VpcEndpointLimitExceeded",
        ),
    ],
)
def test_quotas_are_settings(
    ask: Any, vpc: str, monkeypatch: pytest.MonkeyPatch, quota: str, action: str, params: dict[str, Any], code: str
) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    filled = {**params, **{name: {"VpcId": vpc, "SubnetId": subnet}[name] for name in ("VpcId", "SubnetId") if name in params}}
    monkeypatch.setitem(quotas.QUOTAS, quota, 0)
    with refused(code):
        ask(action, **filled)
    monkeypatch.setitem(quotas.QUOTAS, quota, 100)
    ask(action, **filled)


def test_gateway_endpoints_do_not_count_among_the_others(ask: Any, vpc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(quotas.QUOTAS, quotas.INTERFACE_ENDPOINTS, 1)
    for service in ("s3", "dynamodb"):
        ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=f"com.amazonaws.us-east-1.{service}")
    interface = {"VpcId": vpc, "VpcEndpointType": "Interface", "PrivateDnsEnabled": False}
    ask("ec2:CreateVpcEndpoint", ServiceName="com.amazonaws.us-east-1.logs", **interface)
    with refused("VpcEndpointLimitExceeded"):
        ask("ec2:CreateVpcEndpoint", ServiceName="com.amazonaws.us-east-1.sqs", **interface)
