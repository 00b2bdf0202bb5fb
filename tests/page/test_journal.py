from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from emulator import AwsError, World
from emulator.control.dashboard.journal_pages import MOST_SEARCHED, PAGE
from tests.conftest import ACCOUNT, Ask
from tests.page.conftest import Page
from tests.services.conftest import Create, create, network, without

__all__ = ["create", "network"]
Api = Callable[..., Any]


@pytest.fixture
def broker(world: World, create: Create) -> str:
    """One that failed, for the role could not make its endpoint."""
    without(world, statement=3)
    broker = create()
    world.advance(60)
    return broker


def titles(page: Page, **asked: Any) -> list[str]:
    """The entries on a page, in its order."""
    shown = page("page/journal", view="list", **asked)
    return [link.split("\n")[1] for link in shown.links if "/page/journal/" in link and "?" in link]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"principal": "ForAmazonMQ"}, ["ec2:CreateVpcEndpoint"]),
        ({"service": "sts"}, ["sts:AssumeRole"]),
        ({"action": "createvpc"}, ["ec2:CreateVpcEndpoint", "ec2:CreateVpc"]),
        ({"outcome": "denied"}, ["ec2:CreateVpcEndpoint"]),
        ({"outcome": "failed"}, ["create broker: ensure endpoint"]),
        ({"text": "AMQMANAGED"}, ["ec2:CreateVpcEndpoint", "edit policy "]),
        ({"text": "UnauthorizedOperation", "service": "ec2"}, ["ec2:CreateVpcEndpoint"]),
        ({"text": "nowhere"}, []),
        ({"account": "999988887777"}, []),
    ],
)
def test_filters(asked: dict[str, str], wanted: list[str], broker: str, page: Page) -> None:
    found = titles(page, **asked)
    assert [found.startswith(title) for found, title in zip(found, wanted, strict=True)] == [True] * len(wanted)


def test_of_one_broker(broker: str, page: Page) -> None:
    found = titles(page, broker=broker)
    assert (found[-1], found[0]) == ("mq:CreateBroker", "CREATION_IN_PROGRESS → CREATION_FAILED")
    assert "ec2:CreateSubnet" not in found
    assert "Nothing of that in the journal" in page("page/journal", broker="b-1").text


def test_what_the_clock_does_belongs_to_every_account(http: FlaskClient, page: Page) -> None:
    http.post("/_emulator/clock", json={"advance": 1})
    assert titles(page) == ["clock"]
    assert titles(page, account="999988887777") == ["clock"]


def test_a_tree_has_what_led_to_an_entry_on_top(broker: str, page: Page) -> None:
    shown = page("page/journal", outcome="denied").part("entries")
    places = [shown.index(text) for text in ("mq:CreateBroker", "create broker: ensure endpoint", "denied ec2:CreateVpcEndpoint")]
    assert places == sorted(places)
    assert "allowed mq:CreateBroker" not in shown
    assert "DescribeSubnets" not in shown


def test_the_newest_tree_comes_first(ask: Ask, page: Page) -> None:
    ask("iam:CreateUser", UserName="first")
    ask("iam:ListUsers")
    shown = page("page/journal").part("entries")
    assert shown.index("iam:ListUsers") < shown.index("iam:CreateUser")


def test_a_page_is_bounded_and_leads_to_older_ones(ask: Ask, page: Page) -> None:
    for number in range(PAGE + 5):
        ask("iam:CreateUser", UserName=f"u{number}")
    for view in ("list", "tree"):
        first = page("page/journal", view=view, service="iam")
        assert first.rows["time"] == PAGE + 1
        older = first.link("Older")
        assert "service=iam" in older
        assert f"view={view}" in older
        assert "Older" not in page("page/journal", view=view, before=6).text
    assert len(titles(page, before=6)) == 5
    assert "Newest" in page("page/journal", before=6).text


def test_a_search_looks_at_so_many_entries_a_page(world: World, ask: Ask, page: Page) -> None:
    ask("iam:CreateUser", UserName="needle")
    for _ in range(MOST_SEARCHED + 10):
        world.journal.write("state", "hay", account=ACCOUNT)
    shown = page("page/journal", text="needle", view="list")
    assert "Searched back to entry 12; older ones have not been looked at yet." in shown.text
    assert "iam:CreateUser" not in shown.text
    assert "before=12" in shown.link("Older")
    assert "iam:CreateUser" in page("page/journal", text="needle", before=12).text


