"""Faults in a test."""

from __future__ import annotations

from typing import Any

from emulator.control.faults import Fault
from emulator.engine.fault import FaultKind
from emulator.engine.world import World


class Faults:
    """What goes wrong on purpose. A test starts without any."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(
        self,
        kind: FaultKind,
        *,
        times: int | None = None,
        skip: int = 0,
        probability: float = 1.0,
        code: str | None = None,
        message: str | None = None,
        seconds: float | None = None,
        account: str | None = None,
        **match: str,
    ) -> str:
        """Add a fault and return its id. ``match`` says what it hits: action, principal, resource, broker, parent, step, service.

        Raises ValueError for what the control API would refuse (docs/faults.md).
        """
        given: dict[str, Any] = {
            "kind": kind,
            "account": account,
            "match": match,
            "times": times,
            "skip": skip,
            "probability": probability,
            "code": code,
            "message": message,
            "seconds": seconds,
        }
        with self._world.lock:
            return self._world.faults.add(Fault.model_validate(given).record()).id

    def fired(self, fault_id: str) -> int:
        """How often a fault has hit; KeyError when there is none."""
        with self._world.lock:
            return {fault.id: fault.fired for fault in self._world.faults}[fault_id]

    def remove(self, fault_id: str) -> None:
        """Take a fault away; KeyError when there is none."""
        with self._world.lock:
            self._world.faults.remove(fault_id)

    def clear(self) -> None:
        with self._world.lock:
            self._world.faults.clear()
