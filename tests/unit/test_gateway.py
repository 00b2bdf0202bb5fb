"""The app without a port: what no real server lets through, and mistakes of our own."""

from __future__ import annotations

import gc
import logging
from io import BytesIO
from typing import Any

import pytest
from msgspec.structs import replace
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from emulator import World
from emulator.config import Config
from emulator.gateway.front import Front
from emulator.gateway.incoming import read
from emulator.gateway.sigv4 import Refused
from tests.conformance.wire import Keys, Request, form, sign

HOST = "127.0.0.1:4566"


def front(world: World, config: Config | None = None) -> Front:
    return Front(world, config or Config(), no_control)


def no_control() -> Any:
    raise AssertionError("the control app is not asked")


def ask(world: World, request: Request, *, config: Config | None = None, **environ: Any) -> tuple[int, bytes]:
    """A request through the WSGI door, as a server other than ours may hand it over."""
    builder = EnvironBuilder(
        method=request.method, path=request.path, query_string=request.query, headers=dict(request.headers), data=request.body
    )
    app = front(world, config)
    body, status, _ = run_wsgi_app(app, {**builder.get_environ(), **environ}, buffered=True)
    return int(status.split()[0]), b"".join(body)


def caller_identity(host: str = HOST) -> Request:
    return sign(form("sts", "GetCallerIdentity"), "sts", Keys("111122223333"), host=host)


def test_a_server_that_hands_over_no_target_as_sent(world: World) -> None:
    status, body = ask(world, caller_identity())
    assert status == 200
    assert b"<Account>111122223333</Account>" in body


def test_a_server_that_leaves_out_what_is_empty(world: World) -> None:
    request = caller_identity()
    environ = EnvironBuilder(method="POST", headers=dict(request.headers), data=request.body).get_environ()
    for name in ("PATH_INFO", "QUERY_STRING", "SCRIPT_NAME"):
        del environ[name]
    assert run_wsgi_app(front(world), environ, buffered=True)[1] == "200 OK"


@pytest.mark.parametrize("name", ["REQUEST_URI", "RAW_URI"])
@pytest.mark.parametrize("target", ["/", "http://127.0.0.1:4566/", "http://127.0.0.1:4566"])
def test_a_target_as_sent_by_either_name(name: str, target: str, world: World) -> None:
    assert ask(world, caller_identity(), **{name: target})[0] == 200


def test_a_target_without_a_path_has_its_query(world: World) -> None:
    """As the server itself reads it, which hands some calls over as an environment and most not."""
    given = Request("GET", query="Action=GetCallerIdentity&Version=2011-06-15")
    request = sign(given, "sts", Keys("111122223333"), host=HOST)
    assert ask(world, request, REQUEST_URI=f"http://{HOST}?{request.query}")[0] == 200


def test_a_path_that_is_none_is_read_as_it_is() -> None:
    environ = EnvironBuilder(query_string="a=b").get_environ() | {"PATH_INFO": "*", "REQUEST_URI": "", "RAW_URI": None}
    asked = read(environ)
    assert (asked.path, asked.query) == ("%2A", "a=b")


def test_the_target_as_sent_keeps_what_decoding_loses(world: World) -> None:
    path = "/v1/tags/arn%3Aaws%3Amq%3Aus-east-1%3A111122223333%3Abroker%3Aa%2Fb%3Ac"
    request = sign(Request("GET", path), "mq", Keys("111122223333"), host=HOST)
    status, body = ask(world, request, REQUEST_URI=path)
    assert (status, body) == (404, b'{"message":"Resource was not found"}')


def test_names_of_a_machine_that_others_reach(world: World) -> None:
    """In a container the emulator listens on every address; the name that its network has for it must be allowed."""
    request = caller_identity("emulator.internal:4566")
    assert ask(world, request, config=Config(host="0.0.0.0"))[0] == 403
    assert ask(world, request, config=Config(host="0.0.0.0", allowed_hosts="emulator.internal"))[0] == 200
    assert ask(world, request, config=Config(host="emulator.internal"))[0] == 200
    assert ask(world, request, config=Config(host="localhost"))[0] == 403
    foreign = request.but(headers={"Origin": "https://example.com"})
    assert ask(world, foreign, config=Config(host="emulator.internal"))[0] == 403


def test_who_asked_is_in_the_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    perform = world.perform
    monkeypatch.setattr(world, "perform", lambda call: seen.append(call) or perform(call))
    request = caller_identity().but(headers={"User-Agent": "boto3/1"})
    ask(world, request, REMOTE_ADDR="10.1.2.3", **{"wsgi.url_scheme": "https"})
    (call,) = seen
    assert (call.source_ip, call.user_agent, call.is_secure) == ("10.1.2.3", "boto3/1", True)
    ask(world, caller_identity())
    assert (seen[1].source_ip, seen[1].user_agent, seen[1].is_secure) == ("", "", False)


def test_a_mistake_of_ours_is_an_internal_failure(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client learns no more than its request id; the log has the traceback under it."""
    operations = world.services["sts"].operations
    broken = replace(operations["GetCallerIdentity"], run=lambda _world, _call: 1 / 0)
    monkeypatch.setitem(operations, "GetCallerIdentity", broken)
    with caplog.at_level(logging.ERROR, "emulator"):
        status, body = ask(world, caller_identity())
    assert status == 500
    assert b"<Type>Receiver</Type><Code>InternalFailure</Code><Message>An internal error has occurred.</Message>" in body
    assert b"ZeroDivision" not in body
    (record,) = caplog.records
    request_id = record.getMessage().split()[1]
    assert request_id.encode() in body
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


def test_a_body_that_ends_too_soon(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Its client is gone: what is left of it is answered and nothing is logged."""
    request = caller_identity()
    builder = EnvironBuilder(method="POST", headers=dict(request.headers))
    environ = {**builder.get_environ(), "CONTENT_LENGTH": "1000", "wsgi.input": BytesIO(b"Action=")}
    with caplog.at_level(logging.WARNING):
        response: TestResponse = Client(front(world)).open(environ_overrides=environ, method="POST")
    assert response.status_code == 400
    assert not caplog.records


@pytest.mark.parametrize("authorization", ["AWS5-HMAC-SHA256 x", ""])
def test_a_refusal_leaves_no_circle_that_holds_the_request(authorization: str, world: World) -> None:
    request = caller_identity()
    gc.disable()
    try:
        status, _ = ask(world, replace(request, headers=request.headers | {"Authorization": authorization}))
        left = [one for one in gc.get_objects() if isinstance(one, Refused)]
    finally:
        gc.enable()
    assert (status, left) == (400, [])
