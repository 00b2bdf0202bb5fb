"""The calls that the load benchmark makes, as bytes that a real SDK has signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from time import time  # noqa: TID251  # a foreign server knows no other clock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

REGION = "us-east-1"
ENDPOINTS = 10
"""VPC endpoints that DescribeVpcEndpoints lists."""
EVENTS = 10
"""Events of 100 characters in one PutLogEvents."""
ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class _Caught(Exception):  # noqa: N818  # it carries a request out of botocore, nothing failed
    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request


@dataclass(frozen=True)
class Account:
    """A user with every right, whose calls a server verifies and authorises."""

    url: str
    key: str
    secret: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=ClientConfig(retries={"total_max_attempts": 1}, proxies={}, parameter_validation=False, read_timeout=600),
        )

    def signed(self, service: str, operation: str, every: Sequence[dict[str, Any]]) -> list[bytes]:
        """One request, as it goes over the wire, for each set of parameters."""
        client = self.client(service)
        client.meta.events.register_last("before-send", _catch)
        return [_bytes(client, operation, params) for params in every]


def _catch(request: Any, **_: Any) -> None:
    raise _Caught(request)


def _bytes(client: Any, operation: str, params: dict[str, Any]) -> bytes:
    try:
        getattr(client, operation)(**params)
    except _Caught as caught:
        request = caught.request
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        parts = urlsplit(request.url)
        headers = {**dict(request.headers.items()), "Host": parts.netloc, "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value.decode() if isinstance(value, bytes) else value}\r\n" for name, value in headers.items())
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body
    raise AssertionError("botocore sent nothing")


@dataclass(frozen=True)
class Load:
    """One kind of call: ``batch(account, number)`` gives as many requests."""

    name: str
    batch: Callable[[Account, int], list[bytes]]
    follow: Callable[[Account, list[bytes]], list[bytes]] | None = None
    """The requests that undo a batch, from its answers; they count too."""
    is_writing: bool = False


def _repeated(service: str, operation: str, params: Callable[[Account], dict[str, Any]]) -> Callable[[Account, int], list[bytes]]:
    return lambda account, number: account.signed(service, operation, [params(account)]) * number


_broker_numbers = iter(range(10**9))


def broker() -> dict[str, Any]:
    return {
        "BrokerName": f"load-{next(_broker_numbers)}",
        "DeploymentMode": "SINGLE_INSTANCE",
        "EngineType": "RABBITMQ",
        "EngineVersion": "3.13",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": True,
        "AutoMinorVersionUpgrade": True,
        "Users": [{"Username": "load-user", "Password": "correct-horse-battery"}],
    }


@cache
def _vpc(account: Account, block: str) -> str:
    return str(account.client("ec2").create_vpc(CidrBlock=block)["Vpc"]["VpcId"])


def _endpoint(vpc: str) -> dict[str, Any]:
    service = f"com.amazonaws.{REGION}.logs"
    return {"VpcId": vpc, "ServiceName": service, "VpcEndpointType": "Interface", "PrivateDnsEnabled": False}


def _created(account: Account) -> dict[str, Any]:
    return _endpoint(_vpc(account, "10.1.0.0/16"))


def _delete_endpoints(account: Account, answers: list[bytes]) -> list[bytes]:
    ids = [answer.partition(b"<vpcEndpointId>")[2].partition(b"<")[0].decode() for answer in answers]
    return account.signed("ec2", "delete_vpc_endpoints", [{"VpcEndpointIds": [one]} for one in ids])


@cache
def _listed(account: Account) -> dict[str, Any]:
    """Ten endpoints, by their ids."""
    ec2 = account.client("ec2")
    made = [ec2.create_vpc_endpoint(**_endpoint(_vpc(account, "10.2.0.0/16"))) for _ in range(ENDPOINTS)]
    return {"VpcEndpointIds": [one["VpcEndpoint"]["VpcEndpointId"] for one in made]}


_instants = count(int(time() * 1000) - 3_600_000, EVENTS)
"""When events happen, in milliseconds: later from batch to batch."""


def _events(account: Account, number: int) -> list[bytes]:
    """Batches as an agent sends them, each after the one before."""
    logs = account.client("logs")
    for make, names in ((logs.create_log_group, {}), (logs.create_log_stream, {"logStreamName": "load"})):
        with suppress(ClientError):  # there from the round before
            make(logGroupName="load", **names)
    batches = [range(at, at + EVENTS) for at in islice(_instants, number)]
    place = {"logGroupName": "load", "logStreamName": "load"}
    events = [[{"timestamp": at, "message": f"event {at} ".ljust(100, ".")} for at in batch] for batch in batches]
    return account.signed("logs", "put_log_events", [{**place, "logEvents": one} for one in events])


def _role(account: Account) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with suppress(ClientError):
        account.client("iam").create_role(RoleName="load", AssumeRolePolicyDocument=trust)
    return {"RoleName": "load"}


def _described(account: Account) -> dict[str, Any]:
    return {"BrokerId": account.client("mq").create_broker(**broker())["BrokerId"]}


LOADS = (
    Load("GetCallerIdentity", _repeated("sts", "get_caller_identity", lambda _: {})),
    Load("GetRole", _repeated("iam", "get_role", _role)),
    Load("DescribeVpcEndpoints", _repeated("ec2", "describe_vpc_endpoints", _listed)),
    Load(
        "Create+DeleteVpcEndpoint",
        _repeated("ec2", "create_vpc_endpoint", _created),
        _delete_endpoints,
        is_writing=True,
    ),
    Load("PutLogEvents", _events, is_writing=True),
    Load("DescribeBroker", _repeated("mq", "describe_broker", _described)),
    Load(
        "CreateBroker",
        lambda account, number: account.signed("mq", "create_broker", [broker() for _ in range(number)]),
        is_writing=True,
    ),
)
