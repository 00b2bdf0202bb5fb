"""Sessions: what limits them, what labels them, when they end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity

ACCOUNT, OTHER = "111122223333", "444455556666"
NOW = 1_790_000_000.0
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Keeper"
SECOND = f"arn:aws:iam::{ACCOUNT}:role/Second"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ANY = {"Action": "*", "Resource": "*"}
Ask = Callable[..., dict[str, Any]]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def trust(action: str | list[str] = "sts:*", **more: Any) -> str:
    return document({"Principal": {"AWS": ACCOUNT}, "Action": action, **more})


def session_of(world: World, answer: dict[str, Any]) -> Principal:
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    principal = identity.of_session(world, session)
    assert principal is not None
    return principal


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    """An administrator."""
    ask("iam:CreateUser", UserName="ada", Tags=[{"Key": "Team", "Value": "One"}])
    ask("iam:AttachUserPolicy", UserName="ada", PolicyArn=ADMIN)
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


@pytest.fixture
def keeper(ask: Ask) -> dict[str, Any]:
    """A role that may everything, for whoever may assume it."""
    tags = [{"Key": "Team", "Value": "Two"}, {"Key": "Stage", "Value": "prod"}]
    made: dict[str, Any] = ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=trust(), Tags=tags)["Role"]
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn=ADMIN)
    return made


@pytest.fixture
def assume(world: World, ask: Ask, ada: Principal, keeper: dict[str, Any]) -> Callable[..., Principal]:
    def run(as_: Principal = ada, role: str = ROLE, **more: Any) -> Principal:
        return session_of(world, ask("sts:AssumeRole", as_=as_, RoleArn=role, RoleSessionName="me", **more))

    return run


# Session policies ----------------------------------------------------------------------------------------------------


def test_an_inline_session_policy(ask: Ask, assume: Callable[..., Principal]) -> None:
    session = assume(Policy=document({"Action": "iam:List*", "Resource": "*"}))
    assert ask("iam:ListUsers", as_=session)["Users"]
    with pytest.raises(AwsError, match="because no session policy allows the mq:ListBrokers action"):
        ask("mq:ListBrokers", as_=session)
    assert ask("mq:ListBrokers", as_=assume())


def test_a_session_policy_that_denies(ask: Ask, assume: Callable[..., Principal]) -> None:
    session = assume(Policy=document(ANY, {"Effect": "Deny", "Action": "mq:*", "Resource": "*"}))
    with pytest.raises(AwsError, match="with an explicit deny in a session policy"):
        ask("mq:ListBrokers", as_=session)


def test_a_managed_session_policy_is_looked_up_at_each_call(ask: Ask, assume: Callable[..., Principal]) -> None:
    arn = ask("iam:CreatePolicy", PolicyName="p", PolicyDocument=document(ANY))["Policy"]["Arn"]
    session = assume(PolicyArns=[{"arn": arn}])
    assert ask("mq:ListBrokers", as_=session)
    deny = document({"Effect": "Deny", "Action": "mq:*", "Resource": "*"})
    ask("iam:CreatePolicyVersion", PolicyArn=arn, PolicyDocument=deny, SetAsDefault=True)
    with pytest.raises(AwsError, match="with an explicit deny in a session policy"):
        ask("mq:ListBrokers", as_=session)
    ask("iam:DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    ask("iam:DeletePolicy", PolicyArn=arn)
    with pytest.raises(AwsError, match="because no session policy allows"):
        ask("mq:ListBrokers", as_=session)


def test_session_policies_add_up(ask: Ask, assume: Callable[..., Principal]) -> None:
    session = assume(Policy=document({"Action": "mq:*", "Resource": "*"}), PolicyArns=[{"arn": READ}])
    assert ask("mq:ListBrokers", as_=session)
    assert ask("iam:ListUsers", as_=session)
    with pytest.raises(AwsError, match="no session policy"):
        ask("logs:DescribeLogGroups", as_=session)


def test_session_policies_that_are_refused(ask: Ask, assume: Callable[..., Principal]) -> None:
    with pytest.raises(AwsError, match=r"^MalformedPolicyDocument"):
        assume(Policy="{}x")
    with pytest.raises(AwsError, match=rf"^ValidationError: Policy arn:aws:iam::{ACCOUNT}:policy/x does not exist"):
        assume(PolicyArns=[{"arn": f"arn:aws:iam::{ACCOUNT}:policy/x"}])
    other = ask("iam:CreatePolicy", PolicyName="p", PolicyDocument=document(ANY), account=OTHER)["Policy"]["Arn"]
    with pytest.raises(AwsError, match=r"^ValidationError: Policy .* does not exist or is not attachable"):
        assume(PolicyArns=[{"arn": other}])
    with pytest.raises(AwsError, match=r"^ValidationError: .* at 'policy' failed .* less than or equal to 2048$"):
        assume(Policy=document({"Action": ["mq:" + "x" * 2048], "Resource": "*"}))


def test_the_packed_size(world: World, ask: Ask, ada: Principal, keeper: dict[str, Any]) -> None:
    def size(**more: Any) -> Any:
        return ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="me", **more)["PackedPolicySize"]

    assert size() is None
    assert 1 <= size(PolicyArns=[{"arn": READ}]) < size(Policy=document(ANY), Tags=[{"Key": "k", "Value": "v"}]) <= 100
    noise = [{"Key": f"{number}{world.ids.secret(60)}", "Value": world.ids.secret(200)} for number in range(8)]
    tags = [{name: re.sub("[^A-Za-z0-9]", "-", text) for name, text in tag.items()} for tag in noise]
    with pytest.raises(AwsError, match=r"^PackedPolicyTooLarge: Packed policy consumes \d+% of allotted space, please use"):
        size(Tags=tags)


# Session tags and source identity ------------------------------------------------------------------------------------


def needs_tag(key: str, value: str) -> str:
    return document({**ANY, "Condition": {"StringEquals": {f"aws:PrincipalTag/{key}": value}}})


def test_tags_of_the_session_go_before_those_of_the_role(ask: Ask, assume: Callable[..., Principal]) -> None:
    session = assume(Tags=[{"Key": "team", "Value": "Three"}])
    ask("iam:DetachRolePolicy", RoleName="Keeper", PolicyArn=ADMIN)

    def may(key: str, value: str) -> bool:
        ask("iam:PutRolePolicy", RoleName="Keeper", PolicyName="p", PolicyDocument=needs_tag(key, value))
        try:
            ask("iam:ListUsers", as_=session)
        except AwsError:
            return False
        return True

    assert may("Team", "Three")
    assert not may("Team", "Two")
    assert may("Stage", "prod")


def test_transitive_tags_and_the_source_identity(world: World, ask: Ask, assume: Callable[..., Principal]) -> None:
    ask("iam:CreateRole", RoleName="Second", AssumeRolePolicyDocument=trust())
    tags = [{"Key": "Team", "Value": "Three"}, {"Key": "own", "Value": "x"}]
    first = assume(Tags=tags, TransitiveTagKeys=["TEAM"], SourceIdentity="ada")
    second = assume(first, SECOND, Tags=[{"Key": "more", "Value": "y"}], TransitiveTagKeys=["more"])
    session = identity.session_of(world, second)
    assert session is not None
    assert session.tags == {"more": "y", "Team": "Three"}
    assert session.transitive == ("Team", "more")
    assert session.source_identity == "ada"
    source = {"Condition": {"StringEquals": {"aws:SourceIdentity": "ada", "aws:PrincipalTag/team": "Three"}}}
    ask("iam:PutRolePolicy", RoleName="Second", PolicyName="p", PolicyDocument=document({**ANY, **source}))
    assert ask("iam:ListUsers", as_=second)
    with pytest.raises(AwsError, match=r"^InvalidParameterValue: One of the specified transitive tag keys can't be set"):
        assume(first, SECOND, Tags=[{"Key": "team", "Value": "z"}])
    with pytest.raises(AwsError, match=r"^ValidationError: The source identity of the calling session cannot be changed"):
        assume(first, SECOND, SourceIdentity="eve")
    answer = ask("sts:AssumeRole", as_=first, RoleArn=SECOND, RoleSessionName="me", SourceIdentity="ada")
    assert answer["SourceIdentity"] == "ada"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, "Tag keys beginning with aws: are reserved for system use."),
        ({"TransitiveTagKeys": ["a"]}, "The specified transitive tag key must be included in the requested tags."),
    ],
)
def test_tags_that_are_refused(assume: Callable[..., Principal], params: dict[str, Any], text: str) -> None:
    with pytest.raises(AwsError, match=rf"^InvalidParameterValue: {re.escape(text)}$") as refused:
        assume(**params)
    assert refused.value.status == 400


def test_what_a_trust_policy_must_allow(ask: Ask, ada: Principal, assume: Callable[..., Principal]) -> None:
    def of(*actions: str, **more: Any) -> None:
        ask("iam:UpdateAssumeRolePolicy", RoleName="Keeper", PolicyDocument=trust(list(actions), **more))

    def refusal(action: str) -> str:
        return f"^AccessDenied: User: {ada.arn} is not authorized to perform: {action} on resource: {ROLE}$"

    of("sts:AssumeRole")
    with pytest.raises(AwsError, match=refusal("sts:TagSession")):
        assume(Tags=[{"Key": "k", "Value": "v"}])
    with pytest.raises(AwsError, match=refusal("sts:SetSourceIdentity")):
        assume(SourceIdentity="ada")
    of("sts:AssumeRole", "sts:TagSession", Condition={"StringEquals": {"sts:ExternalId": "id", "aws:RequestTag/k": "v"}})
    assert assume(Tags=[{"Key": "k", "Value": "v"}], ExternalId="id")
    with pytest.raises(AwsError, match=refusal("sts:AssumeRole")):
        assume(Tags=[{"Key": "k", "Value": "w"}], ExternalId="id")
    of("sts:AssumeRole", "sts:TagSession", Condition={"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": "k"}})
    tags = [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "v"}]
    assert assume(Tags=tags, TransitiveTagKeys=["k"])
    with pytest.raises(AwsError, match=r"^AccessDenied"):
        assume(Tags=tags, TransitiveTagKeys=["k", "l"])


def test_a_chain_is_one_hour_long(ask: Ask, assume: Callable[..., Principal]) -> None:
    ask("iam:CreateRole", RoleName="Second", AssumeRolePolicyDocument=trust(), MaxSessionDuration=43200)
    first = assume()
    with pytest.raises(AwsError, match="1 hour session limit for roles assumed by role chaining"):
        assume(first, SECOND, DurationSeconds=3601)
    assert assume(first, SECOND, DurationSeconds=3600)


def test_the_service_linked_role_has_no_session_policies_of_others(ask: Ask, ada: Principal) -> None:
    """Nobody but the service opens its sessions (section C.5)."""
    made = ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")["Role"]
    with pytest.raises(AwsError, match=r"^AccessDenied: .* is not authorized to perform: sts:AssumeRole on resource"):
        ask("sts:AssumeRole", as_=ada, RoleArn=made["Arn"], RoleSessionName="me", Policy=document(ANY))


# GetSessionToken -----------------------------------------------------------------------------------------------------


def test_a_session_of_a_user(world: World, ask: Ask, ada: Principal) -> None:
    answer = ask("sts:GetSessionToken", as_=ada)
    assert answer["Credentials"]["Expiration"] == NOW + 43_200
    session = session_of(world, answer)
    assert (session.kind, session.arn, session.id) == ("user", ada.arn, ada.id)
    assert ask("sts:GetCallerIdentity", as_=session)["Arn"] == ada.arn
    ask("iam:PutUserPolicy", UserName="ada", PolicyName="p", PolicyDocument=document({**ANY, **_only_long_term()}))
    ask("iam:DetachUserPolicy", UserName="ada", PolicyArn=ADMIN)
    assert ask("mq:ListBrokers", as_=ada)
    with pytest.raises(AwsError, match="no identity-based policy"):
        ask("mq:ListBrokers", as_=session)


def _only_long_term() -> dict[str, Any]:
    return {"Condition": {"Null": {"aws:TokenIssueTime": "true"}, "StringEquals": {"aws:username": "ada"}}}


def test_a_session_of_root(world: World, ask: Ask) -> None:
    answer = ask("sts:GetSessionToken", DurationSeconds=7200)
    assert answer["Credentials"]["Expiration"] == NOW + 3600
    session = session_of(world, answer)
    assert (session.kind, session.arn, session.issued_at) == ("root", f"arn:aws:iam::{ACCOUNT}:root", NOW)
    assert ask("mq:ListBrokers", as_=session)
    assert identity.tags_of(world, session) == {}


def test_sessions_do_not_open_sessions(ask: Ask, assume: Callable[..., Principal]) -> None:
    session = assume()
    with pytest.raises(AwsError, match=r"^AccessDenied: Cannot call GetSessionToken with session credentials$") as refused:
        ask("sts:GetSessionToken", as_=session)
    assert refused.value.status == 403
    with pytest.raises(AwsError, match=r"^AccessDenied: Cannot call GetFederationToken with session credentials$"):
        ask("sts:GetFederationToken", as_=session, Name="fed")


def test_a_session_dies_with_its_user(world: World, ask: Ask, ada: Principal) -> None:
    answer = ask("sts:GetSessionToken", as_=ada)
    key_id = answer["Credentials"]["AccessKeyId"]
    session = identity.find_session(world, key_id)
    ask("iam:DetachUserPolicy", UserName="ada", PolicyArn=ADMIN)
    ask("iam:DeleteAccessKey", UserName="ada", AccessKeyId=ada.key_id)
    assert identity.find_session(world, key_id)
    ask("iam:DeleteUser", UserName="ada")
    assert identity.find_session(world, key_id) is None
    assert session is not None
    assert identity.of_session(world, session) is None
    ask("iam:CreateUser", UserName="ada")
    assert identity.of_session(world, session) is None


# GetFederationToken --------------------------------------------------------------------------------------------------


def test_a_federated_user(world: World, ask: Ask, ada: Principal) -> None:
    policy = document({"Action": ["mq:*", "sts:*"], "Resource": "*"})
    answer = ask("sts:GetFederationToken", as_=ada, Name="fed", Policy=policy, DurationSeconds=900)
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/fed"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:fed", "Arn": arn}
    assert answer["Credentials"]["Expiration"] == NOW + 900
    session = session_of(world, answer)
    assert ask("sts:GetCallerIdentity", as_=session) == {"UserId": f"{ACCOUNT}:fed", "Account": ACCOUNT, "Arn": arn}
    assert ask("mq:ListBrokers", as_=session)
    with pytest.raises(AwsError, match=rf"User: {arn} is not .* because no session policy allows the logs:DescribeLogGroups"):
        ask("logs:DescribeLogGroups", as_=session)
    ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=trust())
    with pytest.raises(AwsError, match=r"^AccessDenied: User: .*federated-user/fed is not authorized to perform: sts:AssumeRole"):
        ask("sts:AssumeRole", as_=session, RoleArn=ROLE, RoleSessionName="me")
    ask("iam:DetachUserPolicy", UserName="ada", PolicyArn=ADMIN)
    with pytest.raises(AwsError, match="because no identity-based policy allows"):
        ask("mq:ListBrokers", as_=session)


def test_a_federated_user_without_policies_may_nothing(world: World, ask: Ask, ada: Principal) -> None:
    session = session_of(world, ask("sts:GetFederationToken", as_=ada, Name="fed"))
    with pytest.raises(AwsError, match="because no session policy allows the mq:ListBrokers action"):
        ask("mq:ListBrokers", as_=session)


def test_the_keys_of_a_federated_user(world: World, ask: Ask, ada: Principal) -> None:
    condition = {
        "StringEquals": {
            "aws:PrincipalType": "FederatedUser",
            "aws:PrincipalTag/team": "Two",
            "aws:userid": f"{ACCOUNT}:fed",
        },
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:sts::{ACCOUNT}:federated-user/fed"},
        "Null": {"aws:username": "true"},
    }
    policy = document({**ANY, "Condition": condition})
    answer = ask("sts:GetFederationToken", as_=ada, Name="fed", Policy=policy, Tags=[{"Key": "team", "Value": "Two"}])
    assert ask("mq:ListBrokers", as_=session_of(world, answer))
    assert answer["PackedPolicySize"]


def test_what_a_federation_needs(ask: Ask, ada: Principal) -> None:
    ask("iam:DetachUserPolicy", UserName="ada", PolicyArn=ADMIN)
    resource = f"arn:aws:sts::{ACCOUNT}:federated-user/fed"
    with pytest.raises(AwsError, match=rf"sts:GetFederationToken on resource: {resource} because"):
        ask("sts:GetFederationToken", as_=ada, Name="fed")
    may = document({"Action": "sts:GetFederationToken", "Resource": resource})
    ask("iam:PutUserPolicy", UserName="ada", PolicyName="p", PolicyDocument=may)
    assert ask("sts:GetFederationToken", as_=ada, Name="fed")
    with pytest.raises(AwsError, match=rf"sts:TagSession on resource: {resource} because"):
        ask("sts:GetFederationToken", as_=ada, Name="fed", Tags=[{"Key": "k", "Value": "v"}])
    with pytest.raises(AwsError, match=r"^NotImplemented: A federated user of the root user"):
        ask("sts:GetFederationToken", Name="fed")


# GetAccessKeyInfo ----------------------------------------------------------------------------------------------------


def test_whose_key_it_is(ask: Ask, ada: Principal) -> None:
    assert ask("sts:GetAccessKeyInfo", AccessKeyId=ada.key_id, account=OTHER) == {"Account": ACCOUNT}
    session = ask("sts:GetSessionToken", as_=ada)["Credentials"]["AccessKeyId"]
    assert ask("sts:GetAccessKeyInfo", as_=ada, AccessKeyId=session) == {"Account": ACCOUNT}
    with pytest.raises(AwsError, match=r"^InvalidParameterValue: The access key id AKIAAAAAAAAAAAAAAAAA was not issued here"):
        ask("sts:GetAccessKeyInfo", AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
