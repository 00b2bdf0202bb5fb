"""Internet gateways, route tables, routes, network ACLs, DHCP options and prefix lists as a client sees them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.ec2 import quotas

S3 = "com.amazonaws.us-east-1.s3"
S3_LIST = "pl-63a5400a"


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def other_vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ask: Any, vpc: str) -> str:
    return str(ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"])


@pytest.fixture
def table(ask: Any, vpc: str) -> str:
    return str(ask("ec2:CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"])


@pytest.fixture
def gateway(ask: Any, vpc: str) -> str:
    made = str(ask("ec2:CreateInternetGateway")["InternetGateway"]["InternetGatewayId"])
    ask("ec2:AttachInternetGateway", InternetGatewayId=made, VpcId=vpc)
    return made


def routes(ask: Any, table: str) -> list[dict[str, Any]]:
    return list(ask("ec2:DescribeRouteTables", RouteTableIds=[table])["RouteTables"][0]["Routes"])


def main_table(ask: Any, vpc: str) -> dict[str, Any]:
    asked = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (found,) = ask("ec2:DescribeRouteTables", Filters=asked)["RouteTables"]
    return dict(found)


# internet gateways


def test_a_gateways_life(ask: Any, vpc: str, other_vpc: str) -> None:
    made = ask("ec2:CreateInternetGateway")["InternetGateway"]
    gateway = made["InternetGatewayId"]
    assert made == {"InternetGatewayId": gateway, "OwnerId": "111122223333", "Attachments": [], "Tags": []}
    with refused(f"Gateway.NotAttached: resource {gateway} is not attached to network {vpc}"):
        ask("ec2:DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    ask("ec2:AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    (shown,) = ask("ec2:DescribeInternetGateways", InternetGatewayIds=[gateway])["InternetGateways"]
    assert shown["Attachments"] == [{"State": "available", "VpcId": vpc}]
    with refused(f"Resource.AlreadyAssociated: resource {gateway} is already attached to network {vpc}"):
        ask("ec2:AttachInternetGateway", InternetGatewayId=gateway, VpcId=other_vpc)
    second = ask("ec2:CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    with refused(f"InvalidParameterValue: Network {vpc} already has an internet gateway attached"):
        ask("ec2:AttachInternetGateway", InternetGatewayId=second, VpcId=vpc)
    with refused(f"Gateway.NotAttached: resource {gateway} is not attached to network {other_vpc}"):
        ask("ec2:DetachInternetGateway", InternetGatewayId=gateway, VpcId=other_vpc)
    ask("ec2:DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    assert ask("ec2:DeleteInternetGateway", InternetGatewayId=gateway) == {}
    with refused(f"InvalidInternetGatewayID.NotFound: The internetGateway ID '{gateway}' does not exist"):
        ask("ec2:DeleteInternetGateway", InternetGatewayId=gateway)


# route tables


def test_a_vpc_has_a_main_table(ask: Any, vpc: str) -> None:
    table = main_table(ask, vpc)
    assert table["Associations"][0]["Main"] is True
    assert table["Routes"] == [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
    ]
    with refused(f"DependencyViolation: The routeTable '{table['RouteTableId']}' has dependencies and cannot be deleted."):
        ask("ec2:DeleteRouteTable", RouteTableId=table["RouteTableId"])
    with refused("InvalidParameterValue: cannot disassociate the main route table association"):
        ask("ec2:DisassociateRouteTable", AssociationId=table["Associations"][0]["RouteTableAssociationId"])


def test_tokens_of_route_tables(ask: Any, vpc: str, other_vpc: str) -> None:
    made = ask("ec2:CreateRouteTable", VpcId=vpc, ClientToken="once")
    assert ask("ec2:CreateRouteTable", VpcId=vpc, ClientToken="once") == made
    with refused("IdempotentParameterMismatch"):
        ask("ec2:CreateRouteTable", VpcId=other_vpc, ClientToken="once")
    assert len(ask("ec2:DescribeRouteTables", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]) == 2


def test_a_subnet_with_a_table_of_its_own(ask: Any, vpc: str, subnet: str, table: str, other_vpc: str) -> None:
    made = ask("ec2:AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    assert made["AssociationState"] == {"State": "associated"}
    assert ask("ec2:AssociateRouteTable", RouteTableId=table, SubnetId=subnet) == made
    second = ask("ec2:CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    with refused(f"Resource.AlreadyAssociated: the specified association for route table {second} conflicts with an existing"):
        ask("ec2:AssociateRouteTable", RouteTableId=second, SubnetId=subnet)
    with refused("DependencyViolation"):
        ask("ec2:DeleteRouteTable", RouteTableId=table)
    moved = ask("ec2:ReplaceRouteTableAssociation", AssociationId=made["AssociationId"], RouteTableId=second)
    assert moved["NewAssociationId"] != made["AssociationId"]
    with refused(f"InvalidAssociationID.NotFound: The association ID '{made['AssociationId']}' does not exist"):
        ask("ec2:DisassociateRouteTable", AssociationId=made["AssociationId"])
    far = ask("ec2:CreateRouteTable", VpcId=other_vpc)["RouteTable"]["RouteTableId"]
    for action, params in (
        ("ec2:AssociateRouteTable", {"SubnetId": subnet}),
        ("ec2:ReplaceRouteTableAssociation", {"AssociationId": moved["NewAssociationId"]}),
    ):
        with refused(f"InvalidParameterValue: Route table {far} and subnet {subnet} belong to different networks"):
            ask(action, RouteTableId=far, **params)
    ask("ec2:DisassociateRouteTable", AssociationId=moved["NewAssociationId"])
    ask("ec2:DeleteRouteTable", RouteTableId=second)
    with refused("MissingParameter"):
        ask("ec2:AssociateRouteTable", RouteTableId=table)


def test_an_association_goes_with_its_subnet(ask: Any, subnet: str, table: str) -> None:
    ask("ec2:AssociateRouteTable", RouteTableId=table, SubnetId=subnet)
    ask("ec2:DeleteSubnet", SubnetId=subnet)
    ask("ec2:DeleteRouteTable", RouteTableId=table)


def test_another_main_table(ask: Any, vpc: str, table: str, other_vpc: str) -> None:
    main = main_table(ask, vpc)
    association = main["Associations"][0]["RouteTableAssociationId"]
    far = main_table(ask, other_vpc)["RouteTableId"]
    with refused(f"InvalidParameterValue: Route table {far} and subnet {vpc} belong to different networks"):
        ask("ec2:ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=far)
    ask("ec2:ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=table)
    assert main_table(ask, vpc)["RouteTableId"] == table
    ask("ec2:DeleteRouteTable", RouteTableId=main["RouteTableId"])
    ask("ec2:DeleteVpc", VpcId=vpc)


# routes


def test_routes(ask: Any, vpc: str, subnet: str, table: str, gateway: str) -> None:
    interface = ask("ec2:CreateNetworkInterface", SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    assert ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway) == {"Return": True}
    ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", NetworkInterfaceId=interface)
    ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="10.0.9.0/24", NetworkInterfaceId=interface)
    ask("ec2:CreateRoute", RouteTableId=table, DestinationPrefixListId=S3_LIST, GatewayId=gateway)
    shown = routes(ask, table)[1:]
    assert [(one["Origin"], one["State"]) for one in shown] == [("CreateRoute", "active")] * 4
    assert (shown[1]["NetworkInterfaceId"], shown[3]["DestinationPrefixListId"]) == (interface, S3_LIST)
    with refused("RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists."):
        ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    with refused("RouteAlreadyExists: The route identified by 10.0.0.0/16 already exists."):
        ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", GatewayId=gateway)
    with refused("InvalidParameterValue: Route target is not supported."):
        ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="10.0.8.0/24", GatewayId=gateway)
    ask("ec2:ReplaceRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=interface)
    assert routes(ask, table)[1]["NetworkInterfaceId"] == interface
    with refused("InvalidParameterValue: There is no route defined for '1.0.0.0/8' in the route table. Use CreateRoute instead."):
        ask("ec2:ReplaceRoute", RouteTableId=table, DestinationCidrBlock="1.0.0.0/8", GatewayId=gateway)
    ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interface)
    assert routes(ask, table)[1]["State"] == "blackhole"
    ask("ec2:DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    assert routes(ask, table)[4]["State"] == "blackhole"
    assert ask("ec2:DeleteRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0") == {}
    with refused(f"InvalidRoute.NotFound: no route with destination-cidr-block 0.0.0.0/0 in route table {table}"):
        ask("ec2:DeleteRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    with refused(f"InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table {table}"):
        ask("ec2:DeleteRoute", RouteTableId=table, DestinationCidrBlock="10.0.0.0/16")


def test_routes_that_cannot_be(ask: Any, table: str, gateway: str, other_vpc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    far = ask("ec2:CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ask("ec2:AttachInternetGateway", InternetGatewayId=far, VpcId=other_vpc)
    there = {"DestinationCidrBlock": "0.0.0.0/0"}
    for params, text in (
        ({"GatewayId": gateway}, "MissingParameter: The request must contain exactly one of destinationCidrBlock"),
        (there, "MissingParameter: The request must contain exactly one of gatewayId"),
        ({**there, "GatewayId": gateway, "NetworkInterfaceId": "eni-1"}, "MissingParameter"),
        (
            {**there, "GatewayId": far},
            f"InvalidParameterValue: route table {table} and network gateway {far} belong to different",
        ),
        ({**there, "GatewayId": "vgw-1"}, "InvalidGatewayID.NotFound: The gateway ID 'vgw-1' does not exist"),
        ({**there, "VpcEndpointId": "vpce-1"}, "InvalidVpcEndpointId.NotFound"),
        ({**there, "NetworkInterfaceId": "eni-1"}, "InvalidNetworkInterfaceID.NotFound"),
        ({**there, "NatGatewayId": "nat-1"}, "NotImplemented"),
        ({"DestinationPrefixListId": "pl-1", "GatewayId": gateway}, "InvalidPrefixListID.NotFound"),
    ):
        with refused(text):
            ask("ec2:CreateRoute", RouteTableId=table, **params)
    monkeypatch.setitem(quotas.QUOTAS, quotas.ROUTES, 0)
    with refused("RouteLimitExceeded"):
        ask("ec2:CreateRoute", RouteTableId=table, GatewayId=gateway, **there)


def test_a_gateway_endpoint_makes_routes(ask: Any, world: World, vpc: str, table: str, other_vpc: str) -> None:
    endpoint = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=S3, RouteTableIds=[table])["VpcEndpoint"]
    assert endpoint["RouteTableIds"] == [table]
    assert routes(ask, table)[1] == {
        "DestinationPrefixListId": S3_LIST,
        "GatewayId": endpoint["VpcEndpointId"],
        "Origin": "CreateRoute",
        "State": "active",
    }
    for params in ({"ServiceName": S3}, {"ServiceName": S3, "RouteTableIds": [table, table]}):
        expected = "RouteAlreadyExists" if "RouteTableIds" in params else ""
        if expected:
            with refused(expected):
                ask("ec2:CreateVpcEndpoint", VpcId=vpc, **params)
    far = main_table(ask, other_vpc)["RouteTableId"]
    with refused(f"InvalidParameter: The route table {far} does not belong to the VPC {vpc}."):
        ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=S3, RouteTableIds=[far])
    with refused("InvalidParameterValue: cannot remove VPC endpoint route"):
        ask("ec2:DeleteRoute", RouteTableId=table, DestinationPrefixListId=S3_LIST)
    with refused("DependencyViolation"):
        ask("ec2:DeleteRouteTable", RouteTableId=table)
    with refused("InvalidGatewayID.NotFound"):
        ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="1.0.0.0/8", GatewayId=endpoint["VpcEndpointId"])
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    world.advance(60)
    assert len(routes(ask, table)) == 1
    ask("ec2:DeleteRouteTable", RouteTableId=table)


# what only describes


def test_the_default_acl(ask: Any, vpc: str, subnet: str) -> None:
    (acl,) = ask("ec2:DescribeNetworkAcls", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    assert acl["IsDefault"] is True
    assert [one["SubnetId"] for one in acl["Associations"]] == [subnet]
    assert [(one["Egress"], one["RuleNumber"], one["RuleAction"]) for one in acl["Entries"]] == [
        (True, 100, "allow"),
        (True, 32767, "deny"),
        (False, 100, "allow"),
        (False, 32767, "deny"),
    ]
    with refused("InvalidNetworkAclID.NotFound: The networkAcl ID 'acl-1' does not exist"):
        ask("ec2:DescribeNetworkAcls", NetworkAclIds=["acl-1"])


@pytest.mark.parametrize(("region", "domain"), [("us-east-1", "ec2.internal"), ("eu-west-1", "eu-west-1.compute.internal")])
def test_dhcp_options(ask: Any, region: str, domain: str) -> None:
    (options,) = ask("ec2:DescribeDhcpOptions", region=region)["DhcpOptions"]
    assert options["DhcpOptionsId"] == ask("ec2:DescribeVpcs", region=region)["Vpcs"][0]["DhcpOptionsId"]
    assert {one["Key"]: one["Values"][0]["Value"] for one in options["DhcpConfigurations"]} == {
        "domain-name": domain,
        "domain-name-servers": "AmazonProvidedDNS",
    }
    with refused("InvalidDhcpOptionID.NotFound"):
        ask("ec2:DescribeDhcpOptions", region=region, DhcpOptionsIds=["dopt-1"])


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_prefix_lists(ask: Any, region: str) -> None:
    found = ask("ec2:DescribePrefixLists", region=region)["PrefixLists"]
    assert {one["PrefixListName"] for one in found} == {f"com.amazonaws.{region}.{service}" for service in ("s3", "dynamodb")}
    managed = ask("ec2:DescribeManagedPrefixLists", region=region, MaxResults=1)
    (one,) = managed["PrefixLists"]
    assert (one["OwnerId"], one["AddressFamily"]) == ("AWS", "IPv4")
    (other,) = ask("ec2:DescribeManagedPrefixLists", region=region, NextToken=managed["NextToken"])["PrefixLists"]
    assert one["PrefixListId"] != other["PrefixListId"]
    entries = ask("ec2:GetManagedPrefixListEntries", region=region, PrefixListId=one["PrefixListId"])["Entries"]
    (described,) = ask("ec2:DescribePrefixLists", region=region, PrefixListIds=[one["PrefixListId"]])["PrefixLists"]
    assert {entry["Cidr"] for entry in entries} == set(described["Cidrs"])
    with refused("InvalidPrefixListID.NotFound"):
        ask("ec2:GetManagedPrefixListEntries", region=region, PrefixListId="pl-1")
