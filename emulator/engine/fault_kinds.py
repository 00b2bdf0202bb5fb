"""The kinds of fault, as one table, and which faults make sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from emulator.engine import identity
from emulator.engine.fault import Fault, FaultKind, is_like
from emulator.shapes.dialect import DIALECTS
from emulator.shapes.error_codes import status_of
from emulator.shapes.model import model
from emulator.values.call import Call
from emulator.values.errors import AwsError, Unanswered

if TYPE_CHECKING:
    from emulator.engine.world import World

Act = Callable[["World", Call, Fault], None]


def _throttle(_world: World, call: Call, fault: Fault) -> None:
    code, status, text = DIALECTS[call.service].throttled
    raise AwsError(code, fault.message or text, status=status)


def _error(_world: World, call: Call, fault: Fault) -> None:
    text = fault.message or f"The fault {fault.id} answers this call."
    raise AwsError(fault.code, text, status=status_of(call.service, fault.code))


def _drop(_world: World, _call: Call, _fault: Fault) -> None:
    raise Unanswered("The connection was closed before the call was carried out.")


def _lose(_world: World, _call: Call, _fault: Fault) -> None:
    raise Unanswered("The connection was closed after the call was carried out.")


def _expire(world: World, call: Call, _fault: Fault) -> None:
    """The session is over from now on: whoever holds it must open another."""
    session = identity.find_session(world, call.principal.key_id)
    if session is not None:
        world.store.put(replace(session, expires=world.clock.now(session.account)))
    raise DIALECTS[call.service].auth_error("expired session")


def _note_only(_world: World, _call: Call, _fault: Fault) -> None:
    """Latency: the gateway finds it in the journal and waits, outside the world's lock."""


def _has_session(_world: World, call: Call) -> bool:
    return call.principal.issued_at is not None


def _is_of_a_client(world: World, _call: Call) -> bool:
    """What a service asks another holds the world's lock, so nothing may wait there."""
    return len(list(world.journal.causes())) == 1


class Kind(Struct, frozen=True):
    """A kind of fault: where it applies, what it does there, and the parameters that it needs or takes."""

    point: Literal["before", "decision", "after", "step"]
    act: Act | None = None
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    concerns: Callable[[World, Call], bool] = lambda _world, _call: True
    longest: float = 400 * 24 * 3600
    """The most seconds."""


KINDS: Mapping[FaultKind, Kind] = {
    "throttle": Kind("before", _throttle, takes=frozenset({"message"})),
    "error": Kind("before", _error, needs=frozenset({"code"}), takes=frozenset({"message"})),
    "deny": Kind("decision"),
    "latency": Kind("before", _note_only, needs=frozenset({"seconds"}), concerns=_is_of_a_client, longest=30),
    "lose": Kind("after", _lose),
    "drop": Kind("before", _drop),
    "stale-identity": Kind("decision", needs=frozenset({"seconds"})),
    "stall-step": Kind("step", takes=frozenset({"seconds"})),
    "fail-step": Kind("step", takes=frozenset({"code", "message"})),
    "expire-credentials": Kind("before", _expire, concerns=_has_session),
}
"""A stall without ``seconds`` lasts until the fault is removed."""

_OF_CALLS = ("service", "action", "principal", "resource")


# Checks --------------------------------------------------------------------------------------------------------------


def check(world: World, fault: Fault) -> None:
    """Refuse by name what would never fire, or not as it was meant."""
    kind, match = KINDS[fault.kind], fault.match
    given = {name for name in ("code", "message", "seconds") if getattr(fault, name) not in {"", None}}
    for name in sorted(kind.needs - given):
        raise ValueError(f"a fault of kind {fault.kind} needs {name}")
    for name in sorted(given - kind.needs - kind.takes):
        raise ValueError(f"a fault of kind {fault.kind} takes no {name}")
    if (fault.seconds or 0) > kind.longest:
        raise ValueError(f"a fault of kind {fault.kind} takes at most {kind.longest} seconds")
    if match.step:
        _check_step(world, match.step)
    if kind.point == "step":
        for name in _OF_CALLS:
            if getattr(match, name):
                raise ValueError(f"a fault of kind {fault.kind} is matched by broker, parent and step, not by {name}")
        if fault.code and all(status_of(service, fault.code) is None for service in world.services):
            raise ValueError(f"no service has an error {fault.code}")
        return
    for service in _services(world, fault):
        if fault.code and status_of(service, fault.code) is None:
            raise ValueError(f"{service} has no error {fault.code}")


def _check_step(world: World, step: str) -> None:
    titles = [f"{plan.name}: {one.name}" for plan in world.plans.values() for one in plan.steps]
    if not any(is_like(step, title) for title in titles):
        raise ValueError(f"no step is like {step!r}")


def _services(world: World, fault: Fault) -> list[str]:
    """The services that a fault may hit."""
    match = fault.match
    if match.service and match.service not in world.services:
        raise ValueError(f"there is no service {match.service!r}, but {', '.join(sorted(world.services))}")
    services = [name for name in sorted(world.services) if match.service in {"", name} and _has_action(name, fault)]
    if not services:
        raise ValueError(f"no operation{f' of {match.service}' if match.service else ''} is like {match.action!r}")
    return services


def _has_action(service: str, fault: Fault) -> bool:
    """Whether a service has an operation like the fault's; a denial may be of an action that is none, such as iam:PassRole."""
    action = fault.match.action.lower()
    if fault.kind == "deny":
        return is_like(action.partition(":")[0], service)
    return any(is_like(action, f"{service}:{name}".lower()) for name in model(service).operations)
