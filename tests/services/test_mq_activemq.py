"""An ActiveMQ broker's life: what its caller does in the account, what Amazon MQ does as itself, and what of it shows."""

from __future__ import annotations

import json
import re
from functools import wraps
from typing import Any

import pytest
from msgspec.structs import replace

from emulator import AwsError, World
from emulator.services.mq.acting import as_itself
from emulator.services.mq.broker import Broker
from emulator.services.mq.broker_users import BrokerUser
from emulator.services.mq.configurations import Configuration
from emulator.services.mq.events import happen
from emulator.store.codec import decode, encode
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.mq_worlds import ACTIVEMQ, CREATION, allow, make_broker, make_user
from tests.services.test_mq_activemq_requests import LDAP

STANDBY = {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}
LOGS = {"Logs": {"General": True, "Audit": True}}
GUIDE = (
    allow(
        "mq:*",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DetachNetworkInterface",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ),
    allow(
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeNetworkInterfacePermissions",
        StringEquals={"ec2:AuthorizedService": "mq.amazonaws.com"},
    ),
)
"""The smallest policy that Amazon MQ's guide gives."""


def describe(ask: Ask, broker: str) -> dict[str, Any]:
    return ask("mq:DescribeBroker", BrokerId=broker)


def interfaces(ask: Ask, broker: str) -> list[dict[str, Any]]:
    asked = [{"Name": "description", "Values": [f"Amazon MQ network interface for broker {broker}"]}]
    return list(ask("ec2:DescribeNetworkInterfaces", Filters=asked)["NetworkInterfaces"])


def let_amazon_mq_write(ask: Ask, **condition: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "mq.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
    } | ({"Condition": condition} if condition else {})
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    ask("logs:PutResourcePolicy", policyName="mq", policyDocument=document)


def make_network(ask: Ask, *, zones: str = "ab") -> tuple[list[str], str]:
    """Subnets, one in each zone, and a security group."""
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{row}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for row, zone in enumerate(zones)
    ]
    return subnets, ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="broker", Description="clients")["GroupId"]


# Creation ------------------------------------------------------------------------------------------------------------


def test_what_shows_when_during_creation(world: World, ask: Ask) -> None:
    broker = ask("mq:CreateBroker", **ACTIVEMQ)["BrokerId"]
    shown = describe(ask, broker)
    assert (shown["BrokerState"], shown["EngineType"], shown["EngineVersion"]) == ("CREATION_IN_PROGRESS", "ActiveMQ", "5.19")
    assert (shown["BrokerInstances"], shown["Users"], shown["Configurations"]["Pending"]) == ([], [], None)
    assert shown["Logs"] == {
        "General": False,
        "GeneralLogGroup": f"/aws/amazonmq/broker/{broker}/general",
        "Audit": False,
        "AuditLogGroup": f"/aws/amazonmq/broker/{broker}/audit",
    }
    assert ask("mq:ListUsers", BrokerId=broker)["Users"] == []

    world.advance(10)
    shown = describe(ask, broker)
    used = shown["Configurations"]["Pending"]
    assert (used["Revision"], shown["Users"]) == (1, [{"Username": "admin", "PendingChange": "CREATE"}])

    world.advance(400)
    shown = describe(ask, broker)
    assert (shown["BrokerState"], shown["Configurations"]) == (
        "CREATION_IN_PROGRESS",
        {"Current": used, "Pending": None, "History": []},
    )
    (interface,) = interfaces(ask, broker)
    host = f"{broker}-1.mq.us-east-1.amazonaws.com"
    assert shown["BrokerInstances"] == [
        {
            "ConsoleURL": f"https://{host}:8162",
            "Endpoints": [
                f"ssl://{host}:61617",
                f"amqp+ssl://{host}:5671",
                f"stomp+ssl://{host}:61614",
                f"mqtt+ssl://{host}:8883",
                f"wss://{host}:61619",
            ],
            "IpAddress": interface["PrivateIpAddress"],
        }
    ]

    world.advance(CREATION - 410)
    shown = describe(ask, broker)
    assert (shown["BrokerState"], shown["Users"]) == ("RUNNING", [{"Username": "admin", "PendingChange": None}])
    assert (shown["StorageType"], shown["StorageSize"], shown["DataReplicationMode"]) == ("efs", None, "NONE")
    assert [row["EngineType"] for row in ask("mq:ListBrokers")["BrokerSummaries"]] == ["ActiveMQ"]


