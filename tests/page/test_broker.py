from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from emulator import World
from emulator.services.mq.broker import MOVES
from tests.conftest import ACCOUNT, Ask
from tests.page.conftest import Page
from tests.services.conftest import Create, create, network, restore, without
from tests.services.conftest import state as state_of
from tests.services.mq_worlds import CREATION, make_broker

__all__ = ["create", "network"]
Api = Callable[..., Any]


def steps(told: dict[str, Any], plan: str = "create broker") -> list[tuple[str, str]]:
    return next([(step["name"], step["state"]) for step in run["steps"]] for run in told["plans"] if run["plan"] == plan)


def test_the_plan_goes_from_step_to_step(world: World, create: Create, api: Api) -> None:
    broker = create()
    names = [step.name for step in world.plans["create broker"].steps]
    assert steps(api(f"brokers/{broker}")) == list(zip(names, ["running", "to come", "to come", "to come"], strict=True))
    world.advance(95)
    assert steps(api(f"brokers/{broker}"))[:2] == [("ensure endpoint", "done"), ("await endpoint", "waiting")]
    world.advance(3000)
    told = api(f"brokers/{broker}")
    assert steps(told) == list(zip(names, ["done"] * 4, strict=True))
    (run,) = [run for run in told["plans"] if run["plan"] == "create broker"]
    assert run["state"] == "done"
    assert [step["emulatedSeconds"] for step in run["steps"]] == [30.0, 90.0, 30.0, 420.0]
    assert [step["attempts"] for step in run["steps"]] == [1, 3, 1, 1]
    assert all(step["wallSeconds"] >= 0 for step in run["steps"])


def test_steps_that_have_nothing_to_do_for_a_broker_are_not_shown(world: World, create: Create, ask: Ask, api: Api) -> None:
    broker = create(PubliclyAccessible=True, SecurityGroups=None, SubnetIds=None, Logs={"General": False})
    (run,) = api(f"brokers/{broker}")["plans"]
    assert [(step["name"], step["after"], step["state"]) for step in run["steps"]] == [("boot", 540.0, "running")]
    world.advance(600)
    (run,) = api(f"brokers/{broker}")["plans"]
    assert [(step["name"], step["emulatedSeconds"], step["state"]) for step in run["steps"]] == [("boot", 540.0, "done")]
    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": True})
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(600)
    told = api(f"brokers/{broker}")
    assert steps(told, "reboot broker") == [("stop nodes", "done"), ("start nodes", "done"), ("boot", "done")]
    assert steps(told) == [("boot", "done")], "a run that left a step out does not show it for what the broker is today"
    world.journal.clear()
    assert steps(api(f"brokers/{broker}"), "publish logs") == [("write lines", "running")]


def test_what_a_run_left_out_at_its_end_is_not_shown_for_what_the_broker_is_today(world: World, ask: Ask, api: Api) -> None:
    broker = make_broker(world, ask)
    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": True})
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(CREATION)
    told = api(f"brokers/{broker}")
    made = [("accept", "done"), ("attach interfaces", "done"), ("start instances", "done"), ("boot", "done")]
    assert steps(told, "create ActiveMQ broker") == made
    assert steps(told, "reboot ActiveMQ broker")[-1] == ("write general log", "passed over")


def test_the_logs_to_come_are_those_that_a_reboot_brings(world: World, ask: Ask, api: Api) -> None:
    broker = make_broker(world, ask, Logs={"Audit": True})
    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": True, "Audit": False})
    ask("mq:RebootBroker", BrokerId=broker)
    shown = steps(api(f"brokers/{broker}"), "reboot ActiveMQ broker")
    assert shown == [("attach interfaces", "running"), ("boot", "to come"), ("write general log", "to come")]
    world.advance(CREATION)
    names = [name for name, _ in steps(api(f"brokers/{broker}"), "reboot ActiveMQ broker")]
    assert names == [name for name, _ in shown]


