"""Every documented filter of every Describe call, from the table tests/cases/ec2/filters.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest
import yaml

from emulator import AwsError, World

CASES: dict[str, dict[str, str | None]] = yaml.safe_load(
    (Path(__file__).parents[1] / "cases" / "ec2" / "filters.yaml").read_text("utf-8")
)
ROWS = [(operation, name, value) for operation, filters in CASES.items() for name, value in filters.items()]
MODEL = botocore.loaders.Loader().load_service_model("ec2", "service-2")
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/x/0123456789abcdef"


def named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


@pytest.fixture
def network(ask: Any) -> dict[str, str]:
    """One of everything, by the names that the table uses."""
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=named("vpc", "vpc"))["Vpc"]
    ids = {"vpc": vpc["VpcId"], "block": vpc["CidrBlockAssociationSet"][0]["AssociationId"], "options": vpc["DhcpOptionsId"]}
    ask("ec2:ModifyVpcAttribute", VpcId=ids["vpc"], EnableDnsHostnames={"Value": True})
    ids["subnet"] = ask(
        "ec2:CreateSubnet",
        VpcId=ids["vpc"],
        CidrBlock="10.0.0.0/24",
        AvailabilityZone="us-east-1b",
        TagSpecifications=named("subnet", "subnet"),
    )["Subnet"]["SubnetId"]
    ids["group"] = ask(
        "ec2:CreateSecurityGroup",
        VpcId=ids["vpc"],
        GroupName="web",
        Description="web servers",
        TagSpecifications=named("security-group", "group"),
    )["GroupId"]
    _rules(ask, ids)
    _interfaces(ask, ids)
    _routes(ask, ids)
    (acl,) = ask("ec2:DescribeNetworkAcls", Filters=[{"Name": "vpc-id", "Values": [ids["vpc"]]}])["NetworkAcls"]
    ids |= {"acl": acl["NetworkAclId"], "acl_association": acl["Associations"][0]["NetworkAclAssociationId"]}
    for name in ("acl", "options"):
        ask("ec2:CreateTags", Resources=[ids[name]], Tags=[{"Key": "Name", "Value": name}])
    return ids


def _rules(ask: Any, ids: dict[str, str]) -> None:
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}],
        "UserIdGroupPairs": [{"GroupId": ids["group"]}],
    }
    for direction in ("Ingress", "Egress"):
        made = ask(
            f"ec2:AuthorizeSecurityGroup{direction}",
            GroupId=ids["group"],
            IpPermissions=[permission],
            TagSpecifications=named("security-group-rule", "rule"),
        )
        ids["rule"] = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def _interfaces(ask: Any, ids: dict[str, str]) -> None:
    made = ask(
        "ec2:CreateNetworkInterface",
        SubnetId=ids["subnet"],
        Description="mine",
        Groups=[ids["group"]],
        PrivateIpAddresses=[{"PrivateIpAddress": "10.0.0.9", "Primary": True}, {"PrivateIpAddress": "10.0.0.10"}],
        TagSpecifications=named("network-interface", "interface"),
    )["NetworkInterface"]
    ids |= {"interface": made["NetworkInterfaceId"], "mac": made["MacAddress"]}
    asked = {"NetworkInterfaceId": ids["interface"], "Permission": "INSTANCE-ATTACH"}
    for grantee in ({"AwsService": "mq.amazonaws.com"}, {"AwsAccountId": "444455556666"}):
        permission = ask("ec2:CreateNetworkInterfacePermission", **asked, **grantee)["InterfacePermission"]
        ids["permission"] = permission["NetworkInterfacePermissionId"]
    endpoint = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=ids["vpc"],
        ServiceName="com.amazonaws.us-east-1.mq",
        VpcEndpointType="Interface",
        SubnetIds=[ids["subnet"]],
        TagSpecifications=named("vpc-endpoint", "endpoint"),
    )["VpcEndpoint"]
    (managed,) = ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
    ids |= {"endpoint": endpoint["VpcEndpointId"], "attachment": managed["Attachment"]["AttachmentId"]}
    ids["service"] = ask(
        "ec2:CreateVpcEndpointServiceConfiguration",
        AcceptanceRequired=False,
        NetworkLoadBalancerArns=[BALANCER],
        TagSpecifications=named("vpc-endpoint-service", "service"),
    )["ServiceConfiguration"]["ServiceId"]


def _routes(ask: Any, ids: dict[str, str]) -> None:
    made = ask("ec2:CreateInternetGateway", TagSpecifications=named("internet-gateway", "gateway"))["InternetGateway"]
    ids["gateway"] = made["InternetGatewayId"]
    ask("ec2:AttachInternetGateway", InternetGatewayId=ids["gateway"], VpcId=ids["vpc"])
    table = ask("ec2:CreateRouteTable", VpcId=ids["vpc"], TagSpecifications=named("route-table", "table"))["RouteTable"]
    ids["table"] = table["RouteTableId"]
    ask("ec2:CreateRoute", RouteTableId=ids["table"], DestinationCidrBlock="0.0.0.0/0", GatewayId=ids["gateway"])
    association = ask("ec2:AssociateRouteTable", RouteTableId=ids["table"], SubnetId=ids["subnet"])
    ids["association"] = association["AssociationId"]
    service = "com.amazonaws.us-east-1.s3"
    ask("ec2:CreateVpcEndpoint", VpcId=ids["vpc"], ServiceName=service, RouteTableIds=[ids["table"]])


def found(ask: Any, operation: str, network: dict[str, str], **params: Any) -> list[Any]:
    if operation == "GetSecurityGroupsForVpc":
        params["VpcId"] = network["vpc"]
    if operation == "DescribeVpcEndpointServices":
        return list(ask(f"ec2:{operation}", **params)["ServiceDetails"])
    answer = ask(f"ec2:{operation}", **params)
    return next(list(value) for name, value in answer.items() if isinstance(value, list))


def only(name: str, value: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [value]}]


def test_every_filter_finds_what_has_the_value(ask: Any, network: dict[str, str]) -> None:
    for operation, name, value in ROWS:
        if value is None:
            assert found(ask, operation, network, Filters=only(name, "*")) == [], (operation, name)
            continue
        text = re.sub(r"\$\{(\w+)\}", lambda one: network[one[1]], str(value))
        hits = found(ask, operation, network, Filters=only(name, text))
        assert hits, (operation, name)
        # An escape or a wildcard cannot be looked up in an index: the same items must pass the slow way.
        for slow in ("\\" + text[0] + text[1:], text[:-1] + "?"):
            slower = found(ask, operation, network, Filters=only(name, slow))
            assert [item for item in slower if item in hits] == hits, (operation, name, slow)
        assert found(ask, operation, network, Filters=only(name, f"\\{text[0]}{text[1:]}")) == hits, (operation, name)
        assert found(ask, operation, network, Filters=only(name, text + "-")) == [], (operation, name)
        both = [{"Name": name, "Values": [text, "nothing"]}]
        assert found(ask, operation, network, Filters=both) == hits, (operation, name)


def documented(operation: str) -> set[str]:
    """The filters that AWS's model describes; ``tag:<key>`` stands for all tag filters."""
    members = MODEL["shapes"][MODEL["operations"][operation]["input"]["shape"]]["members"]
    text = members["Filters"]["documentation"]
    names = {re.sub(r"\s.*", "", name) for name in re.findall(r"<li>\s*<p>\s*<code>([^<]+)</code>", text)}
    return {"tag:" if name.startswith("tag:") or name == "tag" else name for name in names}


