"""``journal``: what happened, on request and as it happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from emulator.control.body import query
from emulator.engine.followers import MOST_FOLLOWERS
from emulator.engine.journal import EntryKind, Outcome, Place
from emulator.engine.journal_query import Query
from emulator.engine.world import World
from emulator.values.clock import parse_iso8601

HEARTBEAT = 1.0
"""Seconds after which a follower hears something, were it only that there is nothing new; so a dead one is noticed."""


def _instant(text: Any) -> float:
    try:
        return parse_iso8601(str(text))
    except (ValueError, OverflowError):
        raise ValueError("it is no time such as 2030-01-31T12:00:00Z") from None


Time = Annotated[float, BeforeValidator(_instant)]


class Filters(BaseModel):
    """Which entries: see :class:`emulator.engine.journal_query.Query`. ``after`` is the id of an entry."""

    model_config = ConfigDict(extra="forbid")

    broker: str | None = None
    principal: str | None = None
    service: str | None = None
    action: str | None = None
    outcome: Outcome | None = None
    decision: Literal["allowed", "implicitDeny", "explicitDeny"] | None = None
    text: str | None = None
    account: str | None = None
    region: str | None = None
    kind: EntryKind | None = None
    since: Time | None = None
    until: Time | None = None
    request: str | None = None
    after: Annotated[int, Field(ge=0)] = 0

    def query(self) -> Query:
        return Query(subject=self.broker, **self.model_dump(include=set(Filters.model_fields) - {"broker"}))


class JournalQuery(Filters):
    """``GET journal``: entries in order of their ids, or the newest first; ``limit`` is the most to answer with."""

    limit: Annotated[int, Field(ge=1)] | None = None
    order: Literal["oldest", "newest"] = "oldest"


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/journal")
    def journal() -> Response:
        asked = query(JournalQuery)
        with world.lock:
            world.settle()
            entries = world.journal.select(asked.query())
            if asked.order == "newest":
                entries.reverse()
            shown = [entry.to_json() for entry in entries[: asked.limit]]
            return jsonify(entries=shown, dropped=world.journal.dropped, capacity=world.journal.capacity)

    @routes.get("/journal/follow")
    def follow() -> Response | tuple[Response, int]:
        asked = query(Filters).query()
        if len(world.journal.followers) >= MOST_FOLLOWERS:
            return jsonify(error=f"{MOST_FOLLOWERS} follow the journal already"), 503
        last = request.headers.get("Last-Event-ID", "")
        place = world.journal.place(int(last) if last.isascii() and last.isdecimal() else asked.after)
        return Response(_events(world, asked, place), content_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _events(world: World, asked: Query, place: Place) -> Iterator[str]:
    """Server-sent events: one per entry, with its id, and comments in between so that a dead connection is noticed."""
    with world.journal.followers.joined() as news:
        yield ": the journal follows\n\n"
        while True:
            news.clear()
            with world.lock:
                place, entries = world.journal.newer(place, asked)
                lines = [json.dumps(entry.to_json(), ensure_ascii=False) for entry in entries]
            yield from (f"id: {entry.id}\ndata: {line}\n\n" for entry, line in zip(entries, lines, strict=True))
            if not news.wait(HEARTBEAT):
                yield ": nothing new\n\n"
