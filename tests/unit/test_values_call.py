"""Calls, records and tags."""

from __future__ import annotations

from emulator.values.call import Call, Principal
from emulator.values.record import Record
from emulator.values.tags import from_list, request_keys, resource_keys, to_list

CALL = Call(
    service="logs",
    operation="CreateLogGroup",
    params={},
    principal=Principal("root", "111122223333", "arn:aws-cn:iam::111122223333:root", "111122223333"),
    region="cn-north-1",
    partition="aws-cn",
)


def test_a_call_knows_its_action_and_its_account() -> None:
    assert CALL.action == "logs:CreateLogGroup"
    assert CALL.account == "111122223333"


def test_arns() -> None:
    assert CALL.arn("log-group:g") == "arn:aws-cn:logs:cn-north-1:111122223333:log-group:g"
    assert CALL.arn("role/r", service="iam", region="") == "arn:aws-cn:iam::111122223333:role/r"


def test_a_record_has_a_key() -> None:
    assert Record(account="1", region="r", id="x").key == ("1", "r", "x")


def test_tags_on_the_wire_and_in_records() -> None:
    tags = from_list([{"Key": "a", "Value": "1"}, {"Key": "b"}, {"Key": "a", "Value": "2"}])
    assert tags == {"a": "2", "b": ""}
    assert to_list(tags) == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    assert from_list(None) == {}


def test_tags_as_condition_keys() -> None:
    assert request_keys({}) == {}
    assert request_keys({"a": "1", "b": "2"}) == {
        "aws:RequestTag/a": "1",
        "aws:RequestTag/b": "2",
        "aws:TagKeys": ["a", "b"],
    }
    assert resource_keys({"a": "1"}) == {"aws:ResourceTag/a": "1"}
    assert resource_keys({"a": "1"}, "ec2") == {"aws:ResourceTag/a": "1", "ec2:ResourceTag/a": "1"}
