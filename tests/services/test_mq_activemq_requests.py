"""What Amazon MQ refuses of ActiveMQ brokers, of strategies, storage and the like, and how it words it."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.mq.broker import Broker
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.mq_worlds import ACTIVEMQ, CREATION, PASSWORD, RABBITMQ, make_broker, make_user

STANDBY = {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}
LDAP: dict[str, Any] = {
    "Hosts": ["ldap.example.com"],
    "RoleBase": "ou=groups,dc=example,dc=com",
    "RoleSearchMatching": "(member=uid={1})",
    "ServiceAccountPassword": "ldap-service-password",
    "ServiceAccountUsername": "cn=admin,dc=example,dc=com",
    "UserBase": "ou=users,dc=example,dc=com",
    "UserSearchMatching": "(uid={0})",
}
SHOWN_LDAP = {name: value for name, value in LDAP.items() if name != "ServiceAccountPassword"}


def user(**changes: Any) -> dict[str, Any]:
    return {"Users": [{"Username": "admin", "Password": PASSWORD} | changes]}


def refuse(ask: Ask, action: str, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as refused:
        ask(f"mq:{action}", **params)
    assert refused.value.code == "BadRequestException"
    return refused.value


REFUSED: list[Any] = [
    ({"BrokerName": "no spaces"}, "Make sure your Broker name only contains valid characters.", "brokerName"),
    (
        {"DeploymentMode": "CLUSTER_MULTI_AZ"},
        "Value [CLUSTER_MULTI_AZ] is invalid for [deploymentMode]. Valid values: [ACTIVE_STANDBY_MULTI_AZ, SINGLE_INSTANCE].",
        "deploymentMode",
    ),
    ({"HostInstanceType": "mq.m7g.large"}, "Value [mq.m7g.large] is invalid for [hostInstanceType].", "hostInstanceType"),
    (
        {"EngineVersion": "5.18.7"},
        "Broker engine version [5.18.7] is invalid for broker engine type [ACTIVEMQ]. Valid values: [5.19, 5.18].",
        "engineVersion",
    ),
    ({"StorageType": "S3"}, "Value [S3] is invalid for [storageType]. Valid values: [EFS, EBS].", "storageType"),
    (
        {"StorageType": "ebs", **STANDBY},
        "Storage type [EBS] does not support instance type [mq.m5.large] with deployment mode [ACTIVE_STANDBY_MULTI_AZ].",
        "storageType",
    ),
    (
        {"StorageType": "ebs", "HostInstanceType": "mq.t3.micro"},
        "Storage type [EBS] does not support instance type [mq.t3.micro]",
        "storageType",
    ),
    ({"StorageSize": 200}, "Storage size is not supported for ActiveMQ brokers.", "storageSize"),
    ({"AutoMinorVersionUpgrade": False}, "must be enabled for ActiveMQ brokers on version 5.18", "autoMinorVersionUpgrade"),
    (
        {"AuthenticationStrategy": "CONFIG_MANAGED"},
        "Authentication strategy [CONFIG_MANAGED] is not supported for ActiveMQ brokers.",
        "authenticationStrategy",
    ),
    ({"AuthenticationStrategy": "ldap"}, "[ldapServerMetadata] must be specified", "ldapServerMetadata"),
    ({"LdapServerMetadata": LDAP}, "[ldapServerMetadata] can't be specified unless", "ldapServerMetadata"),
    (
        {"AuthenticationStrategy": "LDAP", "LdapServerMetadata": LDAP | {"Hosts": ["a", "b", "c"]}},
        "Between 1 and 2 LDAP hosts must be specified.",
        "ldapServerMetadata.hosts",
    ),
    (
        {"AuthenticationStrategy": "LDAP", "LdapServerMetadata": {"Hosts": ["a"]}},
        "You must specify [ldapServerMetadata].",
        "ldapServerMetadata",
    ),
    ({"Users": []}, "ActiveMQ brokers must be created with at least one user.", "users"),
    ({"Users": ACTIVEMQ["Users"] * 2}, "The username [admin] is specified more than once.", "users"),
    (
        {"Users": [{"Username": f"user{number}", "Password": PASSWORD} for number in range(251)]},
        "A broker can have at most 250 users.",
        "users",
    ),
    (user(Username="a"), "only letters, numbers, dashes, periods, underscores and tildes.", "username"),
    (user(Username="no spaces"), "The username must be 2-100 characters long", "username"),
    (user(Password="short"), "The password must be at least 12 characters long", "password"),
    (user(Groups=["g"]), "A group must be 2-100 characters long", "groups"),
    (user(Groups=[f"group{number}" for number in range(21)]), "A user can belong to at most 20 groups.", "groups"),
    (
        user(ReplicationUser=True, ConsoleAccess=True),
        "Replication user couldn't have console access. [replicationUser] and [consoleAccess] are mutually exclusive parameters.",
        None,
    ),
    ({"SecurityGroups": [f"sg-{number}" for number in range(6)]}, "at most 5 security groups.", "securityGroups"),
    ({"Tags": {f"k{number}": "v" for number in range(51)}}, "A broker can have at most 50 tags.", "tags"),
    ({"SubnetIds": ["subnet-1", "subnet-2"]}, "[SINGLE_INSTANCE] requires exactly one subnet.", "subnetIds"),
    ({**STANDBY, "SubnetIds": ["subnet-1"]}, "[ACTIVE_STANDBY_MULTI_AZ] requires exactly two subnets.", "subnetIds"),
    ({**STANDBY, "SubnetIds": ["subnet-1"] * 2}, "Subnets must belong to different Availability Zones.", "subnetIds"),
    (
        {**STANDBY, "SubnetIds": ["subnet-1", "subnet-2", "subnet-3"]},
        "[ACTIVE_STANDBY_MULTI_AZ] requires exactly two subnets.",
        "subnetIds",
    ),
    (
        {"MaintenanceWindowStartTime": {"DayOfWeek": "FUNDAY", "TimeOfDay": "01:00"}},
        "Value [FUNDAY] is invalid",
        "maintenanceWindowStartTime.dayOfWeek",
    ),
    ({"EncryptionOptions": {"UseAwsOwnedKey": True, "KmsKeyId": "k"}}, "[kmsKeyId] can't", "encryptionOptions.kmsKeyId"),
    ({"Configuration": {"Id": "c-1"}}, "Configuration ID [c-1] can't be found. Make sure it exists.", "configuration"),
]
"""Changes to a good request for an ActiveMQ broker, and how they are refused: a part of the text, the errorAttribute."""


@pytest.mark.parametrize(("changes", "text", "attribute"), REFUSED)
def test_refused(ask: Ask, changes: dict[str, Any], text: str, attribute: str | None) -> None:
    refused = refuse(ask, "CreateBroker", **(ACTIVEMQ | changes))
    assert text in refused.message
    assert refused.fields == ({"ErrorAttribute": attribute} if attribute else {})
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"] == []


REFUSED_OF_RABBITMQ: list[Any] = [
    ({"StorageSize": 199}, "Value [199] is invalid for [storageSize]. It must be from 200 to 16384 GB.", "storageSize"),
    ({"StorageSize": 16385}, "Value [16385] is invalid for [storageSize].", "storageSize"),
    (user(ReplicationUser=True), "Replication users are not supported for RabbitMQ brokers.", "users"),
    ({"LdapServerMetadata": LDAP}, "LDAP server metadata is not supported for RabbitMQ brokers.", "ldapServerMetadata"),
    (
        {"AuthenticationStrategy": "CONFIG_MANAGED", "Users": RABBITMQ["Users"] * 2},
        "RabbitMQ brokers must be created with at most one user.",
        "users",
    ),
]
"""The same of a RabbitMQ broker."""


@pytest.mark.parametrize(("changes", "text", "attribute"), REFUSED_OF_RABBITMQ)
def test_refused_of_rabbitmq(ask: Ask, changes: dict[str, Any], text: str, attribute: str) -> None:
    refused = refuse(ask, "CreateBroker", **(RABBITMQ | changes))
    assert text in refused.message
    assert refused.fields == {"ErrorAttribute": attribute}


def test_rabbitmqs_storage(ask: Ask) -> None:
    for name, instance, given, shown in (
        ("a", "mq.t3.micro", {}, 20),
        ("b", "mq.m5.large", {}, 200),
        ("c", "mq.m7g.large", {"StorageSize": 500}, 500),
    ):
        made = ask("mq:CreateBroker", **(RABBITMQ | {"BrokerName": name, "HostInstanceType": instance} | given))
        broker = ask("mq:DescribeBroker", BrokerId=made["BrokerId"])
        assert (broker["StorageSize"], broker["StorageType"], broker["PendingStorageSize"]) == (shown, "ebs", None)


def test_strategies_of_the_configuration(world: World, ask: Ask) -> None:
    """With CONFIG_MANAGED a RabbitMQ broker may do without a user."""
    for name, changes in (("none", {"Users": []}), ("one", {})):
        made = ask("mq:CreateBroker", **(RABBITMQ | {"BrokerName": name, "AuthenticationStrategy": "config_managed"} | changes))
        assert ask("mq:DescribeBroker", BrokerId=made["BrokerId"])["AuthenticationStrategy"] == "config_managed"


def test_ldap_is_shown_without_its_password(world: World, ask: Ask) -> None:
    params = ACTIVEMQ | {"Users": [], "AuthenticationStrategy": "LDAP", "LdapServerMetadata": LDAP | {"RoleSearchSubtree": True}}
    broker = ask("mq:CreateBroker", **params)["BrokerId"]
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["AuthenticationStrategy"], shown["LdapServerMetadata"]) == ("ldap", SHOWN_LDAP | {"RoleSearchSubtree": True})
    assert LDAP["ServiceAccountPassword"] not in str([entry.to_json() for entry in world.journal.select()])
    record = world.store.get(Broker, (ACCOUNT, REGION, broker))
    assert LDAP["ServiceAccountPassword"] not in str(record)


@pytest.mark.parametrize(
    ("options", "is_owned"),
    [(None, True), ({"UseAwsOwnedKey": True}, True), ({"UseAwsOwnedKey": False}, False)],
)
def test_encryption(ask: Ask, options: dict[str, Any] | None, is_owned: bool) -> None:
    """Without a key id the account's AWS managed key shows (observed)."""
    made = ask("mq:CreateBroker", **ACTIVEMQ, **({"EncryptionOptions": options} if options else {}))
    shown = ask("mq:DescribeBroker", BrokerId=made["BrokerId"])["EncryptionOptions"]
    assert shown["UseAwsOwnedKey"] is is_owned
    assert is_owned or shown["KmsKeyId"].startswith(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/")


def test_ebs_storage(ask: Ask) -> None:
    made = ask("mq:CreateBroker", **ACTIVEMQ, StorageType="ebs")
    assert ask("mq:DescribeBroker", BrokerId=made["BrokerId"])["StorageType"] == "ebs"


# Networks ------------------------------------------------------------------------------------------------------------


def make_vpc(ask: Ask, zones: str = "ab") -> tuple[str, list[str], str]:
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ask("ec2:CreateSubnet", VpcId=vpc, CidrBlock=f"10.0.{row}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for row, zone in enumerate(zones)
    ]
    return vpc, subnets, ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="g", Description="d")["GroupId"]


