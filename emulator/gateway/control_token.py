"""Who may ask the control API of an emulator that other machines can reach: whoever has the token."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

COOKIE = "mq-emulator"

OPEN = frozenset({"/_emulator/health", "/_emulator/ready", "/_emulator/login"})
"""Paths that need no token: what a container's keeper asks, and where a browser gives the token."""

FILES = "/_emulator/static/"
"""Under it are the page's own files, the same everywhere, which the page that asks for the token needs too."""


class ControlToken:
    """A token, or none (empty): then everybody may ask. Comparing takes as long for a wrong one as for the right one."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @property
    def cookie(self) -> str:
        """What the page's cookie holds: not the token itself, for a browser sends it to every port of the host."""
        return hmac.digest(self._token, b"mq-emulator cookie", "sha256").hex()

    def is_right(self, given: str) -> bool:
        return hmac.compare_digest(self._token, given.encode("utf-8", "replace"))

    def admits(self, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request for the control API may pass; header names are in lower case."""
        if not self._token or path in OPEN or path.startswith(FILES):
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_right(given.strip())
        return hmac.compare_digest(self.cookie, _cookie(headers.get("cookie", "")))


NO_TOKEN = ControlToken("")


def _cookie(header: str) -> str:
    from http.cookies import CookieError, SimpleCookie  # noqa: PLC0415  # slow to import, and only browsers send any

    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value.encode("ascii", "replace").decode() if found else ""
