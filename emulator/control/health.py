"""``health`` and ``ready``: what whoever runs the emulator as a sidecar asks it."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, Response, jsonify

from emulator.engine.world import World

PATIENCE = 1.0
"""Seconds that ``ready`` waits for a call under way."""


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/health")
    def health() -> Response:
        return jsonify(status="ok", version=version("mq-emulator"), services=sorted(world.services), pace=world.pace)

    @routes.get("/ready")
    def ready() -> tuple[Response, int]:
        """Whether a call would be answered now: the seed is planted before it listens, so only a long call stands before it."""
        if not world.lock.acquire(timeout=PATIENCE):
            return jsonify(status="busy", error=f"a call has been under way for {PATIENCE:g} s"), 503
        world.lock.release()
        return jsonify(status="ready"), 200
