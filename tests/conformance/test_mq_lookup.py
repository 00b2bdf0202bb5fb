"""What customers put before a private broker: a load balancer on the addresses of its endpoint, looked up as Terraform does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]


@pytest.fixture
def subnets(client: Client) -> list[str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for place, zone in enumerate("abc")
    ]


def create(mq: Any, name: str, subnets: list[str], group: str) -> str:
    made = mq.create_broker(
        BrokerName=name,
        EngineType="RabbitMQ",
        DeploymentMode="SINGLE_INSTANCE" if len(subnets) == 1 else "CLUSTER_MULTI_AZ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        SubnetIds=subnets,
        SecurityGroups=[group],
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )
    return str(made["BrokerId"])


def aws_vpc_endpoint(ec2: Any, **wanted: str) -> dict[str, Any]:
    """Terraform's data source: filters from its arguments, exactly one result, and the prefix list that its service may have."""
    filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
    (found,) = ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    lists = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [found["ServiceName"]]}])["PrefixLists"]
    assert lists == []
    return dict(found)


def aws_network_interface(ec2: Any, interface: str) -> dict[str, Any]:
    (found,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    return dict(found)


@pytest.mark.parametrize("zones", [1, 3])
def test_the_addresses_of_a_broker(client: Client, subnets: list[str], zones: int) -> None:
    ec2, mq = client("ec2"), client("mq")
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="broker", Description="x")["GroupId"]
    brokers = [create(mq, name, subnets[:zones], group) for name in ("orders", "invoices")]
    targets: dict[str, set[str]] = {}
    for broker in brokers:
        endpoint = aws_vpc_endpoint(ec2, **{"vpc-id": vpc, "tag:Broker": broker})
        interfaces = [aws_network_interface(ec2, one) for one in endpoint["NetworkInterfaceIds"]]
        assert sorted(interface["SubnetId"] for interface in interfaces) == sorted(subnets[:zones])
        assert {one["GroupId"] for interface in interfaces for one in interface["Groups"]} == {group}
        targets[broker] = {interface["PrivateIpAddress"] for interface in interfaces}
    assert len(targets[brokers[0]] | targets[brokers[1]]) == 2 * zones

    mq.reboot_broker(BrokerId=brokers[0])
    assert mq.describe_broker(BrokerId=brokers[0])["BrokerState"] == "RUNNING"
    again = aws_vpc_endpoint(ec2, **{"vpc-id": vpc, "tag:Broker": brokers[0]})
    assert {aws_network_interface(ec2, one)["PrivateIpAddress"] for one in again["NetworkInterfaceIds"]} == targets[brokers[0]]
