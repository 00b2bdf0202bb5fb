"""``policy``: the least policy that a principal's calls needed."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict

from emulator.control.body import query
from emulator.control.least_policy import least_policy
from emulator.engine.world import World


class PolicyQuery(BaseModel):
    """``GET policy``: whose, by ARN, and for which broker alone."""

    model_config = ConfigDict(extra="forbid")

    principal: str
    broker: str | None = None


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/policy")
    def policy() -> Response:
        asked = query(PolicyQuery)
        with world.lock:
            world.settle()
            document = least_policy(world.journal.select(), asked.principal, asked.broker)
            return jsonify(policy=document, dropped=world.journal.dropped)
