"""``demo``, ``run`` and ``schema`` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask
from werkzeug.serving import make_server

from emulator.cli import main
from emulator.config import Config
from emulator.gateway.front import Front
from emulator.scenario.target import client, session, target_at
from emulator.server import Server
from emulator.services import new_world

Invoke = Callable[..., Result]
Write = Callable[..., str]

GOOD = """
name: Who am I
steps:
  - {call: "sts:GetCallerIdentity", expect: {Account: "111122223333"}}
"""
BAD = GOOD.replace("Who am I", "Who else").replace('"111122223333"', '"1"')


@pytest.fixture
def run() -> Invoke:
    return lambda *arguments, **how: CliRunner().invoke(main, arguments, prog_name="mq-emulator", **how)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str, name: str = "story.yaml") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return str(path)

    return to_file


def failed(result: Result, status: int) -> str:
    """The one line on stderr of a command that failed."""
    assert (result.exit_code, result.stdout) == (status, ""), result.output
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("mq-emulator: ").rstrip("\n")


# demo --------------------------------------------------------------------------------------------------------------

SETTINGS = {
    "MQ_EMULATOR_PORT": "1",
    "MQ_EMULATOR_HOST": "10.99.99.99",
    "MQ_EMULATOR_STRICT_CREDENTIALS": "1",
    "MQ_EMULATOR_DEFAULT_ACCOUNT": "nonsense",
    "MQ_EMULATOR_IAM": "soft",
    "HTTP_PROXY": "http://127.0.0.1:1",
}


def test_a_demo_of_ones_own(write: Write, run: Invoke) -> None:
    result = run("demo", write(GOOD))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Who am I\n")


@pytest.mark.parametrize("command", ["demo", "run"])
def test_scenarios_take_no_settings(command: str, write: Write, run: Invoke) -> None:
    assert run(command, write(GOOD), env=SETTINGS).exit_code == 0


def test_a_demo_that_does_not_go_as_told(write: Write, run: Invoke) -> None:
    text = failed(run("demo", write(BAD)), 1)
    assert text == "step 1 (sts:GetCallerIdentity): Account is '111122223333', not '1'"


@pytest.mark.parametrize("command", ["demo", "run"])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name: [", ":1:8: while parsing a flow node"),
        ("- a list", ":1:1: file: Input should be a valid dictionary"),
        ("name: Nothing", ":1:1: steps: Field required"),
        (GOOD.replace("expect:", "hope:"), ":4:37: steps.0.hope: Extra inputs are not permitted"),
        ("name: \udcff", ":1:1: this is no UTF-8 text"),
    ],
)
def test_what_is_no_scenario(command: str, text: str, error: str, write: Write, run: Invoke) -> None:
    file = write(text)
    assert failed(run(command, file), 2).startswith(f"{file}{error}")


# run ---------------------------------------------------------------------------------------------------------------


def test_files_and_folders_are_run(write: Write, run: Invoke, tmp_path: Path) -> None:
    write(GOOD, "b.yaml")
    write(GOOD.replace("Who am I", "First"), "a.yaml")
    alone = write(GOOD.replace("Who am I", "Alone"), "else/c.yml")
    result = run("run", str(tmp_path), alone)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["✓ First", "✓ Who am I", "✓ Alone", "3 passed"]


def test_a_failure_is_told_and_the_others_run_all_the_same(write: Write, run: Invoke, tmp_path: Path) -> None:
    write(BAD, "a.yaml")
    write(GOOD, "b.yaml")
    result = run("run", str(tmp_path))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("✗ Who else  a, ")
    assert lines[1] == "    step 1 (sts:GetCallerIdentity): Account is '111122223333', not '1'"
    assert lines[2].startswith("✓ Who am I  b, ")
    assert lines[3] == "1 passed, 1 failed"


def test_one_bad_file_and_nothing_runs(write: Write, run: Invoke, tmp_path: Path) -> None:
    write(GOOD, "a.yaml")
    write("name: Nothing", "b.yaml")
    assert failed(run("run", str(tmp_path)), 2).endswith("b.yaml:1:1: steps: Field required")


@pytest.mark.parametrize(
    ("keyword", "told"), [("ELSE", ["✗ Who else"]), ("b", ["✓ Who am I"]), ("who", ["✗ Who else", "✓ Who am I"])]
)
def test_a_keyword_chooses(keyword: str, told: list[str], write: Write, run: Invoke, tmp_path: Path) -> None:
    write(BAD, "a.yaml")
    write(GOOD, "b.yaml")
    lines = run("run", str(tmp_path), "-k", keyword).stdout.splitlines()
    assert [line.split("  ")[0] for line in lines if line[0] in "✓✗"] == told


def test_nothing_to_run(write: Write, run: Invoke, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert failed(run("run", str(empty)), 2) == "there is no scenario"
    assert failed(run("run", write(GOOD), "-k", "none"), 2) == "there is no scenario with 'none' in its name"


def test_variables_are_given(write: Write, run: Invoke) -> None:
    file = write(GOOD.replace('"111122223333"', '"${wanted}"').replace("steps:", "variables: {wanted: null}\nsteps:"))
    assert run("run", file, "--var", "wanted=111122223333").exit_code == 0
    assert "give it with --var wanted=…" in run("run", file).stdout
    assert failed(run("run", file, "--var", "wanted"), 2) == "--var wanted: it wants NAME=VALUE"


def test_a_terminal_is_told_in_colour_and_how_far_it_is(write: Write, run: Invoke, tmp_path: Path) -> None:
    write(BAD, "a.yaml")
    write(GOOD, "b.yaml")
    told = run("run", str(tmp_path), env={"FORCE_COLOR": "1", "TERM": "xterm"}).stdout
    assert "\x1b[31m✗ Who else\x1b[0m" in told
    assert "\x1b[32m✓ Who am I\x1b[0m" in told
    assert "1 of 2 scenarios" in told
    assert "\x1b" not in run("run", str(tmp_path)).stdout


def test_results_for_machines(write: Write, run: Invoke, tmp_path: Path) -> None:
    stories = tmp_path / "stories"
    write(BAD, "stories/a.yaml")
    write(GOOD, "stories/b.yaml")
    junit, told = tmp_path / "junit.xml", tmp_path / "told.json"
    assert run("run", str(stories), "--junit", str(junit), "--json", str(told)).exit_code == 1
    failure = "step 1 (sts:GetCallerIdentity): Account is '111122223333', not '1'"
    suite = ElementTree.parse(junit).getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "skipped")} == {"tests": "2", "failures": "1", "skipped": "0"}
    assert [(case.get("classname"), case.get("name"), len(case)) for case in suite] == [
        ("a", "Who else", 1),
        ("b", "Who am I", 0),
    ]
    assert [(one.tag, one.get("message"), one.text) for one in suite[0]] == [("failure", failure, failure)]
    summary = json.loads(told.read_text())
    assert [summary[status] for status in ("passed", "failed", "skipped")] == [1, 1, 0]
    assert summary["scenarios"][0]["failures"] == [failure]
    assert summary["scenarios"][1]["status"] == "passed"


# Elsewhere ---------------------------------------------------------------------------------------------------------

THROUGHOUT = """
name: Everything there is
given:
  accounts:
    "111122223333":
      users: {dev: {access_key: {id: AKIADEVDEVDEVDEVDEV9, secret: not-a-secret}}}
      brokers: {orders: {Users: [{Username: orders, Password: correct-horse-battery}]}}
      managed_policies: {AmazonMQServiceRolePolicy: {without: [1]}}
    "222233334444": {}
  organizations: {"111122223333": {}}
  clock: {pace: real}
  faults: [{kind: drop, match: {action: "iam:ListUsers"}}]