@pytest.mark.parametrize("operation", CASES)
def test_the_table_has_every_documented_filter(operation: str) -> None:
    listed = {"tag:" if name.startswith("tag:") else name for name in CASES[operation]}
    assert documented(operation) <= listed


def test_every_operation_with_filters_is_in_the_table(world: World) -> None:
    have = {
        name
        for name in world.services["ec2"].operations
        if "Filters" in MODEL["shapes"][MODEL["operations"][name]["input"]["shape"]]["members"]
    }
    assert have == set(CASES)


@pytest.mark.parametrize("operation", CASES)
def test_an_unknown_filter(ask: Any, operation: str) -> None:
    vpc = ask("ec2:DescribeVpcs")["Vpcs"][0]["VpcId"]
    with pytest.raises(AwsError, match=r"^InvalidParameterValue: The filter 'colour' is invalid$"):
        found(ask, operation, {"vpc": vpc}, Filters=only("colour", "red"))


def test_pages_survive_what_happens_between_them(ask: Any) -> None:
    """Every item that is there all the while is seen once, whatever comes and goes."""
    subnet = ask("ec2:DescribeSubnets")["Subnets"][0]["SubnetId"]

    def make() -> str:
        return str(ask("ec2:CreateNetworkInterface", SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"])

    stay = [make() for _ in range(20)]
    leave = [make() for _ in range(10)]
    seen: list[str] = []
    token = None
    while True:
        page = ask("ec2:DescribeNetworkInterfaces", MaxResults=5, **({"NextToken": token} if token else {}))
        seen += [one["NetworkInterfaceId"] for one in page["NetworkInterfaces"]]
        token = page["NextToken"]
        if token is None:
            break
        make()
        if leave:
            ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=leave.pop())
    assert len(seen) == len(set(seen))
    assert set(stay) <= set(seen)


def test_no_filter_takes_longer_than_its_text(ask: Any) -> None:
    """A plain pattern with as many stars would try every way to share the text out among them."""
    text = "a" * 250
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": text + "b"}]}]
    ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags)
    for value, hits in (
        ("*a" * 60 + "*c", 0),
        ("*a" * 60 + "*b", 1),
        ("*a" * 60, 0),
        ("a*?*a*b", 1),
        ("*" * 200 + "b", 1),
        ("a**", 1),
    ):
        found = ask("ec2:DescribeVpcs", Filters=[{"Name": "tag:Name", "Values": [value]}])["Vpcs"]
        assert len(found) == hits, value
