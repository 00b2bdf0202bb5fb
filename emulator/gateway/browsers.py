"""No page of another origin may drive the emulator, not even through a name that it made point here."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from emulator.config import Config


def refusal(config: Config, headers: Mapping[str, str]) -> str:
    """Why a request is refused for where it comes from; empty when it is not. ``headers`` are in lower case."""
    origin, host = headers.get("origin"), headers.get("host", "")
    is_foreign = origin is not None and origin.partition("://")[2] != host
    if is_foreign or headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return "Requests from web pages of another origin are refused."
    if config.is_loopback and not _is_local(host):
        return "The Host header names another machine."
    return ""


def _is_local(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ip_address(name).is_loopback
    except ValueError:  # no host, or no address
        return False
