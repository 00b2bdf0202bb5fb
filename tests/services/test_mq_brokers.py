"""A RabbitMQ broker's life: what Amazon MQ does in the account, when, and what of it shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity
from emulator.services.mq.broker import MOVES, Broker, move
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.conftest import USERS, Create, endpoints, state, without


def test_one_call_makes_role_endpoint_tags_and_logs(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create()
    assert ask("iam:GetRole", RoleName="AWSServiceRoleForAmazonMQ")["Role"]["Path"] == "/aws-service-role/mq.amazonaws.com/"
    assert state(ask, broker) == "CREATION_IN_PROGRESS"
    world.advance(600)
    assert state(ask, broker) == "RUNNING"

    (endpoint,) = endpoints(ask, broker)
    assert {tag["Key"]: tag["Value"] for tag in endpoint["Tags"]} == {"AMQManaged": "true", "Broker": broker}
    assert endpoint["VpcEndpointType"] == "Interface"
    assert endpoint["ServiceName"].startswith("com.amazonaws.vpce.us-east-1.vpce-svc-")
    assert sorted(endpoint["SubnetIds"]) == sorted(network["subnets"])
    assert [group["GroupId"] for group in endpoint["Groups"]] == [network["group"]]
    assert (endpoint["PrivateDnsEnabled"], endpoint["RequesterManaged"]) == (False, False)
    interfaces = ask("ec2:DescribeNetworkInterfaces", NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert len({interface["PrivateIpAddress"] for interface in interfaces}) == 3

    streams = ask("logs:DescribeLogStreams", logGroupName=f"/aws/amazonmq/broker/{broker}/general")["logStreams"]
    assert len(streams) == 3
    assert all(stream["logStreamName"].startswith("rabbit@ip-") for stream in streams)
    lines = ask("logs:FilterLogEvents", logGroupName=f"/aws/amazonmq/broker/{broker}/general")["events"]
    assert any("Server startup complete" in line["message"] for line in lines)


def test_the_journal_tells_who_did_what_by_which_statement(world: World, create: Create, network: dict[str, Any]) -> None:
    broker = create()
    world.advance(600)
    entries = world.journal.select(subject=broker)
    made = next(entry for entry in entries if entry.title == "ec2:CreateVpcEndpoint")
    assert made.principal == f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ"
    rows = [(row["action"], row["resource"].split(":")[-1], row["because"]["statement"]) for row in made.decisions]
    assert rows == [
        ("ec2:CreateVpcEndpoint", f"vpc/{network['vpc']}", 2),
        *(("ec2:CreateVpcEndpoint", f"subnet/{subnet}", 2) for subnet in network["subnets"]),
        ("ec2:CreateVpcEndpoint", f"security-group/{network['group']}", 2),
        ("ec2:CreateVpcEndpoint", "vpc-endpoint/*", 3),
        ("ec2:CreateTags", "vpc-endpoint/*", 4),
    ]
    assert [entry.title for entry in entries if entry.kind == "state" and "vpce-" not in entry.title] == [
        "CREATION_IN_PROGRESS",
        "CREATION_IN_PROGRESS → RUNNING",
    ]
    forward = [entry.title for entry in entries if entry.via == "mq.amazonaws.com"]
    looked = ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"]
    assert forward == [*looked, "iam:CreateServiceLinkedRole"]
    assumed = [entry for entry in entries if entry.title == "sts:AssumeRole"]
    assert [entry.principal for entry in assumed] == ["mq.amazonaws.com"]
    roots = [entry.title for entry in entries if entry.parent is None]
    assert roots == ["mq:CreateBroker"]


def test_the_same_seed_gives_the_same_journal() -> None:
    from emulator import Call, Clock, new_world

    def journal() -> str:
        world = new_world(clock=Clock(frozen_at=1_790_000_000.0), seed="again", pace="real")
        params = {
            "BrokerName": "orders",
            "EngineType": "RABBITMQ",
            "DeploymentMode": "SINGLE_INSTANCE",
            "HostInstanceType": "mq.t3.micro",
            "PubliclyAccessible": False,
            "Logs": {"General": True},
            "Users": USERS,
        }
        world.perform(
            Call(
                service="mq",
                operation="CreateBroker",
                params=params,
                principal=identity.root(ACCOUNT),
                region=REGION,
                partition="aws",
            )
        )
        world.advance(10_000)
        return json.dumps([entry.to_json() for entry in world.journal.select()])

    assert journal() == journal()


def test_a_public_broker_makes_the_role_but_no_endpoint(world: World, ask: Ask, create: Create) -> None:
    broker = create(PubliclyAccessible=True, SubnetIds=None, SecurityGroups=None, Logs=None)
    world.advance(600)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    assert (shown["BrokerState"], shown["SubnetIds"], shown["SecurityGroups"]) == ("RUNNING", [], [])
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] == []
    assert ask("iam:GetRole", RoleName="AWSServiceRoleForAmazonMQ")["Role"]
    assert ask("logs:DescribeLogGroups")["logGroups"] == []
    world.advance(10_000)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(600)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_public_broker_that_names_subnets_keeps_them(ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create(PubliclyAccessible=True, SecurityGroups=None)
    assert ask("mq:DescribeBroker", BrokerId=broker)["SubnetIds"] == network["subnets"]


def test_what_describe_broker_shows(world: World, ask: Ask, create: Create) -> None:
    broker = create(
        Tags={"team": "orders"},
        MaintenanceWindowStartTime={"DayOfWeek": "MONDAY", "TimeOfDay": "03:30"},
        EncryptionOptions={"UseAwsOwnedKey": False},
        EngineVersion="3.13",
    )
    early = ask("mq:DescribeBroker", BrokerId=broker)
    assert (early["BrokerInstances"], early["Configurations"], early["Users"]) == (
        [],
        {"Current": None, "Pending": None, "History": []},
        [],
    )
    world.advance(600)
    shown = ask("mq:DescribeBroker", BrokerId=broker)
    host = f"{broker}.mq.us-east-1.amazonaws.com"
    assert shown["BrokerInstances"] == [{"ConsoleURL": f"https://{host}", "Endpoints": [f"amqps://{host}:5671"]}]
    assert shown["BrokerArn"] == f"arn:aws:mq:us-east-1:{ACCOUNT}:broker:orders:{broker}"
    assert (shown["EngineType"], shown["EngineVersion"], shown["StorageType"]) == ("RabbitMQ", "3.13", "ebs")
    assert shown["AuthenticationStrategy"] == "simple"
    assert shown["Logs"] == {"General": True, "GeneralLogGroup": f"/aws/amazonmq/broker/{broker}/general"}
    assert shown["MaintenanceWindowStartTime"] == {"DayOfWeek": "MONDAY", "TimeOfDay": "03:30", "TimeZone": "UTC"}
    assert shown["EncryptionOptions"]["KmsKeyId"].startswith(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/")
    assert shown["Tags"] == {"team": "orders"}


def test_the_default_network(world: World, ask: Ask, create: Create) -> None:
    single = create("single", DeploymentMode="SINGLE_INSTANCE", SubnetIds=None, SecurityGroups=None)
    cluster = create("cluster", SubnetIds=None, SecurityGroups=None)
    vpc = ask("ec2:DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    assert len(ask("mq:DescribeBroker", BrokerId=single)["SubnetIds"]) == 1
    assert len(ask("mq:DescribeBroker", BrokerId=cluster)["SubnetIds"]) == 3
    world.advance(600)
    assert [endpoint["VpcId"] for endpoint in endpoints(ask, cluster)] == [vpc]


def test_deletion_takes_the_endpoint_and_leaves_the_logs(world: World, ask: Ask, create: Create, network: dict[str, Any]) -> None:
    broker = create()
    world.advance(600)
    with pytest.raises(AwsError, match="DependencyViolation"):
        ask("ec2:DeleteSecurityGroup", GroupId=network["group"])
    assert ask("mq:DeleteBroker", BrokerId=broker) == {"BrokerId": broker}
    assert state(ask, broker) == "DELETION_IN_PROGRESS"
    world.advance(600)
    with pytest.raises(AwsError, match=r"NotFoundException: Cannot find broker ID"):
        state(ask, broker)
    assert endpoints(ask, broker) == []
    ask("ec2:DeleteSecurityGroup", GroupId=network["group"])
    assert ask("logs:DescribeLogGroups")["logGroups"]
    task = ask("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")["DeletionTaskId"]
    world.advance(60)
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_the_role_cannot_go_while_a_broker_is_there(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    task = ask("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")["DeletionTaskId"]
    world.advance(60)
    status = ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)
    arn = f"arn:aws:mq:us-east-1:{ACCOUNT}:broker:orders:{broker}"
    assert status["Status"] == "FAILED"
    assert status["Reason"]["RoleUsageList"] == [{"Region": "us-east-1", "Resources": [arn]}]


@pytest.mark.parametrize("operation", ["RebootBroker", "DeleteBroker"])
def test_what_a_broker_in_the_making_refuses(ask: Ask, create: Create, operation: str) -> None:
    broker = create()
    with pytest.raises(AwsError, match=r"BadRequestException: Broker \[b-.*\] can't be .* in state \[CREATION_IN_PROGRESS\]"):
        ask(f"mq:{operation}", BrokerId=broker)


# Stories of things going wrong ---------------------------------------------------------------------------------------


def make_user(ask: Ask, world: World, *statements: dict[str, Any]) -> Principal:
    user = ask("iam:CreateUser", UserName="dev")["User"]
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    ask("iam:PutUserPolicy", UserName="dev", PolicyName="own", PolicyDocument=document)
    key = ask("iam:CreateAccessKey", UserName="dev")["AccessKey"]["AccessKeyId"]
    found = identity.find_access_key(world, key)
    principal = identity.of_access_key(world, found) if found else None
    assert principal is not None
    assert principal.arn == user["Arn"]
    return principal


MAY_CREATE = {"Effect": "Allow", "Action": ["mq:CreateBroker", "mq:DescribeBroker", "ec2:Describe*"], "Resource": "*"}
MAY_MAKE_ROLE = {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*"}


def test_a_caller_who_may_not_make_the_role(world: World, ask: Ask, create: Create) -> None:
    dev = make_user(ask, world, MAY_CREATE)
    with pytest.raises(AwsError) as refused:
        create(as_=dev)
    assert refused.value.code == "ForbiddenException"
    assert refused.value.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/dev is not authorized to perform: iam:CreateServiceLinkedRole on resource: "
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ "
        "because no identity-based policy allows the iam:CreateServiceLinkedRole action"
    )
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert ask("iam:ListRoles")["Roles"] == []
    denied = world.journal.select(decision="implicitDeny")
    assert [entry.title for entry in denied] == ["iam:CreateServiceLinkedRole"]

    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    broker = create(as_=dev)
    world.advance(600)
    assert state(ask, broker) == "RUNNING"


def test_a_caller_who_may_make_the_role(world: World, ask: Ask, create: Create) -> None:
    broker = create(as_=make_user(ask, world, MAY_CREATE, MAY_MAKE_ROLE))
    world.advance(600)
    assert state(ask, broker) == "RUNNING"


@pytest.mark.parametrize("action", ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"])
def test_a_caller_who_may_not_look_at_the_network(world: World, ask: Ask, create: Create, action: str) -> None:
    deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
    dev = make_user(ask, world, MAY_CREATE, MAY_MAKE_ROLE, deny)
    with pytest.raises(AwsError, match=f"ForbiddenException: .*{action}"):
        create(as_=dev)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert ask("iam:ListRoles")["Roles"] == []


def test_tags_on_creation_need_their_own_permission(world: World, ask: Ask, create: Create) -> None:
    dev = make_user(ask, world, MAY_CREATE, MAY_MAKE_ROLE)
    with pytest.raises(AwsError, match=r"AccessDeniedException: .*mq:CreateTags"):
        create(as_=dev, Tags={"team": "orders"})


@pytest.mark.parametrize(
    ("action", "statement", "missing"),
    [
        ("ec2:CreateTags", 0, "ec2:CreateTags"),
        ("", 2, "ec2:CreateVpcEndpoint"),
        ("", 3, "ec2:CreateVpcEndpoint"),
    ],
)
def test_a_policy_that_lacks_a_statement_ends_the_creation(
    world: World, ask: Ask, create: Create, action: str, statement: int, missing: str
) -> None:
    without(world, action=action or "-", statement=statement)
    broker = create()
    world.advance(600)
    assert state(ask, broker) == "CREATION_FAILED"
    assert endpoints(ask, broker) == []
    (entry,) = world.journal.select(subject=broker, decision="implicitDeny")
    denial = entry.decisions[-1]
    assert (entry.title, denial["action"]) == ("ec2:CreateVpcEndpoint", missing)
    assert f"no identity-based policy allows {missing} on arn:aws:ec2:us-east-1" in denial["explanation"]
    record = world.store.get(Broker, (ACCOUNT, REGION, broker))
    assert record is not None
    assert record.failure.startswith("UnauthorizedOperation: ")
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(600)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_stripped_tag_keeps_the_broker_in_deletion(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    world.advance(600)
    (endpoint,) = endpoints(ask, broker)
    ask("ec2:DeleteTags", Resources=[endpoint["VpcEndpointId"]], Tags=[{"Key": "AMQManaged"}])
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(3 * 3600)
    assert state(ask, broker) == "DELETION_IN_PROGRESS"
    assert len(endpoints(ask, broker)) == 1
    denied = world.journal.select(subject=broker, decision="implicitDeny")
    assert len(denied) > 5
    assert {entry.title for entry in denied} == {"ec2:DeleteVpcEndpoints"}
    assert "it wants ec2:ResourceTag/AMQManaged StringEquals true" in denied[0].decisions[0]["explanation"]

    ask("ec2:CreateTags", Resources=[endpoint["VpcEndpointId"]], Tags=[{"Key": "AMQManaged", "Value": "true"}])
    world.advance(1800)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    assert endpoints(ask, broker) == []


def test_an_endpoint_deleted_while_it_was_made(world: World, ask: Ask, create: Create) -> None:
    broker = create()
    world.advance(31)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoints(ask, broker)[0]["VpcEndpointId"]])
    world.advance(600)
    assert state(ask, broker) == "CREATION_FAILED"


def test_requester_managed_endpoints_refuse_their_customer() -> None:
    from emulator import Call, Clock, new_world

    world = new_world(clock=Clock(frozen_at=1.79e9), seed="x", pace="instant", requester_managed_endpoints=True)

    def ask(action: str, **params: Any) -> dict[str, Any]:
        service, operation = action.split(":")
        root = identity.root(ACCOUNT)
        return world.perform(
            Call(service=service, operation=operation, params=params, principal=root, region=REGION, partition="aws")
        )

    broker = ask(
        "mq:CreateBroker",
        BrokerName="orders",
        EngineType="RABBITMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro",
        PubliclyAccessible=False,
        Users=USERS,
    )["BrokerId"]
    (endpoint,) = ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]
    (refused,) = ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"]
    assert refused["Error"]["Message"].startswith("Operation is not allowed for requester-managed VPC endpoints")
    ask("mq:DeleteBroker", BrokerId=broker)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_an_illegal_move_is_a_mistake(world: World, create: Create) -> None:
    record = world.store.get(Broker, (ACCOUNT, REGION, create()))
    assert record is not None
    with pytest.raises(RuntimeError, match="cannot go from CREATION_IN_PROGRESS to DELETION_IN_PROGRESS"):
        move(world, record, "DELETION_IN_PROGRESS")
    assert {state for moves in MOVES.values() for state in moves} <= set(MOVES)
