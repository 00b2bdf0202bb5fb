"""Expectations of decisions and of the journal's shape, held against entries."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.scenario.expectations import Decision, Error, Journal

ROLE = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ"
ENDPOINT = "arn:aws:ec2:us-east-1:111122223333:vpc-endpoint/*"


def decided(effect: str, action: str, resource: str, because: dict[str, Any] | None, explanation: str) -> dict[str, Any]:
    return {"decision": effect, "action": action, "resource": resource, "because": because, "explanation": explanation}


def entry(number: int, title: str, parent: int | None = None, **more: Any) -> dict[str, Any]:
    blank = {"kind": "call", "principal": None, "via": None, "outcome": "ok", "error": None, "decisions": []}
    return {"id": number, "title": title, "parent": parent, **blank, **more}


FOURTH = {"policy": "AmazonMQServiceRolePolicy", "statement": 4, "sid": None}
NAMED = {"policy": "Mine", "statement": 1, "sid": "Tags"}
JOURNAL = [
    entry(1, "mq:CreateBroker", principal="arn:aws:iam::111122223333:root"),
    entry(2, "CREATION_IN_PROGRESS", 1, kind="state"),
    entry(3, "create broker: ensure endpoint", 1, kind="step", outcome="failed"),
    entry(
        4,
        "ec2:CreateVpcEndpoint",
        3,
        principal=ROLE,
        outcome="denied",
        error={"code": "UnauthorizedOperation", "message": "no"},
        decisions=[
            decided("allowed", "ec2:CreateTags", ENDPOINT, FOURTH, "allowed by statement 4 of AmazonMQServiceRolePolicy"),
            decided("allowed", "ec2:CreateTags", ENDPOINT, NAMED, "allowed by statement 1 Tags of Mine"),
            decided("implicitDeny", "ec2:CreateVpcEndpoint", ENDPOINT, None, "no identity-based policy allows it; …"),
        ],
    ),
    entry(5, "mq:ListBrokers", via="mq.amazonaws.com"),
    entry(6, "another: step", 99, kind="step"),
]


@pytest.mark.parametrize(
    "expected",
    [
        {"action": "ec2:CreateTags", "outcome": "allowed", "because": "AmazonMQServiceRolePolicy/4", "count": 1},
        {"because": "Mine/1"},
        {"because": "Mine/Tags"},
        {"because": "allowed by statement 4 *"},
        {"action": "ec2:*", "principal": "*/AWSServiceRoleFor${service}/*", "resource": "*:vpc-endpoint/?", "count": 3},
        {"outcome": "denied", "because": "no identity-based policy*", "count": 1},
        {"outcome": "implicitDeny", "count": 1},
        {"outcome": "explicitDeny", "count": 0},
        {"principal": "*:root", "count": 0},
    ],
)
def test_decisions_that_are_there(expected: dict[str, Any]) -> None:
    assert Decision(**expected).amiss(JOURNAL, {"service": "AmazonMQ"}) is None


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"action": "mq:*"}, "no decision of action mq:*, not one"),
        (
            {"action": "ec2:CreateVpcEndpoint", "outcome": "allowed"},
            f"no decision of allowed, action ec2:CreateVpcEndpoint, not one; there is: ec2:CreateVpcEndpoint on {ENDPOINT} "
            f"as {ROLE}: no identity-based policy allows it; …",
        ),
        ({"count": 4}, "3 decisions of anything, not 4"),
        ({"outcome": "denied", "count": 0}, "1 decisions of denied, not 0"),
    ],
)
def test_decisions_that_are_not(expected: dict[str, Any], told: str) -> None:
    assert Decision(**expected).amiss(JOURNAL, {}) == told


@pytest.mark.parametrize(
    "expected",
    [
        {"contains": ["mq:CreateBroker", "ec2:*", "mq:ListBrokers"]},
        {"contains": [{"title": "ec2:*", "error": "Unauthorized*", "outcome": "denied", "principal": "*/AmazonMQ"}]},
        {"contains": [{"via": "mq.${domain}"}, {"kind": "step"}]},
        {"under": "mq:CreateBroker", "exactly": ["CREATION_IN_PROGRESS", "create broker: ensure endpoint"]},
        {"under": "mq:CreateBroker", "contains": ["ec2:CreateVpcEndpoint"], "lacks": ["mq:ListBrokers", "mq:CreateBroker"]},
        {"under": {"title": "create*", "outcome": "failed"}, "exactly": [{"title": "ec2:CreateVpcEndpoint"}]},
        {"under": "mq:ListBrokers", "exactly": []},
        {"exactly": ["mq:CreateBroker", "mq:ListBrokers", "another: step"]},
        {"lacks": [{"title": "ec2:*", "outcome": "ok"}]},
    ],
)
def test_shapes_that_it_has(expected: dict[str, Any]) -> None:
    assert Journal(**expected).amiss(JOURNAL, {"domain": "amazonaws.com"}) is None


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"contains": ["iam:*"]}, "there is no iam:*"),
        ({"contains": ["ec2:*", "mq:CreateBroker"]}, "there is no mq:CreateBroker after ec2:*"),
        ({"contains": [{"title": "ec2:*", "outcome": "ok"}]}, "there is no ec2:* (outcome ok)"),
        ({"under": "iam:*", "lacks": ["mq:*"]}, "the journal has no iam:*"),
        ({"under": "mq:ListBrokers", "contains": ["*"]}, "there is no *"),
        ({"lacks": ["mq:*"]}, "there is a mq:*"),
        (
            {"exactly": ["mq:CreateBroker"]},
            "it is ['mq:CreateBroker', 'mq:ListBrokers', 'another: step'], not ['mq:CreateBroker']",
        ),
        (
            {"under": "mq:CreateBroker", "exactly": ["*", {"outcome": "ok"}]},
            "it is ['CREATION_IN_PROGRESS', 'create broker: ensure endpoint'], not ['*', '* (outcome ok)']",
        ),
    ],
)
def test_shapes_that_it_has_not(expected: dict[str, Any], told: str) -> None:
    assert Journal(**expected).amiss(JOURNAL, {}) == told


@pytest.mark.parametrize(
    ("code", "message", "is_met"),
    [
        ("NoSuchEntity", "The role with name a cannot be found.", True),
        ("NoSuchEntity", "user", False),
        ("Other", "name a cannot", False),
    ],
)
def test_an_error_has_a_code_and_a_pattern(code: str, message: str, *, is_met: bool) -> None:
    amiss = Error(code="NoSuchEntity", message=r"name \w cannot").amiss(code, message)
    assert amiss == (None if is_met else f"it ended in {code}: {message}")
