"""A running emulator, asked through its control API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from emulator.cli.settings import config_of, fail

_TIMEOUT = 60


def url_of(given: dict[str, Any]) -> str:
    config = config_of(**given)
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}"


def ask(
    method: str, url: str, body: Any = None, params: dict[str, str] | None = None, *, text: str | None = None
) -> dict[str, Any]:
    """Its answer to JSON, or to lines of JSON in ``text``."""
    what = {"data": text.encode(), "headers": {"Content-Type": "application/x-ndjson"}} if text is not None else {"json": body}
    return _object(_sent(method, url, params=params, **what), url)


def fetch(url: str) -> str:
    """Lines of JSON."""
    response = _sent("GET", url)
    if response.headers.get("Content-Type") != "application/x-ndjson":
        _object(response, url)  # says what is wrong
        _nobody(url)
    return str(response.content, "utf-8")


def _object(response: Any, url: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = dict(response.json())
    except (ValueError, TypeError):  # somebody else
        _nobody(url)
    if not response.ok:
        fail(answer.get("error", response.reason))
    return answer


def _sent(method: str, url: str, **what: Any) -> Any:
    import requests  # noqa: PLC0415  # slow to import, and serve needs none

    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between here and here
            session.headers.update(config_of().control_headers)
            return session.request(method, url, timeout=_TIMEOUT, **what)
    except requests.RequestException:
        _nobody(url)


def _nobody(url: str) -> NoReturn:
    fail(f"no emulator answers at {url.partition('/_emulator')[0]}")


def follow(url: str, params: dict[str, str]) -> Iterator[str]:
    """The data of server-sent events, until the emulator ends."""
    import requests  # noqa: PLC0415  # slow to import

    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(url, params=params, stream=True, timeout=_TIMEOUT)
            if not response.ok:
                fail(response.json()["error"])
            for line in response.iter_lines():
                if line.startswith(b"data: "):
                    yield line[6:].decode()
    except (requests.RequestException, ValueError):
        _nobody(url)
