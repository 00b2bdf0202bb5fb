"""``journal``: what happened."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from emulator.control.body import query
from emulator.engine.world import World


class JournalQuery(BaseModel):
    """``GET journal``: which entries, in order. ``after`` is the id of an entry, ``limit`` the most to answer with."""

    model_config = ConfigDict(extra="forbid")

    broker: str | None = None
    principal: str | None = None
    decision: Literal["allowed", "implicitDeny", "explicitDeny"] | None = None
    account: str | None = None
    request: str | None = None
    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] | None = None


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/journal")
    def journal() -> Response:
        asked = query(JournalQuery)
        with world.lock:
            world.settle()
            entries = world.journal.select(
                subject=asked.broker,
                principal=asked.principal,
                decision=asked.decision,
                account=asked.account,
                request=asked.request,
                after=asked.after,
            )
            return jsonify(entries=[entry.to_json() for entry in entries[: asked.limit]], dropped=world.journal.dropped)
