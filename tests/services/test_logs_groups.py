"""Log groups: what they are made of, how they are listed, and how long they keep events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.logs.log_stream import LogStream
from emulator.services.logs.retention import ALLOWED
from emulator.services.logs.timeline import SMALL_BYTES, LogChunk
from emulator.store.memory import MemoryStore
from tests.conftest import ACCOUNT, START, Ask
from tests.services.test_logs_wire import checked

NOW = round(START * 1000)
DAY = 86_400_000


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    return checked(ask)


def refused(ask: Ask, action: str, code: str, message: str, **given: Any) -> None:
    with pytest.raises(AwsError) as caught:
        ask(f"logs:{action}", **given)
    assert (caught.value.code, caught.value.message) == (code, message)


def names(ask: Ask, **given: Any) -> list[str]:
    return [group["logGroupName"] for group in ask("logs:DescribeLogGroups", **given)["logGroups"]]


def put(ask: Ask, *events: tuple[int, str], group: str = "g", stream: str = "s") -> dict[str, Any]:
    logEvents = [{"timestamp": timestamp, "message": message} for timestamp, message in events]
    return ask("logs:PutLogEvents", logGroupName=group, logStreamName=stream, logEvents=logEvents)


def test_a_new_group_looks_as_it_does_on_aws(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="/aws/amazonmq/broker/b-1/general")
    assert ask("logs:DescribeLogGroups") == {
        "logGroups": [
            {
                "logGroupName": "/aws/amazonmq/broker/b-1/general",
                "creationTime": NOW,
                "metricFilterCount": 0,
                "arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/amazonmq/broker/b-1/general:*",
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
                "logGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/amazonmq/broker/b-1/general",
                "deletionProtectionEnabled": False,
                "bearerTokenAuthenticationEnabled": False,
            }
        ]
    }


def test_what_is_asked_for_is_shown(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g", kmsKeyId="k", logGroupClass="DELIVERY", deletionProtectionEnabled=True)
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=3653)
    (group,) = ask("logs:DescribeLogGroups")["logGroups"]
    assert group["kmsKeyId"] == "k"
    assert group["logGroupClass"] == "DELIVERY"
    assert group["deletionProtectionEnabled"] is True
    assert group["retentionInDays"] == 3653


def test_creation_times_are_whole_milliseconds(ask: Ask, world: World) -> None:
    world.advance(0.7414)
    ask("logs:CreateLogGroup", logGroupName="g")
    assert ask("logs:DescribeLogGroups")["logGroups"][0]["creationTime"] == NOW + 741


def test_a_name_can_be_used_once(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g")
    text = "The specified log group already exists"
    refused(ask, "CreateLogGroup", "ResourceAlreadyExistsException", text, logGroupName="g")


@pytest.mark.parametrize("name", ["aws/spans", "AWS/x"])
def test_names_of_aws_are_reserved(ask: Ask, name: str) -> None:
    text = "Log groups starting with AWS/ are reserved for AWS."
    refused(ask, "CreateLogGroup", "InvalidParameterException", text, logGroupName=name)


@pytest.mark.parametrize(
    ("name", "constraint"),
    [
        ("a b", r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"),
        ("a" * 513, "Member must have length less than or equal to 512"),
    ],
)
def test_names_follow_the_model(ask: Ask, name: str, constraint: str) -> None:
    text = f"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: {constraint}"
    refused(ask, "CreateLogGroup", "InvalidParameterException", text, logGroupName=name)


def test_the_longest_name_works(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="a" * 512)
    assert names(ask) == ["a" * 512]


def test_an_unknown_class_is_refused(ask: Ask) -> None:
    text = (
        "1 validation error detected: Value 'X' at 'logGroupClass' failed to satisfy constraint: "
        "Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY, ESSENTIALS]"
    )
    refused(ask, "CreateLogGroup", "InvalidParameterException", text, logGroupName="g", logGroupClass="X")


# deletion ----------------------------------------------------------------------------------------------------------


def test_deleting_a_group_removes_all_that_is_in_it(ask: Ask, world: World) -> None:
    for group in ("g", "kept"):
        ask("logs:CreateLogGroup", logGroupName=group)
        ask("logs:CreateLogStream", logGroupName=group, logStreamName="s")
        put(ask, (NOW, "m" * SMALL_BYTES), group=group)
    ask("logs:DeleteLogGroup", logGroupName="g")
    assert names(ask) == ["kept"]
    assert [stream.group for stream in world.store.find(LogStream)] == ["kept"]
    assert len(list(world.store.find(LogChunk))) == 1


def test_a_group_made_again_is_empty(ask: Ask) -> None:
    for _ in range(2):
        ask("logs:CreateLogGroup", logGroupName="g")
        ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
        assert ask("logs:GetLogEvents", logGroupName="g", logStreamName="s")["events"] == []
        put(ask, (NOW, "m"))
        ask("logs:DeleteLogGroup", logGroupName="g")


def test_a_protected_group_and_its_streams_stay(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g", deletionProtectionEnabled=True)
    ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    text = "Cannot delete log group with deletion protection enabled. Disable deletion protection first."
    refused(ask, "DeleteLogGroup", "ValidationException", text, logGroupName="g")
    refused(ask, "DeleteLogStream", "ValidationException", text, logGroupName="g", logStreamName="s")


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("DeleteLogGroup", {}),
        ("CreateLogStream", {"logStreamName": "s"}),
        ("DeleteLogStream", {"logStreamName": "s"}),
        ("DescribeLogStreams", {}),
        ("PutLogEvents", {"logStreamName": "s", "logEvents": [{"timestamp": NOW, "message": "m"}]}),
        ("GetLogEvents", {"logStreamName": "s"}),
        ("FilterLogEvents", {}),
        ("PutRetentionPolicy", {"retentionInDays": 1}),
        ("DeleteRetentionPolicy", {}),
    ],
)
def test_a_group_that_does_not_exist(ask: Ask, action: str, given: dict[str, Any]) -> None:
    text = "The specified log group does not exist."
    refused(ask, action, "ResourceNotFoundException", text, logGroupName="g", **given)


# listings ----------------------------------------------------------------------------------------------------------


def make(ask: Ask, *groups: str, **given: Any) -> None:
    for group in groups:
        ask("logs:CreateLogGroup", logGroupName=group, **given)


def test_groups_are_listed_in_ascii_order(ask: Ask) -> None:
    make(ask, "b", "a", "B", "/z")
    assert names(ask) == ["/z", "B", "a", "b"]


def test_by_prefix(ask: Ask) -> None:
    make(ask, "/a/1", "/a/2", "/b/a")
    assert names(ask, logGroupNamePrefix="/a") == ["/a/1", "/a/2"]


def test_by_pattern_in_short(ask: Ask) -> None:
    make(ask, "DataLogs", "GroupDataLogs", "datalogs")
    assert ask("logs:DescribeLogGroups", logGroupNamePattern="upData")["logGroups"] == [
        {
            "logGroupName": "GroupDataLogs",
            "creationTime": NOW,
            "arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:GroupDataLogs:*",
        }
    ]
    assert names(ask, logGroupNamePattern="DataLogs") == ["DataLogs", "GroupDataLogs"]
    assert len(names(ask, logGroupNamePattern="")) == 3


def test_by_class(ask: Ask) -> None:
    make(ask, "s")
    for name in ("INFREQUENT_ACCESS", "ESSENTIALS", "DELIVERY"):
        make(ask, name, logGroupClass=name)
    assert names(ask, logGroupClass="STANDARD") == ["s"]
    assert names(ask, logGroupClass="DELIVERY") == ["DELIVERY"]
    assert names(ask, logGroupClass="ESSENTIALS") == names(ask, logGroupClass="INFREQUENT_ACCESS")
    assert names(ask, logGroupClass="ESSENTIALS") == ["ESSENTIALS", "INFREQUENT_ACCESS"]


def test_by_identifiers(ask: Ask) -> None:
    make(ask, "a", "b", "c")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:c"
    foreign = "arn:aws:logs:us-east-1:444455556666:log-group:b"
    assert names(ask, logGroupIdentifiers=["a", arn, foreign, "nowhere"]) == ["a", "c"]


@pytest.mark.parametrize("filters", [{"logGroupNamePrefix": "a"}, {"logGroupClass": "STANDARD"}])
def test_identifiers_stand_alone(ask: Ask, filters: dict[str, str]) -> None:
    text = "LogGroup identifiers and other filters are mutually exclusive parameters."
    refused(ask, "DescribeLogGroups", "InvalidParameterException", text, logGroupIdentifiers=["a"], **filters)


def test_prefix_and_pattern_exclude_each_other(ask: Ask) -> None:
    text = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
    given = {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}
    refused(ask, "DescribeLogGroups", "InvalidParameterException", text, **given)


def test_pages(ask: Ask) -> None:
    make(ask, *(f"g{number:02}" for number in range(53)))
    first = ask("logs:DescribeLogGroups")
    assert len(first["logGroups"]) == 50
    assert names(ask, nextToken=first["nextToken"]) == ["g50", "g51", "g52"]
    second = ask("logs:DescribeLogGroups", limit=2, nextToken=first["nextToken"])
    make(ask, "g001")
    assert names(ask, limit=2, nextToken=second["nextToken"]) == ["g52"]


def test_a_listing_looks_only_at_what_it_may_show(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "b/1", "b/2", "b/3", "c"):
        ask("logs:CreateLogGroup", logGroupName=name)
    looked_at: list[str] = []
    after = MemoryStore.after

    def noted(store: MemoryStore, *where: Any) -> Iterator[Any]:
        for record in after(store, *where):
            if store is world.store:
                looked_at.append(record.id)
            yield record

    monkeypatch.setattr(MemoryStore, "after", noted)
    first = ask("logs:DescribeLogGroups", logGroupNamePrefix="b", limit=2)
    assert [group["logGroupName"] for group in first["logGroups"]] == ["b", "b/1"]
    assert looked_at == ["b/1", "b/2"]
    assert names(ask, logGroupNamePrefix="b", nextToken=first["nextToken"]) == ["b/2", "b/3"]
    assert looked_at[2:] == ["b/2", "b/3", "c"]
    assert names(ask, logGroupNamePrefix="b/2") == ["b/2"]
    assert names(ask, logGroupNamePrefix="d") == []


def test_a_foreign_token_is_refused(ask: Ask) -> None:
    text = "The specified nextToken is invalid."
    refused(ask, "DescribeLogGroups", "InvalidParameterException", text, nextToken="x")


def test_fifty_groups_are_the_most(ask: Ask) -> None:
    text = (
        "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 50"
    )
    refused(ask, "DescribeLogGroups", "InvalidParameterException", text, limit=51)


# retention ---------------------------------------------------------------------------------------------------------


def test_retention_has_its_values(ask: Ask) -> None:
    make(ask, "g")
    for days in ALLOWED:
        ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=days)
        assert ask("logs:DescribeLogGroups")["logGroups"][0]["retentionInDays"] == days
    text = (
        "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum "
        "value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]"
    )
    refused(ask, "PutRetentionPolicy", "InvalidParameterException", text, logGroupName="g", retentionInDays=2)


def test_retention_can_be_removed_twice(ask: Ask) -> None:
    make(ask, "g")
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    for _ in range(2):
        ask("logs:DeleteRetentionPolicy", logGroupName="g")
        assert "retentionInDays" not in ask("logs:DescribeLogGroups")["logGroups"][0]


def test_retention_hides_what_has_expired(ask: Ask, world: World) -> None:
    make(ask, "g")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName="s")
    put(ask, (NOW - 1000, "old"), (NOW, "newer"))
    ask("logs:PutRetentionPolicy", logGroupName="g", retentionInDays=1)

    def seen() -> tuple[list[str], int, int | None]:
        (group,) = ask("logs:DescribeLogGroups")["logGroups"]
        (stream,) = ask("logs:DescribeLogStreams", logGroupName="g")["logStreams"]
        events = ask("logs:GetLogEvents", logGroupName="g", logStreamName="s")["events"]
        found = ask("logs:FilterLogEvents", logGroupName="g")["events"]
        assert [event["message"] for event in events] == [event["message"] for event in found]
        return [event["message"] for event in events], group["storedBytes"], stream.get("firstEventTimestamp")

    world.advance(86_400 - 1)
    assert seen() == (["old", "newer"], 26 + 3 + 26 + 5, NOW - 1000)
    world.advance(0.001)
    assert seen() == (["newer"], 26 + 5, NOW)
    world.advance(1)
    assert seen() == ([], 0, None)
    ask("logs:DeleteRetentionPolicy", logGroupName="g")
    assert seen() == (["old", "newer"], 26 + 3 + 26 + 5, NOW - 1000)
