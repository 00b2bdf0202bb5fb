"""Every member of a request is stored and shown again, through boto3; the few that are not have a reason here."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from tests.conformance.test_mq_operations import XML, mq
from tests.services.mq_worlds import ACTIVEMQ, PASSWORD, RABBITMQ

__all__ = ["mq"]

Client = Callable[..., Any]
WINDOW = {"DayOfWeek": "FRIDAY", "TimeOfDay": "04:30", "TimeZone": "Europe/Paris"}
LDAP = {
    "Hosts": ["ldap.example.com"],
    "RoleBase": "ou=roles",
    "RoleName": "cn",
    "RoleSearchMatching": "(member={0})",
    "RoleSearchSubtree": True,
    "ServiceAccountPassword": "a-secret-of-the-directory",
    "ServiceAccountUsername": "cn=amq",
    "UserBase": "ou=users",
    "UserRoleName": "role",
    "UserSearchMatching": "(uid={0})",
    "UserSearchSubtree": False,
}
SHOWN_LDAP = {name: value for name, value in LDAP.items() if name != "ServiceAccountPassword"}
NEVER_SHOWN = {
    "BrokerId": "names the broker",
    "ConfigurationId": "names the configuration",
    "CreatorRequestId": "tells a repeated request from another one",
    "Password": "a secret",
    "Username": "names the user",
}


def members(operation: str) -> set[str]:
    model = botocore.session.get_session().get_service_model("mq")
    return set(model.operation_model(operation).input_shape.members) - set(NEVER_SHOWN)


@pytest.fixture
def place(client: Client) -> dict[str, Any]:
    """Two subnets of the default VPC in different zones, and two groups that are not its default one."""
    ec2 = client("ec2")
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda row: row["AvailabilityZone"])
    groups = [
        ec2.create_security_group(VpcId=subnets[0]["VpcId"], GroupName=name, Description="x")["GroupId"] for name in ("a", "b")
    ]
    return {"subnets": [row["SubnetId"] for row in subnets[1:3]], "groups": groups}


def test_create_broker(mq: Any, client: Client, place: dict[str, Any]) -> None:
    configuration = mq.create_configuration(Name="c", EngineType="ACTIVEMQ", EngineVersion="5.18")["Id"]
    asked = ACTIVEMQ | {
        "DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ",
        "AuthenticationStrategy": "LDAP",
        "LdapServerMetadata": LDAP,
        "AutoMinorVersionUpgrade": True,
        "Configuration": {"Id": configuration, "Revision": 1},
        "EncryptionOptions": {"UseAwsOwnedKey": False, "KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/k"},
        "EngineVersion": "5.18",
        "Logs": {"Audit": True, "General": True},
        "MaintenanceWindowStartTime": WINDOW,
        "SecurityGroups": place["groups"],
        "StorageType": "EFS",
        "SubnetIds": place["subnets"],
        "Tags": {"team": "orders"},
        "Users": [
            {"Username": "admin", "Password": PASSWORD},
            {"Username": "copy", "Password": PASSWORD, "ReplicationUser": True},
        ],
    }
    broker = mq.create_broker(**asked)
    shown = mq.describe_broker(BrokerId=broker["BrokerId"])
    spelt = {
        "AuthenticationStrategy": "ldap",
        "EngineType": "ActiveMQ",
        "LdapServerMetadata": SHOWN_LDAP,
        "StorageType": "efs",
        "Users": [{"Username": "admin"}, {"Username": "copy"}],
    }
    logs = {name: shown["Logs"][name] for name in asked["Logs"]}
    nested = {"Configuration": shown["Configurations"]["Current"], "Logs": logs}
    assert {name: (shown | nested)[name] for name in asked} == asked | spelt

    size = mq.create_broker(**(RABBITMQ | {"BrokerName": "sized", "StorageSize": 321}))["BrokerId"]
    assert mq.describe_broker(BrokerId=size)["StorageSize"] == 321
    pair = {"DataReplicationMode": "CRDR", "DataReplicationPrimaryBrokerArn": broker["BrokerArn"]}
    elsewhere = {"DeploymentMode", "Users", "AuthenticationStrategy", "LdapServerMetadata"}
    copied = {name: value for name, value in asked.items() if name in {*ACTIVEMQ, *elsewhere}}
    there = client("mq", region_name="us-west-2")
    copy = there.describe_broker(BrokerId=there.create_broker(**copied, **pair)["BrokerId"])
    assert copy["DataReplicationMode"] == "CRDR"
    named = {"BrokerId": broker["BrokerId"], "Region": "us-east-1"}
    assert copy["DataReplicationMetadata"]["DataReplicationCounterpart"] == named
    assert {*asked, *pair, "StorageSize"} == members("CreateBroker")


def test_update_broker(mq: Any, place: dict[str, Any]) -> None:
    """Each shows as pending, or at once, and after a reboot it is so."""
    broker = mq.create_broker(**ACTIVEMQ, EngineVersion="5.18")["BrokerId"]
    configuration = mq.create_configuration(Name="c", EngineType="ACTIVEMQ", EngineVersion="5.19")["Id"]
    asked = {
        "AuthenticationStrategy": "LDAP",
        "AutoMinorVersionUpgrade": True,
        "Configuration": {"Id": configuration, "Revision": 1},
        "EngineVersion": "5.19",
        "HostInstanceType": "mq.m5.xlarge",
        "LdapServerMetadata": LDAP,
        "Logs": {"Audit": True, "General": True},
        "MaintenanceWindowStartTime": WINDOW,
        "SecurityGroups": place["groups"],
    }
    mq.update_broker(BrokerId=broker, **asked)
    shown = mq.describe_broker(BrokerId=broker)
    assert shown["MaintenanceWindowStartTime"] == WINDOW
    assert (shown["Configurations"]["Pending"], shown["Logs"]["Pending"]) == (asked["Configuration"], asked["Logs"])
    pending = {name: shown[f"Pending{name}"] for name in asked if f"Pending{name}" in shown}
    wanted = {
        "AuthenticationStrategy": "ldap",
        "EngineVersion": "5.19",
        "HostInstanceType": "mq.m5.xlarge",
        "LdapServerMetadata": SHOWN_LDAP,
        "SecurityGroups": place["groups"],
    }
    assert pending == wanted
    mq.reboot_broker(BrokerId=broker)
    shown = mq.describe_broker(BrokerId=broker)
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["Configurations"]["Current"] == asked["Configuration"]
    assert {name: shown["Logs"][name] for name in asked["Logs"]} == asked["Logs"]
    assert not [name for name in shown if name.startswith("Pending")]
    others = {"DataReplicationMode", "ResourceShareArns", "StorageSize"}  # test_mq_operations: pairs, RabbitMQ
    assert {*asked, *others} == members("UpdateBroker")


def test_users(mq: Any) -> None:
    broker = mq.create_broker(**ACTIVEMQ)["BrokerId"]
    asked: dict[str, Any] = {"ConsoleAccess": False, "Groups": ["admins", "users"], "ReplicationUser": True}
    mq.create_user(BrokerId=broker, Username="second", Password=PASSWORD, **asked)
    mq.reboot_broker(BrokerId=broker)
    shown = mq.describe_user(BrokerId=broker, Username="second")
    assert {name: shown[name] for name in asked} == asked
    changed: dict[str, Any] = {"ConsoleAccess": True, "Groups": ["users"], "ReplicationUser": False}
    mq.update_user(BrokerId=broker, Username="second", **changed)
    mq.reboot_broker(BrokerId=broker)
    shown = mq.describe_user(BrokerId=broker, Username="second")
    assert {name: shown[name] for name in changed} == changed
    assert set(asked) == set(changed) == members("CreateUser") == members("UpdateUser")


def test_configurations(mq: Any) -> None:
    asked = {
        "AuthenticationStrategy": "LDAP",
        "EngineType": "ACTIVEMQ",
        "EngineVersion": "5.18",
        "Name": "limits",
        "Tags": {"team": "orders"},
    }
    which = {"ConfigurationId": mq.create_configuration(**asked)["Id"]}
    shown = mq.describe_configuration(**which)
    spelt = {"AuthenticationStrategy": "ldap", "EngineType": "ActiveMQ"}
    assert {name: shown[name] for name in asked} == asked | spelt
    updated = {"Data": base64.b64encode(XML.replace(' useJmx="true"', "").encode()).decode(), "Description": "plain"}
    mq.update_configuration(**which, **updated)
    revision = mq.describe_configuration_revision(**which, ConfigurationRevision="2")
    assert {name: revision[name] for name in updated} == updated
    assert (set(asked), set(updated)) == (members("CreateConfiguration"), members("UpdateConfiguration"))
