"""Faults through the door: each kind on callers' calls, on Amazon MQ's own, and on its steps."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from emulator import AwsError, Clock, World, new_world
from emulator.engine import faults as engine_faults
from emulator.engine import identity
from emulator.engine.fault import Fault, FaultKind, Match
from emulator.engine.plan import Running
from emulator.services.mq.broker import Broker
from emulator.values.call import Principal
from emulator.values.errors import Unanswered
from tests.conftest import ACCOUNT, REGION, START, Ask

ROLE = "*AWSServiceRoleForAmazonMQ*"


def add(world: World, kind: FaultKind, account: str = ACCOUNT, **given: Any) -> str:
    match = Match(**{name: given.pop(name) for name in Match.__struct_fields__ if name in given})
    return world.faults.add(Fault(account=account, region="", id="", kind=kind, match=match, **given)).id


def fired(world: World) -> list[int]:
    return [fault.fired for fault in world.faults]


def create_broker(ask: Ask, name: str = "orders", **more: Any) -> str:
    made = ask(
        "mq:CreateBroker",
        BrokerName=name,
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
        **{"PubliclyAccessible": False, **more},
    )
    return str(made["BrokerId"])


def state(ask: Ask, broker: str) -> str:
    return str(ask("mq:DescribeBroker", BrokerId=broker)["BrokerState"])


def code(ask: Ask, action: str, **params: Any) -> str:
    with pytest.raises(AwsError) as refused:
        ask(action, **params)
    return refused.value.code


# Kinds that hit calls ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status", "want"),
    [
        ("ec2:DescribeVpcs", 503, "RequestLimitExceeded: Request limit exceeded."),
        ("iam:ListUsers", 400, "Throttling: Rate exceeded"),
        ("sts:GetCallerIdentity", 400, "Throttling: Rate exceeded"),
        ("logs:DescribeLogGroups", 400, "ThrottlingException: Rate exceeded"),
        ("mq:ListBrokers", 429, "TooManyRequestsException: Too Many Requests"),
    ],
)
def test_throttling_in_each_services_own_words(action: str, status: int, want: str, world: World, ask: Ask) -> None:
    add(world, "throttle", action=action, times=2)
    for _ in range(2):
        with pytest.raises(AwsError) as refused:
            ask(action)
        assert (str(refused.value), refused.value.status) == (want, status)
    ask(action)
    assert fired(world) == [2]


@pytest.mark.parametrize(
    ("action", "given", "status"),
    [
        ("ec2:DescribeVpcs", "InternalError", 500),
        ("ec2:DescribeVpcs", "VpcLimitExceeded", 400),
        ("iam:ListUsers", "ServiceFailure", 500),
        ("iam:ListUsers", "ServiceUnavailable", 503),
        ("logs:DescribeLogGroups", "ServiceUnavailableException", 500),
        ("mq:ListBrokers", "InternalServerErrorException", 500),
        ("mq:ListBrokers", "AccessDeniedException", 403),
    ],
)
def test_an_error_of_the_model(action: str, given: str, status: int, world: World, ask: Ask) -> None:
    fault = add(world, "error", action=action, code=given, times=1)
    with pytest.raises(AwsError) as refused:
        ask(action)
    assert (str(refused.value), refused.value.status) == (f"{given}: The fault {fault} answers this call.", status)
    add(world, "error", service=action.partition(":")[0], code=given, message="told so")
    with pytest.raises(AwsError, match=f"{given}: told so"):
        ask(action)


def test_a_denial_names_its_fault_and_is_a_decision(world: World, ask: Ask) -> None:
    fault = add(world, "deny", action="iam:CreateUser", times=1)
    with pytest.raises(AwsError, match=r"AccessDenied: .* with an explicit deny in an identity-based policy"):
        ask("iam:CreateUser", UserName="a")
    (entry,) = world.journal.select(decision="explicitDeny")
    assert entry.decisions[0]["because"]["policy"] == f"fault {fault}"
    ask("iam:CreateUser", UserName="a")


def test_a_denial_of_one_of_the_actions_that_a_call_needs(world: World, ask: Ask) -> None:
    """The endpoint may be made, but not tagged: the broker ends as it does when the statement is missing."""
    add(world, "deny", action="ec2:CreateTags", principal=ROLE, resource="arn:aws:ec2:*:vpc-endpoint/*")
    broker = create_broker(ask)
    world.advance(600)
    assert state(ask, broker) == "CREATION_FAILED"
    denied = next(entry for entry in world.journal.select(decision="explicitDeny"))
    assert denied.title == "ec2:CreateVpcEndpoint"
    assert fired(world) == [1]


def test_a_denial_binds_in_a_soft_world_too() -> None:
    world = new_world(clock=Clock(frozen_at=START), seed="tests", iam="soft")
    add(world, "deny", action="ec2:DescribeVpcs")
    with pytest.raises(AwsError, match="UnauthorizedOperation"):
        world.ask(identity.root(ACCOUNT), "ec2", "DescribeVpcs", REGION, {})


def test_a_dropped_call_changes_nothing_and_a_lost_answer_changes_all(world: World, ask: Ask) -> None:
    add(world, "drop", action="iam:CreateUser", times=1)
    add(world, "lose", action="iam:CreateUser", times=1)
    assert code(ask, "iam:CreateUser", UserName="a") == "ConnectionClosed"
    assert ask("iam:ListUsers")["Users"] == []
    with pytest.raises(Unanswered):
        ask("iam:CreateUser", UserName="a")
    assert code(ask, "iam:CreateUser", UserName="a") == "EntityAlreadyExists"
    calls = [entry for entry in world.journal.select() if entry.title == "iam:CreateUser"]
    assert [entry.outcome for entry in calls] == ["lost", "lost", "error"]


def test_a_lost_answer_to_a_step_is_met_by_its_token(world: World, ask: Ask) -> None:
    """The step has failed, but the endpoint that it made is there: the next attempt finds that one."""
    broker = create_broker(ask)
    world.advance(700)
    (old,) = ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]
    ask("ec2:DeleteVpcEndpoints", VpcEndpointIds=[old["VpcEndpointId"]])
    add(world, "lose", action="ec2:CreateVpcEndpoint", times=1)
    ask("mq:RebootBroker", BrokerId=broker)
    world.advance(700)
    assert fired(world) == [1]
    (made,) = [one for one in ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] if one["State"] == "available"]
    if state(ask, broker) != "RUNNING":
        ask("mq:RebootBroker", BrokerId=broker)
        world.advance(700)
    assert state(ask, broker) == "RUNNING"
    (found,) = [one for one in ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] if one["State"] == "available"]
    assert found["VpcEndpointId"] == made["VpcEndpointId"]


def test_what_is_lost_between_services_is_an_error_to_the_caller(world: World, ask: Ask) -> None:
    add(world, "lose", action="iam:CreateServiceLinkedRole")
    with pytest.raises(AwsError) as refused:
        create_broker(ask)
    assert not isinstance(refused.value, Unanswered)
    assert str(refused.value).startswith("InternalServerErrorException: ")


@pytest.mark.parametrize(("kind", "more"), [("throttle", {}), ("drop", {}), ("error", {"code": "Unavailable"})])
def test_a_caller_is_told_to_try_again_when_a_service_downstream_has_no_answer(
    kind: FaultKind, more: dict[str, str], world: World, ask: Ask
) -> None:
    add(world, kind, action="ec2:DescribeSubnets", parent="mq:CreateBroker", times=1, **more)
    with pytest.raises(AwsError, match="InternalServerErrorException"):
        create_broker(ask)
    assert ask("iam:ListRoles")["Roles"] == []
    create_broker(ask)


def test_throttling_of_the_roles_calls_fails_the_step(world: World, ask: Ask) -> None:
    add(world, "throttle", action="ec2:Create*", principal=ROLE, parent="mq:CreateBroker", step="create broker: ensure endpoint")
    broker = create_broker(ask)
    ask("ec2:CreateVpc", CidrBlock="10.9.0.0/16")
    world.advance(600)
    assert state(ask, broker) == "CREATION_FAILED"
    (step,) = [entry for entry in world.journal.select() if entry.kind == "step"]
    assert (step.outcome, step.error and step.error["code"]) == ("failed", "RequestLimitExceeded")


def test_a_step_that_is_tried_again_outlives_throttling(world: World, ask: Ask) -> None:
    broker = create_broker(ask)
    world.advance(700)
    add(world, "throttle", service="ec2", step="delete broker: delete endpoint", times=2)
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(3600)
    assert fired(world) == [2], "what a failed step counted stays counted"
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_credentials_that_expire(world: World, ask: Ask) -> None:
    ask("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=trust())
    ask("iam:PutRolePolicy", RoleName="r", PolicyName="all", PolicyDocument=allow("*"))
    session = assume(world, ask)
    ask("ec2:DescribeVpcs", as_=session)
    add(world, "expire-credentials", principal="*/r/*", times=1)
    ask("ec2:DescribeVpcs")
    assert code(ask, "ec2:DescribeVpcs", as_=session) == "RequestExpired"
    opened = identity.find_session(world, session.key_id)
    assert opened is not None
    assert opened.expires == START
    assert fired(world) == [1]


def test_the_service_opens_another_session(world: World, ask: Ask) -> None:
    broker = create_broker(ask)
    world.advance(700)
    add(world, "expire-credentials", principal=ROLE, times=1)
    ask("mq:DeleteBroker", BrokerId=broker)
    world.advance(3600)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []
    roles = [entry for entry in world.journal.select() if entry.title == "sts:AssumeRole"]
    assert len(roles) >= 2


def test_credentials_of_nobody_expire_quietly(world: World) -> None:
    """A session that is gone altogether is refused in the same words."""
    ghost = Principal(
        "session", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", "AROA:s", issued_at=START, key_id="ASIAGONE"
    )
    add(world, "expire-credentials")
    with pytest.raises(AwsError, match="RequestExpired"):
        world.ask(ghost, "ec2", "DescribeVpcs", REGION, {})


def test_latency_is_a_note_that_only_the_gateway_acts_on(world: World, ask: Ask) -> None:
    assert world.faults.latency("none") == 0
    add(world, "latency", seconds=20)
    add(world, "latency", seconds=15, service="mq")
    create_broker(ask)
    (entry,) = [entry for entry in world.journal.select() if entry.title == "mq:CreateBroker"]
    assert world.faults.latency(entry.request_id) == 30, "at most"
    assert fired(world) == [1, 1], "not the calls that CreateBroker makes"


# Policies of some seconds ago ----------------------------------------------------------------------------------------


def allow(action: str) -> str:
    return f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}}}'


def trust() -> str:
    return '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}'


def assume(world: World, ask: Ask) -> Principal:
    answer = ask("sts:AssumeRole", as_=user(world, ask), RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="session")
    session = identity.find_session(world, answer["Credentials"]["AccessKeyId"])
    assert session is not None
    principal = identity.of_session(world, session)
    assert principal is not None
    return principal


def user(world: World, ask: Ask, name: str = "u") -> Principal:
    ask("iam:CreateUser", UserName=name)
    key = ask("iam:CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"]
    found = identity.find_access_key(world, key)
    assert found is not None
    principal = identity.of_access_key(world, found)
    assert principal is not None
    return principal


def test_a_change_of_policy_is_seen_late(world: World, ask: Ask) -> None:
    somebody = user(world, ask)
    ask("iam:CreateGroup", GroupName="g")
    ask("iam:AddUserToGroup", GroupName="g", UserName="u")
    add(world, "stale-identity", seconds=60)
    ask("ec2:DescribeVpcs")
    ask("iam:PutGroupPolicy", GroupName="g", PolicyName="p", PolicyDocument=allow("ec2:DescribeVpcs"))
    ask("iam:ListUsers")
    world.advance(59)
    assert code(ask, "ec2:DescribeVpcs", as_=somebody) == "UnauthorizedOperation"
    world.advance(1)
    ask("ec2:DescribeVpcs", as_=somebody)
    ask("iam:DeleteGroupPolicy", GroupName="g", PolicyName="p")
    ask("ec2:DescribeVpcs", as_=somebody)
    world.advance(60)
    assert code(ask, "ec2:DescribeVpcs", as_=somebody) == "UnauthorizedOperation"


def test_staleness_counts_only_what_it_hid(world: World, ask: Ask) -> None:
    somebody = user(world, ask)
    ask("iam:PutUserPolicy", UserName="u", PolicyName="p", PolicyDocument=allow("ec2:*"))
    add(world, "stale-identity", seconds=60, principal="*user/u", times=1)
    ask("iam:ListUsers")
    ask("ec2:DescribeVpcs", as_=somebody)
    assert fired(world) == [0]
    ask("iam:DeleteUserPolicy", UserName="u", PolicyName="p")
    ask("ec2:DescribeVpcs", as_=somebody)
    assert fired(world) == [1]
    assert code(ask, "ec2:DescribeVpcs", as_=somebody) == "UnauthorizedOperation"


def test_a_session_is_seen_at_once_and_other_accounts_are_as_they_are(world: World, ask: Ask) -> None:
    ask("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=trust())
    ask("iam:PutRolePolicy", RoleName="r", PolicyName="all", PolicyDocument=allow("*"))
    add(world, "stale-identity", seconds=60)
    ask("iam:DeleteRolePolicy", RoleName="r", PolicyName="all")
    session = assume(world, ask)
    ask("ec2:DescribeVpcs", as_=session)
    ask("iam:CreateUser", account="999988887777", UserName="b")
    stranger = user(world, ask, "c")
    assert code(ask, "iam:ListUsers", as_=stranger) == "AccessDenied"


def test_a_session_policy_is_seen_at_once(world: World, ask: Ask) -> None:
    ask("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=trust())
    ask("iam:PutRolePolicy", RoleName="r", PolicyName="all", PolicyDocument=allow("*"))
    session = assume(world, ask)
    opened = identity.find_session(world, session.key_id)
    assert opened is not None
    world.store.put(replace(opened, policy=allow("iam:*")))
    add(world, "stale-identity", seconds=60)
    ask("iam:DeleteRolePolicy", RoleName="r", PolicyName="all")
    ask("iam:ListUsers", as_=session)
    assert code(ask, "ec2:DescribeVpcs", as_=session) == "UnauthorizedOperation"
    assert fired(world) == [2]


def test_an_edited_managed_policy_is_seen_late_too(world: World, ask: Ask) -> None:
    ask("iam:CreateServiceLinkedRole", AWSServiceName="mq.amazonaws.com")
    add(world, "stale-identity", seconds=60)
    arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
    first = create_broker(ask)
    world.edit_managed_policy(ACCOUNT, arn, allow("ec2:DescribeVpcEndpoints"))
    world.advance(31)
    second = create_broker(ask, "second")
    world.advance(700)
    assert (state(ask, first), state(ask, second)) == ("RUNNING", "CREATION_FAILED")


# Kinds that hit steps ------------------------------------------------------------------------------------------------


def test_a_stall_for_some_seconds(world: World, ask: Ask) -> None:
    add(world, "stall-step", step="create broker: ensure endpoint", seconds=300)
    broker = create_broker(ask)
    world.advance(329)
    assert ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"] == []
    world.advance(1)
    assert len(ask("ec2:DescribeVpcEndpoints")["VpcEndpoints"]) == 1
    world.advance(600)
    assert state(ask, broker) == "RUNNING"
    steps = [entry.outcome for entry in world.journal.select() if entry.title == "create broker: ensure endpoint"]
    assert steps == ["waiting", "ok"]


def test_a_step_that_is_left_out_meets_no_fault(world: World, ask: Ask) -> None:
    add(world, "stall-step", step="create broker: ensure endpoint")
    private, public = create_broker(ask), create_broker(ask, "shop", PubliclyAccessible=True)
    world.advance(600)
    assert (state(ask, private), state(ask, public)) == ("CREATION_IN_PROGRESS", "RUNNING")
    assert fired(world) == [1]


def test_a_stall_until_it_is_removed(world: World, ask: Ask) -> None:
    broker = create_broker(ask)
    fault = add(world, "stall-step", step="*: boot", broker=broker)
    other = create_broker(ask, "other")
    world.advance(7200)
    assert (state(ask, broker), state(ask, other)) == ("CREATION_IN_PROGRESS", "RUNNING")
    world.faults.remove(fault)
    assert state(ask, broker) == "RUNNING"
    assert [entry.title for entry in world.journal.select() if entry.kind == "control"] == [
        "add fault stall-step",
        "remove fault stall-step",
    ]


def test_a_step_under_two_stalls_waits_for_both(world: World, ask: Ask) -> None:
    first, second = add(world, "stall-step", step="*: boot"), add(world, "stall-step", step="*: boot")
    broker = create_broker(ask)
    world.advance(3600)
    world.faults.remove(first)
    assert state(ask, broker) == "CREATION_IN_PROGRESS"
    (running,) = [one for one in world.store.find(Running) if one.plan == "create broker"]
    assert running.stalled == (first, second)
    world.faults.remove(second)
    assert state(ask, broker) == "RUNNING"


def test_a_removed_stall_of_a_broker_that_is_gone(world: World, ask: Ask) -> None:
    fault = add(world, "stall-step", step="create broker: boot")
    broker = create_broker(ask)
    world.advance(3600)
    (record,) = world.store.find(Broker)
    assert record.id == broker
    world.store.delete(record)
    world.faults.remove(fault)
    world.advance(1)
    assert ask("mq:ListBrokers")["BrokerSummaries"] == []


def test_a_step_that_fails(world: World, ask: Ask) -> None:
    add(
        world,
        "fail-step",
        step="create broker: boot",
        parent="mq:CreateBroker",
        code="InternalError",
        message="no capacity",
        times=1,
    )
    fault = add(world, "fail-step", account="999988887777")
    first, second = create_broker(ask), create_broker(ask, "second")
    world.advance(600)
    assert (state(ask, first), state(ask, second)) == ("CREATION_FAILED", "RUNNING")
    (step,) = [entry for entry in world.journal.select() if entry.outcome == "failed"]
    assert step.error == {"code": "InternalError", "message": "no capacity"}
    create_broker(ask, account="999988887777")
    world.advance(600)
    failed = [entry for entry in world.journal.select(account="999988887777") if entry.kind == "step"]
    assert failed[0].error == {"code": "InternalFailure", "message": f"The fault {fault} fails this step."}


# Matching and counting -----------------------------------------------------------------------------------------------


def test_a_fault_skips_then_fires_so_often(world: World, ask: Ask) -> None:
    add(world, "throttle", action="IAM:List*", skip=2, times=1)
    seen = []
    for _ in range(4):
        try:
            ask("iam:ListUsers")
            seen.append("ok")
        except AwsError as error:
            seen.append(error.code)
    assert seen == ["ok", "ok", "Throttling", "ok"]


def test_chance_is_the_worlds_own() -> None:
    def story(seed: str) -> list[bool]:
        world = new_world(clock=Clock(frozen_at=START), seed=seed)
        add(world, "throttle", probability=0.5)
        told = []
        for _ in range(40):
            try:
                world.ask(identity.root(ACCOUNT), "sts", "GetCallerIdentity", REGION, {})
                told.append(True)
            except AwsError:
                told.append(False)
        return told

    assert story("a") == story("a") != story("b")
    assert 5 < sum(story("a")) < 35


def test_by_account_principal_and_resource(world: World, ask: Ask) -> None:
    add(world, "throttle", account="", resource="arn:aws:iam::*:user/team/*")
    add(world, "error", account="999988887777", service="sts", code="InternalFailure")
    ask("iam:CreateUser", UserName="a")
    assert code(ask, "iam:CreateUser", UserName="b", Path="/team/") == "Throttling"
    assert code(ask, "iam:DeleteUser", UserName="nobody") == "NoSuchEntity"
    assert code(ask, "sts:AssumeRole", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="ab") == "AccessDenied"
    ask("sts:GetCallerIdentity")
    assert code(ask, "sts:GetCallerIdentity", account="999988887777") == "InternalFailure"


def test_by_broker(world: World, ask: Ask) -> None:
    first, second = create_broker(ask), create_broker(ask, "second")
    add(world, "throttle", service="mq", broker=first)
    add(world, "throttle", action="ec2:CreateVpcEndpoint", broker=first)
    assert code(ask, "mq:DescribeBroker", BrokerId=first) == "TooManyRequestsException"
    world.advance(600)
    assert state(ask, second) == "RUNNING"
    world.faults.clear()
    assert state(ask, first) == "CREATION_FAILED"


def test_a_fault_that_fired_stands_under_what_it_hit(world: World, ask: Ask) -> None:
    fault = add(world, "throttle", action="iam:ListUsers")
    code(ask, "iam:ListUsers")
    call, note = world.journal.select()[-2:]
    assert (note.kind, note.title, note.parent, note.params) == ("fault", "throttle", call.id, {"fault": fault})
    assert (note.account, note.request_id) == (ACCOUNT, call.request_id)


# Keeping them --------------------------------------------------------------------------------------------------------


def test_faults_are_records_that_outlive_a_failed_call(world: World, ask: Ask) -> None:
    fault = add(world, "throttle", service="iam", times=3)
    code(ask, "iam:ListUsers")
    (record,) = world.store.find(Fault)
    assert (record.id, record.seen, record.fired) == (fault, 1, 1)
    world.faults.load()
    code(ask, "iam:ListUsers")
    assert fired(world) == [2]
    assert [one.to_json() for one in world.faults] == [
        {
            "kind": "throttle",
            "id": fault,
            "times": 3,
            "skip": 0,
            "probability": 1.0,
            "code": "",
            "message": "",
            "seconds": None,
            "seen": 2,
            "fired": 2,
            "account": ACCOUNT,
            "match": {"service": "iam"},
        }
    ]
    other = add(world, "throttle", account="")
    assert other != fault
    world.faults.clear(ACCOUNT)
    assert [one.id for one in world.faults] == [other]
    world.reset()
    assert list(world.faults) == list(world.store.find(Fault)) == []


def test_a_fault_never_takes_anothers_id(world: World) -> None:
    first = add(world, "throttle")
    world.faults.load()
    assert add(world, "throttle") != first


def test_there_is_a_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_faults, "MOST_FAULTS", 1)
    add(world, "throttle")
    with pytest.raises(ValueError, match="there are 1 faults already"):
        add(world, "throttle")


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("error", {}, "a fault of kind error needs code"),
        ("latency", {}, "a fault of kind latency needs seconds"),
        ("latency", {"seconds": 31.0}, "a fault of kind latency takes at most 30 seconds"),
        ("throttle", {"code": "Throttling"}, "a fault of kind throttle takes no code"),
        ("drop", {"seconds": 1.0}, "a fault of kind drop takes no seconds"),
        ("fail-step", {"action": "ec2:*"}, "a fault of kind fail-step is matched by broker, parent and step, not by action"),
        ("fail-step", {"code": "Nonsense"}, "no service has an error Nonsense"),
        ("stall-step", {"step": "create broker: dance"}, "no step is like 'create broker: dance'"),
        ("throttle", {"step": "dance"}, "no step is like 'dance'"),
        ("throttle", {"service": "s3"}, "there is no service 's3', but .*ec2, iam, logs, mq, sts"),
        ("throttle", {"action": "ec2:CreateVpcEndpint"}, "no operation is like 'ec2:CreateVpcEndpint'"),
        ("throttle", {"service": "iam", "action": "ec2:*"}, "no operation of iam is like 'ec2:\\*'"),
        ("deny", {"action": "s3:*"}, "no operation is like 's3:\\*'"),
        ("error", {"code": "Nonsense", "service": "ec2"}, "ec2 has no error Nonsense"),
        ("error", {"code": "InternalError"}, "(cloudtrail|iam) has no error InternalError"),
        ("error", {"code": "NoSuchEntity", "action": "mq:*"}, "mq has no error NoSuchEntity"),
    ],
)
def test_what_would_never_fire_is_refused_by_name(kind: FaultKind, given: dict[str, Any], text: str, world: World) -> None:
    with pytest.raises(ValueError, match=text):
        add(world, kind, **given)
    assert list(world.faults) == []


def test_a_denial_may_be_of_an_action_that_is_no_operation(world: World) -> None:
    add(world, "deny", action="iam:PassRole")
    add(world, "error", code="InternalFailure")
    add(world, "stall-step")
