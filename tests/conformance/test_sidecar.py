"""What whoever runs the emulator as a sidecar relies on: health, readiness, metrics, lines of log, files, a graceful end."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from emulator.cli.log_format import JsonLines, requests_told_to
from emulator.config import Config
from emulator.control import health
from emulator.server import Server
from tests.conformance.conftest import Clients

PASSWORD = "correct-horse-battery"
Samples = Callable[..., float]


@pytest.fixture
def server() -> Iterator[Server]:
    """An emulator of the test's own."""
    with Server(Config(port=0, pace="real")) as served:
        yield served


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def sample(server: Server, http: requests.Session) -> Samples:
    """``sample("mq_emulator_brokers", state="RUNNING")``: one value of a fresh scrape; 0 when there is none."""

    def value(name: str, **labels: str) -> float:
        scraped = http.get(f"{server.url}/_emulator/metrics", timeout=10)
        assert scraped.headers["Content-Type"].startswith("text/plain")
        found = [
            one.value
            for family in text_string_to_metric_families(scraped.text)
            for one in family.samples
            if one.name == name and one.labels == labels
        ]
        assert len(found) < 2, found
        return found[0] if found else 0.0

    return value


def create_broker(client: Clients) -> str:
    mq = client("mq")
    made = mq.create_broker(
        BrokerName="orders",
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=False,
        Users=[{"Username": "orders", "Password": PASSWORD}],
    )
    return str(made["BrokerId"])


# Health ------------------------------------------------------------------------------------------------------------


