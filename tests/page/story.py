"""What the pages are shown with: brokers that run, come up and failed, in a served emulator whose clock stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config as ClientConfig

from emulator import Clock, new_world
from emulator.config import Config
from emulator.server import Server

ACCOUNT, REGION = "111122223333", "us-east-1"
START = 1_790_000_000.0
POLICY = "policy/aws-service-role/AmazonMQServiceRolePolicy"
WHERE = f"account={ACCOUNT}&region={REGION}"


@contextmanager
def serving() -> Iterator[Server]:
    """An emulator at AWS's own pace, standing still until it is moved."""
    with Server(Config(port=0, pace="real"), new_world(clock=Clock(frozen_at=START), seed="page", pace="real")) as server:
        yield server


def ask(server: Server, action: str, *, account: str = ACCOUNT, **params: Any) -> dict[str, Any]:
    """A call of boto3 as the account's root: ``ask(server, "mq.create_broker", BrokerName=…)``."""
    service, operation = action.split(".")
    client = boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=server.url,
        aws_access_key_id=account,
        aws_secret_access_key="any",
        config=ClientConfig(retries={"total_max_attempts": 1}, proxies={}),
    )
    with closing(client):
        answer: dict[str, Any] = getattr(client, operation)(**params)
    return answer


def create(server: Server, name: str, **more: Any) -> str:
    given = {
        "BrokerName": name,
        "EngineType": "RABBITMQ",
        "DeploymentMode": "CLUSTER_MULTI_AZ",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": False,
        "Logs": {"General": True},
        "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
    }
    return str(ask(server, "mq.create_broker", **given | more)["BrokerId"])


def role_policy(server: Server, tag: str) -> str:
    """AWS's text of the role's policy, but for the value that the endpoint's tag must have."""
    document = json.loads(server.world.managed[POLICY].document)
    document["Statement"][2]["Condition"]["StringEquals"]["aws:RequestTag/AMQManaged"] = tag
    return json.dumps(document, indent=2)


@dataclass(frozen=True)
class Story:
    """Ids of brokers, and where the last denial stands."""

    running: str
    failed: str
    coming: str
    entry: int
    decision: int

    def pages(self) -> dict[str, str]:
        """Every page by name, as an address under ``/_emulator/``."""
        role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
        question = f"principal={role}&action=ec2:CreateVpcEndpoint&resource=arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint/*"
        return {
            "overview": f"?{WHERE}",
            "broker": f"page/broker/{self.coming}?{WHERE}",
            "broker-running": f"page/broker/{self.running}?{WHERE}",
            "broker-failed": f"page/broker/{self.failed}?{WHERE}",
            "journal": f"page/journal?{WHERE}",
            "journal-list": f"page/journal?{WHERE}&view=list&outcome=denied",
            "entry": f"page/journal/{self.entry}?{WHERE}",
            "decision": f"page/journal/{self.entry}/{self.decision}?{WHERE}",
            "role": f"page/role?{WHERE}",
            "try-it": f"page/try?{WHERE}&{question}",
            "logs": f"page/logs?{WHERE}",
            "log-events": f"page/logs/events?{WHERE}&group=/aws/amazonmq/broker/{self.running}/general",
            "error": f"page/nothing?{WHERE}",
        }


def play(server: Server) -> Story:
    """One broker that runs, one that could not have its endpoint, and one that comes up; and a fault that waits."""
    world = server.world
    running = create(server, "orders")
    world.advance(5400)
    world.edit_managed_policy(ACCOUNT, f"arn:aws:iam::aws:{POLICY}", role_policy(server, "yes"))
    failed = create(server, "invoices")
    world.advance(60)
    world.edit_managed_policy(ACCOUNT, f"arn:aws:iam::aws:{POLICY}", None)
    coming = create(server, "payments")
    world.advance(100)
    denied = world.journal.select(decision="implicitDeny")[-1]
    number = next(number for number, decision in enumerate(denied.decided, 1) if not decision.is_allowed)
    return Story(running, failed, coming, denied.id, number)
