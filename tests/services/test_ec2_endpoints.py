"""VPC endpoints and their network interfaces as a client sees them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from emulator import AwsError, World
from emulator.engine import identity
from emulator.engine.service import Service
from emulator.services.ec2.network import VpcEndpoint
from emulator.services.ec2.vpc_endpoints import TIMER, hosted_zone

MQ = "com.amazonaws.us-east-1.mq"
S3 = "com.amazonaws.us-east-1.s3"
CLOSED = json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})
OFFERED = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    """A VPC with DNS host names, as private DNS wants it."""
    vpc_id = str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    ask("ec2:ModifyVpcAttribute", VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    return vpc_id


@pytest.fixture
def subnets(ask: Any, vpc: str) -> list[str]:
    return [
        ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{number}.0/28", AvailabilityZone=f"us-east-1{letter}")["Subnet"][
            "SubnetId"
        ]
        for number, letter in enumerate("abb")
    ]


@pytest.fixture
def offered(world: World) -> None:
    """A world in which some service offers :data:`OFFERED`."""
    mq = replace(world.services["mq"], endpoint_services=lambda _world, region, name: (region, name) == ("us-east-1", OFFERED))
    services: dict[str, Service] = {**world.services, "mq": mq}
    world.services = services


@pytest.fixture
def make(ask: Any, vpc: str) -> Any:
    """``make()``: an Interface endpoint for Amazon MQ's API, or what the arguments say."""

    def run(**params: Any) -> dict[str, Any]:
        asked = {"VpcId": vpc, "ServiceName": MQ, "VpcEndpointType": "Interface", **params}
        return dict(ask("ec2:CreateVpcEndpoint", **asked)["VpcEndpoint"])

    return run


def described(ask: Any, endpoint: str) -> dict[str, Any]:
    (found,) = ask("ec2:DescribeVpcEndpoints", VpcEndpointIds=[endpoint])["VpcEndpoints"]
    return dict(found)


# making


def test_an_interface_endpoint(ask: Any, world: World, vpc: str, subnets: list[str], make: Any) -> None:
    tags = [{"Key": "AMQManaged", "Value": "true"}, {"Key": "Broker", "Value": "b-1"}]
    made = make(SubnetIds=subnets[:2], TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}])
    (group,) = ask("ec2:DescribeSecurityGroups", Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert re.fullmatch("vpce-[0-9a-f]{17}", made["VpcEndpointId"])
    assert made["State"] == "pending"
    assert made["Groups"] == [{"GroupId": group["GroupId"], "GroupName": "default"}]
    assert made["SubnetIds"] == subnets[:2]
    assert len(made["NetworkInterfaceIds"]) == 2
    assert made["Tags"] == tags
    assert made["CreationTimestamp"] == world.clock.now()
    assert (made["OwnerId"], made["IpAddressType"], made["ServiceRegion"]) == ("111122223333", "ipv4", "us-east-1")
    assert (made["RequesterManaged"], made["PrivateDnsEnabled"], made["RouteTableIds"]) == (False, True, [])
    assert json.loads(made["PolicyDocument"])["Statement"] == [
        {"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"},
    ]
    world.advance(89)
    assert described(ask, made["VpcEndpointId"]) == made
    world.advance(1)
    assert described(ask, made["VpcEndpointId"]) == {**made, "State": "available"}


@pytest.mark.parametrize(
    ("service", "host", "private"),
    [
        (MQ, "mq.us-east-1.vpce.amazonaws.com", ["mq.us-east-1.amazonaws.com"]),
        ("com.amazonaws.us-east-1.ecr.api", "api.ecr.us-east-1.vpce.amazonaws.com", ["api.ecr.us-east-1.amazonaws.com"]),
        ("com.amazonaws.us-east-1.kinesis-streams", "kinesis.us-east-1.vpce.amazonaws.com", ["kinesis.us-east-1.amazonaws.com"]),
        (OFFERED, "vpce-svc-0123456789abcdef0.us-east-1.vpce.amazonaws.com", []),
        (S3, "s3.us-east-1.vpce.amazonaws.com", []),
    ],
)
@pytest.mark.usefixtures("offered")
def test_dns_names(make: Any, subnets: list[str], service: str, host: str, private: list[str]) -> None:
    made = make(ServiceName=service, SubnetIds=subnets[:2])
    names = [entry["DnsName"] for entry in made["DnsEntries"]]
    label = names[0].split(".")[0]
    assert re.fullmatch(made["VpcEndpointId"] + "-[0-9a-z]{8}", label)
    assert names == [f"{label}.{host}", f"{label}-us-east-1a.{host}", f"{label}-us-east-1b.{host}", *private]
    assert made["PrivateDnsEnabled"] is bool(private)
    assert {entry["HostedZoneId"] for entry in made["DnsEntries"][:3]} == {"Z7HUB22UULQXV"}


def test_regions_have_hosted_zones_of_their_own() -> None:
    assert len({hosted_zone(region) for region in ("us-east-1", "eu-west-1", "eu-west-2")}) == 3


def test_china_has_its_own_domain(ask: Any) -> None:
    vpc = ask("ec2:DescribeVpcs", region="cn-north-1")["Vpcs"][0]["VpcId"]
    name = "com.amazonaws.cn-north-1.mq"
    made = ask("ec2:CreateVpcEndpoint", region="cn-north-1", VpcId=vpc, ServiceName=name, VpcEndpointType="Interface")[
        "VpcEndpoint"
    ]
    assert made["DnsEntries"][-1]["DnsName"] == "mq.cn-north-1.amazonaws.com.cn"


def test_a_gateway_endpoint_is_available_at_once(ask: Any, vpc: str) -> None:
    made = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=S3)["VpcEndpoint"]
    assert (made["VpcEndpointType"], made["State"], made["DnsOptions"]["DnsRecordIpType"]) == (
        "Gateway",
        "available",
        "service-defined",
    )
    assert made["NetworkInterfaceIds"] == made["SubnetIds"] == made["Groups"] == made["DnsEntries"] == []
    assert described(ask, made["VpcEndpointId"]) == made