def test_networks_that_do_not_fit(ask: Ask) -> None:
    _, subnets, group = make_vpc(ask, "aab")
    _, elsewhere, other = make_vpc(ask)
    standby = ACTIVEMQ | STANDBY
    for changes, text in (
        ({"SubnetIds": [subnets[0], elsewhere[1]], "SecurityGroups": [group]}, "Subnets must belong to the same VPC."),
        ({"SubnetIds": subnets[:2], "SecurityGroups": [group]}, "Subnets must belong to different Availability Zones."),
        ({"SubnetIds": subnets[1:], "SecurityGroups": [other]}, "Security groups must belong to the same VPC as the subnets."),
        ({"SubnetIds": subnets[1:]}, "Subnets and security groups must belong to the default VPC when only one is provided."),
        ({"SecurityGroups": [group]}, "Subnets and security groups must belong to the default VPC when only one is provided."),
        ({"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroups": [group]}, "The subnet ID 'subnet-1' does not exist"),
    ):
        assert refuse(ask, "CreateBroker", **(standby | changes)).message == text


def test_a_public_broker_needs_a_way_to_the_internet(ask: Ask) -> None:
    vpc, subnets, group = make_vpc(ask)
    public = ACTIVEMQ | {"PubliclyAccessible": True, "SubnetIds": subnets[:1], "SecurityGroups": [group]}
    refused = refuse(ask, "CreateBroker", **public)
    assert refused.message == "The VPC associated with the provided subnets must have an available internet gateway attachment."
    assert refused.fields == {"ErrorAttribute": "subnetIds"}
    assert ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"] == []
    assert ask("iam:ListRoles")["Roles"] == []

    gateway = ask("ec2:CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ask("ec2:AttachInternetGateway", VpcId=vpc, InternetGatewayId=gateway)
    assert refuse(ask, "CreateBroker", **public).message == f"The subnet ID '{subnets[0]}' does not exist"

    table = ask("ec2:CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ask("ec2:AssociateRouteTable", RouteTableId=table, SubnetId=subnets[0])
    assert ask("mq:CreateBroker", **public)["BrokerId"]


def test_a_private_broker_does_not(ask: Ask) -> None:
    _, subnets, group = make_vpc(ask)
    assert ask("mq:CreateBroker", **ACTIVEMQ, SubnetIds=subnets[:1], SecurityGroups=[group])["BrokerId"]


def test_the_default_network(ask: Ask) -> None:
    made = ask("mq:CreateBroker", **(ACTIVEMQ | STANDBY))
    shown = ask("mq:DescribeBroker", BrokerId=made["BrokerId"])
    found = ask("ec2:DescribeSubnets", SubnetIds=shown["SubnetIds"])["Subnets"]
    assert [subnet["AvailabilityZone"] for subnet in found] == ["us-east-1a", "us-east-1b"]
    assert len(shown["SecurityGroups"]) == 1


def test_a_default_network_of_one_subnet(ask: Ask) -> None:
    for subnet in ask("ec2:DescribeSubnets")["Subnets"][1:]:
        ask("ec2:DeleteSubnet", SubnetId=subnet["SubnetId"])
    text = "requires two subnets, and the default VPC has one default subnet"
    assert text in refuse(ask, "CreateBroker", **(ACTIVEMQ | STANDBY)).message


# Idempotency ---------------------------------------------------------------------------------------------------------


def test_the_original_request_again_whatever_became_of_its_broker(world: World, ask: Ask) -> None:
    first = ask("mq:CreateBroker", **ACTIVEMQ, CreatorRequestId="once")
    world.advance(CREATION)
    ask("mq:UpdateBroker", BrokerId=first["BrokerId"], HostInstanceType="mq.m5.xlarge")
    ask("mq:CreateTags", ResourceArn=first["BrokerArn"], Tags={"a": "b"})
    ask("mq:RebootBroker", BrokerId=first["BrokerId"])
    world.advance(CREATION)
    before = ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"]
    changes: tuple[dict[str, Any], ...] = (
        {},
        user(Password="another-good-password", ConsoleAccess=True),
        {"Tags": {"other": "tag"}},
        {"AuthenticationStrategy": "SIMPLE"},
        {"MaintenanceWindowStartTime": {"DayOfWeek": "MONDAY", "TimeOfDay": "03:00"}},
    )
    for change in changes:
        assert ask("mq:CreateBroker", **(ACTIVEMQ | change), CreatorRequestId="once") == first
    assert ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"] == before
    for change in ({"HostInstanceType": "mq.m5.xlarge"}, {"CreatorRequestId": "twice"}, {"CreatorRequestId": ""}):
        with pytest.raises(AwsError) as refused:
            ask("mq:CreateBroker", **(ACTIVEMQ | {"CreatorRequestId": "once"} | change))
        assert (refused.value.code, refused.value.fields) == ("ConflictException", {"ErrorAttribute": "brokerName"})


# Updates -------------------------------------------------------------------------------------------------------------


UPDATES_REFUSED: list[Any] = [
    ({"SecurityGroups": []}, "A broker must have at least one security group.", "securityGroups"),
    ({"SecurityGroups": [f"sg-{number}" for number in range(6)]}, "at most 5 security groups.", "securityGroups"),
    (
        {"SecurityGroups": ["sg-00000000000000001"]},
        "The security group 'sg-00000000000000001' does not exist",
        "securityGroups",
    ),
    ({"EngineVersion": "5.18"}, "can't be downgraded from [5.19] to [5.18]", "engineVersion"),
    ({"HostInstanceType": "mq.m7g.large"}, "Value [mq.m7g.large] is invalid", "hostInstanceType"),
    ({"StorageSize": 300}, "Storage size is not supported for ActiveMQ brokers.", "storageSize"),
    ({"AutoMinorVersionUpgrade": False}, "must be enabled for ActiveMQ brokers", "autoMinorVersionUpgrade"),
    ({"AuthenticationStrategy": "CONFIG_MANAGED"}, "is not supported for ActiveMQ", "authenticationStrategy"),
    ({"AuthenticationStrategy": "LDAP"}, "[ldapServerMetadata] must be specified", "ldapServerMetadata"),
    ({"LdapServerMetadata": LDAP}, "can't be specified unless", "ldapServerMetadata"),
    ({"ResourceShareArns": []}, "Resource shares are not supported for ActiveMQ brokers.", "resourceShareArns"),
    ({"DataReplicationMode": "CRDR"}, "can't be turned on with UpdateBroker.", "dataReplicationMode"),
    ({"DataReplicationMode": "SOME"}, "Value [SOME] is invalid for [dataReplicationMode].", "dataReplicationMode"),
]
"""Updates of an ActiveMQ broker."""


@pytest.mark.parametrize(("changes", "text", "attribute"), UPDATES_REFUSED)
def test_updates_refused(world: World, ask: Ask, changes: dict[str, Any], text: str, attribute: str) -> None:
    broker = make_broker(world, ask)
    refused = refuse(ask, "UpdateBroker", BrokerId=broker, **changes)
    assert text in refused.message
    assert refused.fields == {"ErrorAttribute": attribute}


def test_an_instance_type_must_take_the_storage(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, StorageType="EBS")
    assert "Storage type [EBS]" in refuse(ask, "UpdateBroker", BrokerId=broker, HostInstanceType="mq.t3.micro").message


def test_groups_of_another_vpc(world: World, ask: Ask) -> None:
    _, _, group = make_vpc(ask)
    broker = make_broker(world, ask)
    text = "Security groups must belong to the same VPC as the subnets."
    assert refuse(ask, "UpdateBroker", BrokerId=broker, SecurityGroups=[group]).message == text


def test_what_is_pending_shows_and_a_reboot_makes_it_so(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, EngineVersion="5.18")
    asked = {
        "EngineVersion": "5.19",
        "HostInstanceType": "mq.m5.xlarge",
        "AuthenticationStrategy": "LDAP",
        "LdapServerMetadata": LDAP,
        "Logs": {"Audit": True, "General": True},
        "AutoMinorVersionUpgrade": True,
    }
    answer = ask("mq:UpdateBroker", BrokerId=broker, **asked)
    assert answer == {"BrokerId": broker, **asked, "LdapServerMetadata": SHOWN_LDAP}
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    pending = {name: value for name, value in shown.items() if name.startswith("Pending") and value is not None}
    assert pending == {
        "PendingEngineVersion": "5.19",
        "PendingHostInstanceType": "mq.m5.xlarge",
        "PendingAuthenticationStrategy": "ldap",
        "PendingLdapServerMetadata": SHOWN_LDAP,
    }
    assert shown["Logs"]["Pending"] == {"Audit": True, "General": True}
    assert (shown["EngineVersion"], shown["AuthenticationStrategy"], shown["Logs"]["Audit"]) == ("5.18", "simple", False)
    assert LDAP["ServiceAccountPassword"] not in str([entry.to_json() for entry in world.journal.select()])

    ask("mq:RebootBroker", BrokerId=broker)
    assert len(ask("logs:DescribeLogGroups")["logGroups"]) == 2
    world.advance(CREATION)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert not [name for name, value in shown.items() if name.startswith("Pending") and value is not None]
    assert (shown["EngineVersion"], shown["HostInstanceType"]) == ("5.19", "mq.m5.xlarge")
    assert (shown["AuthenticationStrategy"], shown["LdapServerMetadata"]) == ("ldap", SHOWN_LDAP)
    assert (shown["Logs"]["Audit"], shown["Logs"]["General"], "Pending" in shown["Logs"]) == (True, True, False)
    changed = LDAP | {"Hosts": ["other.example.com"]}
    ask("mq:UpdateBroker", BrokerId=broker, LdapServerMetadata=changed)
    ask("mq:UpdateBroker", BrokerId=broker, AuthenticationStrategy="LDAP")
    assert ask("mq:DescribeBroker", BrokerId=broker)["PendingLdapServerMetadata"]["Hosts"] == ["other.example.com"]


def test_one_log_alone(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask)
    for logs in ({"Audit": True}, {"General": True}):
        ask("mq:UpdateBroker", BrokerId=broker, Logs=logs)
        assert ask("mq:DescribeBroker", BrokerId=broker)["Logs"]["Pending"] | logs == {"Audit": True} | logs


def test_the_maintenance_window_makes_it_so_too(world: World, ask: Ask) -> None:
    window = {"DayOfWeek": "SUNDAY", "TimeOfDay": "02:00", "TimeZone": "UTC"}
    broker = make_broker(world, ask, MaintenanceWindowStartTime=window)
    ask("mq:CreateUser", BrokerId=broker, Username="second", Password=PASSWORD)
    world.advance(8 * 86_400)
    assert [row["PendingChange"] for row in ask("mq:ListUsers", BrokerId=broker)["Users"]] == [None, None]
    assert ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"] == "RUNNING"


def test_rabbitmqs_storage_grows(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, RABBITMQ, StorageSize=300)
    for size in (299, 20_000):
        assert "[storageSize]" in refuse(ask, "UpdateBroker", BrokerId=broker, StorageSize=size).message
    assert ask("mq:UpdateBroker", BrokerId=broker, StorageSize=400) == {"BrokerId": broker, "StorageSize": 400}
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["StorageSize"], shown["PendingStorageSize"]) == (300, 400)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["StorageSize"], shown["PendingStorageSize"]) == (400, None)


