"""A world with a broker in it, and its pages through Flask's test client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from emulator import World
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.gateway.tally import Tally
from tests.conftest import ACCOUNT, REGION
from tests.page.document import Document, read

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
