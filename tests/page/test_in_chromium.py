"""The page as a person sees it, in a real browser."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from emulator.config import Config, Secret
from emulator.server import Server
from tests.page.browser import PATIENCE, Open, overflow, unfold, violations, watch
from tests.page.story import ACCOUNT, WHERE, Story, ask, create, play, role_policy

expect.set_options(timeout=PATIENCE)


def press(tab: Page, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


def set_policy(tab: Page, text: str) -> None:
    tab.get_by_label("Policy document").fill(text)
    press(tab, "Save")
    expect(tab.locator("output.done")).to_have_text("Done")


def test_a_person_watches_a_broker_come_up(server: Server, open_page: Open) -> None:
    """They spoil the role's policy, see the denial and its reason, mend the policy, move the clock, and see RUNNING."""
    tab = open_page(f"page/role?{WHERE}")
    set_policy(tab, role_policy(server, "yes"))
    expect(tab.locator("#role")).to_contain_text("edited")

    tab.get_by_role("link", name="Overview").click()
    expect(tab.locator("#brokers")).to_contain_text("No broker yet.")
    create(server, "orders")
    expect(tab.locator("#brokers")).to_contain_text("CREATION_IN_PROGRESS")
    tab.get_by_role("link", name="orders").click()
    expect(tab.locator("#plans")).to_contain_text("due in 30 s")
    press(tab, "1 min")
    expect(tab.locator("#state")).to_contain_text("CREATION_FAILED")
    denied = tab.locator("#plans .decision", has_text="denied")
    expect(denied).to_contain_text("no identity-based policy allows ec2:CreateVpcEndpoint")
    denied.get_by_role("link").click()
    expect(tab.locator("#remedy")).to_contain_text(
        "Let the request meet aws:RequestTag/AMQManaged StringEquals yes (it has true)"
    )
    expect(tab.locator("mark.fails", has_text='"aws:RequestTag/AMQManaged": "yes"')).to_be_visible()

    tab.get_by_role("link", name="Role").click()
    expect(tab.locator("#role")).to_contain_text("ec2:CreateVpcEndpoint on arn:aws:ec2")
    press(tab, "AWS’s own text")
    expect(tab.locator("output.done")).to_have_text("Done")
    tab.get_by_role("link", name="Overview").click()
    create(server, "again")
    tab.get_by_role("link", name="again").click()
    press(tab, "30 s")
    expect(tab.locator("#picture")).to_contain_text("VPC endpoint: pending")
    press(tab, "10 min")
    expect(tab.locator("#state")).to_contain_text("RUNNING")
    expect(tab.locator("#picture")).to_contain_text("VPC endpoint: available")
    created = tab.get_by_role("article", name="create broker, done")
    expect(created.locator("li.done")).to_have_count(4)
    created.locator("summary").first.click()
    expect(created.get_by_text("by statement 3 of AmazonMQServiceRolePolicy")).to_be_visible()


def test_the_clock_is_moved_by_its_buttons(server: Server, open_page: Open) -> None:
    tab = open_page(f"?{WHERE}")
    expect(tab.locator("#clock")).to_contain_text("2026-09-21 14:13:20")
    press(tab, "1 h")
    expect(tab.locator("#clock")).to_contain_text("2026-09-21 15:13:20")
    press(tab, "fast")
    expect(tab.get_by_role("button", name="fast")).to_have_attribute("aria-pressed", "true")
    expect(tab.get_by_role("button", name="fast")).to_be_focused()
    press(tab, "Let it run")
    expect(tab.locator("#clock")).to_contain_text("Runs, pace fast")
    assert (server.world.pace, server.world.clock.is_frozen) == ("fast", False)


def test_a_policy_that_iam_would_refuse_is_refused_with_its_reason(open_page: Open, faults: list[str]) -> None:
    tab = open_page(f"page/role?{WHERE}")
    tab.get_by_label("Policy document").fill('{"Version": "2012-10-17"}')
    press(tab, "Save")
    output = tab.get_by_role("region", name="Another text for a test").locator("output")
    expect(output).not_to_be_empty()
    expect(output).not_to_have_class("done")
    assert [fault for fault in faults if "400 (BAD REQUEST)" in fault] == faults
    faults.clear()


