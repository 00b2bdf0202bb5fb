from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from emulator import World
from emulator.control.dashboard import phrases
from emulator.control.pulse import MOST_LISTENERS
from emulator.services.mq.quotas import BROKERS
from tests.conftest import ACCOUNT, Ask
from tests.page.conftest import Page
from tests.page.document import read
from tests.services.conftest import Create, create, network, restore, without

__all__ = ["create", "network"]
Api = Callable[..., Any]


def test_an_empty_account_says_how_to_make_a_broker(page: Page) -> None:
    shown = page()
    assert "No broker yet." in shown.text
    assert "aws mq create-broker" in shown.text
    assert "0 calls 0 denials 0 side effects" in shown.part("counts")


def test_brokers_with_state_engine_age_and_what_comes_next(world: World, create: Create, page: Page, api: Api) -> None:
    broker = create()
    world.advance(100)
    shown = page()
    row = shown.part("brokers")
    assert f"orders {broker} CREATION_IN_PROGRESS RabbitMQ" in row
    assert "mq.m5.large, CLUSTER_MULTI_AZ 1 min 40 s" in row
    assert "await endpoint (create broker) in 5 s" in row
    (told,) = api("overview")["brokers"]
    assert (told["id"], told["ageSeconds"], told["next"]["dueIn"]) == (broker, 100.0, 5.0)
    world.advance(3600)
    assert "check endpoint (check health)" in page().part("brokers")


def test_why_a_broker_failed_without_what_only_a_decoder_reads(world: World, create: Create, page: Page) -> None:
    without(world, action="ec2:CreateVpcEndpoint")
    create()
    world.advance(60)
    shown = page().part("brokers")
    assert "CREATION_FAILED UnauthorizedOperation: You are not authorized" in shown
    assert "Encoded" not in shown
    restore(world)


def test_the_clock_and_what_is_due(world: World, create: Create, page: Page) -> None:
    assert "2026-09-21 14:13:20 UTC Stands still, pace real. No timer waits." in page().part("clock")
    create()
    world.clock.unfreeze()
    world.pace = "fast"
    shown = page().part("clock")
    assert "Runs, pace fast. Next timer at 2026-09-21 14:13:50." in shown


def test_an_account_with_a_clock_of_its_own(http: FlaskClient, page: Page) -> None:
    assert "The clock of all accounts" in page().part("clock")
    assert http.post("/_emulator/clock", json={"account": ACCOUNT, "advance": 60}).status_code == 200
    assert "2026-09-21 14:14:20 UTC Stands still" in page().part("clock")
    assert "This account’s own clock." in page().part("clock")
    assert "2026-09-21 14:13:20 UTC" in page(account="999988887777").part("clock")


def test_calls_denials_and_side_effects_are_counted(world: World, create: Create, ask: Ask, page: Page, api: Api) -> None:
    without(world, action="ec2:CreateVpcEndpoint")
    create()
    world.advance(60)
    counts = api("overview")["counts"]
    entries = [entry for entry in world.journal.select() if entry.kind == "call"]
    by_service = [entry for entry in entries if entry.via or "amazonaws" in entry.principal or "ForAmazonMQ" in entry.principal]
    assert counts == {"calls": len(entries), "denials": 1, "sideEffects": len(by_service), "dropped": 0}
    assert 0 < len(by_service) < len(entries)
    assert f"{len(entries)} calls 1 denials {len(by_service)} side effects" in page().part("counts")


def test_the_faults_that_may_hit_the_account(world: World, http: FlaskClient, page: Page) -> None:
    assert "Nothing goes wrong on purpose." in page().part("faults")
    everywhere = {"kind": "throttle", "match": {"action": "ec2:Create*"}, "times": 3, "probability": 0.5}
    for fault in (everywhere, {"kind": "deny", "account": ACCOUNT}, {"kind": "deny", "account": "999988887777"}):
        assert http.post("/_emulator/faults", json=fault).status_code == 200
    shown = page()
    assert "throttle action ec2:Create* every account, fired 0 of 3, with probability 0.5 Remove" in shown.part("faults")
    assert "deny fired 0" in shown.part("faults")
    assert [name for name in shown.parts if name.startswith("remove-")] == [f"remove-{fault.id}" for fault in world.faults][:2]


def test_accounts_and_regions_to_choose_from(ask: Ask, api: Api, page: Page) -> None:
    ask("ec2:DescribeVpcs", region="eu-west-1")
    ask("iam:ListUsers", account="999988887777")
    assert api("overview")["accounts"] == {ACCOUNT: ["eu-west-1"], "999988887777": ["us-east-1"]}
    shown = page()
    assert "eu-west-1 •" in shown.text
    assert "999988887777" in shown.text


