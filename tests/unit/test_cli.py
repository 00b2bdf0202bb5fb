"""The command line: in this process where it can be, in one of its own where signals and exit codes are the point."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from threading import Timer
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from click.testing import CliRunner, Result

from emulator import AwsError, Call, Principal
from emulator.cli import main
from emulator.config import SETTINGS, Config
from emulator.engine import identity
from emulator.server import Server

Invoke = Callable[..., Result]
COMMANDS = [
    "broker-event",
    "clock",
    "demo",
    "env",
    "explain",
    "fault",
    "health",
    "journal",
    "policy",
    "record",
    "reset",
    "run",
    "schema",
    "serve",
    "snapshot",
]
START = 1_790_000_000.0


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine that runs the tests has set."""
    for name in os.environ:
        if name.startswith("MQ_EMULATOR_"):
            monkeypatch.delenv(name)


@pytest.fixture
def run() -> Invoke:
    return lambda *arguments, **how: CliRunner().invoke(main, arguments, prog_name="mq-emulator", **how)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Config(port=0, pace="real")) as served:
        served.world.clock.freeze(START)
        yield served


@pytest.fixture
def running(server: Server, run: Invoke) -> Invoke:
    """A command to the running emulator."""

    def ask(command: str, *arguments: str) -> Result:
        at, more = ([command, arguments[0]], arguments[1:]) if command == "fault" else ([command], arguments)
        return run(*at, "--port", str(server.port), *more)

    return ask


