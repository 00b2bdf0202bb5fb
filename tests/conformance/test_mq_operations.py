"""Amazon MQ through boto3: every operation for both engines, pages, and every rule with its code, text and errorAttribute."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from emulator.services.mq import SERVICE
from tests.conformance.wire import Keys
from tests.services import (
    test_mq_activemq_configurations,
    test_mq_activemq_requests,
    test_mq_configurations,
    test_mq_replication,
    test_mq_requests,
    test_mq_updates,
    test_mq_users,
)
from tests.services.mq_worlds import ACTIVEMQ, PASSWORD, RABBITMQ

Client = Callable[..., Any]
UNCHECKED = ClientConfig(retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False)
XML = '<broker xmlns="http://activemq.apache.org/schema/core" useJmx="true"/>'


@pytest.fixture
def mq(client: Client) -> Any:
    """A client that sends what it is told: rules are the service's to hold."""
    return client("mq", config=UNCHECKED)


def given(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def refused(call: Callable[..., Any], **params: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as error:
        call(**given(params))
    response: dict[str, Any] = error.value.response
    assert response["Error"]["Message"] == response["Message"]
    return {
        "code": response["Error"]["Code"],
        "status": response["ResponseMetadata"]["HTTPStatusCode"],
        "text": response["Message"],
        "attribute": response.get("ErrorAttribute"),
    }


# Operations ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def seen(mq: Any) -> dict[str, int]:
    """The statuses of the last answers to the operations that the client has called."""
    statuses: dict[str, int] = {}
    mq.meta.events.register(
        "after-call.mq", lambda http_response, model, **_: statuses.update({model.name: http_response.status_code})
    )
    return statuses


def test_every_operation(mq: Any, client: Client, seen: dict[str, int]) -> None:
    engines = mq.describe_broker_engine_types()["BrokerEngineTypes"]
    assert [row["EngineType"] for row in engines] == ["ACTIVEMQ", "RABBITMQ"]
    assert mq.describe_broker_instance_options(EngineType="ACTIVEMQ", StorageType="EFS")["BrokerInstanceOptions"]

    made = mq.create_configuration(Name="limits", EngineType="ActiveMQ", EngineVersion="5.19", Tags={"team": "orders"})
    configuration = made["Id"]
    data = base64.b64encode(XML.encode()).decode()
    (warning,) = mq.update_configuration(ConfigurationId=configuration, Data=data, Description="none")["Warnings"]
    assert warning == {"AttributeName": "useJmx", "ElementName": "broker", "Reason": "DISALLOWED_ATTRIBUTE_REMOVED"}
    assert mq.describe_configuration(ConfigurationId=configuration)["LatestRevision"]["Revision"] == 2
    assert [row["Revision"] for row in mq.list_configuration_revisions(ConfigurationId=configuration)["Revisions"]] == [1, 2]
    kept = mq.describe_configuration_revision(ConfigurationId=configuration, ConfigurationRevision="2")["Data"]
    assert "useJmx" not in base64.b64decode(kept).decode()

    broker = mq.create_broker(**ACTIVEMQ, Tags={"team": "orders"}, Configuration={"Id": configuration, "Revision": 2})
    shown = mq.describe_broker(BrokerId=broker["BrokerId"])
    assert (shown["BrokerState"], shown["EngineType"], shown["Tags"]) == ("RUNNING", "ActiveMQ", {"team": "orders"})
    assert shown["Configurations"]["Current"] == {"Id": configuration, "Revision": 2}
    assert shown["BrokerInstances"][0]["Endpoints"][0].startswith("ssl://")
    assert shown["Created"].tzinfo is not None
    mq.create_tags(ResourceArn=broker["BrokerArn"], Tags={"stage": "test"})
    mq.delete_tags(ResourceArn=broker["BrokerArn"], TagKeys=["team"])
    assert mq.list_tags(ResourceArn=broker["BrokerArn"])["Tags"] == {"stage": "test"}

    which = {"BrokerId": broker["BrokerId"]}
    mq.create_user(**which, Username="second", Password=PASSWORD, Groups=["users"])
    mq.update_user(**which, Username="second", ConsoleAccess=True)
    assert mq.describe_user(**which, Username="second")["Pending"] == {
        "PendingChange": "CREATE",
        "ConsoleAccess": True,
        "Groups": ["users"],
    }
    assert mq.list_users(**which)["Users"] == [{"Username": "admin"}, {"Username": "second", "PendingChange": "CREATE"}]
    assert mq.update_broker(**which, HostInstanceType="mq.m5.xlarge")["HostInstanceType"] == "mq.m5.xlarge"
    assert mq.describe_broker(**which)["PendingHostInstanceType"] == "mq.m5.xlarge"
    mq.reboot_broker(**which)
    shown = mq.describe_broker(**which)
    assert (shown["HostInstanceType"], shown["Users"]) == ("mq.m5.xlarge", [{"Username": "admin"}, {"Username": "second"}])
    mq.delete_user(**which, Username="second")
    assert mq.list_users(**which)["Users"][1]["PendingChange"] == "DELETE"
    assert refused(mq.delete_configuration, ConfigurationId=configuration)["code"] == "ConflictException"
    assert refused(mq.promote, **which, Mode="FAILOVER")["code"] == "BadRequestException"
    assert mq.describe_shared_resources(**which)["SharedResources"] == []
    assert [row["BrokerName"] for row in mq.list_brokers()["BrokerSummaries"]] == ["orders"]
    assert [row["Name"] for row in mq.list_configurations()["Configurations"]] == ["limits"]
    assert mq.delete_broker(**which)["BrokerId"] == broker["BrokerId"]
    gone = refused(mq.describe_broker, **which)
    assert (gone["code"], gone["status"], gone["attribute"]) == ("NotFoundException", 404, "broker-id")
    mq.delete_configuration(ConfigurationId=configuration)
    assert mq.list_configurations()["Configurations"] == []
    assert client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    assert seen.keys() == set(SERVICE.operations)
    empty = {"CreateTags": 204, "DeleteTags": 204}
    assert seen == dict.fromkeys(seen, 200) | empty | {"Promote": 400, "DescribeBroker": 404}, "the last of which were refused"


def test_what_a_rabbitmq_broker_answers(mq: Any) -> None:
    broker = mq.create_broker(**RABBITMQ, StorageSize=300)["BrokerId"]
    for call, params in (
        (mq.create_user, {"Username": "second", "Password": PASSWORD}),
        (mq.update_user, {"Username": "admin"}),
        (mq.describe_user, {"Username": "admin"}),
        (mq.delete_user, {"Username": "admin"}),
        (mq.list_users, {}),
        (mq.promote, {"Mode": "SWITCHOVER"}),
    ):
        answer = refused(call, BrokerId=broker, **params)
        assert (answer["code"], answer["attribute"]) == ("BadRequestException", "broker-id")
        assert answer["text"].endswith("is not supported for RabbitMQ brokers.")
    share = "arn:aws:ram:us-east-1:444455556666:resource-share/01234567-89ab-4cde-8f01-23456789abcd"
    mq.update_broker(BrokerId=broker, StorageSize=400, ResourceShareArns=[share])
    assert mq.describe_broker(BrokerId=broker)["PendingStorageSize"] == 400
    assert mq.describe_shared_resources(BrokerId=broker)["SharedResources"][0]["Status"] == "PENDING_CREATE"
    mq.reboot_broker(BrokerId=broker)
    assert mq.describe_broker(BrokerId=broker)["StorageSize"] == 400
    assert mq.describe_shared_resources(BrokerId=broker)["SharedResources"][0]["Status"] == "AVAILABLE"


def test_replication_in_two_regions(mq: Any, client: Client) -> None:
    there = client("mq", region_name="us-west-2")
    standby = ACTIVEMQ | {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}
    primary = mq.create_broker(**standby)
    copy = {"Username": "copy", "Password": PASSWORD, "ReplicationUser": True}
    replica = there.create_broker(
        **(standby | {"Users": [copy]}),
        DataReplicationMode="CRDR",
        DataReplicationPrimaryBrokerArn=primary["BrokerArn"],
    )["BrokerId"]
    assert there.describe_broker(BrokerId=replica)["BrokerState"] == "REPLICA"
    assert mq.describe_broker(BrokerId=primary["BrokerId"])["PendingDataReplicationMode"] == "CRDR"
    mq.reboot_broker(BrokerId=primary["BrokerId"])
    there.promote(BrokerId=replica, Mode="SWITCHOVER")
    shown = there.describe_broker(BrokerId=replica)
    assert (shown["BrokerState"], shown["DataReplicationMetadata"]["DataReplicationRole"]) == ("RUNNING", "PRIMARY")
    assert mq.describe_broker(BrokerId=primary["BrokerId"])["BrokerState"] == "REPLICA"
    there.update_broker(BrokerId=replica, DataReplicationMode="NONE")
    there.reboot_broker(BrokerId=replica)
    assert mq.describe_broker(BrokerId=primary["BrokerId"])["DataReplicationMode"] == "NONE"
    mq.delete_broker(BrokerId=primary["BrokerId"])
    there.delete_broker(BrokerId=replica)


def test_pages(mq: Any) -> None:
    for number in range(7):
        mq.create_broker(**(RABBITMQ | {"BrokerName": f"b{number}"}))
    pages = list(mq.get_paginator("list_brokers").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["BrokerSummaries"]) for page in pages] == [5, 2]
    assert refused(mq.list_brokers, MaxResults=4)["attribute"] == "maxResults"
    assert refused(mq.list_brokers, NextToken="x")["attribute"] == "nextToken"


def test_the_same_request_again(mq: Any) -> None:
    first = mq.create_broker(**ACTIVEMQ, CreatorRequestId="once")
    again = mq.create_broker(**ACTIVEMQ, CreatorRequestId="once", Tags={"other": "tag"})
    assert (again["BrokerId"], again["BrokerArn"]) == (first["BrokerId"], first["BrokerArn"])
    answer = refused(mq.create_broker, **ACTIVEMQ)
    assert (answer["code"], answer["status"], answer["attribute"]) == ("ConflictException", 409, "brokerName")


# Rights and networks -------------------------------------------------------------------------------------------------


def test_a_caller_without_rights_on_interfaces(mq: Any, client: Client) -> None:
    iam = client("iam")
    iam.create_user(UserName="dev")
    iam.attach_user_policy(UserName="dev", PolicyArn="arn:aws:iam::aws:policy/AmazonMQFullAccess")
    deny = {"Effect": "Deny", "Action": "ec2:CreateNetworkInterfacePermission", "Resource": "*"}
    iam.put_user_policy(
        UserName="dev", PolicyName="deny", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": deny})
    )
    made = iam.create_access_key(UserName="dev")["AccessKey"]
    dev = client("mq", keys=Keys(made["AccessKeyId"], made["SecretAccessKey"]))
    with pytest.raises(dev.exceptions.ForbiddenException) as error:
        dev.create_broker(**ACTIVEMQ)
    assert "is not authorized to perform: ec2:CreateNetworkInterfacePermission" in error.value.response["Message"]
    assert client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    assert mq.list_brokers()["BrokerSummaries"] == []
    iam.delete_user_policy(UserName="dev", PolicyName="deny")
    broker = dev.create_broker(**ACTIVEMQ)["BrokerId"]
    assert dev.describe_broker(BrokerId=broker)["BrokerState"] == "RUNNING"
    with pytest.raises(client("iam").exceptions.NoSuchEntityException):
        iam.get_role(RoleName="AWSServiceRoleForAmazonMQ")


def test_networks_that_do_not_do(mq: Any, client: Client) -> None:
    ec2 = client("ec2")
    places = []
    for row in (1, 2):
        vpc = ec2.create_vpc(CidrBlock=f"10.{row}.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{row}.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
                "SubnetId"
            ]
            for place, zone in enumerate("aab")
        ]
        places.append((subnets, ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"]))
    (left, group), (right, other) = places
    standby = ACTIVEMQ | {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ"}
    one_vpc = "Subnets must belong to the same VPC."
    default = "Subnets and security groups must belong to the default VPC when only one is provided."
    for changes, text, attribute in (
        ({"SubnetIds": [left[0], right[2]], "SecurityGroups": [group]}, one_vpc, "subnetIds"),
        ({"SubnetIds": left[:2], "SecurityGroups": [group]}, "Subnets must belong to different Availability Zones.", "subnetIds"),
        ({"SubnetIds": left[1:], "SecurityGroups": [other]}, "Security groups must belong to the same VPC", "securityGroups"),
        ({"SubnetIds": left[1:]}, default, "subnetIds"),
        ({"SecurityGroups": [group]}, default, "subnetIds"),
        (
            {"SubnetIds": left[1:], "SecurityGroups": [group], "PubliclyAccessible": True},
            "The VPC associated with the provided subnets must have an available internet gateway attachment.",
            "subnetIds",
        ),
    ):
        hold(mq.create_broker, standby | changes, BAD, text, attribute)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


@pytest.mark.parametrize("base", [ACTIVEMQ, RABBITMQ | {"PubliclyAccessible": False}], ids=["ActiveMQ", "RabbitMQ"])
def test_a_vpc_of_dedicated_tenancy(mq: Any, client: Client, base: dict[str, Any]) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", InstanceTenancy="dedicated")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"]
    text = f"VPC [{vpc}] has instance tenancy [dedicated]. Brokers need default tenancy."
    hold(mq.create_broker, base | {"SubnetIds": [subnet], "SecurityGroups": [group]}, BAD, text, "subnetIds")
    assert mq.list_brokers()["BrokerSummaries"] == []


# Rules ---------------------------------------------------------------------------------------------------------------


ACCOUNT = "499999999999"
"""One for all rules: what is refused leaves nothing, and what is there serves all."""


@pytest.fixture
def rules(client: Client) -> Any:
    return client("mq", keys=Keys(ACCOUNT), config=UNCHECKED)


def hold(call: Callable[..., Any], params: dict[str, Any], code: str, text: str, attribute: str | None) -> None:
    answer = refused(call, **params)
    assert (answer["code"], answer["attribute"]) == (code, attribute), answer
    assert text in answer["text"]


BAD = "BadRequestException"
RULES_OF_CREATION = [
    *((test_mq_requests.GOOD, *row) for row in test_mq_requests.REFUSED),
    *((ACTIVEMQ, *row) for row in test_mq_activemq_requests.REFUSED),
    *((RABBITMQ, *row) for row in test_mq_activemq_requests.REFUSED_OF_RABBITMQ),
]


@pytest.mark.parametrize(("good", "changes", "text", "attribute"), RULES_OF_CREATION)
def test_creation(rules: Any, good: dict[str, Any], changes: dict[str, Any], text: str, attribute: str | None) -> None:
    hold(rules.create_broker, good | {"BrokerName": "refused"} | changes, BAD, text, attribute)


@pytest.fixture
def broker(rules: Any) -> Callable[[dict[str, Any]], str]:
    """``broker(base)``: the id of a running broker, made once for all rules."""

    def find(base: dict[str, Any]) -> str:
        made = rules.create_broker(**given(base), CreatorRequestId=f"rules-{base['EngineType']}")
        return str(made["BrokerId"])

    return find


UPDATED_RABBITMQ = test_mq_updates.BROKER | {"BrokerName": "updated-rabbitmq"}
UPDATED_ACTIVEMQ = ACTIVEMQ | {"BrokerName": "updated-activemq"}
RULES_OF_UPDATES = [
    *((UPDATED_RABBITMQ, *row) for row in test_mq_updates.REFUSED),
    *((UPDATED_ACTIVEMQ, *row) for row in test_mq_activemq_requests.UPDATES_REFUSED),
]


@pytest.mark.parametrize(("base", "changes", "text", "attribute"), RULES_OF_UPDATES)
def test_updates(
    rules: Any, broker: Callable[..., str], base: dict[str, Any], changes: dict[str, Any], text: str, attribute: str
) -> None:
    hold(rules.update_broker, {"BrokerId": broker(base)} | changes, BAD, text, attribute)


@pytest.mark.parametrize(("action", "asked", "code", "text", "attribute"), test_mq_users.REFUSED)
def test_users(
    rules: Any, broker: Callable[..., str], action: str, asked: dict[str, Any], code: str, text: str, attribute: str
) -> None:
    call = getattr(rules, xform_name(action))
    good = {"BrokerId": broker(UPDATED_ACTIVEMQ), "Username": "second", "Password": PASSWORD}
    hold(call, good | asked, code, text, attribute)


@pytest.fixture
def configuration(rules: Any) -> Callable[[str], str]:
    """``configuration(engine)``: the id of one, made once for all rules."""

    def find(engine: str) -> str:
        found = [row for row in rules.list_configurations(MaxResults=100)["Configurations"] if row["Name"] == f"rules-{engine}"]
        return str((found or [rules.create_configuration(Name=f"rules-{engine}", EngineType=engine)])[0]["Id"])

    return find


@pytest.mark.parametrize(("changes", "code", "attribute"), test_mq_configurations.REFUSED)
def test_configurations(rules: Any, changes: dict[str, Any], code: str, attribute: str) -> None:
    if code == "ConflictException" and not any(row["Name"] == "limits" for row in rules.list_configurations()["Configurations"]):
        rules.create_configuration(Name="limits", EngineType="RABBITMQ")
    hold(rules.create_configuration, {"Name": "other", "EngineType": "RABBITMQ"} | changes, code, "", attribute)


DATA = [
    *(("RABBITMQ", *row) for row in test_mq_configurations.DATA_REFUSED),
    *(
        ("ACTIVEMQ", base64.b64encode(text.encode()).decode(), wanted)
        for text, wanted in test_mq_activemq_configurations.DATA_REFUSED
    ),
]


@pytest.mark.parametrize(("engine", "data", "text"), DATA)
def test_data(rules: Any, configuration: Callable[[str], str], engine: str, data: str, text: str) -> None:
    hold(rules.update_configuration, {"ConfigurationId": configuration(engine), "Data": data}, BAD, text, "data")


@pytest.mark.parametrize(("changes", "text", "attribute"), test_mq_replication.REFUSED)
def test_replicas(rules: Any, changes: dict[str, Any], text: str, attribute: str) -> None:
    params = test_mq_replication.REPLICA | {"DataReplicationPrimaryBrokerArn": f"arn:aws:mq:us-west-2:{ACCOUNT}:broker:x:b-1"}
    params |= changes | {"BrokerName": "refused"}
    if params["DataReplicationPrimaryBrokerArn"]:
        params["DataReplicationPrimaryBrokerArn"] = params["DataReplicationPrimaryBrokerArn"].replace("111122223333", ACCOUNT)
    hold(rules.create_broker, params, BAD, text, attribute)
