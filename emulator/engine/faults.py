"""Faults: what goes wrong on purpose. Data, matched to calls and steps, applied at fixed points.

Before a call: throttle, error, drop, expire-credentials and latency (whose seconds the gateway waits). At a decision: deny and
stale-identity. After a call: lose. Before a step: stall-step and fail-step. Each firing is an entry under the one that it hit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from emulator.engine.fault import Fault, FaultKind, Match, is_like
from emulator.engine.fault_kinds import KINDS, check
from emulator.engine.past import Past
from emulator.engine.plan import Running
from emulator.policy.decide import Source
from emulator.policy.document import parse
from emulator.values.call import Call, Need
from emulator.values.errors import AwsError
from emulator.values.ids import Ids

if TYPE_CHECKING:
    from emulator.engine.service import Operation
    from emulator.engine.world import World

MOST_FAULTS = 1_000
"""Faults that a world keeps at a time (our choice)."""

_CHANCES = 1_000_000
_DENY_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'


class Faults:
    """The faults of a world, in the order in which they were added."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.load()

    def load(self) -> None:
        """Take up what the store holds, and the world's seed: at the start, after a reset, after a snapshot was loaded."""
        self.live = {fault.id: fault for fault in self._world.store.find(Fault)}
        """Those that there are, by id."""
        self._changed: set[str] = set()
        self._ids = Ids(f"{self._world.ids.seed} faults")
        self.past = Past()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.live.values())

    # adding and removing -----------------------------------------------------------------------------------------

    def add(self, fault: Fault) -> Fault:
        """Keep a fault, under an id of its own; ValueError when it could never fire as it is."""
        check(self._world, fault)
        with self._world.lock:
            if len(self.live) >= MOST_FAULTS:
                raise ValueError(f"there are {MOST_FAULTS} faults already")
            fault = replace(fault, id=self._new_id())
            self.live[fault.id] = fault
            self._world.store.put(fault)
            self._note(f"add fault {fault.kind}", fault)
        return fault

    def _new_id(self) -> str:
        while (fault_id := f"f-{self._ids.hexadecimal(12)}") in self.live:
            pass
        return fault_id

    def remove(self, fault_id: str) -> None:
        """Forget a fault and let the steps that it stalls go on; KeyError when there is none."""
        world = self._world
        with world.lock:
            fault = self.live.pop(fault_id)
            self._changed.discard(fault_id)
            world.store.delete(fault)
            self._note(f"remove fault {fault.kind}", fault)
            for running in list(world.store.find(Running, stalled=fault_id)) if fault.seconds is None else ():
                world.at(world.clock.now(running.account), "plan", running)

    def _note(self, title: str, fault: Fault) -> None:
        self._world.journal.write("control", title, account=fault.account, params={"fault": fault.id})

    def clear(self, account: str | None = None) -> None:
        """Remove every fault, or those of one account."""
        with self._world.lock:
            for fault in list(self.live.values()):
                if account is None or fault.account == account:
                    self.remove(fault.id)

    def forget(self, account: str) -> None:
        """An account's records are gone, and with them its faults."""
        self.live = {fault.id: fault for fault in self.live.values() if fault.account != account}
        self._changed &= self.live.keys()
        self.past.forget(account)

    def keep(self) -> None:
        """Put what was counted: a call or step that failed has undone it, a fault that fired has fired all the same."""
        while self._changed:
            fault = self.live[self._changed.pop()]
            self._world.store.put(fault)

    # the fixed points --------------------------------------------------------------------------------------------

    def before(self, call: Call, operation: Operation) -> None:
        """Before a call: raises what its caller is to see."""
        if call.service == "iam" and not operation.is_reading:
            self.remember(call.account)
        self._at("before", call, operation)

    def after(self, call: Call, operation: Operation) -> None:
        """After a call: what it did stays, whatever its caller is told."""
        self._at("after", call, operation)

    def _at(self, point: str, call: Call, operation: Operation) -> None:
        for fault in list(self.live.values()):
            act = KINDS[fault.kind].act
            if act is not None and KINDS[fault.kind].point == point and self._is_hit(fault, call, operation):
                self._fire(fault, call)
                act(self._world, call, fault)

    def _is_hit(self, fault: Fault, call: Call, operation: Operation) -> bool:
        return (
            KINDS[fault.kind].concerns(self._world, call)
            and self._meets(fault, call, call.action)
            and (not fault.match.resource or any(is_like(fault.match.resource, arn) for arn in self._resources(call, operation)))
            and self._strikes(fault)
        )

    def _resources(self, call: Call, operation: Operation) -> Iterator[str]:
        """The ARNs that a call needs to be allowed, up to the first that cannot be told."""
        try:
            for need in operation.needs(self._world, call):
                yield need.resource
        except AwsError:
            return

    def deny(self, call: Call, need: Need) -> Source | None:
        """At a decision: a policy that denies, when a fault says so."""
        fault = self._at_decision("deny", call, need)
        return None if fault is None else Source("identity-based policy", f"fault {fault.id}", parse(_DENY_ALL, "identity"))

    def stale(self, call: Call, need: Need) -> World:
        """At a decision: the world whose policies count, of now or of some seconds ago."""
        fault = self._at_decision("stale-identity", call, need, is_possible=lambda one: self._hidden(one, call) is not None)
        return (self._hidden(fault, call) if fault else None) or self._world

    def _hidden(self, fault: Fault, call: Call) -> World | None:
        return self.past.seen(self._world, call.account, self._world.clock.now(call.account) - (fault.seconds or 0))

    def _at_decision(
        self, kind: FaultKind, call: Call, need: Need, is_possible: Callable[[Fault], bool] = lambda _fault: True
    ) -> Fault | None:
        for fault in list(self.live.values()):
            if (
                fault.kind == kind
                and self._meets(fault, call, call.action, need.action)
                and is_like(fault.match.resource, need.resource)
                and is_possible(fault)
                and self._strikes(fault)
            ):
                return self._fire(fault, call)
        return None

    def remember(self, account: str) -> None:
        """Keep an account's policies as they are before a change, if a fault may hide it."""
        spans = [fault.seconds or 0 for fault in self.live.values() if fault.kind == "stale-identity"]
        if spans:
            self.past.keep(self._world, account, max(spans))

    def before_step(self, running: Running) -> tuple[str, float | None] | None:
        """Before a step: raises what it fails with, or gives the fault that holds it up and the seconds (None: until removed)."""
        for fault in list(self.live.values()):
            is_mine = KINDS[fault.kind].point == "step" and fault.account in {"", running.account}
            if not is_mine or fault.id in running.stalled or not self._is_caused(fault.match, "") or not self._strikes(fault):
                continue
            self._fire(fault)
            if fault.kind == "stall-step":
                return fault.id, fault.seconds
            raise AwsError(fault.code or "InternalFailure", fault.message or f"The fault {fault.id} fails this step.")
        return None

    def latency(self, request: str) -> float:
        """Seconds for which the answer to a client's request is to be held back."""
        if not self.live:
            return 0.0
        with self._world.lock:
            hits = self._world.journal.select(request=request)
        seconds = (float(entry.params["seconds"]) for entry in hits if (entry.kind, entry.title) == ("fault", "latency"))
        return min(sum(seconds), KINDS["latency"].longest)

    # matching ----------------------------------------------------------------------------------------------------

    def _meets(self, fault: Fault, call: Call, *actions: str) -> bool:
        match, principal = fault.match, call.principal
        return (
            fault.account in {"", call.account}
            and match.service in {"", call.service}
            and any(is_like(match.action.lower(), action.lower()) for action in actions)
            and (is_like(match.principal, principal.arn) or is_like(match.principal, principal.entity))
            and self._is_caused(match, str(call.params.get("BrokerId", "")))
        )

    def _is_caused(self, match: Match, broker: str) -> bool:
        """Whether the entry under way is about the broker, in the step and under the parent that are asked for."""
        if not (match.broker or match.parent or match.step):
            return True
        entry, *above = self._world.journal.causes()
        return (
            match.broker in {"", broker, entry.subject}
            and (not match.parent or any(is_like(match.parent, one.title) for one in above))
            and (not match.step or any(one.kind == "step" and is_like(match.step, one.title) for one in (entry, *above)))
        )

    def _strikes(self, fault: Fault) -> bool:
        """Count a match, and say whether the fault fires."""
        if fault.is_spent:
            return False
        self._change(replace(fault, seen=fault.seen + 1))
        return fault.seen >= fault.skip and (fault.probability >= 1 or self._chance(fault) < fault.probability)

    def _chance(self, fault: Fault) -> float:
        """From 0 to 1, of the world's seed: the same for a fault's same match, whatever happens to other faults."""
        return Ids(f"{self._world.ids.seed} {fault.id} {fault.seen}").pick(_CHANCES) / _CHANCES

    def _fire(self, fault: Fault, call: Call | None = None) -> Fault:
        fault = self.live[fault.id]
        self._change(replace(fault, fired=fault.fired + 1))
        seconds = {} if fault.seconds is None else {"seconds": fault.seconds}
        where: dict[str, Any] = (
            {"account": call.account, "region": call.region, "request_id": call.request_id}
            if call
            else {"account": fault.account}
        )
        self._world.journal.write("fault", fault.kind, params={"fault": fault.id, **seconds}, **where)
        return fault

    def _change(self, fault: Fault) -> None:
        self.live[fault.id] = fault
        self._changed.add(fault.id)
