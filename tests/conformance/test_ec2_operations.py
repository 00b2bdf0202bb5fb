"""EC2 through real clients: every operation by boto3, the main ones by the AWS CLI, waiters, paginators, retries with a token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from emulator import Principal
from emulator.engine import identity
from emulator.server import Server
from tests.services.test_ec2_wire import tour

AWS = Path(sys.executable).with_name("aws")
Client = Callable[..., Any]


OF_SERVICES = {"AttachNetworkInterface"}
"""What only a service that calls as itself can do: it has no client."""


def by_amazon_mq(server: Server, account: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    return server.world.ask(identity.service("mq.amazonaws.com", account), "ec2", operation, "us-east-1", params)


def test_every_operation_by_boto3(client: Client, server: Server, account: str) -> None:
    ec2 = client("ec2")
    seen = set()

    def tell(operation: str, *, as_: Principal | None = None, **params: Any) -> Any:
        if operation == "later":
            return None
        if as_ is not None:
            return by_amazon_mq(server, account, operation, params)
        seen.add(operation)
        return getattr(ec2, xform_name(operation))(**params)

    tour(tell)
    assert set(server.world.services["ec2"].operations) - seen == OF_SERVICES
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    place = {"NetworkInterfaceId": interface, "InstanceId": "i-0123456789abcdef0", "DeviceIndex": 1}
    refused("InvalidInstanceID.NotFound", ec2.attach_network_interface, **place)


def refused(code: str, call: Callable[..., Any], **params: Any) -> str:
    """The text of a refusal with this code."""
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] == code
    return str(error.value.response["Error"]["Message"])


def test_dry_run_of_every_operation(client: Client, server: Server) -> None:
    """Each operation that has the flag ends with it, after the verdict and before its effect."""
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    for operation, params in (
        ("create_vpc", {"CidrBlock": "nonsense"}),
        ("delete_vpc", {"VpcId": vpc}),
        ("create_internet_gateway", {}),
        ("create_route_table", {"VpcId": vpc}),
        ("describe_network_acls", {}),
        ("create_default_vpc", {}),
    ):
        refused("DryRunOperation", getattr(ec2, operation), DryRun=True, **params)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def test_an_endpoints_interface_is_not_the_customers(client: Client) -> None:
    ec2 = client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    made = ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=subnet["VpcId"],
        ServiceName="com.amazonaws.us-east-1.mq",
        SubnetIds=[subnet["SubnetId"]],
    )["VpcEndpoint"]
    (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"]
    attachment = interface["Attachment"]["AttachmentId"]
    refused("OperationNotPermitted", ec2.detach_network_interface, AttachmentId=attachment, Force=True)
    refused("InvalidParameterValue", ec2.delete_network_interface, NetworkInterfaceId=interface["NetworkInterfaceId"])
    ec2.get_waiter("network_interface_available")
    text = refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet["SubnetId"])
    assert text == f"The subnet '{subnet['SubnetId']}' has dependencies and cannot be deleted."


def test_waiters_and_paginators(client: Client) -> None:
    ec2 = client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = [ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"] for _ in range(12)]
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=made)
    ec2.get_waiter("vpc_available").wait()
    ec2.get_waiter("subnet_available").wait(SubnetIds=[subnet])
    pages = list(ec2.get_paginator("describe_network_interfaces").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["NetworkInterfaces"]) for page in pages] == [5, 5, 2]
    assert {one["NetworkInterfaceId"] for page in pages for one in page["NetworkInterfaces"]} == set(made)
    for name in ("route_tables", "internet_gateways", "network_acls", "dhcp_options", "vpc_endpoint_services", "prefix_lists"):
        assert list(ec2.get_paginator(f"describe_{name}").paginate())


def test_a_retried_creation(client: Client) -> None:
    """The same token again, as an SDK's retry sends it, makes nothing new."""
    ec2 = client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    for operation, member, name, params in (
        ("create_network_interface", "NetworkInterface", "NetworkInterfaceId", {"SubnetId": subnet["SubnetId"]}),
        ("create_route_table", "RouteTable", "RouteTableId", {"VpcId": subnet["VpcId"]}),
        (
            "create_vpc_endpoint",
            "VpcEndpoint",
            "VpcEndpointId",
            {"VpcId": subnet["VpcId"], "ServiceName": "com.amazonaws.us-east-1.s3"},
        ),
    ):
        call = getattr(ec2, operation)
        first, second = (call(ClientToken="once", **params) for _ in range(2))
        assert first[member][name] == second[member][name]
        assert second["ClientToken"] == "once"
        refused(
            "IdempotentParameterMismatch",
            call,
            ClientToken="once",
            TagSpecifications=[
                {
                    "ResourceType": {"VpcEndpoint": "vpc-endpoint", "RouteTable": "route-table"}.get(member, "network-interface"),
                    "Tags": [{"Key": "a", "Value": "b"}],
                }
            ],
            **params,
        )


