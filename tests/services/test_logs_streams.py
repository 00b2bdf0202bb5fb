"""Log streams: their life, their figures, their two orders."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from emulator import AwsError, World
from tests.conftest import ACCOUNT, Ask
from tests.services.test_logs_groups import NOW, put, refused
from tests.services.test_logs_wire import checked

GROUP_ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g"


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName="g")
    return checked(ask)


def make(ask: Ask, *streams: str) -> None:
    for stream in streams:
        ask("logs:CreateLogStream", logGroupName="g", logStreamName=stream)


def names(ask: Ask, **given: Any) -> list[str]:
    named = {} if "logGroupIdentifier" in given else {"logGroupName": "g"}
    return [stream["logStreamName"] for stream in ask("logs:DescribeLogStreams", **named, **given)["logStreams"]]


def test_a_stream_before_and_after_its_first_event(ask: Ask, world: World) -> None:
    make(ask, "s")
    bare = {"logStreamName": "s", "creationTime": NOW, "arn": f"{GROUP_ARN}:log-stream:s", "storedBytes": 0}
    assert ask("logs:DescribeLogStreams", logGroupName="g")["logStreams"] == [bare]
    world.advance(5)
    put(ask, (NOW - 7, "a"), (NOW + 3, "b"))
    token = put(ask, (NOW - 9, "c"))["nextSequenceToken"]
    assert ask("logs:DescribeLogStreams", logGroupName="g")["logStreams"] == [
        {
            **bare,
            "firstEventTimestamp": NOW - 9,
            "lastEventTimestamp": NOW + 3,
            "lastIngestionTime": NOW + 5000,
            "uploadSequenceToken": token,
        }
    ]


def test_a_name_can_be_used_once_in_a_group(ask: Ask) -> None:
    make(ask, "s")
    text = "The specified log stream already exists"
    given = {"logGroupName": "g", "logStreamName": "s"}
    refused(ask, "CreateLogStream", "ResourceAlreadyExistsException", text, **given)
    ask("logs:CreateLogGroup", logGroupName="h")
    ask("logs:CreateLogStream", logGroupName="h", logStreamName="s")


@pytest.mark.parametrize("name", ["a:b", "a*b"])
def test_colon_and_asterisk_are_refused(ask: Ask, name: str) -> None:
    text = (
        f"1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [^:*]*"
    )
    refused(ask, "CreateLogStream", "InvalidParameterException", text, logGroupName="g", logStreamName=name)


def test_other_characters_are_welcome(ask: Ask) -> None:
    make(ask, "rabbit@ip-10-0-0-1.log", "2026/09/21/[$LATEST] é")
    assert names(ask, logStreamNamePrefix="2026/") == ["2026/09/21/[$LATEST] é"]


def test_deleting_a_stream_removes_its_events(ask: Ask) -> None:
    make(ask, "s", "t")
    put(ask, (NOW, "m"))
    put(ask, (NOW, "other"), stream="t")
    ask("logs:DeleteLogStream", logGroupName="g", logStreamName="s")
    assert names(ask) == ["t"]
    assert [event["message"] for event in ask("logs:FilterLogEvents", logGroupName="g")["events"]] == ["other"]
    make(ask, "s")
    assert ask("logs:GetLogEvents", logGroupName="g", logStreamName="s")["events"] == []


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("DeleteLogStream", {}),
        ("GetLogEvents", {}),
        ("PutLogEvents", {"logEvents": [{"timestamp": NOW, "message": "m"}]}),
    ],
)
def test_a_stream_that_does_not_exist(ask: Ask, action: str, given: dict[str, Any]) -> None:
    text = "The specified log stream does not exist."
    refused(ask, action, "ResourceNotFoundException", text, logGroupName="g", logStreamName="s", **given)


def test_by_name(ask: Ask) -> None:
    make(ask, "b", "a", "c", "ab")
    assert names(ask) == ["a", "ab", "b", "c"]
    assert names(ask, descending=True) == ["c", "b", "ab", "a"]
    assert names(ask, logStreamNamePrefix="a", orderBy="LogStreamName") == ["a", "ab"]


def test_by_last_event(ask: Ask) -> None:
    make(ask, "late", "none", "early", "also-none")
    put(ask, (NOW - 50, "m"), stream="late")
    put(ask, (NOW - 60, "m"), stream="late")
    put(ask, (NOW - 55, "m"), stream="early")
    assert names(ask, orderBy="LastEventTime") == ["also-none", "none", "early", "late"]
    assert names(ask, orderBy="LastEventTime", descending=True) == ["late", "early", "none", "also-none"]


def test_an_expired_last_event_counts_no_more(ask: Ask, world: World) -> None:
    make(ask, "a", "b")
    put(ask, (NOW, "m"), stream="a")
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    assert names(ask, orderBy="LastEventTime") == ["b", "a"]
    world.advance(2 * 86_400)
    assert names(ask, orderBy="LastEventTime") == ["a", "b"]


def test_a_prefix_needs_the_order_by_name(ask: Ask) -> None:
    text = "Cannot order by LastEventTime with a logStreamNamePrefix."
    given = {"orderBy": "LastEventTime", "logStreamNamePrefix": "a"}
    refused(ask, "DescribeLogStreams", "InvalidParameterException", text, logGroupName="g", **given)


@pytest.mark.parametrize("order", [{}, {"descending": True}, {"orderBy": "LastEventTime"}])
def test_pages_go_on_where_they_stopped(ask: Ask, order: dict[str, Any]) -> None:
    make(ask, *(f"s{number:02}" for number in range(7)))
    put(ask, (NOW, "m"), stream="s03")
    found, token = [], {}
    while True:
        page = ask("logs:DescribeLogStreams", logGroupName="g", limit=3, **order, **token)
        found += [stream["logStreamName"] for stream in page["logStreams"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert found == names(ask, **order)
    assert len(found) == 7


def test_a_page_has_fifty_streams(ask: Ask) -> None:
    make(ask, *(f"s{number}" for number in range(51)))
    assert len(names(ask)) == 50


@pytest.mark.parametrize(
    "token", ["x", "é", base64.urlsafe_b64encode(b"x:y").decode(), base64.urlsafe_b64encode(b"\xff").decode()]
)
def test_a_foreign_token_is_refused(ask: Ask, token: str) -> None:
    text = "The specified nextToken is invalid."
    refused(ask, "DescribeLogStreams", "InvalidParameterException", text, logGroupName="g", nextToken=token)


# naming the group --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["g", GROUP_ARN])
def test_an_identifier_is_a_name_or_an_arn(ask: Ask, identifier: str) -> None:
    make(ask, "s")
    put(ask, (NOW, "m"))
    assert names(ask, logGroupIdentifier=identifier) == ["s"]
    assert ask("logs:GetLogEvents", logGroupIdentifier=identifier, logStreamName="s")["events"]
    assert ask("logs:FilterLogEvents", logGroupIdentifier=identifier)["events"]


@pytest.mark.parametrize(("action", "given"), [("DescribeLogStreams", {}), ("GetLogEvents", {"logStreamName": "s"})])
def test_name_and_identifier_exclude_each_other(ask: Ask, action: str, given: dict[str, str]) -> None:
    text = "LogGroup name and LogGroup ARN are mutually exclusive parameters."
    refused(ask, action, "ValidationException", text, logGroupName="g", logGroupIdentifier="g", **given)
    text = "Either LogGroup name or LogGroup ARN must be specified."
    refused(ask, action, "ValidationException", text, **given)


def test_a_group_of_another_region_is_out_of_sight(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g", region="eu-west-1")
    text = "The specified log group does not exist."
    identifier = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:g"
    refused(ask, "DescribeLogStreams", "ResourceNotFoundException", text, logGroupIdentifier=identifier)


def test_a_group_of_another_account_is_out_of_reach(ask: Ask) -> None:
    identifier = "arn:aws:logs:us-east-1:444455556666:log-group:g"
    with pytest.raises(AwsError) as caught:
        ask("logs:DescribeLogStreams", logGroupIdentifier=identifier)
    assert caught.value.code == "AccessDeniedException"


@pytest.mark.parametrize("identifier", ["a:b", f"{GROUP_ARN}:log-stream:s", "arn:aws:sns:us-east-1:111122223333:t", "a,b"])
def test_an_identifier_that_is_neither(ask: Ask, identifier: str) -> None:
    text = f"The specified logGroupIdentifier '{identifier}' is not valid."
    refused(ask, "DescribeLogStreams", "InvalidParameterException", text, logGroupIdentifier=identifier)
