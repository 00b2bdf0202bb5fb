"""Authorisation: the keys of a request, whose policies count, denials in each service's words, encoded messages."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from msgspec.structs import replace

from emulator import AwsError, Call, Clock, Principal, World, new_world
from emulator.engine import identity
from emulator.engine.authorize import (
    MESSAGE_LIFE,
    authorize,
    decide_need,
    decode_message,
    denied,
    encode_message,
)
from emulator.engine.identity import Role, User
from emulator.values.call import Need
from tests.conftest import ACCOUNT, REGION, START

VPC = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def user(world: World, **more: Any) -> Principal:
    arn = f"arn:aws:iam::{ACCOUNT}:user/ops/Ada"
    facts: dict[str, Any] = {"name": "Ada", "path": "/ops/", "unique_id": "AIDAADAEXAMPLE000001", "arn": arn, "created": START}
    world.store.put(User(account=ACCOUNT, region="", id="ada", **facts, **more))
    return Principal("user", ACCOUNT, arn, "AIDAADAEXAMPLE000001", entity=arn)


def session(world: World, **more: Any) -> Principal:
    arn, number = f"arn:aws:iam::{ACCOUNT}:role/ci", "AROACIEXAMPLE0000001"
    facts: dict[str, Any] = {"name": "ci", "path": "/", "unique_id": number, "arn": arn, "created": START, "trust": "{}"}
    world.store.put(Role(account=ACCOUNT, region="", id="ci", **facts, **more))
    shown = f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/run"
    return Principal("session", ACCOUNT, shown, f"{number}:run", entity=arn, issued_at=START - 60)


def call(principal: Principal, action: str = "ec2:CreateVpc", **facts: Any) -> Call:
    service, operation = action.split(":")
    facts = {"source_ip": "203.0.113.7", "user_agent": "tests", **facts}
    return Call(service=service, operation=operation, params={}, principal=principal, region=REGION, partition="aws", **facts)


def keys_of(world: World, asked: Call) -> dict[str, str | list[str]]:
    """What a decision on a call goes by: the keys that every request carries, in lower case, and whose the resource is."""
    context = dict(decide_need(world, asked, Need(asked.action, "*")).context)
    assert context.pop("aws:resourceaccount") == asked.account
    return context


# Keys ------------------------------------------------------------------------------------------------------------------


def test_the_keys_of_a_user(world: World) -> None:
    assert keys_of(world, call(user(world, tags={"Team": "blue"}))) == {
        "aws:principalaccount": ACCOUNT,
        "aws:userid": "AIDAADAEXAMPLE000001",
        "aws:requestedregion": REGION,
        "aws:securetransport": "false",
        "aws:currenttime": "2026-09-21T14:13:20Z",
        "aws:epochtime": "1790000000",
        "aws:viaawsservice": "false",
        "aws:sourceip": "203.0.113.7",
        "aws:useragent": "tests",
        "aws:principalarn": f"arn:aws:iam::{ACCOUNT}:user/ops/Ada",
        "aws:principaltype": "User",
        "aws:principalisawsservice": "false",
        "aws:username": "Ada",
        "aws:principaltag/team": "blue",
    }


def test_the_keys_of_a_session_are_its_roles(world: World) -> None:
    keys = keys_of(world, call(session(world, tags={"Team": "red"}), source_ip="", user_agent="", is_secure=True))
    assert keys["aws:principalarn"] == f"arn:aws:iam::{ACCOUNT}:role/ci"
    assert keys["aws:principaltype"] == "AssumedRole"
    assert keys["aws:principaltag/team"] == "red"
    assert (keys["aws:tokenissuetime"], keys["aws:multifactorauthpresent"]) == ("2026-09-21T14:12:20Z", "false")
    assert keys["aws:securetransport"] == "true"
    assert not {"aws:username", "aws:sourceip", "aws:useragent"} & set(keys)


def test_a_service_linked_roles_session_is_no_service(world: World) -> None:
    """Section H of the behaviour reference."""
    caller = replace(session(world), invoked_by="mq.amazonaws.com")
    assert not {"aws:principalisawsservice", "aws:calledvia"} & set(keys_of(world, call(caller)))


def test_the_keys_of_root_and_of_a_service(world: World) -> None:
    root = keys_of(world, call(identity.root(ACCOUNT)))
    assert (root["aws:principaltype"], root["aws:principalarn"]) == ("Account", f"arn:aws:iam::{ACCOUNT}:root")
    assert "aws:username" not in root
    service = keys_of(world, call(identity.service("mq.amazonaws.com", ACCOUNT)))
    assert service["aws:principalisawsservice"] == "true"
    assert service["aws:principalservicename"] == "mq.amazonaws.com"
    assert "aws:principalarn" not in service


def test_the_keys_of_forward_access(world: World) -> None:
    keys = keys_of(world, call(user(world), via="mq.amazonaws.com"))
    assert keys["aws:viaawsservice"] == "true"
    assert keys["aws:calledvia"] == ["mq.amazonaws.com"]
    assert keys["aws:calledviafirst"] == keys["aws:calledvialast"] == "mq.amazonaws.com"


def test_the_needs_own_keys_come_on_top(world: World) -> None:
    condition = {"StringEquals": {"AWS:sourceIP": "x", "aws:requesttag/team": "blue", "aws:ResourceAccount": ACCOUNT}}
    policy = document({"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": condition})
    caller = user(world, inline={"P": policy})
    need = Need("ec2:CreateVpc", VPC, {"aws:SourceIp": "x", "aws:RequestTag/Team": "blue"})
    assert decide_need(world, call(caller), need).is_allowed
    assert not decide_need(world, call(caller), Need("ec2:CreateVpc", VPC, {"aws:RequestTag/Team": "blue"})).is_allowed


# Decisions -------------------------------------------------------------------------------------------------------------


def test_the_callers_own_policies_count(world: World) -> None:
    caller = user(world, inline={"B": document({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})})
    decision = decide_need(world, call(caller), Need("ec2:CreateVpc", VPC))
    assert decision.explanation() == "allowed by statement 1 of B"
    assert not decide_need(world, call(session(world)), Need("ec2:CreateVpc", VPC)).is_allowed


def test_a_trust_policy_counts_for_an_assumption(world: World) -> None:
    caller = user(world)
    trust = document({"Effect": "Allow", "Principal": {"AWS": caller.arn}, "Action": "sts:AssumeRole"})
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    decision = decide_need(world, call(caller, "sts:AssumeRole"), Need("sts:AssumeRole", role, trust=trust))
    assert decision.explanation() == "allowed by statement 1 of the role's trust policy"
    nobody = decide_need(world, call(caller, "sts:AssumeRole"), Need("sts:AssumeRole", role, trust=""))
    assert nobody.layer == "role trust policy"


def test_the_first_denial_raises_and_all_are_noted(world: World) -> None:
    caller = user(world, inline={"P": document({"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*"})})
    made = call(caller)
    needs = [Need("ec2:CreateVpc", VPC), Need("ec2:CreateTags", VPC), Need("ec2:DeleteVpc", VPC)]
    with world.journal.recording(made), pytest.raises(AwsError, match="not authorized to perform: ec2:CreateTags on resource: "):
        authorize(world, made, needs)
    noted = world.journal.select()[-1].decisions
    assert [(entry["action"], entry["decision"]) for entry in noted] == [
        ("ec2:CreateVpc", "allowed"),
        ("ec2:CreateTags", "implicitDeny"),
    ]


def test_nothing_to_authorise_is_authorised(world: World) -> None:
    authorize(world, call(user(world), "sts:GetCallerIdentity"), [])


def test_a_soft_world_lets_callers_through_and_services_not() -> None:
    world = new_world(clock=Clock(frozen_at=START), seed="tests", pace="real", iam="soft")
    authorize(world, call(user(world)), [Need("ec2:CreateVpc", VPC)])
    with pytest.raises(AwsError):
        authorize(world, call(identity.service("mq.amazonaws.com", ACCOUNT)), [Need("ec2:CreateVpc", VPC)])


# Denials ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "code", "status"),
    [
        ("iam:CreateUser", "AccessDenied", 403),
        ("sts:AssumeRole", "AccessDenied", 403),
        ("logs:CreateLogGroup", "AccessDeniedException", 400),
        ("mq:CreateBroker", "AccessDeniedException", 403),
        ("ec2:DescribeVpcs", "UnauthorizedOperation", 403),
    ],
)
def test_a_denial_in_the_words_of_the_called_service(world: World, action: str, code: str, status: int) -> None:
    caller = user(world)
    error = denied(world, call(caller, action), decide_need(world, call(caller, action), Need(action, "*")))
    assert (error.code, error.status) == (code, status)
    sentence = (
        f"User: {caller.arn} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
    )
    start = "You are not authorized to perform this operation. " if action.startswith("ec2:") else ""
    assert error.message == start + sentence


def test_ec2_relays_the_inner_action_and_encodes_the_decision(world: World) -> None:
    caller = user(world)
    decision = decide_need(world, call(caller), Need("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/r"))
    text, _, encoded = denied(world, call(caller), decision).message.partition(". Encoded authorization failure message: ")
    assert text.endswith("because no identity-based policy allows the iam:PassRole action")
    message = decode_message(world, encoded)
    assert message is not None
    assert message["context"]["action"] == "iam:PassRole"


def test_a_refusal_of_its_own_replaces_the_sentence(world: World) -> None:
    caller = user(world)
    need = Need("sts:AssumeRole", VPC, trust="", refusal="No.")
    assert (
        denied(world, call(caller, "sts:AssumeRole"), decide_need(world, call(caller, "sts:AssumeRole"), need)).message == "No."
    )


# Encoded messages ------------------------------------------------------------------------------------------------------


def silent(world: World, need: Need) -> str:
    return encode_message(world, decide_need(world, call(user(world)), need))


def test_the_message_of_a_silent_denial(world: World) -> None:
    """Section D.5 of the behaviour reference."""
    message = decode_message(world, silent(world, Need("ec2:CreateVpc", VPC, {"ec2:VpcID": "*", "aws:TagKeys": ["a", "b"]})))
    items = [
        ("aws:Region", [REGION]),
        ("aws:Service", ["ec2"]),
        ("aws:Resource", ["vpc/vpc-1"]),
        ("aws:Type", ["vpc"]),
        ("aws:Account", [ACCOUNT]),
        ("aws:ARN", [VPC]),
        ("ec2:VpcID", ["*"]),
        ("aws:TagKeys", ["a", "b"]),
    ]
    assert message == {
        "allowed": False,
        "explicitDeny": False,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": "AIDAADAEXAMPLE000001", "arn": f"arn:aws:iam::{ACCOUNT}:user/ops/Ada"},
            "action": "ec2:CreateVpc",
            "resource": VPC,
            "conditions": {
                "items": [{"key": key, "values": {"items": [{"value": value} for value in values]}} for key, values in items]
            },
        },
    }


def test_the_message_on_a_star_has_the_callers_account(world: World) -> None:
    message = decode_message(world, silent(world, Need("ec2:DescribeVpcs", "*")))
    assert message is not None
    found = {item["key"]: item["values"]["items"][0]["value"] for item in message["context"]["conditions"]["items"]}
    assert found == {
        "aws:Service": "ec2", "aws:Resource": "*", "aws:Type": "*", "aws:Account": ACCOUNT, "aws:ARN": "*",
    }  # fmt: skip


def test_the_message_of_an_explicit_deny_has_the_statement(world: World) -> None:
    deny = {
        "Sid": "No",
        "Effect": "Deny",
        "NotAction": ["mq:*", "logs:*"],
        "Resource": "*",
        "Condition": {"StringLike": {"aws:username": ["A*", "B*"]}},
    }
    decision = decide_need(world, call(user(world, inline={"P": document(deny)})), Need("ec2:CreateVpc", VPC))
    message = decode_message(world, encode_message(world, decision))
    assert message is not None
    assert message["explicitDeny"] is True
    assert message["matchedStatements"]["items"] == [
        {
            "statementId": "No",
            "effect": "DENY",
            "principals": {"items": [{"value": "AIDAADAEXAMPLE000001"}]},
            "principalGroups": {"items": []},
            "actions": {"items": [{"value": "mq:*"}, {"value": "logs:*"}]},
            "resources": {"items": [{"value": "*"}]},
            "conditions": {"items": [{"key": "aws:username", "values": {"items": [{"value": "A*"}, {"value": "B*"}]}}]},
        }
    ]


def test_a_message_is_read_only_whole_in_time_and_in_its_world(world: World) -> None:
    encoded = silent(world, Need("ec2:CreateVpc", VPC))
    raw = bytearray(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    raw[-1] ^= 1
    for bad in (base64.urlsafe_b64encode(raw).decode(), encoded[:-8], "", "x", "é", "!!!!", "A" * 200):
        assert decode_message(world, bad) is None
    assert decode_message(new_world(clock=Clock(frozen_at=START), seed="other", pace="real"), encoded) is None
    world.clock.advance(MESSAGE_LIFE)
    assert decode_message(world, encoded) is not None
    world.clock.advance(1)
    assert decode_message(world, encoded) is None
