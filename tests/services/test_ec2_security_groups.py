"""Security groups and their rules as a client sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError, World
from tests.services.test_ec2_networks import delete_default_vpc

ANYWHERE = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
MISSING_GROUP = "sg-0123456789abcdef0"


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def group(ask: Any, vpc: str) -> str:
    return str(ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web servers")["GroupId"])


def described(ask: Any, group: str) -> dict[str, Any]:
    (found,) = ask("ec2:DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"]
    return dict(found)


def bare(permissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what is empty or absent."""
    return [{name: value for name, value in one.items() if value not in (None, [])} for one in permissions]


def test_the_default_group_of_a_new_vpc(ask: Any, vpc: str) -> None:
    (group,) = ask("ec2:DescribeSecurityGroups", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert (group["GroupName"], group["Description"]) == ("default", "default VPC security group")
    pair = {"GroupId": group["GroupId"], "UserId": "111122223333", "Description": None}
    assert bare(group["IpPermissions"]) == [{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}]
    assert bare(group["IpPermissionsEgress"]) == [
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": None}]},
    ]


def test_a_new_group_lets_everything_out_and_nothing_in(ask: Any, vpc: str) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    made = ask(
        "ec2:CreateSecurityGroup",
        VpcId=vpc,
        GroupName="web",
        Description="web servers",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )
    assert made["SecurityGroupArn"] == f"arn:aws:ec2:us-east-1:111122223333:security-group/{made['GroupId']}"
    assert made["Tags"] == tags
    seen = described(ask, made["GroupId"])
    assert seen["IpPermissions"] == []
    assert len(seen["IpPermissionsEgress"]) == 1
    assert (seen["VpcId"], seen["OwnerId"], seen["Tags"]) == (vpc, "111122223333", tags)


def test_without_a_vpc_the_default_one_is_meant(ask: Any) -> None:
    made = ask("ec2:CreateSecurityGroup", GroupName="web", Description="web")["GroupId"]
    assert described(ask, made)["VpcId"] == ask("ec2:DescribeVpcs")["Vpcs"][0]["VpcId"]
    (named,) = ask("ec2:DescribeSecurityGroups", GroupNames=["WEB"])["SecurityGroups"]
    assert named["GroupId"] == made
    ask("ec2:AuthorizeSecurityGroupIngress", GroupName="web", IpProtocol="-1", CidrIp="10.0.0.0/8")
    assert ask("ec2:DeleteSecurityGroup", GroupName="web") == {"Return": True, "GroupId": made}


@pytest.mark.parametrize(
    "call",
    [
        ("ec2:CreateSecurityGroup", {"GroupName": "x", "Description": "x"}),
        ("ec2:DeleteSecurityGroup", {"GroupName": "x"}),
        ("ec2:DescribeSecurityGroups", {"GroupNames": ["x"]}),
        ("ec2:AuthorizeSecurityGroupIngress", {"GroupName": "x", "IpPermissions": [{**HTTPS, **ANYWHERE}]}),
    ],
)
def test_without_a_default_vpc_names_mean_nothing(ask: Any, call: tuple[str, dict[str, Any]]) -> None:
    delete_default_vpc(ask)
    with refused("VPCIdNotSpecified: No default VPC for this user"):
        ask(call[0], **call[1])


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"GroupName": "WEB"}, "InvalidGroup.Duplicate: The security group 'WEB' already exists for VPC 'vpc-"),
        ({"GroupName": "default"}, "InvalidParameterValue: Cannot use reserved security group name: default"),
        ({"GroupName": "sg-web"}, "InvalidParameterValue: Value (sg-web) for parameter GroupName is invalid."),
        ({"GroupName": ""}, "InvalidParameterValue: Value () for parameter GroupName is invalid."),
        ({"GroupName": "wéb"}, "InvalidParameterValue: Value (wéb) for parameter GroupName is invalid."),
        ({"Description": "a" * 256}, "InvalidParameterValue: Value (aaaa"),
        ({"VpcId": "vpc-1"}, "InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist"),
        (
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a"}]}]},
            "InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation.",
        ),
    ],
)
def test_a_group_that_cannot_be(ask: Any, vpc: str, group: str, params: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:CreateSecurityGroup", **{"VpcId": vpc, "GroupName": "new", "Description": "new", **params})


# rules


def test_permissions_become_rules_and_permissions_again(ask: Any, vpc: str, group: str) -> None:
    other = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="lb", Description="lb")["GroupId"]
    answer = ask(
        "ec2:AuthorizeSecurityGroupIngress",
        GroupId=group,
        IpPermissions=[
            {
                **HTTPS,
                "IpRanges": [{"CidrIp": "100.68.0.18/18", "Description": "office"}, {"CidrIp": "10.0.0.0/8"}],
                "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::1/64"}],
                "UserIdGroupPairs": [{"GroupId": other, "UserId": "111122223333"}, {"GroupName": "web"}],
            },
            {"IpProtocol": "17", "FromPort": 53, "ToPort": 53, **ANYWHERE},
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, **ANYWHERE},
            {"IpProtocol": "50", "FromPort": 1, "ToPort": 2, **ANYWHERE},
        ],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "k", "Value": "v"}]}],
    )
    assert answer["Return"] is True
    made = answer["SecurityGroupRules"]
    assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in made] == [
        *[("tcp", 443, 443)] * 5,
        ("udp", 53, 53),
        ("icmp", 8, -1),
        ("50", -1, -1),
    ]
    assert [rule["CidrIpv4"] for rule in made[:3]] == ["100.68.0.0/18", "10.0.0.0/8", None]
    assert made[2]["CidrIpv6"] == "2001:db8::/64"
    assert [rule["ReferencedGroupInfo"]["GroupId"] for rule in made[3:5]] == [other, group]
    assert made[0]["Description"] == "office"
    assert all(rule["Tags"] == [{"Key": "k", "Value": "v"}] for rule in made)
    assert made[0]["SecurityGroupRuleArn"].endswith(f":security-group-rule/{made[0]['SecurityGroupRuleId']}")
    tcp, udp, icmp, esp = described(ask, group)["IpPermissions"]
    assert [block["CidrIp"] for block in tcp["IpRanges"]] == ["100.68.0.0/18", "10.0.0.0/8"]
    assert [pair["GroupId"] for pair in tcp["UserIdGroupPairs"]] == [other, group]
    assert len(tcp["Ipv6Ranges"]) == 1
    assert (udp["FromPort"], icmp["ToPort"], esp["FromPort"]) == (53, -1, None)


