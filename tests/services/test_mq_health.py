"""The health check of a private RabbitMQ broker: what it finds at the endpoint, what that leads to, and what a reboot repairs."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.mq.broker import Broker
from emulator.services.mq.events import happen
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.conftest import Create, endpoints, restore, state, without

CHECK = 600
"""Seconds from one health check to the next."""


@pytest.fixture
def broker(world: World, create: Create) -> str:
    made = create()
    world.advance(600)
    return made


@pytest.fixture
def endpoint(ask: Ask, broker: str) -> dict[str, Any]:
    (found,) = endpoints(ask, broker)
    return found


def actions(ask: Ask, broker: str) -> list[str]:
    return [row["ActionRequiredCode"] for row in ask("mq:DescribeBroker", BrokerId=broker)["ActionsRequired"]]


def reboot(world: World, ask: Ask, broker: str) -> None:
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(500)


def addresses(ask: Ask, endpoint: dict[str, Any]) -> set[str]:
    found = ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
    return {interface["PrivateIpAddress"] for interface in found}


def test_a_deleted_endpoint_asks_for_action_and_a_reboot_makes_another(
    world: World, ask: Ask, broker: str, endpoint: dict[str, Any]
) -> None:
    assert ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"] == []
    assert state(ask, broker) == "RUNNING"
    world.advance(CHECK)
    assert (state(ask, broker), actions(ask, broker)) == ("CRITICAL_ACTION_REQUIRED", ["BROKER_ENI_DELETED"])
    world.advance(10 * CHECK)
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"
    reboot(world, ask, broker)
    assert (state(ask, broker), actions(ask, broker)) == ("RUNNING", [])
    (another,) = endpoints(ask, broker)
    assert another["VpcEndpointId"] != endpoint["VpcEndpointId"]
    assert {tag["Key"]: tag["Value"] for tag in another["Tags"]} == {"AMQManaged": "true", "Broker": broker}


@pytest.mark.parametrize(("before", "shown"), [(30, ["deleting"]), (90, ["deleted"]), (150, [])])
def test_the_check_knows_an_endpoint_that_does_not_come_back(
    world: World, ask: Ask, broker: str, endpoint: dict[str, Any], before: int, shown: list[str]
) -> None:
    """Some seconds before the check it is deleted; the check finds it on its way out, out, or forgotten."""
    (up,) = [entry.at for entry in world.journal.select(subject=broker) if entry.title.endswith("→ RUNNING")]
    world.advance(up + CHECK - before - world.clock.now())
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    world.advance(before - 1)
    assert [one["State"] for one in ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]] == shown
    assert state(ask, broker) == "RUNNING"
    world.advance(1)
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"


def test_a_reboot_before_the_check_repairs_as_well(world: World, ask: Ask, broker: str, endpoint: dict[str, Any]) -> None:
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    reboot(world, ask, broker)
    world.advance(CHECK)
    assert state(ask, broker) == "RUNNING"
    assert len(endpoints(ask, broker)) == 1


def test_retagging_changes_nothing_at_once(world: World, ask: Ask, broker: str, endpoint: dict[str, Any]) -> None:
    """The endpoint is known by its id, not by its tags."""
    ask("ec2:DeleteTags", Resources=[endpoint["VpcEndpointId"]], Tags=[{"Key": "AMQManaged"}, {"Key": "Broker"}])
    world.advance(2 * CHECK)
    reboot(world, ask, broker)
    assert (state(ask, broker), actions(ask, broker)) == ("RUNNING", [])
    assert [one["VpcEndpointId"] for one in ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]] == [endpoint["VpcEndpointId"]]


def test_the_endpoints_interfaces_are_out_of_the_customers_reach(ask: Ask, endpoint: dict[str, Any]) -> None:
    """EC2 protects them, each way."""
    interface = endpoint["NetworkInterfaceIds"][0]
    shown = ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
    with pytest.raises(AwsError, match="InvalidParameterValue"):
        ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interface)
    with pytest.raises(AwsError, match="OperationNotPermitted"):
        ask("ec2:DetachNetworkInterface", AttachmentId=shown["Attachment"]["AttachmentId"])
    with pytest.raises(AwsError, match="AuthFailure"):
        ask("ec2:ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    with pytest.raises(AwsError, match="DependencyViolation"):
        ask("ec2:DeleteSubnet", SubnetId=shown["SubnetId"])


def test_an_interface_goes_with_its_subnet_and_comes_back_with_it(
    world: World, ask: Ask, broker: str, endpoint: dict[str, Any]
) -> None:
    """The role may not modify endpoints: a reboot repairs nothing here, its owner does, and the next check sees it."""
    subnet = endpoint["SubnetIds"][0]
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint["VpcEndpointId"], RemoveSubnetIds=[subnet])
    world.advance(CHECK)
    assert (state(ask, broker), actions(ask, broker)) == ("CRITICAL_ACTION_REQUIRED", ["BROKER_ENI_DELETED"])
    reboot(world, ask, broker)
    assert (state(ask, broker), actions(ask, broker)) == ("CRITICAL_ACTION_REQUIRED", ["BROKER_ENI_DELETED"])
    assert [one["VpcEndpointId"] for one in endpoints(ask, broker)] == [endpoint["VpcEndpointId"]]
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint["VpcEndpointId"], AddSubnetIds=[subnet])
    world.advance(CHECK)
    assert (state(ask, broker), actions(ask, broker)) == ("RUNNING", [])


def test_other_groups_and_more_subnets_are_tolerated(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create(SubnetIds=network["subnets"][:2])
    world.advance(600)
    (endpoint,) = endpoints(ask, broker)
    other = ask("ec2:CreateSecurityGroup", VpcId=network["vpc"], GroupName="other", Description="x")["GroupId"]
    changes = {
        "AddSecurityGroupIds": [other],
        "RemoveSecurityGroupIds": [network["group"]],
        "AddSubnetIds": network["subnets"][2:],
    }
    ask("ec2:ModifyVpcEndpoint", VpcEndpointId=endpoint["VpcEndpointId"], **changes)
    ask(
        "ec2:RevokeSecurityGroupEgress",
        GroupId=other,
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    world.advance(CHECK)
    reboot(world, ask, broker)
    world.advance(CHECK)
    assert (state(ask, broker), actions(ask, broker)) == ("RUNNING", [])
    (endpoint,) = endpoints(ask, broker)
    assert [group["GroupId"] for group in endpoint["Groups"]] == [other]
    assert ask("mq:DescribeBroker", BrokerId=broker)["SecurityGroups"] == [network["group"]]


def test_addresses_outlive_a_reboot(world: World, ask: Ask, broker: str, endpoint: dict[str, Any]) -> None:
    before = addresses(ask, endpoint)
    reboot(world, ask, broker)
    (after,) = endpoints(ask, broker)
    assert after["NetworkInterfaceIds"] == endpoint["NetworkInterfaceIds"]
    assert addresses(ask, after) == before


def test_a_reboot_that_cannot_repair(world: World, ask: Ask, broker: str, endpoint: dict[str, Any]) -> None:
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    without(world, statement=3)
    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": False})
    reboot(world, ask, broker)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["BrokerState"], shown["Logs"]["General"]) == ("CRITICAL_ACTION_REQUIRED", True)
    record = world.store.get(Broker, (ACCOUNT, REGION, broker))
    assert record is not None
    assert record.failure.startswith("UnauthorizedOperation: ")
    restore(world)
    reboot(world, ask, broker)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["BrokerState"], shown["Logs"]["General"]) == ("RUNNING", False)
    record = world.store.get(Broker, (ACCOUNT, REGION, broker))
    assert record is not None
    assert record.failure == ""


def test_a_reboot_that_may_not_look_heals_once_the_check_may(world: World, ask: Ask, broker: str) -> None:
    without(world, statement=1)
    world.advance(2 * CHECK)
    assert state(ask, broker) == "RUNNING"
    reboot(world, ask, broker)
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"
    world.advance(CHECK)
    assert state(ask, broker) == "CRITICAL_ACTION_REQUIRED"
    restore(world)
    world.advance(CHECK)
    assert state(ask, broker) == "RUNNING"


def test_a_lost_endpoint_and_an_alarm_are_told_together(world: World, ask: Ask, broker: str, endpoint: dict[str, Any]) -> None:
    happen(world, ACCOUNT, REGION, broker, "disk alarm")
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    world.advance(CHECK)
    assert actions(ask, broker) == ["BROKER_ENI_DELETED", "RABBITMQ_DISK_ALARM"]
    happen(world, ACCOUNT, REGION, broker, "disk alarm cleared")
    assert (state(ask, broker), actions(ask, broker)) == ("CRITICAL_ACTION_REQUIRED", ["BROKER_ENI_DELETED"])


def test_an_endpoint_deleted_during_deletion(world: World, ask: Ask, broker: str, endpoint: dict[str, Any]) -> None:
    """Whoever deletes an endpoint that has lost its tag frees the broker too."""
    ask("ec2:DeleteTags", Resources=[endpoint["VpcEndpointId"]], Tags=[{"Key": "AMQManaged"}])
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(3600)
    assert state(ask, broker) == "DELETION_IN_PROGRESS"
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])
    world.advance(1800)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