steps:
  - {call: "sts:GetCallerIdentity", as: "222233334444"}
  - {call: "ec2:DescribeVpcEndpoints", as: mq.amazonaws.com, error: {code: UnauthorizedOperation}}
  - {advance: 10m}
  - {edit_policy: {managed: AmazonMQServiceRolePolicy, document: null}}
  - {remove_fault: all}
  - {broker_event: disk alarm, broker: "${orders}"}
  - {call: "sts:GetCallerIdentity", as: dev}
"""
PLAIN = """
name: AWS calls alone
given:
  accounts:
    "111122223333":
      users: {dev: {policies: {own: [{Effect: Allow, Action: "iam:GetUser", Resource: "*"}]}}}
      vpcs: {main: {subnets: {left: {cidr: 10.0.0.0/24}}}}
steps:
  - {call: "iam:GetUser", as: dev, expect: {User.UserName: dev}}
  - {call: "ec2:DescribeSubnets", params: {SubnetIds: ["${left}"]}, expect: {"Subnets[0].VpcId": "${main}"}}
  - {wait: "iam:GetUser", params: {UserName: dev}, until: User.UserName == 'dev'}
  - {edit_policy: {user: dev, name: own, document: null}}
  - {call: "iam:GetUser", as: dev, error: {code: AccessDenied}}
