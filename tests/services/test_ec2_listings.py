"""Filters, ids and pages of the Describe calls."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError
from emulator.services.ec2 import quotas

LISTS = [
    ("ec2:DescribeVpcs", "Vpcs", "VpcId", "VpcIds"),
    ("ec2:DescribeSubnets", "Subnets", "SubnetId", "SubnetIds"),
    ("ec2:DescribeSecurityGroups", "SecurityGroups", "GroupId", "GroupIds"),
    ("ec2:DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId", "VpcEndpointIds"),
    ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId", "NetworkInterfaceIds"),
]


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture(autouse=True)
def _seven_of_each(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """VPCs net-0 … net-6, each with a group, a subnet and an endpoint."""
    monkeypatch.setitem(quotas.QUOTAS, quotas.VPCS, 8)
    for number in range(7):
        tags = [{"Key": "Name", "Value": f"net-{number}"}, {"Key": "odd" if number % 2 else "even", "Value": ""}]
        vpc = ask("ec2:CreateVpc", CidrBlock=f"10.{number}.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
        vpc_id = vpc["Vpc"]["VpcId"]
        subnet = ask("ec2:CreateSubnet", VpcId=vpc_id, CidrBlock=f"10.{number}.0.0/28")["Subnet"]
        ask(
            "ec2:CreateVpcEndpoint",
            VpcId=vpc_id,
            ServiceName="com.amazonaws.us-east-1.mq",
            VpcEndpointType="Interface",
            SubnetIds=[subnet["SubnetId"]],
            PrivateDnsEnabled=False,
        )


@pytest.mark.parametrize(("action", "result", "member", "ids"), LISTS)
def test_pages_together_are_everything(ask: Any, action: str, result: str, member: str, ids: str) -> None:
    everything = ask(action)
    assert everything["NextToken"] is None
    first = ask(action, MaxResults=5)
    assert len(first[result]) == 5
    rest = ask(action, NextToken=first["NextToken"])
    assert [*first[result], *rest[result]] == everything[result]
    assert rest["NextToken"] is None
    names = [item[member] for item in everything[result]]
    assert [item[member] for item in ask(action, **{ids: [names[1], names[0], names[1]]})[result]] == names[:2]


@pytest.mark.parametrize(("action", "result", "member", "ids"), LISTS)
def test_ids_exclude_pages_and_must_all_exist(ask: Any, action: str, result: str, member: str, ids: str) -> None:
    known = ask(action)[result][0][member]
    with refused("InvalidParameterCombination: The parameter"):
        ask(action, MaxResults=5, **{ids: [known]})
    unknown = known.split("-")[0] + "-0123456789abcdef0"
    with pytest.raises(AwsError, match="NotFound.*" + unknown):
        ask(action, **{ids: [known, unknown]})


@pytest.mark.parametrize("action", [*(row[0] for row in LISTS), "ec2:DescribeTags"])
def test_pages_that_cannot_be(ask: Any, action: str) -> None:
    with refused("InvalidParameterValue: Value"):
        ask(action, MaxResults=4)
    with refused("InvalidNextToken"):
        ask(action, NextToken="é")


@pytest.mark.parametrize("action", ["ec2:DescribeVpcEndpoints", "ec2:DescribeTags"])
def test_five_is_the_smallest_page(ask: Any, action: str) -> None:
    with refused("InvalidParameterValue: Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5."):
        ask(action, MaxResults=4)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"tag:Name": ["net-1"]}, [1]),
        ({"tag:Name": ["net-1", "net-3", "net-9"]}, [1, 3]),
        ({"tag:Name": ["net-*"], "tag-key": ["odd"]}, [1, 3, 5]),
        ({"tag:Name": ["NET-1"]}, []),
        ({"tag:name": ["net-1"]}, []),
        ({"tag:even": [""]}, [0, 2, 4, 6]),
        ({"tag:Name": ["net-?"], "cidr": ["10.2.0.0/16"]}, [2]),
        ({"tag:Name": ["net-\\?"]}, []),
        ({"tag:Name": ["*-[12]"]}, []),
        ({"cidr": ["10.2.0.0/1?", "*.3.0.0/*"]}, [2, 3]),
        ({"is-default": ["false"], "cidr-block-association.cidr-block": ["10.6*"]}, [6]),
        ({"is-default": ["true"]}, [None]),
        ({"state": ["pending"]}, []),
        ({"cidr-block-association.state": ["associated"], "tag-key": ["odd"]}, [1, 3, 5]),
        ({"ipv6-cidr-block-association.state": ["associated"]}, []),
    ],
)
def test_filters_of_vpcs(ask: Any, filters: dict[str, list[str]], numbers: list[int | None]) -> None:
    asked = [{"Name": name, "Values": values} for name, values in filters.items()]
    found = ask("ec2:DescribeVpcs", Filters=asked)["Vpcs"]
    second = [int(vpc["CidrBlock"].split(".")[1]) for vpc in found]
    assert sorted(second) == sorted(31 if number is None else number for number in numbers)


def test_a_backslash_takes_a_wildcard_literally(ask: Any) -> None:
    vpc = ask("ec2:DescribeVpcs", Filters=[{"Name": "tag:Name", "Values": ["net-1"]}])["Vpcs"][0]["VpcId"]
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "Name", "Value": "what?\\*"}])
    for pattern, count in (("what\\?\\\\\\*", 1), ("what?*", 1), ("what\\*", 0), ("what?\\", 0)):
        assert len(ask("ec2:DescribeVpcs", Filters=[{"Name": "tag:Name", "Values": [pattern]}])["Vpcs"]) == count


@pytest.mark.parametrize(
    ("action", "result", "name", "value", "count"),
    [
        ("ec2:DescribeSubnets", "Subnets", "availability-zone", "us-east-1a", 8),
        ("ec2:DescribeSubnets", "Subnets", "availabilityZone", "us-east-1b", 1),
        ("ec2:DescribeSubnets", "Subnets", "default-for-az", "false", 7),
        ("ec2:DescribeSubnets", "Subnets", "available-ip-address-count", "10", 7),
        ("ec2:DescribeSubnets", "Subnets", "private-dns-name-options-on-launch.hostname-type", "ip-name", 13),
        ("ec2:DescribeSubnets", "Subnets", "map-public-ip-on-launch", "true", 6),
        ("ec2:DescribeSecurityGroups", "SecurityGroups", "group-name", "default", 8),
        ("ec2:DescribeSecurityGroups", "SecurityGroups", "egress.ip-permission.cidr", "0.0.0.0/0", 8),
        ("ec2:DescribeSecurityGroups", "SecurityGroups", "ip-permission.cidr", "0.0.0.0/0", 0),
        ("ec2:DescribeSecurityGroups", "SecurityGroups", "ip-permission.protocol", "-1", 8),
        ("ec2:DescribeSecurityGroups", "SecurityGroups", "ip-permission.from-port", "443", 0),
        ("ec2:DescribeVpcEndpoints", "VpcEndpoints", "vpc-endpoint-state", "pending", 7),
        ("ec2:DescribeVpcEndpoints", "VpcEndpoints", "vpc-endpoint-type", "Interface", 7),
        ("ec2:DescribeVpcEndpoints", "VpcEndpoints", "service-name", "*.s3", 0),
        ("ec2:DescribeVpcEndpoints", "VpcEndpoints", "tag:Broker", "*", 0),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "interface-type", "vpc_endpoint", 7),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "attachment.attach-time", "2026-09-*Z", 7),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "attachment.device-index", "1", 7),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "addresses.primary", "true", 7),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "private-ip-address", "10.3.*", 1),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "attachment.instance-id", "*", 0),
        ("ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "private-dns-name", "*", 0),
    ],
)
def test_filters_of_the_others(ask: Any, action: str, result: str, name: str, value: str, count: int) -> None:
    assert len(ask(action, Filters=[{"Name": name, "Values": [value]}])[result]) == count


@pytest.mark.parametrize("action", [*(row[0] for row in LISTS), "ec2:DescribeTags", "ec2:DescribeAvailabilityZones"])
def test_filters_that_cannot_be(ask: Any, action: str) -> None:
    with refused("InvalidParameterValue: The filter 'color' is invalid"):
        ask(action, Filters=[{"Name": "color", "Values": ["red"]}])
    with refused("InvalidParameterValue: The filter '' is invalid"):
        ask(action, Filters=[{"Values": ["red"]}])
    name = {"ec2:DescribeTags": "key", "ec2:DescribeAvailabilityZones": "state"}.get(action, "vpc-id")
    for incomplete in ({"Name": name}, {"Name": name, "Values": []}):
        with refused("InvalidParameterValue: Invalid value 'null/empty' for 'filter'. Invalid filter - one of more name/value"):
            ask(action, Filters=[incomplete])
    with refused("FilterLimitExceeded"):
        ask(action, Filters=[{"Name": name, "Values": ["x"] * 201}])


def test_zones_have_no_tags(ask: Any) -> None:
    with refused("InvalidParameterValue: The filter 'tag:a' is invalid"):
        ask("ec2:DescribeAvailabilityZones", Filters=[{"Name": "tag:a", "Values": ["b"]}])