def test_the_flat_members_are_one_rule(ask: Any, group: str) -> None:
    answer = ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpProtocol="TCP", FromPort=1, ToPort=2, CidrIp="10.0.0.0/8")
    (rule,) = answer["SecurityGroupRules"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["CidrIpv4"]) == ("tcp", 1, 2, "10.0.0.0/8")


@pytest.mark.parametrize(
    ("permission", "wording"),
    [
        ({**HTTPS, **ANYWHERE}, "peer: 0.0.0.0/0, TCP, from port: 443, to port: 443, ALLOW"),
        ({**HTTPS, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, "peer: ::/0, TCP, from port: 443, to port: 443, ALLOW"),
        ({"IpProtocol": "-1", **ANYWHERE}, "peer: 0.0.0.0/0, ALL, ALLOW"),
        ({"IpProtocol": "50", **ANYWHERE}, "peer: 0.0.0.0/0, protocol: 50, ALLOW"),
        ({"IpProtocol": "1", **ANYWHERE}, "peer: 0.0.0.0/0, ICMP, type: -1, code: -1, ALLOW"),
    ],
)
def test_a_rule_is_there_once(ask: Any, group: str, permission: dict[str, Any], wording: str) -> None:
    with refused("InvalidParameterValue: The same permission must not appear multiple times"):
        ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[permission, permission])
    ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[permission])
    with refused(f'InvalidPermission.Duplicate: the specified rule "{wording}" already exists'):
        ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[permission])


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "MissingParameter: The request must contain the parameter ipPermissions"),
        ({"IpPermissions": [HTTPS]}, "MissingParameter: The request must contain the parameter ipPermissions"),
        ({"IpProtocol": "tcp"}, "MissingParameter: The request must contain the parameter cidrIp"),
        ({"CidrIp": "10.0.0.0/8"}, "MissingParameter: The request must contain the parameter ipProtocol"),
        (
            {"CidrIp": "10.0.0.0/8", "IpProtocol": "tcp"},
            "InvalidParameterValue: Invalid value 'Must specify both from and to ports",
        ),
        ({"CidrIp": "10.0.0.0/8", "IpProtocol": "sctpx"}, "InvalidParameterValue: Invalid value 'sctpx' for IP protocol."),
        ({"CidrIp": "10.0.0.0/8", "IpProtocol": "256"}, "InvalidParameterValue: Invalid value '256' for IP protocol."),
        ({"CidrIp": "10.0.0.0", "IpProtocol": "-1"}, "InvalidParameterValue: CIDR block 10.0.0.0 is malformed"),
        ({"CidrIp": "10.0.0.0/33", "IpProtocol": "-1"}, "InvalidParameterValue: CIDR block 10.0.0.0/33 is malformed"),
        ({"IpPermissions": [{**HTTPS, "ToPort": 80, **ANYWHERE}]}, "InvalidParameterValue: Invalid TCP/UDP port range (443:80)"),
        (
            {"IpPermissions": [{**HTTPS, **ANYWHERE}], "IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"},
            "InvalidParameterCombination: The parameter 'ipPermissions' may not be used in combination with 'ipProtocol'",
        ),
        (
            {"IpPermissions": [{**HTTPS, "UserIdGroupPairs": [{"GroupId": MISSING_GROUP}]}]},
            f"InvalidGroup.NotFound: The security group '{MISSING_GROUP}' does not exist",
        ),
        (
            {"IpPermissions": [{**HTTPS, "UserIdGroupPairs": [{"GroupName": "nobody"}]}]},
            "InvalidGroup.NotFound: The security group 'nobody' does not exist in default VPC",
        ),
        (
            {"IpPermissions": [{**HTTPS, "UserIdGroupPairs": [{"GroupId": MISSING_GROUP, "UserId": "444455556666"}]}]},
            "InvalidGroup.NotFound: You have specified two resources that belong to different networks.",
        ),
        ({"IpPermissions": [{**HTTPS, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]}, "InvalidPrefixListID.NotFound"),
    ],
)
def test_a_rule_that_cannot_be(ask: Any, group: str, params: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, **params)
    assert described(ask, group)["IpPermissions"] == []


