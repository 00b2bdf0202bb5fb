"""``journal/pulse``: word that the journal has grown, as server-sent events. Only who listens costs anything."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

from flask import Blueprint, Response, jsonify

from emulator.engine.journal import Journal
from emulator.engine.world import World

MOST_LISTENERS = 32
"""Who may listen at one time; one more is refused with 503. Each keeps a thread of the server."""

PULSE = 0.25
"""Seconds between two looks. Something is sent each time, so that a listener who is gone is noticed."""


def add(routes: Blueprint, world: World) -> None:
    listening: set[Event] = set()

    @routes.get("/journal/pulse")
    def pulse() -> tuple[Response, int]:
        if len(listening) >= MOST_LISTENERS:
            return jsonify(error=f"{MOST_LISTENERS} follow the journal already"), 503
        events = _events(world.journal, listening)
        return Response(events, content_type="text/event-stream", headers={"Cache-Control": "no-store"}), 200


def _events(journal: Journal, listening: set[Event]) -> Iterator[str]:
    """The id of the newest entry whenever it is another; a reset makes it 0."""
    told, never = -1, Event()
    listening.add(never)
    try:
        while True:
            last = journal.newest
            yield f"event: journal\ndata: {last}\n\n" if last != told else ":\n\n"
            told = last
            never.wait(PULSE)
    finally:
        listening.discard(never)