def test_reboots_in_windows_are_runs_of_their_own(world: World, create: Create, ask: Ask, api: Api) -> None:
    """Nobody has caused them: the journal has no entry that they have in common, or that sets them apart."""
    broker = create(PubliclyAccessible=True, SecurityGroups=None, SubnetIds=None, Logs=None)
    world.advance(600)
    for logs in (False, True):
        ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": logs})
        world.advance(7 * 86_400)
    told = [run for run in api(f"brokers/{broker}")["plans"] if run["plan"] == "reboot broker"]
    names = [[(step["name"], step["attempts"], step["state"]) for step in run["steps"]] for run in told]
    assert names == [
        [("stop nodes", 1, "done"), ("start nodes", 1, "done"), ("boot", 1, "done")],
        [("stop nodes", 1, "done"), ("boot", 1, "done")],
    ]
    ask("mq:UpdateBroker", BrokerId=broker, Logs={"General": False})
    while state_of(ask, broker) == "RUNNING":
        world.advance(60)
    assert steps(api(f"brokers/{broker}"), "reboot broker")[0][1] == "running"


def test_a_plan_that_repeats_shows_its_last_round_and_the_one_to_come(world: World, create: Create, api: Api) -> None:
    broker = create()
    world.advance(6000)
    told = api(f"brokers/{broker}")["plans"]
    health = [run for run in told if run["plan"] == "check health"]
    assert [run["state"] for run in health] == ["running", "done"]
    assert (health[0]["steps"][0]["attempts"], health[0]["steps"][0]["dueIn"]) == (0, 570.0)
    assert health[1]["steps"][0]["emulatedSeconds"] == 600.0


def test_under_each_step_its_calls_and_their_decisions(world: World, create: Create, page: Page, api: Api) -> None:
    broker = create()
    world.advance(40)
    (run,) = api(f"brokers/{broker}")["plans"]
    calls = {call["title"]: call for call in run["steps"][0]["calls"]}
    assert set(calls) == {"sts:AssumeRole", "ec2:CreateVpcEndpoint"}
    assert [row["decision"] for row in calls["ec2:CreateVpcEndpoint"]["decisions"]] == ["allowed"] * 7
    shown = page(f"page/broker/{broker}").part("plans")
    assert "2 calls" in shown
    assert "allowed ec2:CreateTags on vpc-endpoint/* by statement 4 of AmazonMQServiceRolePolicy" in shown


def test_a_step_that_fails_ends_its_plan(world: World, create: Create, page: Page, api: Api) -> None:
    without(world, action="ec2:CreateVpcEndpoint")
    broker = create()
    world.advance(60)
    told = api(f"brokers/{broker}")
    assert [state for _, state in steps(told)] == ["failed", "never", "never", "never"]
    assert told["plans"][0]["state"] == "failed"
    shown = page(f"page/broker/{broker}")
    assert "UnauthorizedOperation" in shown.part("state")
    assert "denied ec2:CreateVpcEndpoint on vpc/" in shown.part("plans")
    assert "VPC endpoint none" in shown.part("picture")


def test_a_step_that_may_fail_is_passed_over_and_one_that_is_refused_tried_again(
    world: World, create: Create, ask: Ask, page: Page, api: Api
) -> None:
    without(world, action="logs:CreateLogGroup")
    broker = create()
    world.advance(3000)
    told = api(f"brokers/{broker}")
    assert ("open logs", "passed over") in steps(told)
    assert ("boot", "done") in steps(told)
    restore(world)
    without(world, action="ec2:DeleteVpcEndpoints")
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(31)
    told = api(f"brokers/{broker}")
    assert steps(told, "delete broker")[0] == ("delete endpoint", "retrying")
    assert told["plans"][0]["plan"] == "delete broker"
    assert "retrying" in page(f"page/broker/{broker}").part("plans")


def test_a_step_whose_entries_the_journal_has_dropped_is_done(world: World, create: Create, api: Api) -> None:
    broker = create()
    world.advance(200)
    world.journal.clear()
    told = api(f"brokers/{broker}")
    assert [state for _, state in steps(told)] == ["done", "done", "done", "running"]
    assert (told["plans"][0]["started"], told["plans"][0]["steps"][0]["emulatedSeconds"]) == (None, None)


