from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator import World
from tests.conftest import ACCOUNT, Ask
from tests.page.conftest import Page
from tests.services.conftest import Create, create, network, restore, without

__all__ = ["create", "network"]
Api = Callable[..., Any]


# Role --------------------------------------------------------------------------------------------------------------


def test_before_the_first_broker_there_is_only_its_policy(page: Page, api: Api) -> None:
    told = api("role")
    assert (told["role"], told["usage"], told["deletions"]) == (None, [], [])
    assert [row["allowed"] for row in told["policy"]["statements"]] == [0] * 6
    assert "has no such role yet" in page("page/role").part("role")


def test_how_often_each_statement_allowed_something(world: World, create: Create, page: Page, api: Api) -> None:
    create()
    world.advance(3000)
    told = api("role")
    counted = [0] * 6
    for entry in world.journal.select(principal="ForAmazonMQ"):
        for decision in entry.decided:
            assert decision.because is not None
            counted[decision.because.statement.index - 1] += 1
    assert [row["allowed"] for row in told["policy"]["statements"]] == counted
    assert counted[1:4] == [5, 1, 1]
    assert told["policy"]["edited"] is False
    shown = page("page/role").part("role")
    assert "mq.amazonaws.com" in shown
    assert "5 times Allow, statement 2" in shown
    assert "1 time Allow, statement 3" in shown
    assert "Nothing." in shown


def test_what_was_denied_for_lack_of_it(world: World, create: Create, page: Page, api: Api) -> None:
    without(world, statement=6)
    create()
    world.advance(3000)
    told = api("role")
    (denied,) = told["policy"]["denied"]
    assert (denied["action"], denied["count"]) == ("logs:CreateLogGroup", denied["count"])
    assert told["policy"]["edited"] is True
    shown = page("page/role")
    assert "edited" in shown.part("role")
    number = denied["last"]["number"]
    assert f"/page/journal/{denied['last']['entry']}/{number}?" in shown.link("logs:CreateLogGroup")
    restore(world)
    assert [row["statement"] for row in api("role")["policy"]["statements"]] == [1, 2, 3, 4, 5, 6]


def test_counts_follow_a_statement_into_an_edited_text(world: World, create: Create, api: Api) -> None:
    create()
    world.advance(60)
    before = {row["text"]: row["allowed"] for row in api("role")["policy"]["statements"]}
    without(world, statement=1)
    after = {row["text"]: row["allowed"] for row in api("role")["policy"]["statements"]}
    assert len(after) == 5
    assert after == {text: before[text] for text in after}


def test_where_the_role_is_used_and_its_deletion_tasks(world: World, create: Create, ask: Ask, page: Page, api: Api) -> None:
    broker = create()
    world.advance(600)
    task = ask("iam:DeleteServiceLinkedRole", RoleName="AWSServiceRoleForAmazonMQ")["DeletionTaskId"]
    assert api("role")["deletions"] == [{"id": task, "status": "IN_PROGRESS", "usage": []}]
    world.advance(60)
    told = api("role")
    (arn,) = told["usage"][0]["resources"]
    assert told["deletions"][0]["usage"] == [{"region": "us-east-1", "resources": [arn]}]
    shown = page("page/role")
    assert "us-east-1: 1 broker" in shown.part("role")
    assert f"/page/broker/{broker}?" in shown.link(arn)
    assert f"{task} FAILED us-east-1: {arn}" in shown.part("role")


def test_a_role_that_many_brokers_use_shows_some_of_them(world: World, create: Create, page: Page) -> None:
    world.quotas = {"Brokers per Region": 102}
    for number in range(102):
        create(f"b{number}", PubliclyAccessible=True, SubnetIds=None, SecurityGroups=None)
    shown = page("page/role")
    assert len([link for link in shown.links if "/page/broker/" in link]) == 100
    assert "and 2 more" in shown.text


# Logs --------------------------------------------------------------------------------------------------------------


def fill(ask: Ask, world: World, *messages: str, stream: str = "s") -> None:
    ask("logs:CreateLogGroup", logGroupName="g")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName=stream)
    now = int(world.clock.now() * 1000)
    events = [{"timestamp": now + number, "message": text} for number, text in enumerate(messages)]
    ask("logs:PutLogEvents", logGroupName="g", logStreamName=stream, logEvents=events)


def test_groups_by_name_and_page_by_page(ask: Ask, page: Page, api: Api) -> None:
    assert "No log group." in page("page/logs").text
    for number in range(52):
        ask("logs:CreateLogGroup", logGroupName=f"g{number:02}")
    ask("logs:PutRetentionPolicy", logGroupName="g00", retentionInDays=7)
    first = page("page/logs")
    assert first.rows["tr"] == 51
    assert "7 days" in first.text
    assert "for ever" in first.text
    more = api("logs", token=api("logs")["next"])
    assert [group["name"] for group in more["groups"]] == ["g50", "g51"]
    assert "More" in first.text
    assert page("page/logs", prefix="g1").rows["tr"] == 11
    assert "No log group of that name." in page("page/logs", prefix="x").text


def test_events_newest_first_by_stream_and_pattern(world: World, ask: Ask, page: Page, api: Api) -> None:
    fill(ask, world, "one ERROR", "two", "three ERROR")
    ask("logs:CreateLogStream", logGroupName="g", logStreamName="other")
    shown = page("page/logs/events", group="g").part("events")
    assert shown.index("three ERROR") < shown.index("two") < shown.index("one ERROR")
    told = api("logs/events", group="g", pattern="ERROR")
    assert [event["message"] for event in told["events"]] == ["three ERROR", "one ERROR"]
    assert told["streams"] == ["other", "s"]
    assert "two" not in page("page/logs/events", group="g", pattern="ERROR").part("events")
    assert "No event here." in page("page/logs/events", group="g", stream="other").part("events")
    assert "No event that matches here." in page("page/logs/events", group="g", pattern="absent").part("events")


def test_events_page_by_page(world: World, ask: Ask, page: Page, api: Api) -> None:
    fill(ask, world, *(f"line {number}" for number in range(120)))
    first = page("page/logs/events", group="g")
    assert first.rows["code"] == 100
    rest = api("logs/events", group="g", token=api("logs/events", group="g")["next"])
    assert next(event["message"] for event in rest["events"]) == "line 19"
    assert "Older" in first.text


def test_a_pattern_that_is_none_and_a_group_that_is_not_there(world: World, ask: Ask, page: Page) -> None:
    fill(ask, world, "one")
    shown = page("page/logs/events", group="g", pattern="{ $.a = }")
    assert "nvalid" in shown.text
    assert "one" not in shown.part("events")
    assert "The specified log group does not exist" in page("page/logs/events", 404, group="none").text


def test_a_long_line_is_cut(world: World, ask: Ask, page: Page) -> None:
    fill(ask, world, "<b>" * 10_000)
    shown = page("page/logs/events", group="g").part("events")
    assert "(28000 more characters)" in shown
    assert shown.count("<b>") == 666


def test_the_account_of_another_is_not_shown(world: World, ask: Ask, page: Page) -> None:
    fill(ask, world, "mine")
    assert "No log group." in page("page/logs", account="999988887777").text
    assert ACCOUNT not in page("page/role", account="999988887777").part("role")
