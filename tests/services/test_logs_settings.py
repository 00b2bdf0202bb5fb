"""Tags, keys and protection of log groups, and the lists that go by them."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import AwsError, World
from emulator.services.logs.group_settings import QueryKey
from tests.conftest import ACCOUNT, REGION, Ask
from tests.services.test_logs_groups import refused
from tests.services.test_logs_wire import checked

ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
RESULTS = f"arn:aws:logs:{REGION}:{ACCOUNT}:query-result:*"


@pytest.fixture(name="ask")
def _ask(ask: Ask) -> Ask:
    ask("logs:CreateLogGroup", logGroupName="g", tags={"owner": "ann", "phase": "created"})
    return checked(ask)


def tags(ask: Ask) -> dict[str, str]:
    found: dict[str, str] = ask("logs:ListTagsForResource", resourceArn=ARN)["tags"]
    assert found == ask("logs:ListTagsLogGroup", logGroupName="g")["tags"]
    return found


def group(ask: Ask) -> dict[str, Any]:
    (found,) = ask("logs:DescribeLogGroups")["logGroups"]
    return dict(found)


def test_tags_by_arn(ask: Ask) -> None:
    ask("logs:TagResource", resourceArn=ARN, tags={"phase": "updated", "extra": "value"})
    assert tags(ask) == {"owner": "ann", "phase": "updated", "extra": "value"}
    ask("logs:UntagResource", resourceArn=ARN, tagKeys=["phase", "absent"])
    assert tags(ask) == {"owner": "ann", "extra": "value"}


def test_tags_by_name(ask: Ask) -> None:
    ask("logs:TagLogGroup", logGroupName="g", tags={"phase": "updated"})
    assert tags(ask) == {"owner": "ann", "phase": "updated"}
    ask("logs:UntagLogGroup", logGroupName="g", tags=["phase", "absent"])
    assert tags(ask) == {"owner": "ann"}


def test_a_group_has_fifty_tags(ask: Ask) -> None:
    many = {f"k{number}": "" for number in range(48)}
    ask("logs:TagResource", resourceArn=ARN, tags=many)
    with pytest.raises(AwsError) as caught:
        ask("logs:TagResource", resourceArn=ARN, tags={"one": "more"})
    assert (caught.value.code, caught.value.fields) == ("TooManyTagsException", {"resourceName": ARN})
    text = "The log group can have no more than 50 tags."
    refused(ask, "TagLogGroup", "InvalidParameterException", text, logGroupName="g", tags={"one": "more"})
    ask("logs:TagResource", resourceArn=ARN, tags={"k0": "changed"})


@pytest.mark.parametrize("action", ["TagLogGroup", "TagResource"])
def test_some_keys_are_awss(ask: Ask, action: str) -> None:
    named = {"logGroupName": "g"} if action == "TagLogGroup" else {"resourceArn": ARN}
    text = "Tag keys that begin with aws: are reserved for AWS use."
    refused(ask, action, "InvalidParameterException", text, **named, tags={"aws:x": "y"})


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:nowhere", "ResourceNotFoundException"),
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:d", "InvalidParameterException"),
        ("g", "InvalidParameterException"),
    ],
)
def test_arns_that_name_no_group(ask: Ask, arn: str, code: str) -> None:
    with pytest.raises(AwsError) as caught:
        ask("logs:ListTagsForResource", resourceArn=arn)
    assert caught.value.code == code


@pytest.mark.parametrize("target", [{"logGroupName": "g"}, {"resourceIdentifier": ARN}])
def test_a_key_is_shown_until_it_is_taken_away(ask: Ask, target: dict[str, str]) -> None:
    ask("logs:AssociateKmsKey", **target, kmsKeyId=KEY)
    assert group(ask)["kmsKeyId"] == KEY
    for _ in range(2):
        ask("logs:DisassociateKmsKey", **target)
        assert "kmsKeyId" not in group(ask)


def test_query_results_have_a_key_of_their_own(ask: Ask, world: World) -> None:
    ask("logs:AssociateKmsKey", resourceIdentifier=RESULTS, kmsKeyId=KEY)
    assert "kmsKeyId" not in group(ask)
    assert [key.kms_key for key in world.store.find(QueryKey)] == [KEY]
    for _ in range(2):
        ask("logs:DisassociateKmsKey", resourceIdentifier=RESULTS)
        assert not list(world.store.find(QueryKey))


@pytest.mark.parametrize("target", [{}, {"logGroupName": "g", "resourceIdentifier": ARN}])
def test_a_key_has_one_target(ask: Ask, target: dict[str, str]) -> None:
    text = "Exactly one of logGroupName and resourceIdentifier must be specified."
    refused(ask, "AssociateKmsKey", "InvalidParameterException", text, **target, kmsKeyId=KEY)
    refused(ask, "DisassociateKmsKey", "InvalidParameterException", text, **target)


def test_a_key_is_named_by_its_arn(ask: Ask) -> None:
    text = "The specified KMS key ARN is invalid."
    refused(ask, "AssociateKmsKey", "InvalidParameterException", text, logGroupName="g", kmsKeyId="k")


def test_a_key_for_a_group_that_does_not_exist(ask: Ask) -> None:
    text = "The specified log group does not exist."
    given = {"resourceIdentifier": f"{ARN}x", "kmsKeyId": KEY}
    refused(ask, "AssociateKmsKey", "ResourceNotFoundException", text, **given)


def test_protection_comes_and_goes(ask: Ask) -> None:
    for identifier in ("g", ARN):
        ask("logs:PutLogGroupDeletionProtection", logGroupIdentifier=identifier, deletionProtectionEnabled=True)
        assert group(ask)["deletionProtectionEnabled"] is True
        with pytest.raises(AwsError, match="deletion protection"):
            ask("logs:DeleteLogGroup", logGroupName="g")
        ask("logs:PutLogGroupDeletionProtection", logGroupIdentifier=identifier, deletionProtectionEnabled=False)
    ask("logs:DeleteLogGroup", logGroupName="g")
    text = "The specified log group does not exist."
    given = {"logGroupIdentifier": "g", "deletionProtectionEnabled": True}
    refused(ask, "PutLogGroupDeletionProtection", "ResourceNotFoundException", text, **given)


# ListLogGroups -----------------------------------------------------------------------------------------------------


def listed(ask: Ask, **given: Any) -> list[str]:
    return [one["logGroupName"] for one in ask("logs:ListLogGroups", **given)["logGroups"]]


def test_groups_are_listed_in_short(ask: Ask) -> None:
    assert ask("logs:ListLogGroups") == {"logGroups": [{"logGroupName": "g", "logGroupArn": ARN, "logGroupClass": "STANDARD"}]}


def test_groups_by_pattern_class_and_tag(ask: Ask) -> None:
    for name in ("/aws/amazonmq/a", "/aws/amazonmq/b", "app/aws/x"):
        ask("logs:CreateLogGroup", logGroupName=name, tags={"team": name[-1], "env": "prod-eu"})
    ask("logs:CreateLogGroup", logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
    assert listed(ask, logGroupNamePattern="^/aws") == ["/aws/amazonmq/a", "/aws/amazonmq/b"]
    assert listed(ask, logGroupNamePattern="aws") == ["/aws/amazonmq/a", "/aws/amazonmq/b", "app/aws/x"]
    assert listed(ask, logGroupNamePattern="^app|rar") == ["app/aws/x", "rare"]
    assert listed(ask, logGroupClass="INFREQUENT_ACCESS") == ["rare"]
    assert listed(ask, logGroupTags=[{"key": "team"}]) == ["/aws/amazonmq/a", "/aws/amazonmq/b", "app/aws/x"]
    assert listed(ask, logGroupTags=[{"key": "team", "values": ["a", "x"]}]) == ["/aws/amazonmq/a", "app/aws/x"]
    assert listed(ask, logGroupTags=[{"key": "team", "values": ["!a"]}, {"key": "env", "values": ["prod*"]}]) == [
        "/aws/amazonmq/b",
        "app/aws/x",
    ]
    assert listed(ask, logGroupTags=[{"key": "env", "values": ["*-us"]}]) == []


def test_listed_pages(ask: Ask) -> None:
    for number in range(51):
        ask("logs:CreateLogGroup", logGroupName=f"a{number:02}")
    first = ask("logs:ListLogGroups")
    assert len(first["logGroups"]) == 50
    assert listed(ask, nextToken=first["nextToken"]) == ["a50", "g"]
    assert len(listed(ask, limit=1000)) == 52
    refused(ask, "ListLogGroups", "InvalidParameterException", "The specified nextToken is invalid.", nextToken="x")
