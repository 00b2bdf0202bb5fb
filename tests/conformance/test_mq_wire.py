"""Amazon MQ byte for byte: API Gateway's headers, camelCase bodies, statuses and errors, and the sentences recorded on AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape

from emulator.values.clock import parse_iso8601
from tests.conformance.test_mq_operations import mq, refused
from tests.conformance.wire import Answer, Keys, Request
from tests.services.mq_worlds import ACTIVEMQ, PASSWORD, RABBITMQ

Client = Callable[..., Any]
Signed = Callable[..., Answer]
TAGS = "/v1/tags/arn%3Aaws%3Amq%3Aus-east-1%3A{account}%3Abroker%3Aorders%3A{broker}"
__all__ = ["mq"]

# The envelope --------------------------------------------------------------------------------------------------------


@pytest.fixture
def over_the_wire(signed: Signed) -> Callable[..., Answer]:
    """``over_the_wire("POST", "/v1/brokers", {…})``: the answer to a raw request of Amazon MQ's."""

    def ask(method: str, path: str, body: dict[str, Any] | None = None, *, query: str = "", keys: Keys | None = None) -> Answer:
        sent = b"" if body is None else json.dumps(body).encode()
        return signed("mq", Request(method=method, path=path, query=query, body=sent), keys=keys)

    return ask


Wire = Callable[..., Answer]


