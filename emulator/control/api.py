"""What is ours and not AWS's, under ``/_emulator/``: one module per group of routes, and their errors."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from emulator.control import (
    accounts,
    broker_views,
    brokers,
    clock,
    decisions,
    faults,
    health,
    journal,
    login,
    logs,
    metrics,
    overview,
    planting,
    policy,
    pulse,
    recording,
    role,
    snapshot,
)
from emulator.control.dashboard.pages import pages
from emulator.control.seed import Seed
from emulator.engine.world import World
from emulator.gateway.control_token import ControlToken
from emulator.gateway.tally import Tally
from emulator.policy.document import MalformedPolicyError
from emulator.values.errors import AwsError

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def control(world: World, seed: Seed, tally: Tally, token: ControlToken) -> Blueprint:
    """The control API of a world, which a reset brings back to its seed."""
    routes = Blueprint("control", __name__, url_prefix="/_emulator")

    health.add(routes, world)
    metrics.add(routes, world, tally)
    login.add(routes, token)
    clock.add(routes, world, seed)
    journal.add(routes, world)
    pulse.add(routes, world)
    faults.add(routes, world)
    policy.add(routes, world)
    accounts.add(routes, world)
    brokers.add(routes, world)
    broker_views.add(routes, world)
    decisions.add(routes, world)
    logs.add(routes, world)
    overview.add(routes, world)
    role.add(routes, world)
    planting.add(routes, world)
    snapshot.add(routes, world)
    recording.add(routes, world)
    _add_errors(routes)
    routes.register_blueprint(pages(world))
    return routes


def _add_errors(routes: Blueprint) -> None:
    @routes.route("/", defaults={"path": ""}, methods=[name for name in _METHODS if name not in {"GET", "HEAD"}])
    @routes.route("/<path:path>", methods=_METHODS)
    def nothing(path: str) -> tuple[Response, int]:
        return jsonify(error=f"there is no {request.method} /_emulator/{path}"), 404

    @routes.errorhandler(AwsError)
    def aws_error(error: AwsError) -> tuple[Response, int]:
        return jsonify(error=f"{error.code}: {error.message}"), 503 if error.status == 503 else 400

    @routes.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> tuple[Response, int]:
        first = error.errors()[0]
        return jsonify(error=f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"), 400

    @routes.errorhandler(MalformedPolicyError)
    @routes.errorhandler(ValueError)
    def bad_value(error: ValueError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400