def test_the_interfaces_are_the_callers(world: World, ask: Ask) -> None:
    subnets, group = make_network(ask)
    broker = make_broker(world, ask, **STANDBY, SubnetIds=subnets, SecurityGroups=[group])
    found = interfaces(ask, broker)
    assert sorted(row["SubnetId"] for row in found) == sorted(subnets)
    for row in found:
        assert (row["InterfaceType"], row["RequesterManaged"], row["TagSet"]) == ("interface", False, [])
        assert (row["RequesterId"], [one["GroupId"] for one in row["Groups"]]) == ("793913757436", [group])
        assert (row["Status"], row["Attachment"]["InstanceOwnerId"]) == ("in-use", "793913757436")
    let_in = ask("ec2:DescribeNetworkInterfacePermissions")["NetworkInterfacePermissions"]
    assert {(row["AwsService"], row["Permission"]) for row in let_in} == {("mq.amazonaws.com", "INSTANCE-ATTACH")}
    shown = describe(ask, broker)
    assert [row["IpAddress"] for row in shown["BrokerInstances"]] == [
        next(row["PrivateIpAddress"] for row in found if row["SubnetId"] == subnet) for subnet in subnets
    ]
    assert (shown["SubnetIds"], shown["SecurityGroups"]) == (subnets, [group])


def test_who_does_what(world: World, ask: Ask) -> None:
    dev = make_user(world, ask, managed="AmazonMQFullAccess")
    broker = ask("mq:CreateBroker", as_=dev, **ACTIVEMQ, **LOGS)["BrokerId"]
    world.advance(CREATION)
    entries = world.journal.select(subject=broker)
    forward = [entry.title for entry in entries if entry.via == "mq.amazonaws.com"]
    assert forward == [
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "logs:CreateLogGroup",
        "logs:CreateLogGroup",
    ]
    assert {entry.principal for entry in entries if entry.via} == {dev.arn}
    itself = [(entry.title, entry.outcome) for entry in entries if entry.principal == "mq.amazonaws.com"]
    assert itself == [
        ("ec2:AttachNetworkInterface", "ok"),
        ("logs:CreateLogStream", "denied"),
        ("logs:CreateLogStream", "denied"),
    ]
    assert ask("iam:ListRoles")["Roles"] == []
    assert describe(ask, broker)["BrokerState"] == "RUNNING"


@pytest.mark.parametrize("how", [{"managed": "AmazonMQFullAccess"}, {"managed": "AmazonMQApiFullAccess"}, {}])
def test_whose_rights_suffice(world: World, ask: Ask, how: dict[str, str]) -> None:
    dev = make_user(world, ask, *(() if how else GUIDE), **how)
    broker = ask("mq:CreateBroker", as_=dev, **(ACTIVEMQ | {"PubliclyAccessible": True} | STANDBY))["BrokerId"]
    world.advance(CREATION)
    ask("mq:RebootBroker", as_=dev, BrokerId=broker)
    world.advance(CREATION)
    ask("mq:DeleteBroker", as_=dev, BrokerId=broker)
    assert interfaces(ask, broker) == []
    world.advance(CREATION)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


@pytest.mark.parametrize(
    "missing",
    [
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeRouteTables",
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
    ],
)
def test_a_caller_who_may_not_leaves_nothing_behind(world: World, ask: Ask, missing: str) -> None:
    deny = {"Effect": "Deny", "Action": missing, "Resource": "*"}
    dev = make_user(world, ask, deny, managed="AmazonMQFullAccess")
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", as_=dev, **(ACTIVEMQ | {"PubliclyAccessible": True}), **LOGS)
    assert (refused.value.code, refused.value.status) == ("ForbiddenException", None)
    assert f"User: {dev.arn} is not authorized to perform: {missing}" in refused.value.message
    assert "with an explicit deny in an identity-based policy" in refused.value.message
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"] == []
    assert ask("logs:DescribeLogGroups")["logGroups"] == []
    assert ask("mq:ListConfigurations")["Configurations"] == []