def test_without_subnets_there_are_no_interfaces(make: Any) -> None:
    assert make()["NetworkInterfaceIds"] == []


def test_named_groups_and_policy_are_kept(ask: Any, vpc: str, make: Any) -> None:
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    made = make(SecurityGroupIds=[group, group], PolicyDocument=CLOSED, PrivateDnsEnabled=False)
    assert made["Groups"] == [{"GroupId": group, "GroupName": "web"}]
    assert made["PolicyDocument"] == CLOSED
    assert made["PrivateDnsEnabled"] is False
    assert make(PrivateDnsEnabled=True, IpAddressType="ipv4", ServiceRegion="us-east-1")["PrivateDnsEnabled"] is True


GATEWAY = {"VpcEndpointType": "Gateway", "ServiceName": S3}


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"VpcId": "vpc-1"}, "InvalidVpcID.NotFound: The vpc ID 'vpc-1' does not exist"),
        (
            {"ServiceName": "com.amazonaws.us-east-1.x"},
            "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.x'",
        ),
        (
            {"ServiceName": "com.amazonaws.eu-west-1.mq"},
            "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.eu-west-1.mq'",
        ),
        ({"ServiceName": "mq"}, "InvalidServiceName: The Vpc Endpoint Service 'mq' does not exist"),
        ({"ServiceName": OFFERED}, f"InvalidServiceName: The Vpc Endpoint Service '{OFFERED}' does not exist"),
        (
            {"VpcEndpointType": "Gateway"},
            "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).",
        ),
        ({"VpcEndpointType": "Resource"}, "NotImplemented: The VpcEndpointType Resource"),
        ({"VpcEndpointType": "GatewayLoadBalancer"}, "InvalidParameter: Endpoint type (GatewayLoadBalancer) does not match"),
        ({"VpcEndpointType": "ServiceNetwork"}, "NotImplemented: The VpcEndpointType ServiceNetwork"),
        ({"ServiceRegion": "eu-west-1"}, "NotImplemented: ServiceRegion of another Region"),
        ({"SubnetConfigurations": [{"SubnetId": "subnet-1"}]}, "NotImplemented: The member SubnetConfigurations"),
        ({"RouteTableIds": ["rtb-1"]}, "InvalidParameter: Route table IDs are only supported for Gateway type VPC Endpoint."),
        ({**GATEWAY, "RouteTableIds": ["rtb-1"]}, "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-1' does not exist"),
        ({**GATEWAY, "RouteTableIds": [""]}, "InvalidRouteTableId.Malformed: Invalid Id: '' (expecting 'rtb-...;"),
        ({**GATEWAY, "SubnetIds": ["subnet-1"]}, "InvalidParameter: Subnet IDs are only supported for Interface and Gateway"),
        ({**GATEWAY, "SecurityGroupIds": ["sg-1"]}, "InvalidParameter: Security group IDs are only supported for"),
        ({**GATEWAY, "PrivateDnsEnabled": True}, "InvalidParameter: Private DNS names are only supported for"),
        (
            {**GATEWAY, "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}},
            "InvalidParameter: Private DNS names are only supported for",
        ),
        ({"SubnetIds": ["subnet-0a"]}, "InvalidSubnetID.NotFound: The subnet ID 'subnet-0a' does not exist"),
        (
            {"SubnetIds": ["module.private"]},
            "InvalidSubnetId.Malformed: Invalid Subnet Id: 'module.private' (expecting 'subnet-...; the Id may only contain "
            "lowercase alphanumeric characters and a single dash')",
        ),
        ({"SecurityGroupIds": ["web"]}, 'InvalidGroupId.Malformed: Invalid id: "web" (expecting "sg-...")'),
        ({"IpAddressType": "ipv6"}, "InvalidParameter: The IP address type (ipv6) is not supported"),
        ({"DnsOptions": {"DnsRecordIpType": "dualstack"}}, "InvalidParameter: The IP address type (dualstack) is not supported"),
        (
            {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}},
            "InvalidParameter: PrivateDnsOnlyForInboundResolverEndpoint not supported for this service",
        ),
        ({"PolicyDocument": "{"}, "InvalidPolicyDocument"),
        ({"PolicyDocument": "[]"}, "InvalidPolicyDocument"),
        ({"PolicyDocument": "{}"}, "InvalidPolicyDocument"),
        ({"PolicyDocument": '{"Statement": [{"Effect": "Maybe"}]}'}, "InvalidPolicyDocument"),
        ({"PolicyDocument": CLOSED.replace('"Principal": "*", ', "")}, "InvalidPolicyDocument"),
        ({"ClientToken": "x" * 65}, "InvalidClientToken"),
        ({"ClientToken": "é"}, "InvalidClientToken"),
        (
            {"TagSpecifications": [{"ResourceType": "vpc-endpoint-service", "Tags": [{"Key": "a", "Value": "b"}]}]},
            "InvalidParameter: 'vpc-endpoint-service' is not a valid taggable resource type for this operation.",
        ),
    ],
)
def test_an_endpoint_that_cannot_be(ask: Any, make: Any, params: dict[str, Any], text: str) -> None:
    with refused(text):
        make(**params)
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] == []


