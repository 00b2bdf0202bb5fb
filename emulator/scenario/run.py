"""Plays a scenario: plants what is given, takes the steps, looks at what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jmespath
import requests
from jmespath.exceptions import JMESPathError
from msgspec import Struct, field

from emulator.control.seed.account import edited, managed_arn
from emulator.control.seed.part import filled
from emulator.scenario.askable import unaskable
from emulator.scenario.cast import Cast, RefusedError
from emulator.scenario.expectations import Decision, Entry, Error, Journal
from emulator.scenario.model import (
    AddFault,
    Advance,
    BrokerEvent,
    Call,
    EditPolicy,
    Expectation,
    PolicyEdit,
    RemoveFault,
    Scenario,
    Step,
    Wait,
)
from emulator.scenario.target import ControlError, Emulator, Target, UnaskableError
from emulator.shapes.regions import partition


class UnmetError(Exception):
    """A step that did not go as the scenario says."""


class Run(Struct, dict=True):
    """A scenario under way: values saved so far, what failed, what could not be asked. It has a ``cast`` while it plays."""

    scenario: Scenario
    target: Target
    variables: Mapping[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    _faults: dict[str, str] = field(default_factory=dict)
    _before: int = 0

    def play(self) -> Run:
        """Take the steps up to the first that does not go as told, then look at all that is expected in the end."""
        self.skipped += unaskable(self.scenario, self.target)
        if not self.skipped:
            self.cast = Cast(self.scenario, self.target)
            try:
                self._play()
            except UnmetError as unmet:
                self.failures.append(str(unmet))
            finally:
                self.cast.close()
        return self

    def _play(self) -> None:
        self._set_the_stage()
        for number, step in enumerate(self.scenario.steps, 1):
            self._numbered(f"step {number}", step)
        for number, step in enumerate(self.scenario.expect, 1):
            try:
                self._numbered(f"expectation {number}", step)
            except UnmetError as unmet:
                self.failures.append(str(unmet))

    def _set_the_stage(self) -> None:
        self.values |= {"account": self.scenario.account, "region": self.scenario.region}
        self.values |= {**self.scenario.variables, **self.variables}
        missing = [name for name, value in self.values.items() if value is None]
        if missing:
            raise UnmetError(f"the variable {missing[0]} has no value: give it with --var {missing[0]}=…")
        try:
            self.target.begin(
                sorted({self.scenario.account, *self.scenario.given.accounts}), self.scenario.given.clock.model_dump()
            )
            self.values |= self._plant()
        except (ControlError, RefusedError) as error:
            raise UnmetError(f"given: {error}") from error

    def _plant(self) -> dict[str, Any]:
        given = self.scenario.given
        if isinstance(self.target, Emulator):
            own_time = set() if self.target.is_fresh else {"clock"}  # which it has taken already
            body = given.model_dump(mode="json", exclude={"sessions"} | own_time, exclude_unset=True)
            for fault in body.get("faults", []):
                fault.setdefault("account", self.scenario.account)
            planted = self.target.control("POST", "seed", body)
            self._before = planted["entry"]
            return dict(planted["ids"])
        ids: dict[str, Any] = {}
        for number, account in given.accounts.items():
            asking = {region: self._asking(region) for region in account.regions()}
            ids |= account.plant(asking, number)
        return ids

    def _asking(self, region: str) -> Any:
        return lambda action, **params: self.cast.ask(action, params, region=region)

    # steps -------------------------------------------------------------------------------------------------------

    def _numbered(self, number: str, step: Step) -> None:
        name = f"{number} ({step.title})"
        try:
            before = self._last_entry() if step.decisions or step.journal else 0
            self._take(step)
            self._look(step, before)
        except UnaskableError as error:
            self.skipped.append(f"{name}: {error}")
        except (UnmetError, RefusedError, ControlError) as error:
            raise UnmetError(f"{name}: {error}") from error
        except requests.RequestException as error:
            raise UnmetError(f"{name}: no emulator answers at {self.target.url}") from error

    def _take(self, step: Step) -> None:
        if isinstance(step, Call | Wait):
            result = self._call(step) if isinstance(step, Call) else self._wait(step)
            self._compare(step, result)
            self.values |= {name: _search(path, result) for name, path in step.save.items()}
        elif isinstance(step, Advance):
            self.target.advance(step.advance)
        elif isinstance(step, EditPolicy):
            self._edit(step.edit_policy)
        elif isinstance(step, AddFault):
            self._add(step)
        elif isinstance(step, RemoveFault):
            self._remove(step.remove_fault)
        elif isinstance(step, BrokerEvent):
            where = {"account": self.scenario.account, "region": step.region or self.scenario.region}
            asked = {"broker": self._filled(step.broker), "event": step.broker_event}
            self.target.control("POST", "broker-event", where | asked)

    def _add(self, step: AddFault) -> None:
        body = self._filled({"account": self.scenario.account, **step.fault.model_dump(exclude_none=True)})
        added = self.target.control("POST", "faults", body)["id"]
        if step.name:
            self._faults[step.name] = added

    def _remove(self, name: str) -> None:
        if name == "all":
            self.target.control("DELETE", "faults", account=self.scenario.account)
        elif name in self._faults:
            self.target.control("DELETE", f"faults/{self._faults.pop(name)}")
        else:
            raise UnmetError(f"there is no fault {name}")

    def _ask(self, step: Call | Wait) -> dict[str, Any]:
        return self.cast.ask(step.action, self._filled(step.params), who=self._filled(step.as_), region=step.region)

    def _call(self, step: Call) -> dict[str, Any]:
        try:
            result = self._ask(step)
        except RefusedError as refused:
            amiss = self._is_not(step.error, refused) if step.error else f"it ended in {refused}"
            if amiss:
                raise UnmetError(amiss) from refused
            return {}
        if step.error:
            raise UnmetError(f"it succeeded, but should have ended in {step.error.code}")
        return result

    def _wait(self, step: Wait) -> dict[str, Any]:
        waited, result = 0.0, {}
        while True:
            try:
                result = self._ask(step)
                if step.until and _search(self._filled(step.until), result) is True:
                    return result
            except RefusedError as refused:
                if step.error is None or self._is_not(step.error, refused):
                    raise
                return {}
            if waited >= step.within:
                wanted = f"{step.until} is not true" if step.until else f"there is no {step.error and step.error.code}"
                raise UnmetError(f"{wanted} after {step.within:g} s; the last answer was {_without_metadata(result)}")
            waited += self.target.pass_time(step.within - waited)

    def _is_not(self, error: Error, refused: RefusedError) -> str | None:
        """None when it is the error that must come."""
        wanted = error.model_copy(update={"message": str(self._filled(error.message))})
        return wanted.amiss(refused.code, refused.message)

    def _compare(self, step: Call | Wait, result: Mapping[str, Any]) -> None:
        for path, wanted in step.expect.items():
            got = _search(self._filled(path), result)
            if got != self._filled(wanted):
                raise UnmetError(f"{path} is {got!r}, not {self._filled(wanted)!r}")

    def _edit(self, edit: PolicyEdit) -> None:
        account = edit.account or self.scenario.account
        if edit.managed:
            arn = managed_arn(edit.managed, partition(self.scenario.region) or "aws")
            document = None if edit.document is None else edited(edit.managed, edit.document)
            self.target.control("PUT", "managed-policy", {"account": account, "arn": arn, "document": document})
        elif edit.organization:
            body = {"account": account, **edit.organization.model_dump(mode="json")}
            self.target.control("PUT", "organization", body)
        elif edit.holder:
            kind, name = edit.holder
            params = {f"{kind}Name": name, "PolicyName": edit.name}
            if edit.document is None:
                self.cast.ask(f"iam:Delete{kind}Policy", params, who=account)
            else:
                params["PolicyDocument"] = json.dumps(self._filled(edit.document))
                self.cast.ask(f"iam:Put{kind}Policy", params, who=account)

    # expectations ------------------------------------------------------------------------------------------------

    def _look(self, step: Step, before: int) -> None:
        """At the decisions and the journal that the step brought; one that does nothing looks at all there is."""
        if not step.decisions and not step.journal:
            return
        entries = self._entries(self._before if isinstance(step, Expectation) else before)
        expected: list[Decision | Journal] = [*step.decisions, *step.journal]
        for one in expected:
            try:
                amiss = one.amiss(entries, self.values)
            except KeyError as error:
                raise _unsaved(error) from None
            if amiss:
                raise UnmetError(amiss)

    def _entries(self, after: int) -> list[Entry]:
        return self.target.entries({self.scenario.account, *self.scenario.given.accounts}, after)

    def _last_entry(self) -> int:
        try:
            return max((entry["id"] for entry in self._entries(self._before)), default=self._before)
        except UnaskableError:
            return 0

    def _filled(self, value: Any) -> Any:
        try:
            return filled(value, self.values)
        except KeyError as error:
            raise _unsaved(error) from None


def _unsaved(error: KeyError) -> UnmetError:
    return UnmetError(f"nothing was saved as {error.args[0]}")


def _search(path: str, result: Mapping[str, Any]) -> Any:
    try:
        return jmespath.search(path, result)
    except JMESPathError as error:  # such as the length of what is not there
        raise UnmetError(f"{path}: {' '.join(str(error).split())}") from error


def _without_metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "ResponseMetadata"}
