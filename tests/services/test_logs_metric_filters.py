"""Metric filters: what is stored, refused and counted."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import World
from emulator.services.logs import metric_matches
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.test_logs_groups import NOW, put, refused
from tests.services.test_logs_wire import checked

PLAIN = {"metricName": "Errors", "metricNamespace": "Broker", "metricValue": "1"}


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName="g")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    return checked(ask)


def filtered(ask: Ask, name: str = "f", pattern: str = "ERROR", group: str = "g", **given: Any) -> None:
    given.setdefault("metricTransformations", [PLAIN])
    ask("logs:PutMetricFilter", logGroupName=group, filterName=name, filterPattern=pattern, **given)


def names(ask: Ask, **given: Any) -> list[str]:
    return [one["filterName"] for one in ask("logs:DescribeMetricFilters", **given)["metricFilters"]]


def counts(world: World) -> dict[str, int]:
    return {one["filterName"]: one["matches"] for one in metric_matches(world, ACCOUNT, REGION)}


def test_a_filter_looks_as_it_does_on_aws(ask: Ask) -> None:
    filtered(ask)
    assert ask("logs:DescribeMetricFilters", logGroupName="g")["metricFilters"] == [
        {
            "filterName": "f",
            "filterPattern": "ERROR",
            "metricTransformations": [PLAIN],
            "creationTime": NOW,
            "logGroupName": "g",
            "applyOnTransformedLogs": False,
        }
    ]
    assert ask("logs:DescribeLogGroups")["logGroups"][0]["metricFilterCount"] == 1


def test_everything_that_is_given_is_shown(ask: Ask) -> None:
    transformation = {**PLAIN, "metricValue": "$.v", "dimensions": {"Queue": "$.queue"}, "unit": "Count"}
    filtered(
        ask,
        pattern="{ $.v = * }",
        metricTransformations=[transformation],
        applyOnTransformedLogs=True,
        fieldSelectionCriteria='@aws.region = "us-east-1"',
        emitSystemFieldDimensions=["@aws.account", "@aws.account"],
    )
    filtered(ask, "with-default", metricTransformations=[{**PLAIN, "defaultValue": 0.0}])
    first, second = ask("logs:DescribeMetricFilters", logGroupName="g")["metricFilters"]
    assert first["metricTransformations"] == [transformation]
    assert first["applyOnTransformedLogs"] is True
    assert first["fieldSelectionCriteria"] == '@aws.region = "us-east-1"'
    assert first["emitSystemFieldDimensions"] == ["@aws.account"]
    assert second["metricTransformations"][0]["defaultValue"] == 0.0


def test_matches_are_counted(ask: Ask, world: World) -> None:
    filtered(ask, "errors")
    filtered(ask, "json", "{ $.level = error }")
    filtered(ask, "here", "", fieldSelectionCriteria=f'@aws.account = "{ACCOUNT}"')
    filtered(ask, "elsewhere", "", fieldSelectionCriteria='@aws.account = "1"')
    put(ask, (NOW, "ERROR a"), (NOW, "ok"), (NOW, '{"level":"error"}'), (NOW, "ERROR b"))
    put(ask, (NOW, "ERROR c"), (NOW + 3 * 3_600_000, "ERROR too new"))
    assert counts(world) == {"errors": 3, "json": 1, "here": 5, "elsewhere": 0}
    assert metric_matches(world, ACCOUNT, REGION)[1] == {
        "logGroupName": "g",
        "filterName": "errors",
        "metricNamespace": "Broker",
        "metricName": "Errors",
        "matches": 3,
    }
    assert metric_matches(world, ACCOUNT, "eu-west-1") == []


def test_replacing_keeps_the_creation_time_and_counts_anew(ask: Ask, world: World) -> None:
    filtered(ask)
    put(ask, (NOW, "ERROR"))
    world.advance(60)
    filtered(ask, pattern="WARN")
    (one,) = ask("logs:DescribeMetricFilters", logGroupName="g")["metricFilters"]
    assert (one["creationTime"], one["filterPattern"]) == (NOW, "WARN")
    assert counts(world) == {"f": 0}


def test_a_failed_replacement_changes_nothing(ask: Ask) -> None:
    filtered(ask)
    given = {"logGroupName": "g", "filterName": "f", "metricTransformations": [PLAIN], "filterPattern": "{ $.broken = }"}
    refused(ask, "PutMetricFilter", "InvalidParameterException", "Invalid metric filter pattern", **given)
    assert ask("logs:DescribeMetricFilters", logGroupName="g")["metricFilters"][0]["filterPattern"] == "ERROR"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"metricValue": "x"}, "Invalid metric transformation: metric value x must be a valid number"),
        (
            {"metricValue": "$.items[*].v"},
            "Invalid metric transformation: metric value $.items[*].v must be a valid number",
        ),
        (
            {"dimensions": {"D": "$.d"}, "defaultValue": 0.0},
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties",
        ),
        ({"dimensions": {"D": "literal"}}, "Invalid metric transformation: dimension value must be valid selector"),
        ({"dimensions": {"D": "$.a[*]"}}, "Invalid metric transformation: dimension value must be valid selector"),
        (
            {"dimensions": dict.fromkeys("ABCD", "$.d")},
            "Number of dimensions exceeds the maximum number of dimensions supported per metric filter",
        ),
    ],
)
def test_transformations_that_are_refused(ask: Ask, changes: dict[str, Any], text: str) -> None:
    given = {"logGroupName": "g", "filterName": "f", "filterPattern": "{ $.d = * }"}
    given["metricTransformations"] = [{**PLAIN, **changes}]  # type: ignore[assignment]
    refused(ask, "PutMetricFilter", "InvalidParameterException", text, **given)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"emitSystemFieldDimensions": ["@aws.nope"]},
            "The provided system fields are invalid. The supported system fields are - [@aws.region, @aws.account, @source.log]",
        ),
        ({"fieldSelectionCriteria": "nonsense"}, "The provided field selection criteria is invalid"),
        (
            {"metricTransformations": [{**PLAIN, "dimensions": {"D": "$d"}}], "filterPattern": "ERROR"},
            "The specified filter pattern does not support dimensions",
        ),
        (
            {
                "metricTransformations": [{**PLAIN, "dimensions": dict.fromkeys("ABC", "$d")}],
                "emitSystemFieldDimensions": ["@aws.account"],
            },
            "Number of dimensions exceeds the maximum number of dimensions supported per metric filter",
        ),
    ],
)
def test_filters_that_are_refused(ask: Ask, changes: dict[str, Any], text: str) -> None:
    given = {"filterPattern": "[d]", "metricTransformations": [PLAIN], **changes}
    refused(ask, "PutMetricFilter", "InvalidParameterException", text, logGroupName="g", filterName="f", **given)


def test_a_group_has_five_filters_with_regular_expressions(ask: Ask) -> None:
    for number in range(5):
        filtered(ask, f"r{number}", f"%a{number}% %b%")
    given = {"logGroupName": "g", "filterName": "r5", "filterPattern": "%a%", "metricTransformations": [PLAIN]}
    refused(ask, "PutMetricFilter", "LimitExceededException", "Resource limit exceeded.", **given)
    filtered(ask, "r1", "%replaced%")
    filtered(ask, "plain")
    ask("logs:DeleteMetricFilter", logGroupName="g", filterName="r0")
    filtered(ask, "r5", "%a%")


def test_a_group_has_a_hundred_filters(ask: Ask) -> None:
    for number in range(100):
        filtered(ask, f"f{number}")
    given = {"logGroupName": "g", "filterName": "x", "filterPattern": "a", "metricTransformations": [PLAIN]}
    refused(ask, "PutMetricFilter", "LimitExceededException", "Resource limit exceeded.", **given)
    assert len(names(ask, logGroupName="g")) == 50


def test_listings(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="h")
    other = [{**PLAIN, "metricName": "Other"}]
    filtered(ask, "b")
    filtered(ask, "ab")
    filtered(ask, "a", group="h")
    filtered(ask, "c", metricTransformations=other)
    assert names(ask, logGroupName="g") == ["ab", "b", "c"]
    assert names(ask, logGroupName="g", filterNamePrefix="a") == ["ab"]
    assert names(ask) == ["a", "ab", "b", "c"]
    assert names(ask, metricName="Errors", metricNamespace="Broker", filterNamePrefix="b") == ["a", "ab", "b"]
    first = ask("logs:DescribeMetricFilters", limit=3)
    assert names(ask, nextToken=first["nextToken"]) == ["c"]


@pytest.mark.parametrize(
    "given",
    [
        {"logGroupName": "g", "metricName": "m", "metricNamespace": "n"},
        {"logGroupName": "g", "metricName": "m"},
        {"metricNamespace": "n"},
    ],
)
def test_a_listing_is_of_a_group_or_of_a_metric(ask: Ask, given: dict[str, str]) -> None:
    text = "Describe Metric Filters request must contain either logGroupName or metricName and metricNamespace"
    refused(ask, "DescribeMetricFilters", "InvalidParameterException", text, **given)


def test_a_foreign_token(ask: Ask) -> None:
    text = "Pagination token in request is invalid. Only token from previous list call or null is valid."
    refused(ask, "DescribeMetricFilters", "InvalidParameterException", text, nextToken="invalid-owned-token")


def test_deletion(ask: Ask, world: World) -> None:
    filtered(ask)
    filtered(ask, "goes-with-the-group")
    ask("logs:DeleteMetricFilter", logGroupName="g", filterName="f")
    text = "The specified metric filter does not exist."
    refused(ask, "DeleteMetricFilter", "ResourceNotFoundException", text, logGroupName="g", filterName="f")
    ask("logs:DeleteLogGroup", logGroupName="g")
    assert counts(world) == {}
    text = "The specified log group does not exist."
    refused(ask, "DeleteMetricFilter", "ResourceNotFoundException", text, logGroupName="g", filterName="f")


# TestMetricFilter --------------------------------------------------------------------------------------------------


def test_events_are_numbered_from_one(ask: Ask) -> None:
    given = {"filterPattern": '[kind = "SPACE", value, bucket]'}
    messages = ["SPACE 13 A", "SPACE", "other", 'SPACE "17.5" A']
    assert ask("logs:TestMetricFilter", **given, logEventMessages=messages)["matches"] == [
        {
            "eventNumber": 1,
            "eventMessage": "SPACE 13 A",
            "extractedValues": {"$kind": "SPACE", "$value": "13", "$bucket": "A"},
        },
        {
            "eventNumber": 4,
            "eventMessage": 'SPACE "17.5" A',
            "extractedValues": {"$kind": "SPACE", "$value": "17.5", "$bucket": "A"},
        },
    ]


def test_json_extracts_nothing(ask: Ask) -> None:
    answer = ask("logs:TestMetricFilter", filterPattern="{ $.v = * }", logEventMessages=['{"v":7}', "x"])
    assert answer["matches"] == [{"eventNumber": 1, "eventMessage": '{"v":7}', "extractedValues": {}}]


def test_a_bad_pattern_to_test(ask: Ask) -> None:
    given = {"filterPattern": "{ $.v EXISTS }", "logEventMessages": ["x"]}
    refused(ask, "TestMetricFilter", "InvalidParameterException", "Invalid metric filter pattern", **given)