def test_without_a_scope_it_is_that_of_the_last_call(ask: Ask, page: Page, api: Api) -> None:
    assert "Account 000000000000" in page(account=None, region=None).text
    ask("ec2:DescribeVpcs", region="eu-west-1")
    assert f"Account {ACCOUNT}" in page(account=None, region=None).text
    assert "Brokers in eu-west-1" in page(account=None, region=None).text
    assert "Brokers in eu-west-1" in page(region=None).text
    assert "Brokers in us-east-1" in page(account="000000000000", region=None).text


def test_many_brokers_come_in_pages(world: World, create: Create, page: Page, api: Api) -> None:
    world.quotas = {BROKERS: 53}
    for number in range(53):
        create(f"b{number}", DeploymentMode="SINGLE_INSTANCE", SubnetIds=None, SecurityGroups=None, PubliclyAccessible=True)
    first = page()
    assert first.rows["tr"] == 51
    assert "1–50 of 53" in first.text
    later = page(skip=50)
    assert later.rows["tr"] == 4
    assert "b52" in later.part("brokers")
    assert [row["name"] for row in api("brokers", skip=51, limit=1)["brokers"]] == ["b51"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"account": "1"}, "account: "),
        ({"region": "mars-1"}, "region: Value error, AWS has no such Region"),
        ({"skip": "-1"}, "skip: "),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_asked(asked: dict[str, str], said: str, page: Page) -> None:
    assert said in page(status=400, **asked).text


def test_a_page_that_is_not_there(page: Page) -> None:
    assert "There is no page nothing." in page("page/nothing", 404).text


def test_the_address_without_its_last_slash_leads_to_the_overview(http: FlaskClient) -> None:
    answer = http.get("/_emulator")
    assert (answer.status_code, answer.headers["Location"]) == (308, "http://localhost/_emulator/")


def test_where_the_control_token_is_given_nothing_is_told(world: World, create: Create, http: FlaskClient) -> None:
    create()
    shown = read(http.get("/_emulator/login").text)
    assert "Control token" in shown.text
    assert shown.links == []
    assert ACCOUNT not in shown.text


def test_static_files_are_few_and_small(http: FlaskClient) -> None:
    for name in ("page.css", "page.js", "icon.svg"):
        with http.get(f"/_emulator/static/{name}") as answer:
            assert answer.status_code == 200
            assert len(answer.data.splitlines()) < 300
    assert http.get("/_emulator/static/../api.py").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0001, "under 1 ms"),
        (0.0123, "12 ms"),
        (2.81, "2.8 s"),
        (9.99, "10 s"),
        (45, "45 s"),
        (450, "7 min 30 s"),
        (7500, "2 h 5 min"),
        (277_300, "3 d 5 h"),
        (86_400, "1 d"),
    ],
)
def test_durations_in_words(seconds: float, text: str) -> None:
    assert phrases.duration(seconds) == text


def test_following_tells_that_the_journal_has_grown(world: World, http: FlaskClient) -> None:
    world.journal.write("state", "one")
    with http.get("/_emulator/journal/pulse") as answer:
        assert answer.mimetype == "text/event-stream"
        told = iter(answer.iter_encoded())
        assert next(told) == b"event: journal\ndata: 1\n\n"
        assert next(told) == b":\n\n"
        world.journal.write("state", "two")
        assert next(told) == b"event: journal\ndata: 2\n\n"
        world.reset()
        assert next(told) == b"event: journal\ndata: 0\n\n"


def test_only_so_many_may_follow_at_once(http: FlaskClient) -> None:
    listeners = [http.get("/_emulator/journal/pulse") for _ in range(MOST_LISTENERS)]
    for one in listeners:
        next(iter(one.iter_encoded()))
    with http.get("/_emulator/journal/pulse") as refused:
        assert (refused.status_code, refused.json) == (503, {"error": f"{MOST_LISTENERS} follow the journal already"})
    for one in listeners:
        one.close()
    with http.get("/_emulator/journal/pulse") as answer:
        assert answer.status_code == 200


def test_looking_leaves_no_trace(world: World, create: Create, page: Page) -> None:
    broker = create()
    world.advance(3600)
    before = world.journal.select()
    for path in ("", f"page/broker/{broker}", "page/journal", "page/role", "page/try", "page/logs", "page/journal/1"):
        page(path)
    page("page/logs/events", group=f"/aws/amazonmq/broker/{broker}/general")
    page("page/try", action="mq:CreateBroker")
    assert world.journal.select() == before
