"""Security Token Service: who am I, be somebody else, what did that message say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Call, Principal, World
from emulator.engine import identity
from emulator.engine.authorize import decide_need, encode_message
from emulator.values.call import Need

ACCOUNT = "111122223333"
OTHER = "444455556666"
NOW = 1_790_000_000.0
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Keeper"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    """A user without permissions."""
    ask("iam:CreateUser", UserName="ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


@pytest.fixture
def permit(ask: Ask) -> Callable[..., None]:
    """Gives ada a policy of one statement."""

    def run(action: str, resource: str = "*", effect: str = "Allow") -> None:
        statement = {"Effect": effect, "Action": action, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        ask("iam:PutUserPolicy", UserName="ada", PolicyName="p", PolicyDocument=document)

    return run


@pytest.fixture
def keeper(ask: Ask) -> Callable[..., dict[str, Any]]:
    """Makes the role Keeper, whose trust policy names somebody."""

    def run(principal: dict[str, str], *, effect: str = "Allow", **more: Any) -> dict[str, Any]:
        statement = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", **more}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made: dict[str, Any] = ask("iam:CreateRole", RoleName="Keeper", Path="/team/", AssumeRolePolicyDocument=trust)["Role"]
        return made

    return run


def session_of(world: World, answer: dict[str, Any]) -> Principal:
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    principal = identity.of_session(world, session)
    assert principal is not None
    return principal


# who am I ------------------------------------------------------------------------------------------------------------


def test_root(ask: Ask) -> None:
    assert ask("sts:GetCallerIdentity") == {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}


def test_a_user_needs_no_permission_to_know(ask: Ask, ada: Principal, permit: Callable[..., None]) -> None:
    permit("*", effect="Deny")
    assert ask("sts:GetCallerIdentity", as_=ada) == {"UserId": ada.id, "Account": ACCOUNT, "Arn": ADA}


# be somebody else ----------------------------------------------------------------------------------------------------


def test_a_trust_policy_that_names_the_account_and_a_policy_that_permits(
    world: World, ask: Ask, ada: Principal, permit: Callable[..., None], keeper: Ask
) -> None:
    role = keeper({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    permit("sts:AssumeRole", ROLE)
    answer = ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role['RoleId']}:night",
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Keeper/night",
    }
    credentials = answer["Credentials"]
    assert re.fullmatch("ASIA[A-Z2-7]{16}", credentials["AccessKeyId"])
    assert len(credentials["SecretAccessKey"]) == 40
    assert len(credentials["SessionToken"]) > 100
    assert credentials["Expiration"] == NOW + 3600
    assert ask("sts:GetCallerIdentity", as_=session_of(world, answer)) == {
        "UserId": f"{role['RoleId']}:night",
        "Account": ACCOUNT,
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Keeper/night",
    }


def refused(arn: str = ROLE) -> str:
    """STS gives no reason."""
    return f"^AccessDenied: User: {ADA} is not authorized to perform: sts:AssumeRole on resource: {arn}$"


def test_the_account_alone_only_delegates(ask: Ask, ada: Principal, keeper: Ask) -> None:
    keeper({"AWS": ACCOUNT})
    with pytest.raises(AwsError, match=refused()) as refusal:
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")
    assert refusal.value.status == 403


def test_a_trust_policy_that_names_the_user_is_enough(ask: Ask, ada: Principal, keeper: Ask) -> None:
    keeper({"AWS": ADA})
    assert ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")


def test_an_explicit_deny_on_either_side(ask: Ask, ada: Principal, permit: Callable[..., None], keeper: Ask) -> None:
    keeper({"AWS": ADA})
    permit("sts:AssumeRole", ROLE, effect="Deny")
    with pytest.raises(AwsError, match=refused()):
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")


def test_a_trust_policy_that_names_somebody_else(ask: Ask, ada: Principal, permit: Callable[..., None], keeper: Ask) -> None:
    ask("iam:CreateUser", UserName="bob")
    keeper({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})
    permit("*")
    with pytest.raises(AwsError, match=refused()):
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")


def test_a_role_that_does_not_exist_is_refused_in_the_same_words(
    world: World, ask: Ask, ada: Principal, permit: Callable[..., None]
) -> None:
    permit("*")
    for arn in (ROLE, f"arn:aws:iam::{OTHER}:role/Keeper"):
        with pytest.raises(AwsError, match=refused(arn)):
            ask("sts:AssumeRole", as_=ada, RoleArn=arn, RoleSessionName="night")
    (decision,) = world.journal.select(decision="implicitDeny")[-1].decisions
    assert decision["layer"] == "role trust policy"


def test_the_arn_must_be_the_roles_own(ask: Ask, ada: Principal, permit: Callable[..., None], keeper: Ask) -> None:
    keeper({"AWS": ADA})
    permit("*")
    for arn in (ROLE.replace("/team/", "/"), ROLE.lower()):
        with pytest.raises(AwsError, match=refused(arn)):
            ask("sts:AssumeRole", as_=ada, RoleArn=arn, RoleSessionName="night")


@pytest.mark.parametrize("given", [{}, {"ExternalId": "wrong"}, {"ExternalId": "right"}])
def test_an_external_id(ask: Ask, ada: Principal, keeper: Ask, given: dict[str, str]) -> None:
    keeper({"AWS": ADA}, Condition={"StringEquals": {"sts:ExternalId": "right"}})
    if given == {"ExternalId": "right"}:
        assert ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night", **given)
        return
    with pytest.raises(AwsError, match=refused()):
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night", **given)


def test_the_session_name_and_the_roles_tags_are_condition_keys(
    ask: Ask, ada: Principal, permit: Callable[..., None], keeper: Ask
) -> None:
    keeper({"AWS": ADA}, Condition={"StringEquals": {"sts:RoleSessionName": "night", "iam:ResourceTag/Stage": "test"}})
    with pytest.raises(AwsError, match=refused()):
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")
    ask("iam:TagRole", RoleName="Keeper", Tags=[{"Key": "Stage", "Value": "test"}])
    assert ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")


def test_another_account(ask: Ask, keeper: Ask) -> None:
    """The trust policy names it, and its own policy must permit as well."""
    keeper({"AWS": OTHER})
    ask("iam:CreateUser", UserName="eve", account=OTHER)
    eve_arn = f"arn:aws:iam::{OTHER}:user/eve"
    user_id = ask("iam:GetUser", UserName="eve", account=OTHER)["User"]["UserId"]
    eve = Principal("user", OTHER, eve_arn, user_id, entity=eve_arn)
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("sts:AssumeRole", as_=eve, RoleArn=ROLE, RoleSessionName="night")
    ask("iam:AttachUserPolicy", UserName="eve", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess", account=OTHER)
    answer = ask("sts:AssumeRole", as_=eve, RoleArn=ROLE, RoleSessionName="night")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Keeper/night"


def test_root_cannot(ask: Ask, keeper: Ask) -> None:
    keeper({"AWS": ACCOUNT})
    with pytest.raises(AwsError, match=r"^AccessDenied: Roles may not be assumed by root accounts\.$"):
        ask("sts:AssumeRole", RoleArn=ROLE, RoleSessionName="night")


def test_a_role_that_does_not_exist_is_refused_even_where_nobody_is(world: World, ask: Ask, ada: Principal) -> None:
    world.iam = "soft"
    with pytest.raises(AwsError, match=refused()):
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")


@pytest.mark.parametrize("arn", ["notanarnbutlongenough", "arn:aws:iam::111122223333", "x:aws:iam::111122223333:role/r"])
def test_what_is_no_arn(ask: Ask, ada: Principal, arn: str) -> None:
    with pytest.raises(AwsError, match=rf"^ValidationError: {arn} is invalid$"):
        ask("sts:AssumeRole", as_=ada, RoleArn=arn, RoleSessionName="night")


def test_the_session_name_is_checked(ask: Ask, ada: Principal) -> None:
    text = (
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    )
    with pytest.raises(AwsError, match=rf"^ValidationError: {re.escape(text)}$"):
        ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="Session1:2")


def test_the_duration(world: World, ask: Ask, ada: Principal, keeper: Ask) -> None:
    keeper({"AWS": ADA})
    long = {"as_": ada, "RoleArn": ROLE, "RoleSessionName": "night", "DurationSeconds": 7200}
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    with pytest.raises(AwsError, match=rf"^ValidationError: {re.escape(text)}$"):
        ask("sts:AssumeRole", **long)
    ask("iam:UpdateRole", RoleName="Keeper", MaxSessionDuration=7200)
    answer = ask("sts:AssumeRole", **long)
    assert answer["Credentials"]["Expiration"] == NOW + 7200


def test_a_session_that_assumes_a_role_gets_an_hour_at_most(world: World, ask: Ask, ada: Principal, keeper: Ask) -> None:
    keeper({"AWS": "*"})
    ask("iam:UpdateRole", RoleName="Keeper", MaxSessionDuration=7200)
    first = session_of(world, ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night"))
    text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    with pytest.raises(AwsError, match=rf"^ValidationError: {text}$"):
        ask("sts:AssumeRole", as_=first, RoleArn=ROLE, RoleSessionName="day", DurationSeconds=3601)
    assert ask("sts:AssumeRole", as_=first, RoleArn=ROLE, RoleSessionName="day", DurationSeconds=3600)


def test_a_session_acts_with_the_roles_permissions(world: World, ask: Ask, ada: Principal, keeper: Ask) -> None:
    keeper({"AWS": ADA})
    session = session_of(world, ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night"))
    text = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/Keeper/night is not authorized to perform: iam:ListUsers"
    with pytest.raises(AwsError, match=text):
        ask("iam:ListUsers", as_=session)
    ask("iam:AttachRolePolicy", RoleName="Keeper", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert ask("iam:ListUsers", as_=session)["Users"]


def test_a_session_of_a_role_that_was_made_again_is_nobody(world: World, ask: Ask, ada: Principal, keeper: Ask) -> None:
    keeper({"AWS": ADA})
    key = ask("sts:AssumeRole", as_=ada, RoleArn=ROLE, RoleSessionName="night")["Credentials"]["AccessKeyId"]
    ask("iam:DeleteRole", RoleName="Keeper")
    keeper({"AWS": ADA})
    assert identity.find_session(world, key) is None


def test_a_service_opens_a_new_session_when_the_old_one_expires(world: World, ask: Ask) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    linked = world.linked_role("mq.amazonaws.com")
    assert linked is not None
    first = world.acting_as(linked, ACCOUNT, "us-east-1")
    world.advance(3599)
    assert world.acting_as(linked, ACCOUNT, "us-east-1") == first
    world.advance(1)
    second = world.acting_as(linked, ACCOUNT, "us-east-1")
    assert (first.issued_at, second.issued_at) == (NOW, NOW + 3600)


# what did that message say -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["x", "not base64 at all!", "AAAA" * 20])
def test_a_message_that_nobody_wrote(ask: Ask, message: str) -> None:
    with pytest.raises(AwsError, match=r"^InvalidAuthorizationMessageException: Message is not valid\.$"):
        ask("sts:DecodeAuthorizationMessage", EncodedMessage=message)


def test_reading_messages_needs_a_permission(ask: Ask, ada: Principal, permit: Callable[..., None]) -> None:
    with pytest.raises(AwsError, match=r"perform: sts:DecodeAuthorizationMessage because no identity-based policy allows"):
        ask("sts:DecodeAuthorizationMessage", as_=ada, EncodedMessage="x")
    permit("sts:DecodeAuthorizationMessage")
    with pytest.raises(AwsError, match=r"^InvalidAuthorizationMessageException: "):
        ask("sts:DecodeAuthorizationMessage", as_=ada, EncodedMessage="x")


def test_a_message_of_this_world(world: World, ask: Ask, ada: Principal) -> None:
    call = Call(service="ec2", operation="DeleteVpc", params={}, principal=ada, region="us-east-1", partition="aws")
    need = Need("ec2:DeleteVpc", f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/vpc-1")
    message = encode_message(world, decide_need(world, call, need))
    decoded = json.loads(ask("sts:DecodeAuthorizationMessage", EncodedMessage=message)["DecodedMessage"])
    assert (decoded["allowed"], decoded["context"]["action"]) == (False, "ec2:DeleteVpc")
