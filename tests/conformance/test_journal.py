"""The journal over HTTP: questions of every kind, and following it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from click.testing import CliRunner

from emulator.cli import main
from emulator.config import Config
from emulator.control import journal as journal_module
from emulator.engine.journal_query import Query
from emulator.server import Server
from tests.conformance.conftest import Clients, Control
from tests.conformance.wire import Keys

Find = Callable[..., list[str]]
OTHER = "999988887777"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="real", journal_entries=200)) as served:
        served.world.clock.freeze(1_900_000_000.0)
        yield served


@pytest.fixture
def find(control: Control) -> Find:
    """The titles of the entries that are asked for."""

    def titles(**asked: Any) -> list[str]:
        answer = control("GET", "journal", params=asked)
        assert answer.status_code == 200, answer.text
        return [entry["title"] for entry in answer.json()["entries"]]

    return titles


@pytest.fixture
def lived(client: Clients, control: Control) -> str:
    """A little of everything; gives a broker's id."""
    mq = client("mq")
    broker = mq.create_broker(
        BrokerName="orders",
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )["BrokerId"]
    control("POST", "clock", json={"advance": 600})
    control("POST", "faults", json={"kind": "deny", "match": {"action": "iam:ListRoles"}})
    with pytest.raises(ClientError):
        client("iam").list_roles()
    with pytest.raises(ClientError):
        client("iam").get_user(UserName="nobody")
    client("sts", keys=Keys(OTHER), region_name="eu-west-1").get_caller_identity()
    return str(broker)


# Questions -----------------------------------------------------------------------------------------------------------


def test_questions(lived: str, find: Find, account: str) -> None:
    assert find(service="iam") == ["iam:CreateServiceLinkedRole", "iam:ListRoles", "iam:GetUser"]
    assert find(action="EC2:create*") == ["ec2:CreateVpcEndpoint"]
    assert find(kind="fault") == ["deny"]
    assert find(kind="control") == ["clock", "add fault deny"]
    assert find(outcome="denied") == ["iam:ListRoles"]
    assert find(outcome="error") == ["iam:GetUser"]
    assert find(decision="explicitDeny") == ["iam:ListRoles"]
    assert find(region="eu-west-1") == ["sts:GetCallerIdentity"]
    assert find(account=OTHER) == ["sts:GetCallerIdentity"]
    assert find(principal="AWSServiceRoleForAmazonMQ", service="ec2", action="*:CreateVpcEndpoint") == ["ec2:CreateVpcEndpoint"]
    assert find(broker=lived, kind="state", text="running") == ["CREATION_IN_PROGRESS → RUNNING"]
    assert find(broker=lived, kind="call", text="AMQManaged") == ["ec2:CreateVpcEndpoint"]
    assert find(text="nobody", service="iam") == ["iam:GetUser"]
    assert find(text="with an explicit deny", account=account) == ["iam:ListRoles"]


def test_a_range_of_emulated_time(lived: str, find: Find, control: Control) -> None:
    start, later = "2030-03-17T17:46:40Z", "2030-03-17T17:56:40Z"
    assert find(until="2030-03-17T17:46:41Z", kind="call", limit=1) == ["mq:CreateBroker"]
    assert find(since=later, service="iam") == ["iam:ListRoles", "iam:GetUser"]
    assert find(since=start, until=start) == []
    for name in ("since", "until"):
        answer = control("GET", "journal", params={name: "soon"})
        assert answer.json() == {"error": f"{name}: Value error, it is no time such as 2030-01-31T12:00:00Z"}


def test_the_newest_first(lived: str, find: Find) -> None:
    everything = find()
    assert find(order="newest") == everything[::-1]
    assert find(order="newest", limit=2) == everything[:-3:-1]
    assert find(service="iam", order="newest", limit=1) == ["iam:GetUser"]


def test_a_request_and_all_that_it_caused(lived: str, control: Control, find: Find) -> None:
    (made,) = control("GET", "journal", params={"action": "mq:CreateBroker"}).json()["entries"]
    caused = find(request=made["requestId"])
    assert caused[0] == "mq:CreateBroker"
    assert {"create broker: ensure endpoint", "ec2:CreateVpcEndpoint", "sts:AssumeRole"} <= set(caused)
    assert find(request=made["requestId"], after=made["id"]) == caused[1:]
    assert find(request="none") == find(broker="b-none") == []


def test_the_bound_is_a_setting_and_is_shown(client: Clients, control: Control, find: Find) -> None:
    sts = client("sts")
    for _ in range(205):
        sts.get_caller_identity()
    answer = control("GET", "journal").json()
    assert (len(answer["entries"]), answer["dropped"], answer["capacity"]) == (200, 5, 200)
    assert control("GET", "health").json()["bounds"]["journalEntries"] == {"kept": 200, "most": 200, "dropped": 5}
    assert answer["entries"][0]["id"] == 6
    assert find(request=answer["entries"][0]["requestId"]) == ["sts:GetCallerIdentity"]


# Following -----------------------------------------------------------------------------------------------------------


def events(response: requests.Response) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    for line in response.iter_lines():
        if line.startswith(b"id: "):
            number = int(line[4:])
        elif line.startswith(b"data: "):
            yield number, json.loads(line[6:])


def wait_until(condition: Callable[[], bool]) -> None:
    """For what another thread does, up to five seconds."""
    for _ in range(500):
        if condition():
            return
        Event().wait(0.01)
    pytest.fail("it did not happen in five seconds")


