"""Tags of users and roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.engine import identity

Ask = Callable[..., dict[str, Any]]
TRUST = '{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}'


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture(params=["User", "Role"])
def on(request: pytest.FixtureRequest, ask: Ask) -> Ask:
    """``on("Tag{}", …)``: the operation on a user or a role named Ada."""
    kind = request.param
    trust = {} if kind == "User" else {"AssumeRolePolicyDocument": TRUST}

    def run(operation: str, **params: Any) -> dict[str, Any]:
        return ask(f"iam:{operation.format(kind)}", **{f"{kind}Name": "Ada"}, **params)

    run("Create{}", Tags=tags(Team="One"), **trust)
    return run


def test_a_key_in_another_spelling_takes_the_place_of_the_old_one(on: Ask) -> None:
    assert on("Tag{}", Tags=tags(team="Two")) == {}
    assert on("List{}Tags") == {"Tags": tags(team="Two"), "IsTruncated": False, "Marker": None}


def test_untag_in_any_spelling(on: Ask) -> None:
    on("Tag{}", Tags=tags(Stage="test"))
    assert on("Untag{}", TagKeys=["TEAM", "team", "aws:none"]) == {}
    assert on("Untag{}", TagKeys=[]) == {}
    assert on("List{}Tags")["Tags"] == tags(Stage="test")


def test_pages_of_tags(on: Ask) -> None:
    on("Tag{}", Tags=tags(Stage="test", Area="x"))
    first = on("List{}Tags", MaxItems=2)
    assert (first["Tags"], first["IsTruncated"]) == (tags(Area="x", Stage="test"), True)
    assert on("List{}Tags", Marker=first["Marker"])["Tags"] == tags(Team="One")


@pytest.mark.parametrize("key", ["aws:team", "AWS:team"])
def test_reserved_keys(ask: Ask, on: Ask, key: str) -> None:
    text = r"^InvalidInput: Tag keys beginning with aws: are reserved for system use\.$"
    with pytest.raises(AwsError, match=text):
        on("Tag{}", Tags=[{"Key": key, "Value": "v"}])
    with pytest.raises(AwsError, match=text):
        ask("iam:CreateUser", UserName="bob", Tags=[{"Key": key, "Value": "v"}])
    on("Tag{}", Tags=tags(value="aws:reserved"))


def test_repeated_keys(on: Ask) -> None:
    with pytest.raises(AwsError, match=r"^InvalidInput: Duplicate tag keys found\."):
        on("Tag{}", Tags=tags(a="1", A="2"))


def test_no_tags(on: Ask) -> None:
    with pytest.raises(AwsError, match=r"^InvalidInput: "):
        on("Tag{}", Tags=[])


def test_fifty_tags(on: Ask) -> None:
    on("Tag{}", Tags=tags(**{f"key{number}": "v" for number in range(49)}))
    on("Tag{}", Tags=tags(KEY0="w"))
    with pytest.raises(AwsError, match=r"^LimitExceeded: Cannot exceed quota for TagsPerResource: 50$"):
        on("Tag{}", Tags=tags(one="too many"))
    with pytest.raises(AwsError, match=r"^ValidationError: "):
        on("Tag{}", Tags=tags(**{f"key{number}": "v" for number in range(51)}))
    assert len(on("List{}Tags")["Tags"]) == 50


def test_the_keys_of_the_request_are_condition_keys(world: World, ask: Ask, on: Ask) -> None:
    ask("iam:CreateUser", UserName="bob")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"])
    assert key is not None
    bob = identity.of_access_key(world, key)
    condition = {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Stage"]},
        "StringEqualsIfExists": {"aws:RequestTag/Stage": "test"},
        "StringEquals": {"aws:ResourceTag/Team": "One"},
    }
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    ask("iam:PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=document)
    on("Tag{}", as_=bob, Tags=tags(Stage="test"))
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        on("Tag{}", as_=bob, Tags=tags(Stage="live"))
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        on("Untag{}", as_=bob, TagKeys=["Team"])
    on("Untag{}", as_=bob, TagKeys=["Stage"])
    on("Tag{}", Tags=tags(Team="Two"))
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        on("List{}Tags", as_=bob)
