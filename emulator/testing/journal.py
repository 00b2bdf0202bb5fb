"""What happened in a test, and assertions on it that say what came near when they fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from rich.console import Console

from emulator.control.least_policy import least_policy
from emulator.engine.fault import is_like
from emulator.engine.journal import Entry, Outcome
from emulator.engine.world import World
from emulator.policy.decide import Decision
from emulator.scenario.report import tree

_SHOWN = 5
"""Decisions or calls that a failed assertion lists."""


class _Judged(Struct, frozen=True):
    """A decision and the call that needed it."""

    entry: Entry
    decision: Decision

    def __str__(self) -> str:
        need = self.decision.need
        told = self.decision.explanation()
        return f"{self.entry.title} as {_who(self.entry)}: {need.action} on {need.resource} was {self.decision.effect}: {told}"


class Journal:
    """The journal of the emulator. Actions are patterns (``ec2:*``); principals and resources too, or a part of an ARN."""

    def __init__(self, world: World) -> None:
        self._world = world

    # asking ------------------------------------------------------------------------------------------------------

    @property
    def entries(self) -> list[Entry]:
        """Everything, in order: calls, steps, states, faults, moves of the clock. What is due has happened."""
        with self._world.lock:
            self._world.settle()
            return self._world.journal.select()

    def calls(self, action: str = "*", *, principal: str = "", outcome: Outcome | None = None) -> list[Entry]:
        """Calls, Amazon MQ's own included, of an action, by a principal, with an outcome."""
        return [
            entry
            for entry in self.entries
            if entry.kind == "call"
            and _is_action(action, entry.title)
            and _is_part(principal, entry.principal)
            and outcome in {None, entry.outcome}
        ]

    @property
    def side_effects(self) -> list[str]:
        """Actions by which Amazon MQ changed something in the account, as its role or with its caller's rights, in order."""
        return [entry.title for entry in self._side_effects()]

    def _side_effects(self, broker: str | None = None) -> Iterator[Entry]:
        for entry in self.calls(outcome="ok"):
            is_service = bool(entry.via or (entry.who and entry.who.invoked_by))
            service, operation = entry.title.split(":")
            is_change = not self._world.services[service].operations[operation].is_reading and service != "sts"
            if is_service and is_change and broker in {None, entry.subject}:
                yield entry

    def tree(self) -> str:
        """Everything as text, each call under its cause, each decision under its call."""
        console = Console(width=400, color_system=None)
        with console.capture() as captured:
            console.print(tree("Journal", [entry.to_json() for entry in self.entries]))
        return captured.get()

    def policy(self, principal: str, *, broker: str | None = None) -> dict[str, Any]:
        """The least policy that a principal's calls needed, by its ARN; ValueError when they needed none."""
        return least_policy(self.entries, principal, broker)

    # asserting ---------------------------------------------------------------------------------------------------

    def assert_allowed(self, action: str, *, principal: str = "", resource: str = "", by: str = "") -> None:
        """Some such request was allowed, by a statement whose description contains ``by`` (``statement 3 of …``)."""
        __tracebackhide__ = True
        self._assert_decided(action, principal, resource, by, is_allowed=True)

    def assert_denied(self, action: str, *, principal: str = "", resource: str = "", because: str = "") -> None:
        """Some such request was denied, for a reason that contains ``because``."""
        __tracebackhide__ = True
        self._assert_decided(action, principal, resource, because, is_allowed=False)

    def _assert_decided(self, action: str, principal: str, resource: str, why: str, *, is_allowed: bool) -> None:
        __tracebackhide__ = True

        def is_wanted(one: _Judged) -> bool:
            return (
                one.decision.is_allowed == is_allowed
                and _is_action(action, one.decision.need.action)
                and _is_part(principal, one.entry.principal)
                and _is_part(resource, one.decision.need.resource)
                and why in one.decision.explanation()
            )

        judged = [_Judged(entry, decision) for entry in self.entries for decision in entry.decided]
        if not any(map(is_wanted, judged)):
            verb = "allowed" if is_allowed else "denied"
            wanted = [f"{label} {text!r}" for label, text in (("as", principal), ("on", resource), ("because of", why)) if text]
            raise AssertionError(
                _told(f"nothing {verb} {' '.join([action, *wanted])}", "decisions", _nearest(judged, action, principal))
            )

    def assert_called(self, action: str, *, principal: str = "", outcome: Outcome = "ok", times: int | None = None) -> None:
        """Such a call was made with the outcome, ``times`` times or at least once."""
        __tracebackhide__ = True
        made = self.calls(action, principal=principal, outcome=outcome)
        if not made if times is None else len(made) != times:
            often = "never" if not made else f"{len(made)} times"
            wanted = "at least once" if times is None else f"{times} times"
            heading = f"{action} was called {often} with outcome {outcome!r}, not {wanted}"
            raise AssertionError(_told(heading, "calls", [_call(entry) for entry in self._near_calls(action)]))

    def assert_not_called(self, action: str, *, principal: str = "") -> None:
        """No such call was made, whatever its outcome would have been."""
        __tracebackhide__ = True
        made = self.calls(action, principal=principal)
        if made:
            raise AssertionError(_told(f"{action} was called {len(made)} times", "calls", map(_call, made)))

    def assert_no_side_effects(self, *, broker: str | None = None) -> None:
        """Amazon MQ changed nothing in the account (for one broker)."""
        __tracebackhide__ = True
        made = list(self._side_effects(broker))
        if made:
            raise AssertionError(_told(f"Amazon MQ made {len(made)} changes", "changes", map(_call, made)))

    def _near_calls(self, action: str) -> list[Entry]:
        return self.calls(action) or self.calls(f"{action.split(':', maxsplit=1)[0]}:*")


def _is_action(pattern: str, action: str) -> bool:
    return is_like(pattern.lower(), action.lower())


def _is_part(wanted: str, text: str) -> bool:
    """Whether a text is like a pattern, or contains a text without wildcards."""
    return is_like(wanted, text) if set("*?") & set(wanted) else wanted in text


def _nearest(judged: list[_Judged], action: str, principal: str) -> list[str]:
    """The decisions that come nearest: on the action, of its service, by the principal; the newest first among equals."""

    def nearness(one: _Judged) -> tuple[bool, bool, bool, int]:
        own = one.decision.need.action
        is_same_service = _is_action(action.split(":", maxsplit=1)[0] + ":*", own)
        return _is_action(action, own), is_same_service, _is_part(principal, one.entry.principal), one.entry.id

    ordered: list[_Judged] = sorted(judged, key=nearness, reverse=True)
    return [str(one) for one in ordered]


def _told(heading: str, what: str, lines: Any) -> str:
    listed = list(lines)
    if not listed:
        return f"{heading}; there are no {what} in the journal"
    more = [f"  … {len(listed) - _SHOWN} more"] if len(listed) > _SHOWN else []
    return "\n".join([f"{heading}; the nearest {what}:", *(f"  {line}" for line in listed[:_SHOWN]), *more])


def _call(entry: Entry) -> str:
    error = f" {entry.error['code']}: {entry.error['message']}" if entry.error else ""
    return f"{entry.title} as {_who(entry)}: {entry.outcome}{error}"


def _who(entry: Entry) -> str:
    via = f" via {entry.via}" if entry.via else ""
    return entry.principal.rsplit(":", 1)[-1] + via
