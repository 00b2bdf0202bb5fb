"""HTTP without a server: what was asked, and the answer."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Request(Struct, frozen=True):
    """A request as sent: ``path`` and ``query`` are percent-encoded. Names of headers are in lower case.

    ``target`` is what path and query are taken from. Of a body that is too large to be kept there is only the ``size``.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    size: int = 0
    source_ip: str = ""
    is_secure: bool = False
    target: str = ""
    version: str = "1.1"


class Reply(Struct, frozen=True):
    """An answer without what every server adds: its length, the date, who serves it."""

    status: int
    headers: dict[str, str]
    body: bytes
