"""No secret that a call takes or gives is in the journal, whatever becomes of the call."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.engine.redaction import redact
from emulator.services import SERVICES
from emulator.shapes.model import Model, Shape, model
from tests.conftest import ACCOUNT, Ask
from tests.services.test_faults import allow, create_broker, user

PLANTED = "planted-Secret-0123456789"
LDAP = {
    "Hosts": ["ldap.example.com"],
    "RoleBase": "dc=example",
    "RoleSearchMatching": "(member={0})",
    "ServiceAccountUsername": "cn=broker",
    "ServiceAccountPassword": PLANTED,
    "UserBase": "dc=example",
    "UserSearchMatching": "(uid={0})",
}
BROKER: dict[str, Any] = {
    "BrokerName": "planted",
    "DeploymentMode": "SINGLE_INSTANCE",
    "EngineType": "RABBITMQ",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "Users": [{"Username": "orders", "Password": PLANTED}],
}
DATA = base64.b64encode(f"# {PLANTED}\nconsumer_timeout = 1000000\n".encode()).decode()


def told(world: World) -> str:
    """Everything that the journal keeps of its entries."""
    return json.dumps([[entry.to_json(), entry.result, entry.error] for entry in world.journal.select()], default=str)


def tried(ask: Ask, action: str, **params: Any) -> dict[str, Any]:
    with suppress(AwsError):
        return ask(action, **params)
    return {}


def test_passwords_and_configurations(world: World, ask: Ask) -> None:
    broker = str(ask("mq:CreateBroker", **BROKER)["BrokerId"])
    active = {**BROKER, "EngineType": "ACTIVEMQ", "BrokerName": "active", "LdapServerMetadata": LDAP}
    tried(ask, "mq:CreateBroker", **active)
    tried(ask, "mq:CreateBroker", **{**active, "AuthenticationStrategy": "LDAP", "Users": []})
    tried(ask, "mq:CreateBroker", **{**BROKER, "BrokerName": "short", "Users": [{"Username": "o", "Password": f"{PLANTED},"}]})
    tried(ask, "mq:UpdateBroker", BrokerId=broker, LdapServerMetadata=LDAP)
    for action in ("mq:CreateUser", "mq:UpdateUser"):
        tried(ask, action, BrokerId=broker, Username="somebody", Password=PLANTED)
    made = ask("mq:CreateConfiguration", Name="c", EngineType="RABBITMQ", EngineVersion="3.13")
    for data in (DATA, base64.b64encode(f"nonsense = {PLANTED}".encode()).decode()):
        tried(ask, "mq:UpdateConfiguration", ConfigurationId=made["Id"], Data=data)
    world.advance(600)
    said = told(world)
    assert PLANTED not in said
    assert DATA not in said
    assert said.count("***") >= 8


def test_keys_and_tokens(world: World, ask: Ask) -> None:
    somebody = user(world, ask)
    ask("iam:PutUserPolicy", UserName="u", PolicyName="p", PolicyDocument=allow("sts:*"))
    trust = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}'
    ask("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)
    given = [
        ask("iam:CreateAccessKey", UserName="u")["AccessKey"],
        ask("sts:GetSessionToken", as_=somebody)["Credentials"],
        ask("sts:GetFederationToken", as_=somebody, Name="fed")["Credentials"],
        ask("sts:AssumeRole", as_=somebody, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="session")["Credentials"],
    ]
    create_broker(ask)
    world.advance(600)
    said = told(world)
    for one in given:
        assert one["SecretAccessKey"] not in said
        assert one.get("SessionToken", "not there") not in said
    assert given[0]["AccessKeyId"] in said, "ids are no secrets"
    assert said.count("***") >= 4


def sensitive(of: Model, shape: Shape, name: str, seen: frozenset[str]) -> Iterator[str]:
    """The names of the members below a shape that AWS's model marks as sensitive."""
    if shape.get("sensitive"):
        yield name
    elif shape["type"] == "structure":
        for member, reference in shape["members"].items():
            if reference["shape"] not in seen:
                yield from sensitive(of, of.member(reference), member, seen | {reference["shape"]})
    elif shape["type"] == "list":
        yield from sensitive(of, of.member(shape["member"]), name, seen)


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_what_the_models_mark_is_redacted(service: str) -> None:
    of = model(service)
    names = {"iam", "sts", "mq", "logs"} & {service}
    chosen = of.operations if names else SERVICES_BY_NAME[service]
    found = set()
    for name in chosen:
        operation = of.operations[name]
        for shape in (operation.input, operation.output):
            found |= set(sensitive(of, shape, "", frozenset())) if shape else set()
    for name in found:
        assert redact({name: PLANTED}) == {name: "***"}, name


SERVICES_BY_NAME = {service.name: service.operations for service in SERVICES}
