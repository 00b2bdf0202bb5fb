"""What a run of a scenario does: calls as whom it names, time, expectations, and what it says when they do not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.scenario.fresh import START, fresh_emulator, fresh_world
from emulator.scenario.model import Scenario
from emulator.scenario.run import Run
from emulator.scenario.target import Emulator
from emulator.values.clock import iso8601, parse_iso8601

ACCOUNT = "111122223333"
WHO: dict[str, Any] = {"call": "sts:GetCallerIdentity"}
LIST: dict[str, Any] = {"call": "iam:ListUsers"}
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def scenario(*steps: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.model_validate({"name": "Test", "steps": list(steps), **more})


@pytest.fixture
def target() -> Iterator[Emulator]:
    with fresh_emulator() as emulator:
        yield emulator


Play = Callable[..., dict[str, Any]]
Fail = Callable[..., str]


@pytest.fixture
def play(target: Emulator) -> Play:
    """Plays steps that must go as told; gives what was saved on the way."""

    def run(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
        done = Run(scenario(*steps, **more), target).play()
        assert (done.failures, done.skipped) == ([], [])
        return done.values

    return run


@pytest.fixture
def fail(target: Emulator) -> Fail:
    """Plays steps of which one must not go as told; gives what is said of it."""

    def run(*steps: dict[str, Any], **more: Any) -> str:
        done = Run(scenario(*steps, **more), target).play()
        (failure,) = done.failures
        assert "\n" not in failure
        return failure

    return run


# Values ------------------------------------------------------------------------------------------------------------


def test_values_are_saved_and_filled_in(play: Play) -> None:
    saved = play(
        {"call": "ec2:CreateVpc", "params": {"CidrBlock": "10.0.0.0/16"}, "save": {"vpc": "Vpc.VpcId", "tags": "Vpc.Tags"}},
        {"call": "ec2:CreateTags", "params": {"Resources": ["${vpc}"], "Tags": [{"Key": "of", "Value": "the ${vpc}, ${vpc}"}]}},
        {
            "call": "ec2:DescribeVpcs",
            "params": {"VpcIds": ["${vpc}"]},
            "expect": {
                "Vpcs[0].VpcId": "${vpc}",
                "Vpcs[?VpcId=='${vpc}'] | length(@)": 1,
                "Vpcs[0].Tags": [{"Key": "of", "Value": "the ${vpc}, ${vpc}"}],
            },
        },
    )
    assert saved["vpc"].startswith("vpc-")


def test_a_whole_text_becomes_the_value_itself(play: Play) -> None:
    """A list stays a list, a number a number."""
    saved = play(
        {"call": "ec2:DescribeVpcs", "params": {"MaxResults": 5}, "save": {"ids": "Vpcs[].VpcId", "count": "length(Vpcs)"}},
        {"call": "ec2:DescribeVpcs", "params": {"VpcIds": "${ids}"}, "expect": {"length(Vpcs)": "${count}"}},
    )
    assert isinstance(saved["ids"], list)
    assert isinstance(saved["count"], int)


def test_times_are_texts(play: Play) -> None:
    play(
        {"call": "iam:CreateUser", "params": {"UserName": "dev"}, "expect": {"User.CreateDate": "2026-09-30T12:00:00+00:00"}},
    )
    assert iso8601(parse_iso8601(START)) == START


def test_account_region_and_variables_stand_for_their_values(play: Play, fail: Fail) -> None:
    path = {"Account": "${account}", "Arn": "arn:aws-us-gov:iam::${account}:${who}"}
    more = {"account": "999988887777", "region": "us-gov-west-1"}
    play({**WHO, "expect": path}, variables={"who": "root"}, **more)
    assert fail(WHO, variables={"password": None}) == "the variable password has no value: give it with --var password=…"


def test_a_variable_given_from_outside_wins(target: Emulator) -> None:
    step = {**WHO, "expect": {"Account": "${wanted}"}}
    run = Run(scenario(step, variables={"wanted": None}), target, {"wanted": ACCOUNT}).play()
    assert run.failures == []


# Who calls ---------------------------------------------------------------------------------------------------------

TRUST = [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]
GIVEN: dict[str, Any] = {
    "accounts": {
        ACCOUNT: {
            "users": {
                "dev": {"policies": {"all": EVERYTHING}},
                "ops": {"access_key": {"id": "AKIAOPSOPSOPSOPSOPS1", "secret": "not-a-secret"}, "path": "/staff/"},
            },
            "roles": {"deployer": {"trust": TRUST, "path": "/ci/", "policies": {"all": EVERYTHING}}},
        },
        "222233334444": {"users": {"far": {}}, "roles": {"away": {"trust": TRUST, "policies": {"all": EVERYTHING}}}},
    },
    "sessions": {
        "ci": {"role": "deployer", "by": "dev", "policy": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]},
        "guest": {"role": "away", "by": "ci2", "duration": 900},
        "ci2": {"role": "arn:aws:iam::111122223333:role/ci/deployer", "by": "dev", "tags": {"team": "blue"}},
        "narrow": {"role": "deployer", "by": "dev", "policy_arns": ["arn:aws:iam::aws:policy/AmazonMQReadOnlyAccess"]},
    },
}


@pytest.mark.parametrize(
    ("who", "arn"),
    [
        ("root", "arn:aws:iam::111122223333:root"),
        ("222233334444", "arn:aws:iam::222233334444:root"),
        ("dev", "arn:aws:iam::111122223333:user/dev"),
        ("ops", "arn:aws:iam::111122223333:user/staff/ops"),
        ("far", "arn:aws:iam::222233334444:user/far"),
        ("ci", "arn:aws:sts::111122223333:assumed-role/deployer/ci"),
        ("guest", "arn:aws:sts::222233334444:assumed-role/away/guest"),
    ],
)
def test_whom_a_step_names(who: str, arn: str, play: Play) -> None:
    play({**WHO, "as": who, "expect": {"Arn": arn}}, given=GIVEN)


def test_the_service_calls_as_its_role(play: Play) -> None:
    play(
        {"call": "iam:CreateServiceLinkedRole", "params": {"AWSServiceName": "mq.amazonaws.com"}},
        {
            **WHO,
            "as": "mq.amazonaws.com",
            "expect": {"Arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAmazonMQ/AmazonMQ"},
        },
        {"call": "ec2:DescribeVpcs", "as": "mq.amazonaws.com", "error": {"code": "UnauthorizedOperation"}},
    )


def test_saved_credentials_and_a_user_that_a_step_made(play: Play) -> None:
    play(
        {"call": "iam:CreateUser", "params": {"UserName": "new"}},
        {"call": "iam:CreateAccessKey", "params": {"UserName": "new"}, "save": {"key": "AccessKey"}},
        {**WHO, "as": "${key}", "expect": {"Arn": "arn:aws:iam::111122223333:user/new"}},
        {**WHO, "as": "new", "expect": {"Arn": "arn:aws:iam::111122223333:user/new"}},
    )


def test_a_session_that_is_over_is_opened_again(play: Play, target: Emulator) -> None:
    guest, service = {**WHO, "as": "guest"}, {**WHO, "as": "mq.amazonaws.com"}
    linked = {"call": "iam:CreateServiceLinkedRole", "params": {"AWSServiceName": "mq.amazonaws.com"}}
    play(linked, guest, {"advance": 899}, guest, {"advance": 1}, guest, service, {"advance": "1h"}, service, guest, given=GIVEN)
    opened = [one["params"]["RoleSessionName"] for one in target.entries({ACCOUNT}, 0) if one["title"] == "sts:AssumeRole"]
    assert opened.count("guest") == 3
    assert opened.count("ci2") == 2  # it opens guest, and has ended by then as well
    assert opened.count("AmazonMQ") == 2


def test_a_session_that_a_fault_has_ended_is_not_opened_again(play: Play) -> None:
    over = {"code": "ExpiredToken"}
    fault = {"kind": "expire-credentials", "match": {"principal": "*/ci"}, "times": 1}
    play(
        {**WHO, "as": "ci"}, {"fault": fault}, {**WHO, "as": "ci", "error": over}, {**WHO, "as": "ci", "error": over}, given=GIVEN
    )


def test_session_policies_limit_a_session(play: Play) -> None:
    no = {"code": "AccessDeniedException", "message": "because no session policy allows the mq:CreateBroker action"}
    broker = {
        "BrokerName": "a",
        "EngineType": "RABBITMQ",
        "DeploymentMode": "SINGLE_INSTANCE",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": True,
        "Users": [{"Username": "user", "Password": "correct-horse"}],
    }
    play(
        {"call": "mq:ListBrokers", "as": "ci", "error": {**no, "message": "no session policy allows the mq:ListBrokers action"}},
        {"call": "mq:ListBrokers", "as": "narrow"},
        {"call": "mq:CreateBroker", "params": broker, "as": "narrow", "error": no},
        given=GIVEN,
    )


# Errors and failures -----------------------------------------------------------------------------------------------


def test_an_error_that_must_come(play: Play) -> None:
    play(
        {"call": "iam:GetRole", "params": {"RoleName": "none"}, "error": {"code": "NoSuchEntity", "message": "cannot.*found"}},
        {"call": "iam:GetRole", "params": {"Name": "a"}, "error": {"code": "ParamValidationError"}},
        {
            "call": "iam:GetRole",
            "params": {"RoleName": "none"},
            "error": {"code": "NoSuchEntity", "message": "name ${who} cannot"},
        },
        variables={"who": "none"},
    )


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({**WHO, "expect": {"Account": "1"}}, "Account is '111122223333', not '1'"),
        ({**WHO, "note": "me", "expect": {"Nobody": "1"}}, "Nobody is None, not '1'"),
        ({**WHO, "expect": {"length(Nobody)": 0}}, "length(Nobody): "),
        ({**WHO, "error": {"code": "AccessDenied"}}, "it succeeded, but should have ended in AccessDenied"),
        (
            {"call": "iam:GetRole", "params": {"RoleName": "none"}, "error": {"code": "AccessDenied"}},
            "it ended in NoSuchEntity: The role with name none cannot be found.",
        ),
        ({"call": "iam:GetRole", "params": {"RoleName": "none"}}, "it ended in NoSuchEntity: "),
        ({"call": "iam:GetRole", "params": {"RoleName": "${role}"}}, "nothing was saved as role"),
        ({"call": "iam:GetRole", "params": {"Name": "a"}}, "it ended in ParamValidationError: Parameter validation failed: "),
        ({"call": "iam:FlyHome"}, "it ended in UnknownOperation: iam has no operation FlyHome"),
        ({"call": "teleport:FlyHome"}, "it ended in UnknownServiceError: Unknown service: 'teleport'"),
        ({**LIST, "decisions": [{"resource": "${nobody}"}]}, "nothing was saved as nobody"),
        (
            {
                "call": "iam:GetRole",
                "params": {"RoleName": "none"},
                "error": {"code": "NoSuchEntity", "message": "name ${three} "},
            },
            "it ended in NoSuchEntity: The role with name none cannot be found.",
        ),
        ({**WHO, "as": "nobody"}, "it ended in NoSuchEntity: The user with name nobody cannot be found."),
        ({**WHO, "as": "${nobody}"}, "nothing was saved as nobody"),
        ({**WHO, "as": "${three}"}, "it ended in NoCredentials: what was saved is neither Credentials of STS nor an AccessKey"),
        ({**WHO, "as": "mq.amazonaws.com"}, "AccessDenied: "),
        ({"advance": "500d"}, "advance: Input should be less than or equal to "),
        ({**WHO, "decisions": [{"action": "iam:*"}]}, "no decision of action iam:*, not one"),
        ({**WHO, "journal": [{"lacks": ["sts:*"]}]}, "there is a sts:*"),
        ({"decisions": [{"count": 1}]}, "no decision of anything, not 1"),
    ],
)
def test_what_does_not_go_as_told_is_named(step: dict[str, Any], why: str, fail: Fail) -> None:
    kinds = ("note", "call", "advance")
    title = next((step[kind] for kind in kinds if kind in step), "decisions").replace("500d", "advance 4.32e+07 s")
    told = fail(WHO, step, {"call": "iam:CreateUser", "params": {"UserName": "never"}}, variables={"three": 3})
    assert told.startswith(f"step 2 ({title}): {why}")


def test_steps_end_with_the_first_failure_and_expectations_are_all_looked_at(target: Emulator) -> None:
    no, yes = {**WHO, "expect": {"Account": "1"}}, {"call": "iam:GetUser", "params": {"UserName": "late"}}
    late = {"call": "iam:CreateUser", "params": {"UserName": "late"}}
    assert len(Run(scenario(no, late), target).play().failures) == 1
    done = Run(scenario(WHO, expect=[no, yes, no, {"decisions": [{"action": "sts:*", "count": 1}]}]), target).play()
    assert [failure.split(":")[0] for failure in done.failures] == [
        "expectation 1 (sts",
        "expectation 2 (iam",
        "expectation 3 (sts",
        "expectation 4 (decisions)",
    ]


def test_what_is_given_and_cannot_be_made_is_named(fail: Fail) -> None:
    told = fail(WHO, given={"accounts": {ACCOUNT: {"users": {"dev": {"groups": ["none"]}}}}})
    assert told == "given: 111122223333: iam:AddUserToGroup: NoSuchEntity: The group with name none cannot be found."


# Time --------------------------------------------------------------------------------------------------------------

BROKER = {
    "BrokerName": "orders",
    "EngineType": "RABBITMQ",
    "DeploymentMode": "SINGLE_INSTANCE",
    "HostInstanceType": "mq.m5.large",
    "PubliclyAccessible": False,
    "Users": [{"Username": "user", "Password": "correct-horse"}],
}
CREATE: dict[str, Any] = {"call": "mq:CreateBroker", "params": BROKER, "save": {"broker": "BrokerId"}}
DESCRIBE = {"params": {"BrokerId": "${broker}"}}


def test_waiting_goes_from_timer_to_timer(play: Play, target: Emulator) -> None:
    play(CREATE, {"wait": "mq:DescribeBroker", **DESCRIBE, "until": "BrokerState == 'RUNNING'", "within": "20m"})
    looks = [one["at"] for one in target.entries({ACCOUNT}, 0) if one["title"] == "mq:DescribeBroker"]
    assert parse_iso8601(looks[-1]) - parse_iso8601(looks[0]) == pytest.approx(570, abs=1)
    assert len(looks) < 12


def test_waiting_for_an_error(play: Play) -> None:
    play(
        CREATE,
        {"advance": "10m"},
        {"call": "mq:DeleteBroker", **DESCRIBE},
        {"wait": "mq:DescribeBroker", **DESCRIBE, "error": {"code": "NotFoundException"}, "within": "20m"},
    )


def test_waiting_ends_in_time(fail: Fail, target: Emulator) -> None:
    before = parse_iso8601(target.control("GET", "clock")["now"])
    told = fail({"wait": "sts:GetCallerIdentity", "until": "Account == '1'", "within": "1h"})
    assert told.startswith(
        "step 1 (wait: sts:GetCallerIdentity): Account == '1' is not true after 3600 s; the last answer was {'UserId'"
    )
    assert parse_iso8601(target.control("GET", "clock")["now"]) - before == pytest.approx(3600, abs=1)
    error = {"wait": "sts:GetCallerIdentity", "error": {"code": "ExpiredToken"}, "within": "1m"}
    assert "there is no ExpiredToken after 60 s" in fail(error)
    other = {"wait": "iam:GetRole", "params": {"RoleName": "none"}, "error": {"code": "ExpiredToken"}}
    assert "NoSuchEntity" in fail(other)


def test_what_is_true_is_not_waited_for_and_only_true_counts(play: Play, fail: Fail, target: Emulator) -> None:
    before = target.control("GET", "clock")["now"]
    play({"wait": "sts:GetCallerIdentity", "until": "Account == '111122223333'", "within": "1h"})
    assert target.control("GET", "clock")["now"] == before
    assert "Account is not true after 15 s" in fail({"wait": "sts:GetCallerIdentity", "until": "Account", "within": "15s"})


def test_time_passes_and_a_step_is_judged_by_what_came_of_it(play: Play) -> None:
    play(
        {**CREATE, "journal": [{"lacks": ["ec2:CreateVpcEndpoint"]}]},
        {
            "advance": "10m",
            "journal": [{"contains": ["ec2:CreateVpcEndpoint", "CREATION_IN_PROGRESS → RUNNING"], "lacks": ["mq:CreateBroker"]}],
            "decisions": [
                {"action": "ec2:CreateTags", "outcome": "allowed", "because": "AmazonMQServiceRolePolicy/4", "count": 1}
            ],
        },
        {"journal": [{"under": "mq:CreateBroker", "contains": ["ec2:CreateVpcEndpoint"]}]},
    )


# Policies ----------------------------------------------------------------------------------------------------------


def test_policies_are_edited(play: Play) -> None:
    no = {"code": "AccessDeniedException"}
    listing = {"call": "mq:ListBrokers", "as": "dev"}
    allow = [{"Effect": "Allow", "Action": "mq:*", "Resource": "*"}]
    deny = [{"Effect": "Deny", "Action": "mq:*", "Resource": "*"}]
    play(
        listing,
        {"edit_policy": {"user": "dev", "name": "all", "document": None}},
        {**listing, "error": no},
        {"edit_policy": {"user": "dev", "name": "brokers", "document": allow}},
        listing,
        {"edit_policy": {"organization": {"service_control_policies": [{"all": EVERYTHING, "none": deny}]}}},
        {**listing, "error": {**no, "message": "explicit deny in a service control policy"}},
        {"edit_policy": {"organization": {}}},
        listing,
        {"edit_policy": {"managed": "AmazonMQServiceRolePolicy", "document": {"without": [2, 3]}}},
        CREATE,
        {"wait": "mq:DescribeBroker", **DESCRIBE, "until": "BrokerState == 'CREATION_FAILED'"},
        {"edit_policy": {"managed": "AmazonMQServiceRolePolicy", "document": None}},
        {**CREATE, "params": {**BROKER, "BrokerName": "invoices"}},
        {"wait": "mq:DescribeBroker", **DESCRIBE, "until": "BrokerState == 'RUNNING'"},
        given=GIVEN,
    )


# Faults ------------------------------------------------------------------------------------------------------------

THROTTLE: dict[str, Any] = {"kind": "throttle", "match": {"action": "iam:ListUsers"}}
THROTTLED = {**LIST, "error": {"code": "Throttling"}}


def test_faults_are_added_and_removed(play: Play, target: Emulator) -> None:
    play(
        THROTTLED,
        LIST,
        {"fault": THROTTLE, "name": "slow"},
        {"fault": {"kind": "error", "code": "ServiceFailure", "match": {"action": "iam:ListRoles"}}},
        THROTTLED,
        {"remove_fault": "slow"},
        LIST,
        {"call": "iam:ListRoles", "error": {"code": "ServiceFailure"}},
        {"remove_fault": "all"},
        {"call": "iam:ListRoles"},
        {**LIST, "as": "222233334444"},
        given={"faults": [{**THROTTLE, "times": 1}], "accounts": {"222233334444": {}}},
    )
    assert target.control("GET", "faults")["faults"] == []


def test_a_fault_names_what_was_saved_and_hits_the_scenarios_account(play: Play, target: Emulator) -> None:
    play(CREATE, {"fault": {"kind": "stall-step", "match": {"broker": "${broker}"}}})
    (fault,) = target.control("GET", "faults")["faults"]
    assert fault["account"] == ACCOUNT
    assert fault["match"]["broker"].startswith("b-")


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"remove_fault": "none"}, "step 1 (remove fault none): there is no fault none"),
        ({"fault": {"kind": "error"}}, "step 1 (fault error): a fault of kind error needs code"),
        ({"fault": {"kind": "drop", "match": {"broker": "${none}"}}}, "step 1 (fault drop): nothing was saved as none"),
    ],
)
def test_faults_that_cannot_be(step: dict[str, Any], why: str, fail: Fail) -> None:
    assert fail(step) == why
    given = {"faults": [{"kind": "error", "match": {"action": "iam:ListUsers"}}]}
    assert fail(WHO, given=given) == "given: faults.0: a fault of kind error needs code"


# Broker events -----------------------------------------------------------------------------------------------------


def test_something_happens_inside_a_broker(play: Play) -> None:
    play(
        CREATE,
        {"wait": "mq:DescribeBroker", **DESCRIBE, "until": "BrokerState == 'RUNNING'"},
        {
            "broker_event": "disk alarm",
            "broker": "${broker}",
            "journal": [{"contains": [{"title": "disk alarm", "kind": "control"}]}],
        },
        {"call": "mq:DescribeBroker", **DESCRIBE, "expect": {"BrokerState": "CRITICAL_ACTION_REQUIRED"}},
        {"broker_event": "disk alarm cleared", "broker": "${broker}", "region": "us-east-1"},
        {"call": "mq:DescribeBroker", **DESCRIBE, "expect": {"BrokerState": "RUNNING"}},
    )


def test_nothing_happens_in_a_broker_that_is_not_there(fail: Fail) -> None:
    step = {"broker_event": "disk alarm", "broker": "b-1", "region": "eu-west-1"}
    assert fail(step).startswith("step 1 (broker event: disk alarm): NotFoundException: Cannot find broker ID [b-1]")


# An emulator that goes away ----------------------------------------------------------------------------------------


def test_an_emulator_that_goes_away_is_named(target: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Emulator("http://127.0.0.1:1", is_fresh=True)
    monkeypatch.setattr(target, "advance", gone.advance)
    run = Run(scenario(WHO, {"advance": 1}), target).play()
    assert run.failures == [f"step 2 (advance 1 s): no emulator answers at {target.url}"]


# The journal's bounds ----------------------------------------------------------------------------------------------


def test_a_journal_that_dropped_entries_proves_nothing() -> None:
    world = fresh_world()
    world.journal.capacity = 3
    with fresh_emulator(world) as target:
        run = Run(scenario(WHO, WHO, WHO, WHO, WHO, {"decisions": [{"count": 5}]}), target).play()
    assert run.failures == ["step 6 (decisions): the journal has dropped entries of this scenario"]
