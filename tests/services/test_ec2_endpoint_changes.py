"""ModifyVpcEndpoint, the services that endpoints lead to, and endpoints of Gateway Load Balancers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from emulator import AwsError, World
from emulator.engine import identity
from emulator.services.ec2 import quotas
from emulator.services.ec2.network import VpcEndpoint

MQ = "com.amazonaws.us-east-1.mq"
S3 = "com.amazonaws.us-east-1.s3"
CLOSED = json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/{}/x/0123456789abcdef"


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    vpc_id = str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    ask("ec2:ModifyVpcAttribute", VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    return vpc_id


@pytest.fixture
def subnets(ask: Any, vpc: str) -> list[str]:
    return [
        ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{number}.0/28", AvailabilityZone=f"us-east-1{letter}")["Subnet"][
            "SubnetId"
        ]
        for number, letter in enumerate("abcb")
    ]


@pytest.fixture
def groups(ask: Any, vpc: str) -> list[str]:
    return [ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName=f"g{n}", Description="g")["GroupId"] for n in range(6)]


@pytest.fixture
def endpoint(ask: Any, vpc: str, subnets: list[str], groups: list[str]) -> str:
    """An Interface endpoint in two subnets with one group."""
    made = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName=MQ,
        VpcEndpointType="Interface",
        SubnetIds=subnets[:2],
        SecurityGroupIds=groups[:1],
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


@pytest.fixture
def gateway(ask: Any, vpc: str) -> str:
    return str(ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=S3)["VpcEndpoint"]["VpcEndpointId"])


def shown(ask: Any, endpoint: str) -> dict[str, Any]:
    return dict(ask("ec2:DescribeVpcEndpoints", VpcEndpointIds=[endpoint])["VpcEndpoints"][0])


def free(ask: Any, subnet: str) -> int:
    return int(ask("ec2:DescribeSubnets", SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"])


def interfaces(ask: Any, endpoint: str) -> list[dict[str, Any]]:
    asked = [{"Name": "description", "Values": [f"*{endpoint}"]}]
    return list(ask("ec2:DescribeNetworkInterfaces", Filters=asked)["NetworkInterfaces"])


# changes


def test_subnets_come_and_go_with_their_interfaces(ask: Any, endpoint: str, subnets: list[str]) -> None:
    before = shown(ask, endpoint)
    assert ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSubnetIds=[subnets[2]], RemoveSubnetIds=[subnets[0]]) == {
        "Return": True
    }
    after = shown(ask, endpoint)
    assert after["SubnetIds"] == [subnets[1], subnets[2]]
    assert after["NetworkInterfaceIds"][0] == before["NetworkInterfaceIds"][1]
    assert {one["NetworkInterfaceId"] for one in interfaces(ask, endpoint)} == set(after["NetworkInterfaceIds"])
    assert [free(ask, subnet) for subnet in subnets[:3]] == [11, 10, 10]
    assert [name["DnsName"].split(".")[0][-10:] for name in after["DnsEntries"][1:3]] == ["us-east-1b", "us-east-1c"]
    ask("ec2:DeleteSubnet", SubnetId=subnets[0])
    with refused("DuplicateSubnetsInSameZone"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSubnetIds=[subnets[3]])
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSubnetIds=[subnets[3]], RemoveSubnetIds=[subnets[1]])


def test_groups_of_the_endpoint_are_those_of_its_interfaces(ask: Any, endpoint: str, groups: list[str]) -> None:
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSecurityGroupIds=groups[1:3], RemoveSecurityGroupIds=[groups[0]])
    for one in (shown(ask, endpoint), *interfaces(ask, endpoint)):
        assert [group["GroupId"] for group in one["Groups"]] == groups[1:3]
    ask("ec2:DeleteSecurityGroup", GroupId=groups[0])
    with refused("DependencyViolation"):
        ask("ec2:DeleteSecurityGroup", GroupId=groups[1])
    with refused("SecurityGroupsPerInterfaceLimitExceeded"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSecurityGroupIds=[*groups[3:], groups[3], *added(ask, 1)])
    with refused("InvalidParameter: An interface VPC endpoint must have at least one security group."):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, RemoveSecurityGroupIds=groups[1:3])


def added(ask: Any, count: int) -> list[str]:
    vpc = ask("ec2:DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"][0]["VpcId"]
    return [ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName=f"m{n}", Description="m")["GroupId"] for n in range(count)]


def test_policies(ask: Any, endpoint: str) -> None:
    default = shown(ask, endpoint)["PolicyDocument"]
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, PolicyDocument=CLOSED)
    assert shown(ask, endpoint)["PolicyDocument"] == CLOSED
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, ResetPolicy=True)
    assert shown(ask, endpoint)["PolicyDocument"] == default
    long = json.dumps({**json.loads(CLOSED), "Id": "x" * quotas.QUOTAS[quotas.POLICY_CHARACTERS]})
    for params, text in (
        ({"PolicyDocument": "{"}, "InvalidPolicyDocument"),
        ({"PolicyDocument": long}, "InvalidPolicyDocument"),
        ({"PolicyDocument": "{}", "ResetPolicy": True}, "InvalidParameterCombination"),
    ):
        with refused(text):
            ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, **params)


def test_private_names(ask: Any, vpc: str, endpoint: str) -> None:
    on, off = shown(ask, endpoint), {"VpcEndpointId": endpoint, "PrivateDnsEnabled": False}
    ask("ec2:ModifyVpcEndpoint", **off)
    assert shown(ask, endpoint)["DnsEntries"] == on["DnsEntries"][:-1]
    other = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=MQ, VpcEndpointType="Interface")["VpcEndpoint"]["VpcEndpointId"]
    with refused("InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=other, PrivateDnsEnabled=True)
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=other, PrivateDnsEnabled=False)
    ask("ec2:ModifyVpcAttribute", VpcId=vpc, EnableDnsSupport={"Value": False})
    with refused(
        f"InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
        f"to true for {vpc}"
    ):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, PrivateDnsEnabled=True)
    with refused("InvalidParameter: Enabling private DNS"):
        ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=MQ, VpcEndpointType="Interface")


def test_dns_options(ask: Any, vpc: str, endpoint: str, gateway: str) -> None:
    s3 = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=S3, VpcEndpointType="Interface", PrivateDnsEnabled=True)[
        "VpcEndpoint"
    ]
    member = "PrivateDnsOnlyForInboundResolverEndpoint"
    assert s3["DnsOptions"][member] is True
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=s3["VpcEndpointId"], DnsOptions={member: False})
    assert shown(ask, s3["VpcEndpointId"])["DnsOptions"][member] is False
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=s3["VpcEndpointId"], DnsOptions={"DnsRecordIpType": "ipv4"})
    assert shown(ask, s3["VpcEndpointId"])["DnsOptions"] == {member: False, "DnsRecordIpType": "ipv4"}
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=s3["VpcEndpointId"], PrivateDnsEnabled=False)
    assert shown(ask, s3["VpcEndpointId"])["DnsOptions"][member] is None
    with refused("InvalidParameter: PrivateDnsOnlyForInboundResolverEndpoint not supported for this service"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, DnsOptions={member: True})


def test_route_tables_of_a_gateway(ask: Any, vpc: str, gateway: str) -> None:
    tables = [ask("ec2:CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=gateway, AddRouteTableIds=tables)
    assert shown(ask, gateway)["RouteTableIds"] == tables
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=gateway, RemoveRouteTableIds=tables[:1])
    ask("ec2:DeleteRouteTable", RouteTableId=tables[0])
    second = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=S3)["VpcEndpoint"]["VpcEndpointId"]
    with refused("RouteAlreadyExists"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=second, AddRouteTableIds=tables[1:])


@pytest.mark.parametrize(
    ("which", "params", "text"),
    [
        ("endpoint", {"AddRouteTableIds": ["rtb-1"]}, "InvalidParameter: Route table IDs are only supported for Gateway type"),
        ("gateway", {"AddSubnetIds": ["subnet-1"]}, "InvalidParameter: Subnet IDs are only supported for Interface and"),
        ("gateway", {"AddSecurityGroupIds": ["sg-1"]}, "InvalidParameter: Security group IDs are only supported for Interface"),
        ("gateway", {"PrivateDnsEnabled": True}, "InvalidParameter: Private DNS names are only supported for"),
        ("gateway", {"RemoveRouteTableIds": ["rtb-1"]}, "InvalidParameter: rtb-1 is not associated with the VPC endpoint"),
        ("endpoint", {"RemoveSubnetIds": ["subnet-1"]}, "InvalidParameter: subnet-1 is not associated with the VPC endpoint"),
        ("endpoint", {"AddSubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound"),
        ("endpoint", {"AddSecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
        ("endpoint", {"IpAddressType": "dualstack"}, "InvalidParameter: The IP address type (dualstack) is not supported"),
        ("endpoint", {"SubnetConfigurations": [{"SubnetId": "subnet-1"}]}, "NotImplemented"),
    ],
)
def test_changes_that_cannot_be(ask: Any, request: pytest.FixtureRequest, which: str, params: dict[str, Any], text: str) -> None:
    endpoint = request.getfixturevalue(which)
    before = shown(ask, endpoint)
    with refused(text):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, **params)
    assert shown(ask, endpoint) == before


def test_what_is_there_cannot_be_added(ask: Any, endpoint: str, subnets: list[str], groups: list[str]) -> None:
    for params in ({"AddSubnetIds": subnets[:1]}, {"AddSecurityGroupIds": groups[:1]}):
        with refused("InvalidParameter: "):
            ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, **params)


def test_an_endpoint_that_leaves_stays_as_it_is(ask: Any, world: World, endpoint: str) -> None:
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
    with refused(f"IncorrectState: The VPC endpoint {endpoint} is in the state deleting"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, ResetPolicy=True)
    world.advance(200)
    with refused(f"InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id '{endpoint}' does not exist"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, ResetPolicy=True)


def test_a_requester_managed_endpoint_is_its_services(ask: Any, world: World, endpoint: str) -> None:
    record = world.store.get(VpcEndpoint, ("111122223333", "us-east-1", endpoint))
    assert record is not None
    world.store.put(replace(record, is_requester_managed=True))
    with refused("InvalidParameter: Operation is not allowed for requester-managed VPC endpoints for the service"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, ResetPolicy=True)
    service = replace(identity.root("111122223333"), invoked_by="mq.amazonaws.com")
    ask("ec2:ModifyVpcEndpoint", as_=service, VpcEndpointId=endpoint, ResetPolicy=True)


# services


def test_services_of_a_region(ask: Any) -> None:
    found = ask("ec2:DescribeVpcEndpointServices")
    assert set(found["ServiceNames"]) >= {MQ, S3}
    (mq,) = ask("ec2:DescribeVpcEndpointServices", ServiceNames=[MQ, MQ])["ServiceDetails"]
    assert (mq["Owner"], mq["ServiceType"], mq["PrivateDnsName"]) == (
        "amazon",
        [{"ServiceType": "Interface"}],
        "mq.us-east-1.amazonaws.com",
    )
    assert len(mq["AvailabilityZones"]) == len(mq["AvailabilityZoneIds"]) == 6
    gateways = ask("ec2:DescribeVpcEndpointServices", Filters=[{"Name": "service-type", "Values": ["Gateway"]}])
    assert gateways["ServiceNames"] == ["com.amazonaws.us-east-1.dynamodb", S3]
    assert {detail["VpcEndpointPolicySupported"] for detail in gateways["ServiceDetails"]} == {True}
    with refused("InvalidServiceName: The Vpc Endpoint Service 'nobody' does not exist"):
        ask("ec2:DescribeVpcEndpointServices", ServiceNames=[MQ, "nobody"])
    with refused("NotImplemented"):
        ask("ec2:DescribeVpcEndpointServices", ServiceRegions=["eu-west-1"])
    first = ask("ec2:DescribeVpcEndpointServices", ServiceRegions=["us-east-1"], MaxResults=10)
    rest = ask("ec2:DescribeVpcEndpointServices", NextToken=first["NextToken"])
    assert first["ServiceDetails"] + rest["ServiceDetails"] == found["ServiceDetails"]


def test_the_service_of_a_broker_is_shown_when_named(ask: Any) -> None:
    broker = ask(
        "mq:CreateBroker",
        BrokerName="orders",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )["BrokerId"]
    assert broker
    names = ask("ec2:DescribeVpcEndpointServices")["ServiceNames"]
    assert not [name for name in names if "vpce-svc" in name]


# services of customers, and endpoints of Gateway Load Balancers


def service(ask: Any, kind: str, **params: Any) -> dict[str, Any]:
    member = "GatewayLoadBalancerArns" if kind == "gwy" else "NetworkLoadBalancerArns"
    made = ask(
        "ec2:CreateVpcEndpointServiceConfiguration", AcceptanceRequired=False, **{member: [BALANCER.format(kind)]}, **params
    )
    return dict(made["ServiceConfiguration"])


def test_a_service_of_a_customer(ask: Any, world: World, vpc: str, subnets: list[str]) -> None:
    tags = [{"ResourceType": "vpc-endpoint-service", "Tags": [{"Key": "a", "Value": "b"}]}]
    made = service(ask, "net", TagSpecifications=tags, ClientToken="once", SupportedIpAddressTypes=["ipv4"])
    assert service(ask, "net", TagSpecifications=tags, ClientToken="once", SupportedIpAddressTypes=["ipv4"]) == made
    assert made["ServiceName"] == f"com.amazonaws.vpce.us-east-1.{made['ServiceId']}"
    assert ask("ec2:DescribeVpcEndpointServiceConfigurations")["ServiceConfigurations"] == [made]
    (seen,) = ask("ec2:DescribeVpcEndpointServices", Filters=[{"Name": "owner", "Values": ["111122223333"]}])["ServiceDetails"]
    assert (seen["ServiceName"], seen["Tags"]) == (made["ServiceName"], [{"Key": "a", "Value": "b"}])
    endpoint = ask(
        "ec2:CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName=made["ServiceName"],
        VpcEndpointType="Interface",
        SubnetIds=subnets[:1],
    )["VpcEndpoint"]
    assert endpoint["DnsEntries"][0]["DnsName"].endswith(made["BaseEndpointDnsNames"][0])
    assert endpoint["PrivateDnsEnabled"] is False
    (kept, unknown) = ask("ec2:DeleteVpcEndpointServiceConfigurations", ServiceIds=[made["ServiceId"], "vpce-svc-1"])[
        "Unsuccessful"
    ]
    assert (kept["Error"]["Code"], unknown["Error"]["Code"]) == (
        "ExistingVpcEndpointConnections",
        "InvalidVpcEndpointServiceId.NotFound",
    )
    ask("ec2:CreateTags", Resources=[made["ServiceId"]], Tags=[{"Key": "c", "Value": "d"}])
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    world.advance(60)
    assert ask("ec2:DeleteVpcEndpointServiceConfigurations", ServiceIds=[made["ServiceId"]]) == {"Unsuccessful": []}
    assert ask("ec2:DescribeVpcEndpointServiceConfigurations")["ServiceConfigurations"] == []


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"NetworkLoadBalancerArns": [BALANCER.format("net")]}, "NotImplemented: Acceptance of endpoint connections"),
        ({"AcceptanceRequired": False}, "InvalidParameterCombination: Exactly one of NetworkLoadBalancerArns"),
        (
            {"AcceptanceRequired": False, "NetworkLoadBalancerArns": [BALANCER.format("gwy")]},
            "InvalidParameter: 'arn:aws:elasticloadbalancing:",
        ),
        (
            {
                "AcceptanceRequired": False,
                "GatewayLoadBalancerArns": [BALANCER.format("gwy")],
                "SupportedIpAddressTypes": ["ipv6"],
            },
            "InvalidParameter: The IP address type (ipv6) is not supported",
        ),
    ],
)
def test_a_service_that_cannot_be(ask: Any, params: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:CreateVpcEndpointServiceConfiguration", **params)


def test_an_endpoint_of_a_gateway_load_balancer(ask: Any, world: World, vpc: str, subnets: list[str]) -> None:
    name = service(ask, "gwy")["ServiceName"]
    asked = {"VpcId": vpc, "ServiceName": name, "VpcEndpointType": "GatewayLoadBalancer"}
    made = ask("ec2:CreateVpcEndpoint", SubnetIds=subnets[:1], **asked)["VpcEndpoint"]
    endpoint = made["VpcEndpointId"]
    assert (made["State"], made["Groups"], made["DnsEntries"], made["PolicyDocument"]) == ("pending", [], [], None)
    (interface,) = interfaces(ask, endpoint)
    assert (interface["InterfaceType"], interface["Groups"]) == ("gateway_load_balancer_endpoint", [])
    world.advance(90)
    assert shown(ask, endpoint)["State"] == "available"
    for params, text in (
        ({"SubnetIds": subnets[:2]}, "InvalidParameter: Only one subnet"),
        ({"SecurityGroupIds": ["sg-1"]}, "InvalidParameter: Security group IDs are only supported for Interface type"),
        ({"PrivateDnsEnabled": True}, "InvalidParameter: Private DNS can't be enabled"),
        ({"PolicyDocument": "{}"}, "InvalidParameter: Endpoint policies are not supported"),
        ({"RouteTableIds": ["rtb-1"]}, "InvalidParameter: Route table IDs are only supported for Gateway"),
    ):
        with refused(text):
            ask("ec2:CreateVpcEndpoint", **asked, **params)
    with refused("InvalidParameter: Endpoint policies are not supported"):
        ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, PolicyDocument="{}")

    table = ask("ec2:CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="10.0.0.0/24", VpcEndpointId=endpoint)
    (refusal,) = ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint])["Unsuccessful"]
    assert refusal["Error"]["Message"] == f"Endpoint {endpoint} must be removed from route table {table} before deletion"
    ask("ec2:DeleteRoute", RouteTableId=table, DestinationCidrBlock="10.0.0.0/24")
    assert ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint]) == {"Unsuccessful": []}
    world.advance(60)
    assert free(ask, subnets[0]) == 11


def test_a_service_that_is_gone_changes_nothing_of_its_endpoints(ask: Any, world: World, endpoint: str) -> None:
    record = world.store.get(VpcEndpoint, ("111122223333", "us-east-1", endpoint))
    assert record is not None
    world.store.put(replace(record, service="com.amazonaws.vpce.us-east-1.vpce-svc-0"))
    before = shown(ask, endpoint)
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint, PrivateDnsEnabled=False)
    assert shown(ask, endpoint) == before
