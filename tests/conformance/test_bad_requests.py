"""Every way to ask wrongly that we could think of: cases/bad_requests.yaml, over HTTP, answered as botocore reads it."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from msgspec.structs import replace

from emulator.engine import identity
from emulator.engine.identity import AccessKey, Session
from emulator.server import Server
from emulator.values.ids import Ids
from tests.conformance.conftest import Clients, Signed
from tests.conformance.wire import VERSIONS, Keys, Request, form, send, sign

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/bad_requests.yaml").read_text("utf-8"))

TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
MAY_ASSUME = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
)


class Callers:
    """Who signs, by the name that a case gives them; made when a case first needs them."""

    def __init__(self, client: Clients, server: Server, account: str) -> None:
        self.client, self.world, self.account = client, server.world, account

    def __getitem__(self, name: str) -> Keys:
        makers = {
            "root": lambda: Keys(self.account),
            "user": self.user,
            "user with a wrong secret": lambda: replace(self.user(), secret="wrong"),
            "user with a token": lambda: replace(self.user(), token="token"),
            "deleted key": self.deleted_key,
            "inactive key": self.inactive_key,
            "key of another life": lambda: Keys(Ids("another life").access_key_id("AKIA")),
            "session without its token": lambda: replace(self.session(), token=None),
            "session with another token": lambda: replace(self.session(), token="another"),
            "session with a wrong secret": lambda: replace(self.session(), secret="wrong"),
            "expired session": self.expired_session,
            "session of a deleted role": self.orphan,
        }
        return makers[name]()

    def user(self) -> Keys:
        """A user who may assume roles and nothing else."""
        iam = self.client("iam")
        iam.create_user(UserName="caller")
        iam.put_user_policy(UserName="caller", PolicyName="assume", PolicyDocument=MAY_ASSUME)
        key = iam.create_access_key(UserName="caller")["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def deleted_key(self) -> Keys:
        keys = self.user()
        self.client("iam").delete_access_key(UserName="caller", AccessKeyId=keys.id)
        return keys

    def inactive_key(self) -> Keys:
        """Done in the store: UpdateAccessKey is still to come."""
        keys = self.user()
        with self.world.lock:
            key = identity.find_access_key(self.world, keys.id)
            assert isinstance(key, AccessKey)
            self.world.store.put(replace(key, status="Inactive"))
        return keys

    def session(self) -> Keys:
        role = self.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        sts = self.client("sts", keys=self.user())
        opened = sts.assume_role(RoleArn=role, RoleSessionName="work")["Credentials"]
        return Keys(opened["AccessKeyId"], opened["SecretAccessKey"], opened["SessionToken"])

    def expired_session(self) -> Keys:
        """Expired in the store: the clock is everybody's."""
        keys = self.session()
        with self.world.lock:
            session = identity.find_session(self.world, keys.id)
            assert isinstance(session, Session)
            self.world.store.put(replace(session, expires=self.world.clock.now() - 1))
        return keys

    def orphan(self) -> Keys:
        keys = self.session()
        self.client("iam").delete_role(RoleName="worker")
        return keys


@pytest.fixture
def callers(client: Clients, server: Server, account: str) -> Callers:
    return Callers(client, server, account)


@pytest.mark.parametrize("case", CASES, ids=[case["note"] for case in CASES])
def test_a_bad_request(
    case: dict[str, Any],
    account: str,
    server: Server,
    strict_server: Server,
    callers: Callers,
    signed: Signed,
    caplog: pytest.LogCaptureFixture,
) -> None:
    how: dict[str, Any] = dict(case["sign"]) if isinstance(case.get("sign"), dict) else {}
    to = strict_server if how.pop("strict", False) else server
    request = asked(case["to"], case["ask"], account)
    if case.get("sign") != "none":
        scope = how.pop("scope", case["to"])
        request = sign(request, scope, callers[case.get("as", "root")], host=f"127.0.0.1:{to.port}", **how)
    answer = send(spoilt(request, case.get("then", {})), to.port)

    want = case["want"]
    if "text" in want:
        assert (answer.status, answer.body.decode().strip()) == (want["status"], want["text"])
    else:
        status, code, message = answer.error(case["to"])
        assert (status, code) == (want["status"], want["code"]), message
        assert_message(message, want)
        if case["to"] == "mq":
            assert json.loads(answer.body).get("errorAttribute") == want.get("attribute")
    assert signed("sts", form("sts", "GetCallerIdentity")).status == 200, "the server answers on"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR], "no mistake of ours"


