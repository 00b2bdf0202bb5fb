"""Whatever is sent, the answer is parameters or one of the service's own errors: never a mishap."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.shapes.model import model
from emulator.shapes.read import Wire, pairs, reader
from emulator.values.errors import AwsError

CODES = {
    "ec2": {"UnknownParameter", "InvalidParameterValue", "InvalidRequest"},
    "iam": {"MalformedInput", "MalformedQueryString"},
    "logs": {"SerializationException"},
    "mq": {"BadRequestException"},
}
SOME = {
    "ec2": ["CreateVpcEndpoint", "DescribeSubnets", "AuthorizeSecurityGroupIngress", "RunInstances"],
    "iam": ["TagRole", "CreateRole", "SimulatePrincipalPolicy", "CreateDelegationRequest"],
    "logs": ["PutLogEvents", "CreateLogGroup", "PutMetricFilter", "StartQuery"],
    "mq": ["CreateBroker", "UpdateBroker", "CreateTags", "ListBrokers"],
}


def known_names(value: Any, service: str, depth: int = 3) -> list[str]:
    """The wire names of a shape and of what is below it."""
    of = model(service)
    found = []
    for name, reference in value.get("members", {}).items():
        found += [name, reference.get("locationName", name), name[:1].upper() + name[1:]]
        found += known_names(of.member(reference), service, depth - 1) if depth else []
    return found + (known_names(of.member(value["member"]), service, depth - 1) if "member" in value and depth else [])


def outcome(service: str, operation: str, wire: Wire) -> dict[str, Any] | AwsError:
    try:
        return reader(service, operation)(wire)
    except AwsError as error:
        return error


def read(service: str, operation: str, wire: Wire) -> None:
    found = outcome(service, operation, wire)
    assert isinstance(found, dict) or (found.code in CODES[service] and found.message)


@pytest.mark.parametrize("service", ["ec2", "iam"])
def test_forms(service: str) -> None:
    @settings(max_examples=120, deadline=None, derandomize=True, database=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(SOME[service]))
        known = known_names(model(service).operations[operation].input, service)
        part = st.sampled_from([*known, "member", "entry", "key", "value", "", "0", "1", "01", "x", "9" * 5000]) | st.text(
            max_size=3
        )
        name = st.lists(part, min_size=1, max_size=6).map(".".join)
        text = st.sampled_from(["", "1", "true", "nan", "1e999", "9" * 30, "2026-01-01"]) | st.text(max_size=5)
        pairs = data.draw(st.lists(st.tuples(name, text), max_size=6))
        read(service, operation, Wire(method=data.draw(st.sampled_from(["GET", "POST"])), form=pairs))

    check()


JSON_TEXT = st.recursive(
    st.sampled_from(["null", "true", "1", "-1.5", "1e999", "NaN", '""', '"\\ud800"', "9" * 30, "[]", "{}"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
    max_leaves=4,
)


@pytest.mark.parametrize("service", ["logs", "mq"])
def test_json(service: str) -> None:
    @settings(max_examples=250, deadline=None, derandomize=True, database=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(SOME[service]))
        known = known_names(model(service).operations[operation].input, service)
        names = st.sampled_from(known)

        def objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
            pairs = st.lists(st.tuples(names, inner), max_size=4)
            made = pairs.map(lambda found: "{" + ",".join(f'"{name}":{value}' for name, value in found) + "}")
            return made | st.lists(inner, max_size=2).map(lambda items: f"[{','.join(items)}]")

        body = data.draw(st.recursive(JSON_TEXT, objects, max_leaves=6) | st.text(max_size=5))
        query = data.draw(st.lists(st.tuples(names, st.text(max_size=3)), max_size=2))
        path = "/v1/tags/a" if operation == "CreateTags" else "/v1/brokers/b"
        read(service, operation, Wire(path=path, query=query, body=body.encode("utf-8", "replace")))
        if service == "logs" and body:
            assert told(operation, body, "utf-8") == told(operation, body, "utf-16")

    check()


def told(operation: str, body: str, encoding: str) -> str:
    """What comes of a request to CloudWatch Logs, in order. msgspec has no part in UTF-16."""
    found = outcome("logs", operation, Wire(body=body.encode(encoding, "replace")))
    return json.dumps(found) if isinstance(found, dict) else str(found)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(["a", "é", "=", "&", "+", "%", "%41", "%C3%A9", "%ff", ";"])).map("".join))
def test_pairs_are_those_of_the_standard_library(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        expected = None
    assert pairs(text) == expected