def test_a_fault_is_removed(server: Server, open_page: Open) -> None:
    from emulator.engine.fault import Fault, Match

    fault = server.world.faults.add(Fault(account="", region="", id="", kind="deny", match=Match(action="ec2:*")))
    tab = open_page(f"?{WHERE}")
    press(tab, f"Remove fault deny, {fault.id}")
    expect(tab.locator("#faults")).to_contain_text("Nothing goes wrong on purpose.")
    assert list(server.world.faults) == []


def test_another_account_is_a_choice_away(server: Server, open_page: Open) -> None:
    ask(server, "iam.create_user", account="999988887777", UserName="u")
    tab = open_page(f"?{WHERE}")
    tab.get_by_role("combobox", name="Account").select_option("999988887777")
    expect(tab.get_by_role("heading", name="Account 999988887777")).to_be_visible()
    tab.get_by_role("combobox", name="Region").select_option("eu-west-1")
    expect(tab.get_by_role("heading", name="Brokers in eu-west-1")).to_be_visible()


def test_a_browser_of_another_machine_logs_in(chromium: Browser, faults: list[str]) -> None:
    token = "a control token for this test"
    with Server(Config(port=0, control_token=Secret(token))) as guarded:
        context = chromium.new_context()
        watch(context, guarded.url, faults)
        tab = context.new_page()
        tab.goto(f"{guarded.url}/_emulator/")
        assert violations(tab) == []
        tab.get_by_label("Control token").fill("wrong")
        press(tab, "Log in")
        expect(tab.locator("output")).to_have_text("the control token is wrong")
        tab.get_by_label("Control token").fill(token)
        press(tab, "Log in")
        expect(tab.get_by_role("heading", name="Overview")).to_be_visible()
        expect(tab.locator("body")).to_have_attribute("data-following", "true")
        context.close()
    assert [fault for fault in faults if "401" not in fault] == []


# Following ---------------------------------------------------------------------------------------------------------


def test_what_is_open_and_focused_stays_so_when_the_page_changes(server: Server, open_page: Open) -> None:
    broker = create(server, "orders")
    server.world.advance(100)
    tab = open_page(f"page/broker/{broker}?{WHERE}")
    tab.locator("#plans summary").first.click()
    tab.get_by_role("button", name="30 s").focus()
    server.world.advance(600)
    ask(server, "mq.list_brokers")
    expect(tab.locator("#state")).to_contain_text("RUNNING")
    expect(tab.locator("#plans details").first).to_have_attribute("open", "")
    expect(tab.get_by_role("button", name="30 s")).to_be_focused()


