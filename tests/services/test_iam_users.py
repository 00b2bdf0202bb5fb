"""IAM users and their access keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity

ACCOUNT = "111122223333"
NOW = 1_790_000_000.0
Ask = Callable[..., dict[str, Any]]


def policy(*actions: str, resource: str = "*") -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}
    )


def signed_in(world: World, ask: Ask, name: str) -> Principal:
    """The user behind a new access key."""
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    """A user with a key and no permissions."""
    ask("iam:CreateUser", UserName="Ada", Path="/team/")
    return signed_in(world, ask, "Ada")


def test_a_new_user(ask: Ask) -> None:
    made = ask("iam:CreateUser", UserName="Ada", Path="/team/", Tags=[{"Key": "Team", "Value": "One"}])["User"]
    assert re.fullmatch("AIDA[A-Z2-7]{17}", made.pop("UserId"))
    assert made == {
        "Path": "/team/",
        "UserName": "Ada",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/team/Ada",
        "CreateDate": NOW,
        "PermissionsBoundary": None,
        "Tags": [{"Key": "Team", "Value": "One"}],
    }


def test_a_user_is_found_in_any_letter_case_and_shown_as_it_was_spelt(ask: Ask) -> None:
    made = ask("iam:CreateUser", UserName="Ada")["User"]
    assert ask("iam:GetUser", UserName="ADA")["User"] == made


def test_names_are_unique_in_any_letter_case(ask: Ask) -> None:
    ask("iam:CreateUser", UserName="Ada")
    with pytest.raises(AwsError, match=r"^EntityAlreadyExists: User with name ADA already exists\.$"):
        ask("iam:CreateUser", UserName="ADA", Path="/elsewhere/")


def test_accounts_do_not_share_users(ask: Ask) -> None:
    ask("iam:CreateUser", UserName="Ada")
    assert ask("iam:ListUsers", account="444455556666")["Users"] == []


def test_an_unknown_user(ask: Ask) -> None:
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The user with name Bob cannot be found\.$"):
        ask("iam:GetUser", UserName="Bob")


@pytest.mark.parametrize("path", ["/team", "team/", "/ space/", "//", "/é/"])
def test_paths_are_checked(ask: Ask, path: str) -> None:
    with pytest.raises(AwsError, match=r"^ValidationError: 1 validation error detected: Value .* at 'path' failed"):
        ask("iam:CreateUser", UserName="Ada", Path=path)


def test_get_user_without_a_name_is_the_caller(world: World, ask: Ask, ada: Principal) -> None:
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=policy("iam:GetUser", resource=ada.arn))
    assert ask("iam:GetUser", as_=ada)["User"]["UserName"] == "Ada"


def test_get_user_of_root(ask: Ask) -> None:
    found = ask("iam:GetUser")["User"]
    assert (found["UserId"], found["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    assert "UserName" not in found


@pytest.mark.parametrize("action", ["iam:GetUser", "iam:CreateAccessKey", "iam:ListAccessKeys"])
def test_a_session_must_name_the_user(world: World, ask: Ask, action: str) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
    arn = ask("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    ask("iam:CreateUser", UserName="Ada")
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    answer = ask("sts:AssumeRole", as_=signed_in(world, ask, "Ada"), RoleArn=arn, RoleSessionName="ss")
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    with pytest.raises(AwsError, match=r"^ValidationError: Must specify userName when calling with non-User credentials$"):
        ask(action, as_=identity.of_session(world, session))


def test_list_users_by_path_and_page(ask: Ask) -> None:
    for name in ("cleo", "Ada", "bob"):
        ask("iam:CreateUser", UserName=name, Path="/team/", Tags=[{"Key": "k", "Value": "v"}])
    ask("iam:CreateUser", UserName="zoe")
    first = ask("iam:ListUsers", PathPrefix="/team/", MaxItems=2)
    assert [user["UserName"] for user in first["Users"]] == ["Ada", "bob"]
    assert first["IsTruncated"] is True
    assert first["Users"][0].get("Tags") is None
    rest = ask("iam:ListUsers", PathPrefix="/team/", MaxItems=2, Marker=first["Marker"])
    assert [user["UserName"] for user in rest["Users"]] == ["cleo"]
    assert (rest["IsTruncated"], rest["Marker"]) == (False, None)
    assert len(ask("iam:ListUsers")["Users"]) == 4


def test_a_marker_that_nobody_gave(ask: Ask) -> None:
    with pytest.raises(AwsError, match=r"^ValidationError: Invalid Marker\.$"):
        ask("iam:ListUsers", Marker="x")


def test_nothing_is_deleted_with_a_user(world: World, ask: Ask) -> None:
    ask("iam:CreateUser", UserName="Ada")
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=policy("*"))
    ask("iam:AttachUserPolicy", UserName="Ada", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    ada = signed_in(world, ask, "Ada")
    with pytest.raises(AwsError, match=r"^DeleteConflict: Cannot delete entity, must delete policies first\.$"):
        ask("iam:DeleteUser", UserName="Ada")
    ask("iam:DeleteUserPolicy", UserName="Ada", PolicyName="p")
    with pytest.raises(AwsError, match=r"^DeleteConflict: Cannot delete entity, must detach all policies first\.$"):
        ask("iam:DeleteUser", UserName="Ada")
    ask("iam:DetachUserPolicy", UserName="Ada", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    with pytest.raises(AwsError, match=r"^DeleteConflict: Cannot delete entity, must delete access keys first\.$"):
        ask("iam:DeleteUser", UserName="Ada")
    (key,) = ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"]
    ask("iam:DeleteAccessKey", UserName="Ada", AccessKeyId=key["AccessKeyId"])
    assert ask("iam:DeleteUser", UserName="ada") == {}
    assert ask("iam:ListUsers")["Users"] == []
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("iam:ListUsers", as_=ada)


def test_an_access_key(ask: Ask) -> None:
    ask("iam:CreateUser", UserName="Ada")
    key = ask("iam:CreateAccessKey", UserName="ADA")["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
    assert len(key.pop("SecretAccessKey")) == 40
    assert key == {"UserName": "Ada", "AccessKeyId": key["AccessKeyId"], "Status": "Active", "CreateDate": NOW}
    assert ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"] == [key]


def test_a_user_has_two_keys_at_most(ask: Ask) -> None:
    ask("iam:CreateUser", UserName="Ada")
    for _ in range(2):
        ask("iam:CreateAccessKey", UserName="Ada")
    with pytest.raises(AwsError, match=r"^LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2$"):
        ask("iam:CreateAccessKey", UserName="Ada")


def test_keys_of_the_caller(world: World, ask: Ask, ada: Principal) -> None:
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=policy("iam:*AccessKey*", resource=ada.arn))
    (key,) = ask("iam:ListAccessKeys", as_=ada)["AccessKeyMetadata"]
    second = ask("iam:CreateAccessKey", as_=ada)["AccessKey"]
    ask("iam:DeleteAccessKey", as_=ada, AccessKeyId=second["AccessKeyId"])
    assert ask("iam:ListAccessKeys", as_=ada)["AccessKeyMetadata"] == [key]


def test_a_key_of_somebody_else_is_not_found(ask: Ask, ada: Principal) -> None:
    ask("iam:CreateUser", UserName="Bob")
    (key,) = ask("iam:ListAccessKeys", UserName="Ada")["AccessKeyMetadata"]
    wanted = f"^NoSuchEntity: The Access Key with id {key['AccessKeyId']} cannot be found\\.$"
    with pytest.raises(AwsError, match=wanted):
        ask("iam:DeleteAccessKey", UserName="Bob", AccessKeyId=key["AccessKeyId"])
    with pytest.raises(AwsError, match=wanted):
        ask("iam:DeleteAccessKey", AccessKeyId=key["AccessKeyId"])  # root's own keys: it has none


def test_root_has_no_keys_here(ask: Ask) -> None:
    assert ask("iam:ListAccessKeys")["AccessKeyMetadata"] == []
    with pytest.raises(AwsError, match=r"^NotImplemented: An access key of the root user is not implemented"):
        ask("iam:CreateAccessKey")


def test_a_user_needs_permission_on_the_stored_arn(world: World, ask: Ask, ada: Principal) -> None:
    ask("iam:CreateUser", UserName="Bob", Path="/ops/", Tags=[{"Key": "Stage", "Value": "test"}])
    with pytest.raises(AwsError) as refusal:
        ask("iam:GetUser", as_=ada, UserName="BOB")
    arn = f"arn:aws:iam::{ACCOUNT}:user/ops/Bob"
    assert world.journal.select()[-1].decisions[-1]["resource"] == arn
    assert refusal.value.message == (
        f"User: {ada.arn} is not authorized to perform: iam:GetUser on resource: user Bob "
        "because no identity-based policy allows the iam:GetUser action"
    )
    assert (refusal.value.code, refusal.value.status) == ("AccessDenied", 403)
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=policy("iam:GetUser", resource=arn))
    assert ask("iam:GetUser", as_=ada, UserName="BOB")["User"]["Arn"] == arn


@pytest.mark.parametrize("key", ["aws:ResourceTag/stage", "iam:ResourceTag/Stage"])
def test_permission_by_the_users_tags(ask: Ask, ada: Principal, key: str) -> None:
    ask("iam:CreateUser", UserName="Bob", Tags=[{"Key": "Stage", "Value": "test"}])
    ask("iam:CreateUser", UserName="Cleo")
    allow = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*", "Condition": {"StringEquals": {key: "test"}}}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=document)
    assert ask("iam:GetUser", as_=ada, UserName="Bob")
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("iam:GetUser", as_=ada, UserName="Cleo")


def test_a_user_is_created_on_the_requested_path(ask: Ask, ada: Principal) -> None:
    resource = f"arn:aws:iam::{ACCOUNT}:user/ops/*"
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=policy("iam:CreateUser", resource=resource))
    assert ask("iam:CreateUser", as_=ada, UserName="Bob", Path="/ops/")
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("iam:CreateUser", as_=ada, UserName="Cleo", Path="/team/")
    with pytest.raises(AwsError, match=r"not authorized to perform: iam:TagUser on resource"):
        ask("iam:CreateUser", as_=ada, UserName="Cleo", Path="/ops/", Tags=[{"Key": "a", "Value": "b"}])
