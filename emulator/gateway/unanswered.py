"""How a connection is closed without an answer."""

from __future__ import annotations

from flask import Response
from waitress.channel import ClientDisconnected


def hang_up() -> Response:
    """A response that never starts: waitress takes its client to be gone, and closes the connection."""
    return Response(iter(_gone, b""))


def _gone() -> bytes:
    raise ClientDisconnected