def test_a_service_must_be_named(ask: Any, vpc: str) -> None:
    with refused("MissingParameter: The request must contain the parameter ServiceName"):
        ask("ec2:CreateVpcEndpoint", VpcId=vpc)


def test_one_subnet_per_zone(make: Any, subnets: list[str]) -> None:
    text = f"DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of {subnets[2]}. VPC endpoint"
    with refused(text):
        make(SubnetIds=subnets)
    with refused("DuplicateSubnetsInSameZone"):
        make(SubnetIds=[subnets[0], subnets[0]])


def test_everything_is_of_one_vpc(ask: Any, vpc: str, make: Any) -> None:
    subnet = ask("ec2:DescribeSubnets", Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]["SubnetId"]
    with refused(f"InvalidParameter: The subnet {subnet} does not belong to the VPC {vpc}."):
        make(SubnetIds=[subnet])
    group = ask("ec2:CreateSecurityGroup", GroupName="far", Description="far")["GroupId"]
    with refused(f"InvalidParameter: The security group {group} does not belong to the VPC {vpc}."):
        make(SecurityGroupIds=[group])


def test_five_groups_are_the_most(ask: Any, vpc: str, make: Any) -> None:
    groups = [
        ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName=f"g{number}", Description="g")["GroupId"] for number in range(6)
    ]
    assert len(make(SecurityGroupIds=groups[:5])["Groups"]) == 5
    with refused("SecurityGroupsPerInterfaceLimitExceeded"):
        make(SecurityGroupIds=groups)


def test_quotas(ask: Any, world: World, vpc: str, make: Any) -> None:
    first, *_ = [make(PrivateDnsEnabled=False)["VpcEndpointId"] for _ in range(50)]
    with refused("VpcEndpointLimitExceeded"):
        make(PrivateDnsEnabled=False)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[first])
    world.advance(60)
    make(PrivateDnsEnabled=False)
    for _ in range(20):
        make(**GATEWAY)
    with refused("VpcEndpointLimitExceeded"):
        make(**GATEWAY)


# private DNS