def headers(answer: Answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def lowered(value: Any) -> Any:
    """A request of boto3's in the wire's spelling."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: lowered(one) for name, one in value.items()}
    return [lowered(one) for one in value] if isinstance(value, list) else value


def assert_envelope(answer: Answer) -> None:
    """The headers that API Gateway gives every answer (A.1)."""
    told = headers(answer)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", told["x-amzn-requestid"])
    assert re.fullmatch(r"[\w-]{15}=", told["x-amz-apigw-id"])
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", told["x-amzn-trace-id"])
    assert told["content-type"] == "application/json"
    assert told["cache-control"] == "no-cache; no-store, must-revalidate, private"
    assert (told["expires"], told["pragma"]) == ("0", "no-cache")


def assert_error(answer: Answer, status: int, code: str, body: dict[str, Any]) -> None:
    assert_envelope(answer)
    assert (answer.status, headers(answer)["x-amzn-errortype"]) == (status, code)
    assert json.loads(answer.body) == body


def test_an_answer(over_the_wire: Wire) -> None:
    answer = over_the_wire("POST", "/v1/brokers", lowered(ACTIVEMQ))
    assert_envelope(answer)
    assert (answer.status, set(json.loads(answer.body))) == (200, {"brokerArn", "brokerId"})


def unmodelled(value: Any, shape: Shape, at: str = "") -> Iterator[str]:
    """Where a body has a member that the model does not spell like that."""
    if isinstance(shape, StructureShape):
        members = {one.serialization.get("name", name): one for name, one in shape.members.items()}
        for name, one in value.items():
            yield from unmodelled(one, members[name], f"{at}.{name}") if name in members else [f"{at}.{name}"]
    elif isinstance(shape, ListShape):
        for one in value:
            yield from unmodelled(one, shape.member, f"{at}[]")


@pytest.mark.parametrize("base", [ACTIVEMQ, RABBITMQ], ids=["ActiveMQ", "RabbitMQ"])
def test_bodies_are_camel_case(over_the_wire: Wire, base: dict[str, Any]) -> None:
    broker = json.loads(over_the_wire("POST", "/v1/brokers", lowered(base)).body)["brokerId"]
    body = json.loads(over_the_wire("GET", f"/v1/brokers/{broker}").body)
    model = botocore.session.get_session().get_service_model("mq")
    assert list(unmodelled(body, model.operation_model("DescribeBroker").output_shape)) == []
    assert {"consoleURL", "endpoints"} <= set(body["brokerInstances"][0])
    assert ("ipAddress" in body["brokerInstances"][0]) == (body["engineType"] == "ActiveMQ")
    assert body["created"] == json.loads(over_the_wire("GET", "/v1/brokers").body)["brokerSummaries"][0]["created"]
    assert parse_iso8601(body["created"]) > 0
    spelt = ("engineType", "authenticationStrategy", "storageType", "deploymentMode", "brokerState")
    shown = {"ActiveMQ": ["ActiveMQ", "simple", "efs"], "RabbitMQ": ["RabbitMQ", "simple", "ebs"]}[body["engineType"]]
    assert [body[name] for name in spelt] == [*shown, "SINGLE_INSTANCE", "RUNNING"]


def test_tags_answer_with_nothing(over_the_wire: Wire, account: str) -> None:
    broker = json.loads(over_the_wire("POST", "/v1/brokers", lowered(RABBITMQ)).body)["brokerId"]
    path = TAGS.format(account=account, broker=broker)
    for answer in (
        over_the_wire("POST", path, {"tags": {"team": "orders"}}),
        over_the_wire("DELETE", path, query="tagKeys=team"),
    ):
        assert (answer.status, answer.body) == (204, b"")
        assert headers(answer)["x-amzn-requestid"]
    assert json.loads(over_the_wire("GET", path).body) == {"tags": {}}


def test_errors(over_the_wire: Wire, account: str) -> None:
    text = "Cannot find broker ID [b-1]. Verify that your broker exists or check broker permissions."
    missing = {"errorAttribute": "broker-id", "message": text}
    assert_error(over_the_wire("GET", "/v1/brokers/b-1"), 404, "NotFoundException", missing)
    name = {"errorAttribute": "brokerName", "message": "Make sure your Broker name only contains valid characters."}
    bad = lowered(RABBITMQ | {"BrokerName": "no spaces"})
    assert_error(over_the_wire("POST", "/v1/brokers", bad), 400, "BadRequestException", name)
    assert over_the_wire("POST", "/v1/brokers", lowered(RABBITMQ)).status == 200
    taken = {
        "errorAttribute": "brokerName",
        "message": "Broker named [orders] already exists. Specify a unique broker name.",
    }
    assert_error(over_the_wire("POST", "/v1/brokers", lowered(RABBITMQ)), 409, "ConflictException", taken)


def test_tags_of_an_unknown_resource(over_the_wire: Wire, account: str) -> None:
    """Without errorAttribute, in whatever operation."""
    path = TAGS.format(account=account, broker="b-1")
    for answer in (
        over_the_wire("GET", path),
        over_the_wire("POST", path, {"tags": {"team": "orders"}}),
        over_the_wire("DELETE", path, query="tagKeys=team"),
    ):
        assert_error(answer, 404, "NotFoundException", {"message": "Resource was not found"})


def test_the_gateway_denies(over_the_wire: Wire, client: Client) -> None:
    """A caller without rights never gets to the service: AccessDeniedException, which its model does not have (B.3)."""
    iam = client("iam")
    arn = iam.create_user(UserName="dev")["User"]["Arn"]
    made = iam.create_access_key(UserName="dev")["AccessKey"]
    broker = json.loads(over_the_wire("POST", "/v1/brokers", lowered(RABBITMQ)).body)
    dev = Keys(made["AccessKeyId"], made["SecretAccessKey"])
    for path, action, where in (
        ("/v1/brokers", "mq:ListBrokers", ""),
        (f"/v1/brokers/{broker['brokerId']}", "mq:DescribeBroker", f" on resource: {broker['brokerArn']}"),
    ):
        text = (
            f"User: {arn} is not authorized to perform: {action}{where} "
            f"because no identity-based policy allows the {action} action"
        )
        assert_error(over_the_wire("GET", path, keys=dev), 403, "AccessDeniedException", {"Message": text})


# The sentences recorded on AWS (A.4) ---------------------------------------------------------------------------------


class Network:
    """Two VPCs of a test's account, without an internet gateway, with two subnets each; and the default one."""

    def __init__(self, ec2: Any) -> None:
        self.subnets, self.groups, self.vpcs = [], [], []
        for row in (1, 2):
            vpc = ec2.create_vpc(CidrBlock=f"10.{row}.0.0/16")["Vpc"]["VpcId"]
            self.vpcs.append(vpc)
            self.groups.append(ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g")["GroupId"])
            for place, zone in enumerate("ab"):
                made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{row}.{place}.0/24", AvailabilityZone=f"us-east-1{zone}")
                self.subnets.append(made["Subnet"]["SubnetId"])

    def fill(self, params: dict[str, Any]) -> dict[str, Any]:
        """Parameters whose subnets and groups are given by number."""
        there = {"SubnetIds": self.subnets, "SecurityGroups": self.groups}
        return {name: [there[name][number] for number in value] if name in there else value for name, value in params.items()}


PRIVATE = RABBITMQ | {"PubliclyAccessible": False}
PUBLIC_ACTIVEMQ = ACTIVEMQ | {"PubliclyAccessible": True}
COPY = {"Username": "copy", "Password": PASSWORD, "ReplicationUser": True, "ConsoleAccess": True}
ONLY_ONE = "Subnets and security groups must belong to the default VPC when only one is provided."
ONE_VPC = "Subnets must belong to the same VPC."
CREATIONS: list[Any] = [
    (PRIVATE, {"SubnetIds": [0]}, ONLY_ONE, "subnetIds"),
    (PRIVATE, {"SecurityGroups": [0]}, ONLY_ONE, "subnetIds"),
    (PRIVATE, {"DeploymentMode": "CLUSTER_MULTI_AZ", "SubnetIds": [0, 3], "SecurityGroups": [0]}, ONE_VPC, "subnetIds"),
    (ACTIVEMQ, {"SubnetIds": [0]}, ONLY_ONE, "subnetIds"),
    (ACTIVEMQ, {"SecurityGroups": [0]}, ONLY_ONE, "subnetIds"),
    (
        ACTIVEMQ,
        {"DeploymentMode": "ACTIVE_STANDBY_MULTI_AZ", "SubnetIds": [0, 3], "SecurityGroups": [0]},
        ONE_VPC,
        "subnetIds",
    ),
    (
        RABBITMQ,
        {"SecurityGroups": [0]},
        "Broker with [publiclyAccessible] set to true does not support specifying [securityGroups]",
        "securityGroups",
    ),
    (RABBITMQ, {"Logs": {"Audit": True}}, "Audit logging is not supported for RabbitMQ brokers.", "logs.audit"),
    (RABBITMQ, {"Logs": {"Audit": False}}, "Audit logging is not supported for RabbitMQ brokers.", "logs.audit"),
    (
        PUBLIC_ACTIVEMQ,
        {"SubnetIds": [0], "SecurityGroups": [0]},
        "The VPC associated with the provided subnets must have an available internet gateway attachment.",
        "subnetIds",
    ),
    (
        ACTIVEMQ,
        {"Users": [COPY]},
        "Replication user couldn't have console access. [replicationUser] and [consoleAccess] are mutually exclusive parameters.",
        None,
    ),
    (
        ACTIVEMQ,
        {"SubnetIds": [0, 1], "SecurityGroups": [0]},
        "Broker with deployment mode [SINGLE_INSTANCE] requires exactly one subnet.",
        "subnetIds",
    ),
]
"""A good request, what is wrong with it (subnets 0 and 1 are in one VPC, 2 and 3 in another), the whole text, errorAttribute."""


@pytest.mark.parametrize(("base", "changes", "text", "attribute"), CREATIONS)
def test_creation(
    mq: Any, client: Client, base: dict[str, Any], changes: dict[str, Any], text: str, attribute: str | None
) -> None:
    asked = Network(client("ec2")).fill(base | changes)
    wanted = {"code": "BadRequestException", "status": 400, "text": text, "attribute": attribute}
    assert refused(mq.create_broker, **asked) == wanted
    assert mq.list_brokers()["BrokerSummaries"] == []
    assert client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    assert client("iam").list_roles()["Roles"] == []


def test_a_public_broker_without_a_route_to_its_gateway(mq: Any, client: Client) -> None:
    ec2 = client("ec2")
    network = Network(ec2)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=network.vpcs[0], InternetGatewayId=gateway)
    asked = network.fill(PUBLIC_ACTIVEMQ | {"SubnetIds": [0], "SecurityGroups": [0]})
    answer = refused(mq.create_broker, **asked)
    assert answer["text"] == f"The subnet ID '{network.subnets[0]}' does not exist"
    assert (answer["status"], answer["attribute"]) == (400, "subnetIds")


@pytest.mark.parametrize(
    ("changes", "text", "attribute"),
    [
        ({"SecurityGroups": [0]}, "Changing security groups is not supported for RabbitMQ brokers.", "securityGroups"),
        ({"Logs": {"Audit": True}}, "Audit logs are not supported for RabbitMQ brokers.", "logs.audit"),
        ({"Logs": {"Audit": False}}, "Audit logs are not supported for RabbitMQ brokers.", "logs.audit"),
    ],
)
def test_updates_of_rabbitmq(mq: Any, client: Client, changes: dict[str, Any], text: str, attribute: str) -> None:
    asked = Network(client("ec2")).fill(changes)
    broker = mq.create_broker(**RABBITMQ)["BrokerId"]
    wanted = {"code": "BadRequestException", "status": 400, "text": text, "attribute": attribute}
    assert refused(mq.update_broker, BrokerId=broker, **asked) == wanted


@pytest.mark.parametrize("base", [ACTIVEMQ, PRIVATE], ids=["ActiveMQ", "RabbitMQ"])
@pytest.mark.parametrize("given", [{}, {"SubnetIds": [0]}, {"SecurityGroups": [0]}], ids=["neither", "subnets", "groups"])
def test_without_a_default_vpc(mq: Any, client: Client, base: dict[str, Any], given: dict[str, Any]) -> None:
    ec2 = client("ec2")
    (default,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    network = Network(ec2)
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [default["VpcId"]]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        ec2.detach_internet_gateway(VpcId=default["VpcId"], InternetGatewayId=gateway["InternetGatewayId"])
    ec2.delete_vpc(VpcId=default["VpcId"])
    text = "Default VPC not found. Subnet and/or security group IDs may be omitted only if a default VPC exists."
    wanted = {"code": "BadRequestException", "status": 400, "text": text, "attribute": None}
    assert refused(mq.create_broker, **network.fill(base | given)) == wanted
    both = {"SubnetIds": [0], "SecurityGroups": [0]}
    assert mq.create_broker(**network.fill(base | both))["BrokerId"]
