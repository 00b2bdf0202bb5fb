"""What is redacted in one step is what is redacted value by value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emulator.engine.redaction import redact, redactor
from emulator.services import SERVICES
from emulator.shapes.model import Shape, model

EC2, LOGS = model("ec2"), model("logs")
PLAIN = redactor(EC2, EC2.operations["CreateVpcEndpoint"].output)

SCALARS = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=5)
LONG = some.sampled_from(["x" * 2048, "x" * 2049, b"bytes", (1, "two")])
VALUES = some.recursive(
    SCALARS | LONG,
    lambda inner: some.lists(inner, max_size=22) | some.dictionaries(some.sampled_from(["VpcId", "Tags", "Key"]), inner),
    max_leaves=40,
)


@given(VALUES)
def test_one_step_and_many_make_the_same(value: Any) -> None:
    assert repr(PLAIN(value)) == repr(redact(value))


def test_what_is_deeper_than_one_step_reaches() -> None:
    value: Any = "x" * 3000
    for _ in range(12):
        value = {"VpcId": [value]}
    assert PLAIN(value) == redact(value) != value


def test_the_value_itself_is_not_kept() -> None:
    value = {"Tags": [{"Key": "a"}]}
    kept = PLAIN(value)
    value["Tags"].append({"Key": "b"})
    assert kept == {"Tags": [{"Key": "a"}]}


@pytest.mark.parametrize(
    ("service", "operation"),
    [("mq", "CreateBroker"), ("mq", "CreateUser"), ("sts", "AssumeRoleWithSAML"), ("mq", "CreateTags"), ("logs", "TagResource")],
)
def test_who_may_be_given_a_secret_looks_for_secrets(service: str, operation: str) -> None:
    of = model(service)
    assert redactor(of, of.operations[operation].input) is redact, "a member of it is one, or a map has names that are anybody's"


def test_a_shape_that_contains_itself_and_none_at_all() -> None:
    shape: Shape = {"type": "structure", "members": {"Inner": {"shape": "it"}}}
    LOGS._shapes["it"] = shape
    try:
        assert redactor(LOGS, shape) is not redact
    finally:
        del LOGS._shapes["it"]
    assert redactor(LOGS, None) is redact


def test_operations_redact_what_they_are_asked_and_what_they_answer() -> None:
    iam = next(service for service in SERVICES if service.name == "iam").operations
    key = {"AccessKey": {"UserName": "u", "SecretAccessKey": "hunter2"}}
    assert iam["CreateAccessKey"].redact_result(key)["AccessKey"]["SecretAccessKey"] == "***"
    assert iam["CreateAccessKey"].redact_params({"UserName": "u"}) == {"UserName": "u"}
    assert iam["CreateAccessKey"].redact_params is not redact
