"""A service acting through its service-linked role."""

from __future__ import annotations

import pytest

from emulator import AwsError, World
from emulator.engine import identity
from emulator.engine.identity import Session
from emulator.services.mq import endpoint
from emulator.services.mq.broker import LINKED_ROLE, Broker
from tests.conftest import ACCOUNT, REGION, START, Ask


def test_without_the_role_it_is_denied(world: World) -> None:
    with pytest.raises(AwsError, match=r"AccessDenied: User: mq\.amazonaws\.com is not authorized to perform: sts:AssumeRole"):
        world.acting_as(LINKED_ROLE, ACCOUNT, REGION)


def test_a_session_is_used_until_it_expires(world: World, ask: Ask) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    first = world.session_of(LINKED_ROLE, ACCOUNT, REGION)
    world.advance(3599)
    assert world.session_of(LINKED_ROLE, ACCOUNT, REGION) == first
    world.advance(1)
    assert world.session_of(LINKED_ROLE, ACCOUNT, REGION) != first


def test_old_sessions_are_forgotten(world: World, ask: Ask) -> None:
    """They are refused as expired for a day; a world that runs for long does not gather them."""
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    opened = []
    for _ in range(100):
        opened.append(world.session_of(LINKED_ROLE, ACCOUNT, REGION).id)
        world.advance(3600)
    kept = [session.id for session in world.store.find(Session, ACCOUNT, "")]
    assert kept == opened[-26:]


def test_a_role_made_again_is_assumed_again(world: World, ask: Ask) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    first = world.acting_as(LINKED_ROLE, ACCOUNT, REGION)
    ask("iam:DeleteServiceLinkedRole", RoleName=LINKED_ROLE.name)
    world.advance(60)
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    assert world.acting_as(LINKED_ROLE, ACCOUNT, REGION).id != first.id


def test_a_session_that_is_not_there_is_a_mistake(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    monkeypatch.setattr(identity, "find_session", lambda *_: None)
    with pytest.raises(RuntimeError, match="a session that does not exist"):
        world.acting_as(LINKED_ROLE, ACCOUNT, REGION)
    monkeypatch.undo()
    monkeypatch.setattr(identity, "of_session", lambda *_: None)
    with pytest.raises((RuntimeError, AwsError)):
        world.acting_as(LINKED_ROLE, ACCOUNT, REGION)


def test_a_deletion_that_ec2_refuses_is_an_error_of_the_step(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """EC2 answers 200 with a list of what it did not delete; the step must not take that for success."""
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    group = ask("ec2:DescribeSecurityGroups")["SecurityGroups"][0]
    gone = ask(
        "ec2:CreateVpcEndpoint",
        VpcEndpointType="Interface",
        VpcId=group["VpcId"],
        ServiceName=f"com.amazonaws.{REGION}.sqs",
        PrivateDnsEnabled=False,
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "AMQManaged", "Value": "true"}]}],
    )["VpcEndpoint"]["VpcEndpointId"]
    world.advance(100)
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[gone])
    world.advance(61)
    broker = Broker(
        account=ACCOUNT,
        region=REGION,
        id="b-1",
        engine="RABBITMQ",
        name="orders",
        arn=f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:orders:b-1",
        state="DELETION_IN_PROGRESS",
        created=START,
        token=None,
        engine_version="4.3",
        deployment_mode="SINGLE_INSTANCE",
        instance_type="mq.t3.micro",
        is_public=False,
        endpoint_id=gone,
    )
    monkeypatch.setattr(endpoint, "_live", lambda *_: [{"VpcEndpointId": gone}])
    with pytest.raises(AwsError, match=r"InvalidVpcEndpoint\.NotFound"):
        endpoint.delete_endpoint(world, broker)
