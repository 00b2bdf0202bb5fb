"""``faults``: what goes wrong on purpose."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from emulator.control.body import Account, Body, body, query
from emulator.engine import fault
from emulator.engine.world import World

Text = Annotated[str, Field(min_length=1, max_length=2_048)]


class Match(Body):
    """What a fault hits; what is not given says nothing."""

    service: Text | None = None
    action: Text | None = None
    principal: Text | None = None
    resource: Text | None = None
    broker: Text | None = None
    parent: Text | None = None
    step: Text | None = None


class Fault(Body):
    """``POST faults``: see :class:`emulator.engine.fault.Fault`; no ``account`` means every account."""

    kind: fault.FaultKind
    account: Account | None = None
    match: Match = Match()
    times: Annotated[int, Field(ge=1)] | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    code: Text | None = None
    message: Text | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None

    def record(self) -> fault.Fault:
        """The fault without its id."""
        given = self.model_dump(exclude_none=True, exclude={"match", "account"})
        match = fault.Match(**self.match.model_dump(exclude_none=True))
        return fault.Fault(account=self.account or "", region="", id="", match=match, **given)


class Whose(BaseModel):
    """``DELETE faults``: those of one account, or all."""

    model_config = ConfigDict(extra="forbid")

    account: Account | None = None


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/faults")
    def list_faults() -> Response:
        with world.lock:
            return jsonify(faults=[one.to_json() for one in world.faults])

    @routes.post("/faults")
    def add_fault() -> Response:
        asked = body(Fault)
        with world.lock:
            return jsonify(id=world.faults.add(asked.record()).id)

    @routes.delete("/faults")
    def remove_faults() -> Response:
        asked = query(Whose)
        with world.lock:
            world.faults.clear(asked.account)
        return jsonify({})

    @routes.delete("/faults/<fault_id>")
    def remove_fault(fault_id: str) -> tuple[Response, int]:
        with world.lock:
            try:
                world.faults.remove(fault_id)
            except KeyError:
                return jsonify(error=f"there is no fault {fault_id}"), 404
        return jsonify({}), 200
