"""Policies of users and roles: inline, attached, and AWS's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest

from emulator import AwsError, World
from emulator.engine import identity
from emulator.policy.document import parse
from emulator.services.managed import managed_policies

ACCOUNT = "111122223333"
Ask = Callable[..., dict[str, Any]]
DOCUMENT = """{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "mq:*", "Resource": "*"}
}"""
TRUST = '{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}'
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
FULL = "arn:aws:iam::aws:policy/AmazonMQFullAccess"
SERVICE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"


@pytest.fixture(params=["User", "Role"])
def kind(request: pytest.FixtureRequest, ask: Ask) -> str:
    """A user or a role named Ada."""
    if request.param == "User":
        ask("iam:CreateUser", UserName="Ada")
    else:
        ask("iam:CreateRole", RoleName="Ada", AssumeRolePolicyDocument=TRUST)
    return str(request.param)


@pytest.fixture
def on(ask: Ask, kind: str) -> Callable[..., dict[str, Any]]:
    """``on("Put{}Policy", …)``: the operation on Ada, under another spelling of the name."""

    def run(operation: str, name: str = "ADA", **params: Any) -> dict[str, Any]:
        return ask(f"iam:{operation.format(kind)}", **{f"{kind}Name": name}, **params)

    return run


# inline --------------------------------------------------------------------------------------------------------------


def test_an_inline_policy_is_answered_as_it_was_written(on: Ask, kind: str) -> None:
    assert on("Put{}Policy", PolicyName="Mine", PolicyDocument=DOCUMENT) == {}
    answer = on("Get{}Policy", PolicyName="Mine")
    assert answer == {f"{kind}Name": "Ada", "PolicyName": "Mine", "PolicyDocument": quote(DOCUMENT, safe="")}


def test_policy_names_match_in_any_letter_case(on: Ask) -> None:
    on("Put{}Policy", PolicyName="MixedName", PolicyDocument=DOCUMENT)
    on("Put{}Policy", PolicyName="mixedname", PolicyDocument=DOCUMENT.replace("Allow", "Deny"))
    assert on("List{}Policies")["PolicyNames"] == ["MixedName"]
    answer = on("Get{}Policy", PolicyName="MIXEDNAME")
    assert answer["PolicyName"] == "MIXEDNAME"
    assert "Deny" in unquote(answer["PolicyDocument"])
    assert on("Delete{}Policy", PolicyName="mixedNAME") == {}
    assert on("List{}Policies")["PolicyNames"] == []


def test_an_unknown_inline_policy(on: Ask, kind: str) -> None:
    for operation in ("Get{}Policy", "Delete{}Policy"):
        with pytest.raises(AwsError, match=f"^NoSuchEntity: The {kind.lower()} policy with name p cannot be found\\.$"):
            on(operation, PolicyName="p")


def test_malformed_documents(on: Ask) -> None:
    for document, text in (("{", "Syntax errors in policy."), (DOCUMENT.replace("mq:*", "mq"), "Actions/Conditions must be")):
        with pytest.raises(AwsError, match=f"^MalformedPolicyDocument: {re.escape(text)}"):
            on("Put{}Policy", PolicyName="p", PolicyDocument=document)
    assert on("List{}Policies")["PolicyNames"] == []


def test_all_inline_policies_together_have_a_largest_size(on: Ask, kind: str) -> None:
    most = {"User": 2048, "Role": 10240}[kind]
    spaces = DOCUMENT.replace("{", "{" + " " * 3000)
    on("Put{}Policy", PolicyName="one", PolicyDocument=spaces)  # white space does not count
    actions = [f"mq:Action{number:05}" for number in range(most // 16)]
    document = json.dumps({"Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
    text = f"Maximum policy size of {most} bytes exceeded for {kind.lower()} Ada"
    with pytest.raises(AwsError, match=f"^LimitExceeded: {text}$"):
        on("Put{}Policy", PolicyName="two", PolicyDocument=document)
    assert on("List{}Policies")["PolicyNames"] == ["one"]


def test_pages_of_inline_policies(on: Ask) -> None:
    for name in "cab":
        on("Put{}Policy", PolicyName=name, PolicyDocument=DOCUMENT)
    first = on("List{}Policies", MaxItems=2)
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a", "b"], True)
    assert on("List{}Policies", MaxItems=2, Marker=first["Marker"])["PolicyNames"] == ["c"]


# attached ------------------------------------------------------------------------------------------------------------


def test_attach_and_detach(ask: Ask, on: Ask) -> None:
    assert on("Attach{}Policy", PolicyArn=FULL) == {}
    assert on("Attach{}Policy", PolicyArn=FULL) == {}
    assert on("ListAttached{}Policies") == {
        "AttachedPolicies": [{"PolicyName": "AmazonMQFullAccess", "PolicyArn": FULL}],
        "IsTruncated": False,
        "Marker": None,
    }
    assert ask("iam:GetPolicy", PolicyArn=FULL)["Policy"]["AttachmentCount"] == 1
    assert on("Detach{}Policy", PolicyArn=FULL) == {}
    assert on("ListAttached{}Policies")["AttachedPolicies"] == []


def test_attached_policies_by_path_and_page(on: Ask) -> None:
    for arn in (FULL, ADMIN):
        on("Attach{}Policy", PolicyArn=arn)
    assert on("ListAttached{}Policies", PathPrefix="/aws-service-role/")["AttachedPolicies"] == []
    first = on("ListAttached{}Policies", MaxItems=1)
    assert first["AttachedPolicies"][0]["PolicyArn"] == ADMIN
    assert on("ListAttached{}Policies", Marker=first["Marker"])["AttachedPolicies"][0]["PolicyArn"] == FULL


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:policy/Nothing",
        f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess",
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
    ],
)
def test_policies_that_do_not_exist(on: Ask, arn: str) -> None:
    with pytest.raises(AwsError, match=f"^NoSuchEntity: Policy {arn} does not exist or is not attachable\\.$"):
        on("Attach{}Policy", PolicyArn=arn)
    with pytest.raises(AwsError, match=f"^NoSuchEntity: Policy {arn} was not found\\.$"):
        on("Detach{}Policy", PolicyArn=arn)


def test_what_is_no_arn(on: Ask) -> None:
    for operation in ("Attach{}Policy", "Detach{}Policy"):
        with pytest.raises(AwsError, match=r"^ValidationError: Invalid ARN:  Could not be parsed!$"):
            on(operation, PolicyArn="longpolicynamebutnoarn")


def test_policies_for_services_cannot_be_attached(on: Ask, kind: str) -> None:
    to = {"Role": "a Customer Role", "User": "an IAM user"}[kind]
    with pytest.raises(AwsError, match=f"^PolicyNotAttachable: Cannot attach a Service Role Policy to {to}\\.$"):
        on("Attach{}Policy", PolicyArn=SERVICE_POLICY)


def test_ten_policies_can_be_attached(on: Ask, kind: str) -> None:
    arns = [policy.arn("aws") for policy in managed_policies() if not policy.is_for_services]
    for arn in arns[:10]:
        on("Attach{}Policy", PolicyArn=arn)
    with pytest.raises(AwsError, match=f"^LimitExceeded: Cannot exceed quota for PoliciesPer{kind}: 10$"):
        on("Attach{}Policy", PolicyArn=arns[10])


def test_the_policy_is_a_condition_key(world: World, ask: Ask, on: Ask, kind: str) -> None:
    ask("iam:CreateUser", UserName="bob")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"])
    assert key is not None
    bob = identity.of_access_key(world, key)
    statement = {
        "Effect": "Allow",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonMQ*"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    ask("iam:PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=document)
    on("Attach{}Policy", as_=bob, PolicyArn=FULL)
    on("Detach{}Policy", as_=bob, PolicyArn=FULL)
    for operation in ("Attach{}Policy", "Detach{}Policy"):
        with pytest.raises(AwsError, match=f"^AccessDenied: .*iam:{operation.format(kind)} on resource"):
            on(operation, as_=bob, PolicyArn=ADMIN)


def test_what_is_attached_counts(world: World, ask: Ask) -> None:
    ask("iam:CreateUser", UserName="bob")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"])
    assert key is not None
    bob = identity.of_access_key(world, key)
    ask("iam:AttachUserPolicy", UserName="bob", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert ask("iam:ListUsers", as_=bob)["Users"]
    with pytest.raises(AwsError, match=r"because no identity-based policy allows the iam:CreateUser action$"):
        ask("iam:CreateUser", as_=bob, UserName="eve")


# AWS's own -----------------------------------------------------------------------------------------------------------


def test_get_policy(ask: Ask) -> None:
    found = ask("iam:GetPolicy", PolicyArn=SERVICE_POLICY)["Policy"]
    assert re.fullmatch("ANPA[A-Z2-7]{17}", found.pop("PolicyId"))
    created = 1_604_506_037.0  # 2020-11-04T16:07:17Z
    assert found == {
        "PolicyName": "AmazonMQServiceRolePolicy",
        "Arn": SERVICE_POLICY,
        "Path": "/aws-service-role/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": created,
        "UpdateDate": created,
        "Description": None,
        "Tags": [],
    }


def test_get_policy_version(ask: Ask) -> None:
    found = ask("iam:GetPolicyVersion", PolicyArn=FULL, VersionId="v5")["PolicyVersion"]
    document = json.loads(unquote(found.pop("Document")))
    assert document["Statement"][2]["Condition"] == {"StringLike": {"iam:AWSServiceName": "mq.amazonaws.com"}}
    assert found == {"VersionId": "v5", "IsDefaultVersion": True, "CreateDate": 1_604_507_649.0}
    with pytest.raises(AwsError, match=f"^NoSuchEntity: Policy {FULL} version v4 does not exist or is not attachable\\.$"):
        ask("iam:GetPolicyVersion", PolicyArn=FULL, VersionId="v4")


def test_an_edited_policy_reads_as_edited(world: World, ask: Ask) -> None:
    world.edit_managed_policy(ACCOUNT, FULL, DOCUMENT)
    found = ask("iam:GetPolicyVersion", PolicyArn=FULL, VersionId="v5")["PolicyVersion"]
    assert unquote(found["Document"]) == DOCUMENT
    other = ask("iam:GetPolicyVersion", PolicyArn=FULL, VersionId="v5", account="444455556666")["PolicyVersion"]
    assert unquote(other["Document"]) != DOCUMENT


def test_policies_that_cannot_be_read(ask: Ask) -> None:
    arn = "arn:aws:iam::aws:policy/Nothing"
    with pytest.raises(AwsError, match=f"^NoSuchEntity: Policy {arn} was not found\\.$"):
        ask("iam:GetPolicy", PolicyArn=arn)
    with pytest.raises(AwsError, match=r"^ValidationError: Invalid ARN:  Could not be parsed!$"):
        ask("iam:GetPolicyVersion", PolicyArn="longpolicynamebutnoarn", VersionId="v1")


def test_list_policies(ask: Ask) -> None:
    ask("iam:CreateUser", UserName="Ada")
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn=FULL)

    def names(**params: Any) -> list[str]:
        return [policy["PolicyName"] for policy in ask("iam:ListPolicies", **params)["Policies"]]

    everything = [policy.name for policy in sorted(managed_policies(), key=lambda policy: policy.arn("aws"))]
    assert names() == names(Scope="All") == names(Scope="AWS") == names(PolicyUsageFilter="PermissionsBoundary") == everything
    assert names(Scope="Local") == []
    assert names(PathPrefix="/aws-service-role/") == ["AmazonMQServiceRolePolicy"]
    assert names(OnlyAttached=True) == names(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == ["AmazonMQFullAccess"]
    assert names(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary") == []
    first = ask("iam:ListPolicies", MaxItems=3)
    assert names(Marker=first["Marker"]) == everything[3:]


def test_another_partition_has_them_under_its_own_arns(ask: Ask) -> None:
    arns = [policy["Arn"] for policy in ask("iam:ListPolicies", region="cn-north-1")["Policies"]]
    assert {arn.split(":")[1] for arn in arns} == {"aws-cn"}


@pytest.mark.parametrize("policy", managed_policies(), ids=lambda policy: policy.name)
def test_every_managed_document_is_a_policy(policy: identity.ManagedPolicy) -> None:
    assert parse(policy.document, "identity").statements
    assert len(policy.document) < 131_072
    assert policy.created <= policy.updated
