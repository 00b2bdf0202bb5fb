"""One request to AWS, from its bytes to the bytes of its answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from threading import Event

from msgspec import Struct
from msgspec.structs import replace

from emulator.config import Config
from emulator.engine.world import World
from emulator.gateway.incoming import LARGEST_BODY
from emulator.gateway.request_log import Line
from emulator.gateway.route import operation_of, service_of
from emulator.gateway.sigv4 import PRESIGNED, Credential, Refused, authenticate, credential
from emulator.shapes.dialect import DIALECTS
from emulator.shapes.read import Wire, pairs, reader
from emulator.shapes.regions import partition
from emulator.shapes.write import error_reply, writer
from emulator.values.call import Call, Principal
from emulator.values.errors import AwsError, Unanswered, not_implemented
from emulator.values.http import Reply, Request

WOULD_BE_DENIED = "x-mq-emulator-would-be-denied"
"""Response header of a call let through by ``--iam soft``: the actions that the caller may not do."""

Pairs = list[tuple[str, str]]
_log = logging.getLogger("emulator")


class _Asked(Struct, frozen=True):
    """A request as far as it can be read before anything is judged. ``service`` is the one whose words an error takes."""

    request: Request
    service: str
    query: Pairs | None
    form: Pairs | None
    named: Mapping[str, str]
    """Of both, the last pair of each name."""
    given: Credential | None
    refusal: Refused | None
    """Why the credentials cannot be read: said later, in the service's words."""


def answer(world: World, config: Config, request: Request, line: Line) -> Reply:
    """One request, told straight; every failure is an answer in the words of the service that was asked.

    Raises Unanswered when a fault says that there is none. What is found out about the request goes into ``line``.
    """
    request_id = world.request_ids.uuid()
    asked = _read(request)
    line.request_id, line.service = request_id, asked.service
    try:
        call = _call(asked, _authenticate(world, config, asked), world, line)
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


def _read(request: Request) -> _Asked:
    query, form = pairs(request.query) if request.query else [], _form(request)
    given, refusal = None, None
    try:
        given = credential(request)
    except Refused as why:
        refusal = why.with_traceback(None)  # which knows the functions that know what was asked: a circle
    named = dict((query or []) + (form or []))
    service = service_of(given.service if given else "", request.headers, named)
    return _Asked(request, service, query, form, named, given, refusal)


def _authenticate(world: World, config: Config, asked: _Asked) -> Principal:
    """Who asks; what cannot be read is refused in the service's words."""
    if asked.request.size > LARGEST_BODY:
        code, text = DIALECTS[asked.service].too_large
        raise AwsError(code, text, status=413)
    if asked.query is None or asked.form is None:
        raise DIALECTS[asked.service].unreadable("The request is not a well-formed query string")
    given, why = asked.given, asked.refusal
    if given is None:
        raise Refused(why.fault, why.detail) if why else Refused("unsigned")  # another one, for the same reason
    if given.service != asked.service:
        raise not_implemented(f"The service {given.service[:60]}")
    return authenticate(world, given, asked.request, default_account=config.default_account, is_strict=config.strict_credentials)


def _call(asked: _Asked, principal: Principal, world: World, line: Line) -> Call:
    request, query, form = asked.request, asked.query or [], asked.form or []
    if query:
        query = [pair for pair in query if pair[0] not in PRESIGNED]
    region = asked.given.region if asked.given else ""
    name = operation_of(asked.service, request.method, request.path, request.headers, asked.named)
    world.services[asked.service].find(name)
    line.action = name
    return Call(
        service=asked.service,
        operation=name,
        params=reader(asked.service, name)(Wire(request.method, request.path, query, form, request.body)),
        principal=principal,
        region=region,
        partition=partition(region) or "aws",
        source_ip=request.source_ip,
        user_agent=request.headers.get("user-agent", ""),
        is_secure=request.is_secure,
        request_id=line.request_id,
    )


def _form(request: Request) -> Pairs | None:
    if not _is_form(request.headers.get("content-type", "")):
        return []
    try:
        return pairs(request.body.decode("ascii"))
    except UnicodeDecodeError:
        return None


@lru_cache(maxsize=256)
def _is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