def test_it_is_ready_unless_a_call_keeps_it_busy(server: Server, http: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = http.get(f"{server.url}/_emulator/ready", timeout=10)
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    with server.world.lock:
        busy = http.get(f"{server.url}/_emulator/ready", timeout=10)
        assert (busy.status_code, busy.json()["status"]) == (503, "busy")
        assert http.get(f"{server.url}/_emulator/health", timeout=10).status_code == 200, "it is alive all the same"


# Metrics -----------------------------------------------------------------------------------------------------------


def test_calls_decisions_and_side_effects_are_counted(server: Server, client: Clients, sample: Samples) -> None:
    create_broker(client)
    server.world.clock.freeze()
    server.world.advance(3600)
    assert sample("mq_emulator_calls_total", service="mq", action="CreateBroker", outcome="ok") == 1
    assert sample("mq_emulator_calls_total", service="ec2", action="CreateVpcEndpoint", outcome="ok") == 1
    asked = {"service": "ec2", "action": "CreateVpcEndpoint", "outcome": "ok"}
    assert sample("mq_emulator_side_effects_total", **asked, acting_as="role") == 1
    assert sample("mq_emulator_side_effects_total", service="sts", action="AssumeRole", outcome="ok", acting_as="service") >= 1
    asked = {"service": "iam", "action": "CreateServiceLinkedRole", "outcome": "ok"}
    assert sample("mq_emulator_side_effects_total", **asked, acting_as="caller") == 1
    assert sample("mq_emulator_decisions_total", effect="allowed") > 5
    assert sample("mq_emulator_brokers", state="RUNNING") == 1
    assert sample("mq_emulator_brokers", state="CREATION_FAILED") == 0
    assert sample("mq_emulator_timers", background="true") > 0
    assert sample("mq_emulator_journal_entries") == len(server.world.journal.select())
    assert sample("mq_emulator_requests_total", service="mq", status="200") == 1
    assert sample("mq_emulator_request_seconds_count", service="mq") == 1


def test_counters_outlive_a_reset_and_gauges_do_not(server: Server, client: Clients, sample: Samples) -> None:
    create_broker(client)
    server.world.reset()
    assert sample("mq_emulator_calls_total", service="mq", action="CreateBroker", outcome="ok") == 1
    assert (sample("mq_emulator_brokers", state="CREATION_IN_PROGRESS"), sample("mq_emulator_journal_entries")) == (0, 0)


def test_no_label_is_taken_from_a_request_as_it_stands(server: Server, http: requests.Session, sample: Samples) -> None:
    """What a client makes up has one value for all, so that nobody can fill the memory with names."""
    for number in range(3):
        http.get(f"{server.url}/_emulator/made-up-{number}", timeout=10)
        http.post(server.url, data={"Action": f"MadeUp{number}", "Version": "2010-05-08"}, timeout=10)
    assert sample("mq_emulator_requests_total", service="control", status="404") == 3
    assert sample("mq_emulator_requests_total", service="iam", status="403") == 3
    assert "made-up" not in http.get(f"{server.url}/_emulator/metrics", timeout=10).text
    assert "MadeUp" not in http.get(f"{server.url}/_emulator/metrics", timeout=10).text


def test_metrics_say_which_emulator_and_process_this_is(server: Server, http: requests.Session) -> None:
    text = http.get(f"{server.url}/_emulator/metrics", timeout=10).text
    assert "mq_emulator_build_info{version=" in text
    assert "process_resident_memory_bytes" in text
    openmetrics = {"Accept": "application/openmetrics-text; version=1.0.0"}
    assert http.get(f"{server.url}/_emulator/metrics", headers=openmetrics, timeout=10).text.endswith("# EOF\n")


# Lines of log ------------------------------------------------------------------------------------------------------


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was told of requests since the test began."""
    written = StringIO()
    with requests_told_to(written, "json"):
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_each_request_is_a_line(server: Server, client: Clients, http: requests.Session, lines: Lines) -> None:
    answer = client("mq").list_brokers()
    http.get(f"{server.url}/_emulator/clock", timeout=10)
    http.get(f"{server.url}/_emulator/health", timeout=10)
    http.get(f"{server.url}/_emulator/metrics", timeout=10)
    call, clock = lines()
    assert list(call) == ["time", "level", "logger", "message", "requestId", "service", "action", "status", "milliseconds"]
    assert (call["logger"], call["service"], call["action"], call["status"]) == ("emulator.requests", "mq", "ListBrokers", 200)
    assert call["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert call["milliseconds"] >= 0
    assert call["message"] == f"200 mq:ListBrokers in {call['milliseconds']} ms {call['requestId']}"
    assert (clock["route"], clock["status"], clock["level"]) == ("GET /_emulator/clock", 200, "info")
    assert "service" not in clock


def test_lines_to_read(client: Clients) -> None:
    written = StringIO()
    with requests_told_to(written, "console"):
        client("mq").list_brokers()
    assert re.fullmatch(r"INFO emulator\.requests: 200 mq:ListBrokers in \d+\.\d ms [0-9a-f-]{36}\n", written.getvalue())


def test_in_process_they_are_told_to_logging(client: Clients, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "emulator"):
        client("mq").list_brokers()
    (record,) = [record for record in caplog.records if record.name == "emulator.requests"]
    assert record.getMessage().startswith("200 mq:ListBrokers in ")


@pytest.mark.parametrize("is_there", [False, True])
def test_calls_are_answered_when_nobody_can_be_told(is_there: bool, client: Clients) -> None:
    closed = StringIO()
    closed.close()
    with requests_told_to(closed if is_there else None, "console"):
        assert client("mq").list_brokers()["BrokerSummaries"] == []


def test_lines_hold_no_secret(server: Server, client: Clients, http: requests.Session, lines: Lines) -> None:
    """A presigned URL carries its signature and token in the query string."""
    iam = client("iam")
    iam.create_user(UserName="ann")
    secret = iam.create_access_key(UserName="ann")["AccessKey"]["SecretAccessKey"]
    url = client("sts").generate_presigned_url("get_caller_identity")
    assert http.get(url, timeout=10).status_code == 200
    create_broker(client)
    http.get(f"{server.url}/v1/sneaky%0Aname", timeout=10)
    told = "\n".join(map(str, lines()))
    assert "sts:GetCallerIdentity" in told
    for hidden in (secret, PASSWORD, "X-Amz-Signature", "Signature", "sneaky"):
        assert hidden not in told


def test_a_traceback_is_a_part_of_its_line() -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        record = logging.getLogger("emulator").makeRecord("emulator", logging.ERROR, "f", 1, "it %s", ("failed",), sys.exc_info())
    told = json.loads(JsonLines().format(record))
    assert (told["message"], told["level"]) == ("it failed", "error")
    assert told["traceback"].endswith("ZeroDivisionError: division by zero")


# The process -------------------------------------------------------------------------------------------------------


def test_what_is_under_way_is_answered_before_the_end(client: Clients) -> None:
    """A call waits for another when the emulator is told to stop; both its work and its whole answer are still done."""
    stopping = Server(Config(port=0, pace="real"))
    with ThreadPoolExecutor(1) as pool, stopping:
        iam = client("iam", endpoint_url=stopping.url)
        with stopping.world.lock:
            under_way = pool.submit(iam.list_policies, Scope="AWS", MaxItems=1000)
            while not stopping.is_busy:
                pass
            stopping.stop()
        assert len(under_way.result(timeout=30)["Policies"]) > 1


def test_an_answer_that_its_client_is_slow_to_read_is_sent_to_its_end() -> None:
    """Far more than the system keeps on its way: it is still in the emulator when that is told to stop."""
    stopping = Server(Config(port=0, pace="real"))
    for _ in range(8_000):
        stopping.world.journal.write("control", "clock", params={"note": "n" * 2_000})
    with stopping, socket.create_connection(("127.0.0.1", stopping.port), timeout=30) as client:
        client.sendall(b"GET /_emulator/journal HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = client.recv(1_000)
        stopping.stop()
        while received := client.recv(1_000_000):
            answer += received
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(json.loads(body)["entries"]) == 8_000


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], Path]]]:
    """Starts ``mq-emulator serve`` as its environment says; gives the process and its port file, which is there."""
    started: list[subprocess.Popen[str]] = []

    def start(**variables: str) -> tuple[subprocess.Popen[str], Path]:
        path = tmp_path / "port"
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "serve"],
            env={**os.environ, "MQ_EMULATOR_PORT": "0", "MQ_EMULATOR_PORT_FILE": str(path), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        process.stdout.readline()
        return process, path

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_port_file_is_there_as_long_as_it_listens(
    serving: Callable[..., tuple[subprocess.Popen[str], Path]], http: requests.Session, tmp_path: Path
) -> None:
    process, path = serving(MQ_EMULATOR_LOG_FORMAT="json")
    port = int(path.read_text())
    assert list(tmp_path.iterdir()) == [path], "no draft is left behind"
    environment = {**os.environ, "MQ_EMULATOR_PORT": str(port)}
    asked = [sys.executable, "-m", "emulator", "health"]
    told = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout == "ready\n"
    assert http.get(f"http://127.0.0.1:{port}/_emulator/clock", timeout=10).status_code == 200
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert not path.exists()
    (line,) = map(json.loads, errors.splitlines())
    assert (line["logger"], line["route"]) == ("emulator.requests", "GET /_emulator/clock")
    gone = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (gone.returncode, gone.stderr) == (1, f"mq-emulator: no emulator answers at http://127.0.0.1:{port}\n")


def test_a_port_file_that_cannot_be_written(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "emulator", "serve", "--port", "0", "--port-file", str(tmp_path / "none" / "port")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr == f"mq-emulator: cannot write the port file {tmp_path}/none/port: No such file or directory\n"