def asked(service: str, ask: Mapping[str, Any], account: str) -> Request:
    """The request of a case, before it is signed."""
    long = ask["repeat"][0] * ask["repeat"][1] if "repeat" in ask else ""
    headers = dict(ask.get("headers", {}))
    body = b""
    if "form" in ask:
        members = {name: value.replace("$long", long) for name, value in {"Version": VERSIONS[service], **ask["form"]}.items()}
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        body = urlencode(members).encode()
    elif "json" in ask:
        body = json.dumps(ask["json"]).encode()
    elif "text" in ask:
        body = ask["text"].replace("$long", long).encode()
    elif "hex" in ask:
        body = bytes.fromhex(ask["hex"])
    if "target" in ask:
        headers |= {"X-Amz-Target": f"Logs_20140328.{ask['target']}", "Content-Type": "application/x-amz-json-1.1"}
    path = ask.get("path", "/").replace("$account", account)
    return Request(ask.get("method", "POST"), path, ask.get("query", ""), body, headers)


def spoilt(request: Request, then: Mapping[str, Any]) -> Request:
    """What becomes of a signed request on the way."""
    then = dict(then)
    if "text" in then:
        request = request.but(body=then.pop("text").encode())
    if "more_query" in then:
        request = request.but(query=request.query + then.pop("more_query"))
    if "authorization" in then:
        pattern, text = then.pop("authorization")
        request = request.but(headers={"Authorization": re.sub(pattern, text, request.headers["Authorization"])})
    return request.but(**then)


def assert_message(message: str, want: Mapping[str, Any]) -> None:
    wanted = want.get("message", "…")
    if wanted.startswith("…"):
        assert wanted[1:] in message
    else:
        assert message == wanted
    assert message.endswith(want.get("ends", ""))


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 150
    assert {case["to"] for case in CASES} == {"iam", "sts", "ec2", "logs", "mq"}
    notes = [case["note"] for case in CASES]
    assert len(set(notes)) == len(notes)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, id="a TLS handshake"),
        pytest.param(b"GET\r\n\r\n", 400, id="half a request line"),
        pytest.param(b"GET /%00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400, id="a negative length"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", 400, id="a length in words"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400, id="an unknown coding"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", 403, id="no Host at all"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431, id="headers over the limit"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413, id="more than we would keep"
        ),
    ],
)
def test_what_is_no_request_at_all(sent: bytes, status: int, server: Server, signed: Signed) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = connection.recv(65536)
    assert answer.split(b" ", 2)[1] == str(status).encode()
    assert signed("sts", form("sts", "GetCallerIdentity")).status == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:4566", "mq.localhost:80", "127.0.0.2", "[::1]:4566"])
def test_names_of_this_machine_are_taken(host: str, server: Server) -> None:
    answer = send(sign(form("sts", "GetCallerIdentity"), "sts", Keys("test"), host=host), server.port)
    assert answer.status == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_our_own_may_ask(site: str, server: Server, signed: Signed) -> None:
    own = {"Origin": server.url, "Sec-Fetch-Site": site}
    request = form("sts", "GetCallerIdentity")
    assert signed("sts", request.but(headers=own)).status == 200


def test_a_target_with_scheme_and_host_is_understood(server: Server, signed: Signed, account: str) -> None:
    """As a client sends it that takes us for its proxy."""
    request = sign(form("sts", "GetCallerIdentity"), "sts", Keys(account), host=f"127.0.0.1:{server.port}")
    answer = send(request.but(path=f"{server.url}/"), server.port)
    assert answer.parsed("sts", "GetCallerIdentity")["Account"] == account