"""


BROKER = """
name: A broker in its own time
given:
  clock: {frozen_at: 2031-01-01T00:00:00Z}
  accounts: {"111122223333": {}, "222233334444": {}}
steps:
  - call: mq:CreateBroker
    as: "222233334444"
    params:
      BrokerName: orders
      EngineType: RABBITMQ
      DeploymentMode: SINGLE_INSTANCE
      HostInstanceType: mq.m5.large
      PubliclyAccessible: true
      Users: [{Username: orders, Password: correct-horse-battery}]
    save: {broker: BrokerId}
    decisions: [{action: mq:CreateBroker, outcome: allowed}]
  - {advance: 5m}
  - {call: "mq:DescribeBroker", as: "222233334444", params: {BrokerId: "${broker}"}, expect: {BrokerState: CREATION_IN_PROGRESS}}
  - {wait: "mq:DescribeBroker", as: "222233334444", params: {BrokerId: "${broker}"}, until: BrokerState == 'RUNNING'}
  - {call: "iam:CreateUser", params: {UserName: dev}, expect: {"starts_with(User.CreateDate, '2031-01-01T00:')": true}}
"""


def test_a_running_emulator_is_used_and_kept(write: Write, run: Invoke) -> None:
    with Server(Config(port=0, pace="instant")) as server:
        failing, other = run("run", write(PLAIN), "--endpoint-url", server.url), write(THROUGHOUT, "b.yaml")
        assert failing.exit_code == 0, failing.output
        assert "EntityAlreadyExists" in run("run", other, "--endpoint-url", server.url).stdout
        requests.post(f"{server.url}/_emulator/reset", timeout=10).raise_for_status()
        result = run("run", other, "--endpoint-url", server.url)
        assert result.exit_code == 0, result.output


def test_a_scenario_in_a_running_emulator_has_a_time_of_its_own(write: Write, run: Invoke) -> None:
    with Server(Config(port=0, pace="instant")) as server:
        result = run("run", write(BROKER), "--endpoint-url", server.url)
        assert result.exit_code == 0, result.output
        everybodys = requests.get(f"{server.url}/_emulator/clock", timeout=10).json()
    assert (everybodys["frozen"], everybodys["pace"]) == (False, "instant")
    assert not everybodys["now"].startswith("2031-01-01")


def test_nobody_else_is_told_the_control_token(write: Write, run: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str | None] = []

    def answer(environ: Any, start: Any) -> list[bytes]:
        heard.append(environ.get("HTTP_AUTHORIZATION"))
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"who?"]

    monkeypatch.setenv("MQ_EMULATOR_CONTROL_TOKEN", "a-token-that-is-long-enough-to-be-one")
    with elsewhere(answer) as url:
        assert "GetCallerIdentity" in run("run", write(GOOD), "--endpoint-url", url).stdout
    assert not any("a-token" in (said or "") for said in heard)


@pytest.mark.parametrize("part", ["quotas: {}", "seed: a", "settings: {}"])
def test_what_is_everybodys_in_a_running_emulator_is_left_alone(part: str, write: Write, run: Invoke) -> None:
    file = write(GOOD.replace("steps:", f"given: {{{part}}}\nsteps:"))
    with Server(Config(port=0)) as server:
        result = run("run", file, "--endpoint-url", server.url)
    assert result.exit_code == 0
    reason = f"    given.{part.split(':', maxsplit=1)[0]}: it would change a running emulator for everybody"
    assert result.stdout.splitlines()[1:] == [reason, "1 skipped"]


@contextmanager
def elsewhere(app: Any) -> Iterator[str]:
    """The URL of another server."""
    served = make_server("127.0.0.1", 0, app)
    thread = Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of something that knows AWS's calls and has no control API; nobody has credentials of AWS."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    session.cache_clear()
    with elsewhere(Front(new_world(pace="instant"), Config(), lambda: Flask("stranger"))) as url:
        yield url
    session.cache_clear()


def test_aws_calls_run_anywhere(stranger: str, write: Write, run: Invoke) -> None:
    result = run("run", write(PLAIN), "--endpoint-url", stranger)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("1 passed\n")


def test_a_session_is_used_as_long_as_it_lasts_by_the_machines_time(stranger: str, write: Write, run: Invoke) -> None:
    trust = '[{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:user/dev"}, Action: "sts:AssumeRole"}]'
    me = """{call: "sts:GetCallerIdentity", as: job, expect: {"ends_with(Arn, '/worker/job')": true}}"""
    text = (
        "name: A job\ngiven:\n  accounts:\n    '111122223333':\n      users: {dev: {}}\n"
        f"      roles: {{worker: {{trust: {trust}}}}}\n  sessions: {{job: {{role: worker, by: dev}}}}\n"
        f"steps: [{me}, {me}]\n"
    )
    result = run("run", write(text), "--endpoint-url", stranger)
    assert result.stdout.endswith("1 passed\n"), result.output


def test_what_a_stranger_cannot_be_asked_is_skipped_with_the_reason(
    stranger: str, write: Write, run: Invoke, tmp_path: Path
) -> None:
    file = tmp_path / "told.xml"
    result = run("run", write(THROUGHOUT), "--endpoint-url", stranger, "--junit", str(file))
    assert result.exit_code == 0
    assert [line.strip() for line in result.stdout.splitlines()[1:]] == [
        "given.clock: only mq-emulator has a clock that can be moved",
        "given.organizations: only mq-emulator binds an account without the organization's management account",
        "given.faults: only mq-emulator fails on demand",
        "given managed_policies: AWS's policies cannot be changed",
        "given brokers: they come up at once only in mq-emulator; create them in a step",
        "given.accounts.222233334444: only mq-emulator has any account one names",
        "the access key of dev: AWS gives keys ids of its own",
        "step 1 (sts:GetCallerIdentity): only mq-emulator has any account one names",
        "step 2 (ec2:DescribeVpcEndpoints): only mq-emulator hands out credentials of mq.amazonaws.com",
        "step 3 (advance 600 s): only mq-emulator has a clock that can be moved",
        "step 4 (edit policy AmazonMQServiceRolePolicy): only mq-emulator lets this policy be edited",
        "step 5 (remove fault all): only mq-emulator fails on demand",
        "step 6 (broker event: disk alarm): only mq-emulator lets one say what happened inside a broker",
        "1 skipped",
    ]
    (case,) = ElementTree.parse(file).getroot()
    assert [part.tag for part in case] == ["skipped"]


def test_a_story_that_holds_but_for_what_cannot_be_asked_is_not_passed(stranger: str, write: Write, run: Invoke) -> None:
    more = (
        "  - {call: 'iam:GetUser', params: {UserName: dev}, decisions: [{outcome: allowed}]}\nexpect:\n"
        "  - {decisions: [{action: 'iam:*'}]}\n  - {call: 'iam:GetUser', params: {UserName: dev}}\n"
        "  - {call: 'ec2:DescribeVpcs', as: mq.amazonaws.com}\n"
    )
    result = run("run", write(PLAIN + more), "--endpoint-url", stranger)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "    step 6 (iam:GetUser): only mq-emulator has a journal",
        "    expectation 1 (decisions): only mq-emulator has a journal",
        "    expectation 3 (ec2:DescribeVpcs): only mq-emulator hands out credentials of mq.amazonaws.com",
        "1 skipped",
    ]


def test_a_stranger_is_waited_for_in_its_own_time(stranger: str, write: Write, run: Invoke) -> None:
    step = "  - {wait: \"iam:GetUser\", params: {UserName: dev}, until: User.UserName == 'ops', within: 0.01}\n"
    told = run("run", write(PLAIN + step), "--endpoint-url", stranger).stdout
    assert "is not true after 0.01 s" in told


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://"])
def test_nothing_answers(url: str, write: Write, run: Invoke) -> None:
    result = run("run", write(GOOD), "--endpoint-url", url)
    assert (result.exit_code, result.stderr) == (1, f"mq-emulator: nothing answers at {url}\n")


def test_aws_itself_is_asked_with_the_credentials_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = target_at("aws")
    asked = client(aws, "mq", "eu-west-1", aws.root("111122223333"))
    assert asked.meta.endpoint_url == "https://mq.eu-west-1.amazonaws.com"
    assert aws.root("111122223333").key_id == ""
    asked.close()


# schema ------------------------------------------------------------------------------------------------------------


def test_the_schema_is_printed(run: Invoke) -> None:
    told = json.loads(run("schema").stdout)
    assert told["title"] == "Scenario"
    assert set(told["$defs"]) >= {"Seed", "Given", "Call", "Wait"}
    assert told["$defs"]["Call"]["properties"]["as"]["type"] == "string"
