"""Secrets are planted where clients give and get them, in calls that go well or do not; then all that is told is searched."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from emulator.config import Config, Secret
from emulator.control.app import create_app
from emulator.control.seed import Seed
from emulator.engine.snapshot import differences
from emulator.server import Server
from emulator.services.mq.broker import Broker
from tests.conformance.conftest import Clients
from tests.conformance.wire import Keys

TOKEN = "control-token-never-to-be-seen"
SEEDED = "Secret-planted-by-a-seed"
PASSWORD, OTHER, LDAP = "Passw0rd-planted-one", "Passw0rd-planted-two", "Passw0rd-planted-ldap"
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)


@dataclass
class Planted:
    """The secrets, and every answer that a client had no reason to find them in."""

    secrets: list[str] = field(default_factory=lambda: [PASSWORD, OTHER, LDAP, TOKEN])
    told: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with Server(Config(port=0, pace="instant", control_token=Secret(TOKEN))) as served:
        yield served


Tell = Callable[[str, Callable[[], Any]], None]


def plant(client: Clients, planted: Planted) -> None:
    def note(name: str, call: Callable[[], Any]) -> dict[str, Any]:
        try:
            answer = call()
        except ClientError as error:
            planted.told[name] = json.dumps(error.response, default=str)
            return {}
        planted.told[name] = json.dumps(answer, default=str)
        return dict(answer)

    mq, iam, sts = client("mq"), client("iam"), client("sts")
    wanted = {
        "EngineType": "RABBITMQ",
        "DeploymentMode": "SINGLE_INSTANCE",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": False,
        "Users": [{"Username": "planted", "Password": PASSWORD}],
    }
    note("a broker", lambda: mq.create_broker(BrokerName="orders", **wanted))
    note("a broker again", lambda: mq.create_broker(BrokerName="orders", **wanted))
    note(
        "a bad broker",
        lambda: mq.create_broker(BrokerName="x" * 99, **wanted | {"Users": [{"Username": "p", "Password": OTHER}]}),
    )
    active = wanted | {"EngineType": "ACTIVEMQ", "AuthenticationStrategy": "LDAP", "LdapServerMetadata": ldap()}
    note("a directory", lambda: mq.create_broker(BrokerName="active", **active))
    ids = {one["BrokerId"] for one in mq.list_brokers()["BrokerSummaries"]} or {"b-none"}
    for one in sorted(ids):
        note(f"describe {one}", lambda one=one: mq.describe_broker(BrokerId=one))
        note(f"user of {one}", lambda one=one: mq.create_user(BrokerId=one, Username="second", Password=OTHER))
        note(f"change of {one}", lambda one=one: mq.update_user(BrokerId=one, Username="planted", Password=OTHER))
    iam.create_user(UserName="planted")
    key = iam.create_access_key(UserName="planted")["AccessKey"]
    iam.create_role(RoleName="planted", AssumeRolePolicyDocument=TRUST)
    note("a user", lambda: iam.list_access_keys(UserName="planted"))
    keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
    iam.put_user_policy(UserName="planted", PolicyName="all", PolicyDocument=ALLOW)
    role = iam.get_role(RoleName="planted")["Role"]["Arn"]
    opened = client("sts", keys=keys).assume_role(RoleArn=role, RoleSessionName="planted")["Credentials"]
    planted.secrets += [key["SecretAccessKey"], opened["SecretAccessKey"], opened["SessionToken"]]
    session = Keys(opened["AccessKeyId"], opened["SecretAccessKey"], opened["SessionToken"])
    note("a denial", lambda: client("ec2", keys=session).create_vpc(CidrBlock="10.0.0.0/16"))
    note("a wrong secret", lambda: client("sts", keys=Keys(keys.id, keys.secret + "x")).get_caller_identity())
    note("a wrong token", lambda: client("sts", keys=Keys(session.id, session.secret, session.token + "x")).get_caller_identity())
    note("who", lambda: sts.get_access_key_info(AccessKeyId=key["AccessKeyId"]))
    note("history", lambda: client("cloudtrail").lookup_events())
    note("report", iam.get_account_authorization_details)


ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]})


def ldap() -> dict[str, Any]:
    return {
        "Hosts": ["ldap.example.com"],
        "RoleBase": "ou=roles",
        "RoleSearchMatching": "(member={0})",
        "ServiceAccountUsername": "planted",
        "ServiceAccountPassword": LDAP,
        "UserBase": "ou=users",
        "UserSearchMatching": "(uid={0})",
    }


def routes(server: Server) -> Iterator[str]:
    """Everything that can be asked, with all brokers and entries of the journal for the names in a path."""
    app = create_app(server.world, Seed(), server.tally)
    rules = {rule.rule: rule.arguments for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    named: dict[str, list[str]] = {
        "<broker_id>": [broker.id for broker in server.world.store.find(Broker)],
        "<int:entry_id>": [str(entry.id) for entry in server.world.journal.select()],
        "<int:number>": ["0", "1"],
        "<path:path>": ["nothing"],
        "<path:filename>": ["nothing"],
    }
    for rule in sorted(rules):
        chosen = [name for name in named if name in rule]
        for values in product(*(named[name] for name in chosen)):
            path = rule
            for name, value in zip(chosen, values, strict=True):
                path = path.replace(name, value)
            assert "<" not in path
            yield path


def snapshots(url: str, http: requests.Session, planted: Planted) -> None:
    """Saved, compared, and refused for a line that has a secret; GET is among the routes."""
    saved = http.get(f"{url}/snapshot", timeout=60).text
    assert json.loads(saved.splitlines()[0])["leftOut"]["engine.AccessKey"] >= 1
    assert '"mq.Broker"' in saved
    head, *lines = saved.splitlines(keepends=True)
    planted.told["a difference"] = "\n".join([*differences(head, saved), *differences(saved, head)])
    key = {"kind": "engine.AccessKey", "record": {"secret": planted.secrets[-1]}, "order": 1}
    wrong = {"kind": "engine.User", "record": {"id": "u", "secret": planted.secrets[-1]}, "order": 1}
    for number, line in enumerate([json.dumps(key), json.dumps(wrong), planted.secrets[-1]]):
        answer = http.put(
            f"{url}/snapshot",
            data="".join([head, line, "\n", *lines]).encode(),
            headers={"Content-Type": "application/x-ndjson"},
            timeout=60,
        )
        assert answer.status_code == 400, answer.text
        planted.told[f"a snapshot refused, {number}"] = answer.text


def seeds(url: str, http: requests.Session, account: str, planted: Planted) -> None:
    """A key with a fixed secret, planted, planted again, and with something wrong beside it."""
    planted.secrets.append(SEEDED)
    key = {"id": f"AKIASEED{account}", "secret": SEEDED}
    for name, given in {"a seed": key, "a seed again": key, "a bad seed": key | {"Secret": SEEDED}}.items():
        user: dict[str, Any] = {"access_key": given} | ({"policies": {}} if name == "a seed" else {})
        answer = http.post(f"{url}/seed", json={"accounts": {account: {"users": {"seeded": user}}}}, timeout=60)
        assert answer.status_code == (200 if name == "a seed" else 400), answer.text
        planted.told[name] = answer.text


def test_no_secret_is_told(guarded: Server, client: Clients, account: str, caplog: pytest.LogCaptureFixture) -> None:
    planted = Planted()

    def of_guarded(service: str, **more: Any) -> Any:
        return client(service, endpoint_url=guarded.url, **more)

    url = f"{guarded.url}/_emulator"
    with caplog.at_level(logging.DEBUG, "emulator"), requests.Session() as http:
        http.trust_env = False
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        http.post(f"{url}/recording", json={"on": True}, timeout=30)
        plant(of_guarded, planted)
        seeds(url, http, account, planted)
        snapshots(url, http, planted)
        for route in list(routes(guarded)):
            for asked in ({}, {"account": account, "region": "us-east-1"}):
                with http.get(f"{guarded.url}{route}", params=asked, timeout=60, stream=True) as answer:
                    is_endless = "event-stream" in answer.headers.get("Content-Type", "")
                    text = str(list(islice(answer.iter_lines(chunk_size=1), 2))) if is_endless else answer.text
                planted.told[f"GET {route} {asked}"] = text
                assert answer.status_code < 500, route
        planted.told["without the token"] = requests.get(f"{url}/journal", timeout=30).text
        planted.told["with a wrong one"] = http.post(f"{url}/login", json={"token": TOKEN + "x"}, timeout=30).text
        with suppress(requests.RequestException):
            planted.told["a bad fault"] = http.post(f"{url}/faults", json={"kind": TOKEN[:7]}, timeout=30).text
    planted.told["the log"] = caplog.text
    planted.told["the settings"] = repr(Config(control_token=Secret(TOKEN)))
    found = [(name, secret) for name, text in planted.told.items() for secret in planted.secrets if secret in text]
    assert found == []
    assert len(planted.told) > 30
    assert "sts:AssumeRole" in planted.told["GET /_emulator/journal {}"], "what was done is told"
    assert "sts:AssumeRole" in planted.told["GET /_emulator/recording {}"]
    assert "AssumeRole" in planted.told["history"]
