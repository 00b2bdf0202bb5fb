"""Requests signed by botocore and sent byte for byte, so that they can be spoilt on the way; answers as botocore reads them."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import botocore.session
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime
from botocore.credentials import Credentials
from botocore.parsers import create_parser
from msgspec import Struct, field
from msgspec.structs import replace

VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15", "ec2": "2016-11-15"}
_PROTOCOLS = {"iam": "query", "sts": "query", "ec2": "ec2", "logs": "json", "mq": "rest-json"}


class Keys(Struct, frozen=True):
    """Credentials as a client holds them."""

    id: str
    secret: str = "any"
    token: str | None = None

    @classmethod
    def of(cls, answer: Mapping[str, str]) -> Keys:
        """From the Credentials of STS, or the AccessKey of IAM."""
        return cls(answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("SessionToken"))


class Request(Struct, frozen=True):
    """What goes over the wire. ``path`` and ``query`` are as sent."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def but(self, *, headers: Mapping[str, str | None] | None = None, **changes: Any) -> Request:
        """This request with something changed after it was signed; a header of None is taken out."""
        kept = {name: value for name, value in {**self.headers, **(headers or {})}.items() if value is not None}
        return replace(self, headers=kept, **changes)


class Answer(Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def parsed(self, service: str, operation: str | None = None) -> dict[str, Any]:
        """As an SDK reads it; the operation matters for success only."""
        wire = {"status_code": self.status, "headers": self.headers, "body": self.body}
        shape = _model(service).operation_model(operation).output_shape if operation else None
        result: dict[str, Any] = create_parser(_PROTOCOLS[service]).parse(wire, shape)
        return result

    def error(self, service: str) -> tuple[int, str, str]:
        """Status, code and message."""
        assert self.status >= 400, self.body
        error = self.parsed(service)["Error"]
        return self.status, error["Code"], error["Message"]


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def form(service: str, action: str, **members: str) -> Request:
    """A query-protocol POST."""
    body = urlencode({"Action": action, "Version": VERSIONS[service], **members}).encode()
    return Request(body=body, headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})


def sign(
    request: Request,
    service: str,
    keys: Keys,
    *,
    host: str,
    region: str = "us-east-1",
    minutes: float = 0,
    expires: int | None = None,
) -> Request:
    """Signed by botocore: in its headers, or with ``expires`` (seconds) presigned; ``minutes`` puts the client's clock wrong."""
    url = f"http://{host}{request.target}"
    prepared = AWSRequest(method=request.method, url=url, data=request.body, headers=dict(request.headers))
    credentials = Credentials(keys.id, keys.secret, keys.token)
    moment = get_current_datetime() + timedelta(minutes=minutes)
    signer = SigV4Auth if expires is None else SigV4QueryAuth
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        more = {} if expires is None else {"expires": expires}
        signer(credentials, service, region, **more).add_auth(prepared)
    target = str(prepared.url).removeprefix(f"http://{host}")
    path, _, query = target.partition("?")
    return replace(request, path=path, query=query, headers={"Host": host, **dict(prepared.headers.items())})


def send(request: Request, port: int) -> Answer:
    """Over a connection of its own, with no header but those of the request and a Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{port}", **request.headers}.items():
            connection.putheader(name, value)
        if request.body or request.method in {"POST", "PUT"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()
