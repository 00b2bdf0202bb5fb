"""A world with a broker in it, and its pages through Flask's test client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from emulator import World
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.gateway.tally import Tally
from emulator.server import Server
from tests.conftest import ACCOUNT, REGION
from tests.page.browser import CHROMIUM, PATIENCE, Open, launched, watch
from tests.page.document import Document, read
from tests.page.story import serving

Page = Callable[..., Document]


@pytest.fixture
def http(world: World) -> FlaskClient:
    return create_app(world, Seed(), Tally(world)).test_client()


@pytest.fixture
def page(http: FlaskClient) -> Page:
    """``page("page/journal", text="vpc")``: a page of the test's account, held against what every page must be."""

    def get(path: str = "", status: int = 200, **asked: Any) -> Document:
        where = {"account": ACCOUNT, "region": REGION, **asked}
        answer = http.get(f"/_emulator/{path}", query_string={name: value for name, value in where.items() if value is not None})
        assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        return read(answer.text)

    return get


@pytest.fixture
def api(http: FlaskClient) -> Callable[..., Any]:
    """``api("role")``: what the control API answers about the test's account."""

    def get(path: str, **asked: Any) -> Any:
        answer = http.get(f"/_emulator/{path}", query_string={"account": ACCOUNT, "region": REGION, **asked})
        assert answer.status_code == 200, answer.text
        return answer.json

    return get


# A real browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    if CHROMIUM is None:
        if request.config.getoption("--require-chromium"):
            pytest.fail("there is no Chromium, which --require-chromium demands")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as served:
        yield served


@pytest.fixture
def faults() -> list[str]:
    """What went wrong in the browser. A test that provokes something takes it out."""
    return []


@pytest.fixture
def open_page(chromium: Browser, server: Server, faults: list[str]) -> Iterator[Open]:
    """``open_page("page/journal", width=400, color_scheme="dark")``: a tab of its own; in the end nothing may have gone wrong."""
    contexts = []

    def open_(path: str = "", *, width: int = 1280, **settings: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **settings)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watch(context, server.url, faults)
        tab = context.new_page()
        tab.goto(f"{server.url}/_emulator/{path}")
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert faults == []
