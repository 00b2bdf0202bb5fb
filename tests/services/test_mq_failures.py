"""Provisioning that fails for a real cause. The journal names it; whatever the role made goes with the broker."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import World
from emulator.engine.fault import Fault, Match
from emulator.services.ec2.network import NetworkInterface, VpcEndpoint
from emulator.services.mq.broker import Broker
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.conftest import Create, endpoints, restore, state, without

SLASH_28 = 11
"""Addresses that a /28 has for its owner."""


def errors(world: World, broker: str) -> list[tuple[str, str]]:
    """The calls for the broker that were refused, with the codes."""
    return [(entry.title, entry.error["code"]) for entry in world.journal.select(subject=broker) if entry.error]


def assert_failed(world: World, ask: Ask, broker: str, code: str) -> None:
    """It can be described, says why to those who ask the journal, and can be deleted without a trace."""
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["BrokerState"], shown["BrokerInstances"]) == ("CREATION_FAILED", [])
    assert ("ec2:CreateVpcEndpoint", code) in errors(world, broker)
    record = world.store.get(Broker, (ACCOUNT, REGION, broker))
    assert record is not None
    assert record.failure.startswith(f"{code}: ")
    assert_deletable(world, ask, broker)


def assert_deletable(world: World, ask: Ask, broker: str) -> None:
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(1200)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert ask("ec2:DescribeVpcEndpoints", Filters=[{"Name": "tag:Broker", "Values": [broker]}])["VpcEndpoints"] == []
    assert all(not one.endpoint for one in world.store.find(NetworkInterface, ACCOUNT, REGION))


def test_no_free_address_in_a_subnet(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    small = ask("ec2:CreateSubnet", VpcId=network["vpc"], CidrBlock="10.0.9.0/28", AvailabilityZone="us-east-1a")["Subnet"]
    ask("ec2:CreateNetworkInterface", SubnetId=small["SubnetId"], SecondaryPrivateIpAddressCount=SLASH_28 - 1)
    broker = create(SubnetIds=[small["SubnetId"], network["subnets"][1]])
    world.advance(600)
    assert_failed(world, ask, broker, "InsufficientFreeAddressesInSubnet")


def test_the_quota_of_endpoints(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    """Fifty interface endpoints in a VPC."""
    for number in range(50):
        ask(
            "ec2:CreateVpcEndpoint",
            VpcId=network["vpc"],
            ServiceName="com.amazonaws.us-east-1.sqs",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=False,
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "number", "Value": str(number)}]}],
        )
    broker = create()
    world.advance(600)
    assert_failed(world, ask, broker, "VpcEndpointLimitExceeded")


def test_a_subnet_deleted_in_between(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create()
    ask("ec2:DeleteSubnet", SubnetId=network["subnets"][1])
    world.advance(600)
    assert_failed(world, ask, broker, "InvalidSubnetID.NotFound")


def test_a_group_deleted_in_between(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create()
    ask("ec2:DeleteSecurityGroup", GroupId=network["group"])
    world.advance(600)
    assert_failed(world, ask, broker, "InvalidGroup.NotFound")


def test_a_vpc_deleted_in_between(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create()
    ask("ec2:DeleteSecurityGroup", GroupId=network["group"])
    for subnet in network["subnets"]:
        ask("ec2:DeleteSubnet", SubnetId=subnet)
    ask("ec2:DeleteVpc", VpcId=network["vpc"])
    world.advance(600)
    assert_failed(world, ask, broker, "InvalidVpcID.NotFound")


def test_the_role_is_not_deleted_under_a_broker_in_the_making(world: World, ask: Ask, create: Create) -> None:
    """The deletion began before the broker and ends after it began: the deletion fails, the broker does not."""
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    task = ask("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")["DeletionTaskId"]
    broker = create()
    world.advance(600)
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "FAILED"
    assert state(ask, broker) == "RUNNING"


# The role's policy without each of its six statements ---------------------------------------------------------------------


def missing(world: World, broker: str) -> set[tuple[str, str]]:
    """Calls and actions that were denied for want of a statement."""
    denied = world.journal.select(subject=broker, decision="implicitDeny")
    return {(entry.title, made.need.action) for entry in denied for made in entry.decided if not made.is_allowed}


@pytest.mark.parametrize(
    ("statement", "action"),
    [(2, "ec2:CreateVpcEndpoint"), (3, "ec2:CreateVpcEndpoint"), (4, "ec2:CreateTags")],
    ids=["network", "endpoint", "tags"],
)
def test_without_a_statement_for_the_endpoint(world: World, ask: Ask, create: Create, statement: int, action: str) -> None:
    without(world, statement=statement)
    broker = create()
    world.advance(600)
    assert missing(world, broker) == {("ec2:CreateVpcEndpoint", action)}
    assert endpoints(ask, broker) == []
    assert_failed(world, ask, broker, "UnauthorizedOperation")


def test_without_the_statement_to_look(world: World, ask: Ask, create: Create) -> None:
    """The endpoint is made and never seen again; deletion waits until the role may look."""
    without(world, statement=1)
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "CREATION_FAILED"
    assert missing(world, broker) == {("ec2:DescribeVpcEndpoints", "ec2:DescribeVpcEndpoints")}
    assert len(endpoints(ask, broker)) == 1
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(3600)
    assert state(ask, broker) == "DELETION_IN_PROGRESS"
    restore(world)
    world.advance(1800)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert list(world.store.find(VpcEndpoint, ACCOUNT, REGION)) == []


def test_without_the_statement_to_delete(world: World, ask: Ask, create: Create) -> None:
    without(world, statement=5)
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "RUNNING"
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(3600)
    assert state(ask, broker) == "DELETION_IN_PROGRESS"
    assert missing(world, broker) == {("ec2:DeleteVpcEndpoints", "ec2:DeleteVpcEndpoints")}
    restore(world)
    world.advance(1800)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_without_the_statement_for_logs(world: World, ask: Ask, create: Create) -> None:
    without(world, statement=6)
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "RUNNING"
    assert missing(world, broker) == {("logs:CreateLogGroup", "logs:CreateLogGroup")}
    restore(world)
    world.advance(3600)
    assert ask("logs:FilterLogEvents", logGroupName=f"/aws/amazonmq/broker/{broker}/general")["events"]


def test_an_endpoint_made_before_the_failure_goes_with_the_broker(
    world: World, ask: Ask, create: Create, network: dict[str, Any]
) -> None:
    without(world, statement=1)
    broker = create()
    world.advance(600)
    restore(world)
    assert state(ask, broker) == "CREATION_FAILED"
    assert len(endpoints(ask, broker)) == 1
    assert_deletable(world, ask, broker)
    ask("ec2:DeleteSecurityGroup", GroupId=network["group"])


# Answers that never come ----------------------------------------------------------------------------------------------


def lose(world: World, action: str, times: int = 1) -> None:
    """The call is carried out, and Amazon MQ does not learn of it."""
    world.faults.add(Fault(account=ACCOUNT, region="", id="", kind="lose", match=Match(action=action), times=times))


def test_an_endpoint_whose_id_never_came_back_goes_with_the_broker(world: World, ask: Ask, create: Create) -> None:
    lose(world, "ec2:CreateVpcEndpoint")
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "CREATION_FAILED"
    assert len(endpoints(ask, broker)) == 1
    assert_deletable(world, ask, broker)


def test_a_new_endpoint_whose_id_never_came_back_is_used_by_the_next_reboot(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    world.advance(600)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoints(ask, broker)[0]["VpcEndpointId"]])
    lose(world, "ec2:CreateVpcEndpoint")
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(500)
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"
    (another,) = endpoints(ask, broker)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(500)
    assert state(ask, broker) == "RUNNING"
    ask("ec2:DeleteTags", Resources=[another["VpcEndpointId"]], Tags=[{"Key": "Broker"}])
    world.advance(600)
    assert state(ask, broker) == "RUNNING"
    assert_deletable(world, ask, broker)


def test_a_deletion_whose_answer_never_came_is_done_once(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    world.advance(600)
    lose(world, "ec2:DeleteVpcEndpoints")
    assert_deletable(world, ask, broker)
