"""``snapshot``: the world as one file, to keep and to load."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from emulator.engine.world import World

MEDIA_TYPE = "application/x-ndjson"


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/snapshot")
    def save_snapshot() -> Response:
        from emulator.engine import snapshot  # noqa: PLC0415  # what it imports would slow every start

        return Response(snapshot.save(world), content_type=MEDIA_TYPE)

    @routes.put("/snapshot")
    def load_snapshot() -> Response:
        """Its media type is one that a form of a web page cannot send."""
        from emulator.engine import snapshot  # noqa: PLC0415  # what it imports would slow every start

        if request.mimetype != MEDIA_TYPE:
            raise ValueError(f"the Content-Type must be {MEDIA_TYPE}")
        read = snapshot.read(world, request.get_data().decode())
        snapshot.load(world, read)
        return jsonify(records=len(read.lines), leftOut=read.head.get("leftOut", {}))