def test_a_strategy_of_rabbitmqs_is_pending_too(world: World, ask: Ask) -> None:
    broker = make_broker(world, ask, RABBITMQ)
    ask("mq:UpdateBroker", BrokerId=broker, AuthenticationStrategy="CONFIG_MANAGED")
    assert ask("mq:DescribeBroker", BrokerId=broker)["PendingAuthenticationStrategy"] == "config_managed"
    assert "is not supported for RabbitMQ" in refuse(ask, "UpdateBroker", BrokerId=broker, AuthenticationStrategy="LDAP").message


def test_other_groups_are_on_the_interfaces_at_once(world: World, ask: Ask) -> None:
    vpc, subnets, group = make_vpc(ask)
    broker = make_broker(world, ask, **STANDBY, SubnetIds=subnets, SecurityGroups=[group])
    other = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="other", Description="d")["GroupId"]
    assert ask("mq:UpdateBroker", BrokerId=broker, SecurityGroups=[other])["SecurityGroups"] == [other]
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["SecurityGroups"], shown["PendingSecurityGroups"]) == ([group], [other])
    found = ask("ec2:DescribeNetworkInterfaces")["NetworkInterfaces"]
    assert [[one["GroupId"] for one in row["Groups"]] for row in found] == [[other], [other]]
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["SecurityGroups"], shown["PendingSecurityGroups"]) == ([other], None)


def test_a_caller_who_may_not_change_the_interfaces(world: World, ask: Ask) -> None:
    """AmazonMQFullAccess does not grant ec2:ModifyNetworkInterfaceAttribute (observed trouble of a controller)."""
    vpc, subnets, group = make_vpc(ask)
    broker = make_broker(world, ask, SubnetIds=subnets[:1], SecurityGroups=[group])
    other = ask("ec2:CreateSecurityGroup", VpcId=vpc, GroupName="other", Description="d")["GroupId"]
    dev = make_user(world, ask, managed="AmazonMQFullAccess")
    with pytest.raises(AwsError, match=r"ForbiddenException: .*ec2:ModifyNetworkInterfaceAttribute"):
        ask("mq:UpdateBroker", as_=dev, BrokerId=broker, SecurityGroups=[other])
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["SecurityGroups"], shown["PendingSecurityGroups"]) == ([group], None)
