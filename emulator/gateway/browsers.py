"""No page of another origin may drive the emulator, not even through a name that it made point here.

One origin may be allowed to (``--cors-origin``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from emulator.config import Config, is_loopback

Headers = Mapping[str, str]
"""Names in lower case."""


def refusal(config: Config, headers: Headers) -> str:
    """Why a request is refused for where it comes from; empty when it is not."""
    origin, host = headers.get("origin"), headers.get("host", "")
    is_foreign = origin is not None and origin.partition("://")[2] != host
    is_foreign |= headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    if is_foreign and not is_allowed(config, origin):
        return "Requests from web pages of another origin are refused."
    if not _is_ours(host, config.allowed_hosts, config.host):
        return "The Host header names another machine. If it is a name of this one, give it to --allowed-hosts."
    return ""


def unsaid(headers: Headers) -> str:
    """Why a call to AWS is refused that a browser makes without a word on whose page asks it; empty when it is not.

    So is an image of a page fetched from a host that the browser does not trust; its address may be a presigned call of a
    development key, which is root.
    """
    if headers.get("user-agent", "").startswith("Mozilla/") and not headers.keys() & {"origin", "sec-fetch-site"}:
        return "A browser's calls to AWS need an Origin or Sec-Fetch-Site header."
    return ""


def is_allowed(config: Config, origin: str | None) -> bool:
    """Whether pages of the origin may ask."""
    return bool(config.cors_origin) and origin == config.cors_origin


def cors_headers(headers: Headers) -> dict[str, str]:
    """What tells a browser that a page of an allowed origin may have the answer, and, of a preflight, ask its question."""
    told = {"Access-Control-Allow-Origin": headers["origin"], "Access-Control-Expose-Headers": "*", "Vary": "Origin"}
    if "access-control-request-method" not in headers:
        return told
    wanted = headers.get("access-control-request-headers", "")
    return told | {
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "Access-Control-Allow-Headers": wanted if wanted.isascii() and wanted.isprintable() else "",
        "Access-Control-Max-Age": "600",
    }


@lru_cache(maxsize=256)
def _is_ours(host: str, allowed_hosts: str, bound: str) -> bool:
    """This machine's own names and those allowed; when other machines can reach it, what it is bound to and any address as well.

    A page can make its own name point here, but no address: a browser that asks an address sends that page's own.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    allowed = {one.strip().lower() for one in allowed_hosts.split(",") if one.strip()}
    if name in {*allowed, bound.lower()} or name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or not is_loopback(bound))


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None