def test_nothing_is_followed_while_nobody_looks(server: Server, open_page: Open) -> None:
    tab = open_page(f"page/journal?{WHERE}")
    expect(tab.locator("body")).to_have_attribute("data-following", "true")
    hide = (
        "value => { Object.defineProperty(document, 'visibilityState', {value, configurable: true}); "
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    tab.evaluate(hide, "hidden")
    expect(tab.locator("body")).to_have_attribute("data-following", "false")
    ask(server, "iam.create_user", UserName="unseen")
    tab.evaluate(hide, "visible")
    expect(tab.locator("#entries")).to_contain_text("iam:CreateUser")
    press(tab, "Live")
    expect(tab.locator("body")).to_have_attribute("data-following", "false")
    expect(tab.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")


def test_an_older_page_of_the_journal_stands_still(server: Server, open_page: Open) -> None:
    ask(server, "iam.create_user", UserName="u")
    tab = open_page(f"page/journal?{WHERE}&before=2")
    expect(tab.locator("body")).to_have_attribute("data-following", "false")


# For everyone ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme: str, server: Server, open_page: Open) -> None:
    tab = open_page(color_scheme=scheme)
    for name, path in shown(server).items():
        tab.goto(f"{server.url}/_emulator/{path}")
        unfold(tab)
        assert (name, violations(tab)) == (name, [])


@pytest.mark.parametrize("width", [400, 1280])
def test_no_page_is_wider_than_its_window(width: int, server: Server, open_page: Open) -> None:
    tab = open_page(width=width)
    for name, path in shown(server).items():
        tab.goto(f"{server.url}/_emulator/{path}")
        assert (name, overflow(tab)) == (name, 0)
        unfold(tab)
        assert (name, overflow(tab)) == (name, 0)


def shown(server: Server) -> dict[str, str]:
    """Every page but that of an error, which the console takes for one."""
    return {name: path for name, path in play(server).pages().items() if name != "error"}


def test_everything_can_be_read_without_a_script(server: Server, open_page: Open) -> None:
    told = play(server)
    pages = told.pages()
    wanted = {
        "overview": "CREATION_FAILED",
        "broker": "await endpoint",
        "journal": "ec2:CreateVpcEndpoint",
        "entry": "You are not authorized",
        "decision": "To allow it:",
        "role": "What was denied for lack of it",
        "try-it": "Denied, for nothing allows it",
        "log-events": "Server startup complete",
    }
    for name, text in wanted.items():
        tab = open_page(pages[name], java_script_enabled=False)
        expect(tab.locator("main")).to_contain_text(text)
        assert tab.locator("[data-scripted] >> visible=true").count() == 0, name
    tab = open_page(pages["overview"], java_script_enabled=False)
    expect(tab.get_by_text("Controls need JavaScript")).to_be_visible()
    tab.get_by_role("link", name="payments").click()
    expect(tab.get_by_role("heading", name="payments")).to_be_visible()
    tab.goto(f"{server.url}/_emulator/{pages['journal']}")
    tab.get_by_label("Outcome").select_option("denied")
    press(tab, "Show")
    expect(tab.locator("#entries")).to_contain_text("denied")
    tab.goto(f"{server.url}/_emulator/page/try?{WHERE}")
    tab.get_by_label("Action", exact=True).fill("mq:CreateBroker")
    press(tab, "Decide")
    expect(tab.locator("main")).to_contain_text("the account's root user needs no policy")


def test_the_keyboard_reaches_everything(server: Server, open_page: Open) -> None:
    told = play(server)
    tab = open_page(told.pages()["broker"])
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_be_focused()
    reached = set()
    for _ in range(80):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("(document.activeElement.id || document.activeElement.textContent).trim().slice(0, 30)"))
    assert {"Its journal", "advance-30", "freeze", "pace-fast"} <= reached
    assert any(name.startswith("VPC endpoint") for name in reached)
    assert any(name.startswith("Broker") for name in reached)


# Hostile strings ---------------------------------------------------------------------------------------------------

HOSTILE = {
    "script": "<script>document.title='pwned'; alert(1)</script>",
    "attribute": "\"'><img src=x onerror=alert(1)><svg onload=alert(2)>",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} `x` --> ]]> </textarea></pre></title></svg>",
    "right to left": "\u202e\u2067\u05d0\u05d1\u05d2 drawkcab \u202d",
    "long": "<b title='" + "x" * 300 + "'>" + "&lt;<i>" * 8_000,
    "one word": "W" * 3_000,
    "url": "javascript:alert(1)",
}