@pytest.fixture
def aws(server: Server, account: str, tmp_path: Path) -> Callable[..., Any]:
    """``aws("create-vpc", …)``: the answer of the AWS CLI's ``ec2``; ``fails=`` names the error code it must end in."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def run(*arguments: str, fails: str = "") -> Any:
        command = [str(AWS), "ec2", *arguments, "--output", "json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        if fails:
            assert f"({fails})" in done.stderr, done
            return done.stderr
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_the_aws_cli(aws: Callable[..., Any]) -> None:
    vpc = aws("create-vpc", "--cidr-block", "10.0.0.0/16")["Vpc"]["VpcId"]
    aws("modify-vpc-attribute", "--vpc-id", vpc, "--enable-dns-hostnames")
    subnet = aws("create-subnet", "--vpc-id", vpc, "--cidr-block", "10.0.0.0/24")["Subnet"]["SubnetId"]
    group = aws("create-security-group", "--vpc-id", vpc, "--group-name", "web", "--description", "web")["GroupId"]
    aws("authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp", "--port", "5671", "--cidr", "10.0.0.0/8")
    aws("authorize-security-group-egress", "--group-id", group, "--protocol", "tcp", "--port", "443", "--cidr", "0.0.0.0/0")
    rules = aws("describe-security-group-rules", "--filters", f"Name=group-id,Values={group}")["SecurityGroupRules"]
    ingress = next(rule for rule in rules if not rule["IsEgress"])["SecurityGroupRuleId"]
    aws("revoke-security-group-ingress", "--group-id", group, "--security-group-rule-ids", ingress)
    gateway = aws("create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
    aws("attach-internet-gateway", "--vpc-id", vpc, "--internet-gateway-id", gateway)
    table = aws("create-route-table", "--vpc-id", vpc)["RouteTable"]["RouteTableId"]
    aws("create-route", "--route-table-id", table, "--destination-cidr-block", "0.0.0.0/0", "--gateway-id", gateway)
    association = aws("associate-route-table", "--route-table-id", table, "--subnet-id", subnet)["AssociationId"]
    endpoint = aws(
        *("create-vpc-endpoint", "--vpc-id", vpc, "--vpc-endpoint-type", "Interface"),
        *("--service-name", "com.amazonaws.us-east-1.mq", "--subnet-ids", subnet),
    )["VpcEndpoint"]["VpcEndpointId"]
    aws("modify-vpc-endpoint", "--vpc-endpoint-id", endpoint, "--add-security-group-ids", group, "--no-private-dns-enabled")
    shown = aws("describe-vpc-endpoints", "--vpc-endpoint-ids", endpoint)["VpcEndpoints"][0]
    assert (shown["State"], len(shown["Groups"]), shown["PrivateDnsEnabled"]) == ("available", 2, False)
    aws("describe-vpc-endpoints", "--filters", "Name=color,Values=red", fails="InvalidParameterValue")
    aws("delete-security-group", "--group-id", group, fails="DependencyViolation")
    aws("delete-vpc", "--vpc-id", vpc, "--dry-run", fails="DryRunOperation")
    aws("delete-vpc", "--vpc-id", vpc, fails="DependencyViolation")
    assert aws("delete-vpc-endpoints", "--vpc-endpoint-ids", endpoint) == {"Unsuccessful": []}
    aws("disassociate-route-table", "--association-id", association)
    aws("delete-route-table", "--route-table-id", table)
    aws("detach-internet-gateway", "--vpc-id", vpc, "--internet-gateway-id", gateway)
    aws("delete-internet-gateway", "--internet-gateway-id", gateway)
    aws("delete-subnet", "--subnet-id", subnet)
    aws("delete-security-group", "--group-id", group)
    aws("delete-vpc", "--vpc-id", vpc)
    assert aws("describe-vpcs", "--vpc-ids", vpc, fails="InvalidVpcID.NotFound")


def test_every_operation_through_the_aws_cli(server: Server, account: str, tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    seen = set()

    def tell(operation: str, *, as_: Principal | None = None, **params: Any) -> Any:
        if operation == "later":
            return None
        if as_ is not None:
            return by_amazon_mq(server, account, operation, params)
        seen.add(operation)
        command = [str(AWS), "ec2", xform_name(operation, "-"), "--cli-input-json", json.dumps(params), "--output", "json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout) if done.stdout.strip() else {}

    tour(tell)
    assert set(server.world.services["ec2"].operations) - seen == OF_SERVICES
