"""The Flask app: one catch-all route, from the bytes of a request to the bytes of its answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from ipaddress import ip_address
from threading import Event
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Request, Response, request
from werkzeug.routing import BaseConverter, Rule

from emulator.config import Config
from emulator.engine.world import World
from emulator.gateway.request_log import add_request_log, line
from emulator.gateway.route import operation_of, service_of
from emulator.gateway.sigv4 import PRESIGNED, Credential, Refused, Signed, authenticate, credential
from emulator.gateway.unanswered import hang_up
from emulator.shapes.dialect import DIALECTS
from emulator.shapes.model import SERVICES
from emulator.shapes.read import MOST_PARAMETERS, Wire, reader
from emulator.shapes.regions import partition
from emulator.shapes.write import Reply, error_reply, writer
from emulator.values.call import Call, Principal
from emulator.values.errors import AwsError, Unanswered, not_implemented

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. AWS's largest here is a PutLogEvents batch of 1 MiB, which JSON may double."""

WOULD_BE_DENIED = "x-mq-emulator-would-be-denied"
"""Response header of a call let through by ``--iam soft``: the actions that the caller may not do."""

Pairs = list[tuple[str, str]]
_log = logging.getLogger("emulator")


def create_app(world: World, config: Config) -> Flask:
    """The gateway to a world. ``/_emulator/`` is left to the control API."""
    app = Flask("emulator", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    add_request_log(app)
    app.before_request(lambda: refuse_browsers(config))

    app.url_map.merge_slashes = False  # a tag's ARN may hold them; AWS redirects nobody
    app.url_map.converters["anything"] = _Anything
    app.url_map.add(Rule("/<anything:path>", endpoint="door"))  # every method: the protocols say themselves what they lack

    @app.endpoint("door")
    def door(path: str) -> Response:  # noqa: ARG001  # the path as sent is read instead: this one is decoded
        try:
            reply = answer(world, config, request)
        except Unanswered:
            return hang_up()
        return Response(reply.body, reply.status, reply.headers)

    return app


class _Anything(BaseConverter):
    """Any rest of a path, empty, with slashes wherever they are, or with line breaks."""

    regex = "(?s:.*?)"
    part_isolating = False


def refuse_browsers(config: Config) -> Response | None:
    """No page of another origin may drive the emulator, not even through a name that it made point here."""
    origin = request.headers.get("Origin")
    host = request.headers.get("Host", "")
    is_foreign = origin is not None and origin.partition("://")[2] != host
    if is_foreign or request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return Response("Requests from web pages of another origin are refused.\n", 403, content_type="text/plain")
    if config.is_loopback and not _is_local(host):
        return Response("The Host header names another machine.\n", 403, content_type="text/plain")
    return None


def _is_local(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ip_address(name).is_loopback
    except ValueError:  # no host, or no address
        return False


@dataclass(frozen=True)
class _Asked:
    """A request as far as it can be read before anything is judged. ``service`` is the one whose words an error takes."""

    service: str
    signed: Signed
    query: Pairs | None
    form: Pairs | None
    given: Credential | None
    refusal: Refused | None
    is_too_large: bool


def answer(world: World, config: Config, incoming: Request) -> Reply:
    """One request, told straight; every failure is an answer in the words of the service that was asked."""
    request_id = world.request_ids.uuid()
    asked = _read(incoming)
    line().request_id, line().service = request_id, asked.service
    try:
        _refuse_unreadable(asked)
        call = _call(asked, _authenticate(world, config, asked), world, incoming, request_id)
        reply = _answered(world, call)
        return _marked(world, reply, request_id) if world.iam == "soft" else reply
    except Refused as refusal:
        return error_reply(asked.service, DIALECTS[asked.service].auth_error(refusal.fault, refusal.detail), request_id)
    except Unanswered:
        raise
    except AwsError as error:
        return error_reply(asked.service, error, request_id)
    except Exception:  # noqa: BLE001  # a mistake of ours: the client learns its request id, the log the traceback
        _log.exception("request %s failed", request_id)
        failure = AwsError("InternalFailure", "An internal error has occurred.", status=500)
        return error_reply(asked.service, failure, request_id)


def _answered(world: World, call: Call) -> Reply:
    """The reply to a call, held back for as long as a fault says: outside the world's lock, whatever came of the call."""
    try:
        return writer(call.service, call.operation)(world.perform(call), call.request_id)
    finally:
        seconds = world.faults.latency(call.request_id)
        if seconds:
            Event().wait(seconds)


def _marked(world: World, reply: Reply, request_id: str) -> Reply:
    """The reply to a call that was let through although it, or what it did for its caller, would be denied, says so."""
    with world.lock:
        entries = world.journal.select(request=request_id)
    soft = [entry for entry in entries if entry.outcome == "would be denied"]
    denied = [row["action"] for entry in soft for row in entry.decisions if row["decision"] != "allowed"]
    return replace(reply, headers=reply.headers | {WOULD_BE_DENIED: ", ".join(dict.fromkeys(denied))}) if denied else reply


def _read(incoming: Request) -> _Asked:
    path, _, query_text = _target(incoming).partition("?")
    headers = {name.lower(): value for name, value in incoming.headers.items()}
    is_too_large = (incoming.content_length or 0) > LARGEST_BODY
    body = b"" if is_too_large else incoming.get_data(cache=False)
    signed = Signed(incoming.method, path, query_text, headers, body)
    query, form = _pairs(query_text), _form(incoming, body)
    given, refusal = _credential(signed)
    service = service_of(given.service if given else "", headers, dict((query or []) + (form or [])))
    return _Asked(service, signed, query, form, given, refusal, is_too_large)


def _credential(signed: Signed) -> tuple[Credential | None, Refused | None]:
    """The credentials, or why they cannot be read: said later, in the service's words."""
    try:
        given = credential(signed)
    except Refused as refusal:
        return None, refusal
    return given, None if given else Refused("unsigned")


def _refuse_unreadable(asked: _Asked) -> None:
    if asked.is_too_large:
        code, text = DIALECTS[asked.service].too_large
        raise AwsError(code, text, status=413)
    if asked.query is None or asked.form is None:
        raise DIALECTS[asked.service].unreadable("The request is not a well-formed query string")


def _authenticate(world: World, config: Config, asked: _Asked) -> Principal:
    if asked.given is None:
        raise asked.refusal or Refused("unsigned")
    if asked.given.service not in SERVICES:
        raise not_implemented(f"The service {asked.given.service[:60]}")
    return authenticate(
        world,
        asked.given,
        asked.signed,
        default_account=config.default_account,
        is_strict=config.strict_credentials,
    )


def _call(asked: _Asked, principal: Principal, world: World, incoming: Request, request_id: str) -> Call:
    query = [pair for pair in asked.query or [] if pair[0] not in PRESIGNED]
    form, signed = asked.form or [], asked.signed
    region = asked.given.region if asked.given else ""
    name = operation_of(asked.service, signed.method, signed.path, signed.headers, dict(query + form))
    world.services[asked.service].find(name)
    line().action = name
    wire = Wire(signed.method, signed.path, query, form, signed.headers, signed.body)
    return Call(
        service=asked.service,
        operation=name,
        params=reader(asked.service, name)(wire),
        principal=principal,
        region=region,
        partition=partition(region) or "aws",
        source_ip=incoming.remote_addr or "",
        user_agent=signed.headers.get("user-agent", ""),
        is_secure=incoming.is_secure,
        request_id=request_id,
    )


def _target(incoming: Request) -> str:
    """The request target as sent: WSGI's path is decoded, which loses the %2F that a tag's ARN may hold."""
    target = str(incoming.environ.get("REQUEST_URI") or incoming.environ.get("RAW_URI") or incoming.full_path)
    return target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]


def _pairs(text: str) -> Pairs | None:
    """Decoded pairs; None when there are too many or they are no UTF-8."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None


def _form(incoming: Request, body: bytes) -> Pairs | None:
    if incoming.mimetype != "application/x-www-form-urlencoded":
        return []
    try:
        return _pairs(body.decode("ascii"))
    except UnicodeDecodeError:
        return None
