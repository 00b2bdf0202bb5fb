"""What is ours and not AWS's, under ``/_emulator/``: health, reset, clock, journal, and grants for tests."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any, Literal, TypeVar

from flask import Blueprint, Response, jsonify, request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from emulator.control.seed import Organization, Seed
from emulator.engine.timers import Pace
from emulator.engine.world import World
from emulator.policy.document import MalformedPolicyError
from emulator.services.logs import metric_matches
from emulator.shapes.regions import partition
from emulator.values.clock import iso8601
from emulator.values.errors import AwsError

LONGEST_ADVANCE = 400 * 24 * 3600
"""Seconds in one move of the clock."""


def _known_region(name: str) -> str:
    if partition(name) is None:
        raise ValueError("AWS has no such Region")
    return name


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ClockChange(_Body):
    """``POST clock``: move on by seconds, stand still or run on, or take another pace."""

    advance: Annotated[float, Field(ge=0, le=LONGEST_ADVANCE)] | None = None
    freeze: bool | None = None
    pace: Pace | None = None


class ManagedPolicyEdit(_Body):
    """``PUT managed-policy``: an account's own text of an AWS managed policy; ``null`` gives AWS's back."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    arn: str
    document: dict[str, Any] | None


class OrganizationChange(Organization):
    """``PUT organization``: the control policies (name → document) that an account is under, level by level from the root."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")]


class Place(_Body):
    """``GET metric-filters``: where to look."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    region: str = "us-east-1"


class ServiceSession(_Body):
    """``POST service-session``: credentials of a service-linked role, which AWS never hands out."""

    account: Annotated[str, Field(pattern=r"^\d{12}$")]
    region: Annotated[str, AfterValidator(_known_region)] = "us-east-1"
    service: str = "mq.amazonaws.com"


class JournalQuery(BaseModel):
    """``GET journal``: which entries, in order. ``after`` is the id of an entry, ``limit`` the most to answer with."""

    model_config = ConfigDict(extra="forbid")

    broker: str | None = None
    principal: str | None = None
    decision: Literal["allowed", "implicitDeny", "explicitDeny"] | None = None
    account: str | None = None
    request: str | None = None
    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1)] | None = None


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
B = TypeVar("B", bound=BaseModel)


def control(world: World, seed: Seed) -> Blueprint:
    """The control API of a world, which a reset brings back to its seed."""
    routes = Blueprint("control", __name__, url_prefix="/_emulator")

    @routes.get("/health")
    def health() -> Response:
        return jsonify(status="ok", version=version("mq-emulator"), services=sorted(world.services), pace=world.pace)

    @routes.post("/reset")
    def reset() -> Response:
        with world.lock:
            world.reset()
            seed.plant(world)
        return jsonify({})

    @routes.get("/clock")
    def clock() -> Response:
        return jsonify(_clock(world))

    @routes.post("/clock")
    def change_clock() -> Response:
        change = _body(ClockChange)
        with world.lock:
            world.journal.write("control", "clock", params=change.model_dump(exclude_none=True))
            if change.pace is not None:
                world.pace = change.pace
            if change.freeze is not None:
                (world.clock.freeze if change.freeze else world.clock.unfreeze)()
            fired = world.advance(change.advance or 0)
            return jsonify(_clock(world) | {"fired": fired})

    @routes.get("/journal")
    def journal() -> Response:
        asked = JournalQuery.model_validate(request.args.to_dict())
        with world.lock:
            world.settle()
            entries = world.journal.select(
                subject=asked.broker,
                principal=asked.principal,
                decision=asked.decision,
                account=asked.account,
                request=asked.request,
                after=asked.after,
            )
            return jsonify(entries=[entry.to_json() for entry in entries[: asked.limit]], dropped=world.journal.dropped)

    @routes.get("/metric-filters")
    def metric_filters() -> Response:
        asked = Place.model_validate(request.args.to_dict())
        with world.lock:
            return jsonify(metricFilters=metric_matches(world, asked.account, asked.region))

    @routes.put("/managed-policy")
    def edit_managed_policy() -> Response:
        edit = _body(ManagedPolicyEdit)
        text = None if edit.document is None else jsonify(edit.document).get_data(as_text=True)
        world.edit_managed_policy(edit.account, edit.arn, text)
        return jsonify({})

    @routes.put("/organization")
    def change_organization() -> Response:
        change = _body(OrganizationChange)
        change.bind(world, change.account)
        return jsonify({})

    @routes.post("/service-session")
    def service_session() -> Response:
        asked = _body(ServiceSession)
        role = world.linked_role(asked.service)
        if role is None:
            raise ValueError(f"no service-linked role of {asked.service}")
        with world.lock:
            world.journal.write("control", f"credentials of {role.name}", account=asked.account, region=asked.region)
            session = world.session_of(role, asked.account, asked.region)
        return jsonify(
            AccessKeyId=session.id,
            SecretAccessKey=session.secret,
            SessionToken=session.token,
            Expiration=iso8601(session.expires),
        )

    @routes.route("/", defaults={"path": ""}, methods=_METHODS)
    @routes.route("/<path:path>", methods=_METHODS)
    def nothing(path: str) -> tuple[Response, int]:
        return jsonify(error=f"there is no {request.method} /_emulator/{path}"), 404

    @routes.errorhandler(AwsError)
    def aws_error(error: AwsError) -> tuple[Response, int]:
        return jsonify(error=f"{error.code}: {error.message}"), 400

    @routes.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> tuple[Response, int]:
        first = error.errors()[0]
        return jsonify(error=f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"), 400

    @routes.errorhandler(MalformedPolicyError)
    @routes.errorhandler(ValueError)
    def bad_value(error: ValueError) -> tuple[Response, int]:
        return jsonify(error=str(error)), 400

    return routes


def _body(kind: type[B]) -> B:
    """The request's JSON. Its media type is one that a form of a web page cannot send."""
    if request.mimetype != "application/json":
        raise ValueError("the Content-Type must be application/json")
    return kind.model_validate_json(request.get_data())


def _clock(world: World) -> dict[str, Any]:
    due = world.timers.next_due()
    return {
        "now": iso8601(world.clock.now(), millis=True),
        "frozen": world.clock.is_frozen,
        "pace": world.pace,
        "nextTimer": iso8601(due, millis=True) if due is not None else None,
    }
