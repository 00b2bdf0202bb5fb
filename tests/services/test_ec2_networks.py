"""VPCs, subnets and zones as a client sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.shapes.regions import zones


@pytest.fixture
def vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


def delete_default_vpc(ask: Any) -> None:
    """Everything in it first."""
    vpc = ask("ec2:DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    for subnet in ask("ec2:DescribeSubnets")["Subnets"]:
        ask("ec2:DeleteSubnet", SubnetId=subnet["SubnetId"])
    gateway = ask("ec2:DescribeInternetGateways")["InternetGateways"][0]["InternetGatewayId"]
    ask("ec2:DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    ask("ec2:DeleteVpc", VpcId=vpc)


# what an account has from the start


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1"])
def test_every_region_has_a_default_vpc_with_a_subnet_in_each_zone(ask: Any, region: str) -> None:
    (vpc,) = ask("ec2:DescribeVpcs", region=region)["Vpcs"]
    assert (vpc["CidrBlock"], vpc["IsDefault"], vpc["State"]) == ("172.31.0.0/16", True, "available")
    subnets = ask("ec2:DescribeSubnets", region=region)["Subnets"]
    assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == [name for name, _ in zones(region)]
    for subnet in subnets:
        assert subnet["VpcId"] == vpc["VpcId"]
        assert subnet["CidrBlock"].endswith("/20")
        assert subnet["AvailableIpAddressCount"] == 4091
        assert subnet["DefaultForAz"] is subnet["MapPublicIpOnLaunch"] is True
    (group,) = ask("ec2:DescribeSecurityGroups", region=region)["SecurityGroups"]
    assert (group["GroupName"], group["VpcId"]) == ("default", vpc["VpcId"])


def test_accounts_and_regions_do_not_share(ask: Any) -> None:
    seen = {
        ask("ec2:DescribeVpcs", account=account, region=region)["Vpcs"][0]["VpcId"]
        for account in ("111122223333", "444455556666")
        for region in ("us-east-1", "eu-west-1")
    }
    assert len(seen) == 4


def test_a_deleted_default_vpc_stays_away(ask: Any) -> None:
    delete_default_vpc(ask)
    assert ask("ec2:DescribeVpcs")["Vpcs"] == []
    assert ask("ec2:DescribeSecurityGroups")["SecurityGroups"] == []


# VPCs


def test_a_new_vpc_is_pending_in_the_answer_and_available_at_the_next_look(ask: Any) -> None:
    made = ask("ec2:CreateVpc", CidrBlock="10.1.2.3/16", TagSpecifications=tags("vpc", Name="main"))["Vpc"]
    assert made["State"] == "pending"
    assert made["CidrBlock"] == "10.1.0.0/16"
    assert made["CidrBlockAssociationSet"][0]["CidrBlockState"] == {"State": "associated"}
    assert made["CidrBlockAssociationSet"][0]["AssociationId"].startswith("vpc-cidr-assoc-")
    assert made["Tags"] == [{"Key": "Name", "Value": "main"}]
    (seen,) = ask("ec2:DescribeVpcs", VpcIds=[made["VpcId"]])["Vpcs"]
    assert seen == {**made, "State": "available", "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"}}
    assert seen["IsDefault"] is False
    assert len({vpc["DhcpOptionsId"] for vpc in ask("ec2:DescribeVpcs")["Vpcs"]}) == 1


def tags(kind: str, **values: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in values.items()]}]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid."),
        ({"CidrBlock": "10.0.0.0/29"}, "InvalidVpc.Range: The CIDR '10.0.0.0/29' is invalid."),
        ({"CidrBlock": "10.0.0.0"}, "InvalidParameterValue: Value (10.0.0.0) for parameter cidrBlock is invalid."),
        ({"CidrBlock": "10.0.0.0/255.255.0.0"}, "InvalidParameterValue: Value (10.0.0.0/255.255.0.0)"),
        ({"CidrBlock": "10.0.0.256/16"}, "InvalidParameterValue: Value (10.0.0.256/16)"),
        ({"CidrBlock": "::/16"}, "InvalidParameterValue: Value (::/16)"),
        ({}, "MissingParameter: The request must contain the parameter cidrBlock"),
        ({"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "host"}, "InvalidParameterValue: Value (host)"),
        ({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": True}, "NotImplemented"),
        ({"CidrBlock": "10.0.0.0/16", "Ipv6Pool": "x"}, "NotImplemented"),
    ],
)
def test_a_vpc_that_cannot_be(ask: Any, params: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:CreateVpc", **params)
    assert len(ask("ec2:DescribeVpcs")["Vpcs"]) == 1


def test_tenancy_is_kept(ask: Any) -> None:
    made = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/28", InstanceTenancy="dedicated", AmazonProvidedIpv6CidrBlock=False)
    assert made["Vpc"]["InstanceTenancy"] == "dedicated"


def test_a_vpc_goes_only_when_empty(ask: Any, vpc: str) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    endpoint = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]
    steps = [
        ("ec2:DeleteSubnet", {"SubnetId": subnet}),
        ("ec2:DeleteSecurityGroup", {"GroupId": group}),
        ("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": [endpoint["VpcEndpointId"]]}),
    ]
    for action, params in steps:
        with refused(f"DependencyViolation: The vpc '{vpc}' has dependencies and cannot be deleted."):
            ask("ec2:DeleteVpc", VpcId=vpc)
        ask(action, **params)


def test_a_deleted_endpoint_does_not_hold_its_vpc(ask: Any, world: World, vpc: str) -> None:
    endpoint = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    world.advance(60)
    assert ask("ec2:DeleteVpc", VpcId=vpc) == {}
    with refused(f"InvalidVpcID.NotFound: The vpc ID '{vpc}' does not exist"):
        ask("ec2:DeleteVpc", VpcId=vpc)


# subnets


@pytest.mark.parametrize(
    ("cidr", "free"), [("10.0.0.0/28", 11), ("10.0.1.0/24", 251), ("10.0.2.0/26", 59), ("10.0.0.0/16", 65531)]
)
def test_five_addresses_are_reserved(ask: Any, vpc: str, cidr: str, free: int) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=cidr)["Subnet"]
    assert (subnet["AvailableIpAddressCount"], subnet["State"]) == (free, "available")


def test_a_subnet_as_described(ask: Any, vpc: str) -> None:
    made = ask(
        "ec2:CreateSubnet",
        VpcId=vpc,
        CidrBlock="10.0.7.9/24",
        AvailabilityZone="us-east-1c",
        Ipv6Native=False,
        TagSpecifications=tags("subnet", tier="private"),
    )["Subnet"]
    assert made["CidrBlock"] == "10.0.7.0/24"
    assert (made["AvailabilityZone"], made["AvailabilityZoneId"]) == ("us-east-1c", "use1-az3")
    assert made["SubnetArn"] == f"arn:aws:ec2:us-east-1:111122223333:subnet/{made['SubnetId']}"
    assert made["DefaultForAz"] is made["MapPublicIpOnLaunch"] is False
    assert made["Tags"] == [{"Key": "tier", "Value": "private"}]
    assert ask("ec2:DescribeSubnets", SubnetIds=[made["SubnetId"]])["Subnets"] == [made]


def test_zones_by_id_and_by_default(ask: Any, vpc: str) -> None:
    by_id = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZoneId="use1-az1")["Subnet"]
    assert by_id["AvailabilityZone"] == "us-east-1a"
    free = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]
    assert free["AvailabilityZone"] == "us-east-1b"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"CidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict: The CIDR '10.0.0.128/25' conflicts with another subnet"),
        ({"CidrBlock": "10.0.0.0/20"}, "InvalidSubnet.Conflict: The CIDR '10.0.0.0/20' conflicts with another subnet"),
        ({"CidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid."),
        ({"CidrBlock": "10.0.1.0/29"}, "InvalidSubnet.Range: The CIDR '10.0.1.0/29' is invalid."),
        ({}, "MissingParameter: The request must contain the parameter cidrBlock"),
        ({"CidrBlock": "10.0.1.0/24", "VpcId": "vpc-1"}, "InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist"),
        ({"CidrBlock": "10.0.1.0/24", "Ipv6Native": True}, "NotImplemented"),
        (
            {"CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1z"},
            "InvalidParameterValue: Value (us-east-1z) for parameter availabilityZone is invalid. Subnets can currently only be "
            "created in the following availability zones: us-east-1a, us-east-1b, "
            "us-east-1c, us-east-1d, us-east-1e, us-east-1f.",
        ),
        (
            {"CidrBlock": "10.0.1.0/24", "AvailabilityZoneId": "use1-az9"},
            "InvalidParameterValue: Value (use1-az9) for parameter availabilityZoneId is invalid.",
        ),
        (
            {"CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1"},
            "InvalidParameterCombination",
        ),
    ],
)
def test_a_subnet_that_cannot_be(ask: Any, vpc: str, params: dict[str, Any], text: str) -> None:
    ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")
    with refused(text):
        ask("ec2:CreateSubnet", **{"VpcId": vpc, **params})


def test_a_subnet_with_an_interface_stays(ask: Any, world: World, vpc: str) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    endpoint = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.mq",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
        SubnetIds=[subnet],
    )["VpcEndpoint"]["VpcEndpointId"]
    assert ask("ec2:DescribeSubnets", SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 250
    with refused(f"DependencyViolation: The subnet '{subnet}' has dependencies and cannot be deleted."):
        ask("ec2:DeleteSubnet", SubnetId=subnet)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
    world.advance(60)
    assert ask("ec2:DescribeSubnets", SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 251
    assert ask("ec2:DeleteSubnet", SubnetId=subnet) == {}
    with refused(f"InvalidSubnetID.NotFound: The subnet ID '{subnet}' does not exist"):
        ask("ec2:DeleteSubnet", SubnetId=subnet)


# zones


def test_zones(ask: Any) -> None:
    found = ask("ec2:DescribeAvailabilityZones", region="us-west-1", AllAvailabilityZones=True)["AvailabilityZones"]
    assert [(zone["ZoneName"], zone["ZoneId"], zone["State"]) for zone in found] == [
        ("us-west-1a", "usw1-az1", "available"),
        ("us-west-1c", "usw1-az2", "available"),
    ]
    assert found[0]["OptInStatus"] == "opt-in-not-required"


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"ZoneNames": ["us-east-1b", "us-east-1a"]}, ["us-east-1a", "us-east-1b"]),
        ({"ZoneIds": ["use1-az6"]}, ["us-east-1f"]),
        ({"ZoneNames": ["us-east-1b"], "ZoneIds": ["use1-az6"]}, []),
        ({"Filters": [{"Name": "zone-id", "Values": ["*-az[23]"]}]}, []),
        ({"Filters": [{"Name": "zone-id", "Values": ["use1-az2", "*3"]}]}, ["us-east-1b", "us-east-1c"]),
        ({"Filters": [{"Name": "zone-type", "Values": ["local-zone"]}]}, []),
    ],
)
def test_zones_chosen(ask: Any, params: dict[str, Any], names: list[str]) -> None:
    assert [zone["ZoneName"] for zone in ask("ec2:DescribeAvailabilityZones", **params)["AvailabilityZones"]] == names


def test_an_unknown_zone(ask: Any) -> None:
    with refused("InvalidParameterValue: Invalid availability zone: [us-east-1y, us-east-1z]"):
        ask("ec2:DescribeAvailabilityZones", ZoneNames=["us-east-1z", "us-east-1a", "us-east-1y"])
