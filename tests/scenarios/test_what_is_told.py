"""The scenarios that come along leave none of the things out that they are there for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from emulator.engine.fault import FaultKind
from emulator.scenario.model import AddFault, Scenario, Step, library, load

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
