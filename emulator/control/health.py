"""``health`` and ``ready``: what whoever runs the emulator as a sidecar asks it."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, Response, jsonify

from emulator.engine.world import World
from emulator.services.logs import volume

PATIENCE = 1.0
"""Seconds that they wait for a call under way."""


def _bounds(world: World) -> dict[str, dict[str, int]] | None:
    if not world.lock.still.acquire(timeout=PATIENCE):
        return None
    try:
        journal, (size, lost) = world.journal, volume(world)
        return {
            "journalEntries": {"kept": journal.kept, "most": journal.capacity, "dropped": journal.dropped},
            "logBytes": {"kept": size, "most": world.log_bytes, "droppedEvents": lost},
        }
    finally:
        world.lock.still.release()


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/health")
    def health() -> Response:
        """That it lives, and how full its bounded memories are (null while a call is under way)."""
        return jsonify(
            status="ok",
            version=version("mq-emulator"),
            services=sorted(world.services),
            pace=world.pace,
            bounds=_bounds(world),
        )

    @routes.get("/ready")
    def ready() -> tuple[Response, int]:
        """Whether a call would be answered now: the seed is planted before it listens, so only a long call stands before it."""
        if not world.lock.still.acquire(timeout=PATIENCE):
            return jsonify(status="busy", error=f"a call has been under way for {PATIENCE:g} s"), 503
        world.lock.still.release()
        return jsonify(status="ready"), 200
