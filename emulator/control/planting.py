"""``seed``: put more into a world, in the words of a seed file."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from emulator.control.body import body
from emulator.control.seed import Seed
from emulator.engine.world import World


def add(routes: Blueprint, world: World) -> None:
    @routes.post("/seed")
    def plant() -> Response:
        """A reset forgets it: only the seed that the emulator was started with comes back."""
        return jsonify(ids=body(Seed).plant(world))