def test_the_permission_is_asked_for_amazon_mq_alone(world: World, ask: Ask) -> None:
    """A policy for another service's permission does not do."""
    other = allow("ec2:CreateNetworkInterfacePermission", StringEquals={"ec2:AuthorizedService": "other.amazonaws.com"})
    dev = make_user(world, ask, GUIDE[0], other)
    with pytest.raises(
        AwsError, match=r"ForbiddenException: .*ec2:CreateNetworkInterfacePermission on resource: .*network-interface/eni-"
    ):
        ask("mq:CreateBroker", as_=dev, **ACTIVEMQ)
    assert ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"] == []


def test_a_subnet_without_a_free_address(ask: Ask) -> None:
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]
    group = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="broker", Description="clients")["GroupId"]
    for _ in range(11):
        ask("ec2:CreateNetworkInterface", SubnetId=subnet)
    with pytest.raises(AwsError) as refused:
        ask("mq:CreateBroker", **ACTIVEMQ, SubnetIds=[subnet], SecurityGroups=[group])
    assert (refused.value.code, refused.value.fields) == ("BadRequestException", {"ErrorAttribute": "subnetIds"})


def test_an_interface_taken_away_while_the_broker_is_made(world: World, ask: Ask) -> None:
    broker = ask("mq:CreateBroker", **ACTIVEMQ)["BrokerId"]
    ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=interfaces(ask, broker)[0]["NetworkInterfaceId"])
    world.advance(CREATION)
    assert describe(ask, broker)["BrokerState"] == "CREATION_FAILED"
    with pytest.raises(AwsError, match=r"can't be changed while it is in state \[CREATION_FAILED\]"):
        ask("mq:CreateUser", BrokerId=broker, Username="second", Password="correct-horse-battery")
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(CREATION)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_public_broker_shows_public_addresses(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, PubliclyAccessible=True)
    (instance,) = describe(ask, broker)["BrokerInstances"]
    assert re.fullmatch(r"203\.0\.113\.\d+", instance["IpAddress"])


def test_the_default_configuration_outlives_its_broker(world: World, ask: Ask) -> None:
    for _ in range(2):
        broker = make_broker(world, ask)
        used = describe(ask, broker)["Configurations"]["Current"]["Id"]
        shown = ask("mq:DescribeConfiguration", ConfigurationId=used)
        assert (shown["Name"], shown["EngineType"], shown["EngineVersion"]) == ("orders-configuration", "ActiveMQ", "5.19")
        assert shown["Arn"] == f"arn:aws:mq:{REGION}:{ACCOUNT}:configuration:{used}"
        assert shown["LatestRevision"]["Description"] == "Auto-generated default for orders-configuration on ActiveMQ 5.19"
        ask("mq:DeleteBroker", BrokerId=broker)
        world.advance(CREATION)
        assert ask("mq:DescribeConfiguration", ConfigurationId=used) == shown
    assert len(ask("mq:ListConfigurations")["Configurations"]) == 2


def test_a_configuration_of_the_callers_own(world: World, ask: Ask) -> None:
    own = ask("mq:CreateConfiguration", Name="own", EngineType="ACTIVEMQ")["Id"]
    broker = make_broker(world, ask, Configuration={"Id": own, "Revision": 1})
    assert describe(ask, broker)["Configurations"]["Current"] == {"Id": own, "Revision": 1}
    assert len(ask("mq:ListConfigurations")["Configurations"]) == 1


# Reboot, health, deletion --------------------------------------------------------------------------------------------


def test_a_reboot_keeps_the_interfaces(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask)
    before = interfaces(ask, broker)
    ask("mq:RebootBroker", BrokerId=broker)
    assert describe(ask, broker)["BrokerState"] == "REBOOT_IN_PROGRESS"
    world.advance(CREATION)
    assert describe(ask, broker)["BrokerState"] == "RUNNING"
    assert interfaces(ask, broker) == before


