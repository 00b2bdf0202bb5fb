"""Requests of the control API under ``/_emulator/`` and their spoiling: a part of ``make fuzz``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from emulator.config import Config
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.engine import snapshot
from emulator.gateway.front import Front
from tools.fuzz import Fuzzer, Sent, Spoiler, stamp

ACCOUNT = "111122223333"
_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "mq:*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}],
}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": _ROOT}}],
}
_SEED = {
    "clock": {"pace": "instant"},
    "accounts": {
        ACCOUNT: {
            "region": "us-east-1",
            "users": {"u": {"policies": {"p": _POLICY}}},
            "brokers": {"orders": {"BrokerName": "orders", "SubnetIds": ["${left}"]}},
            "roles": {"r": {"trust": _TRUST}},
            "vpcs": {"main": {"subnets": {"left": {"cidr": "10.0.0.0/24"}}, "security_groups": {"broker": {}}}},
        }
    },
    "quotas": {"VPCs per Region": 50},
    "faults": [{"kind": "lose", "times": 1, "match": {"action": "mq:ListBrokers"}}],
}
_BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "seed", _SEED),
    ("POST", "clock", {"pace": "instant"}),
    ("POST", "clock", {"advance": 60, "account": ACCOUNT}),
    ("POST", "clock", {"freeze": True, "at": "2030-01-31T12:00:00Z", "until_idle": True}),
    ("POST", "reset", {"account": ACCOUNT}),
    ("POST", "faults", {"kind": "deny", "match": {"service": "mq", "action": "mq:Create*"}, "times": 1, "account": ACCOUNT}),
    ("POST", "faults", {"kind": "error", "match": {"action": "mq:ListBrokers"}, "code": "ForbiddenException", "message": "no"}),
    ("POST", "faults", {"kind": "fail-step", "match": {"broker": "*"}, "skip": 1, "probability": 0.5}),
    ("PUT", "managed-policy", {"account": ACCOUNT, "arn": "arn:aws:iam::aws:policy/AmazonMQFullAccess", "document": _POLICY}),
    ("PUT", "organization", {"account": ACCOUNT, "service_control_policies": [{"a": _POLICY}]}),
    ("POST", "service-session", {"account": ACCOUNT, "region": "us-east-1", "service": "mq.amazonaws.com"}),
    ("POST", "broker-event", {"account": ACCOUNT, "region": "us-east-1", "broker": "b-1", "event": "memory alarm"}),
    (
        "POST",
        "decide",
        {
            "account": ACCOUNT,
            "principal": _ROOT,
            "action": "mq:CreateBroker",
            "context": {"a:b": ["c"]},
            "policy": json.dumps(_POLICY),
        },
    ),
    ("POST", "recording", {"on": True}),
    ("POST", "login", {"token": "a"}),
]
_ASKED = {
    "account": ACCOUNT,
    "region": "us-east-1",
    "principal": _ROOT,
    "broker": "b-1",
    "service": "mq",
    "action": "mq:*",
    "outcome": "ok",
    "decision": "allowed",
    "text": "a",
    "kind": "call",
    "since": "2026-01-01T00:00:00Z",
    "until": "2030-01-01T00:00:00Z",
    "request": "a",
    "after": "0",
    "limit": "2",
    "order": "newest",
    "group": "/aws/amazonmq/broker/b-1/general",
    "stream": "a",
    "pattern": "[a, b=1]",
    "prefix": "/",
    "token": "a",
}
_PREFIX = "/_emulator/"
_LINES = {"Content-Type": "application/x-ndjson"}


class ControlFuzzer(Fuzzer):
    """Fires at the control API of one world: every route, bodies, queries, and snapshots with something spoilt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        app = create_app(self.world, Seed(), self.front.tally)
        self.front = Front(self.world, Config(), lambda: app)
        rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.endswith("/<path:path>")]
        self._routes = [(method, rule.rule) for rule in rules for method in sorted(rule.methods or ())]

    def corpus(self, each: int) -> list[Sent]:
        """So many of each request; the world has something in it by then."""
        self.world.reset()
        self.one(self._body("POST", "seed", _SEED), stamp(self.world.clock))
        bodies = [self._body(*one) for one in _BODIES]
        saved = Sent("control", "snapshot", "PUT", "/_emulator/snapshot", _LINES, snapshot.save(self.world).encode())
        asked = [self._asked(*route) for route in self._routes for _ in range(each)]
        return [*asked, *(bodies * each), *([saved] * 5 * each)]

    def _body(self, method: str, route: str, body: dict[str, Any]) -> Sent:
        headers = {"Content-Type": "application/json"}
        return Sent("control", route, method, f"/_emulator/{route}", headers, json.dumps(body).encode())

    def _asked(self, method: str, rule: str) -> Sent:
        """A route with something for each name in its path, and some of the queries there are."""
        path = "".join(self._named(part) for part in rule.replace("<", ">").split(">"))
        names = self.chance.sample(sorted(_ASKED), self.chance.choice([0, 0, 1, 2]))
        query = {name: _ASKED[name] if self.chance.random() < 0.8 else self.chance.choice(self.values.known) for name in names}
        return Sent("control", rule, method, path + (f"?{urlencode(query, errors='replace')}" if query else ""))

    def _named(self, part: str) -> str:
        kind, _, name = part.rpartition(":")
        if part.startswith("/"):
            return part
        return self.chance.choice(["1", "2", "0", "9" * 30]) if kind == "int" else self.chance.choice(["b-1", "a", "%2F", name])

    def spoiler(self, corpus: list[Sent]) -> Spoiler:
        return LineSpoiler(self.chance, corpus)

    def one(self, sent: Sent, now: str) -> None:
        """A loaded snapshot that was spoilt is not gone on with: what it says may contradict itself."""
        super().one(sent, now)
        if sent.method == "PUT" and sent.target.startswith("/_emulator/snapshot"):
            self.world.reset()


class LineSpoiler(Spoiler):
    """Stays under ``/_emulator/``, and spoils a snapshot a line at a time, so that most get past the first look."""

    def target(self, sent: Sent) -> Sent:
        spoilt = super().target(replace(sent, target=sent.target.removeprefix(_PREFIX)))
        return replace(spoilt, target=_PREFIX + spoilt.target.removeprefix("/"))

    def json(self, sent: Sent) -> Sent:
        lines = sent.body.split(b"\n")
        if len(lines) < 3:
            return super().json(sent)
        place = self._chance.randrange(len(lines) - 1)
        lines[place] = super().json(replace(sent, body=lines[place])).body
        if self._chance.random() < 0.05:
            lines[place] = b"[" * 100_000
        return replace(sent, body=b"\n".join(lines))
