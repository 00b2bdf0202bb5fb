"""Resource policies: how they are kept, and what they let AWS services do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import AwsError, Call, World
from emulator.engine import identity
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.test_logs_authorisation import user
from tests.services.test_logs_groups import NOW, refused
from tests.services.test_logs_wire import POLICY, checked

GROUP = "/aws/amazonmq/broker/b-1/general"
ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
BROKER = f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:orders:b-1"


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName=GROUP)
    return checked(ask)


def policy(effect: str = "Allow", **more: Any) -> str:
    statement = {
        "Effect": effect,
        "Principal": {"Service": "mq.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:*:*:log-group:/aws/amazonmq/*",
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_of_the_account(ask: Ask, world: World) -> None:
    shown = {"policyName": "p", "policyDocument": POLICY, "lastUpdatedTime": NOW, "policyScope": "ACCOUNT"}
    assert ask("logs:PutResourcePolicy", policyName="p", policyDocument=POLICY) == {"resourcePolicy": shown}
    assert ask("logs:DescribeResourcePolicies") == {"resourcePolicies": [shown]}
    world.advance(1)
    ask("logs:PutResourcePolicy", policyName="p", policyDocument=policy("Deny"), expectedRevisionId="77")
    (changed,) = ask("logs:DescribeResourcePolicies")["resourcePolicies"]
    assert (changed["policyDocument"], changed["lastUpdatedTime"]) == (policy("Deny"), NOW + 1000)
    ask("logs:DeleteResourcePolicy", policyName="p")
    text = "Policy with name [p] does not exist."
    refused(ask, "DeleteResourcePolicy", "ResourceNotFoundException", text, policyName="p")


def test_an_account_has_ten(ask: Ask) -> None:
    for number in range(10):
        ask("logs:PutResourcePolicy", policyName=f"p{number}", policyDocument=POLICY)
    text = "Resource limit exceeded."
    refused(ask, "PutResourcePolicy", "LimitExceededException", text, policyName="p10", policyDocument=POLICY)
    ask("logs:PutResourcePolicy", policyName="p9", policyDocument=POLICY)
    ask("logs:PutResourcePolicy", resourceArn=ARN, policyDocument=POLICY)
    first = ask("logs:DescribeResourcePolicies", limit=6)
    second = ask("logs:DescribeResourcePolicies", nextToken=first["nextToken"])
    found = [one["policyName"] for one in first["resourcePolicies"] + second["resourcePolicies"]]
    assert found == [f"p{number}" for number in range(10)]


def test_a_policy_of_a_group_has_revisions(ask: Ask) -> None:
    put = ask("logs:PutResourcePolicy", resourceArn=ARN, policyDocument=POLICY)
    assert put["revisionId"] == "1"
    assert put["resourcePolicy"] == {
        "policyDocument": POLICY,
        "lastUpdatedTime": NOW,
        "policyScope": "RESOURCE",
        "resourceArn": ARN,
    }
    text = "A conflicting operation is currently in progress against this resource. Please try again."
    for stale in ({}, {"expectedRevisionId": "2"}):
        given = {"resourceArn": ARN, "policyDocument": POLICY, **stale}
        refused(ask, "PutResourcePolicy", "OperationAbortedException", text, **given)
    given = {"resourceArn": ARN, "policyDocument": POLICY, "expectedRevisionId": "x"}
    refused(ask, "PutResourcePolicy", "InvalidParameterException", "Invalid ExpectedRevisionId", **given)
    again = ask("logs:PutResourcePolicy", resourceArn=ARN, policyDocument=policy("Deny"), expectedRevisionId="1")
    assert again["revisionId"] == "2"
    assert ask("logs:DescribeResourcePolicies")["resourcePolicies"] == []
    (shown,) = ask("logs:DescribeResourcePolicies", policyScope="RESOURCE", resourceArn=ARN)["resourcePolicies"]
    assert shown["revisionId"] == "2"
    refused(ask, "DeleteResourcePolicy", "InvalidParameterException", "Invalid ExpectedRevisionId", resourceArn=ARN)
    refused(ask, "DeleteResourcePolicy", "OperationAbortedException", text, resourceArn=ARN, expectedRevisionId="1")
    ask("logs:DeleteResourcePolicy", resourceArn=ARN, expectedRevisionId="2")
    text = "No policy found for ResourceArn"
    given = {"resourceArn": ARN, "expectedRevisionId": "2"}
    refused(ask, "DeleteResourcePolicy", "ResourceNotFoundException", text, **given)


def test_a_groups_policy_goes_with_the_group(ask: Ask) -> None:
    ask("logs:PutResourcePolicy", resourceArn=ARN, policyDocument=POLICY)
    ask("logs:DeleteLogGroup", logGroupName=GROUP)
    assert ask("logs:DescribeResourcePolicies", policyScope="RESOURCE")["resourcePolicies"] == []


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({}, "InvalidParameterException", "A policy name or resource arn must be specified."),
        (
            {"policyName": "p", "resourceArn": ARN},
            "InvalidParameterException",
            "Both policy name and resource arn cannot be specified at the same time.",
        ),
        ({"resourceArn": "arn:aws:s3:::b"}, "ValidationException", "Invalid resourceArn"),
        ({"resourceArn": f"{ARN}x"}, "ResourceNotFoundException", "The specified log group does not exist."),
    ],
)
def test_targets_that_are_refused(ask: Ask, given: dict[str, str], code: str, text: str) -> None:
    refused(ask, "PutResourcePolicy", code, text, policyDocument=POLICY, **given)


@pytest.mark.parametrize("document", [None, "{", "{}", POLICY.replace("Principal", "NoSuch"), policy(Effect="Maybe")])
def test_documents_that_are_refused(ask: Ask, document: str | None) -> None:
    text = (
        "Error occurred while parsing accessPolicy. "
        "Please check if the accessPolicy has been constructed correctly using IAM grammar."
    )
    given = {"policyName": "p", **({"policyDocument": document} if document else {})}
    refused(ask, "PutResourcePolicy", "InvalidParameterException", text, **given)


def test_listing_by_resource_says_so(ask: Ask) -> None:
    text = "Cannot provide ResourceArn for PolicyScope ACCOUNT"
    refused(ask, "DescribeResourcePolicies", "InvalidParameterException", text, resourceArn=ARN)


# decisions ---------------------------------------------------------------------------------------------------------


def write(world: World, *, source: str = BROKER, stream: str = "s", group: str = GROUP, name: str = "mq.amazonaws.com") -> str:
    """A service's own calls: "allowed", or the code of what it gets."""
    events = [{"timestamp": NOW, "message": "m"}]
    for operation, params in (("CreateLogStream", {}), ("PutLogEvents", {"logEvents": events})):
        try:
            world.perform(
                Call(
                    service="logs",
                    operation=operation,
                    params={"logGroupName": group, "logStreamName": stream, **params},
                    principal=identity.service(name, ACCOUNT),
                    region=REGION,
                    partition="aws",
                    source_arn=source,
                )
            )
        except AwsError as error:
            return error.code
    return "allowed"


