"""Rules of security groups: both directions, revocation, change, description."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
AMQPS = {"IpProtocol": "tcp", "FromPort": 5671, "ToPort": 5671}
S3 = "pl-63a5400a"


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


def ranges(*cidrs: str) -> dict[str, Any]:
    return {"IpRanges": [{"CidrIp": cidr} for cidr in cidrs]}


@pytest.fixture
def group(ask: Any) -> str:
    return str(ask("ec2:CreateSecurityGroup", GroupName="web", Description="web")["GroupId"])


def rules(ask: Any, group: str, *, is_egress: bool = False) -> list[dict[str, Any]]:
    found = ask("ec2:DescribeSecurityGroupRules", Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return [rule for rule in found if rule["IsEgress"] is is_egress]


def test_egress(ask: Any, group: str) -> None:
    prefix = {"PrefixListIds": [{"PrefixListId": S3, "Description": "storage"}]}
    (made,) = ask("ec2:AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=[{**HTTPS, **prefix}])["SecurityGroupRules"]
    assert (made["IsEgress"], made["PrefixListId"], made["Description"]) == (True, S3, "storage")
    (shown,) = ask("ec2:DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"]
    assert shown["IpPermissionsEgress"][1]["PrefixListIds"] == [{"PrefixListId": S3, "Description": "storage"}]
    with refused(
        f'InvalidPermission.Duplicate: the specified rule "peer: {S3}, TCP, from port: 443, to port: 443, ALLOW" already'
    ):
        ask("ec2:AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=[{**HTTPS, **prefix}])
    with refused("MissingParameter"):
        ask("ec2:AuthorizeSecurityGroupEgress", GroupId=group)
    with refused("NotImplemented: The member CidrIp"):
        ask("ec2:AuthorizeSecurityGroupEgress", GroupId=group, CidrIp="10.0.0.0/8")
    everything = {"IpProtocol": "-1", **ranges("0.0.0.0/0")}
    gone = ask("ec2:RevokeSecurityGroupEgress", GroupId=group, IpPermissions=[everything])
    assert [rule["CidrIpv4"] for rule in gone["RevokedSecurityGroupRules"]] == ["0.0.0.0/0"]
    assert len(rules(ask, group, is_egress=True)) == 1


def test_revoking(ask: Any, group: str) -> None:
    permissions = [{**HTTPS, **ranges("10.0.0.0/8", "172.16.0.0/12")}, {**AMQPS, "UserIdGroupPairs": [{"GroupId": group}]}]
    ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=permissions)
    with refused("InvalidPermission.NotFound: The specified rule does not exist in this security group."):
        ask("ec2:RevokeSecurityGroupIngress", GroupId=group, IpPermissions=[permissions[0], {**AMQPS, **ranges("10.0.0.0/8")}])
    assert len(rules(ask, group)) == 3
    gone = ask("ec2:RevokeSecurityGroupIngress", GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.0.0.0/8")
    assert (gone["Return"], gone["UnknownIpPermissions"]) == (True, [])
    (left, other) = sorted(rules(ask, group), key=lambda rule: int(rule["FromPort"]))
    gone = ask("ec2:RevokeSecurityGroupIngress", GroupName="web", SecurityGroupRuleIds=[other["SecurityGroupRuleId"]])
    assert gone["RevokedSecurityGroupRules"] == [
        {
            "SecurityGroupRuleId": other["SecurityGroupRuleId"],
            "GroupId": group,
            "IsEgress": False,
            "IpProtocol": "tcp",
            "FromPort": 5671,
            "ToPort": 5671,
            "CidrIpv4": None,
            "CidrIpv6": None,
            "PrefixListId": None,
            "Description": None,
            "ReferencedGroupId": group,
        }
    ]
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ask("ec2:RevokeSecurityGroupEgress", GroupId=group, SecurityGroupRuleIds=[left["SecurityGroupRuleId"]])
    for params in ({}, {"SecurityGroupRuleIds": [left["SecurityGroupRuleId"]], "IpPermissions": permissions}):
        with pytest.raises(AwsError, match=r"^(MissingParameter|InvalidParameterCombination)"):
            ask("ec2:RevokeSecurityGroupIngress", GroupId=group, **params)


def test_rules_as_described(ask: Any, group: str) -> None:
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    permission = [{**HTTPS, **ranges("10.0.0.0/8")}]
    (made,) = ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=permission, TagSpecifications=tags)[
        "SecurityGroupRules"
    ]
    rule_id = made["SecurityGroupRuleId"]
    assert ask("ec2:DescribeSecurityGroupRules", SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"] == [made]
    for name, value in (("security-group-rule-id", rule_id), ("tag:a", "b")):
        assert ask("ec2:DescribeSecurityGroupRules", Filters=[{"Name": name, "Values": [value]}])["SecurityGroupRules"] == [made]
    with refused("InvalidParameterValue: The filter 'tag-key' is invalid"):
        ask("ec2:DescribeSecurityGroupRules", Filters=[{"Name": "tag-key", "Values": ["a"]}])


@pytest.mark.parametrize(
    ("peer", "member"),
    [
        ({"CidrIpv4": "10.9.0.0/16"}, "CidrIpv4"),
        ({"CidrIpv6": "2001:db8::/32"}, "CidrIpv6"),
        ({"PrefixListId": S3}, "PrefixListId"),
    ],
)
def test_changing_a_rule(ask: Any, group: str, peer: dict[str, str], member: str) -> None:
    (made,) = ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[{**HTTPS, **ranges("10.0.0.0/8")}])[
        "SecurityGroupRules"
    ]
    update = {
        "SecurityGroupRuleId": made["SecurityGroupRuleId"],
        "SecurityGroupRule": {**AMQPS, **peer, "Description": "clients"},
    }
    assert ask("ec2:ModifySecurityGroupRules", GroupId=group, SecurityGroupRules=[update]) == {"Return": True}
    (shown,) = rules(ask, group)
    assert shown == {**made, **AMQPS, "CidrIpv4": None, **peer, "Description": "clients"}
    assert shown[member]


def test_a_rule_that_may_come_from_a_group(ask: Any, group: str) -> None:
    (made,) = ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[{**HTTPS, **ranges("10.0.0.0/8")}])[
        "SecurityGroupRules"
    ]
    change = {"IpProtocol": "-1", "ReferencedGroupId": group}
    update = {"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": change}
    ask("ec2:ModifySecurityGroupRules", GroupId=group, SecurityGroupRules=[update])
    (shown,) = rules(ask, group)
    assert shown["ReferencedGroupInfo"] == {"GroupId": group, "UserId": "111122223333"}


def test_changes_that_cannot_be(ask: Any, group: str) -> None:
    made = ask(
        "ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[{**HTTPS, **ranges("10.0.0.0/8", "11.0.0.0/8")}]
    )
    first, second = (rule["SecurityGroupRuleId"] for rule in made["SecurityGroupRules"])
    before = rules(ask, group)
    ok = {"SecurityGroupRuleId": first, "SecurityGroupRule": {**HTTPS, "CidrIpv4": "12.0.0.0/8"}}
    for update, text in (
        (
            {"SecurityGroupRuleId": second, "SecurityGroupRule": {**HTTPS, "CidrIpv4": "12.0.0.0/8"}},
            "InvalidPermission.Duplicate",
        ),
        ({"SecurityGroupRuleId": second, "SecurityGroupRule": HTTPS}, "InvalidParameterCombination: Exactly one of cidrIpv4"),
        ({"SecurityGroupRuleId": second}, "InvalidParameterCombination: Exactly one of cidrIpv4"),
        ({"SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": HTTPS}, "InvalidSecurityGroupRuleId.NotFound"),
    ):
        with refused(text):
            ask("ec2:ModifySecurityGroupRules", GroupId=group, SecurityGroupRules=[ok, update])
        assert rules(ask, group) == before


@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_texts(ask: Any, group: str, direction: str) -> None:
    is_egress = direction == "Egress"
    permission = {**HTTPS, **ranges("10.0.0.0/8")}
    made = ask(f"ec2:AuthorizeSecurityGroup{direction}", GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    named = {**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]}
    update = f"ec2:UpdateSecurityGroupRuleDescriptions{direction}"
    assert ask(update, GroupId=group, IpPermissions=[named]) == {"Return": True}
    assert [rule["Description"] for rule in rules(ask, group, is_egress=is_egress)][-1:] or True
    one = ask("ec2:DescribeSecurityGroupRules", SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])["SecurityGroupRules"][0]
    assert one["Description"] == "inside"
    by_id = [{"SecurityGroupRuleId": made["SecurityGroupRuleId"], "Description": "within"}]
    ask(update, GroupName="web", SecurityGroupRuleDescriptions=by_id)
    one = ask("ec2:DescribeSecurityGroupRules", SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])["SecurityGroupRules"][0]
    assert one["Description"] == "within"
    for params, text in (
        ({}, "MissingParameter"),
        ({"IpPermissions": [named], "SecurityGroupRuleDescriptions": by_id}, "InvalidParameterCombination"),
        ({"IpPermissions": [{**AMQPS, **ranges("10.0.0.0/8")}]}, "InvalidPermission.NotFound"),
        ({"SecurityGroupRuleDescriptions": [{"Description": "x"}]}, "InvalidSecurityGroupRuleId.NotFound"),
    ):
        with refused(text):
            ask(update, GroupId=group, **params)


def test_groups_for_a_vpc_and_references(ask: Any, group: str) -> None:
    vpc = ask("ec2:DescribeVpcs")["Vpcs"][0]["VpcId"]
    found = ask("ec2:GetSecurityGroupsForVpc", VpcId=vpc)["SecurityGroupForVpcs"]
    assert {one["GroupName"] for one in found} == {"default", "web"}
    asked = [{"Name": "group-name", "Values": ["w*"]}, {"Name": "primary-vpc-id", "Values": [vpc]}]
    assert [one["GroupId"] for one in ask("ec2:GetSecurityGroupsForVpc", VpcId=vpc, Filters=asked)["SecurityGroupForVpcs"]] == [
        group
    ]
    assert ask("ec2:DescribeSecurityGroupReferences", GroupId=[group]) == {"SecurityGroupReferenceSet": []}
    with refused("InvalidGroup.NotFound"):
        ask("ec2:DescribeSecurityGroupReferences", GroupId=["sg-0123456789abcdef0"])