def test_a_private_name_leads_to_one_endpoint_in_a_vpc(ask: Any, world: World, vpc: str, make: Any) -> None:
    first = make()["VpcEndpointId"]
    text = (
        "InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        f"mq.us-east-1.amazonaws.com in the VPC {vpc}"
    )
    with refused(text):
        make()
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[first])
    world.advance(60)
    assert make()["PrivateDnsEnabled"] is True


@pytest.mark.usefixtures("offered")
def test_an_offered_service_has_no_private_name(make: Any) -> None:
    with refused(f"InvalidParameter: Private DNS can't be enabled because the service {OFFERED}"):
        make(ServiceName=OFFERED, PrivateDnsEnabled=True)


def test_inbound_only_private_dns_leans_on_a_gateway(ask: Any, vpc: str, make: Any) -> None:
    with refused(f"InvalidParameter: To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {vpc} must have a Gateway"):
        make(ServiceName=S3, PrivateDnsEnabled=True)
    gateway = make(**GATEWAY)["VpcEndpointId"]
    interface = make(ServiceName=S3, PrivateDnsEnabled=True)
    assert interface["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] is True
    (kept,) = ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[gateway])["Unsuccessful"]
    assert kept["Error"]["Code"] == "InvalidParameter"
    assert interface["VpcEndpointId"] in kept["Error"]["Message"]
    assert ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[interface["VpcEndpointId"]]) == {"Unsuccessful": []}


def test_private_dns_for_everything_needs_no_gateway(make: Any) -> None:
    options = {"DnsRecordIpType": "ipv4", "PrivateDnsOnlyForInboundResolverEndpoint": False}
    made = make(ServiceName=S3, PrivateDnsEnabled=True, DnsOptions=options)
    assert made["DnsOptions"] == options


# network interfaces


def test_interfaces_of_an_endpoint(ask: Any, world: World, vpc: str, subnets: list[str], make: Any) -> None:
    endpoint = make(SubnetIds=subnets[:2])
    found = ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert {interface["SubnetId"] for interface in found} == set(subnets[:2])
    for interface in found:
        assert interface["Description"] == f"VPC Endpoint Interface {endpoint['VpcEndpointId']}"
        assert (interface["InterfaceType"], interface["Status"]) == ("vpc_endpoint", "in-use")
        assert (interface["RequesterManaged"], interface["RequesterId"]) == (True, "111122223333")
        assert interface["Groups"] == endpoint["Groups"]
        assert re.fullmatch("0[26ae](:[0-9a-f]{2}){5}", interface["MacAddress"])
        assert interface["Attachment"].pop("AttachmentId").startswith("ela-attach-")
        assert interface["Attachment"] == {
            "AttachTime": world.clock.now(),
            "DeleteOnTermination": False,
            "DeviceIndex": 1,
            "InstanceOwnerId": "amazon-aws",
            "Status": "attached",
        }
        assert (interface["TagSet"], interface["Operator"]) == ([], {"Managed": False})
        assert interface["PrivateDnsName"] == f"ip-{interface['PrivateIpAddress'].replace('.', '-')}.ec2.internal"
    with refused("InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-1' does not exist"):
        ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=["eni-1"], IncludeManagedResources=True)


@pytest.mark.parametrize(("region", "domain"), [("us-east-1", "ec2.internal"), ("eu-west-1", "eu-west-1.compute.internal")])
def test_the_default_vpc_gives_names(ask: Any, region: str, domain: str) -> None:
    subnet = ask("ec2:DescribeSubnets", region=region)["Subnets"][0]
    ask(
        "ec2:CreateVpcEndpoint",
        region=region,
        VpcId=subnet["VpcId"],
        ServiceName=f"com.amazonaws.{region}.mq",
        VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]],
    )
    (interface,) = ask("ec2:DescribeNetworkInterfaces", region=region)["NetworkInterfaces"]
    assert interface["PrivateDnsName"] == f"ip-{interface['PrivateIpAddress'].replace('.', '-')}.{domain}"


