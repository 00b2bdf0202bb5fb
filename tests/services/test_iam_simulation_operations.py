"""The simulator's operations beside its decisions: who may ask, pages, context keys, members, exclusions by pattern."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import Call, Clock, Principal, World, new_world
from emulator.engine import identity
from emulator.engine.identity import Held, Role, User
from emulator.services.iam.simulation_principals import Exclusion, left_out
from emulator.values.errors import AwsError

ACCOUNT = "111122223333"
ADA, BUILD = f"arn:aws:iam::{ACCOUNT}:user/team/ada", f"arn:aws:iam::{ACCOUNT}:role/build"
Ask = Callable[..., dict[str, Any]]


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    whole = [{"Effect": "Allow", "Action": "*", "Resource": "*", **one} for one in statements]
    return json.dumps({"Version": version, "Statement": whole})


def on(*keys: str) -> dict[str, Any]:
    """A statement with conditions on keys."""
    return {"Condition": {"StringEquals": dict.fromkeys(keys, "x")}}


def _holder(world: World, kind: type[Any], arn: str, **facts: Any) -> Any:
    name = arn.rsplit("/", 1)[-1]
    path = "/team/" if "/team/" in arn else "/"
    record = kind(account=ACCOUNT, region="", id=name, name=name, path=path, unique_id=f"ID{name}", arn=arn, created=0.0, **facts)
    world.store.put(record)
    return record


@pytest.fixture
def ada(world: World) -> User:
    user: User = _holder(world, User, ADA, tags={"team": "red"}, inline={"Own": document(on("a:A"))})
    return user


def caller(world: World, statement: dict[str, Any]) -> Principal:
    """A user who may only do what a statement says."""
    user = _holder(world, User, f"arn:aws:iam::{ACCOUNT}:user/eve", inline={"May": document(statement)})
    return Principal("user", ACCOUNT, user.arn, user.unique_id, entity=user.arn)


# who may ask ---------------------------------------------------------------------------------------------------------

PRINCIPAL = {"PolicySourceArn": ADA}
CUSTOM = {"PolicyInputList": [document({})]}
OPERATIONS = [
    ("SimulateCustomPolicy", {**CUSTOM, "ActionNames": ["x:Y"]}, "*"),
    ("GetContextKeysForCustomPolicy", CUSTOM, "*"),
    ("SimulatePrincipalPolicy", {**PRINCIPAL, "ActionNames": ["x:Y"]}, ADA),
    ("GetContextKeysForPrincipalPolicy", PRINCIPAL, ADA),
]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(("operation", "params", "resource"), OPERATIONS)
def test_the_operation_is_authorised(world: World, ask: Ask, operation: str, params: dict[str, Any], resource: str) -> None:
    eve = caller(world, {"Action": f"iam:{operation}", "Resource": resource})
    assert ask(f"iam:{operation}", as_=eve, **params)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(("operation", "params", "resource"), OPERATIONS)
def test_the_operation_is_denied(world: World, ask: Ask, operation: str, params: dict[str, Any], resource: str) -> None:
    eve = caller(world, {"Action": f"iam:{operation}", "Resource": "arn:aws:iam::*:role/*"})
    with pytest.raises(AwsError) as raised:
        ask(f"iam:{operation}", as_=eve, **params)
    shown = "" if resource == "*" else " on resource: user ada"
    assert raised.value.code == "AccessDenied"
    assert raised.value.message == (
        f"User: {eve.arn} is not authorized to perform: iam:{operation}{shown} "
        f"because no identity-based policy allows the iam:{operation} action"
    )


@pytest.mark.usefixtures("ada")
def test_a_principal_is_asked_about_by_its_stored_arn_and_its_tags(world: World, ask: Ask) -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    eve = caller(world, {"Action": "iam:Simulate*", "Resource": ADA, "Condition": tagged})
    other_path = f"arn:aws:iam::{ACCOUNT}:user/elsewhere/ada"
    assert ask("iam:SimulatePrincipalPolicy", as_=eve, PolicySourceArn=other_path, ActionNames=["x:Y"])


@pytest.mark.parametrize("arn", [f"arn:aws:iam::{ACCOUNT}:user/nobody", f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b"])
def test_who_may_not_ask_learns_not_who_exists(world: World, ask: Ask, arn: str) -> None:
    eve = caller(world, {"Action": "iam:GetUser"})
    with pytest.raises(AwsError) as raised:
        ask("iam:GetContextKeysForPrincipalPolicy", as_=eve, PolicySourceArn=arn)
    assert raised.value.code == "AccessDenied"


def test_a_soft_world_does_not_show_other_accounts() -> None:
    world = new_world(clock=Clock(frozen_at=0.0), seed="soft", pace="real", iam="soft")
    _holder(world, User, ADA)
    stranger = identity.root("444455556666")
    params = {"PolicySourceArn": ADA, "ActionNames": ["x:Y"]}
    call = Call(
        service="iam",
        operation="SimulatePrincipalPolicy",
        params=params,
        principal=stranger,
        region="us-east-1",
        partition="aws",
    )
    with pytest.raises(AwsError) as raised:
        world.perform(call)
    assert raised.value.code == "NoSuchEntity"


# pages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_show_every_action_once(ask: Ask, size: int) -> None:
    actions = [f"x:{place}" for place in range(7)]
    shown: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = ask("iam:SimulateCustomPolicy", **CUSTOM, ActionNames=actions, MaxItems=size, **more)
        assert len(page["EvaluationResults"]) <= size
        shown += [result["EvalActionName"] for result in page["EvaluationResults"]]
        if not page["IsTruncated"]:
            assert page["Marker"] is None
            break
        more = {"Marker": page["Marker"]}
    assert shown == actions


def test_a_page_has_a_hundred_actions_unless_told(ask: Ask) -> None:
    page = ask("iam:SimulateCustomPolicy", **CUSTOM, ActionNames=[f"x:{place}" for place in range(101)])
    assert len(page["EvaluationResults"]) == 100
    assert page["IsTruncated"] is True


def test_a_marker_is_only_a_place(ask: Ask) -> None:
    """Another request may have other actions and other policies (observed)."""
    first = ask("iam:SimulateCustomPolicy", **CUSTOM, ActionNames=["x:A", "x:B"], MaxItems=1)
    denied = {"PolicyInputList": [document({"Effect": "Deny"})]}
    second = ask("iam:SimulateCustomPolicy", **denied, ActionNames=["x:C", "x:D", "x:E"], MaxItems=1, Marker=first["Marker"])
    assert [(one["EvalActionName"], one["EvalDecision"]) for one in second["EvaluationResults"]] == [("x:D", "explicitDeny")]
    assert second["IsTruncated"] is True


# context keys --------------------------------------------------------------------------------------------------------


def test_keys_are_repeated_across_documents_and_not_within_one(ask: Ask) -> None:
    texts = [document(on("a:A"), on("a:A", "a:a")), document(on("a:A"))]
    assert ask("iam:GetContextKeysForCustomPolicy", PolicyInputList=texts) == {"ContextKeyNames": ["a:A", "a:a", "a:A"]}


def test_variables_are_keys(ask: Ask) -> None:
    statement = {"Resource": "arn:aws:s3:::${aws:username}/${*}", "Condition": {"NumericEquals": {"a:A": "${b:B}"}}}
    found = ask("iam:GetContextKeysForCustomPolicy", PolicyInputList=[document(statement)])
    assert found["ContextKeyNames"] == ["aws:username", "*", "a:A", "b:B"]
    older = ask("iam:GetContextKeysForCustomPolicy", PolicyInputList=[document(statement, version="2008-10-17")])
    assert older["ContextKeyNames"] == ["a:A"]


def test_keys_of_a_user(world: World, ask: Ask, ada: User) -> None:
    """Its own policies and its groups', then the given ones; not its boundary, not the organization's."""
    found = ask("iam:GetContextKeysForPrincipalPolicy", PolicySourceArn=ada.arn, PolicyInputList=[document(on("b:B", "a:A"))])
    assert found == {"ContextKeyNames": ["a:A", "b:B", "a:A"]}
    _holder(world, Role, BUILD, trust="{}", inline={"One": document(on("c:C")), "Two": document(on("c:C"))}, boundary="arn:x")
    assert ask("iam:GetContextKeysForPrincipalPolicy", PolicySourceArn=BUILD) == {"ContextKeyNames": ["c:C", "c:C"]}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"Version":"2012-10-17","Statement":[{"Action":"*","Resource":"*"}]}',
        document({"Condition": {"StringIs": {"a:A": "x"}}}),
        document({"Effects": "Allow"}),
    ],
)
def test_a_document_that_is_none(ask: Ask, text: str) -> None:
    with pytest.raises(AwsError) as raised:
        ask("iam:GetContextKeysForCustomPolicy", PolicyInputList=[document({}), text])
    assert (raised.value.code, raised.value.message) == ("InvalidInput", "Policy input list item 2 has invalid content")


def test_keys_of_nobody(ask: Ask) -> None:
    with pytest.raises(AwsError) as raised:
        ask("iam:GetContextKeysForPrincipalPolicy", PolicySourceArn=ADA)
    assert (raised.value.code, raised.value.message) == ("NoSuchEntity", "Unable to retrieve specified IAM entity.")


# members -------------------------------------------------------------------------------------------------------------


def test_every_member_of_the_model_is_supported(world: World) -> None:
    for operation, _, _ in OPERATIONS:
        assert world.services["iam"].find(operation).unsupported_members() == []


# exclusions ----------------------------------------------------------------------------------------------------------


def inline(name: str, kind: str, owner: str) -> Exclusion:
    return {"InlinePolicyIdentifier": {"PolicyName": name, "AttachmentType": kind, "AttachmentName": owner}}


@pytest.mark.parametrize(
    ("exclusion", "is_left_out"),
    [
        (inline("Own", "user", "ada"), True),
        (inline("Own", "user", "a*"), True),
        (inline("Own", "user", "*a"), True),
        (inline("Own", "user", "ad?"), True),
        (inline("Own", "user", "a?*"), True),
        (inline("Own", "user", "b*"), False),
        (inline("own", "user", "ada"), False),
        (inline("Own", "role", "ada"), False),
    ],
)
def test_an_inline_policy_is_left_out_by_its_owner(ada: User, exclusion: Exclusion, is_left_out: bool) -> None:
    assert left_out([exclusion])(Held(ada, "Own", "", "{}")) is is_left_out


@pytest.mark.parametrize("exclusion", [inline("O*", "user", "ada"), inline("Ow?", "user", "ada"), inline("Own", "user", "*d*")])
def test_a_pattern_where_none_may_be(exclusion: Exclusion) -> None:
    """One star in the owner's name, none in the policy's (observed)."""
    with pytest.raises(AwsError) as raised:
        left_out([exclusion])
    text = "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required"
    assert (raised.value.code, raised.value.message) == ("InvalidInput", text)


@pytest.mark.parametrize(
    ("arn", "is_left_out"),
    [
        (f"arn:aws:iam::{ACCOUNT}:policy/Tool", True),
        (f"arn:aws:iam::{ACCOUNT}:policy/T*", True),
        (f"arn:aws:iam::{ACCOUNT}:policy/To?l", True),
        (f"arn:aws:iam::{ACCOUNT}:policy/team/Tool", False),
        ("arn:aws:iam::444455556666:policy/Tool", False),
        ("arn:aws:iam::aws:policy/Tool", False),
    ],
)
def test_a_managed_policy_is_left_out_by_its_arn(ada: User, arn: str, is_left_out: bool) -> None:
    held = Held(ada, "Tool", f"arn:aws:iam::{ACCOUNT}:policy/team/Tool", "{}")
    assert left_out([{"PolicyArn": arn}])(held) is is_left_out
