"""Scenarios go well under the least policy that was read from their own journal, and badly under any less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from emulator.control.least_policy import least_policy
from emulator.engine.journal import Entry
from emulator.scenario.fresh import fresh_emulator, fresh_world
from emulator.scenario.model import Scenario, library
from emulator.scenario.run import Run

ACCOUNT = "111122223333"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
ADMINISTRATOR = {"managed": ["AdministratorAccess"]}

Statements = Sequence[Mapping[str, Any]]


def cast(name: str, may: Statements | None) -> Scenario:
    """The scenario with a deployer for its root, who may do what the statements say, or, without them, everything."""
    raw = yaml.safe_load(library().joinpath(f"{name}.yaml").read_text())
    account = raw.setdefault("given", {}).setdefault("accounts", {}).setdefault(ACCOUNT, {})
    account.setdefault("users", {})["deployer"] = ADMINISTRATOR if may is None else {"managed": ["Least"]}
    if may is not None:
        account.setdefault("policies", {})["Least"] = list(may)
    for step in [*raw["steps"], *raw.get("expect", [])]:
        if step.keys() & {"call", "wait"}:
            step.setdefault("as", "deployer")
    return Scenario.model_validate(raw)


def play(scenario: Scenario) -> tuple[list[str], list[Entry]]:
    """What failed, and the journal."""
    with fresh_emulator(world := fresh_world()) as target:
        return Run(scenario, target).play().failures, world.journal.select()


@pytest.mark.parametrize("name", ["private-rabbitmq-broker", "log-groups-made-before", "public-broker", "logs-off"])
def test_it_is_enough_and_nothing_in_it_can_be_spared(name: str) -> None:
    failures, entries = play(cast(name, None))
    assert failures == []
    policy = least_policy(entries, DEPLOYER)
    statements = policy["Statement"]
    failures, entries = play(cast(name, statements))
    assert failures == []
    assert least_policy(entries, DEPLOYER) == policy, "the same is needed again"
    for place in range(len(statements)):
        failures, _ = play(cast(name, statements[:place] + statements[place + 1 :]))
        assert failures, statements[place]