def let_go(ask: Ask, broker: str) -> str:
    """Detach the broker's interface; gives its id."""
    (interface,) = interfaces(ask, broker)
    ask("ec2:DetachNetworkInterface", AttachmentId=interface["Attachment"]["AttachmentId"])
    return str(interface["NetworkInterfaceId"])


def test_a_detached_interface_is_attached_again_by_a_reboot(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask)
    let_go(ask, broker)
    world.advance(600)
    shown = describe(ask, broker)
    assert shown["BrokerState"] == "CRITICAL_ACTION_REQUIRED"
    assert [row["ActionRequiredCode"] for row in shown["ActionsRequired"]] == ["BROKER_ENI_DELETED"]
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    shown = describe(ask, broker)
    assert (shown["BrokerState"], shown["ActionsRequired"]) == ("RUNNING", [])
    assert interfaces(ask, broker)[0]["Status"] == "in-use"


def test_a_deleted_interface_is_lost_for_good(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask)
    ask("ec2:DeleteNetworkInterface", NetworkInterfaceId=let_go(ask, broker))
    assert describe(ask, broker)["BrokerState"] == "RUNNING"
    world.advance(600)
    assert describe(ask, broker)["ActionsRequired"][0]["ActionRequiredCode"] == "BROKER_ENI_DELETED"
    world.advance(1200)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    assert describe(ask, broker)["BrokerState"] == "CRITICAL_ACTION_REQUIRED"
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(CREATION)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_healthy_broker_stays_as_it_is(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask)
    world.advance(3000)
    assert describe(ask, broker)["BrokerState"] == "RUNNING"


def test_deletion_takes_the_interfaces_at_once_and_the_broker_in_time(world: World, ask: Ask) -> None:
    subnets, group = make_network(ask, zones="a")
    broker = make_broker(world, ask, SubnetIds=subnets, SecurityGroups=[group])
    with pytest.raises(AwsError, match="DependencyViolation"):
        ask("ec2:DeleteSecurityGroup", GroupId=group)
    dev = make_user(world, ask, managed="AmazonMQFullAccess")
    assert ask("mq:DeleteBroker", as_=dev, BrokerId=broker) == {"BrokerId": broker}
    shown = describe(ask, broker)
    assert (shown["BrokerState"], shown["Users"]) == ("DELETION_IN_PROGRESS", [])
    assert ask("mq:ListUsers", BrokerId=broker)["Users"] == []
    forward = [entry.title for entry in world.journal.select(subject=broker, principal="user/dev") if entry.via]
    assert forward == [
        "ec2:DetachNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
    ]
    ask("ec2:DeleteSecurityGroup", GroupId=group)
    world.advance(100)
    assert describe(ask, broker)["BrokerState"] == "DELETION_IN_PROGRESS"
    world.advance(300)
    with pytest.raises(AwsError, match="NotFoundException: Cannot find broker ID"):
        describe(ask, broker)
    assert world.timers.next_due() is None


@pytest.mark.parametrize(
    "missing", ["ec2:DetachNetworkInterface", "ec2:DeleteNetworkInterfacePermission", "ec2:DeleteNetworkInterface"]
)
def test_a_caller_who_may_not_delete_the_interfaces(world: World, ask: Ask, missing: str) -> None:
    broker = make_broker(world, ask)
    before = interfaces(ask, broker)
    dev = make_user(world, ask, {"Effect": "Deny", "Action": missing, "Resource": "*"}, managed="AmazonMQFullAccess")
    with pytest.raises(AwsError, match=f"ForbiddenException: .*{missing}"):
        ask("mq:DeleteBroker", as_=dev, BrokerId=broker)
    assert describe(ask, broker)["BrokerState"] == "RUNNING"
    assert interfaces(ask, broker) == before


