"""Requests that are not what they should be, per protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.shapes.read import DEEPEST, MOST_PARAMETERS, Wire, reader
from emulator.values.errors import AwsError


def form(service: str, operation: str, *pairs: tuple[str, str], method: str = "POST") -> dict[str, Any]:
    wire = Wire(method=method, form=pairs) if method == "POST" else Wire(method=method, query=pairs)
    return reader(service, operation)(wire)


def posted(service: str, operation: str, body: Any) -> dict[str, Any]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return reader(service, operation)(Wire(body=text))


def refused(code: str, message: str, run: Any, *given: Any, **named: Any) -> None:
    with pytest.raises(AwsError) as caught:
        run(*given, **named)
    assert (caught.value.code, caught.value.message) == (code, message)


# EC2 ---------------------------------------------------------------------------------------------------------------


def ec2(*pairs: tuple[str, str], operation: str = "DescribeSubnets", method: str = "POST") -> dict[str, Any]:
    return form("ec2", operation, *pairs, method=method)


def test_action_and_version_are_no_members() -> None:
    assert ec2(("Action", "DescribeSubnets"), ("Version", "2016-11-15")) == {}


@pytest.mark.parametrize(
    "indexes", [("1", "2"), ("0", "1"), ("3", "7"), ("01", "002"), ("0", "10")], ids=["plain", "zero", "gap", "zeros", "number"]
)
def test_indexes_only_order_a_list(indexes: tuple[str, str]) -> None:
    first, second = indexes
    assert ec2((f"SubnetId.{second}", "b"), (f"SubnetId.{first}", "a")) == {"SubnetIds": ["a", "b"]}


def test_indexes_are_compared_as_numbers() -> None:
    assert ec2(("SubnetId.10", "b"), ("SubnetId.9", "a")) == {"SubnetIds": ["a", "b"]}


def test_an_empty_text_beside_a_list_says_nothing() -> None:
    assert ec2(("SubnetId", ""), ("SubnetId.1", "a")) == ec2(("SubnetId.1", "a"), ("SubnetId", "")) == {"SubnetIds": ["a"]}


def test_structures_in_lists() -> None:
    pairs = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "a"), ("Filter.1.Value.2", "b"), ("Filter.2.Name", "state")]
    assert ec2(*pairs) == {"Filters": [{"Name": "vpc-id", "Values": ["a", "b"]}, {"Name": "state"}]}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("subnetId.1", "subnetId"),
        ("SubnetIds.1", "SubnetIds"),
        ("SubnetId.x", "SubnetId.x"),
        ("SubnetId.-1", "SubnetId.-1"),
        ("SubnetId.٣", "SubnetId.٣"),
        ("SubnetId.1.Name", "SubnetId.1.Name"),
        ("SubnetId." + "9" * 5000, "SubnetId." + "9" * 5000),
        ("SubnetId", "SubnetId"),
        ("SubnetId.", "SubnetId."),
        (".SubnetId", ".SubnetId"),
        ("Filter.1", "Filter.1"),
        ("Filter.1.name", "Filter.1.name"),
        ("DryRun.1", "DryRun.1"),
        ("Nonsense", "Nonsense"),
    ],
)
def test_what_ec2_does_not_know_it_refuses(name: str, shown: str) -> None:
    refused("UnknownParameter", f"The parameter {shown} is not recognized", ec2, (name, "x"))


def test_a_scalar_has_nothing_below_it() -> None:
    message = "The parameter DryRun.Really is not recognized"
    refused("UnknownParameter", message, ec2, ("DryRun", "true"), ("DryRun.Really", "true"))


def test_a_repeated_scalar_is_the_last_of_a_post_and_the_first_of_a_get() -> None:
    pairs = [("MaxResults", "5"), ("MaxResults", "6")]
    assert ec2(*pairs) == {"MaxResults": 6}
    assert ec2(*pairs, method="GET") == {"MaxResults": 5}


def test_a_post_may_carry_its_query_string_too() -> None:
    wire = Wire(query=[("MaxResults", "5")], form=[("NextToken", "t")])
    assert reader("ec2", "DescribeSubnets")(wire) == {"MaxResults": 5, "NextToken": "t"}


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_booleans(text: str, value: bool) -> None:
    assert ec2(("DryRun", text)) == {"DryRun": value}


@pytest.mark.parametrize(
    ("operation", "name", "text", "kind"),
    [
        ("DescribeSubnets", "MaxResults", "five", "integer"),
        ("DescribeSubnets", "MaxResults", "1.5", "integer"),
        ("DescribeSubnets", "MaxResults", "", "integer"),
        ("DescribeSubnets", "MaxResults", "+-5", "integer"),
        ("DescribeSubnets", "MaxResults", "1_000", "integer"),
        ("DescribeSubnets", "MaxResults", "٣", "integer"),
        ("DescribeSubnets", "MaxResults", "2147483648", "integer"),
        ("DescribeSubnets", "MaxResults", "9" * 30, "integer"),
        ("DescribeSubnets", "DryRun", "yes", "boolean"),
        ("DescribeSubnets", "DryRun", "True", "boolean"),
        ("ImportVolume", "Image.Bytes", "x", "long"),
        ("ImportKeyPair", "PublicKeyMaterial", "no base64!", "blob"),
        ("ImportKeyPair", "PublicKeyMaterial", "é", "blob"),
        ("RequestSpotInstances", "ValidFrom", "yesterday", "timestamp"),
        ("RequestSpotInstances", "ValidFrom", "1e30", "timestamp"),
        ("RequestSpotInstances", "ValidFrom", "-1e18", "timestamp"),
        ("RequestSpotInstances", "ValidFrom", "nan", "timestamp"),
        ("DescribeInstanceTypeOfferings", "MaxResults", "x", "integer"),
    ],
)
def test_values_that_do_not_convert(operation: str, name: str, text: str, kind: str) -> None:
    message = f"Invalid value '{text}' for {name}. Value must be a valid {kind}."
    refused("InvalidParameterValue", message, ec2, (name, text), operation=operation)


@pytest.mark.parametrize(("text", "instant"), [("1790000000", 1.79e9), ("2026-09-21T14:13:20Z", 1.79e9), ("0.5", 0.5)])
def test_instants_as_numbers_or_iso_8601(text: str, instant: float) -> None:
    assert ec2(("ValidFrom", text), operation="RequestSpotInstances") == {"ValidFrom": instant}


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1_0", "x"])
def test_numbers_are_finite(text: str) -> None:
    name = "PriceSchedules.1.Price"
    message = f"Invalid value '{text}' for {name}. Value must be a valid double."
    refused("InvalidParameterValue", message, ec2, (name, text), operation="CreateReservedInstancesListing")


def test_long_values_are_shown_in_part() -> None:
    with pytest.raises(AwsError) as caught:
        ec2(("MaxResults", "x" * 1000))
    assert len(caught.value.message) < 300


def test_too_deep() -> None:
    name = ".".join(["Filter"] + ["1"] * DEEPEST)
    message = f"The parameter {name[:80]} is nested too deeply"
    refused("InvalidRequest", message, ec2, (name, "x"))


def test_too_many() -> None:
    pairs = [(f"SubnetId.{place}", "s") for place in range(MOST_PARAMETERS)]
    assert len(ec2(*pairs)["SubnetIds"]) == MOST_PARAMETERS
    message = f"The request has more than {MOST_PARAMETERS} parameters"
    refused("InvalidRequest", message, ec2, *pairs, ("SubnetId.x", "s"))


# IAM and STS -------------------------------------------------------------------------------------------------------


def test_query_lists_have_members() -> None:
    pairs = [("RoleName", "r"), ("Tags.member.2.Key", "b"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")]
    assert form("iam", "TagRole", *pairs) == {"RoleName": "r", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}


def test_an_empty_list_is_sent_as_an_empty_text() -> None:
    assert form("iam", "TagRole", ("Tags", "")) == {"Tags": []}
    assert form("iam", "TagRole", ("Tags.member", "")) == {"Tags": []}
    assert form("iam", "TagRole", ("Tags.member.1", "")) == {"Tags": [{}]}


def test_names_below_a_text_are_passed_over() -> None:
    assert form("iam", "TagRole", ("RoleName", "r"), ("RoleName.x", "y")) == {"RoleName": "r"}
    assert form("iam", "TagRole", ("RoleName.x", "y"), ("RoleName", "r")) == {"RoleName": "r"}


@pytest.mark.parametrize("name", ["Nonsense", "tags.member.1.Key", "RoleName.", ".", "Tags..1", "Tags.member.1.Nonsense"])
def test_what_iam_does_not_know_it_passes_over(name: str) -> None:
    read = form("iam", "TagRole", ("RoleName", "r"), (name, "x"))
    assert read in ({"RoleName": "r"}, {"RoleName": "r", "Tags": [{}]})


@pytest.mark.parametrize(
    ("operation", "name", "text", "path", "kind"),
    [
        ("ListRoles", "MaxItems", "x", "MaxItems", "integer"),
        ("TagRole", "Tags", "x", "Tags", "list"),
        ("TagRole", "Tags.member", "x", "Tags", "list"),
        ("TagRole", "Tags.member.1", "x", "Tags.1", "structure"),
        ("TagRole", "Tags.member.x.Key", "x", "Tags.x", "index"),
        ("TagRole", "RoleName.Below", "x", "RoleName", "value"),
        ("CreateDelegationRequest", "Permissions", "x", "Permissions", "structure"),
    ],
)
def test_malformed_input(operation: str, name: str, text: str, path: str, kind: str) -> None:
    with pytest.raises(AwsError) as caught:
        form("iam", operation, (name, text))
    assert caught.value.code == "MalformedInput"
    assert caught.value.message.endswith(f"at '{path}' is not a valid {kind}")


@pytest.mark.parametrize(("service", "operation", "known"), [("iam", "TagRole", "Tags"), ("ec2", "DescribeSubnets", "SubnetId")])
@pytest.mark.parametrize("name", ["", ".", "..", "{}..", ".{}", "{}.1.", "{}.", "{}.1..x"])
def test_a_mess_of_names_is_never_a_mishap(service: str, operation: str, known: str, name: str) -> None:
    pairs = [(known, "1"), (name.format(known), "2")]
    for given in (pairs, pairs[::-1]):
        with pytest.raises(AwsError, match=r"is not (recognized|a valid)"):
            form(service, operation, *given)


# JSON --------------------------------------------------------------------------------------------------------------


def test_an_empty_body_has_no_members() -> None:
    assert posted("logs", "DescribeLogGroups", b"") == {}


def test_null_members_are_absent_and_unknown_ones_passed_over() -> None:
    assert posted("logs", "DescribeLogGroups", {"limit": None, "nonsense": [1], "nextToken": "t"}) == {"nextToken": "t"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"limit": NaN}',
        b'{"limit": Infinity}',
        b"\xff",
        b'{"nonsense": "\xff"}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 5000 + b"}",
    ],
)
def test_bad_json(body: bytes) -> None:
    refused("SerializationException", "The request body is not valid JSON", posted, "logs", "DescribeLogGroups", body)
    refused("BadRequestException", "The request body is not valid JSON", posted, "mq", "CreateBroker", body)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null", b"true"])
def test_json_that_is_no_object(body: bytes) -> None:
    refused("SerializationException", "The request body is not a JSON object", posted, "logs", "DescribeLogGroups", body)


EVENT = {"logGroupName": "g", "logStreamName": "s"}


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("DescribeLogGroups", {"limit": "5"}, "STRING_VALUE at 'limit' can not be converted to a Integer"),
        ("DescribeLogGroups", {"limit": 1.5}, "NUMBER_VALUE at 'limit' can not be converted to a Integer"),
        ("DescribeLogGroups", {"limit": True}, "TRUE_VALUE at 'limit' can not be converted to a Integer"),
        ("DescribeLogGroups", {"limit": False}, "FALSE_VALUE at 'limit' can not be converted to a Integer"),
        ("DescribeLogGroups", {"limit": 2**31}, f"{2**31} at 'limit' can not be converted to a integer"),
        ("DescribeLogGroups", {"nextToken": 1}, "NUMBER_VALUE at 'nextToken' can not be converted to a String"),
        ("DescribeLogGroups", {"nextToken": {}}, "START_OBJECT at 'nextToken' can not be converted to a String"),
        (
            "DescribeLogGroups",
            {"includeLinkedAccounts": 1},
            "NUMBER_VALUE at 'includeLinkedAccounts' can not be converted to a Boolean",
        ),
        ("PutLogEvents", {"logEvents": {}}, "START_OBJECT at 'logEvents' can not be converted to a list"),
        ("PutLogEvents", {"logEvents": [1]}, "NUMBER_VALUE at 'logEvents.1' can not be converted to a structure"),
        (
            "PutLogEvents",
            {"logEvents": [{"timestamp": []}]},
            "START_ARRAY at 'logEvents.1.timestamp' can not be converted to a Long",
        ),
        ("PutLogEvents", {"logEvents": [None]}, "NULL_VALUE at 'logEvents.1' can not be converted to a structure"),
        (
            "PutLogEvents",
            {"logEvents": [{"timestamp": 1e300}]},
            f"{int(1e300)}"[:200] + " at 'logEvents.1.timestamp' can not be converted to a long",
        ),
        ("CreateLogGroup", {"tags": []}, "START_ARRAY at 'tags' can not be converted to a map"),
        ("CreateLogGroup", {"tags": {"a": 1}}, "NUMBER_VALUE at 'tags.a' can not be converted to a String"),
    ],
)
def test_json_of_the_wrong_type(operation: str, body: dict[str, Any], message: str) -> None:
    refused("SerializationException", message, posted, "logs", operation, body)


def test_a_whole_number_may_be_written_with_a_fraction() -> None:
    assert posted("logs", "DescribeLogGroups", b'{"limit": 5.0}') == {"limit": 5}


def test_numbers_too_large_for_a_float_are_refused() -> None:
    body = b'{"metricTransformations": [{"defaultValue": 1e999}]}'
    with pytest.raises(AwsError, match="can not be converted to a double"):
        posted("logs", "PutMetricFilter", body)


# REST --------------------------------------------------------------------------------------------------------------


def rest(operation: str, path: str, *query: tuple[str, str], body: bytes = b"") -> dict[str, Any]:
    return reader("mq", operation)(Wire(method="GET", path=path, query=query, body=body))


def test_path_query_and_body_make_one_request() -> None:
    read = reader("mq", "UpdateUser")(Wire(path="/v1/brokers/b-1/users/a%2Fb%20c", body=b'{"consoleAccess": true}'))
    assert read == {"BrokerId": "b-1", "Username": "a/b c", "ConsoleAccess": True}
    assert rest("ListBrokers", "/v1/brokers", ("maxResults", "5"), ("nonsense", "x")) == {"MaxResults": 5}


def test_a_repeated_query_parameter_is_a_list() -> None:
    keys = [("tagKeys", "a"), ("tagKeys", "b,c")]
    assert rest("DeleteTags", "/v1/tags/arn%3Aaws", *keys) == {"ResourceArn": "arn:aws", "TagKeys": ["a", "b,c"]}


def test_rest_values_that_do_not_convert() -> None:
    message = "Value [x] of [maxResults] is not a valid integer."
    with pytest.raises(AwsError) as caught:
        rest("ListBrokers", "/v1/brokers", ("maxResults", "x"))
    assert (caught.value.message, caught.value.fields) == (message, {"ErrorAttribute": "maxResults"})
    message = "Value [NUMBER_VALUE] of [brokerName] is not a valid String."
    refused("BadRequestException", message, posted, "mq", "CreateBroker", {"brokerName": 1})