def plant(server: Server) -> list[str]:
    """Hostile text wherever a client may put some; gives the addresses of the pages that show it."""
    vpc = ask(server, "ec2.create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ask(server, "ec2.create_subnet", VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    tags = [{"Key": text[:60] + str(number), "Value": text[:250]} for number, text in enumerate(HOSTILE.values())]
    ask(server, "ec2.create_tags", Resources=[vpc, subnet], Tags=tags)
    group = ask(server, "ec2.create_security_group", VpcId=vpc, GroupName="W" * 250, Description="d" * 250)["GroupId"]
    broker = create(
        server,
        "W" * 50,
        DeploymentMode="SINGLE_INSTANCE",
        SubnetIds=[subnet],
        SecurityGroups=[group],
        Tags={text[:60] + str(number): text[:250] for number, text in enumerate(HOSTILE.values())},
    )
    server.world.advance(1000)
    name = f"/aws/amazonmq/broker/{broker}/general"
    ask(server, "logs.create_log_stream", logGroupName=name, logStreamName="<script>alert(1)</script>")
    now = int(server.world.clock.now() * 1000)
    events = [{"timestamp": now + number, "message": text} for number, text in enumerate(HOSTILE.values())]
    ask(server, "logs.put_log_events", logGroupName=name, logStreamName="<script>alert(1)</script>", logEvents=events)
    paths = [f"page/broker/{broker}?{WHERE}", f"page/logs/events?{WHERE}&group={name}", f"?{WHERE}", f"page/logs?{WHERE}"]
    return [*paths, *plant_in_iam(server)]


def plant_in_iam(server: Server) -> list[str]:
    ask(server, "iam.create_user", UserName="W" * 64)
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Action": "mq:CreateBroker",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestTag/<script>alert(1)</script>": [*HOSTILE.values()][:4]}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    ask(server, "iam.put_user_policy", UserName="W" * 64, PolicyName="p" * 128, PolicyDocument=document)
    for text in HOSTILE.values():
        for call in (
            {"action": "mq.create_broker", "BrokerName": text[:3_000]},
            {"action": "mq.describe_broker", "BrokerId": text[:2_000]},
            {"action": "iam.get_user", "UserName": text[:100]},
        ):
            with pytest.raises((ClientError, ParamValidationError)):
                refused(server, **call)
    question = f"principal=arn:aws:iam::{ACCOUNT}:user/{'W' * 64}&action=mq:CreateBroker"
    entries = [f"page/journal/{entry.id}?{WHERE}" for entry in server.world.journal.select() if entry.outcome == "error"]
    return [f"page/journal?{WHERE}", f"page/journal?{WHERE}&view=list", f"page/try?{WHERE}&{question}", *entries]


def refused(server: Server, action: str, **params: Any) -> None:
    if action == "mq.create_broker":
        create(server, name=params["BrokerName"])
    else:
        ask(server, action, **params)


def test_hostile_strings_never_run_and_never_break_the_layout(server: Server, open_page: Open) -> None:
    tab = open_page(width=400)
    for path in plant(server):
        tab.goto(f"{server.url}/_emulator/{path}")
        unfold(tab)
        state = tab.evaluate(
            "[document.scripts.length, document.querySelectorAll('main img, main iframe, main b[title]').length]"
        )
        assert (path, state, overflow(tab)) == (path, [1, 0], 0)
        assert "pwned" not in tab.title()


@pytest.mark.parametrize("text", list(HOSTILE.values()), ids=list(HOSTILE))
def test_hostile_questions_are_shown_as_they_are(text: str, server: Server, open_page: Open) -> None:
    given = quote(text[:4_000])
    tab = open_page(width=400)
    for path, field in (
        (f"page/journal?text={given}", "Text"),
        (f"page/journal?principal={given}", "Principal"),
        (f"page/try?action={given}", "Action"),
        (f"page/logs?prefix=g&account={ACCOUNT}", None),
    ):
        tab.goto(f"{server.url}/_emulator/{path}")
        if field:
            assert tab.get_by_label(field, exact=True).input_value() == text[:4_000].replace("\n", "")
        assert overflow(tab) == 0
        assert tab.evaluate("document.scripts.length") == 1


def test_the_story_has_every_page(http: FlaskClient) -> None:
    """No page is left out of the tests above."""
    address = http.application.url_map.bind("localhost")
    shown = {address.match(f"/_emulator/{path.partition('?')[0]}")[0] for path in Story("b", "b", "b", 1, 1).pages().values()}
    every = {rule.endpoint for rule in http.application.url_map.iter_rules() if rule.endpoint.startswith("control.page.")}
    assert every - shown == {f"control.page.{name}" for name in ("static", "login", "download_journal", "download_cloudtrail")}
