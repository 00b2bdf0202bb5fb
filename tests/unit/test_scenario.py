"""Scenario files: what is one and what is none, and the journal as a tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator.control.yaml_file import BadFileError
from emulator.scenario.model import Scenario, library, load
from emulator.scenario.report import tree

# The file ----------------------------------------------------------------------------------------------------------


def test_the_scenarios_that_come_along_are_scenarios() -> None:
    paths = sorted(library().glob("*.yaml"))
    assert paths
    for path in paths:
        assert load(path).steps
        assert load(path).story


@pytest.mark.parametrize(("text", "wanted"), [(90, 90), ("90s", 90), ("10m", 600), ("2h", 7200)])
def test_durations(text: Any, wanted: float) -> None:
    steps = [{"advance": text}, {"wait": "sts:GetCallerIdentity", "until": "a", "within": text}]
    scenario = Scenario.model_validate({"name": "a", "steps": steps})
    assert [scenario.steps[0].advance, scenario.steps[1].within] == [wanted, wanted]  # type: ignore[union-attr]


STEP = "name: a\nsteps:\n  - "


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", "1:1", "name: Field required"),
        ("- 1", "1:1", "file: Input should be a valid dictionary"),
        ("name: [", "1:8", "while parsing a flow node"),
        ("name: \x07", "1:7", "a character that YAML does not allow"),
        ("name: a\nname: b", "2:1", "the key 'name' stands twice"),
        (STEP + "{advance: 1, x: {b: 1, b: 2}}", "3:28", "the key 'b' stands twice"),
        ("name: a\nsteps: []", "2:1", "steps: List should have at least 1 item"),
        ("name: a\ncolour: red\nsteps:\n  - advance: 1", "2:1", "colour: Extra inputs are not permitted"),
        ("name: a\naccount: '1'\nsteps:\n  - advance: 1", "2:1", "account: String should match pattern"),
        ("name: a\nregion: mars-1\nsteps:\n  - advance: 1", "2:1", "region: Value error, AWS has no Region 'mars-1'"),
        (STEP + "{}", "3:5", "steps.0: Value error, a step is a call, wait, advance, fault, edit_policy or broker_event"),
        (STEP + "note: nothing", "3:5", "steps.0: Value error, a step is"),
        (STEP + "call: CreateVpc", "3:5", "steps.0.call: String should match pattern"),
        (STEP + "call: ec2:CreateVpc\n    until: a", "4:5", "steps.0.until: Extra inputs are not permitted"),
        (STEP + "call: ec2:CreateVpc\n    save: {a: 'b['}", "4:12", "steps.0.save.a: Value error, 'b[' is no JMESPath"),
        (STEP + "call: ec2:CreateVpc\n    save: {'a b': 'b'}", "4:12", "steps.0.save.a b.[key]: String should match pattern"),
        (STEP + "call: ec2:CreateVpc\n    error: {}", "4:5", "steps.0.error.code: Field required"),
        (STEP + "call: ec2:CreateVpc\n    error: {code: A, message: '('}", "4:22", "'(' is no regular expression"),
        (
            STEP + "call: ec2:CreateVpc\n    decisions: [{outcome: maybe}]",
            "4:18",
            "decisions.0.outcome: Input should be 'allowed'",
        ),
        (STEP + "journal: [{}]", "3:15", "journal.0: Value error, it expects nothing"),
        (STEP + "wait: ec2:CreateVpc", "3:5", "steps.0: Value error, it waits for one thing"),
        (STEP + "wait: ec2:CreateVpc\n    until: 'a ='", "4:5", "steps.0.until: Value error, 'a =' is no JMESPath"),
        (STEP + "wait: ec2:CreateVpc\n    until: a\n    within: soon", "5:5", "steps.0.within: Value error"),
        (STEP + "advance: -1", "3:5", "steps.0.advance: Value error"),
        (
            STEP + "{broker_event: earthquake, broker: b-1}",
            "3:6",
            "there is no event 'earthquake': memory alarm, memory alarm cleared",
        ),
        (STEP + "edit_policy: {document: null}", "3:5", "steps.0.edit_policy: Value error, it edits one policy"),
        (STEP + "edit_policy: {user: a, document: null}", "3:5", "it edits one policy"),
        (STEP + "edit_policy: {user: a, name: b}", "3:5", "it needs a document, or null"),
        (STEP + "edit_policy: {user: a, name: b, document: {without: [1]}}", "3:5", "only an AWS managed policy has statements"),
        (STEP + "edit_policy: {managed: Nobody, document: {without: [1]}}", "3:5", "AWS has no managed policy 'Nobody'"),
        (
            STEP + "edit_policy: {managed: AmazonMQServiceRolePolicy, document: {without: [7]}}",
            "3:5",
            "AmazonMQServiceRolePolicy has 6 statements, and no statement 7",
        ),
        (STEP + "advance: 1\nexpect:\n  - advance: 1", "1:1", "expect holds calls and looks"),
        (
            STEP + "advance: 1\ngiven:\n  accounts:\n    '111122223333':\n      users: {dev: {policies: {p: [{Effect: Allow}]}}}",
            "7:32",
            "given.accounts.111122223333.users.dev.policies.p: Value error, Policy statement must contain actions.",
        ),
        (
            STEP + "advance: 1\ngiven:\n  accounts:\n    '111122223333': {users: {a: {}}}\n  sessions: {a: {role: b, by: a}}",
            "1:1",
            "two users or sessions are called a",
        ),
    ],
)
def test_what_is_no_scenario_is_told_with_its_place(text: str, place: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(text)
    with pytest.raises(BadFileError) as refused:
        load(file)
    told = str(refused.value)
    assert told.startswith(f"{file}:{place}: ")
    assert why in told
    assert "\n" not in told


def test_what_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_bytes(b"name: \xff")
    with pytest.raises(BadFileError, match="1:1: this is no UTF-8 text"):
        load(file)


@pytest.mark.parametrize("kind", ["call", "wait"])
@pytest.mark.parametrize("result", [{"save": {"a": "b"}}, {"expect": {"a": 1}}])
def test_a_call_that_must_fail_has_no_result(kind: str, result: dict[str, Any]) -> None:
    step = {kind: "sts:GetCallerIdentity", "error": {"code": "AccessDenied"}, **result}
    with pytest.raises(ValueError, match="a call that must fail has no result to save or expect"):
        Scenario.model_validate({"name": "Test", "steps": [step]})


def test_an_unquoted_version_of_a_policy_is_no_date(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    policy = "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}"
    file.write_text(f"name: a\ngiven: {{accounts: {{'111122223333': {{policies: {{p: {policy}}}}}}}}}\nsteps: [advance: 1]")
    assert load(file).given.accounts["111122223333"].policies["p"]["Version"] == "2012-10-17"


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