def failed(result: Result, status: int) -> str:
    """The one line on stderr of a command that failed."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("mq-emulator: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("mq-emulator: ").rstrip("\n")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# Help and version --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, flag: str, run: Invoke) -> None:
    result = run(command, flag)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: mq-emulator {command} [OPTIONS]")


def test_the_program_lists_its_commands(run: Invoke) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert re.findall(r"^  ([\w-]+) ", result.stdout.partition("Commands:")[2], re.MULTILINE) == sorted(COMMANDS)


def test_options_name_their_variable_and_default(run: Invoke) -> None:
    text = " ".join(run("serve", "--help").stdout.split())
    for name, field in SETTINGS.items():
        assert f"--{name.replace('_', '-')}" in text
        default = f"; default: {field.default}" if field.default not in {None, ""} else ""
        assert f"[env: MQ_EMULATOR_{name.upper()}{default}]" in text


def test_the_version(run: Invoke) -> None:
    assert run("--version").stdout == f"mq-emulator, version {version('mq-emulator')}\n"


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["serve", "--port", "http"], ["serve", "--pace", "slow"], ["clock", "--advance", "soon"], ["demo", "no"]],
)
def test_wrong_usage_is_explained(arguments: list[str], run: Invoke) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: mq-emulator ")
    assert result.stderr.splitlines()[-1].startswith("Error: ")


# Settings ----------------------------------------------------------------------------------------------------------


def exports(url: str) -> str:
    return (
        f"export AWS_ENDPOINT_URL={url}\n"
        "export AWS_ACCESS_KEY_ID=test\n"
        "export AWS_SECRET_ACCESS_KEY=test\n"
        "export AWS_DEFAULT_REGION=us-east-1\n"
        "export AWS_REGION=us-east-1\n"
    )


@pytest.mark.parametrize(
    ("arguments", "variables", "url"),
    [
        ([], {}, "http://127.0.0.1:4566"),
        (["--port", "80", "--host", "::1"], {}, "http://[::1]:80"),
        ([], {"MQ_EMULATOR_PORT": "5000", "MQ_EMULATOR_HOST": "localhost"}, "http://localhost:5000"),
        ([], {"MQ_EMULATOR_PORT": " 0500 "}, "http://127.0.0.1:500"),
        (["--port", "81"], {"MQ_EMULATOR_PORT": "5000"}, "http://127.0.0.1:81"),
    ],
)
def test_env_prints_what_an_sdk_needs(arguments: list[str], variables: dict[str, str], url: str, run: Invoke) -> None:
    result = run("env", *arguments, env=variables)
    assert (result.exit_code, result.stdout) == (0, exports(url))


@pytest.mark.parametrize("command", ["serve", "env", "reset", "clock", "journal"])
@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"MQ_EMULATOR_PORT": "99999"}, "port: Expected `int` <= 65535"),
        ({"MQ_EMULATOR_PORT": "http"}, "port: Expected `int`, got `str`"),
        ({"MQ_EMULATOR_PACE": "slow"}, "pace: Invalid enum value 'slow', it is one of real, fast, instant"),
        ({"MQ_EMULATOR_DEFAULT_ACCOUNT": "1"}, "default_account: Expected `str` matching regex '^\\\\d{12}\\\\Z'"),
        ({"MQ_EMULATOR_STRICT_CREDENTIALS": "perhaps"}, "strict_credentials: Expected `bool`, got `str`"),
    ],
)
def test_a_bad_setting(command: str, variables: dict[str, str], text: str, run: Invoke) -> None:
    assert failed(run(command, env=variables), 2) == text


def test_a_bad_option(run: Invoke) -> None:
    assert failed(run("serve", "--port", "-1"), 2) == "port: Expected `int` >= 0"


# serve -------------------------------------------------------------------------------------------------------------


def test_serve_says_where_it_listens(run: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    serve = Server.run
    before = signal.getsignal(signal.SIGTERM)

    def run_briefly(server: Server) -> None:
        Timer(0, server.stop).start()
        serve(server)

    monkeypatch.setattr(Server, "run", run_briefly)
    try:
        result = run("serve", "--port", "0", "--pace", "instant", "--strict-credentials", "--requester-managed-endpoints")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert result.exit_code == 0, result.output
    url = re.fullmatch(r"mq-emulator listens on (http://127\.0\.0\.1:\d+)", result.stdout.splitlines()[0])
    assert url
    assert result.stdout.endswith(exports(url[1]))


def test_a_port_in_use(busy_port: int, run: Invoke) -> None:
    text = failed(run("serve", "--port", str(busy_port)), 1)
    assert text == f"cannot listen on 127.0.0.1:{busy_port}: Address already in use"


def test_a_host_that_is_none(run: Invoke) -> None:
    assert failed(run("serve", "--host", "nowhere.invalid"), 1) == "cannot listen on nowhere.invalid:4566: no such host"


@pytest.fixture
def serving() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts ``mq-emulator serve`` on a free port, with settings from the environment; gives the process and its URL."""
    started: list[subprocess.Popen[str]] = []

    def start(**variables: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "serve"],
            env={**os.environ, "MQ_EMULATOR_PORT": "0", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        return process, process.stdout.readline().split()[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def caller(url: str, **keys: str) -> Any:
    sts = boto3.client(
        "sts",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=keys.get("id", "test"),
        aws_secret_access_key="test",
        config=ClientConfig(retries={"total_max_attempts": 1}, proxies={}),
    )
    try:
        return sts.get_caller_identity()
    finally:
        sts.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_serve_until_a_signal(how: signal.Signals, serving: Callable[..., tuple[subprocess.Popen[str], str]]) -> None:
    process, url = serving(MQ_EMULATOR_DEFAULT_ACCOUNT="999988887777")
    assert caller(url)["Account"] == "999988887777"
    process.send_signal(how)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert re.fullmatch(r"INFO emulator\.requests: 200 sts:GetCallerIdentity in \d+\.\d ms [0-9a-f-]{36}\n", errors)


# A running emulator ------------------------------------------------------------------------------------------------


def create_broker(server: Server, name: str = "orders") -> str:
    call = Call(
        service="mq",
        operation="CreateBroker",
        params={
            "BrokerName": name,
            "DeploymentMode": "SINGLE_INSTANCE",
            "EngineType": "RABBITMQ",
            "HostInstanceType": "mq.m5.large",
            "PubliclyAccessible": False,
            "Users": [{"Username": "orders", "Password": "correct-horse-battery"}],
        },
        principal=identity.root("111122223333"),
        region="us-east-1",
        partition="aws",
    )
    return str(server.world.perform(call)["BrokerId"])


@pytest.mark.parametrize("command", ["reset", "clock", "journal", "health"])
def test_nobody_listens(command: str, free_port: int, run: Invoke) -> None:
    text = f"no emulator answers at http://127.0.0.1:{free_port}"
    assert failed(run(command, "--port", str(free_port)), 1) == text


@pytest.mark.parametrize("command", ["reset", "clock", "journal", "health"])
@pytest.mark.parametrize("body", [b"<html>", b"[1]"])
def test_somebody_else_listens(command: str, body: bytes, run: Invoke) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + body)

        timer = Timer(0, answer)
        timer.start()
        text = failed(run(command, "--port", str(port)), 1)
        timer.join()
    assert text == f"no emulator answers at http://127.0.0.1:{port}"


def test_no_proxy_stands_between(running: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert running("clock").exit_code == 0


def test_the_least_policy(server: Server, running: Invoke) -> None:
    broker = create_broker(server)
    asked = ("policy", "--principal", "arn:aws:iam::111122223333:root", "--broker")
    result = running(*asked, broker)
    assert (result.exit_code, result.stderr) == (0, "")
    actions = [statement["Action"] for statement in json.loads(result.stdout)["Statement"]]
    assert actions == [
        ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "mq:CreateBroker"],
        "iam:CreateServiceLinkedRole",
    ]
    assert failed(running(*asked, "b-0"), 1) == ("no call of arn:aws:iam::111122223333:root in the journal needed a permission")
    server.world.journal.capacity = 0
    server.world.journal.write("control", "fill")
    server.world.journal.capacity = 1_000
    create_broker(server, "invoices")
    cut = running("policy", "--principal", "arn:aws:iam::111122223333:root")
    assert cut.stderr.startswith("mq-emulator: the journal has dropped ")
    assert json.loads(cut.stdout)


def test_reset(server: Server, running: Invoke) -> None:
    create_broker(server)
    result = running("reset")
    assert (result.exit_code, result.output) == (0, "")
    assert server.world.journal.select() == []


def test_the_clock_is_shown(running: Invoke) -> None:
    result = running("clock")
    assert result.exit_code == 0
    assert result.stdout == "now: 2026-09-21T14:13:20.000Z\nfrozen: True\npace: real\nnextTimer: None\n"


@pytest.mark.parametrize(
    ("advance", "now"),
    [("90", "14:14:50.000Z"), ("10m", "14:23:20.000Z"), ("2h", "16:13:20.000Z"), ("0.5", "14:13:20.500Z")],
)
def test_the_clock_is_advanced(advance: str, now: str, running: Invoke) -> None:
    result = running("clock", "--advance", advance)
    assert result.exit_code == 0
    assert result.stdout == f"now: 2026-09-21T{now}\nfrozen: True\npace: real\nnextTimer: None\nfired: 0\n"


def test_the_clock_runs_again_at_another_pace(server: Server, running: Invoke) -> None:
    result = running("clock", "--run", "--set-pace", "instant")
    assert "frozen: False\npace: instant\n" in result.stdout
    assert not server.world.clock.is_frozen
    assert "frozen: True\n" in running("clock", "--freeze").stdout


def test_the_clock_refuses_too_long_a_way(running: Invoke) -> None:
    assert failed(running("clock", "--advance", "500d"), 1) == "advance: Input should be less than or equal to 34560000"


def test_the_journal_as_a_tree(server: Server, running: Invoke) -> None:
    create_broker(server)
    server.world.advance(3600)
    result = running("journal")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Journal (0 older entries dropped)"
    assert lines[1] == "├──   0:00  ✓ mq:CreateBroker  as root"
    assert any("as root via mq.amazonaws.com" in line for line in lines)
    assert any("allowed ec2:CreateVpcEndpoint on vpc-endpoint/*  by statement" in line for line in lines)
    assert any("CREATION_IN_PROGRESS → RUNNING" in line for line in lines)


def test_the_journal_as_json(server: Server, running: Invoke) -> None:
    create_broker(server)
    result = running("journal", "--json")
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    assert entries == [json.loads(json.dumps(entry.to_json())) for entry in server.world.journal.select()]
    assert "correct-horse-battery" not in result.stdout


def test_the_journal_in_part(server: Server, running: Invoke) -> None:
    first, second = create_broker(server, "first"), create_broker(server, "second")
    server.world.advance(3600)

    def subjects(*arguments: str) -> set[str]:
        return {json.loads(line)["subject"] for line in running("journal", "--json", *arguments).stdout.splitlines()}

    assert subjects("--broker", first) == {first}
    assert {first, second} <= subjects("--principal", "AWSServiceRoleForAmazonMQ")
    assert subjects("--decision", "explicitDeny") == set()


# explain -----------------------------------------------------------------------------------------------------------


def list_brokers_as_nobody(server: Server) -> str:
    """The request id of a call that is denied to a user with one policy that nearly allows it."""
    root = identity.root("111122223333")
    allow = {"Effect": "Allow", "Action": ["mq:ListBrokers"], "Resource": "*"}
    nearly = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
            allow | {"Sid": "OnlyThere", "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}},
            allow | {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "mq"}}},
        ],
    }

    def ask(operation: str, service: str = "iam", principal: Principal = root, **params: str) -> None:
        call = Call(
            service=service,
            operation=operation,
            params=params,
            principal=principal,
            region="us-east-1",
            partition="aws",
            request_id=f"request-{operation}",
        )
        server.world.perform(call)

    ask("CreateUser", UserName="nobody")
    ask("PutUserPolicy", UserName="nobody", PolicyName="nearly", PolicyDocument=json.dumps(nearly))
    user = server.world.store.get(identity.User, ("111122223333", "", "nobody"))
    assert user
    nobody = Principal("user", user.account, user.arn, user.unique_id, entity=user.arn)
    with pytest.raises(AwsError):
        ask("ListBrokers", "mq", nobody)
    return "request-ListBrokers"


