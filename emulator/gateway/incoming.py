"""A WSGI environment as a request of AWS's protocols: the bytes as sent, for a signature covers those."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from emulator.values.http import Request
from emulator.wsgi.call import split_target

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes. AWS's largest here is a PutLogEvents batch of 1 MiB, which JSON may double."""

Environ = Mapping[str, Any]


def read(environ: Environ) -> Request:
    """The request in an environment of any WSGI server; one that keeps the target as sent is better."""
    size, (path, query) = _length(environ), _path_and_query(environ)
    return Request(
        environ["REQUEST_METHOD"],
        path,
        query,
        headers_of(environ),
        environ["wsgi.input"].read(size) if 0 < size <= LARGEST_BODY else b"",
        size,
        environ.get("REMOTE_ADDR", ""),
        is_secure=environ["wsgi.url_scheme"] == "https",
    )


def headers_of(environ: Environ) -> dict[str, str]:
    """The headers, by their names in lower case."""
    return {name: value for key, value in environ.items() if (name := _header(key))}


def _length(environ: Environ) -> int:
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


@lru_cache(maxsize=1024)
def _header(key: str) -> str:
    """The name, in lower case, of the header that a variable holds; empty when it holds none."""
    if key.startswith("HTTP_"):
        return key[5:].replace("_", "-").lower()
    return {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}.get(key, "")


def _path_and_query(environ: Environ) -> tuple[str, str]:
    """Those of the target as sent: WSGI's path is decoded, which loses the %2F that a tag's ARN may hold."""
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if target is not None:
        return split_target(str(target))
    return quote(environ.get("PATH_INFO", "").encode("latin-1")) or "/", environ.get("QUERY_STRING", "")
