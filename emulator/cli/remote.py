"""A running emulator, asked through its control API."""

from __future__ import annotations

from typing import Any

from emulator.cli.settings import config_of, fail

_TIMEOUT = 60


def url_of(given: dict[str, Any]) -> str:
    config = config_of(**given)
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}"


def ask(method: str, url: str, body: Any = None, params: dict[str, str] | None = None) -> dict[str, Any]:
    import requests  # noqa: PLC0415  # slow to import, and serve needs none

    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between here and here
            response = session.request(method, url, json=body, params=params, timeout=_TIMEOUT)
        answer: dict[str, Any] = dict(response.json())
    except (requests.RequestException, ValueError, TypeError):  # nobody there, or somebody else
        fail(f"no emulator answers at {url.partition('/_emulator')[0]}")
    if not response.ok:
        fail(answer.get("error", response.reason))
    return answer
