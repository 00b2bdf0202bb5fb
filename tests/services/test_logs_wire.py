"""Every result of CloudWatch Logs, written as the wire has it, is read by botocore as it was."""

from __future__ import annotations

from typing import Any

import botocore.parsers
import botocore.session
import pytest

from emulator import AwsError, World
from emulator.services import logs
from emulator.shapes.write import error_reply, writer
from tests.conftest import REGION, Ask

MODEL = botocore.session.get_session().get_service_model("logs")
PARSER = botocore.parsers.create_parser("json")


def parsed(operation: str, result: dict[str, Any]) -> dict[str, Any]:
    """The result as a client sees it."""
    reply = writer("logs", operation)(result, "b25f48e8-84fd-11e6-80d9-574e0c4664cb")
    response = {"status_code": reply.status, "headers": reply.headers, "body": reply.body}
    shown: dict[str, Any] = PARSER.parse(response, MODEL.operation_model(operation).output_shape)
    assert shown.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return shown


def checked(ask: Ask) -> Ask:
    """``ask``, and a check that each result survives the wire."""

    def run(action: str, **given: Any) -> dict[str, Any]:
        result = ask(action, **given)
        assert parsed(action.split(":")[1], result) == result
        return result

    return run


def test_every_operation_answers_in_the_models_shape(ask: Ask, world: World) -> None:
    ask, group = checked(ask), {"logGroupName": "/app/a"}
    stream = {**group, "logStreamName": "s"}
    now = round(world.clock.now() * 1000)
    ask("logs:CreateLogGroup", **group, kmsKeyId="arn:aws:kms:us-east-1:111122223333:key/k")
    ask("logs:CreateLogStream", **stream)
    ask("logs:PutRetentionPolicy", **group, retentionInDays=7)
    events = [{"timestamp": now + hours * 3_600_000, "message": "é\n"} for hours in (-24 * 15, -24 * 8, -1, 0, 3)]
    ask("logs:PutLogEvents", **stream, logEvents=events)
    assert ask("logs:DescribeLogGroups")["logGroups"]
    assert ask("logs:DescribeLogStreams", **group)["logStreams"]
    assert ask("logs:GetLogEvents", **stream)["events"]
    assert ask("logs:FilterLogEvents", **group, limit=1)["nextToken"]
    ask("logs:DeleteRetentionPolicy", **group)
    ask("logs:DeleteLogStream", **stream)
    ask("logs:DeleteLogGroup", **group)


def test_operations_without_output_answer_with_an_empty_body() -> None:
    assert writer("logs", "CreateLogGroup")({}, "id").body == b""


def test_errors_reach_the_client(ask: Ask) -> None:
    with pytest.raises(AwsError) as caught:
        ask("logs:DeleteLogGroup", logGroupName="nowhere")
    reply = error_reply("logs", caught.value, "id")
    shown = PARSER.parse({"status_code": reply.status, "headers": reply.headers, "body": reply.body}, None)
    assert shown["Error"] == {"Code": "ResourceNotFoundException", "Message": "The specified log group does not exist."}
    assert reply.status == 400


@pytest.mark.parametrize(
    ("action", "given", "member"),
    [
        ("PutLogEvents", {"logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}], "entity": {}}, "entity"),
        ("GetLogEvents", {"logStreamName": "s", "unmask": True}, "unmask"),
        ("FilterLogEvents", {"unmask": True}, "unmask"),
        ("DescribeLogGroups", {"includeLinkedAccounts": True}, "includeLinkedAccounts"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(ask: Ask, action: str, given: dict[str, Any], member: str) -> None:
    named = {} if action == "DescribeLogGroups" else {"logGroupName": "g"}
    with pytest.raises(AwsError, match=f"The member {member} of logs:{action} is not implemented") as caught:
        ask(f"logs:{action}", **named, **given)
    assert caught.value.code == "NotImplemented"


def test_an_operation_that_nobody_wrote_is_refused_by_name(ask: Ask) -> None:
    with pytest.raises(AwsError, match="logs:StartQuery is not implemented"):
        ask("logs:StartQuery", queryString="q", startTime=0, endTime=1)


def test_the_service_holds_the_operations_that_it_claims() -> None:
    assert sorted(logs.SERVICE.operations) == [
        "CreateLogGroup",
        "CreateLogStream",
        "DeleteLogGroup",
        "DeleteLogStream",
        "DeleteRetentionPolicy",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "FilterLogEvents",
        "GetLogEvents",
        "PutLogEvents",
        "PutRetentionPolicy",
    ]


def test_regions_and_accounts_keep_to_themselves(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g")
    assert ask("logs:DescribeLogGroups", region=REGION)["logGroups"]
    assert not ask("logs:DescribeLogGroups", region="eu-west-1")["logGroups"]
    assert not ask("logs:DescribeLogGroups", account="444455556666")["logGroups"]
