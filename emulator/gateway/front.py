"""The WSGI application: AWS's calls are answered here, what is under ``/_emulator/`` by the control app, which is Flask's.

AWS's calls pass no routing of Flask's: the protocols have their own, and it costs as much as a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any

from emulator.config import Config
from emulator.engine.world import World
from emulator.gateway import browsers, request_log
from emulator.gateway.control_token import NO_TOKEN, ControlToken
from emulator.gateway.http import answer
from emulator.gateway.incoming import Incoming, headers_of, read
from emulator.gateway.request_log import Line
from emulator.gateway.tally import Tally
from emulator.shapes.write import Reply
from emulator.values.clock import ticks
from emulator.values.errors import Unanswered
from emulator.wsgi.call import Application, HangUp

CONTROL = "/_emulator/"
"""What is ours and not AWS's is under this path."""

_BARE = CONTROL.rstrip("/")


class Front:
    """A world's WSGI application. ``control`` makes the control app when it is first asked for: Flask is slow to import."""

    def __init__(self, world: World, config: Config, control: Callable[[], Application], token: ControlToken = NO_TOKEN) -> None:
        self._world = world
        self._config = config
        self._make_control = control
        self._token = token
        self.tally = Tally(world)

    @cached_property
    def _control(self) -> Application:
        return self._make_control()

    def is_brief(self, environ: Mapping[str, Any]) -> bool:
        """Whether a request neither waits nor streams: a call to AWS that waits for no other, nor for what a fault says."""
        if is_control(environ) or self._world.faults.are_set or not self._world.lock.still.acquire(blocking=False):
            return False
        self._world.lock.still.release()
        return True

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        headers, is_ours = headers_of(environ), is_control(environ)
        if "origin" in headers and browsers.is_allowed(self._config, headers["origin"]):
            start_response = _adding(start_response, browsers.cors_headers(headers))
        refusal = browsers.refusal(self._config, headers) or ("" if is_ours else browsers.unsaid(headers))
        if refusal:
            return _begin(start_response, Reply(403, {"Content-Type": "text/plain"}, f"{refusal}\n".encode()))
        if environ["REQUEST_METHOD"] == "OPTIONS" and browsers.is_allowed(self._config, headers.get("origin")):
            return _begin(start_response, Reply(204, {}, b""))
        if not is_ours:
            return _begin(start_response, self._answer(read(environ, headers)))
        if not self._token.admits(environ["PATH_INFO"], headers):
            is_page = environ["REQUEST_METHOD"] == "GET" and "text/html" in headers.get("accept", "")
            return _begin(start_response, _TO_LOGIN if is_page else _WITHOUT_TOKEN)
        return self._control(environ, start_response)

    def _answer(self, incoming: Incoming) -> Reply:
        line = Line(ticks())
        try:
            reply = answer(self._world, self._config, incoming, line)
            line.status = reply.status
        except Unanswered:
            raise HangUp from None
        finally:
            request_log.write(line)
            self.tally.observe(line)
        return reply


def is_control(environ: Mapping[str, Any]) -> bool:
    path: str = environ.get("PATH_INFO", "")
    return path.startswith(CONTROL) or path == _BARE


_WITHOUT_TOKEN = Reply(
    401,
    {"Content-Type": "application/json", "WWW-Authenticate": "Bearer", "Cache-Control": "no-store"},
    b'{"error":"the control token is missing or wrong: send it as Authorization: Bearer, or POST it to /_emulator/login"}\n',
)

_TO_LOGIN = Reply(303, {"Location": f"{CONTROL}login", "Cache-Control": "no-store"}, b"")
"""A person's browser is led to where it can give the token."""


def _adding(start_response: Any, more: Mapping[str, str]) -> Any:
    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [*headers, *more.items()], exc_info)

    return start


def _begin(start_response: Any, reply: Reply) -> Iterable[bytes]:
    headers = [*reply.headers.items(), ("Content-Length", str(len(reply.body)))]
    start_response(f"{reply.status} {_PHRASES.get(reply.status, 'Unknown')}", headers)
    return [reply.body]


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