def test_an_interface_that_ec2_will_not_delete(world: World, ask: Ask) -> None:
    """Here: another instance of Amazon MQ's holds it, so the attachment is not the one the broker knows."""
    broker = make_broker(world, ask)
    interface = let_go(ask, broker)
    record = world.store.get(Broker, (ACCOUNT, REGION, broker))
    assert record is not None
    as_itself(world, record)("ec2:AttachNetworkInterface", NetworkInterfaceId=interface, InstanceId="i-1", DeviceIndex=1)
    with pytest.raises(AwsError, match=r"BadRequestException: The network interface permission '.*' is in use"):
        ask("mq:DeleteBroker", BrokerId=broker)
    assert describe(ask, broker)["BrokerState"] == "RUNNING"


def test_the_role_does_not_belong_to_activemq(world: World, ask: Ask) -> None:
    """An ActiveMQ broker neither makes the service-linked role nor keeps it from being deleted (observed)."""
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    make_broker(world, ask)
    task = ask("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")["DeletionTaskId"]
    world.advance(60)
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_regions_without_the_role_have_activemq(ask: Ask, region: str) -> None:
    made = ask("mq:CreateBroker", region=region, **ACTIVEMQ)
    assert made["BrokerArn"].startswith("arn:aws-us-gov:mq:" if "gov" in region else "arn:aws-cn:mq:")


# Logs ----------------------------------------------------------------------------------------------------------------


def events(ask: Ask, group: str) -> list[dict[str, Any]]:
    return list(ask("logs:FilterLogEvents", logGroupName=group)["events"])


def test_logs_under_a_resource_policy(world: World, ask: Ask) -> None:
    let_amazon_mq_write(ask)
    broker = make_broker(world, ask, **STANDBY, **LOGS)
    shown = describe(ask, broker)["Logs"]
    for name in ("GeneralLogGroup", "AuditLogGroup"):
        streams = ask("logs:DescribeLogStreams", logGroupName=shown[name])["logStreams"]
        assert [row["logStreamName"] for row in streams] == [f"activemq-{broker}-{number}.log" for number in (1, 2)]
    general = events(ask, shown["GeneralLogGroup"])
    assert any("Apache ActiveMQ 5.19 (orders) started" in row["message"] for row in general)
    world.advance(3600)
    assert len(events(ask, shown["GeneralLogGroup"])) == len(general) + 2


@pytest.mark.parametrize(("account", "is_let_in"), [(ACCOUNT, True), ("444455556666", False)])
def test_the_resource_policy_may_ask_for_the_broker(world: World, ask: Ask, account: str, is_let_in: bool) -> None:
    let_amazon_mq_write(
        ask,
        StringEquals={"aws:SourceAccount": account},
        ArnLike={"aws:SourceArn": f"arn:aws:mq:*:{account}:broker:orders:*"},
    )
    broker = make_broker(world, ask, **LOGS)
    assert bool(events(ask, f"/aws/amazonmq/broker/{broker}/general")) is is_let_in


def test_without_a_resource_policy_there_are_no_events(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, **LOGS)
    world.advance(3600)
    shown = describe(ask, broker)
    assert shown["BrokerState"] == "RUNNING"
    groups = [group["logGroupName"] for group in ask("logs:DescribeLogGroups")["logGroups"]]
    assert groups == [shown["Logs"]["AuditLogGroup"], shown["Logs"]["GeneralLogGroup"]]
    assert ask("logs:DescribeLogStreams", logGroupName=groups[0])["logStreams"] == []
    denied = world.journal.select(subject=broker, decision="implicitDeny")
    assert {(entry.title, entry.principal) for entry in denied} == {("logs:CreateLogStream", "mq.amazonaws.com")}
    let_amazon_mq_write(ask)
    world.advance(3600)
    assert events(ask, groups[1])


def test_a_caller_who_may_not_make_groups_gets_the_broker(world: World, ask: Ask) -> None:
    let_amazon_mq_write(ask)
    dev = make_user(world, ask, *GUIDE)
    broker = ask("mq:CreateBroker", as_=dev, **ACTIVEMQ, **LOGS)["BrokerId"]
    world.advance(CREATION)
    assert describe(ask, broker)["BrokerState"] == "RUNNING"
    assert ask("logs:DescribeLogGroups")["logGroups"] == []
    denied = world.journal.select(subject=broker, decision="implicitDeny")
    assert {(entry.title, entry.principal) for entry in denied} == {("logs:CreateLogGroup", dev.arn)}
    ask("mq:RebootBroker", BrokerId=broker)
    assert len(ask("logs:DescribeLogGroups")["logGroups"]) == 2


