"""The keys that a document names (iam-engine reference, section 7, GetContextKeys)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.policy.context_keys import context_keys
from emulator.policy.document import parse


def keys(*statements: dict[str, Any], version: str = "2012-10-17") -> list[str]:
    whole = [
        {"Effect": "Allow", "Action": "s3:*", **({} if "NotResource" in one else {"Resource": "*"}), **one} for one in statements
    ]
    return context_keys(parse(json.dumps({"Version": version, "Statement": whole}), "session"))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({}, []),
        ({"Condition": {"StringEquals": {"aws:UserName": "x"}}}, ["aws:UserName"]),
        ({"Condition": {"StringEquals": {"b:B": "x", "a:A": "x"}, "Null": {"b:B": "true"}}}, ["b:B", "a:A"]),
        ({"Condition": {"Bool": {"a:A": "true"}, "Null": {"A:a": "true"}}}, ["a:A", "A:a"]),
        ({"Resource": "arn:aws:s3:::${aws:username}/${s3:x}"}, ["aws:username", "s3:x"]),
        ({"NotResource": ["arn:aws:s3:::${ aws:username , 'none'}"]}, ["aws:username"]),
        ({"Resource": "arn:aws:s3:::${*}${?}${$}"}, ["*", "?", "$"]),
        ({"Condition": {"NumericEquals": {"a:A": "${b:B}"}}}, ["a:A", "b:B"]),
        ({"Condition": {"StringLike": {"a:A": ["${b:B, 'x'}", "${a:A}"]}}}, ["a:A", "b:B"]),
        ({"Resource": "arn:aws:s3:::${c:C}", "Condition": {"StringLike": {"a:A": "${b:B}"}}}, ["c:C", "a:A", "b:B"]),
    ],
)
def test_keys_of_a_statement(statement: dict[str, Any], named: list[str]) -> None:
    assert keys(statement) == named


def test_a_document_names_each_spelling_once() -> None:
    first, second = {"Condition": {"Bool": {"a:A": "true"}}}, {"Condition": {"Null": {"a:A": "true", "a:a": "true"}}}
    assert keys(first, second) == ["a:A", "a:a"]


def test_the_older_version_has_keys_and_no_variables() -> None:
    statement = {"Resource": "arn:aws:s3:::${aws:username}", "Condition": {"StringLike": {"a:A": "${b:B}"}}}
    assert keys(statement, version="2008-10-17") == ["a:A"]


def test_actions_and_principals_have_no_variables() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "arn:aws:s3:::a"}
    assert context_keys(parse(json.dumps({"Version": "2012-10-17", "Statement": statement}), "resource")) == []
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"a:A": "true"}}}
    assert context_keys(parse(json.dumps({"Version": "2012-10-17", "Statement": trust}), "trust")) == ["a:A"]
