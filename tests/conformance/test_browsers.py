"""Who may drive the emulator: whoever has the control token, pages of one allowed origin, and under which names."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from emulator.config import Config, Secret
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.engine import snapshot
from emulator.server import Server
from tests.conformance.wire import Answer, Keys, Request, form, send, sign

TOKEN = "correct-horse-battery-staple"
JSON = {"Content-Type": "application/json"}
PAGE = "https://console.example.com"

Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with Server(Config(port=0, control_token=Secret(TOKEN), cors_origin=PAGE)) as served:
        yield served


@pytest.fixture
def ask(guarded: Server) -> Ask:
    """``ask("GET", "clock", token=…)``: a route of the control API that wants a token."""

    def run(method: str, route: str, *, token: str | None = None, body: bytes = b"", **headers: str) -> Answer:
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        return send(Request(method, f"/_emulator/{route}", body=body, headers=given), guarded.port)

    return run


# The control token -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", "ünïcode"])
@pytest.mark.parametrize("asked", ["GET journal", "POST reset", "GET metrics", "GET nothing", "GET "])
def test_without_the_token_nothing_is_told_or_done(asked: str, token: str | None, ask: Ask) -> None:
    given = {} if token is None else {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    answer = ask(*asked.split(" "), body=b"{}", **JSON_ARGUMENTS, **given)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert TOKEN.encode() not in answer.body


JSON_ARGUMENTS = {"Content_Type": "application/json"}


def test_with_the_token(ask: Ask) -> None:
    assert ask("GET", "journal", token=TOKEN).status == 200
    assert ask("POST", "reset", token=TOKEN, body=b"{}", **JSON_ARGUMENTS).status == 200


@pytest.mark.parametrize("route", ["health", "ready"])
def test_whether_it_is_well_anybody_may_ask(route: str, ask: Ask) -> None:
    assert ask("GET", route).status == 200


def test_a_browser_gives_the_token_once(guarded: Server) -> None:
    with requests.Session() as browser:
        browser.trust_env = False
        url = f"{guarded.url}/_emulator"
        assert browser.post(f"{url}/login", json={"token": "wrong"}, timeout=10).status_code == 401
        assert browser.post(f"{url}/login", data={"token": TOKEN}, timeout=10).status_code == 400, "as a form could send it"
        assert not browser.cookies
        told = browser.post(f"{url}/login", json={"token": TOKEN}, timeout=10).headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Strict", "Path=/_emulator"} <= {part.strip() for part in told.split(";")}
        assert TOKEN not in told
        assert browser.get(f"{url}/journal", timeout=10).status_code == 200
        browser.cookies.set("mq-emulator", "0" * 64, path="/_emulator", domain="127.0.0.1")
        assert requests.get(f"{url}/journal", headers={"Cookie": "mq-emulator=0"}, timeout=10).status_code == 401


def test_a_browser_is_led_to_where_it_can_give_the_token(guarded: Server, ask: Ask) -> None:
    led = ask("GET", "page/journal", Accept="text/html,*/*;q=0.8")
    assert (led.status, led.headers["location"]) == (303, "/_emulator/login")
    shown = ask("GET", "login", Accept="text/html")
    assert (shown.status, b"Control token" in shown.body) == (200, True)
    assert ask("GET", "static/page.css").status == 200
    for path in ("static/../journal", "static/%2e%2e/journal", "static/", "page/journal"):
        assert ask("GET", path).status in {401, 404}, path
    assert ask("POST", "reset", Accept="text/html", body=b"{}", **JSON_ARGUMENTS).status == 401


@pytest.mark.parametrize("cookie", ["", ";;;", "mq-emulator", "mq-emulator=", 'mq-emulator="\xe9"', "a[]=b; mq-emulator=x"])
def test_a_cookie_that_is_none(cookie: str, ask: Ask) -> None:
    assert ask("GET", "journal", Cookie=cookie).status == 401


def test_calls_to_aws_need_no_token(guarded: Server) -> None:
    request = sign(form("sts", "GetCallerIdentity"), "sts", Keys("test"), host=f"127.0.0.1:{guarded.port}")
    assert send(request, guarded.port).status == 200


def test_a_token_is_made_up_where_other_machines_can_reach_it() -> None:
    with Server(Config(host="0.0.0.0", port=0)) as open_to_all, requests.Session() as http:
        http.trust_env = False
        url = f"http://127.0.0.1:{open_to_all.port}/_emulator/clock"
        assert len(open_to_all.made_token) >= 40
        assert http.get(url, timeout=10).status_code == 401
        http.headers["Authorization"] = f"Bearer {open_to_all.made_token}"
        assert http.get(url, timeout=10).status_code == 200
    with Server(Config(port=0)) as on_loopback:
        assert on_loopback.made_token == ""
    with Server(Config(host="0.0.0.0", port=0, control_token=Secret(TOKEN))) as given:
        assert given.made_token == ""


# Headers -----------------------------------------------------------------------------------------------------------


def test_answers_of_ours_are_safe_in_a_browser(ask: Ask) -> None:
    headers = ask("GET", "clock", token=TOKEN).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in headers


# Origins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "null", "https://console.example.com:444", "http://console.example.com"]
)
def test_a_page_of_another_origin_is_refused(origin: str, ask: Ask) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = ask(method, "clock", token=TOKEN, Origin=origin)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_the_allowed_origin_may_ask(ask: Ask, guarded: Server) -> None:
    asked = {
        "Origin": PAGE,
        "Access_Control_Request_Method": "POST",
        "Access_Control_Request_Headers": "authorization,x-amz-date",
    }
    preflight = ask("OPTIONS", "clock", **asked)
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert preflight.headers["access-control-allow-headers"] == "authorization,x-amz-date"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    answer = ask("GET", "clock", token=TOKEN, Origin=PAGE, Sec_Fetch_Site="cross-site")
    assert (answer.status, answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (200, PAGE, "Origin")
    call = sign(form("sts", "GetCallerIdentity"), "sts", Keys("test"), host=f"127.0.0.1:{guarded.port}")
    assert send(call.but(headers={"Origin": PAGE}), guarded.port).headers["access-control-allow-origin"] == PAGE
    assert ask("GET", "clock", Origin=PAGE).status == 401, "an origin is no token"


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "text/plain", ""])
@pytest.mark.parametrize("body", [b"", b"{}", b'{"on": true, "=": ""}'])
def test_no_form_changes_anything(media_type: str, body: bytes, guarded: Server, ask: Ask) -> None:
    """Should a browser not say where a form is from: what it can send is refused by every route that changes something."""
    app = create_app(guarded.world, Seed(), guarded.tally)
    rules = [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in ("POST", "PUT", "PATCH")
        if method in (rule.methods or ())
    ]
    before, asked = snapshot.save(guarded.world), 0
    for rule, method in rules:
        if "<" not in rule and not (rule == "/_emulator/reset" and not media_type and not body):
            answer = ask(method, rule.removeprefix("/_emulator/"), token=TOKEN, body=body, Content_Type=media_type)
            assert answer.status in {400, 404}, (method, rule)
            asked += 1
    assert asked > 10
    assert list(snapshot.differences(before, snapshot.save(guarded.world))) == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "null"}, 403),
        ({"User-Agent": "aws-sdk-js/3.0"}, 200),
    ],
)
def test_an_image_of_a_page_is_no_call(said: dict[str, str], status: int, guarded: Server) -> None:
    """A presigned call of a development key, which is root, is a mere address."""
    wanted = Request("GET", query="Action=GetCallerIdentity&Version=2011-06-15")
    call = sign(wanted, "sts", Keys("test"), host=f"127.0.0.1:{guarded.port}", expires=60)
    assert send(call.but(headers={"User-Agent": "Mozilla/5.0 (X11)", **said}), guarded.port).status == status


# Names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "evil.example.com", 403),
        ({}, "127.0.0.1.evil.example.com", 403),
        ({}, "localhost", 200),
        ({"allowed_hosts": "mq.test, other.test"}, "MQ.test:4566", 200),
        ({"allowed_hosts": "mq.test"}, "127.0.0.1", 200),
        ({"allowed_hosts": "mq.test"}, "test", 403),
        ({"host": "0.0.0.0", "allowed_hosts": "mq.test"}, "evil.example.com", 403),
        ({"host": "0.0.0.0", "allowed_hosts": "mq.test"}, "mq.test", 200),
        ({"host": "0.0.0.0"}, "emulator.internal", 403),
        ({"host": "0.0.0.0"}, "mq-emulator", 403),
        ({"host": "0.0.0.0"}, "10.1.2.3.evil.example.com", 403),
        ({"host": "0.0.0.0"}, "10.1.2.3:4566", 200),
        ({"host": "0.0.0.0"}, "[fd00::1]:4566", 200),
        ({"host": "0.0.0.0"}, "LOCALHOST:4566", 200),
        ({"host": "0.0.0.0"}, "", 403),
        ({}, "10.1.2.3", 403),
        ({}, "[::1]", 200),
        ({"allowed_hosts": "mq.test"}, "[", 403),
    ],
)
def test_a_name_that_points_here(settings: dict[str, Any], host: str, status: int) -> None:
    """DNS rebinding: a page makes its own name point here; the name is still its own."""
    with Server(Config(port=0, **settings)) as served:
        answer = send(Request("GET", "/_emulator/health", headers={"Host": host}), served.port)
        call = send(
            sign(form("sts", "GetCallerIdentity"), "sts", Keys("test"), host="h").but(headers={"Host": host}), served.port
        )
    assert (answer.status, call.status) == (status, status), "calls to AWS as well: development keys are root"
    assert (b"--allowed-hosts" in answer.body) == (status == 403)


# Comparing ---------------------------------------------------------------------------------------------------------


def test_secrets_are_compared_in_constant_time(guarded: Server, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes | str, bytes | str]] = []

    def compare(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return bool(one == other)

    host = f"127.0.0.1:{guarded.port}"
    asked = send(sign(form("sts", "GetSessionToken"), "sts", Keys("test"), host=host), guarded.port)
    given = asked.parsed("sts", "GetSessionToken")["Credentials"]
    monkeypatch.setattr(hmac, "compare_digest", compare)
    for keys in (Keys(given["AccessKeyId"], "wrong", given["SessionToken"]), Keys(given["AccessKeyId"], "wrong", "other")):
        assert send(sign(form("sts", "GetCallerIdentity"), "sts", keys, host=host), guarded.port).status == 403
    token = given["SessionToken"].encode()
    assert [pair for pair in compared if pair[0] == token] == [(token, token), (token, b"other")]
    (signatures,) = [pair for pair in compared if pair[0] != token]
    assert len(signatures[0]) == len(signatures[1]) == 64
    compared.clear()
    ask("GET", "journal", token="wrong")
    ask("GET", "journal", Cookie="mq-emulator=other")
    assert [pair[1] for pair in compared] == [b"wrong", "other"]
