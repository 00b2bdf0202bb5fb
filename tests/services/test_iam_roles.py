"""Ordinary IAM roles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from emulator import AwsError, World
from emulator.engine import identity

ACCOUNT = "111122223333"
NOW = 1_790_000_000.0
Ask = Callable[..., dict[str, Any]]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}}],
    }
)
STORED_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def role(ask: Ask) -> dict[str, Any]:
    made: dict[str, Any] = ask("iam:CreateRole", RoleName="Keeper", Path="/team/", AssumeRolePolicyDocument=TRUST)["Role"]
    return made


def test_the_answer_to_create_role(ask: Ask) -> None:
    """It has what was sent as it was sent, and neither description nor duration (observed)."""
    tags = [{"Key": "Team", "Value": "One"}]
    made = ask(
        "iam:CreateRole",
        RoleName="Keeper",
        Path="/team/",
        AssumeRolePolicyDocument=TRUST,
        Description="keeps",
        MaxSessionDuration=7200,
        Tags=tags,
    )["Role"]
    assert re.fullmatch("AROA[A-Z2-7]{17}", made["RoleId"])
    assert made.pop("AssumeRolePolicyDocument") == re.sub(r"[{}\[\]\":,\s]", lambda m: f"%{ord(m[0]):02X}", TRUST)
    assert made == {
        "Path": "/team/",
        "RoleName": "Keeper",
        "RoleId": made["RoleId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/team/Keeper",
        "CreateDate": NOW,
        "Tags": tags,
    }


def test_the_answer_to_get_role(ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:TagRole", RoleName="Keeper", Tags=[{"Key": "Team", "Value": "One"}])
    ask("iam:UpdateRole", RoleName="keeper", Description="keeps", MaxSessionDuration=7200)
    found = ask("iam:GetRole", RoleName="KEEPER")["Role"]
    assert json.loads(unquote(found.pop("AssumeRolePolicyDocument"))) == STORED_TRUST
    assert found == {
        "Path": "/team/",
        "RoleName": "Keeper",
        "RoleId": role["RoleId"],
        "Arn": role["Arn"],
        "CreateDate": NOW,
        "Description": "keeps",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": None,
        "Tags": [{"Key": "Team", "Value": "One"}],
        "RoleLastUsed": {},
    }


def test_a_list_of_roles_has_neither_tags_nor_last_use(ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:TagRole", RoleName="Keeper", Tags=[{"Key": "Team", "Value": "One"}])
    ask("iam:CreateRole", RoleName="Other", AssumeRolePolicyDocument=TRUST)
    (found,) = ask("iam:ListRoles", PathPrefix="/team/")["Roles"]
    assert found["RoleName"] == "Keeper"
    assert found["MaxSessionDuration"] == 3600
    assert not {"Tags", "RoleLastUsed"} & found.keys()
    assert len(ask("iam:ListRoles")["Roles"]) == 2


def test_last_use(world: World, ask: Ask) -> None:
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    arn = ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    answer = ask("sts:AssumeRole", as_=identity.service("ec2.amazonaws.com", ACCOUNT), RoleArn=arn, RoleSessionName="ss")
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    world.advance(10)
    ask("iam:ListUsers", as_=identity.of_session(world, session), region="eu-west-1")
    assert ask("iam:GetRole", RoleName="Keeper")["Role"]["RoleLastUsed"] == {"LastUsedDate": NOW + 10, "Region": "eu-west-1"}


def test_names_are_unique_in_any_letter_case(ask: Ask, role: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: Role with name KEEPER already exists\.$"):
        ask("iam:CreateRole", RoleName="KEEPER", AssumeRolePolicyDocument=TRUST)


def test_the_path_of_service_linked_roles_is_reserved(ask: Ask) -> None:
    text = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"
    with pytest.raises(AwsError, match=f"^InvalidInput: {text}$"):
        ask("iam:CreateRole", RoleName="x", Path="/aws-service-role/mq.amazonaws.com/", AssumeRolePolicyDocument=TRUST)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("{", "This policy contains invalid Json"),
        (TRUST.replace("sts:AssumeRole", "ec2:RunInstances"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (TRUST.replace("Principal", "NoSuchElement"), "Syntax errors in policy."),
    ],
)
def test_malformed_trust_policies(ask: Ask, role: dict[str, Any], document: str, text: str) -> None:
    for action, name in (("iam:CreateRole", "AssumeRolePolicyDocument"), ("iam:UpdateAssumeRolePolicy", "PolicyDocument")):
        with pytest.raises(AwsError, match=f"^MalformedPolicyDocument: {re.escape(text)}$"):
            ask(action, RoleName="New" if action == "iam:CreateRole" else "Keeper", **{name: document})
    assert [found["RoleName"] for found in ask("iam:ListRoles")["Roles"]] == ["Keeper"]


def test_a_trust_policy_has_a_largest_size(ask: Ask) -> None:
    principals = [f"arn:aws:iam::{ACCOUNT}:user/{number:040}" for number in range(30)]
    document = json.loads(TRUST)
    document["Statement"][0]["Principal"] = {"AWS": principals}
    with pytest.raises(AwsError, match=r"^LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048$"):
        ask("iam:CreateRole", RoleName="x", AssumeRolePolicyDocument=json.dumps(document))


def test_a_new_trust_policy(ask: Ask, role: dict[str, Any]) -> None:
    document = TRUST.replace("ec2.", "lambda.")
    assert ask("iam:UpdateAssumeRolePolicy", RoleName="KEEPER", PolicyDocument=document) == {}
    found = ask("iam:GetRole", RoleName="Keeper")["Role"]
    assert json.loads(unquote(found["AssumeRolePolicyDocument"]))["Statement"][0]["Principal"] == {
        "Service": "lambda.amazonaws.com"
    }


def test_a_stored_trust_policy_keeps_all_that_matters(ask: Ask) -> None:
    document = {
        "Version": "2012-10-17",
        "Id": "x",
        "Statement": {
            "Condition": {"StringEquals": {"sts:ExternalId": ["a"], "aws:PrincipalTag/k": ["b", "c"]}},
            "Sid": "One",
            "NotAction": "sts:TagSession",
            "NotPrincipal": {"AWS": ["1" * 12, "2" * 12]},
            "Effect": "Deny",
        },
    }
    ask("iam:CreateRole", RoleName="x", AssumeRolePolicyDocument=json.dumps(document, indent=2))
    assert unquote(ask("iam:GetRole", RoleName="x")["Role"]["AssumeRolePolicyDocument"]) == (
        '{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"One","Effect":"Deny",'
        '"NotPrincipal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:root"]},"NotAction":"sts:TagSession",'
        '"Condition":{"StringEquals":{"sts:ExternalId":"a","aws:PrincipalTag/k":["b","c"]}}}]}'
    )


def test_update_role_changes_what_is_given(ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:UpdateRole", RoleName="Keeper", Description="one", MaxSessionDuration=7200)
    assert ask("iam:UpdateRole", RoleName="Keeper") == {}
    ask("iam:UpdateRole", RoleName="Keeper", Description="")
    found = ask("iam:GetRole", RoleName="Keeper")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("", 7200)


def test_update_role_description_answers_with_the_role(ask: Ask, role: dict[str, Any]) -> None:
    found = ask("iam:UpdateRoleDescription", RoleName="keeper", Description="new")["Role"]
    assert (found["RoleName"], found["Description"]) == ("Keeper", "new")
    assert not {"MaxSessionDuration", "RoleLastUsed", "Tags"} & found.keys()


@pytest.mark.parametrize("duration", [3599, 43201])
def test_the_longest_session_is_within_bounds(ask: Ask, role: dict[str, Any], duration: int) -> None:
    with pytest.raises(AwsError, match=r"^ValidationError: "):
        ask("iam:UpdateRole", RoleName="Keeper", MaxSessionDuration=duration)


def test_a_role_is_deleted_once_it_has_no_policies(ask: Ask, role: dict[str, Any]) -> None:
    arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    document = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn=arn)
    ask("iam:PutRolePolicy", RoleName="Keeper", PolicyName="p", PolicyDocument=document)
    with pytest.raises(AwsError, match=r"^DeleteConflict: Cannot delete entity, must delete policies first\.$"):
        ask("iam:DeleteRole", RoleName="Keeper")
    ask("iam:DeleteRolePolicy", RoleName="Keeper", PolicyName="p")
    with pytest.raises(AwsError, match=r"^DeleteConflict: Cannot delete entity, must detach all policies first\.$"):
        ask("iam:DeleteRole", RoleName="Keeper")
    ask("iam:DetachRolePolicy", RoleName="Keeper", PolicyArn=arn)
    assert ask("iam:DeleteRole", RoleName="Keeper") == {}
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The role with name Keeper cannot be found\.$"):
        ask("iam:GetRole", RoleName="Keeper")


def test_sessions_die_with_their_role(world: World, ask: Ask, role: dict[str, Any]) -> None:
    answer = ask("sts:AssumeRole", as_=identity.service("ec2.amazonaws.com", ACCOUNT), RoleArn=role["Arn"], RoleSessionName="ss")
    key = answer["Credentials"]["AccessKeyId"]
    assert identity.find_session(world, key) is not None
    ask("iam:DeleteRole", RoleName="Keeper")
    assert identity.find_session(world, key) is None


@pytest.mark.parametrize("path", ["/", "/team/"])
def test_a_role_is_created_on_the_requested_path(world: World, ask: Ask, path: str) -> None:
    ask("iam:CreateUser", UserName="ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    ada = identity.of_access_key(world, key)
    with pytest.raises(AwsError, match=f"iam:CreateRole on resource: arn:aws:iam::{ACCOUNT}:role{path}Keeper because"):
        ask("iam:CreateRole", as_=ada, RoleName="Keeper", Path=path, AssumeRolePolicyDocument=TRUST)
    allow = {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": f"arn:aws:iam::*:role{path}Keeper"}
    ask("iam:PutUserPolicy", UserName="ada", PolicyName="p", PolicyDocument=json.dumps({"Statement": allow}))
    ask("iam:CreateRole", as_=ada, RoleName="Keeper", Path=path, AssumeRolePolicyDocument=TRUST)
    ask("iam:DeleteRole", RoleName="Keeper")
    tags = [{"Key": "a", "Value": "b"}]
    with pytest.raises(AwsError, match=f"iam:TagRole on resource: arn:aws:iam::{ACCOUNT}:role{path}Keeper because"):
        ask("iam:CreateRole", as_=ada, RoleName="Keeper", Path=path, AssumeRolePolicyDocument=TRUST, Tags=tags)


def test_the_permission_is_on_the_role_that_is_named(world: World, ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:CreateUser", UserName="ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    ada = identity.of_access_key(world, key)
    with pytest.raises(AwsError, match=r"iam:GetRole on resource: role Keeper because"):
        ask("iam:GetRole", as_=ada, RoleName="KEEPER")
    with pytest.raises(AwsError, match=r"iam:GetRole on resource: role ghost because"):
        ask("iam:GetRole", as_=ada, RoleName="ghost")
    judged = [row["resource"] for entry in world.journal.select(decision="implicitDeny") for row in entry.decisions]
    assert judged == [role["Arn"], f"arn:aws:iam::{ACCOUNT}:role/ghost"]
