"""Signatures, with botocore's signer as the oracle: what it signs we accept, and the same with anything changed we refuse."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from emulator import Call, World, new_world
from emulator.engine import identity
from emulator.gateway.sigv4 import Refused, authenticate, credential
from emulator.values.http import Request

ACCOUNT, HOST = "111122223333", "127.0.0.1:4566"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
STATEMENT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})

text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8) | st.sampled_from(
    ["+", " ", "%", "/", "//", "=", "&", "~", "*", "é", "日本", "😀", "a b", "a+b", "%2F", "", ".", "..", "'", "a\u0301"]
)
pairs = st.lists(st.tuples(text.filter(lambda name: not name.startswith("X-Amz-")), text), max_size=5)
segments = st.lists(text.filter(lambda part: part not in {".", ".."}), max_size=5)
header_value = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
headers = st.dictionaries(
    st.sampled_from(["X-Amz-Meta-A", "Content-Type", "X-Custom", "x-lower", "X-Amz-Target"]),
    st.lists(header_value, min_size=1, max_size=3),
    max_size=4,
)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE"])
services = st.sampled_from(["iam", "sts", "ec2", "logs", "mq"])


class Holder:
    """A world with a user's key and a role's session in it."""

    def __init__(self) -> None:
        self.world: World = new_world(seed="sigv4")
        self.ask("iam", "CreateUser", UserName="u")
        key = self.ask("iam", "CreateAccessKey", UserName="u")["AccessKey"]
        self.user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        self.ask("iam", "CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
        self.ask("iam", "AttachUserPolicy", UserName="u", PolicyArn=ADMINISTRATOR)
        found = identity.find_access_key(self.world, self.user.access_key)
        principal = identity.of_access_key(self.world, found) if found else None
        assert principal
        asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "session"}
        opened = self.ask("sts", "AssumeRole", principal, **asked)["Credentials"]
        self.session = Credentials(opened["AccessKeyId"], opened["SecretAccessKey"], opened["SessionToken"])

    def ask(self, service: str, operation: str, principal: Any = None, **params: Any) -> dict[str, Any]:
        caller = principal or identity.root(ACCOUNT)
        call = Call(service=service, operation=operation, params=params, principal=caller, region="us-east-1", partition="aws")
        return self.world.perform(call)

    def accepts(self, request: Request) -> bool:
        try:
            given_ = credential(request)
            assert given_ is not None
            authenticate(self.world, given_, request, default_account=ACCOUNT, is_strict=True)
        except Refused:
            return False
        return True


@pytest.fixture(scope="module")
def holder() -> Holder:
    return Holder()


def coded(query: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)


def signed(
    keys: Credentials,
    service: str,
    method: str,
    parts: list[str],
    query: list[tuple[str, str]],
    more: dict[str, list[str]],
    body: bytes,
    *,
    expires: int | None = None,
) -> Request:
    """What our server reads of the request that botocore signed: repeated headers are one, their values joined by commas."""
    path = "/" + "/".join(quote(part, safe="-_.~") for part in parts)
    url = f"http://{HOST}{path}" + (f"?{coded(query)}" if query else "")
    request = AWSRequest(method=method, url=url, data=body)
    for name, values in more.items():
        for value in values:
            request.headers.add_header(name, value)
    signer = (
        SigV4Auth(keys, service, "us-east-1") if expires is None else SigV4QueryAuth(keys, service, "us-east-1", expires=expires)
    )
    signer.add_auth(request)
    received: dict[str, str] = {"host": HOST}
    for name, value in request.headers.items():
        lower = name.lower()
        received[lower] = f"{received[lower]},{value.strip()}" if lower in received and lower != "host" else value.strip()
    target = urlsplit(request.url)
    return Request(method, target.path, target.query, received, body)


anything = given(
    service=services,
    method=methods,
    parts=segments,
    query=pairs,
    more=headers,
    body=st.binary(max_size=60),
    is_session=st.booleans(),
)
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@often
@anything
def test_what_botocore_signs_is_accepted(holder: Holder, is_session: bool, **request: Any) -> None:
    assert holder.accepts(signed(holder.session if is_session else holder.user, **request))


@often
@anything
def test_what_botocore_presigns_is_accepted(holder: Holder, is_session: bool, **request: Any) -> None:
    request |= {"body": b"", "more": {}, "method": "GET"}
    assert holder.accepts(signed(holder.session if is_session else holder.user, **request, expires=60))


@often
@anything
def test_nothing_signed_may_change(holder: Holder, is_session: bool, **request: Any) -> None:
    sound = signed(holder.session if is_session else holder.user, **request)
    spoilt = [
        replace(sound, method="PATCH"),
        replace(sound, path=sound.path.rstrip("/") + "/x"),
        replace(sound, query=f"{sound.query}&a=b" if sound.query else "a=b"),
        replace(sound, body=sound.body + b"x"),
        replace(sound, headers={**sound.headers, "host": "elsewhere"}),
        replace(sound, headers={**sound.headers, "x-amz-date": "20200101T000000Z"}),
        replace(sound, headers={**sound.headers, "x-amz-security-token": "another"}),
    ]
    assert [holder.accepts(one) for one in spoilt] == [False] * len(spoilt)
    assert holder.accepts(sound)


@often
@given(signature=st.text(st.characters(codec="utf-8"), max_size=70) | st.just("0" * 64))
def test_no_other_signature_will_do(holder: Holder, signature: str) -> None:
    sound = signed(holder.user, "sts", "POST", [], [], {}, b"")
    head, _, _ = sound.headers["authorization"].rpartition("Signature=")
    assert not holder.accepts(replace(sound, headers={**sound.headers, "authorization": head + "Signature=" + signature}))


@pytest.mark.parametrize("minutes", [-16, 16])
@pytest.mark.parametrize("expires", [None, 60])
def test_no_signature_is_taken_much_later_or_earlier(minutes: int, expires: int | None, holder: Holder) -> None:
    moment = get_current_datetime() + timedelta(minutes=minutes)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        assert not holder.accepts(signed(holder.user, "sts", "GET", [], [], {}, b"", expires=expires))


def test_a_session_needs_its_token(holder: Holder) -> None:
    naked = Credentials(holder.session.access_key, holder.session.secret_key)
    wrong = Credentials(holder.session.access_key, holder.session.secret_key, "wrong")
    assert not holder.accepts(signed(naked, "sts", "POST", [], [], {}, b""))
    assert not holder.accepts(signed(wrong, "sts", "POST", [], [], {}, b""))
    assert not holder.accepts(
        signed(Credentials(holder.user.access_key, holder.user.secret_key, "any"), "sts", "POST", [], [], {}, b"")
    )
