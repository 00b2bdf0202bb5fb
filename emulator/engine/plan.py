"""Plans: what a service does over time, as tables of idempotent steps that look, act, and say when to look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.engine.timers import Timer, delay
from emulator.values.errors import AwsError
from emulator.values.record import Key, Record

if TYPE_CHECKING:
    from emulator.engine.world import World

Act = Callable[["World", Any], float | None]
"""Do the step on the subject's record. Returns None when it is done, or in how many of AWS's seconds to look again."""


def give_up(_attempt: int) -> float | None:
    """A refused step ends the plan."""
    return None


def back_off(attempt: int) -> float | None:
    """A refused step is tried again: after 60 s, then twice as long each time, at most 15 minutes (our choice)."""
    return float(min(60 * 2 ** (attempt - 1), 900))


def everyone(_subject: Record) -> bool:
    """all"""
    return True


class Step(Struct, frozen=True):
    """``after`` is in AWS's seconds, from the end of the step before. ``retry`` gives those before the next attempt, or None.

    A plan leaves out a step that does not concern its subject; the next one is due when it would have been.
    """

    name: str
    act: Act
    after: float
    retry: Callable[[int], float | None] = give_up
    is_optional: bool = False
    """Whether the plan goes on when the step is refused for good."""
    concerns: Callable[[Any], bool] = everyone
    """Whether a subject is one for which there is something to do. Its docstring says which those are."""


class Plan(Struct, frozen=True):
    """``failed`` is told the subject and the error of a refused step that is not tried again; the plan then ends.

    A plan that ``repeats`` starts over when its last step is done, for as long as one of its steps concerns its subject.
    """

    name: str
    subject: type[Record]
    steps: tuple[Step, ...]
    failed: Callable[[World, Any, AwsError], None] | None = None
    repeats: bool = False


class Running(Record, frozen=True, kw_only=True):
    """Where a plan stands for one subject. ``id`` is the plan's name and the subject's id; ``cause`` is a journal entry's id."""

    INDEXES = ("stalled",)

    plan: str
    subject: str
    step: int = 0
    attempt: int = 1
    cause: int | None = None
    stalled: tuple[str, ...] = ()
    """Ids of the faults that have held this step up."""


def start(world: World, plan: Plan, subject: Record) -> None:
    """Begin a plan for a record, in place of the same plan under way."""
    running_id = f"{plan.name}/{subject.id}"
    _stop(world, (subject.account, subject.region, running_id))
    first = _next(plan, 0, subject)
    if first is None:
        return
    step, seconds = first
    running = Running(
        account=subject.account,
        region=subject.region,
        id=running_id,
        plan=plan.name,
        subject=subject.id,
        step=step,
        cause=world.journal.current,
    )
    world.store.put(running)
    _wait(world, plan, running, seconds)


def stop(world: World, plan: Plan, subject: Record) -> None:
    _stop(world, (subject.account, subject.region, f"{plan.name}/{subject.id}"))


def _stop(world: World, key: Key) -> None:
    running = world.store.get(Running, key)
    if running is not None:
        world.timers.cancel(running.account, running.region, running.id)
        world.store.delete(running)


def _next(plan: Plan, number: int, subject: Record) -> tuple[int, float] | None:
    """The first step from a number on that concerns the subject, and the seconds until then; None when the plan is at its end."""
    seconds = 0.0
    for coming in range(number, len(plan.steps) + (number if plan.repeats else 0)):
        place = coming % len(plan.steps)
        step = plan.steps[place]
        seconds += step.after
        if step.concerns(subject):
            return place, seconds
    return None


def _wait(world: World, plan: Plan, running: Running, seconds: float) -> None:
    world.after(seconds, "plan", running, is_background=plan.repeats)


def _try_again(world: World, plan: Plan, running: Running, seconds: float) -> None:
    """Wait even where nothing takes time: what is refused at one instant would be refused at it for ever."""
    pause = delay(seconds, world.pace_of(running.account), is_background=True)
    world.at(world.clock.now(running.account) + pause, "plan", running, is_background=plan.repeats)


def fire(world: World, timer: Timer) -> None:
    """Run the step that a plan is at."""
    running = world.store.get(Running, (timer.account, timer.region, timer.subject))
    if running is None:
        return
    plan = world.plans[running.plan]
    subject = world.store.get(plan.subject, (timer.account, timer.region, running.subject))
    if subject is None:
        return
    step = plan.steps[running.step]
    if not step.concerns(subject):  # a file of a version that left none out
        _advance(world, plan, running)
        return
    entry = world.journal.write(
        "step",
        f"{plan.name}: {step.name}",
        parent=running.cause,
        subject=subject.id,
        account=subject.account,
        region=subject.region,
    )
    try:
        with world.journal.within(entry):  # what the step's calls have done stays when a later one is refused
            stall = world.faults.before_step(running) if world.faults.live else None
            again = step.act(world, subject) if stall is None else None
    except AwsError as error:
        pause = step.retry(running.attempt)
        entry.outcome = "failed" if pause is None else "retrying"
        if pause is None and step.is_optional:
            _advance(world, plan, running)
        elif pause is None:
            _fail(world, plan, running, error, entry.id)
        else:
            world.store.put(replace(running, attempt=running.attempt + 1))
            _try_again(world, plan, running, pause)
        return
    if stall is not None:
        entry.outcome = "waiting"
        _stall(world, running, *stall)
    elif again is not None:
        entry.outcome = "waiting"
        _wait(world, plan, running, again)
    else:
        _advance(world, plan, running)


def _stall(world: World, running: Running, fault: str, seconds: float | None) -> None:
    """Wait for a fault: some seconds of the clock, whatever the pace, or until it is removed."""
    held = replace(running, stalled=tuple(dict.fromkeys((*running.stalled, fault))))
    world.store.put(held)
    if seconds is not None:
        world.at(world.clock.now(running.account) + seconds, "plan", held)


def _advance(world: World, plan: Plan, running: Running) -> None:
    if world.store.get(Running, running.key) is None:
        return  # the step stopped its own plan
    subject = world.store.get(plan.subject, (running.account, running.region, running.subject))
    coming = None if subject is None else _next(plan, running.step + 1, subject)
    if coming is None:
        world.store.delete(running)
        return
    following, seconds = coming
    if (running.step, running.attempt, running.stalled) != (following, 1, ()):  # most health checks leave it as it was
        world.store.put(replace(running, step=following, attempt=1, stalled=()))
    _wait(world, plan, running, seconds)


def _fail(world: World, plan: Plan, running: Running, error: AwsError, entry: int) -> None:
    world.store.delete(running)
    subject = world.store.get(plan.subject, (running.account, running.region, running.subject))
    if plan.failed is not None and subject is not None:
        with world.journal.under(entry):
            plan.failed(world, subject, error)
