"""CloudWatch Logs through real clients: every operation with boto3, the main ones with the AWS CLI, and what a tail does."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jmespath
import pytest
import yaml
from botocore.exceptions import ClientError

from emulator.server import Server
from emulator.services import logs as service

AWS = Path(sys.executable).with_name("aws")
Aws = Callable[..., Any]
Client = Callable[..., Any]
TRANSFORMATION = {"metricName": "Errors", "metricNamespace": "Broker", "metricValue": "1"}
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "mq.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
            }
        ],
    }
)
EMPTY: dict[str, dict[str, Any]] = {
    "describe_account_policies": {"policyType": "RETENTION_POLICY"},
    "describe_destinations": {"DestinationNamePrefix": "d"},
    "describe_export_tasks": {},
    "describe_queries": {"logGroupName": "g"},
    "describe_query_definitions": {},
    "describe_deliveries": {},
    "describe_delivery_sources": {},
    "describe_delivery_destinations": {},
    "describe_subscription_filters": {"logGroupName": "g"},
    "describe_index_policies": {"logGroupIdentifiers": ["g"]},
    "list_log_anomaly_detectors": {},
    "list_integrations": {},
}


@pytest.fixture(name="logs")
def _logs(client: Client) -> Any:
    made = client("logs")
    made.create_log_group(logGroupName="g", tags={"team": "mq"})
    made.create_log_stream(logGroupName="g", logStreamName="s")
    return made


def put(logs: Any, server: Server, *messages: str, stream: str = "s") -> None:
    now = int(server.world.clock.now() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_groups_and_their_settings(logs: Any, account: str) -> None:
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:g"
    logs.put_retention_policy(logGroupName="g", retentionInDays=7)
    logs.associate_kms_key(logGroupName="g", kmsKeyId=f"arn:aws:kms:us-east-1:{account}:key/k")
    logs.put_log_group_deletion_protection(logGroupIdentifier=arn, deletionProtectionEnabled=True)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="g")["logGroups"]
    assert (group["retentionInDays"], group["kmsKeyId"].rsplit("/")[-1], group["deletionProtectionEnabled"]) == (7, "k", True)
    assert refusal(logs.delete_log_group, logGroupName="g")[0] == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier="g", deletionProtectionEnabled=False)
    logs.disassociate_kms_key(logGroupName="g")
    logs.delete_retention_policy(logGroupName="g")
    logs.tag_resource(resourceArn=arn, tags={"env": "test"})
    logs.tag_log_group(logGroupName="g", tags={"old": "way"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "mq", "env": "test", "old": "way"}
    logs.untag_resource(resourceArn=arn, tagKeys=["team"])
    logs.untag_log_group(logGroupName="g", tags=["old"])
    assert logs.list_tags_log_group(logGroupName="g")["tags"] == {"env": "test"}
    assert [one["logGroupArn"] for one in logs.list_log_groups(logGroupTags=[{"key": "env", "values": ["t*"]}])["logGroups"]] == [
        arn
    ]
    logs.delete_log_stream(logGroupName="g", logStreamName="s")
    logs.delete_log_group(logGroupName="g")
    assert logs.describe_log_groups()["logGroups"] == []


def test_paginators(logs: Any, server: Server) -> None:
    for number in range(60):
        logs.create_log_stream(logGroupName="g", logStreamName=f"s{number:02}")
    streams = logs.get_paginator("describe_log_streams").paginate(logGroupName="g").build_full_result()["logStreams"]
    assert len(streams) == 61
    assert len(logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", descending=True)["logStreams"]) == 50
    put(logs, server, *map(str, range(50)))
    put(logs, server, *map(str, range(50, 100)), stream="s07")
    events = logs.get_paginator("filter_log_events").paginate(logGroupName="g", PaginationConfig={"PageSize": 7})
    assert sorted(int(event["message"]) for page in events for event in page["events"]) == list(range(100))
    for number in range(3):
        logs.create_log_group(logGroupName=f"g{number}")
    groups = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 2}).build_full_result()
    assert [group["logGroupName"] for group in groups["logGroups"]] == ["g", "g0", "g1", "g2"]


def test_events_both_ways(logs: Any, server: Server) -> None:
    put(logs, server, *"abcdef")
    stream = {"logGroupName": "g", "logStreamName": "s", "limit": 4}
    first = logs.get_log_events(**stream, startFromHead=True)
    second = logs.get_log_events(**stream, startFromHead=True, nextToken=first["nextForwardToken"])
    end = logs.get_log_events(**stream, startFromHead=True, nextToken=second["nextForwardToken"])
    assert ["".join(event["message"] for event in page["events"]) for page in (first, second, end)] == ["abcd", "ef", ""]
    assert end["nextForwardToken"] == second["nextForwardToken"]
    back = logs.get_log_events(**stream, nextToken=second["nextBackwardToken"])
    assert [event["message"] for event in back["events"]] == list("abcd")


def test_filters_and_patterns(logs: Any, server: Server, account: str) -> None:
    logs.put_metric_filter(
        logGroupName="g", filterName="f", filterPattern="{ $.level = error }", metricTransformations=[TRANSFORMATION]
    )
    put(logs, server, '{"level":"error"}', '{"level":"info"}', "level error")
    assert [one["filterName"] for one in logs.describe_metric_filters(logGroupName="g")["metricFilters"]] == ["f"]
    assert [one["matches"] for one in service.metric_matches(server.world, account, "us-east-1")] == [1]
    tested = logs.test_metric_filter(filterPattern="[level = e*, what]", logEventMessages=["x", "error full"])["matches"]
    assert tested == [{"eventNumber": 2, "eventMessage": "error full", "extractedValues": {"$level": "error", "$what": "full"}}]
    logs.delete_metric_filter(logGroupName="g", filterName="f")
    found = logs.filter_log_events(logGroupName="g", filterPattern="error -info")["events"]
    assert [event["message"] for event in found] == ['{"level":"error"}', "level error"]
    bad = "{ $.level EXISTS }"
    assert refusal(logs.filter_log_events, logGroupName="g", filterPattern=bad) == (
        "InvalidParameterException",
        "Invalid filter pattern",
    )
    assert refusal(logs.test_metric_filter, filterPattern=bad, logEventMessages=["x"]) == (
        "InvalidParameterException",
        "Invalid metric filter pattern",
    )
    pointer = service.log_record.record_pointer("g", "s", found[0]["eventId"])
    assert logs.get_log_record(logRecordPointer=pointer)["logRecord"]["level"] == "error"


def test_resource_policies(logs: Any) -> None:
    logs.put_resource_policy(policyName="amazon-mq", policyDocument=POLICY)
    (policy,) = logs.describe_resource_policies()["resourcePolicies"]
    assert (policy["policyName"], json.loads(policy["policyDocument"])) == ("amazon-mq", json.loads(POLICY))
    assert refusal(logs.put_resource_policy, policyName="p", policyDocument="{")[0] == "InvalidParameterException"
    logs.delete_resource_policy(policyName="amazon-mq")
    assert refusal(logs.delete_resource_policy, policyName="amazon-mq") == (
        "ResourceNotFoundException",
        "Policy with name [amazon-mq] does not exist.",
    )


@pytest.mark.parametrize("operation", EMPTY)
def test_lists_of_what_cannot_be(logs: Any, operation: str) -> None:
    answer = getattr(logs, operation)(**EMPTY[operation])
    answer.pop("ResponseMetadata")
    assert list(answer.values()) == [[]]


def test_a_group_without_a_data_protection_policy(logs: Any) -> None:
    answer = logs.get_data_protection_policy(logGroupIdentifier="g")
    assert answer["logGroupIdentifier"] == "g"
    assert "policyDocument" not in answer


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        (
            "put_subscription_filter",
            {"logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": "arn:aws:lambda:r:1:f"},
        ),
        ("start_query", {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "fields @message"}),
        ("create_export_task", {"logGroupName": "g", "fromTime": 0, "to": 1, "destination": "b"}),
        ("put_destination", {"destinationName": "d", "targetArn": "arn:t", "roleArn": "arn:r"}),
        ("put_account_policy", {"policyName": "p", "policyDocument": "{}", "policyType": "RETENTION_POLICY"}),
    ],
)
def test_what_is_not_there_says_so(logs: Any, operation: str, params: dict[str, Any]) -> None:
    code, text = refusal(getattr(logs, operation), **params)
    assert code == "NotImplemented"
    assert "is not implemented by mq-emulator" in text


def test_every_operation_is_called_here() -> None:
    """In this file or, of CreateLogGroup and its like, in the story of every test."""
    text = Path(__file__).read_text()
    for name in service.SERVICE.operations:
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        assert f".{snake}(" in text or f".{snake}," in text or snake in EMPTY, name


# tailing -----------------------------------------------------------------------------------------------------------


def tail(logs: Any, polls: Callable[[], bool], **given: Any) -> Iterator[str]:
    """What ``aws logs tail --follow`` does: page on while there is a token, else look again from the last event's time."""
    seen: dict[int, set[str]] = defaultdict(set)
    while polls():
        page = logs.filter_log_events(interleaved=True, **given)
        for event in page["events"]:
            if event["eventId"] not in seen[event["timestamp"]]:
                seen[event["timestamp"]].add(event["eventId"])
                yield event["message"]
        given.pop("nextToken", None)
        if "nextToken" in page:
            given["nextToken"] = page["nextToken"]
        elif seen:
            given["startTime"] = max(seen)
            seen = defaultdict(set, {max(seen): seen[max(seen)]})