def test_a_denial_is_explained(server: Server, running: Invoke) -> None:
    request_id = list_brokers_as_nobody(server)
    result = running("explain", request_id)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "  0:00  ✗ mq:ListBrokers  as user/nobody  AccessDeniedException"
    assert lines[1].startswith("└── denied  mq:ListBrokers on *")
    near = lines[2:4]  # the statements that came closest
    assert "Allow nearly statement 2 (OnlyThere), identity-based policy  it wants aws:RequestedRegion StringEquals" in near[0]
    assert near[0].endswith("eu-west-1, eu-west-2, the request has us-east-1")
    missing = "it wants aws:PrincipalTag/team StringEquals mq, the request has no such key"
    assert f"Allow nearly statement 3, identity-based policy  {missing}" in near[1]
    assert lines[4].endswith("1 statement is about other actions")


def test_an_allowance_is_explained(server: Server, running: Invoke) -> None:
    create_broker(server)
    server.world.advance(3600)
    made = next(entry for entry in server.world.journal.select() if entry.title == "ec2:CreateVpcEndpoint")
    result = running("explain", made.request_id)
    assert result.exit_code == 0
    assert "allowed ec2:CreateVpcEndpoint on vpc-endpoint/*  by statement" in result.stdout
    assert "Allow AmazonMQServiceRolePolicy statement" in result.stdout
    assert "  matches\n" in result.stdout


