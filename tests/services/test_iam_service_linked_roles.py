"""The life of service-linked roles, first of all AWSServiceRoleForAmazonMQ."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from emulator import AwsError, Call, Clock, Principal, World
from emulator.engine import identity
from emulator.engine.service import LinkedRole, Service
from emulator.services import SERVICES
from emulator.services.managed import managed_policies
from emulator.shapes.regions import partition
from emulator.store.memory import MemoryStore

ACCOUNT = "111122223333"
NOW = 1_790_000_000.0
NAME = "AWSServiceRoleForAmazonMQ"
ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/{NAME}"
POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def usage() -> dict[str, list[str]]:
    """What uses the role: a test fills it."""
    return {}


@pytest.fixture
def world(usage: dict[str, list[str]]) -> World:
    """A world whose Amazon MQ has the role and no brokers of its own."""
    linked = LinkedRole(
        service="mq.amazonaws.com",
        name=NAME,
        policy="policy/aws-service-role/AmazonMQServiceRolePolicy",
        session="AmazonMQ",
        is_offered=lambda region: partition(region) == "aws",
        usage=lambda _world, account: usage if account == ACCOUNT else {},
    )
    services: list[Service] = [replace(service, linked_role=linked) if service.name == "mq" else service for service in SERVICES]
    return World(services, MemoryStore(), managed=managed_policies(), clock=Clock(frozen_at=NOW), seed="tests", pace="real")


@pytest.fixture
def role(ask: Ask) -> dict[str, Any]:
    made: dict[str, Any] = ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")["Role"]
    return made


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    """A user without permissions."""
    ask("iam:CreateUser", UserName="ada")
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


def permit(ask: Ask, **statement: Any) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", **statement}})
    ask("iam:PutUserPolicy", UserName="ada", PolicyName="p", PolicyDocument=document)


def test_amazon_mq_has_this_role() -> None:
    (linked,) = (service.linked_role for service in SERVICES if service.linked_role)
    assert (linked.service, linked.name, linked.path) == ("mq.amazonaws.com", NAME, "/aws-service-role/mq.amazonaws.com/")
    assert f"arn:aws:iam::aws:{linked.policy}" == POLICY
    assert [linked.is_offered(region) for region in ("eu-west-1", "us-gov-west-1", "cn-north-1")] == [True, False, False]


# making it -----------------------------------------------------------------------------------------------------------


def test_the_answer_to_its_creation(role: dict[str, Any]) -> None:
    assert re.fullmatch("AROA[A-Z2-7]{17}", role["RoleId"])
    assert unquote(role["AssumeRolePolicyDocument"]) == (
        '{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow",'
        '"Principal":{"Service":["mq.amazonaws.com"]}}]}'
    )
    assert role == {
        "Path": "/aws-service-role/mq.amazonaws.com/",
        "RoleName": NAME,
        "RoleId": role["RoleId"],
        "Arn": ARN,
        "CreateDate": NOW,
        "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
    }


def test_how_it_reads_afterwards(ask: Ask, role: dict[str, Any]) -> None:
    found = {name: value for name, value in ask("iam:GetRole", RoleName=NAME)["Role"].items() if value is not None}
    assert unquote(found.pop("AssumeRolePolicyDocument")) == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"mq.amazonaws.com"},'
        '"Action":"sts:AssumeRole"}]}'
    )
    assert found == {
        "Path": "/aws-service-role/mq.amazonaws.com/",
        "RoleName": NAME,
        "RoleId": role["RoleId"],
        "Arn": ARN,
        "CreateDate": NOW,
        "MaxSessionDuration": 3600,
        "RoleLastUsed": {},
    }


def test_its_policies(ask: Ask, role: dict[str, Any]) -> None:
    assert ask("iam:ListRolePolicies", RoleName=NAME)["PolicyNames"] == []
    assert ask("iam:ListAttachedRolePolicies", RoleName=NAME)["AttachedPolicies"] == [
        {"PolicyName": "AmazonMQServiceRolePolicy", "PolicyArn": POLICY}
    ]
    assert ask("iam:GetPolicy", PolicyArn=POLICY)["Policy"]["AttachmentCount"] == 1


def test_a_description_is_stored_and_not_echoed(ask: Ask) -> None:
    made = ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com", Description="for my brokers")["Role"]
    assert "Description" not in made
    assert ask("iam:GetRole", RoleName=NAME)["Role"]["Description"] == "for my brokers"


def test_there_is_one_in_an_account(ask: Ask, role: dict[str, Any]) -> None:
    text = f"Service role name {NAME} has been taken in this account, please try a different suffix."
    with pytest.raises(AwsError, match=f"^InvalidInput: {re.escape(text)}$"):
        ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    assert ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com", account="444455556666")


def test_it_takes_no_suffix(ask: Ask) -> None:
    with pytest.raises(AwsError, match=r"^InvalidInput: Custom suffix is not allowed for mq\.amazonaws\.com$"):
        ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com", CustomSuffix="two")


@pytest.mark.parametrize("service", ["nobody.amazonaws.com", "MQ.amazonaws.com", "mq"])
def test_services_without_such_a_role(ask: Ask, service: str) -> None:
    with pytest.raises(AwsError, match=r"^InvalidInput: Service-linked roles are not supported for"):
        ask("iam:CreateServiceLinkedRole", AWSServiceName=service)


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_regions_without_it(ask: Ask, region: str) -> None:
    with pytest.raises(AwsError, match=r"^InvalidInput: "):
        ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com", region=region)


def test_the_permission_to_make_it(ask: Ask, ada: Principal) -> None:
    with pytest.raises(AwsError) as refusal:
        ask("iam:CreateServiceLinkedRole", as_=ada, AWSServiceName="mq.amazonaws.com")
    assert str(refusal.value) == (
        f"AccessDenied: User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform: iam:CreateServiceLinkedRole "
        f"on resource: {ARN} because no identity-based policy allows the iam:CreateServiceLinkedRole action"
    )
    with pytest.raises(AwsError, match=r"role/aws-service-role/nobody.amazonaws.com/AWSServiceRoleForNobody because"):
        ask("iam:CreateServiceLinkedRole", as_=ada, AWSServiceName="nobody.amazonaws.com")


@pytest.mark.parametrize("policy", ["AmazonMQFullAccess", "AmazonMQApiFullAccess", "IAMFullAccess", "PowerUserAccess"])
def test_policies_that_permit_to_make_it(ask: Ask, ada: Principal, policy: str) -> None:
    ask("iam:AttachUserPolicy", UserName="ada", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    assert ask("iam:CreateServiceLinkedRole", as_=ada, AWSServiceName="mq.amazonaws.com")


@pytest.mark.parametrize("policy", ["AmazonMQReadOnlyAccess", "AmazonEC2FullAccess", "IAMReadOnlyAccess"])
def test_policies_that_do_not(ask: Ask, ada: Principal, policy: str) -> None:
    ask("iam:AttachUserPolicy", UserName="ada", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("iam:CreateServiceLinkedRole", as_=ada, AWSServiceName="mq.amazonaws.com")


def test_the_service_name_is_a_condition_key(ask: Ask, ada: Principal) -> None:
    condition = {"StringEquals": {"iam:AWSServiceName": "mq.amazonaws.com"}}
    permit(ask, Action="iam:CreateServiceLinkedRole", Condition=condition)
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("iam:CreateServiceLinkedRole", as_=ada, AWSServiceName="nobody.amazonaws.com")
    assert ask("iam:CreateServiceLinkedRole", as_=ada, AWSServiceName="mq.amazonaws.com")


# protected -----------------------------------------------------------------------------------------------------------

TRUST = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
ANY = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
PROTECTED: dict[str, dict[str, str]] = {
    "iam:DeleteRole": {},
    "iam:PutRolePolicy": {"PolicyName": "p", "PolicyDocument": ANY},
    "iam:DeleteRolePolicy": {"PolicyName": "p"},
    "iam:AttachRolePolicy": {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    "iam:DetachRolePolicy": {"PolicyArn": POLICY},
    "iam:UpdateAssumeRolePolicy": {"PolicyDocument": TRUST},
}


@pytest.mark.parametrize("action", PROTECTED)
def test_only_aws_modifies_it(ask: Ask, role: dict[str, Any], action: str) -> None:
    before = ask("iam:GetRole", RoleName=NAME)
    text = f"Cannot perform the operation on the protected role '{NAME}' - this role is only modifiable by AWS"
    with pytest.raises(AwsError, match=f"^UnmodifiableEntity: {re.escape(text)}$"):
        ask(action, RoleName=NAME.lower(), **PROTECTED[action])
    assert ask("iam:GetRole", RoleName=NAME) == before
    assert len(ask("iam:ListAttachedRolePolicies", RoleName=NAME)["AttachedPolicies"]) == 1


def test_the_service_policy_itself_is_no_exception(ask: Ask, role: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match=r"^UnmodifiableEntity: "):
        ask("iam:AttachRolePolicy", RoleName=NAME, PolicyArn=POLICY)


def test_its_session_length_cannot_be_changed(ask: Ask, role: dict[str, Any]) -> None:
    text = f"{NAME} is an AWS service linked role, max session duration cannot be changed."
    with pytest.raises(AwsError, match=f"^UnmodifiableEntity: {re.escape(text)}$"):
        ask("iam:UpdateRole", RoleName=NAME, Description="no", MaxSessionDuration=3600)
    assert ask("iam:GetRole", RoleName=NAME)["Role"]["Description"] is None


def test_its_description_and_tags_can(ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:UpdateRole", RoleName=NAME, Description="one")
    assert ask("iam:UpdateRoleDescription", RoleName=NAME, Description="two")["Role"]["Description"] == "two"
    ask("iam:TagRole", RoleName=NAME, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ask("iam:UntagRole", RoleName=NAME, TagKeys=["a"])
    assert ask("iam:ListRoleTags", RoleName=NAME)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_nobody_but_the_service_assumes_it(world: World, ask: Ask, role: dict[str, Any], ada: Principal) -> None:
    ask("iam:AttachUserPolicy", UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    text = f"User: {ada.arn} is not authorized to perform: sts:AssumeRole on resource: {ARN}"
    with pytest.raises(AwsError, match=f"^AccessDenied: {re.escape(text)}$"):
        ask("sts:AssumeRole", as_=ada, RoleArn=ARN, RoleSessionName="AmazonMQ")
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        ask("sts:AssumeRole", as_=identity.service("ec2.amazonaws.com", ACCOUNT), RoleArn=ARN, RoleSessionName="xx")
    linked = world.linked_role("mq.amazonaws.com")
    assert linked is not None
    assert world.acting_as(linked, ACCOUNT, "eu-west-1").arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}/AmazonMQ"


# deleting it ---------------------------------------------------------------------------------------------------------


def test_a_deletion_that_succeeds(world: World, ask: Ask, role: dict[str, Any]) -> None:
    linked = world.linked_role("mq.amazonaws.com")
    assert linked is not None
    session = world.acting_as(linked, ACCOUNT, "us-east-1")
    task = ask("iam:DeleteServiceLinkedRole", RoleName=NAME.upper())["DeletionTaskId"]
    assert re.fullmatch(f"task/aws-service-role/mq.amazonaws.com/{NAME}/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", task)
    assert ask("iam:DeleteServiceLinkedRole", RoleName=NAME) == {"DeletionTaskId": task}
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task) == {"Status": "IN_PROGRESS", "Reason": None}
    assert ask("iam:GetRole", RoleName=NAME)
    world.advance(10)
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task) == {"Status": "SUCCEEDED", "Reason": None}
    with pytest.raises(AwsError, match=f"^NoSuchEntity: The role with name {NAME} cannot be found\\.$"):
        ask("iam:GetRole", RoleName=NAME)
    with pytest.raises(AwsError, match=r"^UnauthorizedOperation: "):
        world.ask(session, "ec2", "DescribeVpcEndpoints", "us-east-1", {})
    with pytest.raises(AwsError, match=r"^AccessDenied: "):
        world.acting_as(linked, ACCOUNT, "us-east-1")


def test_a_role_made_again_is_another(world: World, ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:DeleteServiceLinkedRole", RoleName=NAME)
    world.advance(10)
    assert ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")["Role"]["RoleId"] != role["RoleId"]


def test_a_deletion_that_fails(world: World, ask: Ask, role: dict[str, Any], usage: dict[str, list[str]]) -> None:
    task = ask("iam:DeleteServiceLinkedRole", RoleName=NAME)["DeletionTaskId"]
    brokers = {place: f"arn:aws:mq:{place}:{ACCOUNT}:broker:b:b-1" for place in ("us-east-1", "eu-west-1")}
    usage.update({place: [arn] for place, arn in brokers.items()} | {"eu-west-2": []})
    world.advance(10)
    failed = {
        "Status": "FAILED",
        "Reason": {
            "Reason": "Resources managed by Amazon MQ still use this role. Delete the listed brokers and try again.",
            "RoleUsageList": [
                {"Region": "eu-west-1", "Resources": [brokers["eu-west-1"]]},
                {"Region": "us-east-1", "Resources": [brokers["us-east-1"]]},
            ],
        },
    }
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task) == failed
    assert ask("iam:GetRole", RoleName=NAME)["Role"]["RoleId"] == role["RoleId"]
    usage.clear()
    again = ask("iam:DeleteServiceLinkedRole", RoleName=NAME)["DeletionTaskId"]
    assert again != task
    world.advance(10)
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=again)["Status"] == "SUCCEEDED"
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task) == failed


def test_the_journal_tells_how_it_ended(world: World, ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:DeleteServiceLinkedRole", RoleName=NAME)
    world.advance(10)
    assert f"deletion of role {NAME}: SUCCEEDED" in [entry.title for entry in world.journal.select(account=ACCOUNT)]


def test_a_deletion_whose_service_is_gone_is_a_mistake(world: World, ask: Ask, role: dict[str, Any]) -> None:
    ask("iam:DeleteServiceLinkedRole", RoleName=NAME)
    world.services = {name: service for name, service in world.services.items() if name != "mq"}
    with pytest.raises(RuntimeError, match=r"a deletion task lost its role"):
        world.advance(10)


def test_an_ordinary_role_is_no_service_role(ask: Ask) -> None:
    ask("iam:CreateRole", RoleName="Keeper", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(AwsError, match=r"^NoSuchEntity: Keeper exists but is not a service role\.$"):
        ask("iam:DeleteServiceLinkedRole", RoleName="keeper")
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The role with name ghost cannot be found\.$"):
        ask("iam:DeleteServiceLinkedRole", RoleName="ghost")


def test_tasks_that_do_not_exist(ask: Ask) -> None:
    unknown = f"task/aws-service-role/mq.amazonaws.com/{NAME}/cc20023b-069d-4d01-96e3-a2e91d74f1f8"
    with pytest.raises(AwsError, match=r"^NoSuchEntity: Cannot find deletion status for given id\.$"):
        ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=unknown)
    with pytest.raises(AwsError, match=r"^InvalidInput: Invalid task id$"):
        ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId="task/unknown")


def test_tasks_of_another_account(ask: Ask, role: dict[str, Any]) -> None:
    task = ask("iam:DeleteServiceLinkedRole", RoleName=NAME)["DeletionTaskId"]
    with pytest.raises(AwsError, match=r"^NoSuchEntity: "):
        ask("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task, account="444455556666")


def test_the_permissions_of_a_deletion(ask: Ask, role: dict[str, Any], ada: Principal) -> None:
    with pytest.raises(AwsError, match=f"iam:DeleteServiceLinkedRole on resource: role {NAME} because"):
        ask("iam:DeleteServiceLinkedRole", as_=ada, RoleName=NAME)
    permit(ask, Action="iam:*ServiceLinkedRole*", Resource=ARN)
    task = ask("iam:DeleteServiceLinkedRole", as_=ada, RoleName=NAME)["DeletionTaskId"]
    assert ask("iam:GetServiceLinkedRoleDeletionStatus", as_=ada, DeletionTaskId=task)["Status"] == "IN_PROGRESS"
    with pytest.raises(AwsError, match=f"on resource: arn:aws:iam::{ACCOUNT}:role/\\* because"):
        ask("iam:GetServiceLinkedRoleDeletionStatus", as_=ada, DeletionTaskId="nonsense")


def test_a_pace_changes_the_time_it_takes(usage: dict[str, list[str]], world: World) -> None:
    """At ``instant`` a deletion is over at the next call."""
    quick = World(world.services.values(), MemoryStore(), managed=managed_policies(), clock=Clock(frozen_at=NOW), pace="instant")

    def ask(operation: str, **params: Any) -> dict[str, Any]:
        call = Call(
            service="iam",
            operation=operation,
            params=params,
            principal=identity.root(ACCOUNT),
            region="us-east-1",
            partition="aws",
        )
        return quick.perform(call)

    ask("CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    task = ask("DeleteServiceLinkedRole", RoleName=NAME)
    assert ask("GetServiceLinkedRoleDeletionStatus", **task)["Status"] == "SUCCEEDED"
