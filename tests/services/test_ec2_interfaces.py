"""Network interfaces of customers and of endpoints: who may do what with them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.engine import identity
from tests.conftest import ACCOUNT

MQ = "com.amazonaws.us-east-1.mq"


def refused(text: str) -> Any:
    return pytest.raises(AwsError, match="^" + re.escape(text))


@pytest.fixture
def vpc(ask: Any) -> str:
    return str(ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ask: Any, vpc: str) -> str:
    return str(ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"])


@pytest.fixture
def interface(ask: Any, subnet: str) -> str:
    return str(ask("ec2:CreateNetworkInterface", SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"])


@pytest.fixture
def managed(ask: Any, vpc: str, subnet: str) -> dict[str, Any]:
    """The interface of an endpoint."""
    ask(
        "ec2:CreateVpcEndpoint",
        VpcId=vpc,
        ServiceName=MQ,
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        PrivateDnsEnabled=False,
    )
    found = ask("ec2:DescribeNetworkInterfaces", Filters=[{"Name": "requester-managed", "Values": ["true"]}])
    return dict(found["NetworkInterfaces"][0])


def shown(ask: Any, interface: str) -> dict[str, Any]:
    return dict(ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])["NetworkInterfaces"][0])


def free(ask: Any, subnet: str) -> int:
    return int(ask("ec2:DescribeSubnets", SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"])


def test_a_customers_interface(ask: Any, vpc: str, subnet: str) -> None:
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}]
    asked = {"SubnetId": subnet, "Description": "mine", "ClientToken": "once", "TagSpecifications": tags}
    answer = ask("ec2:CreateNetworkInterface", **asked)
    assert ask("ec2:CreateNetworkInterface", **asked) == answer
    with refused("IdempotentParameterMismatch"):
        ask("ec2:CreateNetworkInterface", **{**asked, "Description": "yours"})
    made = answer["NetworkInterface"]
    assert (made["Status"], made["InterfaceType"], made["RequesterManaged"]) == ("pending", "interface", False)
    assert (made["RequesterId"], made["Description"], made["Attachment"]) == ("111122223333", "mine", None)
    assert [group["GroupName"] for group in made["Groups"]] == ["default"]
    assert shown(ask, made["NetworkInterfaceId"]) == {**made, "Status": "available"}
    assert free(ask, subnet) == 10
    with refused("DependencyViolation"):
        ask("ec2:DeleteSubnet", SubnetId=subnet)
    assert ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=made["NetworkInterfaceId"]) == {}
    assert free(ask, subnet) == 11


def addresses(made: dict[str, Any]) -> list[str]:
    return [one["PrivateIpAddress"] for one in made["PrivateIpAddresses"]]


def test_addresses(ask: Any, subnet: str) -> None:
    def make(**params: Any) -> dict[str, Any]:
        return dict(ask("ec2:CreateNetworkInterface", SubnetId=subnet, **params)["NetworkInterface"])

    assert addresses(make(PrivateIpAddress="10.0.0.4")) == ["10.0.0.4"]
    listed = [{"PrivateIpAddress": "10.0.0.6"}, {"PrivateIpAddress": "10.0.0.5", "Primary": True}]
    two = make(PrivateIpAddresses=listed)
    assert addresses(two) == ["10.0.0.5", "10.0.0.6"]
    assert [one["Primary"] for one in two["PrivateIpAddresses"]] == [True, False]
    assert len(addresses(make(PrivateIpAddress="10.0.0.7", SecondaryPrivateIpAddressCount=2))) == 3
    assert addresses(make(PrivateIpAddresses=[{"PrivateIpAddress": "10.0.0.14"}]))[1:] == ["10.0.0.14"]
    assert free(ask, subnet) == 3
    with refused("InsufficientFreeAddressesInSubnet"):
        make(SecondaryPrivateIpAddressCount=3)
    assert free(ask, subnet) == 3


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"PrivateIpAddress": "10.0.0.3"}, "InvalidParameterValue: Address 10.0.0.3 is in subnet's reserved address range"),
        ({"PrivateIpAddress": "10.0.0.15"}, "InvalidParameterValue: Address 10.0.0.15 is in subnet's reserved address range"),
        ({"PrivateIpAddress": "10.0.0.16"}, "InvalidParameterValue: Address 10.0.0.16 does not fall within the subnet's"),
        ({"PrivateIpAddress": "ten"}, "InvalidParameterValue: Invalid IP address: 'ten'"),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.9"}] * 2}, "InvalidIPAddress.InUse: Address 10.0.0.9 is in use."),
        (
            {"PrivateIpAddresses": [{"PrivateIpAddress": f"10.0.0.{n}", "Primary": True} for n in (8, 9)]},
            "InvalidParameterValue: Value (true) for parameter primary",
        ),
        (
            {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.9"}], "PrivateIpAddress": "10.0.0.9"},
            "InvalidParameterCombination",
        ),
        (
            {"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.9"}], "SecondaryPrivateIpAddressCount": 1},
            "InvalidParameterCombination",
        ),
        ({"SubnetId": "subnet-1"}, "InvalidSubnetID.NotFound"),
        ({"Groups": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
        ({"InterfaceType": "efa"}, "NotImplemented"),
    ],
)
def test_an_interface_that_cannot_be(ask: Any, subnet: str, params: dict[str, Any], text: str) -> None:
    with refused(text):
        ask("ec2:CreateNetworkInterface", **{"SubnetId": subnet, **params})
    assert free(ask, subnet) == 11


def test_groups_are_of_the_vpc(ask: Any, subnet: str) -> None:
    far = ask("ec2:CreateSecurityGroup", GroupName="far", Description="far")["GroupId"]
    with refused("InvalidGroup.NotFound: You have specified two resources that belong to different networks."):
        ask("ec2:CreateNetworkInterface", SubnetId=subnet, Groups=[far])


def test_more_addresses_and_fewer(ask: Any, subnet: str, interface: str) -> None:
    first = shown(ask, interface)["PrivateIpAddress"]
    spare = next(f"10.0.0.{n}" for n in range(4, 15) if f"10.0.0.{n}" != first)
    made = ask("ec2:AssignPrivateIpAddresses", NetworkInterfaceId=interface, PrivateIpAddresses=[spare])
    assert made["AssignedPrivateIpAddresses"] == [{"PrivateIpAddress": spare}]
    ask("ec2:AssignPrivateIpAddresses", NetworkInterfaceId=interface, SecondaryPrivateIpAddressCount=2)
    assert len(addresses(shown(ask, interface))) == 4
    assert free(ask, subnet) == 7
    asked = [{"Name": "addresses.private-ip-address", "Values": [spare]}]
    assert len(ask("ec2:DescribeNetworkInterfaces", Filters=asked)["NetworkInterfaces"]) == 1
    ask("ec2:UnassignPrivateIpAddresses", NetworkInterfaceId=interface, PrivateIpAddresses=[spare])
    assert free(ask, subnet) == 8
    for action, params, text in (
        ("Assign", {}, "InvalidParameterCombination"),
        ("Assign", {"PrivateIpAddresses": [first]}, "InvalidIPAddress.InUse"),
        ("Unassign", {}, "MissingParameter"),
        ("Unassign", {"PrivateIpAddresses": [first]}, "InvalidParameterValue: The primary private IP address"),
        ("Unassign", {"PrivateIpAddresses": [spare]}, "InvalidParameterValue: Some of the specified addresses are not assigned"),
    ):
        with refused(text):
            ask(f"ec2:{action}PrivateIpAddresses", NetworkInterfaceId=interface, **params)


# attributes


def attribute(ask: Any, interface: str, name: str) -> Any:
    answer = ask("ec2:DescribeNetworkInterfaceAttribute", NetworkInterfaceId=interface, Attribute=name)
    assert answer.pop("NetworkInterfaceId") == interface
    (value,) = answer.values()
    return value


def test_attributes(ask: Any, vpc: str, interface: str) -> None:
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="web")["GroupId"]
    ask("ec2:ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface, Description={"Value": "x"})
    ask("ec2:ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    ask("ec2:ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface, Groups=[group])
    assert attribute(ask, interface, "description") == {"Value": "x"}
    assert attribute(ask, interface, "sourceDestCheck") == {"Value": False}
    assert attribute(ask, interface, "groupSet") == [{"GroupId": group, "GroupName": "web"}]
    assert attribute(ask, interface, "attachment") is None
    assert attribute(ask, interface, "associatePublicIpAddress") is False
    with refused(f"DependencyViolation: resource {group} has a dependent object"):
        ask("ec2:DeleteSecurityGroup", GroupId=group)
    ask("ec2:ResetNetworkInterfaceAttribute", NetworkInterfaceId=interface, SourceDestCheck="true")
    assert attribute(ask, interface, "sourceDestCheck") == {"Value": True}
    for action, params, text in (
        ("Modify", {}, "InvalidParameterCombination: No attributes specified."),
        ("Modify", {"Groups": []}, "InvalidParameterCombination: No attributes specified."),
        ("Modify", {"Description": {}, "Groups": [group]}, "InvalidParameterCombination: Fields for multiple attribute types"),
        ("Reset", {}, "InvalidParameterCombination: No attributes specified."),
        ("Describe", {}, "MissingParameter"),
    ):
        with refused(text):
            ask(f"ec2:{action}NetworkInterfaceAttribute", NetworkInterfaceId=interface, **params)


# permissions


def test_permissions(ask: Any, interface: str) -> None:
    asked = {"NetworkInterfaceId": interface, "Permission": "INSTANCE-ATTACH"}
    made = ask("ec2:CreateNetworkInterfacePermission", AwsService="mq.amazonaws.com", **asked)["InterfacePermission"]
    assert made["PermissionState"] == {"State": "pending"}
    ask("ec2:CreateNetworkInterfacePermission", AwsAccountId="444455556666", **asked)
    found = ask("ec2:DescribeNetworkInterfacePermissions")["NetworkInterfacePermissions"]
    assert {one.get("AwsService", one.get("AwsAccountId")) for one in found} == {"mq.amazonaws.com", "444455556666"}
    assert {one["PermissionState"]["State"] for one in found} == {"granted"}
    by_service = [{"Name": "network-interface-permission.aws-service", "Values": ["mq.*"]}]
    assert len(ask("ec2:DescribeNetworkInterfacePermissions", Filters=by_service)["NetworkInterfacePermissions"]) == 1
    permission = made["NetworkInterfacePermissionId"]
    assert ask("ec2:DeleteNetworkInterfacePermission", NetworkInterfacePermissionId=permission, Force=True) == {"Return": True}
    with refused(f"InvalidPermissionID.NotFound: The network interface permission ID '{permission}' does not exist"):
        ask("ec2:DeleteNetworkInterfacePermission", NetworkInterfacePermissionId=permission)
    for params, text in (
        ({}, "MissingParameter"),
        ({"AwsAccountId": "1"}, "InvalidParameterValue: Invalid AWS account ID: 1"),
        ({"AwsAccountId": "444455556666"}, "InvalidPermission.Duplicate"),
        ({"AwsAccountId": "444455556666", "AwsService": "x"}, "InvalidParameterCombination"),
        ({"AwsService": "mq"}, "InvalidParameterValue: Invalid AWS service: mq"),
        ({"AwsService": "*"}, "InvalidParameterValue: Invalid AWS service: *"),
    ):
        with refused(text):
            ask("ec2:CreateNetworkInterfacePermission", **asked, **params)
    ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interface)
    assert ask("ec2:DescribeNetworkInterfacePermissions")["NetworkInterfacePermissions"] == []


# an AWS service that is let in


def test_a_service_attaches_what_it_was_let_in_on(ask: Any, world: World, interface: str) -> None:
    mq = identity.service("mq.amazonaws.com", ACCOUNT)
    place = {"NetworkInterfaceId": interface, "InstanceId": "i-0123456789abcdef0", "DeviceIndex": 1}
    with refused("UnauthorizedOperation"):
        ask("ec2:AttachNetworkInterface", as_=mq, **place)
    with refused("InvalidInstanceID.NotFound: The instance ID 'i-0123456789abcdef0' does not exist"):
        ask("ec2:AttachNetworkInterface", **place)

    let_in = {"NetworkInterfaceId": interface, "AwsService": "mq.amazonaws.com"}
    permissions = [
        ask("ec2:CreateNetworkInterfacePermission", Permission=what, **let_in)["InterfacePermission"][
            "NetworkInterfacePermissionId"
        ]
        for what in ("EIP-ASSOCIATE", "INSTANCE-ATTACH")
    ]
    attachment = ask("ec2:AttachNetworkInterface", as_=mq, **place)["AttachmentId"]
    assert attachment.startswith("eni-attach-")
    seen = shown(ask, interface)
    assert (seen["Status"], seen["RequesterManaged"]) == ("in-use", False)
    assert (seen["Attachment"]["InstanceId"], seen["Attachment"]["InstanceOwnerId"]) == (place["InstanceId"], "793913757436")
    decision = world.journal.select(principal="mq.amazonaws.com")[-1].decisions[0]
    assert decision["because"]["policy"] == permissions[1]
    looked = {"NetworkInterfaceId": interface, "Attribute": "attachment"}
    assert ask("ec2:DescribeNetworkInterfaceAttribute", as_=mq, **looked)["Attachment"]["AttachmentId"] == attachment
    with refused("InvalidParameterValue: Network interface"):
        ask("ec2:AttachNetworkInterface", as_=mq, **place)
    with refused("UnauthorizedOperation"):
        ask("ec2:DescribeNetworkInterfaces", as_=mq, NetworkInterfaceIds=[interface])


def test_what_a_service_holds_is_let_go_first(ask: Any, interface: str) -> None:
    mq = identity.service("mq.amazonaws.com", ACCOUNT)
    permission = ask(
        "ec2:CreateNetworkInterfacePermission",
        NetworkInterfaceId=interface,
        AwsService="mq.amazonaws.com",
        Permission="INSTANCE-ATTACH",
    )["InterfacePermission"]["NetworkInterfacePermissionId"]
    place = {"NetworkInterfaceId": interface, "InstanceId": "i-1", "DeviceIndex": 1}
    attachment = ask("ec2:AttachNetworkInterface", as_=mq, **place)["AttachmentId"]
    with refused("InvalidParameterValue: Network interface"):
        ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interface)
    with refused(f"OperationNotPermitted: The network interface permission '{permission}' is in use"):
        ask("ec2:DeleteNetworkInterfacePermission", NetworkInterfacePermissionId=permission)
    ask("ec2:DeleteNetworkInterfacePermission", NetworkInterfacePermissionId=permission, Force=True)
    assert ask("ec2:DetachNetworkInterface", AttachmentId=attachment) == {}
    assert shown(ask, interface)["Status"] == "available"
    ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interface)


# interfaces of endpoints are not the customer's


def test_an_endpoints_interface_is_hands_off(ask: Any, managed: dict[str, Any]) -> None:
    interface = managed["NetworkInterfaceId"]
    with refused(f"InvalidParameterValue: Network interface '{interface}' is currently in use."):
        ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interface)
    for force in ({}, {"Force": True}):
        with refused("OperationNotPermitted: You are not allowed to manage 'ela-attach' attachments."):
            ask("ec2:DetachNetworkInterface", AttachmentId=managed["Attachment"]["AttachmentId"], **force)
    with refused("InvalidAttachmentID.NotFound: The attachment ID 'eni-attach-1' does not exist"):
        ask("ec2:DetachNetworkInterface", AttachmentId="eni-attach-1")
    for action, params in (
        ("ModifyNetworkInterfaceAttribute", {"Description": {"Value": "mine"}}),
        ("ResetNetworkInterfaceAttribute", {"SourceDestCheck": "true"}),
        ("AssignPrivateIpAddresses", {"SecondaryPrivateIpAddressCount": 1}),
        ("UnassignPrivateIpAddresses", {"PrivateIpAddresses": ["10.0.0.4"]}),
        ("CreateNetworkInterfacePermission", {"Permission": "INSTANCE-ATTACH", "AwsAccountId": "444455556666"}),
    ):
        with refused("AuthFailure: You do not have permission to access the specified resource."):
            ask(f"ec2:{action}", NetworkInterfaceId=interface, **params)
    assert attribute(ask, interface, "attachment") == managed["Attachment"]
    assert shown(ask, interface) == managed