def test_the_picture_has_every_part_and_each_leads_to_its_record(
    world: World, create: Create, network: dict[str, Any], page: Page, api: Api
) -> None:
    broker = create()
    world.advance(3000)
    shown = page(f"page/broker/{broker}")
    parts = api(f"brokers/{broker}")["parts"]
    picture = shown.part("picture")
    ids = [network["vpc"], *network["subnets"], network["group"]]
    ids += [parts["endpoints"][0]["VpcEndpointId"], *(one["NetworkInterfaceId"] for one in parts["interfaces"])]
    assert len(parts["interfaces"]) == 3
    for name in ids:
        assert name in picture
        assert f"#record-{name}" in {link.split("\n")[0] for link in shown.links}
        assert name in shown.part(f"record-{name}")
    assert "AWSServiceRoleForAmazonMQ" in picture
    assert "Log group general 3 streams" in picture
    assert "page/role?" in shown.link("AWSServiceRoleForAmazonMQ")
    assert f"group=/aws/amazonmq/broker/{broker}/general" in shown.link("Log group general")
    zones = [picture.index(f"us-east-1{zone}: subnet") for zone in "abc"]
    assert zones == sorted(zones)
    assert "AMQManaged" in shown.part("records")


def test_the_picture_of_a_public_broker_and_of_one_whose_endpoint_is_gone(
    world: World, create: Create, ask: Ask, page: Page
) -> None:
    public = create("public", PubliclyAccessible=True, SubnetIds=None, SecurityGroups=None, Logs=None)
    private = create("private")
    world.advance(3000)
    shown = page(f"page/broker/{public}").part("picture")
    assert "nothing: it is reachable publicly" in shown
    assert "no log group of this broker" in shown
    found = ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[one["VpcEndpointId"] for one in found])
    world.advance(600)
    assert "VPC endpoint none" in page(f"page/broker/{private}").part("picture")


def test_an_activemq_broker_has_interfaces_of_its_own_and_needs_no_role(
    world: World, create: Create, page: Page, api: Api
) -> None:
    broker = create(EngineType="ACTIVEMQ", DeploymentMode="SINGLE_INSTANCE", SubnetIds=None, SecurityGroups=None)
    world.advance(3000)
    (interface,) = api(f"brokers/{broker}")["parts"]["interfaces"]
    shown = page(f"page/broker/{broker}")
    picture = shown.part("picture")
    assert interface["NetworkInterfaceId"] in picture
    assert "ec2:CreateNetworkInterface, as its creator" in picture
    assert "AWSServiceRole" not in picture
    assert "VPC endpoint" not in picture
    assert interface["NetworkInterfaceId"] in shown.part(f"record-{interface['NetworkInterfaceId']}")
    assert "ActiveMQ" in page().part("brokers")


def test_the_states_are_those_of_the_table(world: World, create: Create, page: Page, api: Api) -> None:
    broker = create()
    told = api(f"brokers/{broker}")["moves"]
    assert told == {
        start: {end: why for end, why in ends.items() if end != "REPLICA"} for start, ends in MOVES.items() if start != "REPLICA"
    }
    shown = page(f"page/broker/{broker}").part("states")
    assert "From CREATION_IN_PROGRESS: CREATION_FAILED: a step was refused RUNNING: up" in shown
    for state in told:
        assert state in shown.replace("_ ", "_")
    world.advance(3000)
    assert "REBOOT_IN_PROGRESS: RebootBroker, or the maintenance window" in page(f"page/broker/{broker}").part("states")


def test_a_broker_that_is_not_there(page: Page, api: Api) -> None:
    assert f"there is no broker b-1 in {ACCOUNT}, us-east-1" in page("page/broker/b-1", 404).text


def test_no_secret_is_shown(world: World, create: Create, ask: Ask, page: Page, api: Api) -> None:
    broker = create()
    key = ask("iam:CreateUser", UserName="u") and ask("iam:CreateAccessKey", UserName="u")["AccessKey"]
    world.advance(3000)
    told = [json.dumps(api(path)) for path in (f"brokers/{broker}", "overview", "role", "logs")]
    told += [page(path).text for path in ("", f"page/broker/{broker}", "page/journal", "page/role", "page/try")]
    told += [page(f"page/journal/{entry.id}").text for entry in world.journal.select()]
    for secret in ("correct-horse-battery", key["SecretAccessKey"]):
        assert not [text for text in told if secret in text]