def test_a_group_of_another_vpc_is_no_peer(ask: Any, group: str) -> None:
    stranger = ask("ec2:CreateSecurityGroup", GroupName="far", Description="far")["GroupId"]
    with refused("InvalidGroup.NotFound: You have specified two resources that belong to different networks."):
        ask(
            "ec2:AuthorizeSecurityGroupIngress",
            GroupId=group,
            IpPermissions=[{**HTTPS, "UserIdGroupPairs": [{"GroupId": stranger}]}],
        )


def test_sixty_rules_are_the_most(ask: Any, group: str) -> None:
    blocks = [{"CidrIp": f"10.0.{number}.0/24"} for number in range(60)]
    ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[{**HTTPS, "IpRanges": blocks}])
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpProtocol="-1", CidrIp="10.0.0.0/8")


# the end


@pytest.mark.parametrize(
    ("group_id", "text"),
    [
        ("sg-00000000000000000", 'InvalidGroupId.Malformed: Invalid id: "sg-00000000000000000"'),
        ("sg-xyz", 'InvalidGroupId.Malformed: Invalid id: "sg-xyz"'),
        ("web", 'InvalidGroupId.Malformed: Invalid id: "web" (expecting "sg-...")'),
        (MISSING_GROUP, f"InvalidGroup.NotFound: The security group '{MISSING_GROUP}' does not exist"),
    ],
)
def test_unknown_groups(ask: Any, group_id: str, text: str) -> None:
    for action, params in (
        ("ec2:DescribeSecurityGroups", {"GroupIds": [group_id]}),
        ("ec2:DeleteSecurityGroup", {"GroupId": group_id}),
        ("ec2:AuthorizeSecurityGroupIngress", {"GroupId": group_id, "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}),
    ):
        with refused(text):
            ask(action, **params)


def test_a_group_must_be_named(ask: Any) -> None:
    with refused("InvalidGroup.NotFound: The security group 'nobody' does not exist in default VPC 'vpc-"):
        ask("ec2:DeleteSecurityGroup", GroupName="nobody")
    with refused("MissingParameter: The request must contain the parameter groupName or groupId"):
        ask("ec2:DeleteSecurityGroup")


def test_a_default_group_stays(ask: Any) -> None:
    group = ask("ec2:DescribeSecurityGroups")["SecurityGroups"][0]["GroupId"]
    with refused(f'CannotDelete: the specified group: "{group}" name: "default" cannot be deleted by a user'):
        ask("ec2:DeleteSecurityGroup", GroupId=group)


def test_a_group_goes_with_its_rules(ask: Any, world: World, group: str) -> None:
    pair = [{"GroupId": group}]
    ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[{**HTTPS, "UserIdGroupPairs": pair}])
    assert ask("ec2:DeleteSecurityGroup", GroupId=group) == {"Return": True, "GroupId": group}
    with refused(f"InvalidGroup.NotFound: The security group '{group}' does not exist"):
        ask("ec2:DescribeSecurityGroups", GroupIds=[group])


def test_a_group_that_another_lets_in_stays(ask: Any, vpc: str, group: str) -> None:
    other = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="lb", Description="lb")["GroupId"]
    pair = [{"GroupId": group}]
    ask("ec2:AuthorizeSecurityGroupIngress", GroupId=other, IpPermissions=[{**HTTPS, "UserIdGroupPairs": pair}])
    with refused(f"DependencyViolation: resource {group} has a dependent object"):
        ask("ec2:DeleteSecurityGroup", GroupId=group)
    ask("ec2:DeleteSecurityGroup", GroupId=other)
    ask("ec2:DeleteSecurityGroup", GroupId=group)


@pytest.mark.parametrize("has_subnet", [True, False])
def test_a_group_of_an_endpoint_stays(ask: Any, world: World, vpc: str, group: str, has_subnet: bool) -> None:
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    endpoint = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.mq",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
        SecurityGroupIds=[group],
        SubnetIds=[subnet] if has_subnet else [],
    )["VpcEndpoint"]["VpcEndpointId"]
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
    with refused(f"DependencyViolation: resource {group} has a dependent object"):
        ask("ec2:DeleteSecurityGroup", GroupId=group)
    world.advance(60)
    assert ask("ec2:DeleteSecurityGroup", GroupId=group)["Return"] is True
