"""Tags at creation and afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def tags_of(ask: Any, resource: str) -> dict[str, str]:
    found = ask("ec2:DescribeTags", Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_every_kind_takes_tags(ask: Any, vpc: str) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    rule = ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpProtocol="-1", CidrIp="10.0.0.0/8")
    endpoint = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.mq",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
        SubnetIds=[subnet],
    )["VpcEndpoint"]
    kinds = {
        vpc: "vpc",
        subnet: "subnet",
        group: "security-group",
        rule["SecurityGroupRules"][0]["SecurityGroupRuleId"]: "security-group-rule",
        endpoint["VpcEndpointId"]: "vpc-endpoint",
        endpoint["NetworkInterfaceIds"][0]: "network-interface",
    }
    assert ask("ec2:CreateTags", Resources=list(kinds), Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}]) == {}
    found = ask("ec2:DescribeTags", Filters=[{"Name": "key", "Values": ["a"]}])["Tags"]
    assert {tag["ResourceId"]: tag["ResourceType"] for tag in found} == kinds
    assert {tag["Value"] for tag in found} == {"1"}
    assert len(ask("ec2:DescribeTags", MaxResults=5)["Tags"]) == 5
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"][0]["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    (interface,) = ask("ec2:DescribeNetworkInterfaces", Filters=[{"Name": "tag:a", "Values": ["1"]}])["NetworkInterfaces"]
    assert len(interface["TagSet"]) == 2
    assert ask("ec2:DeleteTags", Resources=list(kinds)) == {}
    assert ask("ec2:DescribeTags")["Tags"] == []


def test_tags_merge(ask: Any, vpc: str) -> None:
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "b", "Value": "3"}, {"Key": "A", "Value": "4"}])
    assert tags_of(ask, vpc) == {"a": "1", "b": "3", "A": "4"}


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ([{"Key": "a"}], {"b": "2", "c": ""}),
        ([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x"}], {"b": "2", "c": ""}),
        ([{"Key": "a", "Value": ""}, {"Key": "c", "Value": ""}], {"a": "1", "b": "2"}),
        ([{"Key": "nothing"}], {"a": "1", "b": "2", "c": ""}),
        ([], {}),
        (None, {}),
    ],
)
def test_deleting_tags(ask: Any, vpc: str, named: list[dict[str, str]] | None, left: dict[str, str]) -> None:
    ask(
        "ec2:CreateTags",
        Resources=[vpc],
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}, {"Key": "c", "Value": ""}],
    )
    ask("ec2:DeleteTags", Resources=[vpc, vpc], **({} if named is None else {"Tags": named}))
    assert tags_of(ask, vpc) == left


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        ({"key": "a*"}, ["a", "ab"]),
        ({"value": "2"}, ["b"]),
        ({"tag:ab": "?"}, ["ab"]),
        ({"resource-type": "subnet"}, []),
        ({"resource-type": "vpc", "tag:a": "1"}, ["a"]),
    ],
)
def test_filters(ask: Any, vpc: str, filters: dict[str, str], keys: list[str]) -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "ab", "Value": "1"}, {"Key": "b", "Value": "2"}]
    ask("ec2:CreateTags", Resources=[vpc], Tags=tags)
    asked = [{"Name": name, "Values": [value]} for name, value in filters.items()]
    assert [tag["Key"] for tag in ask("ec2:DescribeTags", Filters=asked)["Tags"]] == keys


def test_a_key_may_look_like_another_with_its_value(ask: Any, vpc: str) -> None:
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "b"}, {"Key": "a=b", "Value": "c"}])
    assert ask("ec2:DescribeVpcs", Filters=[{"Name": "tag-key", "Values": ["a=b"]}])["Vpcs"][0]["VpcId"] == vpc
    ask("ec2:DeleteTags", Resources=[vpc], Tags=[{"Key": "a"}])
    assert tags_of(ask, vpc) == {"a=b": "c"}
    ask("ec2:DeleteVpc", VpcId=vpc)


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("vpc-0", "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
        ("subnet-0", "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist"),
        ("sg-0123456789abcdef0", "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist"),
        ("sgr-0", "InvalidSecurityGroupRuleId.NotFound: The security group rule ID 'sgr-0' does not exist"),
        ("eni-0", "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-0' does not exist"),
        ("vpce-0", "InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id 'vpce-0' does not exist"),
        ("10.0.0.1", "InvalidID: The ID '10.0.0.1' is not valid"),
    ],
)
def test_all_resources_or_none(ask: Any, vpc: str, resource: str, text: str) -> None:
    with refused(text):
        ask("ec2:CreateTags", Resources=[vpc, resource], Tags=[{"Key": "a", "Value": "1"}])
    assert tags_of(ask, vpc) == {}
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "1"}])
    with refused(text):
        ask("ec2:DeleteTags", Resources=[vpc, resource])
    assert tags_of(ask, vpc) == {"a": "1"}


RESERVED = "InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use"


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ([{"Key": "aws:cloudformation:stack", "Value": "x"}], RESERVED),
        ([{"Key": "AWS:x"}], RESERVED),
        ([{"Key": "", "Value": "x"}], "InvalidTagKey.Malformed"),
        ([{"Value": "x"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k" * 129}], "InvalidParameterValue: Tag key exceeds the maximum length of 128 characters"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidParameterValue: Tag value exceeds the maximum length of 256 characters"),
        ([{"Key": "k"}, {"Key": "k", "Value": "2"}], "InvalidParameterValue: Duplicate tag key 'k' specified."),
        (
            [{"Key": f"k{number}"} for number in range(51)],
            "TagLimitExceeded: The maximum number of Tags for a resource has been reached.",
        ),
    ],
)
def test_tags_that_cannot_be(ask: Any, vpc: str, tags: list[dict[str, str]], text: str) -> None:
    with refused(text):
        ask("ec2:CreateTags", Resources=[vpc], Tags=tags)
    assert tags_of(ask, vpc) == {}
    with refused(text):
        ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    assert len(ask("ec2:DescribeVpcs")["Vpcs"]) == 2


def test_fifty_tags_are_the_most(ask: Any, vpc: str) -> None:
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": f"k{number}"} for number in range(50)])
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "k0", "Value": "again"}])
    with refused("TagLimitExceeded"):
        ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "one more"}])


def test_reserved_tags_are_not_the_customers_to_delete(ask: Any, vpc: str) -> None:
    with refused(RESERVED):
        ask("ec2:DeleteTags", Resources=[vpc], Tags=[{"Key": "aws:x"}])


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({"Tags": [{"Key": "a"}]}, "InvalidParameterValue: Tag specification resource type must have a value"),
        ({"ResourceType": "vpc"}, "InvalidParameterValue: Tag specification must have at least one tag"),
        ({"ResourceType": "vpc", "Tags": []}, "InvalidParameterValue: Tag specification must have at least one tag"),
        (
            {"ResourceType": "subnet", "Tags": [{"Key": "a"}]},
            "InvalidParameterValue: 'subnet' is not a valid taggable resource type for this operation.",
        ),
    ],
)
def test_tag_specifications_that_cannot_be(ask: Any, specification: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=[specification])
