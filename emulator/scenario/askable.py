"""What of a scenario a target cannot be asked. Found before anything is done: half a story proves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.scenario.model import AddFault, Advance, BrokerEvent, Call, EditPolicy, RemoveFault, Scenario, Step, Wait
from emulator.scenario.target import Emulator, Target


def unaskable(scenario: Scenario, target: Target) -> list[str]:
    """Why the scenario cannot run there, one reason for each part; none when it can."""
    if target.is_fresh:
        return []
    reasons = [f"given.{part}: it would change a running emulator for everybody" for part in _of_the_whole(scenario)]
    return reasons if isinstance(target, Emulator) else [*reasons, *_without_control(scenario)]


def _of_the_whole(scenario: Scenario) -> list[str]:
    """The parts of what is given that no single account can have for itself."""
    return [part for part in ("seed", "settings", "quotas") if part in scenario.given.model_fields_set]


def _without_control(scenario: Scenario) -> Iterator[str]:
    given = scenario.given
    if "clock" in given.model_fields_set:
        yield "given.clock: only mq-emulator has a clock that can be moved"
    if given.organizations:
        yield "given.organizations: only mq-emulator binds an account without the organization's management account"
    if given.faults:
        yield "given.faults: only mq-emulator fails on demand"
    for owner, account in given.accounts.items():
        if owner != scenario.account:
            yield f"given.accounts.{owner}: only mq-emulator has any account one names"
        if account.managed_policies:
            yield "given managed_policies: AWS's policies cannot be changed"
        if account.brokers:
            yield "given brokers: they come up at once only in mq-emulator; create them in a step"
    for _, user, _key in given.access_keys():
        yield f"the access key of {user}: AWS gives keys ids of its own"
    for number, step in enumerate(scenario.steps, 1):
        reason = _of_step(step, scenario)
        if reason:
            yield f"step {number} ({step.title}): {reason}"


def _of_step(step: Step, scenario: Scenario) -> str | None:
    if isinstance(step, Advance):
        return "only mq-emulator has a clock that can be moved"
    if isinstance(step, AddFault | RemoveFault):
        return "only mq-emulator fails on demand"
    if isinstance(step, BrokerEvent):
        return "only mq-emulator lets one say what happened inside a broker"
    if isinstance(step, EditPolicy) and not step.edit_policy.holder:
        return "only mq-emulator lets this policy be edited"
    if isinstance(step, Call | Wait):
        if step.as_.endswith(".amazonaws.com"):
            return f"only mq-emulator hands out credentials of {step.as_}"
        if re.fullmatch(r"\d{12}", step.as_) and step.as_ != scenario.account:
            return "only mq-emulator has any account one names"
    return None