def test_dropped_entries_are_owned_up_to(world: World, ask: Ask, page: Page) -> None:
    world.journal.capacity = 3
    for number in range(5):
        ask("iam:CreateUser", UserName=f"u{number}")
    assert "2 older entries are not kept any more." in page("page/journal").text


def test_a_download_has_what_the_page_has(broker: str, http: FlaskClient) -> None:
    answer = http.get("/_emulator/page/journal.jsonl", query_string={"account": ACCOUNT, "region": "us-east-1", "broker": broker})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="journal.jsonl"'
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert rows == http.get("/_emulator/journal", query_string={"broker": broker}).get_json()["entries"]
    assert rows[0]["title"] == "mq:CreateBroker"


def test_a_download_as_cloudtrail_has_it(broker: str, ask: Ask, http: FlaskClient) -> None:
    asked = {"account": ACCOUNT, "region": "us-east-1", "broker": broker}
    answer = http.get("/_emulator/page/cloudtrail.json", query_string=asked)
    records = answer.get_json()["Records"]
    assert records[0]["eventName"] == "CreateBroker"
    (denied,) = [record for record in records if record["eventName"] == "CreateVpcEndpoint"]
    assert denied["errorCode"] == "Client.UnauthorizedOperation"
    assert denied["userIdentity"]["invokedBy"] == "mq.amazonaws.com"
    assert "correct-horse" not in answer.text
    told = {event["EventId"]: json.loads(event["CloudTrailEvent"]) for event in ask("cloudtrail:LookupEvents")["Events"]}
    assert records == [told[record["eventID"]] for record in records]
    assert http.get("/_emulator/page/cloudtrail.json", query_string=asked | {"broker": "b-1"}).get_json() == {"Records": []}


def test_an_entry_by_its_address(world: World, broker: str, page: Page, api: Api) -> None:
    (denied,) = [entry for entry in world.journal.select() if entry.outcome == "denied"]
    told = api(f"journal/{denied.id}")
    assert [cause["title"] for cause in told["causes"]] == ["mq:CreateBroker", "create broker: ensure endpoint"]
    shown = page(f"page/journal/{denied.id}")
    assert "You are not authorized to perform this operation." in shown.text
    assert "Encoded" not in shown.text
    assert f"To allow it: Add arn:aws:ec2:us-east-1:{ACCOUNT}:vpc-endpoint/* to the resources of statement 2" in shown.text
    assert f"/_emulator/page/broker/{broker}?" in shown.link(broker)
    cause = page(f"page/journal/{told['causes'][0]['id']}")
    assert "What it caused" in cause.text
    assert "ec2:DescribeSubnets" in cause.text
    assert "correct-horse" not in cause.text


def test_an_entry_that_caused_much_shows_some_of_it(world: World, page: Page) -> None:
    cause = world.journal.write("control", "much", account=ACCOUNT)
    for number in range(205):
        world.journal.write("state", f"s{number}", parent=cause.id, account=ACCOUNT)
    assert "and 5 more" in page(f"page/journal/{cause.id}").text


def test_an_entry_that_is_not_there(page: Page, http: FlaskClient) -> None:
    assert "the journal has no entry 7, or has it no more" in page("page/journal/7", 404).text
    answer = http.get("/_emulator/journal/7")
    assert (answer.status_code, answer.json) == (400, {"error": "NotFound: the journal has no entry 7, or has it no more"})


def test_a_call_as_a_line_for_the_aws_cli(world: World, ask: Ask, page: Page) -> None:
    ask("logs:CreateLogGroup", logGroupName="g")
    ask("mq:ListBrokers")
    first, second = (entry.id for entry in world.journal.select())
    words = shlex.split(page(f"page/journal/{first}").part("line"))
    assert words[:3] == ["aws", "logs", "create-log-group"]
    assert json.loads(words[4]) == {"logGroupName": "g"}
    assert words[5:] == ["--region", "us-east-1", "--endpoint-url", "http://localhost/"]
    assert shlex.split(page(f"page/journal/{second}").part("line"))[:4] == ["aws", "mq", "list-brokers", "--region"]


def test_quotes_in_a_line_are_quoted(world: World, ask: Ask, page: Page) -> None:
    with pytest.raises(AwsError):
        ask("iam:CreateUser", UserName='it\'s; $(rm -rf /) "x"')
    (entry,) = world.journal.select()
    words = shlex.split(page(f"page/journal/{entry.id}").part("line"))
    assert json.loads(words[4]) == {"UserName": 'it\'s; $(rm -rf /) "x"'}
