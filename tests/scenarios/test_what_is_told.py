"""The scenarios that come along leave none of the things out that they are there for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from emulator.engine.fault import FaultKind
from emulator.scenario.model import AddFault, Call, Scenario, Step, Wait, library, load

STORIES = [load(path) for path in sorted(library().glob("*.yaml"))]
POLICY = "AmazonMQServiceRolePolicy"


def steps(story: Scenario) -> Iterator[Step]:
    yield from story.steps
    yield from story.expect


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(STORIES) >= 30
    assert len({story.name for story in STORIES}) == len(STORIES)


def test_each_expects_something_of_decisions_or_the_journal() -> None:
    silent = [story.name for story in STORIES if not any(step.decisions or step.journal for step in steps(story))]
    assert silent == []


def test_every_kind_of_fault_is_met() -> None:
    met = {step.fault.kind for story in STORIES for step in story.steps if isinstance(step, AddFault)}
    assert met | {fault.kind for story in STORIES for fault in story.given.faults} == set(get_args(FaultKind))


def test_each_statement_of_the_roles_policy_is_there_and_missing() -> None:
    because = {decision.because for story in STORIES for step in steps(story) for decision in step.decisions}
    assert {f"{POLICY}/{number}" for number in range(1, 7)} <= because
    missing: set[int] = set()
    for story in STORIES:
        for account in story.given.accounts.values():
            edit: Any = account.managed_policies.get(POLICY)
            missing.update(edit.without if edit else ())
    assert missing == {1, 2, 3, 4, 5, 6}


def asked(story: Scenario) -> set[str]:
    return {step.action for step in steps(story) if isinstance(step, Call | Wait)}


def regions(story: Scenario) -> set[str]:
    return {story.region, *(step.region for step in steps(story) if isinstance(step, Call | Wait) and step.region)}


def engines(story: Scenario) -> set[str]:
    """What the story's brokers run."""
    made = [step.params.get("EngineType") for step in steps(story) if isinstance(step, Call) and step.call == "mq:CreateBroker"]
    given = [broker.get("EngineType", "RABBITMQ") for one in story.given.accounts.values() for broker in one.brokers.values()]
    return {str(name) for name in (*made, *given) if name}


def denied_by(story: Scenario, text: str) -> bool:
    """Whether a denial is expected with this in its reason."""
    decided = [one for step in steps(story) for one in step.decisions if one.outcome not in {None, "allowed"}]
    errors = [step.error.message for step in steps(story) if isinstance(step, Call) and step.error]
    return any(text in reason for reason in (*errors, *(one.because for one in decided)))


def expected_of_the_journal(story: Scenario) -> str:
    return " ".join(str(row) for step in steps(story) for row in step.journal)


def results(story: Scenario) -> str:
    return " ".join(f"{step.until} {step.expect}" for step in steps(story) if isinstance(step, Wait))


def role_may(story: Scenario) -> bool:
    """Whether the role is expected to do its work, nothing being refused to it."""
    rows = [row for step in steps(story) for row in step.decisions if "AWSServiceRoleForAmazonMQ" in (row.principal or "")]
    return any(row.outcome == "allowed" for row in rows) and any((row.outcome, row.count) == ("denied", 0) for row in rows)


@pytest.mark.parametrize(
    ("what", "is_told"),
    [
        ("GovCloud", lambda story: any(place.startswith("us-gov-") for place in regions(story))),
        ("ActiveMQ beside RabbitMQ", lambda story: engines(story) == {"ACTIVEMQ", "RABBITMQ"}),
        ("a service control policy that stops a caller", lambda story: denied_by(story, "service control policy")),
        ("a boundary that stops a caller", lambda story: denied_by(story, "permissions boundary")),
        ("a session policy that stops a caller", lambda story: denied_by(story, "session policy")),
        ("retention", lambda story: "logs:PutRetentionPolicy" in asked(story)),
        ("groups made before", lambda story: "logs:CreateLogGroup" in asked(story)),
        (
            "the role, deleted and made again",
            lambda story: asked(story) >= {"iam:DeleteServiceLinkedRole", "mq:CreateBroker"},
        ),
        ("a quota that a creation fails for", lambda story: story.given.quotas and "CREATION_FAILED" in results(story)),
        (
            "no address for the endpoint",
            lambda story: "Insufficient" in expected_of_the_journal(story),
        ),
        (
            "a careless janitor",
            lambda story: "ec2:DeleteVpcEndpoints" in asked(story) and "CRITICAL_ACTION_REQUIRED" in results(story),
        ),
        (
            "a janitor who knows the tag",
            lambda story: (
                "ec2:DeleteVpcEndpoints" in asked(story)
                and denied_by(story, "explicit deny in an identity-based policy")
                and "AMQManaged" in str(story.given)
            ),
        ),
        (
            "control policies that do not bind the role",
            lambda story: any(bonds.service_control_policies for bonds in story.given.organizations.values()) and role_may(story),
        ),
    ],
)
def test_each_theme_has_its_story(what: str, is_told: Callable[[Scenario], bool]) -> None:
    assert [story.name for story in STORIES if is_told(story)], what
