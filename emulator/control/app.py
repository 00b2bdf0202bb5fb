"""The control app: Flask's, with the control API in it, and a line of log for each request."""

from __future__ import annotations

from flask import Flask, Response, g, request

from emulator.control.api import control
from emulator.control.seed import Seed
from emulator.engine.world import World
from emulator.gateway import request_log
from emulator.gateway.control_token import NO_TOKEN, ControlToken
from emulator.gateway.request_log import Line
from emulator.gateway.tally import Tally
from emulator.values.clock import ticks

QUIET = frozenset({"/_emulator/health", "/_emulator/ready", "/_emulator/metrics"})
"""Routes that a machine asks every few seconds, and that nobody wants to read about."""

SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not set its own: no browser shows it in a frame, guesses what it is, or keeps it."""


def create_app(world: World, seed: Seed, tally: Tally, token: ControlToken = NO_TOKEN) -> Flask:
    """What is under ``/_emulator/``, for a world that a reset brings back to its seed."""
    app = Flask("emulator", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it

    @app.before_request
    def begin() -> None:
        g.line = Line(ticks(), method=request.method)

    @app.after_request
    def end(response: Response) -> Response:
        line: Line = g.line
        line.route = request.url_rule.rule if request.url_rule else "?"
        line.status = response.status_code
        if line.route not in QUIET:
            request_log.write(line)
            tally.observe(line)
        for name, value in SAFE.items():
            response.headers.setdefault(name, value)
        return response

    app.register_blueprint(control(world, seed, tally, token))
    return app
