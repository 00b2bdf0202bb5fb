"""Answers, and calls of a WSGI application (PEP 3333), without a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

from emulator.values.http import Request

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Error = tuple[type[BaseException], BaseException, TracebackType]
Application = Callable[[Environ, Any], Iterable[bytes]]

BODILESS = {204, 304}
"""Statuses of answers that have none."""


class HangUp(Exception):  # noqa: N818  # nothing failed: an application asks for it
    """Raised by an application: the connection is closed without an answer."""


class Start:
    """PEP 3333's ``start_response``: keeps what the answer begins with."""

    __slots__ = ("headers", "status", "written")

    def __init__(self) -> None:
        self.status = ""
        self.headers: Headers = []
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: Headers, exc_info: Error | None = None) -> Callable[[bytes], None]:
        if self.status and exc_info is None:
            raise AssertionError("the answer has begun")
        self.status, self.headers = status, headers
        return self.written.append

    @property
    def has_body(self) -> bool:
        return int(self.status[:3]) not in BODILESS

    def head(self, more: Headers) -> bytes:
        """Status line and headers; those of ``more`` only where the application gave none of the name."""
        given = {name.lower() for name, _ in self.headers}
        return head(self.status, [*self.headers, *(one for one in more if one[0].lower() not in given)])


def head(status: str, headers: Iterable[tuple[str, str]], more: str = "") -> bytes:
    """Status line and headers, and ``more``, which are whole lines."""
    text, lines = f"HTTP/1.1 {status}\r\n", 1
    for name, value in headers:
        text += f"{name}: {value}\r\n"
        lines += 1
    if not text.count("\n") == text.count("\r") == lines:
        raise ValueError("a line break in a header")
    return f"{text}{more}\r\n".encode("latin-1")


def status_line(code: int) -> str:
    return f"{code} {_PHRASES.get(code, 'Unknown')}"


_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def split_target(target: str) -> tuple[str, str]:
    """Path and query of a request's target, which names the host as well when a client asks a proxy."""
    path, _, query = target.partition("?")
    return path if path.startswith("/") else "/" + path.partition("://")[2].partition("/")[2], query


def decoded(path: str) -> str:
    """A path as WSGI tells it: of each byte a character."""
    return unquote_to_bytes(path).decode("latin-1") if "%" in path else path


def environ(request: Request, server: Environ) -> Environ:
    """WSGI's variables of a request, and those of the server."""
    found = server.copy()
    for name, text in request.headers.items():
        found[_variable(name)] = text
    found["REQUEST_METHOD"] = request.method
    found["REQUEST_URI"] = request.target
    found["PATH_INFO"] = decoded(request.path)
    found["QUERY_STRING"] = request.query
    found["SERVER_PROTOCOL"] = f"HTTP/{request.version}"
    found["REMOTE_ADDR"] = request.source_ip
    found["wsgi.input"] = BytesIO(request.body)
    return found


@lru_cache(maxsize=1024)
def _variable(name: str) -> str:
    text = name.upper().replace("-", "_")
    return text if text in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{text}"


@lru_cache(maxsize=1024)
def header_name(name: bytes) -> str:
    """A header's name in lower case; empty for one with an underscore, which would pass for another."""
    return "" if b"_" in name else name.decode("latin-1").lower()
