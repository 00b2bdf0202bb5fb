"""Signature Version 4 where HTTP clients do not reach: AWS's published example, odd headers, paths as no library sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from msgspec.structs import replace

from emulator import Clock, World, new_world
from emulator.engine.identity import AccessKey, User
from emulator.gateway import sigv4
from emulator.gateway.sigv4 import Credential, Refused, authenticate, credential
from emulator.values.http import Request

KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
EXAMPLE = Request(
    "GET",
    "/",
    "Action=ListUsers&Version=2010-05-08",
    {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
        "authorization": (
            f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        ),
    },
    b"",
)
"""The example of the AWS General Reference, "Signing AWS requests"; its signature is AWS's own."""


class Past(Clock):
    """A machine whose own clock stands at the example's time."""

    def wall(self) -> float:
        return datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp()


@pytest.fixture
def world() -> World:
    """A world with one user, whose key is that of AWS's example."""
    world = new_world(clock=Past(), seed="signatures")
    user = User(
        account="111122223333",
        region="",
        id="example",
        name="example",
        path="/",
        unique_id="AIDAEXAMPLE",
        arn="arn:aws:iam::111122223333:user/example",
        created=0.0,
    )
    key = AccessKey(account="111122223333", region="", id=KEY_ID, user="example", secret=SECRET, created=0.0)
    with world.store.transaction():
        world.store.put(user)
        world.store.put(key)
    return world


def given(request: Request) -> Credential:
    found = credential(request)
    assert found is not None
    return found


def who(world: World, request: Request) -> str:
    return authenticate(world, given(request), request, default_account="000000000000", is_strict=False).arn


def but(request: Request, **headers: str | None) -> Request:
    changed = {**request.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return replace(request, headers={name: value for name, value in changed.items() if value is not None})


def fault(world: World, request: Request) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        who(world, request)
    return refused.value.fault, refused.value.detail


def test_awss_own_example(world: World) -> None:
    assert who(world, EXAMPLE) == "arn:aws:iam::111122223333:user/example"


@pytest.mark.parametrize(
    "changed",
    [
        replace(EXAMPLE, method="POST"),
        replace(EXAMPLE, path="/a"),
        replace(EXAMPLE, query="Action=ListRoles&Version=2010-05-08"),
        replace(EXAMPLE, body=b"a"),
        but(EXAMPLE, host="sts.amazonaws.com"),
        but(EXAMPLE, content_type=None),
        but(EXAMPLE, x_amz_content_sha256="0" * 64),
        but(EXAMPLE, authorization=EXAMPLE.headers["authorization"].replace("content-type;host", "content-type")),
    ],
)
def test_nothing_of_it_may_change(changed: Request, world: World) -> None:
    assert fault(world, changed) == ("bad signature", "")


def test_the_order_of_its_parts_does_not_matter(world: World) -> None:
    algorithm, _, rest = EXAMPLE.headers["authorization"].partition(" ")
    turned = f"{algorithm} {','.join(reversed(rest.split(', ')))}, "
    assert who(world, but(EXAMPLE, authorization=turned)).endswith("user/example")


def test_space_behind_its_parts_is_none_of_theirs(world: World) -> None:
    """A WSGI server may leave it there."""
    assert who(world, but(EXAMPLE, authorization=f"{EXAMPLE.headers['authorization']} ")).endswith("user/example")


@pytest.mark.parametrize("extra", ["&", "&&"])
def test_empty_parameters_are_not_signed(extra: str, world: World) -> None:
    assert who(world, replace(EXAMPLE, query=EXAMPLE.query + extra)).endswith("user/example")


@pytest.mark.parametrize(
    "query",
    ["Version=2010-05-08&Action=ListUsers", "Action=List%55sers&Version=2010-05-08", "Action=ListUsers&Version=2010%2D05-08"],
)
def test_the_query_is_signed_in_one_form(query: str, world: World) -> None:
    assert who(world, replace(EXAMPLE, query=query)).endswith("user/example")


def test_the_date_of_the_scope_binds(world: World) -> None:
    moved = but(EXAMPLE, authorization=EXAMPLE.headers["authorization"].replace("/20150830/", "/20150831/"))
    assert fault(world, moved) == ("bad signature", "")


@pytest.mark.parametrize(
    ("date", "stamp"),
    [
        ("Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"),
        ("Sun, 30 Aug 2015 14:36:00 +0200", "20150830T123600Z"),
        ("20150830T123600Z", "20150830T123600Z"),
        ("Sun, 30 Aug 99999 12:36:00 GMT", "Sun, 30 Aug 99999 12:36:00 GMT"),
        ("today", "today"),
    ],
)
def test_a_date_header_is_read_as_x_amz_date(date: str, stamp: str) -> None:
    assert given(but(EXAMPLE, x_amz_date=None, date=date)).stamp == stamp


def test_x_amz_date_comes_before_date() -> None:
    assert given(but(EXAMPLE, date="Sun, 30 Aug 2015 10:00:00 GMT")).stamp == "20150830T123600Z"


def test_an_unsigned_request_has_no_credentials() -> None:
    assert credential(but(EXAMPLE, authorization=None)) is None
    assert credential(Request("GET", "/", "", {}, b"")) is None


def test_the_header_comes_before_the_query() -> None:
    both = replace(EXAMPLE, query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test")
    assert given(both).key_id == KEY_ID


def test_a_key_whose_user_is_gone(world: World) -> None:
    user = world.store.get(User, ("111122223333", "", "example"))
    assert user
    with world.store.transaction():
        world.store.delete(user)
    assert fault(world, EXAMPLE) == ("unknown key", "")


def test_secrets_and_signatures_may_hold_any_character(world: World) -> None:
    spoilt = EXAMPLE.headers["authorization"].replace("Signature=5", "Signature=é\udcff")
    assert fault(world, but(EXAMPLE, authorization=spoilt)) == ("bad signature", "")


# Paths, which HTTP libraries tidy before they send them ------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", "/"),
        ("", "/"),
        ("/v1/brokers", "/v1/brokers"),
        ("/v1/brokers/", "/v1/brokers/"),
        ("//v1//brokers", "/v1/brokers"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/../..", "/"),
        ("/a/..", "/"),
        ("/a%2Fb", "/a%2Fb"),
        ("/%2e%2e/a", "/%2e%2e/a"),
    ],
)
def test_paths_without_dots_and_doubled_slashes(path: str, canonical: str) -> None:
    assert sigv4._normal_path(path) == canonical


@pytest.mark.parametrize("path", ["/", "/v1/tags/arn%3Aaws%3Amq", "/a//b/./c/../d", "/a~b", "/a b", "/é", "/a%20b/", "/*"])
@pytest.mark.parametrize("query", ["", "a=1", "b=2&a=1", "a=1&a=0", "a", "a=%2F~%C3%A9", "a=b%3Dc", "A=1&a=1"])
def test_botocore_signs_the_same(path: str, query: str) -> None:
    credentials = Credentials(KEY_ID, SECRET)
    url = f"http://localhost{path}" + (f"?{query}" if query else "")
    request = AWSRequest("GET", url, headers={"X-One": " a   b "})
    SigV4Auth(credentials, "mq", "us-east-1").add_auth(request)
    headers: dict[str, Any] = {name.lower(): value for name, value in request.headers.items()}
    signed = Request("GET", path, query, {"host": "localhost", **headers}, b"")
    found = given(signed)
    assert sigv4._signature(SECRET, found, signed) == found.signature
