"""Every result of CloudWatch Logs, written as the wire has it, is read by botocore as it was."""

from __future__ import annotations

import json
from typing import Any

import botocore.parsers
import botocore.session
import pytest

from emulator import AwsError, World
from emulator.services.logs.log_record import record_pointer
from emulator.shapes.write import error_reply, writer
from tests.conftest import ACCOUNT, REGION, Ask

MODEL = botocore.session.get_session().get_service_model("logs")
PARSER = botocore.parsers.create_parser("json")


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
    "DescribeAccountPolicies": {"policyType": "DATA_PROTECTION_POLICY"},
    "DescribeDestinations": {"DestinationNamePrefix": "d", "limit": 1},
    "DescribeExportTasks": {"statusCode": "RUNNING"},
    "DescribeQueries": {"logGroupName": "/app/a"},
    "DescribeQueryDefinitions": {"queryDefinitionNamePrefix": "q"},
    "DescribeDeliveries": {},
    "DescribeDeliverySources": {},
    "DescribeDeliveryDestinations": {},
    "DescribeSubscriptionFilters": {"logGroupName": "/app/a"},
    "DescribeIndexPolicies": {"logGroupIdentifiers": ["/app/a"]},
    "ListLogAnomalyDetectors": {},
    "ListIntegrations": {},
    "GetDataProtectionPolicy": {"logGroupIdentifier": "/app/a"},
}
"""What lists things that cannot exist here."""


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
    page = ask("logs:FilterLogEvents", **group, limit=1)
    assert page["nextToken"]
    ask("logs:DeleteRetentionPolicy", **group)
    named = {"logGroupIdentifier": "/app/a"}
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/a"
    ask("logs:TagLogGroup", **group, tags={"a": "1"})
    ask("logs:TagResource", resourceArn=arn, tags={"b": "2"})
    assert ask("logs:ListTagsLogGroup", **group) == ask("logs:ListTagsForResource", resourceArn=arn)
    ask("logs:UntagLogGroup", **group, tags=["a"])
    ask("logs:UntagResource", resourceArn=arn, tagKeys=["b"])
    ask("logs:AssociateKmsKey", **group, kmsKeyId=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k")
    ask("logs:DisassociateKmsKey", **group)
    ask("logs:PutLogGroupDeletionProtection", **named, deletionProtectionEnabled=True)
    ask("logs:PutLogGroupDeletionProtection", **named, deletionProtectionEnabled=False)
    assert ask("logs:ListLogGroups")["logGroups"]
    transformations = [
        {
            "metricName": "m",
            "metricNamespace": "n",
            "metricValue": "$.v",
            "dimensions": {"D": "$.d"},
            "unit": "Count",
        }
    ]
    ask("logs:PutMetricFilter", **group, filterName="f", filterPattern="{ $.v = * }", metricTransformations=transformations)
    assert ask("logs:DescribeMetricFilters", **group)["metricFilters"]
    assert ask("logs:TestMetricFilter", filterPattern="[a]", logEventMessages=["x y"])["matches"]
    ask("logs:DeleteMetricFilter", **group, filterName="f")
    pointer = record_pointer("/app/a", "s", page["events"][0]["eventId"])
    assert ask("logs:GetLogRecord", logRecordPointer=pointer)["logRecord"]
    for policy in ({"policyName": "p"}, {"resourceArn": arn}):
        assert ask("logs:PutResourcePolicy", **policy, policyDocument=POLICY)["resourcePolicy"]
    assert ask("logs:DescribeResourcePolicies")["resourcePolicies"]
    assert ask("logs:DescribeResourcePolicies", policyScope="RESOURCE")["resourcePolicies"]
    ask("logs:DeleteResourcePolicy", policyName="p")
    for operation, given in EMPTY.items():
        assert list(ask(f"logs:{operation}", **given).values()) in ([[]], ["/app/a"])
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


def test_regions_and_accounts_keep_to_themselves(ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g")
    assert ask("logs:DescribeLogGroups", region=REGION)["logGroups"]
    assert not ask("logs:DescribeLogGroups", region="eu-west-1")["logGroups"]
    assert not ask("logs:DescribeLogGroups", account="444455556666")["logGroups"]


@pytest.mark.parametrize("operation", [name for name in EMPTY if name not in {"ListIntegrations", "GetDataProtectionPolicy"}])
def test_a_list_that_never_had_a_page_knows_no_token(ask: Ask, operation: str) -> None:
    ask("logs:CreateLogGroup", logGroupName="/app/a")
    with pytest.raises(AwsError, match="The specified nextToken is invalid"):
        ask(f"logs:{operation}", **EMPTY[operation], nextToken="t")


@pytest.mark.parametrize("operation", ["DescribeSubscriptionFilters", "DescribeIndexPolicies", "GetDataProtectionPolicy"])
def test_what_belongs_to_a_group_wants_the_group(ask: Ask, operation: str) -> None:
    with pytest.raises(AwsError, match="The specified log group does not exist"):
        ask(f"logs:{operation}", **EMPTY[operation])
