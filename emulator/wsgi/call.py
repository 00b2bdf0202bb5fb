"""Calls of a WSGI application (PEP 3333), without a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from types import TracebackType
from typing import Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Error = tuple[type[BaseException], BaseException, TracebackType]
Application = Callable[[Environ, Any], Iterable[bytes]]

_BODILESS = {"204", "304"}


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
        return self.status[:3] not in _BODILESS

    def head(self, more: Headers) -> bytes:
        """Status line and headers; those of ``more`` only where the application gave none of the name."""
        given = {name.lower() for name, _ in self.headers}
        lines = [f"HTTP/1.1 {self.status}\r\n"]
        for name, value in self.headers:
            lines.append(f"{name}: {value}\r\n")
        for name, value in more:
            if name.lower() not in given:
                lines.append(f"{name}: {value}\r\n")
        head = "".join(lines)
        if not head.count("\n") == head.count("\r") == len(lines):
            raise ValueError("a line break in a header")
        return f"{head}\r\n".encode("latin-1")


def status_line(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


@lru_cache(maxsize=1024)
def variable(name: bytes) -> str:
    """WSGI's name of a header; empty for one with an underscore, which would pass for another."""
    if b"_" in name:
        return ""
    text = name.decode("latin-1").upper().replace("-", "_")
    return text if text in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{text}"
