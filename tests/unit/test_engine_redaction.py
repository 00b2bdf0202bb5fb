"""What is redacted in one step is what is redacted value by value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emulator.engine.redaction import redact, redactor
from emulator.services import SERVICES
from emulator.shapes.model import Shape, model

EC2, MQ = model("ec2"), model("mq")
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
    assert repr(PLAIN({"VpcEndpoint": value})) == repr(redact({"VpcEndpoint": value}))


def test_what_is_deeper_than_one_step_reaches() -> None:
    value: Any = "x" * 3000
    for _ in range(12):
        value = {"VpcId": [value]}
    value = {"VpcEndpoint": value}
    assert PLAIN(value) == redact(value) != value


def test_the_value_itself_is_not_kept() -> None:
    value = {"VpcEndpoint": [{"Key": "a"}]}
    kept = PLAIN(value)
    value["VpcEndpoint"].append({"Key": "b"})
    assert kept == {"VpcEndpoint": [{"Key": "a"}]}


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("CreateUser", {"BrokerId": "b", "Password": "hunter2"}),
        ("CreateBroker", {"BrokerName": "b", "Users": [{"Username": "u", "Password": "hunter2"}]}),
        ("CreateTags", {"ResourceArn": "arn", "Tags": {"Password": "hunter2"}}),
        ("DescribeBroker", {"BrokerId": "b", "Password": "hunter2"}),
        ("DescribeBroker", {"BrokerId": "b", "User": {"Password": "hunter2"}}),
    ],
)
def test_secrets_are_looked_for_where_there_may_be_some(operation: str, given: dict[str, Any]) -> None:
    """In a member of that name, in one that the model does not know, and in a map, whose names are anybody's."""
    redacted = redactor(MQ, MQ.operations[operation].input)(given)
    assert redacted == redact(given)
    assert "hunter2" not in str(redacted)


def test_a_shape_that_contains_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    shape: Shape = {"type": "structure", "members": {"Inner": {"shape": "it"}}}
    monkeypatch.setitem(MQ._shapes, "it", shape)
    assert redactor(MQ, shape)({"Inner": {"Inner": {}}}) == {"Inner": {"Inner": {}}}


def test_an_answer_that_has_no_shape() -> None:
    assert redactor(MQ, None)({"Any": "x" * 3000}) == {"Any": "x" * 2048 + "…"}


def test_operations_redact_what_they_are_asked_and_what_they_answer() -> None:
    iam = next(service for service in SERVICES if service.name == "iam").operations
    key = {"AccessKey": {"UserName": "u", "SecretAccessKey": "hunter2"}}
    assert iam["CreateAccessKey"].redact_result(key)["AccessKey"]["SecretAccessKey"] == "***"
    assert iam["CreateAccessKey"].redact_params({"UserName": "u"}) == {"UserName": "u"}
