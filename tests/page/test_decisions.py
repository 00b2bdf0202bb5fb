from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from emulator import AwsError, World
from emulator.engine import identity, organization
from tests.conftest import ACCOUNT, REGION, Ask
from tests.page.conftest import Page
from tests.services.conftest import Create, create, network

__all__ = ["create", "network"]
Api = Callable[..., Any]

ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mq.amazonaws.com/AWSServiceRoleForAmazonMQ"
ENDPOINT = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint/*"
USER = f"arn:aws:iam::{ACCOUNT}:user/dev"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"} | one for one in statements]})


@pytest.fixture
def dev(world: World, ask: Ask) -> Callable[[str], None]:
    """``dev(policy)``: a user with one policy."""
    ask("iam:CreateUser", UserName="dev")
    return lambda text: ask("iam:PutUserPolicy", UserName="dev", PolicyName="own", PolicyDocument=text) and None


@pytest.fixture
def decide(http: FlaskClient) -> Callable[..., Any]:
    """``decide("mq:ListBrokers", principal=…)``: the answer of ``POST decide``."""

    def ask(action: str, status: int = 200, **asked: Any) -> Any:
        question = {"account": ACCOUNT, "principal": USER, "action": action, **asked}
        answer = http.post("/_emulator/decide", json=question)
        assert answer.status_code == status, answer.text
        return answer.json

    return ask


# A decision of the journal -----------------------------------------------------------------------------------------


def test_a_denial_names_what_failed_and_what_would_help(world: World, create: Create, page: Page, api: Api) -> None:
    text = json.loads(world.managed["policy/aws-service-role/AmazonMQServiceRolePolicy"].document)
    text["Statement"][2]["Condition"]["StringEquals"]["aws:RequestTag/AMQManaged"] = "yes"
    world.edit_managed_policy(ACCOUNT, "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy", json.dumps(text))
    create()
    world.advance(60)
    (entry,) = [entry for entry in world.journal.select() if entry.outcome == "denied"]
    number = len(entry.decided)
    shown = page(f"page/journal/{entry.id}/{number}")
    assert f"Decision {number} of {number}" in shown.text
    assert "Denied, for nothing allows it no identity-based policy allows ec2:CreateVpcEndpoint" in shown.text
    assert shown.part("remedy").startswith(
        "To allow it: Let the request meet aws:RequestTag/AMQManaged StringEquals yes (it has true), "
        "as statement 3 of AmazonMQServiceRolePolicy wants, or add a statement to an identity-based policy"
    )
    assert "it wants aws:RequestTag/AMQManaged StringEquals yes, the request has true" in shown.text
    assert "4 statements about other actions" in shown.text
    assert ("fails", '"aws:RequestTag/AMQManaged": "yes"') in [(mark, line.strip()) for mark, line in shown.marks]
    assert "aws:PrincipalArn" in shown.text
    link = page(f"page/journal/{entry.id}/{number}").link("Try it with")
    assert "principal=arn:aws:iam::111122223333:role/aws-service-role" in link.replace("%3A", ":").replace("%2F", "/")
    assert "AMQManaged%3Dtrue" in link


def test_the_statement_that_allowed_is_marked(world: World, create: Create, page: Page) -> None:
    create()
    world.advance(60)
    entry = next(entry for entry in world.journal.select() if entry.title == "ec2:CreateVpcEndpoint")
    shown = page(f"page/journal/{entry.id}/7")
    assert "Allowed by statement 4 of AmazonMQServiceRolePolicy" in shown.text
    assert "remedy" not in shown.parts
    allowed = [line.strip() for mark, line in shown.marks if mark == "Allow"]
    assert (allowed[0], allowed[-1]) == ("{", "},")
    assert '"ec2:CreateAction": "CreateVpcEndpoint"' in allowed
    assert '"ec2:CreateTags"' in allowed


def test_a_decision_that_is_not_there(ask: Ask, page: Page) -> None:
    ask("mq:ListBrokers")
    assert "entry 1 has no decision 2" in page("page/journal/1/2", 404).text
    assert "No policy was asked" in page("page/journal/1/1").text


def test_an_explicit_deny_is_marked_where_it_stands(decide: Any, dev: Any, page: Page) -> None:
    dev(policy({"Action": "*"}, {"Effect": "Deny", "Action": "mq:Delete*", "Sid": "Never"}))
    told = decide("mq:DeleteBroker", resource=f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:orders:b-1")
    assert told["decision"] == "explicitDeny"
    assert told["remedy"] == "Narrow statement 2 (Never) of own so that it leaves this request out: no Allow outweighs a Deny."
    marks = {(line["statement"], line["mark"]) for line in told["policies"][0]["lines"]}
    assert marks == {(None, None), (1, "applies"), (2, "Deny")}
    shown = page(
        "page/try", principal=USER, action="mq:DeleteBroker", resource=f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:orders:b-1"
    )
    assert "Denied explicitly by statement 2 Never of own" in shown.text


# Words for what would help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ({"Action": "iam:*"}, "Add a statement to an identity-based policy that allows ec2:DeleteVpcEndpoints on {arn}."),
        ({"Resource": "arn:aws:ec2:*:*:vpc/*"}, "Add {arn} to the resources of statement 1 of own, or add a statement to"),
        (
            {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
            "Let the request carry aws:SourceVpc, for statement 1 of own wants aws:SourceVpc StringEquals vpc-1, or",
        ),
        (
            {"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
            "Let the request meet aws:RequestedRegion StringEquals eu-west-1 (it has us-east-1), as statement 1 of own wants, or",
        ),
        (
            {"Condition": {"StringEquals": {"ec2:ResourceTag/AMQManaged": "true"}}},
            "Tag the resource so that ec2:ResourceTag/AMQManaged StringEquals true, as statement 1 of own wants, or",
        ),
    ],
)
def test_what_would_help(statement: dict[str, Any], remedy: str, decide: Any, dev: Any) -> None:
    dev(policy({"Action": "ec2:DeleteVpcEndpoints", **statement}))
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint/vpce-1"
    assert decide("ec2:DeleteVpcEndpoints", resource=arn)["remedy"].startswith(remedy.format(arn=arn))


def test_what_would_help_where_a_trust_policy_names_another(ask: Ask, decide: Any, dev: Any) -> None:
    dev(policy({"Action": "*"}))
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ask("iam:CreateRole", RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    told = decide("sts:AssumeRole", resource=f"arn:aws:iam::{ACCOUNT}:role/r")
    assert (told["decision"], told["layer"]) == ("implicitDeny", "role trust policy")
    assert told["remedy"].startswith(f"Name {USER} among the principals of statement 1 of the role's trust policy, or")


# Questions ---------------------------------------------------------------------------------------------------------


def test_every_layer_is_asked_in_its_order(world: World, ask: Ask, decide: Any, dev: Any) -> None:
    dev(policy({"Action": "mq:*"}))
    everything = policy({"Action": "*"})
    organization.join(world, ACCOUNT, [{"root": everything}, {"unit": policy({"Action": "ec2:*"})}], {})
    told = decide("mq:ListBrokers")
    assert (told["decision"], told["layer"]) == ("implicitDeny", "service control policy")
    assert [(one["layer"], one["level"], one["name"]) for one in told["policies"]] == [
        ("service control policy", 0, "root"),
        ("service control policy", 1, "unit"),
        ("identity-based policy", 0, "own"),
    ]
    assert told["remedy"].startswith("Add a statement to a service control policy that allows mq:ListBrokers")


def test_a_policy_is_tried_beside_the_principals_own_or_instead_of_them(decide: Any, dev: Any) -> None:
    dev(policy({"Action": "mq:ListBrokers"}))
    extra = policy({"Action": "mq:DescribeBroker"})
    assert decide("mq:DescribeBroker")["decision"] == "implicitDeny"
    assert decide("mq:DescribeBroker", policy=extra)["because"]["policy"] == "the policy text"
    assert decide("mq:ListBrokers", policy=extra)["decision"] == "allowed"
    assert decide("mq:ListBrokers", policy=extra, instead=True)["decision"] == "implicitDeny"
    assert decide("mq:DescribeBroker", policy=extra, instead=True)["decision"] == "allowed"


def test_who_may_be_asked_about(world: World, create: Create, ask: Ask, decide: Any) -> None:
    create()
    root = f"arn:aws:iam::{ACCOUNT}:root"
    assert decide("mq:DeleteBroker", principal=root)["explanation"] == "allowed: the account's root user needs no policy"
    told = decide("ec2:CreateVpcEndpoint", principal=ROLE, resource=ENDPOINT, context={"aws:RequestTag/AMQManaged": "true"})
    assert told["because"]["statement"] == 3
    assert told["principal"].endswith(":assumed-role/AWSServiceRoleForAmazonMQ/try-it")
    assert decide("ec2:CreateVpcEndpoint", principal=ROLE, resource=ENDPOINT)["decision"] == "implicitDeny"
    assert decide("sts:AssumeRole", principal=root, resource=ROLE)["layer"] == "role trust policy"
    assert decide("sts:AssumeRole", principal=root, resource=f"arn:aws:iam::{ACCOUNT}:role/none")["decision"] != "explicitDeny"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"principal": "arn:aws:iam::111122223333:user/nobody"}, "principal: account 111122223333 has no user or role "),
        ({"principal": "arn:aws:iam::999988887777:root"}, "principal: account 111122223333 has no user or role "),
        ({"action": "CreateBroker"}, "action: write it as service:Operation"),
        ({"resource": "orders"}, "resource: write an ARN, or *"),
        ({"policy": "{"}, ""),
        ({"policy": '{"Version": "2012-10-17"}'}, ""),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_questions_without_an_answer(asked: dict[str, str], error: str, decide: Any, dev: Any) -> None:
    told = decide(**{"action": "mq:ListBrokers", "status": 400} | asked)
    assert told["error"].startswith(error)
    assert told["error"]


def test_the_form_asks_and_keeps_what_was_asked(dev: Any, page: Page) -> None:
    dev(policy({"Action": "mq:CreateTags", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}}))
    empty = page("page/try")
    assert USER in empty.text
    assert "Statements, layer by layer" not in empty.text
    shown = page("page/try", principal=USER, action="mq:CreateTags", context="aws:TagKeys=a\naws:TagKeys = c\n\nx=1")
    assert "Denied" in shown.text
    assert "aws:TagKeys=a aws:TagKeys = c" in shown.text
    line = shlex.split(shown.part("line"))
    assert line[:5] == ["aws", "iam", "simulate-principal-policy", "--policy-source-arn", USER]
    entries = json.loads(line[line.index("--context-entries") + 1])
    assert entries[0] == {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "c"], "ContextKeyType": "stringList"}
    assert entries[1]["ContextKeyType"] == "string"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"context": "nothing"}, "context: write key=value, not nothing"),
        ({"policy": "no json"}, ""),
        ({"principal": "arn:aws:iam::111122223333:user/nobody"}, "has no user or role"),
        ({"action": "x"}, "action: write it as service:Operation"),
    ],
)
def test_the_form_says_what_is_wrong(asked: dict[str, str], said: str, page: Page) -> None:
    shown = page("page/try", **{"action": "mq:ListBrokers"} | asked)
    assert said in shown.text
    assert "Statements, layer by layer" not in shown.text
    assert "line" not in shown.parts


def test_the_line_for_a_policy_that_stands_alone_and_none_for_root(dev: Any, page: Page) -> None:
    text = policy({"Action": "mq:ListBrokers"})
    shown = page("page/try", principal=USER, action="mq:ListBrokers", policy=text, instead="true")
    line = shlex.split(shown.part("line"))
    assert line[2:5] == ["simulate-custom-policy", "--caller-arn", USER]
    assert line[line.index("--policy-input-list") + 1] == text
    assert "line" not in page("page/try", action="mq:ListBrokers").parts


def test_a_line_says_what_the_page_says(world: World, ask: Ask, dev: Any, decide: Any) -> None:
    """The policy simulator, asked the same, decides the same."""
    dev(policy({"Action": "mq:ListBrokers"}))
    for action in ("mq:ListBrokers", "mq:CreateBroker"):
        answer = ask("iam:SimulatePrincipalPolicy", PolicySourceArn=USER, ActionNames=[action], ResourceArns=["*"])
        assert answer["EvaluationResults"][0]["EvalDecision"] == decide(action)["decision"]


def test_a_question_is_decided_as_the_call_would_be(world: World, ask: Ask, decide: Any, dev: Any) -> None:
    dev(policy({"Action": "mq:ListBrokers"}))
    found = identity.named(world, USER)
    assert isinstance(found, identity.User)
    caller = identity.Principal("user", ACCOUNT, found.arn, found.unique_id, found.arn)
    ask("mq:ListBrokers", as_=caller)
    with pytest.raises(AwsError):
        ask("mq:CreateConfiguration", as_=caller, Name="c", EngineType="RABBITMQ", EngineVersion="4.2")
    for entry in world.journal.select()[-2:]:
        (decision,) = entry.decisions
        told = decide(decision["action"], resource=decision["resource"])
        assert told["decision"] == decision["decision"]
        assert told["statements"] == decision["statements"]