def test_a_tail_follows_what_is_written(logs: Any, server: Server) -> None:
    lines = iter(range(1000))
    rounds = itertools.count()
    writer = threading.Thread(target=lambda: [put(logs, server, *(f"line {next(lines)}" for _ in range(10))) for _ in range(20)])
    put(logs, server, "line -1")
    writer.start()
    found = []
    for message in tail(logs, lambda: writer.is_alive() or next(rounds) < 50, logGroupName="g", limit=7):
        found.append(message)
        if len(found) == 201:
            break
    writer.join()
    assert sorted(int(message.split()[1]) for message in found) == list(range(-1, 200))


@pytest.fixture
def aws(server: Server, account: str, tmp_path: Path) -> Aws:
    """``aws("describe-log-groups", …)``: what the AWS CLI's ``logs`` command answers; ``fails=`` names the error."""

    def run(*arguments: str, fails: str = "") -> Any:
        done = subprocess.run(
            [str(AWS), "logs", *arguments, "--output", "json"],
            env=environment(server, account, tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if fails:
            assert f"({fails})" in done.stderr, done
            return done.stderr
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def environment(server: Server, account: str, home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def test_the_aws_cli(aws: Aws, server: Server, account: str) -> None:
    group = ("--log-group-name", "/aws/amazonmq/broker/b-1/general")
    stream = (*group, "--log-stream-name", "s")
    now = int(server.world.clock.now() * 1000)
    aws("create-log-group", *group, "--tags", "team=mq")
    aws("create-log-group", *group, fails="ResourceAlreadyExistsException")
    aws("create-log-stream", *stream)
    aws("put-log-events", *stream, "--log-events", f"timestamp={now},message=started", f"timestamp={now},message=ready")
    aws("put-retention-policy", *group, "--retention-in-days", "3")
    (shown,) = aws("describe-log-groups")["logGroups"]
    assert (shown["retentionInDays"], shown["storedBytes"]) == (3, 2 * 26 + 7 + 5)
    found = aws("filter-log-events", *group, "--filter-pattern", "ready")["events"]
    assert [event["message"] for event in found] == ["ready"]
    assert len(aws("get-log-events", *stream, "--start-from-head")["events"]) == 2
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group[1]}"
    assert aws("list-tags-for-resource", "--resource-arn", arn) == {"tags": {"team": "mq"}}
    metric = "metricName=Ready,metricNamespace=Broker,metricValue=1"
    named = ("--filter-name", "f", "--filter-pattern", "ready", "--metric-transformations", metric)
    aws("put-metric-filter", *group, *named)
    assert len(aws("describe-metric-filters", *group)["metricFilters"]) == 1
    matches = aws("test-metric-filter", "--filter-pattern", "[a, b]", "--log-event-messages", "x y", "z")["matches"]
    assert [match["extractedValues"] for match in matches] == [{"$a": "x", "$b": "y"}]
    aws("put-resource-policy", "--policy-name", "p", "--policy-document", POLICY)
    assert len(aws("describe-resource-policies")["resourcePolicies"]) == 1
    aws("delete-log-group", *group)
    assert aws("describe-log-groups")["logGroups"] == []


def tailing_cli() -> str | None:
    """An AWS CLI that has ``logs tail``: version 2, which PyPI does not have."""
    for candidate in (os.environ.get("AWS_CLI_V2"), shutil.which("aws2"), "/usr/bin/aws", "/usr/local/bin/aws"):
        if candidate and Path(candidate).exists():
            done = subprocess.run([candidate, "--version"], capture_output=True, text=True, timeout=30, check=False)
            if done.stdout.startswith("aws-cli/2"):
                return candidate
    return None


@pytest.mark.skipif(
    tailing_cli() is None, reason="no AWS CLI of version 2, which has `logs tail`, is installed (Debian: apt-get install awscli)"
)
def test_aws_logs_tail_follows(logs: Any, server: Server, account: str, tmp_path: Path) -> None:
    # Debian's version is older than AWS_ENDPOINT_URL
    endpoint = ("--endpoint-url", server.url)
    command = [str(tailing_cli()), *endpoint, "logs", "tail", "g", "--follow", "--format", "short", "--since", "5m"]
    put(logs, server, "before")
    env = environment(server, account, tmp_path)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        giving_up = threading.Timer(60, process.kill)
        giving_up.start()
        try:
            assert process.stdout is not None
            assert process.stdout.readline().rstrip().endswith("before")
            put(logs, server, "after")
            assert process.stdout.readline().rstrip().endswith("after")
        finally:
            giving_up.cancel()
            process.kill()


STORY = yaml.safe_load((Path(__file__).parents[1] / "cases/logs/cli.yaml").read_text())


def test_every_operation_through_the_aws_cli(aws: Aws, client: Client, server: Server, account: str) -> None:
    values = {
        "arn": f"arn:aws:logs:us-east-1:{account}:log-group:g",
        "now": int(server.world.clock.now() * 1000),
        "account": account,
    }
    for step in STORY:
        if step["call"] == "get-log-record":
            (event, *_) = client("logs").filter_log_events(logGroupName="g")["events"]
            values["pointer"] = service.log_record.record_pointer("g", "s", event["eventId"])
        answer = aws(step["call"], "--cli-input-json", json.dumps(filled(step.get("params", {}), values)))
        for path, wanted in step.get("want", {}).items():
            assert jmespath.search(path, answer) == filled(wanted, values), step


def filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, str):
        whole = re.fullmatch(r"\$\{(\w+)\}", value)
        return values[whole[1]] if whole else re.sub(r"\$\{(\w+)\}", lambda found: str(values[found[1]]), value)
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return {key: filled(item, values) for key, item in value.items()} if isinstance(value, dict) else value


def test_the_cli_story_has_every_operation() -> None:
    called = {step["call"].replace("-", "") for step in STORY}
    assert called == {name.lower() for name in service.SERVICE.operations}