def test_nothing_to_explain(running: Invoke) -> None:
    assert failed(running("explain", "none"), 1) == "the journal has no request none"


# Faults ------------------------------------------------------------------------------------------------------------


def test_faults_are_added_listed_and_removed(running: Invoke) -> None:
    given = ["--action", "ec2:Create*", "--principal", "*AmazonMQ*", "--times", "2", "--account", "111122223333"]
    made = running("fault", "add", "throttle", *given)
    assert made.exit_code == 0, made.output
    other = running("fault", "add", "latency", "--service", "iam", "--seconds", "2s").stdout.strip()
    listed = [json.loads(line) for line in running("fault", "list").stdout.splitlines()]
    assert [one["id"] for one in listed] == [made.stdout.strip(), other]
    assert listed[0]["match"] == {"action": "ec2:Create*", "principal": "*AmazonMQ*"}
    assert listed[1]["seconds"] == 2
    assert running("fault", "remove", "--account", "111122223333").exit_code == 0
    assert json.loads(running("fault", "list").stdout)["id"] == other
    assert running("fault", "remove", other).exit_code == 0
    assert running("fault", "list").stdout == ""


def test_something_happens_inside_a_broker(server: Server, running: Invoke) -> None:
    broker, whose = create_broker(server), ("--account", "111122223333")
    not_yet = failed(running("broker-event", *whose, broker, "disk alarm"), 1)
    assert not_yet.startswith("BadRequestException: ")
    assert running("clock", "--until-idle").exit_code == 0
    assert running("broker-event", *whose, broker, "disk alarm").output == ""
    assert server.world.journal.select(subject=broker)[-1].title == "RUNNING → CRITICAL_ACTION_REQUIRED"
    elsewhere = failed(running("broker-event", *whose, "--region", "eu-west-1", broker, "disk alarm"), 1)
    assert elsewhere.startswith(f"NotFoundException: Cannot find broker ID [{broker}]")
    assert "'earthquake' is not one of 'memory alarm'" in running("broker-event", *whose, broker, "earthquake").stderr


def test_a_fault_that_makes_no_sense(running: Invoke) -> None:
    assert failed(running("fault", "add", "error", "--service", "ec2", "--code", "Oops"), 1) == "ec2 has no error Oops"
    assert failed(running("fault", "remove", "f-1"), 1) == "there is no fault f-1"
    both = running("fault", "remove", "f-1", "--account", "111122223333")
    assert both.stderr.splitlines()[-1] == "Error: Name a fault or an account, not both."


def test_the_clock_of_one_account(server: Server, running: Invoke) -> None:
    create_broker(server)
    whose = ("--account", "111122223333")
    assert "now: 2026-10-31T12:00:00.000Z\n" in running("clock", *whose, "--freeze", "--at", "2026-10-31T12:00:00Z").stdout
    assert "idle: True\n" in running("clock", *whose, "--until-idle").stdout
    assert "frozen: True\n" in running("clock", *whose).stdout
    assert server.world.clock.now() == START
    assert running("reset", *whose).exit_code == 0
    assert "now: 2026-09-21T" in running("clock", *whose).stdout
    assert failed(running("clock", "--at", "2030-01-31T12:00:00Z"), 1) == "body: Value error, at is the time at which to freeze"
