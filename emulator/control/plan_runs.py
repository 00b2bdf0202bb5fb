"""The plans of a record as they went and go: the table of each, filled in from the journal and from what is under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from emulator.control.entries import brief
from emulator.engine.journal import Entry
from emulator.engine.plan import Plan, Running, Step
from emulator.engine.world import World
from emulator.values.clock import Instant, iso8601
from emulator.values.record import Record

MOST_RUNS = 8
"""Runs that are shown of a record, the newest ones; of a plan that repeats only its last one and the one to come."""

_STATES = {"ok": "done", "waiting": "waiting", "retrying": "retrying", "failed": "failed"}


class Run(Struct):
    """One run of a plan: the journal's entries of each step by the step's place, and the plan's record while it runs.

    ``begun`` is the entry from which its time counts: its cause, or of a plan that repeats the end of the round before.
    """

    plan: Plan
    cause: Entry | None
    begun: Entry | None
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    running: Running | None = None

    @property
    def last(self) -> Entry | None:
        return self.entries[max(self.entries)][-1] if self.entries else None

    @property
    def newest(self) -> int:
        """By which runs are sorted: the id of the last entry that is known of it."""
        return max(one.id for one in (self.last, self.cause) if one) if self.last or self.cause else 0


def runs(world: World, subject: Record) -> list[dict[str, Any]]:
    """What is shown of a record's plans, the newest first. Call it under the world's lock."""
    caused: dict[int | None, list[Entry]] = {}
    steps: list[Entry] = []
    for entry in world.journal.select(subject=subject.id):
        caused.setdefault(entry.parent, []).append(entry)
        if entry.kind == "step":
            steps.append(entry)
    found = _told(world, steps)
    _add_running(world, subject, found)
    return [_shown(world, subject, run, caused) for run in _kept(found)]


def _told(world: World, steps: list[Entry]) -> list[Run]:
    """The runs that the journal tells of, as far back as it goes."""
    places = {
        f"{plan.name}: {step.name}": (plan, place) for plan in world.plans.values() for place, step in enumerate(plan.steps)
    }
    found: list[Run] = []
    open_: dict[tuple[str, int | None], Run] = {}
    for entry in steps:
        plan, place = places[entry.title]
        run = open_.get((plan.name, entry.parent))
        if run is None or _is_over(run, place):
            cause = world.journal.get(entry.parent) if entry.parent else None
            begun = run.last if run and plan.repeats else cause
            run = open_[plan.name, entry.parent] = Run(plan, cause, begun)
            found.append(run)
        run.entries.setdefault(place, []).append(entry)
    return found


def _is_over(run: Run, place: int) -> bool:
    """Whether a plan has come round again, or was begun anew from the same cause: none, in a maintenance window."""
    last = max(run.entries)
    return place < last or (place == last and run.entries[last][-1].outcome in {"ok", "failed"})


def _add_running(world: World, subject: Record, found: list[Run]) -> None:
    for plan in world.plans.values():
        running = running_of(world, plan, subject)
        if running is None:
            continue
        run = next((run for run in reversed(found) if run.plan is plan and _goes_on(run, running)), None)
        if run is None:
            cause = world.journal.get(running.cause) if running.cause else None
            run = Run(plan, cause, cause)
            found.append(run)
        run.running = running


def _goes_on(run: Run, running: Running) -> bool:
    is_same = (run.cause.id if run.cause else None) == running.cause
    return is_same and not (run.entries and _is_over(run, running.step))


def running_of(world: World, plan: Plan, subject: Record) -> Running | None:
    return world.store.get(Running, (subject.account, subject.region, f"{plan.name}/{subject.id}"))


def due_of(world: World, running: Running) -> Instant | None:
    """When the step that a plan is at will be done, or looked at again."""
    timers = world.timers.of(running.account, running.region, running.id)
    return min((timer.due for timer in timers), default=None)


def _kept(found: list[Run]) -> list[Run]:
    """What is under way first, then the newest, then what repeats; of that, old rounds are left out."""
    found = sorted(found, key=_place, reverse=True)
    rounds: set[str] = set()
    kept = []
    for run in found:
        if run.plan.repeats and run.running is None:
            if run.plan.name in rounds:
                continue
            rounds.add(run.plan.name)
        kept.append(run)
    return kept[:MOST_RUNS]


def _place(run: Run) -> tuple[bool, bool, int]:
    return not run.plan.repeats, run.running is not None, run.newest


# As JSON -----------------------------------------------------------------------------------------------------------


def _shown(world: World, subject: Record, run: Run, caused: Mapping[int | None, list[Entry]]) -> dict[str, Any]:
    steps = list(_steps(world, subject, run, caused))
    return {
        "plan": run.plan.name,
        "repeats": run.plan.repeats,
        "state": _state(run, steps),
        "cause": run.cause.id if run.cause else None,
        "started": iso8601(run.cause.at, millis=True) if run.cause else None,
        "steps": steps,
    }


def _state(run: Run, steps: list[dict[str, Any]]) -> str:
    if run.running is not None:
        return "running"
    return "failed" if any(step["state"] == "failed" for step in steps) else "done"


def _steps(world: World, subject: Record, run: Run, caused: Mapping[int | None, list[Entry]]) -> Iterator[dict[str, Any]]:
    """Steps that are left out are not shown; their time is that of the next one."""
    before, after = run.begun, 0.0
    for place, step in enumerate(run.plan.steps):
        rows = run.entries.get(place, [])
        after += step.after
        if not _is_taken(run, place, step, subject):
            continue
        due = due_of(world, run.running) if run.running and run.running.step == place else None
        last = rows[-1] if rows else None
        yield {
            "name": step.name,
            "after": after,
            "optional": step.is_optional,
            "state": _step_state(run, place, step, last),
            "at": iso8601(last.at, millis=True) if last else None,
            "due": iso8601(due, millis=True) if due is not None else None,
            "dueIn": max(due - world.clock.now(run.running.account if run.running else ""), 0.0) if due is not None else None,
            "emulatedSeconds": last.at - before.at if last and before else None,
            "wallSeconds": last.wall - before.wall if last and before else None,
            "attempts": len(rows),
            "error": last.error if last else None,
            "entry": last.id if last else None,
            "calls": [_tree(entry, caused) for row in rows[-1:] for entry in caused.get(row.id, [])],
        }
        before, after = last or before, 0.0


def _is_taken(run: Run, place: int, step: Step, subject: Record) -> bool:
    """Whether the run takes the step, has taken it or would have. The journal forgets what is oldest: it may know no more."""
    now = run.running.step if run.running else max(run.entries)
    if place == now or place in run.entries:
        return True
    if place > now:
        return (run.running is not None or _is_cut_short(run)) and step.concerns(subject)
    is_forgotten = run.begun is None and place < min(run.entries, default=now)
    return is_forgotten and step.concerns(subject)


def _is_cut_short(run: Run) -> bool:
    """Whether the last step that was taken ended the plan before its end. Else what it left out may concern the subject since."""
    last = max(run.entries)
    return run.entries[last][-1].outcome == "failed" and not run.plan.steps[last].is_optional


def _step_state(run: Run, place: int, step: Step, last: Entry | None) -> str:
    """``done``, ``running``, ``waiting``, ``retrying``, ``failed``, ``passed over``, ``to come`` or ``never``."""
    if run.running is not None and place == run.running.step:
        return _STATES[last.outcome] if last and last.outcome in {"waiting", "retrying"} else "running"
    if last is not None:
        return "passed over" if last.outcome == "failed" and step.is_optional else _STATES.get(last.outcome, "failed")
    if run.running is not None:
        return "to come" if place > run.running.step else "done"
    return "never" if any(run.entries[done][-1].outcome == "failed" for done in run.entries) else "done"


def _tree(entry: Entry, caused: Mapping[int | None, list[Entry]]) -> dict[str, Any]:
    return {**brief(entry), "caused": [_tree(child, caused) for child in caused.get(entry.id, [])]}
