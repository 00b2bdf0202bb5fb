"""The least policy: what a story was allowed to do under it, and nothing that it could do without."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from emulator import AwsError, Clock, Principal, World, new_world
from emulator.control.least_policy import NothingNeededError, least_policy
from emulator.engine import identity
from emulator.engine.identity import User
from emulator.policy.document import parse
from tests.conftest import ACCOUNT, REGION, START

ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
ROLE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

Policy = dict[str, Any]
Play = Callable[..., Any]


def world_of(**settings: Any) -> World:
    return new_world(clock=Clock(frozen_at=START), pace="real", **settings)


def player(world: World, who: Principal) -> Play:
    """``play("ec2:CreateVpc", CidrBlock=…)``: a call as the principal."""

    def play(action: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        return world.ask(who, service, operation, REGION, params)

    return play


def user(world: World, name: str, policy: Policy | None = None) -> Principal:
    """A user who may do what the policy says; without one, an administrator."""
    root = player(world, identity.root(ACCOUNT))
    root("iam:CreateUser", UserName=name)
    made = root("iam:CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(policy)) if policy else {"Policy": {"Arn": ADMIN}}
    root("iam:AttachUserPolicy", UserName=name, PolicyArn=made["Policy"]["Arn"])
    found = world.store.get(User, (ACCOUNT, "", name))
    assert found is not None
    return Principal("user", ACCOUNT, found.arn, found.unique_id, found.arn)


def story(world: World, who: Principal, *, is_tagged: bool = True) -> None:
    """A network, a private broker in it with logs and tags, its whole life, and everything away again."""
    play = player(world, who)
    vpc = play("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc") if is_tagged else [])["Vpc"]["VpcId"]
    subnet = play("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = play("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="clients", Description="clients")["GroupId"]
    broker = play(
        "mq:CreateBroker",
        BrokerName="orders",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        SubnetIds=[subnet],
        SecurityGroups=[group],
        Logs={"General": True},
        Tags={"Team": "Mail"},
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )["BrokerId"]
    world.advance(900)
    assert play("mq:DescribeBroker", BrokerId=broker)["BrokerState"] == "RUNNING"
    (endpoint,) = play("ec2:DescribeVpcEndpoints", Filters=[{"Name": "tag:Broker", "Values": [broker]}])["VpcEndpoints"]
    if is_tagged:
        play("ec2:CreateTags", Resources=[endpoint["VpcEndpointId"]], Tags=[{"Key": "Team", "Value": "Mail"}])
    lines = f"/aws/amazonmq/broker/{broker}/general"
    assert play("logs:FilterLogEvents", logGroupName=lines)["events"]
    play("logs:CreateLogGroup", logGroupName="audit")
    play("logs:CreateLogStream", logGroupName="audit", logStreamName="today")
    play("mq:DeleteBroker", BrokerId=broker)
    world.advance(900)
    play("logs:DeleteLogGroup", logGroupName=lines)
    play("logs:DeleteLogGroup", logGroupName="audit")
    play("ec2:DeleteSecurityGroup", GroupId=group)
    play("ec2:DeleteSubnet", SubnetId=subnet)
    play("ec2:DeleteVpc", VpcId=vpc)
    play("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")
    with pytest.raises(AwsError, match="NotFoundException"):
        play("mq:DescribeBroker", BrokerId=broker)


def tags(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Team", "Value": "Mail"}]}]


def without_each(policy: Policy) -> Iterator[Policy]:
    """The policy with one statement less, in turn."""
    for place in range(len(policy["Statement"])):
        left = policy["Statement"][:place] + policy["Statement"][place + 1 :]
        yield {**policy, "Statement": left}


def statements(policy: Policy, action: str) -> list[dict[str, Any]]:
    return [one for one in policy["Statement"] if action == one["Action"] or action in one["Action"]]


@pytest.fixture(scope="module")
def derived() -> tuple[Policy, Policy]:
    """Of one story that an administrator played: the policy of the administrator, and that of the service-linked role."""
    world = world_of()
    admin = user(world, "admin")
    story(world, admin)
    entries = world.journal.select()
    return least_policy(entries, admin.arn), least_policy(entries, ROLE)


# The caller --------------------------------------------------------------------------------------------------------


def test_the_story_goes_well_under_its_least_policy(derived: tuple[Policy, Policy]) -> None:
    policy, _ = derived
    parse(json.dumps(policy), "identity")
    world = world_of(seed="another")
    story(world, user(world, "fresh", policy))


def test_no_statement_can_be_spared(derived: tuple[Policy, Policy]) -> None:
    policy, _ = derived
    assert len(policy["Statement"]) > 5
    for less in without_each(policy):
        world = world_of()
        fresh = user(world, "fresh", less)
        with pytest.raises((AwsError, AssertionError)):
            story(world, fresh)
        assert any(not decision.is_allowed for entry in world.journal.select(principal="fresh") for decision in entry.decided)


def test_forward_access_is_in_it(derived: tuple[Policy, Policy]) -> None:
    policy, _ = derived
    (role,) = statements(policy, "iam:CreateServiceLinkedRole")
    assert role["Resource"] == ROLE
    assert role["Condition"] == {"StringEquals": {"iam:AWSServiceName": "mq.amazonaws.com"}}
    (network,) = statements(policy, "ec2:DescribeSubnets")
    assert "ec2:DescribeSecurityGroups" in network["Action"]


def test_ids_of_what_was_made_are_general_and_names_are_not(derived: tuple[Policy, Policy]) -> None:
    policy, _ = derived
    assert [one["Resource"] for one in statements(policy, "ec2:DeleteVpc")] == [f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/*"]
    (broker,) = statements(policy, "mq:DeleteBroker")
    assert broker["Resource"] == f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:orders:*"
    assert broker["Condition"] == {"StringEquals": {"aws:ResourceTag/Team": "Mail"}}
    (group,) = statements(policy, "logs:CreateLogStream")
    assert group["Resource"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:audit:*"
    assert not [line for line in json.dumps(policy).split('"') if "vpce-" in line or "subnet-" in line]


def test_tags_on_making_are_bound_to_the_making(derived: tuple[Policy, Policy]) -> None:
    policy, _ = derived
    conditions = {json.dumps(one["Resource"]): one["Condition"] for one in statements(policy, "ec2:CreateTags")}
    vpc = json.dumps(f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/*")
    assert conditions[vpc] == {"StringEquals": {"aws:RequestTag/Team": "Mail", "ec2:CreateAction": "CreateVpc"}}


def test_what_was_there_before_keeps_its_id() -> None:
    world = world_of()
    dev = user(world, "dev")
    root = player(world, identity.root(ACCOUNT))
    (vpc,) = root("ec2:DescribeVpcs")["Vpcs"]
    player(world, dev)("ec2:CreateTags", Resources=[vpc["VpcId"]], Tags=[{"Key": "a", "Value": "1"}])
    player(world, dev)("ec2:CreateTags", Resources=[vpc["VpcId"]], Tags=[{"Key": "a", "Value": "2"}])
    assert least_policy(world.journal.select(), dev.arn)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc['VpcId']}",
            "Condition": {"StringEquals": {"aws:RequestTag/a": ["1", "2"]}},
        }
    ]


# The role ----------------------------------------------------------------------------------------------------------


def test_the_roles_least_policy_is_the_part_of_awss_that_it_used() -> None:
    world = world_of()
    story(world, user(world, "admin"), is_tagged=False)
    policy = least_policy(world.journal.select(), ROLE)
    ec2, logs = f"arn:aws:ec2:{REGION}:{ACCOUNT}", f"arn:aws:logs:{REGION}:{ACCOUNT}"
    managed = {"aws:RequestTag/AMQManaged": "true"}
    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "ec2:CreateVpcEndpoint",
            "Resource": [f"{ec2}:security-group/*", f"{ec2}:subnet/*", f"{ec2}:vpc/*"],
        },
        {
            "Effect": "Allow",
            "Action": "ec2:CreateVpcEndpoint",
            "Resource": f"{ec2}:vpc-endpoint/*",
            "Condition": {"StringEquals": managed},
        },
        {
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": f"{ec2}:vpc-endpoint/*",
            "Condition": {"StringEquals": {**managed, "ec2:CreateAction": "CreateVpcEndpoint"}},
        },
        {"Effect": "Allow", "Action": "ec2:DescribeVpcEndpoints", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{logs}:log-group:/aws/amazonmq/broker/*",
        },
        {
            "Effect": "Allow",
            "Action": "ec2:DeleteVpcEndpoints",
            "Resource": f"{ec2}:vpc-endpoint/*",
            "Condition": {"StringEquals": {"aws:ResourceTag/AMQManaged": "true"}},
        },
    ]


@contextmanager
def role_with(policy: Policy) -> Iterator[World]:
    world = world_of()
    world.edit_managed_policy(ACCOUNT, ROLE_POLICY, json.dumps(policy))
    yield world


def denials_of_the_role(world: World) -> list[str]:
    calls = world.journal.select(principal="AWSServiceRoleForAmazonMQ")
    return [entry.title for entry in calls for decision in entry.decided if not decision.is_allowed]


def test_the_role_does_its_work_under_it_and_under_nothing_less(derived: tuple[Policy, Policy]) -> None:
    _, policy = derived
    with role_with(policy) as world:
        story(world, user(world, "admin"))
        assert denials_of_the_role(world) == []
    for less in without_each(policy):
        with role_with(less) as world:
            with pytest.raises((AwsError, AssertionError)):
                story(world, user(world, "admin"))
            assert denials_of_the_role(world)


# What counts -------------------------------------------------------------------------------------------------------


def test_a_denied_call_is_left_out_and_a_failed_one_is_not() -> None:
    world = world_of()
    nothing = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}
    dev = user(world, "dev", nothing)
    with pytest.raises(AwsError, match="AccessDenied"):
        player(world, dev)("iam:CreateUser", UserName="ann")
    with pytest.raises(NothingNeededError, match=r"no call of arn:aws:iam::111122223333:user/dev in the journal"):
        least_policy(world.journal.select(), dev.arn)
    with pytest.raises(AwsError, match="NoSuchEntity"):
        player(world, dev)("iam:GetUser", UserName="nobody")
    (statement,) = least_policy(world.journal.select(), dev.arn)["Statement"]
    assert statement == {"Effect": "Allow", "Action": "iam:GetUser", "Resource": f"arn:aws:iam::{ACCOUNT}:user/nobody"}


def test_a_soft_world_tells_what_a_user_without_rights_would_need() -> None:
    world = world_of(iam="soft")
    fresh = user(world, "fresh", {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]})
    story(world, fresh)
    policy = least_policy(world.journal.select(), fresh.arn)
    enforced = world_of()
    story(enforced, user(enforced, "fresh", policy))


def test_what_a_resource_allows_by_itself_is_not_needed() -> None:
    world = world_of()
    root = player(world, identity.root(ACCOUNT))
    dev = user(world, "dev")
    for name, principal in (("named", dev.arn), ("account", ACCOUNT)):
        trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        root("iam:CreateRole", RoleName=name, AssumeRolePolicyDocument=document)
        player(world, dev)("sts:AssumeRole", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="test")
    (statement,) = least_policy(world.journal.select(), dev.arn)["Statement"]
    assert statement["Resource"] == f"arn:aws:iam::{ACCOUNT}:role/account"


def test_sessions_of_a_role_are_asked_for_by_either_arn_and_services_by_none() -> None:
    world = world_of()
    story(world, user(world, "admin"))
    entries = world.journal.select()
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ"
    assert least_policy(entries, session) == least_policy(entries, ROLE)
    with pytest.raises(NothingNeededError):
        least_policy(entries, "mq.amazonaws.com")
    assert least_policy(entries, f"arn:aws:iam::{ACCOUNT}:root")["Statement"][0]["Action"] == [
        "iam:AttachUserPolicy",
        "iam:CreateUser",
    ]


def test_for_one_broker_alone() -> None:
    world = world_of()
    admin = user(world, "admin")
    play = player(world, admin)
    ids = [
        play(
            "mq:CreateBroker",
            BrokerName=name,
            EngineType="RABBITMQ",
            DeploymentMode="SINGLE_INSTANCE",
            HostInstanceType="mq.m5.large",
            PubliclyAccessible=True,
            Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
        )["BrokerId"]
        for name in ("first", "second")
    ]
    world.advance(900)
    play("mq:RebootBroker", BrokerId=ids[1])
    first, second = (least_policy(world.journal.select(), admin.arn, broker) for broker in ids)
    assert statements(first, "iam:CreateServiceLinkedRole"), "the first of them made the role"
    assert not statements(second, "iam:CreateServiceLinkedRole")
    assert "first" not in json.dumps(second)


def test_a_value_that_looks_like_a_variable_is_written_as_none() -> None:
    world = world_of()
    dev = user(world, "dev")
    player(world, dev)(
        "ec2:CreateVpc",
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "${b}"}]}],
    )
    policy = least_policy(world.journal.select(), dev.arn)
    again = user(world, "again", policy)
    player(world, again)(
        "ec2:CreateVpc",
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "${b}"}]}],
    )
    with pytest.raises(AwsError, match="UnauthorizedOperation"):
        player(world, again)("ec2:CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc"))