def test_without_a_policy_a_service_may_nothing(ask: Ask, world: World) -> None:
    assert write(world) == "AccessDeniedException"
    assert world.journal.select()[-1].decisions[0]["layer"] == "resource-based policy"


def test_a_policy_lets_its_service_write(ask: Ask, world: World) -> None:
    ask("logs:CreateLogGroup", logGroupName="/elsewhere")
    ask("logs:PutResourcePolicy", policyName="amazon-mq", policyDocument=policy())
    assert write(world) == "allowed"
    assert "amazon-mq" in world.journal.select()[-1].decisions[0]["explanation"]
    assert write(world, stream="t", group="/elsewhere") == "AccessDeniedException"
    assert write(world, stream="t", name="events.amazonaws.com") == "AccessDeniedException"
    ask("logs:DeleteResourcePolicy", policyName="amazon-mq")
    assert write(world, stream="u") == "AccessDeniedException"


@pytest.mark.parametrize(
    ("condition", "want"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "allowed"),
        ({"StringEquals": {"aws:SourceAccount": "444455556666"}}, "AccessDeniedException"),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:*"}}, "allowed"),
        ({"ArnEquals": {"aws:SourceArn": BROKER.replace("b-1", "b-2")}}, "AccessDeniedException"),
    ],
)
def test_a_policy_guards_against_confused_deputies(ask: Ask, world: World, condition: Any, want: str) -> None:
    ask("logs:PutResourcePolicy", policyName="p", policyDocument=policy(Condition=condition))
    assert write(world) == want
    assert write(world, source="", stream="t") == "AccessDeniedException"


@pytest.mark.parametrize(
    ("account", "group"), [("Allow", "Deny"), ("Deny", "Allow")], ids=["denied by the group's", "denied by the account's"]
)
def test_a_deny_in_either_scope_wins(ask: Ask, world: World, account: str, group: str) -> None:
    ask("logs:PutResourcePolicy", policyName="p", policyDocument=policy(account))
    ask("logs:PutResourcePolicy", resourceArn=ARN, policyDocument=policy(group))
    assert write(world) == "AccessDeniedException"
    assert world.journal.select()[-1].decisions[0]["decision"] == "explicitDeny"


def test_a_groups_policy_is_for_that_group(ask: Ask, world: World) -> None:
    ask("logs:CreateLogGroup", logGroupName="/aws/amazonmq/other")
    ask("logs:PutResourcePolicy", resourceArn=ARN, policyDocument=policy())
    assert write(world) == "allowed"
    assert write(world, group="/aws/amazonmq/other") == "AccessDeniedException"


def test_users_have_nothing_from_a_policy(ask: Ask, world: World) -> None:
    """Documented: only AWS services that call as themselves are bound by it, for better or worse."""
    for_all = policy(Principal="*"), policy("Deny", Principal="*")
    ann = user(world, {"Action": "logs:CreateLogStream", "Resource": "*"})
    bob = user(world, {"Action": "ec2:*", "Resource": "*"})
    for document in for_all:
        ask("logs:PutResourcePolicy", policyName="p", policyDocument=document)
        with pytest.raises(AwsError, match="because no identity-based policy allows"):
            ask("logs:CreateLogStream", logGroupName=GROUP, logStreamName="s", as_=bob)
    ann = user(world, {"Action": "logs:CreateLogStream", "Resource": "*"})
    ask("logs:CreateLogStream", logGroupName=GROUP, logStreamName="s", as_=ann)


def test_a_policy_allows_two_actions_only(ask: Ask, world: World) -> None:
    ask("logs:PutResourcePolicy", policyName="p", policyDocument=policy(Action="logs:*"))
    assert write(world) == "allowed"
    with pytest.raises(AwsError, match="because no resource-based policy allows"):
        ask("logs:DeleteLogStream", logGroupName=GROUP, logStreamName="s", as_=identity.service("mq.amazonaws.com", ACCOUNT))
