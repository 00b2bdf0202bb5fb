"""An emulator served from the test's own process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import boto3
from botocore.config import Config as ClientConfig

from emulator.config import Config
from emulator.control.seed import Seed, load
from emulator.engine import identity
from emulator.engine.timers import Pace
from emulator.server import Server
from emulator.testing.clock import Clock
from emulator.testing.faults import Faults
from emulator.testing.journal import Journal
from emulator.values.discreet import Discreet

ACCOUNT = "111122223333"
"""Whose root the clients are, unless told otherwise."""

REGION = "us-east-1"


class Keys(Discreet, frozen=True):
    """An access key of a user, or of a session when there is a ``token``."""

    HIDDEN = ("secret", "token")

    id: str
    secret: str
    token: str | None = None


class Emulator:
    """A server on a free loopback port. Use it as a context manager, and :meth:`begin` each test with an empty world."""

    account = ACCOUNT
    region = REGION

    def __init__(self) -> None:
        # A test is the same on every machine: it takes no setting from the environment.
        self._server = Server(Config(port=0, pace="instant"))
        self._clients: list[Any] = []
        self.world = self._server.world
        self.url = self._server.url
        self.port = self._server.port
        self.clock = Clock(self.world)
        self.faults = Faults(self.world)
        self.journal = Journal(self.world)
        self.ids: dict[str, Any] = {}
        """The ids of what the seed made, by the names that it gave them."""

    def __enter__(self) -> Emulator:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_clients()
        self._server.__exit__(kind, error, trace)

    def begin(
        self,
        *,
        seed: Path | Mapping[str, Any] | None = None,
        pace: Pace | None = None,
        iam: Literal["enforce", "soft"] | None = None,
    ) -> None:
        """Empty every account, let the clock run with the machine's again, and plant a seed: a file, or what it would hold.

        ``pace`` and ``iam`` stand over the seed's own, without which they are ``instant`` and ``enforce``. Raises OSError and
        ValueError when the seed is none.
        """
        if pace not in {None, "real", "fast", "instant"} or iam not in {None, "enforce", "soft"}:
            raise ValueError(f"there is no pace {pace!r}, or no way {iam!r} to treat denials")
        planted = load(seed) if isinstance(seed, Path) else Seed.model_validate(dict(seed or {}))
        world = self.world
        with world.lock:
            world.clock.resume(0.0, None)
            world.reset()
            world.reseed(None)
            world.pace, world.iam = "instant", "enforce"
            world.requester_managed_endpoints, world.log_lag = False, 0.0
            self.ids = planted.plant(world)
            world.pace, world.iam = pace or world.pace, iam or world.iam

    def client(self, service: str, *, keys: Keys | None = None, account: str = ACCOUNT, region: str = REGION, **more: Any) -> Any:
        """A boto3 client: root of the account, or whoever the keys belong to. It is closed when the test ends.

        ``more`` are arguments of :func:`boto3.client`, such as ``config``.
        """
        keys = keys or Keys(account, "any")
        arguments = {
            "endpoint_url": self.url,
            "region_name": region,
            "aws_access_key_id": keys.id,
            "aws_secret_access_key": keys.secret,
            "aws_session_token": keys.token,
            "config": ClientConfig(proxies={}),  # no proxy stands between here and here
        }
        made = boto3.client(service, **arguments | more)  # type: ignore[call-overload]  # its name is data here
        self._clients.append(made)
        return made

    def user(self, name: str, policy: Mapping[str, Any] | None = None, *, account: str = ACCOUNT) -> Keys:
        """The keys of a new IAM user who may do what the policy document says, and without one nothing."""
        root = identity.root(account)

        def ask(operation: str, **params: Any) -> Mapping[str, Any]:
            return self.world.ask(root, "iam", operation, REGION, params)

        ask("CreateUser", UserName=name)
        if policy is not None:
            made = ask("CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(policy))
            ask("AttachUserPolicy", UserName=name, PolicyArn=made["Policy"]["Arn"])
        key = ask("CreateAccessKey", UserName=name)["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def environment(self, *, keys: Keys | None = None, account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
        """Variables that point SDKs and the AWS CLI here."""
        keys = keys or Keys(account, "any")
        variables = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": keys.id,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "NO_PROXY": "127.0.0.1",
        }
        return variables | ({"AWS_SESSION_TOKEN": keys.token} if keys.token else {})

    def close_clients(self) -> None:
        while self._clients:
            self._clients.pop().close()
