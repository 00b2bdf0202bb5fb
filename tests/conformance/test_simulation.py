"""The policy simulator through boto3: nested lists, maps, paginators and errors on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance.wire import Keys

Clients = Callable[..., Any]
OBJECTS = ["arn:aws:s3:::store/a", "arn:aws:s3:::store/b"]


def document(*statements: dict[str, Any]) -> str:
    whole = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": whole}, separators=(",", ":"))


@pytest.fixture
def iam(client: Clients) -> Any:
    return client("iam")


def test_a_custom_simulation_with_everything(iam: Any, account: str) -> None:
    """Every member at once, across accounts, and an answer with every member but the organization's word of denial."""
    caller = f"arn:aws:iam::{account}:user/ada"
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document({"Condition": {"ForAnyValue:StringEquals": {"k:list": "b"}, "Bool": {"k:missing": "true"}}})],
        PermissionsBoundaryPolicyInputList=[document({})],
        OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": [document({"Action": "*"}), document({})]}],
        ActionNames=["s3:GetObject"],
        ResourceArns=OBJECTS,
        ResourcePolicy=document({"Resource": "arn:aws:s3:::store/a", "Principal": {"AWS": caller}}),
        ResourceOwner="arn:aws:iam::999999999999:root",
        CallerArn=caller,
        ContextEntries=[{"ContextKeyName": "k:list", "ContextKeyType": "stringList", "ContextKeyValues": ["a", "b"]}],
        MaxItems=1,
    )
    details = {"IAM Policy": "implicitDeny", "Permissions Boundary Policy": "allowed"}
    denied = {"EvalResourceDecision": "implicitDeny", "MissingContextValues": ["k:missing"]}
    within = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True}}
    assert answer["IsTruncated"] is False
    assert answer["EvaluationResults"] == [
        {
            "EvalActionName": "s3:GetObject",
            "EvalResourceName": "arn:aws:s3:::${BucketName}/${KeyName}",
            "EvalDecision": "implicitDeny",
            "MatchedStatements": [],
            "MissingContextValues": ["k:missing"],
            "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
            **within,
            "EvalDecisionDetails": {**details, "Resource Policy": "implicitDeny"},
            "ResourceSpecificResults": [
                {
                    "EvalResourceName": OBJECTS[0],
                    **denied,
                    **within,
                    "EvalDecisionDetails": {**details, "Resource Policy": "allowed"},
                },
                {
                    "EvalResourceName": OBJECTS[1],
                    **denied,
                    **within,
                    "EvalDecisionDetails": {**details, "Resource Policy": "implicitDeny"},
                },
            ],
        }
    ]


def test_a_recorded_answer_in_full(iam: Any) -> None:
    """As real AWS answered on 2026-09-11 (recorded: custom_single_resource)."""
    answer = iam.simulate_custom_policy(PolicyInputList=[document({})], ActionNames=["s3:GetObject"], ResourceArns=OBJECTS[:1])
    statement = {
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 1, "Column": 38},
        "EndPosition": {"Line": 1, "Column": 95},
    }
    assert answer["EvaluationResults"] == [
        {
            "EvalActionName": "s3:GetObject",
            "EvalResourceName": OBJECTS[0],
            "EvalDecision": "allowed",
            "MatchedStatements": [statement],
            "MissingContextValues": [],
            "EvalDecisionDetails": {},
            "ResourceSpecificResults": [
                {"EvalResourceName": OBJECTS[0], "EvalResourceDecision": "allowed", "MatchedStatements": [statement]}
            ],
        }
    ]


def test_an_empty_list_of_policies_is_sent_and_taken(iam: Any) -> None:
    answer = iam.simulate_custom_policy(PolicyInputList=[], ActionNames=["s3:GetObject"], ResourceArns=[])
    assert [result["EvalDecision"] for result in answer["EvaluationResults"]] == ["implicitDeny"]


def test_the_service_linked_role_of_amazon_mq(iam: Any, account: str) -> None:
    """The question this emulator is for: what may the role do, and what is missing?"""
    iam.create_service_linked_role(AWSServiceName="mq.amazonaws.com")
    role = f"arn:aws:iam::{account}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
    endpoint = f"arn:aws:ec2:us-east-1:{account}:vpc-endpoint/vpce-1"
    ask = {"PolicySourceArn": role, "ActionNames": ["ec2:DeleteVpcEndpoints"], "ResourceArns": [endpoint]}
    before = iam.simulate_principal_policy(**ask)["EvaluationResults"][0]
    assert before["EvalDecision"] == "implicitDeny"
    assert "ec2:ResourceTag/AMQManaged" in before["MissingContextValues"]
    tag = {"ContextKeyName": "ec2:resourcetag/amqmanaged", "ContextKeyType": "string", "ContextKeyValues": ["true"]}
    after = iam.simulate_principal_policy(**ask, ContextEntries=[tag])["EvaluationResults"][0]
    assert after["EvalDecision"] == "allowed"
    assert [one["SourcePolicyId"] for one in after["MatchedStatements"]] == ["AmazonMQServiceRolePolicy"]
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=role)["ContextKeyNames"]
    assert "aws:RequestTag/AMQManaged" in keys