def test_what_happens_is_followed(lived: str, client: Clients, control: Control, server: Server) -> None:
    with control("GET", "journal/follow", params={"service": "iam"}, stream=True) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        told = events(response)
        seen = [next(told) for _ in range(3)]
        assert [entry["title"] for _, entry in seen] == ["iam:CreateServiceLinkedRole", "iam:ListRoles", "iam:GetUser"]
        assert [number for number, _ in seen] == [entry["id"] for _, entry in seen]
        assert [entry["outcome"] for _, entry in seen] == ["ok", "denied", "error"], "each as it ended"
        client("ec2").describe_vpcs()
        client("iam").list_users()
        assert next(told)[1]["title"] == "iam:ListUsers"
        control_again = requests.post(f"{server.url}/_emulator/reset", timeout=10)
        assert control_again.status_code == 200
        client("iam").list_groups()
        assert next(told)[1]["title"] == "iam:ListGroups", "after a reset ids begin anew"


def test_a_follower_that_comes_back_misses_nothing(lived: str, control: Control) -> None:
    everything = control("GET", "journal").json()["entries"]
    asked = [{"headers": {"Last-Event-ID": str(everything[-3]["id"])}}, {"params": {"after": everything[-3]["id"]}}]
    for how in asked:
        with control("GET", "journal/follow", stream=True, **how) as response:
            told = events(response)
            assert [next(told)[1] for _ in range(2)] == everything[-2:]


def test_a_follower_hears_that_the_emulator_is_there(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "HEARTBEAT", 0.01)
    with control("GET", "journal/follow", stream=True) as response:
        lines = [line for line, _ in zip(response.iter_lines(), range(5), strict=False)]
    assert lines == [b": the journal follows", b"", b": nothing new", b"", b": nothing new"]


def test_only_so_many_follow(control: Control, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MOST_FOLLOWERS", 1)
    monkeypatch.setattr(journal_module, "HEARTBEAT", 0.01)
    with control("GET", "journal/follow", stream=True) as response:
        assert next(response.iter_lines()) == b": the journal follows"
        refused = control("GET", "journal/follow")
        assert (refused.status_code, refused.json()) == (503, {"error": "1 follow the journal already"})
    wait_until(lambda: len(server.world.journal.followers) == 0)


def test_following_ends_with_the_server() -> None:
    with Server(Config(port=0)) as served, requests.Session() as session:
        session.trust_env = False
        response = session.get(f"{served.url}/_emulator/journal/follow", stream=True, timeout=10)
        lines = response.iter_lines()
        assert next(lines) == b": the journal follows"
        wait_until(lambda: len(served.world.journal.followers) == 1)
        served.stop()
        assert set(lines) <= {b"", b": nothing new"}
    assert len(served.world.journal.followers) == 0


@pytest.mark.parametrize("query", [{"limit": "1"}, {"order": "newest"}, {"kind": "sorrow"}, {"after": "-1"}])
def test_a_bad_question_to_what_follows(query: dict[str, str], control: Control) -> None:
    answer = control("GET", "journal/follow", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{next(iter(query))}: ")


# The command line ----------------------------------------------------------------------------------------------------


def told_by(server: Server, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["journal", "--port", str(server.port), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_asks_the_same(lived: str, server: Server) -> None:
    lines = told_by(server, "--service", "iam", "--order", "newest", "--limit", "2").splitlines()
    assert [line.split("✗ ")[1].split()[0] for line in lines if "✗ " in line] == ["iam:ListRoles", "iam:GetUser"]
    asked = ["--since", "2030-03-17T17:56:40Z", "--kind", "call", "--text", "nobody", "--json"]
    assert [json.loads(line)["title"] for line in told_by(server, *asked).splitlines()] == ["iam:GetUser"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_command_follows(
    form: list[str], lived: str, server: Server, client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, places = server.world.journal, [0]
    newer = journal.newer

    def noting(place: tuple[int, int], asked: Query) -> Any:
        places.append(place[1])  # all before it has been sent
        return newer(place, asked)

    monkeypatch.setattr(journal, "newer", noting)

    def live() -> None:
        wait_until(lambda: len(journal.followers) == 1)
        client("iam").list_groups()
        wait_until(lambda: places[-1] >= journal.select()[-1].id)
        server.stop()

    life = Thread(target=live)
    life.start()
    told = told_by(server, "--follow", "--service", "iam", *form).splitlines()
    life.join()
    if form:
        assert [json.loads(line)["title"] for line in told][-1] == "iam:ListGroups"
    else:
        assert any("✗ iam:ListRoles  as root  AccessDenied" in line for line in told)
        assert "✓ iam:ListGroups" in told[-2]
        assert "allowed iam:ListGroups on " in told[-1]


def test_what_is_followed_has_no_end(server: Server) -> None:
    result = CliRunner().invoke(main, ["journal", "--port", str(server.port), "--follow", "--limit", "1"])
    assert result.exit_code == 2
    assert "What is followed comes in order and has no end." in result.stderr


def test_a_follower_is_told_why_it_may_not(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MOST_FOLLOWERS", 0)
    result = CliRunner().invoke(main, ["journal", "--port", str(server.port), "--follow"])
    assert (result.exit_code, result.stderr) == (1, "mq-emulator: 0 follow the journal already\n")
    server.stop()


def test_nobody_to_follow() -> None:
    result = CliRunner().invoke(main, ["journal", "--port", "1", "--follow"])
    assert (result.exit_code, result.stderr) == (1, "mq-emulator: no emulator answers at http://127.0.0.1:1\n")
