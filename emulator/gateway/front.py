"""The WSGI application: AWS's calls are answered here, what is under ``/_emulator/`` by the control app, which is Flask's.

AWS's calls pass no routing of Flask's: the protocols have their own, and it costs as much as a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from emulator.config import Config
from emulator.engine.world import World
from emulator.gateway import browsers, request_log
from emulator.gateway.control_token import NO_TOKEN, ControlToken
from emulator.gateway.http import answer
from emulator.gateway.incoming import headers_of, read
from emulator.gateway.request_log import Line
from emulator.gateway.tally import Tally
from emulator.values.clock import ticks
from emulator.values.errors import Unanswered
from emulator.values.http import Reply, Request
from emulator.wsgi.call import Application, Environ, HangUp, decoded, status_line

CONTROL = "/_emulator/"
"""What is ours and not AWS's is under this path."""

_BARE = CONTROL.rstrip("/")


class Front:
    """A world's WSGI application, with a way past WSGI for calls that are soon answered.

    ``control`` makes the control app when it is first asked for: Flask is slow to import.
    """

    def __init__(self, world: World, config: Config, control: Callable[[], Application], token: ControlToken = NO_TOKEN) -> None:
        self._world = world
        self._config = config
        self._make_control = control
        self._token = token
        self.tally = Tally(world)
        self._untold: list[Line] | None = None
        """The lines of answers that are made together, until what they tell is kept."""

    @cached_property
    def _control(self) -> Application:
        return self._make_control()

    def brief(self, request: Request) -> Reply | None:
        """The answer to a call to AWS that neither waits for another nor for what a fault says; None of any other request."""
        if is_control(decoded(request.path)) or self._world.faults.live or not self._world.lock.still.acquire(blocking=False):
            return None
        self._world.lock.still.release()
        return self._answer(request, self._tell if self._untold is None else self._untold.append)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What :meth:`brief` answers within is one turn of the world, and so kept at once; it raises when that cannot be.

        While somebody else has the world, nothing is answered that would be kept.
        """
        lock = self._world.lock
        if not lock.still.acquire(blocking=False):
            yield
            return
        lock.still.release()
        lines = self._untold = []
        try:
            with lock:
                yield
        finally:
            self._untold = None
        for line in lines:
            self._tell(line)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not is_control(environ.get("PATH_INFO", "")):
            return _begin(start_response, self._answer(read(environ), self._tell))
        method, headers = environ["REQUEST_METHOD"], headers_of(environ)
        cors = self._cors(headers)
        if cors:
            start_response = _adding(start_response, cors)
        turned_away = _turned_away(method, browsers.refusal(self._config, headers), cors)
        if turned_away is not None:
            return _begin(start_response, turned_away)
        if not self._token.admits(environ["PATH_INFO"], headers):
            is_page = method == "GET" and "text/html" in headers.get("accept", "")
            return _begin(start_response, _TO_LOGIN if is_page else _WITHOUT_TOKEN)
        return self._control(environ, start_response)

    def _cors(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """What an answer to a page of the allowed origin says besides."""
        return browsers.cors_headers(headers) if browsers.is_allowed(self._config, headers.get("origin")) else {}

    def _answer(self, request: Request, tell: Callable[[Line], object]) -> Reply:
        headers = request.headers
        cors = self._cors(headers) if "origin" in headers else {}
        why = browsers.refusal(self._config, headers) or browsers.unsaid(headers)
        reply = _turned_away(request.method, why, cors) or self._logged(request, tell)
        return replace(reply, headers={**reply.headers, **cors}) if cors else reply

    def _logged(self, request: Request, tell: Callable[[Line], object]) -> Reply:
        line = Line(ticks())
        try:
            reply = answer(self._world, self._config, request, line)
            line.status = reply.status
        except Unanswered:
            raise HangUp from None
        finally:
            tell(line)
        return reply

    def _tell(self, line: Line) -> None:
        request_log.write(line)
        self.tally.observe(line)


def is_control(path: str) -> bool:
    return path.startswith(CONTROL) or path == _BARE


_WITHOUT_TOKEN = Reply(
    401,
    {"Content-Type": "application/json", "WWW-Authenticate": "Bearer", "Cache-Control": "no-store"},
    b'{"error":"the control token is missing or wrong: send it as Authorization: Bearer, or POST it to /_emulator/login"}\n',
)

_TO_LOGIN = Reply(303, {"Location": f"{CONTROL}login", "Cache-Control": "no-store"}, b"")
"""A person's browser is led to where it can give the token."""


def _turned_away(method: str, why: str, cors: Mapping[str, str]) -> Reply | None:
    """The answer to a request that goes no further: it is refused, or an allowed page only asks whether it may make another."""
    if why:
        return Reply(403, {"Content-Type": "text/plain"}, f"{why}\n".encode())
    return Reply(204, {}, b"") if cors and method == "OPTIONS" else None


def _adding(start_response: Any, more: Mapping[str, str]) -> Any:
    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [*headers, *more.items()], exc_info)

    return start


def _begin(start_response: Any, reply: Reply) -> Iterable[bytes]:
    headers = [*reply.headers.items(), ("Content-Length", str(len(reply.body)))]
    start_response(status_line(reply.status), headers)
    return [reply.body]
