"""``seed``: put more into a world, in the words of a seed file."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from emulator.control.body import body
from emulator.control.seed import Seed
from emulator.engine.world import World


def add(routes: Blueprint, world: World) -> None:
    @routes.post("/seed")
    def plant() -> Response:
        """A reset forgets it: only the seed that the emulator was started with comes back. ``entry`` is the journal's newest."""
        with world.lock:
            ids = body(Seed).plant(world)
            return jsonify(ids=ids, entry=world.journal.newest)
