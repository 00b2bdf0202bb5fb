"""Every answer, written as EC2's XML and read by botocore, is the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import botocore.loaders
import botocore.model
import botocore.parsers
import pytest

from emulator import World
from emulator.engine import identity
from emulator.shapes.write import writer
from tests.conftest import ACCOUNT

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


AMAZON_MQ = identity.service("mq.amazonaws.com", ACCOUNT)


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
        PrivateDnsEnabled=False,
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


BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/gwy/x/0123456789abcdef"
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


def tour(told: Any) -> None:
    """Every operation once or more, ``told(operation, **members)`` giving the answer. What it makes it takes away again."""
    vpc = told("CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    _attributes(told, vpc)
    subnet = told("CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    told("ModifySubnetAttribute", SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    group = told("CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="a")["GroupId"]
    _rules(told, vpc, group)
    _interfaces(told, subnet, group)
    _routes(told, vpc, subnet)
    _endpoints(told, vpc, subnet, group)
    _catalogue(told)
    told("DeleteSecurityGroup", GroupId=group)
    told("DeleteSubnet", SubnetId=subnet)
    told("DeleteVpc", VpcId=vpc)
    _defaults(told)


def _attributes(told: Any, vpc: str) -> None:
    told("ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert told("DescribeVpcAttribute", VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True
    block = told("AssociateVpcCidrBlock", VpcId=vpc, CidrBlock="10.1.0.0/16")["CidrBlockAssociation"]["AssociationId"]
    told("DescribeVpcs", VpcIds=[vpc])
    told("DisassociateVpcCidrBlock", AssociationId=block)


def _rules(told: Any, vpc: str, group: str) -> None:
    made = told(
        "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[HTTPS], TagSpecifications=tagged("security-group-rule")
    )
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    told("AuthorizeSecurityGroupEgress", GroupId=group, IpPermissions=[{**HTTPS, "UserIdGroupPairs": [{"GroupId": group}]}])
    change = {"IpProtocol": "-1", "PrefixListId": "pl-63a5400a", "Description": "x"}
    told(
        "ModifySecurityGroupRules", GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": change}]
    )
    texts = [{"SecurityGroupRuleId": rule, "Description": "y"}]
    told("UpdateSecurityGroupRuleDescriptionsIngress", GroupId=group, SecurityGroupRuleDescriptions=texts)
    told("UpdateSecurityGroupRuleDescriptionsEgress", GroupId=group, IpPermissions=[HTTPS])
    assert len(told("DescribeSecurityGroupRules", Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]) == 4
    told("DescribeSecurityGroups", GroupIds=[group])
    told("DescribeSecurityGroupReferences", GroupId=[group])
    told("GetSecurityGroupsForVpc", VpcId=vpc)
    told("RevokeSecurityGroupIngress", GroupId=group, SecurityGroupRuleIds=[rule])
    told("RevokeSecurityGroupEgress", GroupId=group, IpPermissions=[{**HTTPS, "UserIdGroupPairs": [{"GroupId": group}]}])


def _interfaces(told: Any, subnet: str, group: str) -> None:
    interface = told("CreateNetworkInterface", SubnetId=subnet, Groups=[group], TagSpecifications=tagged("network-interface"))[
        "NetworkInterface"
    ]["NetworkInterfaceId"]
    more = told("AssignPrivateIpAddresses", NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=1)
    address = more["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    told("DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])
    told("UnassignPrivateIpAddresses", NetworkInterfaceId=interface, PrivateIpAddresses=[address])
    told("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface, Description={"Value": "mine"})
    told("ResetNetworkInterfaceAttribute", NetworkInterfaceId=interface, SourceDestCheck="true")
    for name in ("description", "groupSet", "sourceDestCheck", "attachment", "associatePublicIpAddress"):
        told("DescribeNetworkInterfaceAttribute", NetworkInterfaceId=interface, Attribute=name)
    made = told(
        "CreateNetworkInterfacePermission",
        NetworkInterfaceId=interface,
        AwsAccountId="444455556666",
        Permission="INSTANCE-ATTACH",
    )
    told("DescribeNetworkInterfacePermissions")
    permission = made["InterfacePermission"]["NetworkInterfacePermissionId"]
    told("DeleteNetworkInterfacePermission", NetworkInterfacePermissionId=permission)
    told("CreateNetworkInterfacePermission", NetworkInterfaceId=interface, AwsService=AMAZON_MQ.arn, Permission="INSTANCE-ATTACH")
    place = {"NetworkInterfaceId": interface, "InstanceId": "i-0123456789abcdef0", "DeviceIndex": 1}
    attachment = told("AttachNetworkInterface", as_=AMAZON_MQ, **place)["AttachmentId"]
    told("DescribeNetworkInterfaceAttribute", NetworkInterfaceId=interface, Attribute="attachment")
    told("DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])
    told("DetachNetworkInterface", AttachmentId=attachment)
    told("DeleteNetworkInterface", NetworkInterfaceId=interface)


def _routes(told: Any, vpc: str, subnet: str) -> None:
    gateway = told("CreateInternetGateway", TagSpecifications=tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]
    told("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    told("DescribeInternetGateways")
    tables = [
        told("CreateRouteTable", VpcId=vpc, TagSpecifications=tagged("route-table"))["RouteTable"]["RouteTableId"] for _ in "ab"
    ]
    told("CreateRoute", RouteTableId=tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    told("ReplaceRoute", RouteTableId=tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    association = told("AssociateRouteTable", RouteTableId=tables[0], SubnetId=subnet)["AssociationId"]
    told("DescribeRouteTables")
    moved = told("ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=tables[1])["NewAssociationId"]
    told("DisassociateRouteTable", AssociationId=moved)
    told("DeleteRoute", RouteTableId=tables[0], DestinationCidrBlock="0.0.0.0/0")
    for table in tables:
        told("DeleteRouteTable", RouteTableId=table)
    told("DetachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    told("DeleteInternetGateway", InternetGatewayId=gateway)


def _endpoints(told: Any, vpc: str, subnet: str, group: str) -> None:
    service = told(
        "CreateVpcEndpointServiceConfiguration",
        AcceptanceRequired=False,
        GatewayLoadBalancerArns=[BALANCER],
        TagSpecifications=tagged("vpc-endpoint-service"),
    )["ServiceConfiguration"]
    told("DescribeVpcEndpointServiceConfigurations")
    told("DescribeVpcEndpointServices")
    asked = {"VpcId": vpc, "TagSpecifications": tagged("vpc-endpoint")}
    made = [
        told("CreateVpcEndpoint", **asked, **params)["VpcEndpoint"]["VpcEndpointId"]
        for params in (
            {"ServiceName": "com.amazonaws.us-east-1.s3"},
            {"ServiceName": "com.amazonaws.us-east-1.mq", "VpcEndpointType": "Interface", "SubnetIds": [subnet]},
            {"ServiceName": service["ServiceName"], "VpcEndpointType": "GatewayLoadBalancer", "SubnetIds": [subnet]},
        )
    ]
    told("ModifyVpcEndpoint", VpcEndpointId=made[1], AddSecurityGroupIds=[group])
    told("DescribeVpcEndpoints", VpcEndpointIds=made)
    told("DescribeNetworkInterfaces", Filters=[{"Name": "subnet-id", "Values": [subnet]}])
    told("CreateTags", Resources=made, Tags=[{"Key": "b", "Value": "c"}])
    told("DescribeTags")
    told("DeleteTags", Resources=made)
    assert told("DeleteVpcEndpoints", VpcEndpointIds=made)["Unsuccessful"] == []
    told("later")
    told("DeleteVpcEndpointServiceConfigurations", ServiceIds=[service["ServiceId"]])


def _catalogue(told: Any) -> None:
    for operation in ("NetworkAcls", "DhcpOptions", "PrefixLists", "ManagedPrefixLists", "Regions", "AvailabilityZones"):
        told(f"Describe{operation}")
    told("DescribeAccountAttributes")
    told("GetManagedPrefixListEntries", PrefixListId="pl-63a5400a")


def _defaults(told: Any) -> None:
    gateway = told("DescribeInternetGateways")["InternetGateways"][0]
    vpc = gateway["Attachments"][0]["VpcId"]
    for subnet in told("DescribeSubnets")["Subnets"]:
        told("DeleteSubnet", SubnetId=subnet["SubnetId"])
    told("CreateDefaultSubnet", AvailabilityZone="us-east-1c")
    for subnet in told("DescribeSubnets")["Subnets"]:
        told("DeleteSubnet", SubnetId=subnet["SubnetId"])
    told("DetachInternetGateway", InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    told("DeleteVpc", VpcId=vpc)
    told("CreateDefaultVpc")


def test_every_answer(told: Any, world: World) -> None:
    seen = set()

    def tell(operation: str, **params: Any) -> Any:
        if operation == "later":
            return world.advance(60)
        seen.add(operation)
        return told(operation, **params)

    tour(tell)
    assert set(world.services["ec2"].operations) == seen


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