def test_a_place_points_into_the_document_that_aws_shows(iam: Any, account: str) -> None:
    """Start and end of a managed policy's statement hold that statement in what GetPolicyVersion returns or IAM stores."""
    iam.create_user(UserName="ada")
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "mq:*", "Resource": "*"}]}, indent=2)
    iam.put_user_policy(UserName="ada", PolicyName="Brokers", PolicyDocument=text)
    answer = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{account}:user/ada", ActionNames=["mq:ListBrokers"])
    found = answer["EvaluationResults"][0]["MatchedStatements"][0]
    assert found["SourcePolicyId"] == "user_ada_Brokers"
    lines = text.splitlines(keepends=True)
    start, end = (
        sum(map(len, lines[: at["Line"] - 1])) + at["Column"] - 1 for at in (found["StartPosition"], found["EndPosition"])
    )
    assert json.loads(text[start:end]) == {"Effect": "Allow", "Action": "mq:*", "Resource": "*"}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_paginators(iam: Any, account: str, size: int) -> None:
    iam.create_user(UserName="ada")
    actions = ["s3:GetObject", "s3:PutObject", "mq:ListBrokers"]
    custom = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document({})], ActionNames=actions, PaginationConfig={"PageSize": size}
    )
    assert [result["EvalActionName"] for page in custom for result in page["EvaluationResults"]] == actions
    principal = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=f"arn:aws:iam::{account}:user/ada", ActionNames=actions, PaginationConfig={"PageSize": size}
    )
    assert [result["EvalActionName"] for page in principal for result in page["EvaluationResults"]] == actions


def test_exclusions_reach_the_operation(iam: Any, account: str) -> None:
    iam.create_user(UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="Own", PolicyDocument=document({}))
    iam.attach_user_policy(UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AmazonMQReadOnlyAccess")
    own = {"PolicyName": "Own", "AttachmentType": "user", "AttachmentName": "ada"}
    answer = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account}:user/ada",
        ActionNames=["s3:GetObject", "mq:ListBrokers", "mq:DescribeBroker"],
        PolicyExclusionList=[{"InlinePolicyIdentifier": own}, {"PolicyArn": "arn:aws:iam::aws:policy/AmazonMQReadOnly*"}],
    )
    assert {result["EvalDecision"] for result in answer["EvaluationResults"]} == {"implicitDeny"}


def test_context_keys(iam: Any) -> None:
    texts = [document({"Condition": {"Null": {"a:A": "true"}}}), document({"Resource": "arn:aws:s3:::${aws:username}"})]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=texts)["ContextKeyNames"] == ["a:A", "aws:username"]


@pytest.mark.parametrize(
    ("operation", "params", "code", "status"),
    [
        ("simulate_custom_policy", {"PolicyInputList": ["{"], "ActionNames": ["s3:GetObject"]}, "InvalidInput", 400),
        ("simulate_custom_policy", {"PolicyInputList": [], "ActionNames": ["s3:GetObject"], "Marker": "x"}, "InvalidInput", 400),
        ("get_context_keys_for_custom_policy", {"PolicyInputList": ["{"]}, "InvalidInput", 400),
        ("simulate_principal_policy", {"PolicySourceArn": "user/nobody", "ActionNames": ["s3:GetObject"]}, "NoSuchEntity", 404),
        ("get_context_keys_for_principal_policy", {"PolicySourceArn": "group/nobody"}, "NoSuchEntity", 404),
        ("simulate_custom_policy", {"PolicyInputList": [""], "ActionNames": ["s3:GetObject"]}, "ValidationError", 400),
        ("simulate_custom_policy", {"PolicyInputList": ["{}"], "ActionNames": ["x"]}, "ValidationError", 400),
    ],
)
def test_errors(client: Clients, account: str, operation: str, params: dict[str, Any], code: str, status: int) -> None:
    iam = client("iam", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={}))
    if "PolicySourceArn" in params:
        params = {**params, "PolicySourceArn": f"arn:aws:iam::{account}:{params['PolicySourceArn']}"}
    with pytest.raises(ClientError) as raised:
        getattr(iam, operation)(**params)
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_who_may_not_ask(client: Clients, iam: Any, account: str) -> None:
    """Simulation discloses what others may do, so it is a permission of its own."""
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve = client("iam", keys=Keys(key["AccessKeyId"], key["SecretAccessKey"]))
    with pytest.raises(ClientError) as raised:
        eve.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{account}:user/eve", ActionNames=["s3:GetObject"])
    assert raised.value.response["Error"]["Code"] == "AccessDenied"
    assert "iam:SimulatePrincipalPolicy on resource: user eve" in raised.value.response["Error"]["Message"]
