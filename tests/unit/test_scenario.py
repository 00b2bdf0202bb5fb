"""Scenario files: what is one, and what a run of it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from emulator.config import Config
from emulator.scenario.model import Scenario, Step, library, load
from emulator.scenario.report import tree
from emulator.scenario.run import Run, UnmetError
from emulator.server import Server

WHO: dict[str, Any] = {"call": "sts:GetCallerIdentity"}


def scenario(*steps: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.model_validate({"name": "Test", "steps": list(steps), **more})


# The file ----------------------------------------------------------------------------------------------------------


def test_the_scenarios_that_come_along_are_scenarios() -> None:
    paths = sorted(library().glob("*.yaml"))
    assert paths
    for path in paths:
        assert load(path).steps


def test_durations() -> None:
    assert [Step(call="sts:GetCallerIdentity", within=text).within for text in (90, "90s", "10m", "2h")] == [90, 90, 600, 7200]


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("{name: a, steps: [], colour: red}", ("colour",), "Extra inputs are not permitted"),
        ("{steps: []}", ("name",), "Field required"),
        ("{name: a, steps: [], account: '1'}", ("account",), "String should match pattern"),
        ("{name: a, steps: [{}]}", ("steps", 0, "call"), "Field required"),
        ("{name: a, steps: [{call: CreateVpc}]}", ("steps", 0, "call"), "String should match pattern"),
        ("{name: a, steps: [{call: 'ec2:CreateVpc', wait: 1}]}", ("steps", 0, "wait"), "Extra inputs are not permitted"),
        ("{name: a, steps: [{call: 'ec2:CreateVpc', within: soon}]}", ("steps", 0, "within"), "Value error"),
        ("{name: a, steps: [{call: 'ec2:CreateVpc', within: -1}]}", ("steps", 0, "within"), "Value error"),
        ("{name: a, steps: [{call: 'ec2:CreateVpc', save: {a: 'b['}}]}", ("steps", 0, "save", "a"), "is no JMESPath"),
        ("{name: a, steps: [{call: 'ec2:CreateVpc', until: 'a ='}]}", ("steps", 0, "until"), "is no JMESPath"),
        ("{name: a, steps: [{call: 'ec2:CreateVpc', error: {}}]}", ("steps", 0, "error", "code"), "Field required"),
    ],
)
def test_what_is_no_scenario(text: str, place: tuple[str | int, ...], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Scenario.model_validate(yaml.safe_load(text))
    first = refused.value.errors()[0]
    assert first["loc"][: len(place)] == place
    assert why in first["msg"]


@pytest.mark.parametrize("result", [{"save": {"a": "b"}}, {"expect": {"a": 1}}, {"until": "a"}])
def test_a_call_that_must_fail_has_no_result(result: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a call that must fail has no result to save, expect or wait for"):
        scenario({**WHO, "error": {"code": "AccessDenied"}, **result})


# The run -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="real")) as served:
        yield served


@pytest.fixture
def play(server: Server) -> Callable[..., dict[str, Any]]:
    """Plays steps; gives what was saved on the way."""

    def run(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
        under_way = Run(scenario(*steps, **more), server.url)
        under_way.play()
        return under_way.values

    return run


Play = Callable[..., dict[str, Any]]


def test_values_are_saved_and_filled_in(play: Play) -> None:
    saved = play(
        {"call": "ec2:CreateVpc", "params": {"CidrBlock": "10.0.0.0/16"}, "save": {"vpc": "Vpc.VpcId", "tags": "Vpc.Tags"}},
        {
            "call": "ec2:CreateTags",
            "params": {"Resources": ["${vpc}"], "Tags": [{"Key": "of", "Value": "the ${vpc}, ${vpc}"}]},
        },
        {
            "call": "ec2:DescribeVpcs",
            "params": {"VpcIds": ["${vpc}"]},
            "expect": {"Vpcs[0].VpcId": "${vpc}", "Vpcs[0].Tags": [{"Key": "of", "Value": "the ${vpc}, ${vpc}"}]},
        },
    )
    assert saved["vpc"].startswith("vpc-")


def test_a_whole_text_becomes_the_value_itself(play: Play) -> None:
    """A list stays a list, a number a number."""
    saved = play(
        {"call": "ec2:DescribeVpcs", "params": {"MaxResults": 5}, "save": {"ids": "Vpcs[].VpcId", "count": "length(Vpcs)"}},
        {"call": "ec2:DescribeVpcs", "params": {"VpcIds": "${ids}"}, "expect": {"length(Vpcs)": "${count}"}},
    )
    assert isinstance(saved["ids"], list)
    assert isinstance(saved["count"], int)


def test_account_and_region(play: Play) -> None:
    saved = play({**WHO, "save": {"arn": "Arn"}}, account="999988887777", region="us-gov-west-1")
    assert saved["arn"] == "arn:aws-us-gov:iam::999988887777:root"


def test_an_error_that_must_come(play: Play) -> None:
    play({"call": "iam:GetRole", "params": {"RoleName": "none"}, "error": {"code": "NoSuchEntity", "message": "cannot be found"}})


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({**WHO, "expect": {"Account": "1"}}, "Account is '111122223333', not '1'"),
        ({**WHO, "note": "me", "expect": {"Nobody": "1"}}, "Nobody is None, not '1'"),
        ({**WHO, "expect": {"length(Nobody)": 0}}, "length(Nobody): "),
        ({**WHO, "error": {"code": "AccessDenied"}}, "it succeeded, but should have ended in AccessDenied"),
        (
            {"call": "iam:GetRole", "params": {"RoleName": "none"}, "error": {"code": "AccessDenied"}},
            "it ended in NoSuchEntity: The role with name none cannot be found.",
        ),
        (
            {"call": "iam:GetRole", "params": {"RoleName": "none"}, "error": {"code": "NoSuchEntity", "message": "user"}},
            "it ended in NoSuchEntity: The role with name none cannot be found.",
        ),
        ({"call": "iam:GetRole", "params": {"RoleName": "none"}}, "it ended in NoSuchEntity: "),
        ({"call": "iam:GetRole", "params": {"RoleName": "${role}"}}, "nothing was saved as role"),
        ({"call": "iam:GetRole", "params": {"Name": "a"}}, "Parameter validation failed: "),
        ({"call": "iam:FlyHome"}, "iam has no operation FlyHome"),
        ({"call": "teleport:FlyHome"}, "Unknown service: 'teleport'"),
    ],
)
def test_what_does_not_go_as_told_is_named(step: dict[str, Any], why: str, play: Play) -> None:
    name = step.get("note", step["call"])
    with pytest.raises(UnmetError) as unmet:
        play(WHO, step, {"call": "iam:CreateUser", "params": {"UserName": "never"}})
    assert str(unmet.value).startswith(f"step 2 ({name}): {why}")
    assert "\n" not in str(unmet.value)


def test_waiting_takes_emulated_time(server: Server, play: Play) -> None:
    before = server.world.clock.now()
    with pytest.raises(UnmetError) as unmet:
        play({**WHO, "until": "Account == '1'", "within": "1h"})
    assert str(unmet.value).startswith(
        "step 1 (sts:GetCallerIdentity): Account == '1' is not true after 3600 s; the last answer was {"
    )
    assert 3600 <= server.world.clock.now() - before < 3660


def test_what_is_true_is_not_waited_for(server: Server, play: Play) -> None:
    before = server.world.clock.now()
    play({**WHO, "until": "Account == '111122223333'", "within": "1h"})
    assert server.world.clock.now() - before < 10


def test_until_wants_true_and_nothing_like_it(play: Play) -> None:
    with pytest.raises(UnmetError, match="Account is not true after 15 s"):
        play({**WHO, "until": "Account", "within": "15s"})


# The report --------------------------------------------------------------------------------------------------------


def entry(number: int, parent: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "at": f"2026-09-30T12:{number:02d}:00.000Z",
        "kind": "call",
        "title": f"mq:Call{number}",
        "parent": parent,
        "principal": None,
        "via": None,
        "outcome": "ok",
        "error": None,
        "decisions": [],
        **more,
    }


def shown(branch: Any) -> list[Any]:
    """A tree as nested lists of texts."""
    return [str(branch.label), *[shown(child) for child in branch.children]]


def test_each_thing_stands_under_its_cause() -> None:
    denied = {
        "decision": "implicitDeny",
        "action": "ec2:CreateTags",
        "resource": "arn:aws:ec2:us-east-1:111122223333:vpc-endpoint/*",
        "explanation": "no statement matches",
    }
    allowed = {"decision": "allowed", "action": "mq:ListBrokers", "resource": "*", "explanation": "by statement 1 of P"}
    arn = "arn:aws:sts::111122223333:assumed-role/R/S"
    entries = [
        entry(1, principal=arn, decisions=[allowed]),
        entry(2, 1, kind="step", title="create: wait", outcome="waiting"),
        entry(
            3, 2, principal=arn, via="mq.amazonaws.com", outcome="denied", error={"code": "No", "message": ""}, decisions=[denied]
        ),
        entry(4, 1, kind="state", title="A → B"),
        entry(5, 99),
    ]
    assert shown(tree("Title", entries)) == [
        "Title",
        [
            "  0:00  ✓ mq:Call1  as assumed-role/R/S",
            ["allowed mq:ListBrokers on *  by statement 1 of P"],
            [
                "  1:00  … create: wait",
                [
                    "  2:00  ✗ mq:Call3  as assumed-role/R/S via mq.amazonaws.com  No",
                    ["denied  ec2:CreateTags on vpc-endpoint/*  no statement matches"],
                ],
            ],
            ["  3:00  A → B"],
        ],
        ["  4:00  ✓ mq:Call5"],
    ]


def test_an_empty_journal_is_a_title() -> None:
    assert shown(tree("Title", [])) == ["Title"]