def test_addresses_are_taken_once_and_run_out(ask: Any, subnets: list[str], make: Any) -> None:
    for free in range(10, -1, -1):
        make(SubnetIds=[subnets[0]], PrivateDnsEnabled=False)
        assert ask("ec2:DescribeSubnets", SubnetIds=[subnets[0]])["Subnets"][0]["AvailableIpAddressCount"] == free
    taken = {interface["PrivateIpAddress"] for interface in ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"]}
    assert taken == {f"10.0.0.{number}" for number in range(4, 15)}
    text = "The specified subnet does not have enough free addresses to satisfy the request."
    with refused(f"InsufficientFreeAddressesInSubnet: {text}"):
        make(SubnetIds=[subnets[1], subnets[0]])
    assert ask("ec2:DescribeSubnets", SubnetIds=[subnets[1]])["Subnets"][0]["AvailableIpAddressCount"] == 11


# client tokens


def test_a_repeated_token_gives_the_same_endpoint(ask: Any, world: World, vpc: str, subnets: list[str]) -> None:
    params = {"VpcId": vpc, "ServiceName": MQ, "VpcEndpointType": "Interface", "SubnetIds": [subnets[0]], "ClientToken": "t"}
    first = ask("ec2:CreateVpcEndpoint", **params)
    assert first["ClientToken"] == "t"
    assert ask("ec2:CreateVpcEndpoint", **params, DryRun=False) == first
    assert len(ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]) == 1
    with refused("IdempotentParameterMismatch"):
        ask("ec2:CreateVpcEndpoint", **{**params, "SubnetIds": [subnets[1]]})
    other = ask("ec2:CreateVpcEndpoint", **{**params, "ClientToken": "u", "PrivateDnsEnabled": False})
    assert other["VpcEndpoint"]["VpcEndpointId"] != first["VpcEndpoint"]["VpcEndpointId"]
    assert ask("ec2:CreateVpcEndpoint", **{**params, "ClientToken": "", "PrivateDnsEnabled": False})["VpcEndpoint"]


# the end


def test_deleting(ask: Any, world: World, subnets: list[str], make: Any) -> None:
    endpoint = make(SubnetIds=subnets[:2])["VpcEndpointId"]
    assert ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint]) == {"Unsuccessful": []}
    assert described(ask, endpoint)["State"] == "deleting"
    world.advance(30)
    assert ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint]) == {"Unsuccessful": []}
    assert len(ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"]) == 2
    world.advance(30)
    assert (described(ask, endpoint)["State"], described(ask, endpoint)["NetworkInterfaceIds"]) == ("deleted", [])
    assert ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"] == []
    (item,) = ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint])["Unsuccessful"]
    assert item["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"
    world.advance(60)
    with refused(f"InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id '{endpoint}' does not exist"):
        described(ask, endpoint)
    states = [entry.title for entry in world.journal.select() if entry.kind == "state"]
    assert states == [f"{endpoint}: {state}" for state in ("pending", "deleting", "deleted")]


def test_what_cannot_be_deleted_is_listed(ask: Any, make: Any) -> None:
    endpoint = make()["VpcEndpointId"]
    answer = ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=["vpce-1", endpoint, "vpce-1"])
    assert answer["Unsuccessful"] == [
        {
            "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": "The Vpc Endpoint Id 'vpce-1' does not exist"},
            "ResourceId": "vpce-1",
        },
    ]
    assert described(ask, endpoint)["State"] == "deleting"


def test_a_malformed_endpoint_id(ask: Any) -> None:
    with refused("InvalidVpcEndpointId.Malformed: Invalid Id: 'x' (expecting 'vpce-...;"):
        described(ask, "x")


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(("is_set", "by_service", "is_managed"), [(True, True, True), (True, False, False), (False, True, False)])
def test_requester_managed_endpoints(
    ask: Any, world: World, vpc: str, *, is_set: bool, by_service: bool, is_managed: bool
) -> None:
    world.requester_managed_endpoints = is_set
    service = replace(identity.root("111122223333"), invoked_by="mq.amazonaws.com")
    made = ask(
        "ec2:CreateVpcEndpoint",
        as_=service if by_service else None,
        VpcId=vpc,
        ServiceName=OFFERED,
        VpcEndpointType="Interface",
    )["VpcEndpoint"]
    assert made["RequesterManaged"] is is_managed
    refusals = ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"]
    text = f"Operation is not allowed for requester-managed VPC endpoints for the service {OFFERED}."
    assert [item["Error"] for item in refusals] == ([{"Code": "InvalidParameter", "Message": text}] if is_managed else [])
    assert ask("ec2:DeleteVpcEndpoints", as_=service, VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []


def test_a_timer_that_outlives_its_endpoint_does_nothing(ask: Any, world: World, make: Any) -> None:
    endpoint = make()["VpcEndpointId"]
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint])
    (record,) = world.store.find(VpcEndpoint)
    world.after(200, TIMER, record)
    world.advance(200)
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] == []