def test_one_log_lacks_its_group(world: World, ask: Ask) -> None:
    let_amazon_mq_write(ask)
    broker = ask("mq:CreateBroker", **ACTIVEMQ, **LOGS)["BrokerId"]
    ask("logs:DeleteLogGroup", logGroupName=f"/aws/amazonmq/broker/{broker}/general")
    world.advance(CREATION)
    assert events(ask, f"/aws/amazonmq/broker/{broker}/audit")


def test_a_group_made_before_is_used_as_it_is(world: World, ask: Ask) -> None:
    let_amazon_mq_write(ask)
    broker = make_broker(world, ask, Logs={"General": True})
    group = f"/aws/amazonmq/broker/{broker}/general"
    ask("logs:PutRetentionPolicy", logGroupName=group, retentionInDays=7)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    (shown,) = ask("logs:DescribeLogGroups")["logGroups"]
    assert (shown["logGroupName"], shown["retentionInDays"]) == (group, 7)


def test_logs_that_fail_otherwise_stop_the_call(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the caller may not do, or need not, is passed over."""

    def broken(*_: Any, **__: Any) -> None:
        raise AwsError("ServiceUnavailableException", "down")

    operations = world.services["logs"].operations
    create = operations["CreateLogGroup"]
    monkeypatch.setitem(operations, create.name, replace(create, run=wraps(create.run)(broken)))
    with pytest.raises(AwsError, match="ServiceUnavailableException"):
        ask("mq:CreateBroker", **ACTIVEMQ, **LOGS)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_file_keeps_all_of_a_broker(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, **STANDBY, Tags={"team": "orders"})
    other = ask("mq:CreateBroker", region="us-west-2", **replica_of(ask("mq:DescribeBroker", BrokerId=broker)["BrokerArn"]))
    ask(
        "mq:UpdateBroker",
        BrokerId=broker,
        AuthenticationStrategy="LDAP",
        LdapServerMetadata=LDAP,
        SecurityGroups=describe(ask, broker)["SecurityGroups"],
        Logs={"Audit": True},
    )
    ask("mq:CreateUser", BrokerId=broker, Username="second", Password="correct-horse-battery", Groups=["users"])
    kept = [*world.store.find(Broker), *world.store.find(BrokerUser), *world.store.find(Configuration)]
    assert {record.id for record in kept} >= {broker, other["BrokerId"], f"{broker}/second"}
    assert [decode(type(record), encode(record)) for record in kept] == kept


def replica_of(arn: str) -> dict[str, Any]:
    users = [{"Username": "copy", "Password": "correct-horse-battery", "ReplicationUser": True}]
    return ACTIVEMQ | STANDBY | {"Users": users, "DataReplicationMode": "CRDR", "DataReplicationPrimaryBrokerArn": arn}


def test_what_happens_inside_rabbitmq_does_not_here(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask)
    with pytest.raises(AwsError, match="Such things happen on RabbitMQ brokers only"):
        happen(world, ACCOUNT, REGION, broker, "memory alarm")


def test_a_look_at_the_interface_that_goes_wrong_tells_nothing(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only to be shut out means that the interface is lost."""
    broker = make_broker(world, ask)

    def broken(*_: Any, **__: Any) -> None:
        raise AwsError("ServiceUnavailable", "down")

    operations = world.services["ec2"].operations
    look = operations["DescribeNetworkInterfaceAttribute"]
    monkeypatch.setitem(operations, look.name, replace(look, run=broken))
    world.advance(700)
    assert describe(ask, broker)["BrokerState"] == "RUNNING"
    assert "failed" in {entry.outcome for entry in world.journal.select(subject=broker) if "check interfaces" in entry.title}
