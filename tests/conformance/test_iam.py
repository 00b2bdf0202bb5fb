"""IAM through boto3 and the AWS CLI: every operation, waiters, pages, errors, and what infrastructure tools do in a row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError

from emulator.server import Server
from tests.conformance.wire import Keys
from tests.services.test_iam_reference import ACCOUNT, tour

AWS = Path(sys.executable).with_name("aws")
Client = Callable[..., Any]
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "mq:*", "Resource": "*"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


def text(document: dict[str, Any]) -> str:
    return json.dumps(document)


@pytest.fixture
def iam(client: Client) -> Any:
    return client("iam")


def user_keys(iam: Any, name: str, *policies: str) -> Keys:
    iam.create_user(UserName=name)
    for arn in policies:
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def refused(operation: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        operation(**params)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


# Every operation -------------------------------------------------------------------------------------------------------


def test_every_operation(client: Client, iam: Any, account: str) -> None:
    """The tour that is held against the reference, taken with boto3 by an administrator."""
    keys = user_keys(iam, "admin", ADMIN)
    clients = {service: client(service, keys=keys) for service in ("iam", "sts", "ec2")}
    given: dict[str, str] = {"EncodedMessage": denial(client, iam)}
    for action, params in tour():
        service, operation = action.split(":")
        told = json.loads(json.dumps(params).replace(ACCOUNT, account))
        filled = {name: given[name] if value == "" else value for name, value in told.items()}
        answer = getattr(clients[service], xform_name(operation))(**filled)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200, action
        given |= {name: value for name, value in answer.items() if isinstance(value, str)}
        given |= {name: value for name, value in answer.get("AccessKey", {}).items() if isinstance(value, str)}
    assert iam.list_roles()["Roles"] == []


def denial(client: Client, iam: Any) -> str:
    """An encoded authorisation message."""
    ec2 = client("ec2", keys=user_keys(iam, "nobody"))
    _, message = refused(ec2.create_vpc, CidrBlock="10.0.0.0/16")
    return message.rsplit(" ", 1)[-1]


# Waiters and pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiter", "wanted", "make"),
    [
        ("user_exists", {"UserName": "x"}, ("create_user", {})),
        ("role_exists", {"RoleName": "x"}, ("create_role", {"AssumeRolePolicyDocument": text(TRUST)})),
        ("instance_profile_exists", {"InstanceProfileName": "x"}, ("create_instance_profile", {})),
    ],
)
def test_waiters(iam: Any, waiter: str, wanted: dict[str, str], make: tuple[str, dict[str, str]]) -> None:
    once = {"Delay": 0, "MaxAttempts": 1}
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        iam.get_waiter(waiter).wait(**wanted, WaiterConfig=once)
    getattr(iam, make[0])(**wanted, **make[1])
    iam.get_waiter(waiter).wait(**wanted, WaiterConfig=once)


def test_the_waiter_for_policies(iam: Any, account: str) -> None:
    wanted = {"PolicyArn": f"arn:aws:iam::{account}:policy/x", "WaiterConfig": {"Delay": 0, "MaxAttempts": 1}}
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        iam.get_waiter("policy_exists").wait(**wanted)
    iam.create_policy(PolicyName="x", PolicyDocument=text(DOCUMENT))
    iam.get_waiter("policy_exists").wait(**wanted)


@pytest.fixture
def many(iam: Any, account: str) -> str:
    """Three of everything; gives the ARN of a policy that they all have."""
    shared = iam.create_policy(PolicyName="p0", PolicyDocument=text(DOCUMENT))["Policy"]["Arn"]
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(3)]
    iam.tag_policy(PolicyArn=shared, Tags=tags)
    for number in range(3):
        iam.create_policy_version(PolicyArn=shared, PolicyDocument=text(OTHER))
        iam.create_user(UserName=f"u{number}", Tags=tags)
        iam.create_group(GroupName=f"g{number}")
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=text(TRUST), Tags=tags)
        iam.create_instance_profile(InstanceProfileName=f"i{number}", Tags=tags)
        iam.add_role_to_instance_profile(InstanceProfileName=f"i{number}", RoleName="r0")
        iam.create_policy(PolicyName=f"p{number + 1}", PolicyDocument=text(DOCUMENT))
        iam.add_user_to_group(GroupName=f"g{number}", UserName="u0")
        for kind in ("User", "Group", "Role"):
            holder = {f"{kind}Name": f"{kind[0].lower()}0"}
            arn = f"arn:aws:iam::{account}:policy/p{number}"
            getattr(iam, f"attach_{kind.lower()}_policy")(**holder, PolicyArn=arn)
            put = getattr(iam, f"put_{kind.lower()}_policy")
            put(**holder, PolicyName=f"n{number}", PolicyDocument=text(DOCUMENT))
    for _ in range(2):
        iam.create_access_key(UserName="u0")
    for number in (1, 2):
        iam.add_user_to_group(GroupName="g0", UserName=f"u{number}")
    return str(shared)


PAGES = [
    ("list_users", {}, "Users", 3),
    ("list_groups", {}, "Groups", 3),
    ("list_roles", {}, "Roles", 3),
    ("list_instance_profiles", {}, "InstanceProfiles", 3),
    ("list_instance_profiles_for_role", {"RoleName": "r0"}, "InstanceProfiles", 3),
    ("list_policies", {"Scope": "Local"}, "Policies", 4),
    ("list_policy_versions", {"PolicyArn": ""}, "Versions", 4),
    ("list_policy_tags", {"PolicyArn": ""}, "Tags", 3),
    ("list_user_tags", {"UserName": "u0"}, "Tags", 3),
    ("list_role_tags", {"RoleName": "r0"}, "Tags", 3),
    ("list_instance_profile_tags", {"InstanceProfileName": "i0"}, "Tags", 3),
    ("list_groups_for_user", {"UserName": "u0"}, "Groups", 3),
    ("list_access_keys", {"UserName": "u0"}, "AccessKeyMetadata", 2),
    ("get_group", {"GroupName": "g0"}, "Users", 3),
    ("list_user_policies", {"UserName": "u0"}, "PolicyNames", 3),
    ("list_group_policies", {"GroupName": "g0"}, "PolicyNames", 3),
    ("list_role_policies", {"RoleName": "r0"}, "PolicyNames", 3),
    ("list_attached_user_policies", {"UserName": "u0"}, "AttachedPolicies", 3),
    ("list_attached_group_policies", {"GroupName": "g0"}, "AttachedPolicies", 3),
    ("list_attached_role_policies", {"RoleName": "r0"}, "AttachedPolicies", 3),
]


def test_pages(iam: Any, many: str) -> None:
    """Every listing, one item a page, gives what it gives at once, each item one time."""
    for operation, params, member, count in PAGES:
        asked = {name: many if value == "" else value for name, value in params.items()}
        whole = getattr(iam, operation)(**asked)[member]
        if iam.can_paginate(operation):
            pages = iam.get_paginator(operation).paginate(**asked, PaginationConfig={"PageSize": 1})
            found = [page[member] for page in pages]
        else:
            found, more = [], {}
            while not found or more:
                page = getattr(iam, operation)(**asked, **more, MaxItems=1)
                found.append(page[member])
                more = {"Marker": page["Marker"]} if page["IsTruncated"] else {}
        assert [len(page) for page in found] == [1] * count, operation
        assert [item for page in found for item in page] == whole, operation


def test_pages_of_several_lists(iam: Any, many: str) -> None:
    entities = iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=many, PaginationConfig={"PageSize": 1})
    found = entities.build_full_result()
    assert [found["PolicyGroups"][0]["GroupName"], found["PolicyUsers"][0]["UserName"]] == ["g0", "u0"]
    assert found["PolicyRoles"][0]["RoleName"] == "r0"
    details = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})
    everything = details.build_full_result()
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert [len(everything[name]) for name in lists] == [3, 3, 3, 4]
    document = everything["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"]
    assert document == DOCUMENT
    assert refused(iam.list_users, Marker="!") == ("ValidationError", "Invalid Marker.")


# Errors ----------------------------------------------------------------------------------------------------------------


def test_errors_have_their_classes(iam: Any, account: str) -> None:
    arn = f"arn:aws:iam::{account}:policy/p"
    made = iam.exceptions
    with pytest.raises(made.NoSuchEntityException, match="The group with name x cannot be found"):
        iam.get_group(GroupName="x")
    iam.create_group(GroupName="g")
    with pytest.raises(made.EntityAlreadyExistsException, match="Group with name G already exists"):
        iam.create_group(GroupName="G")
    iam.create_user(UserName="u")
    iam.add_user_to_group(GroupName="g", UserName="u")
    with pytest.raises(made.DeleteConflictException, match="must remove users from group first") as conflict:
        iam.delete_group(GroupName="g")
    assert conflict.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    with pytest.raises(made.MalformedPolicyDocumentException, match="Syntax errors in policy"):
        iam.create_policy(PolicyName="p", PolicyDocument="{}")
    iam.create_policy(PolicyName="p", PolicyDocument=text(DOCUMENT))
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(DOCUMENT))
    with pytest.raises(made.LimitExceededException, match="A managed policy can have up to 5 versions"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(DOCUMENT))
    iam.create_service_linked_role(AWSServiceName="mq.amazonaws.com")
    with pytest.raises(made.UnmodifiableEntityException, match="this role is only modifiable by AWS"):
        iam.put_role_permissions_boundary(RoleName="AWSServiceRoleForAmazonMQ", PermissionsBoundary=READ)
    service = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"
    with pytest.raises(made.PolicyNotAttachableException, match="Cannot attach a Service Role Policy to an IAM group"):
        iam.attach_group_policy(GroupName="g", PolicyArn=service)
    with pytest.raises(made.InvalidInputException, match="can only be used for AWS Service linked Roles"):
        iam.create_policy(PolicyName="q", Path="/aws-service-role/", PolicyDocument=text(DOCUMENT))
    assert refused(iam.delete_policy, PolicyArn=READ)[0] == "AccessDenied"


def test_keys_that_are_put_to_sleep(client: Client, iam: Any) -> None:
    keys = user_keys(iam, "ada", READ)
    theirs = client("iam", keys=keys)
    theirs.list_users()
    used = iam.get_access_key_last_used(AccessKeyId=keys.id)
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("ada", "iam")
    iam.update_access_key(UserName="ada", AccessKeyId=keys.id, Status="Inactive")
    assert refused(theirs.list_users)[0] == "InvalidClientTokenId"
    iam.update_access_key(UserName="ada", AccessKeyId=keys.id, Status="Active")
    assert theirs.list_users()["Users"]


# What tools do in a row: create, read, update, read, import, delete, and read that it is gone -------------------------------


def test_a_policy_as_terraform_manages_it(iam: Any) -> None:
    arn = iam.create_policy(PolicyName="p", Path="/tf/", PolicyDocument=text(DOCUMENT), Tags=[{"Key": "a", "Value": "1"}])[
        "Policy"
    ]["Arn"]
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    read = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
    assert read == DOCUMENT
    for document in (OTHER, DOCUMENT, OTHER, DOCUMENT, OTHER):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) == 5:
            oldest = min((one for one in versions if not one["IsDefaultVersion"]), key=lambda one: one["CreateDate"])
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text(document), SetAsDefault=True)
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (policy["DefaultVersionId"], policy["Tags"]) == ("v6", [{"Key": "b", "Value": "2"}])
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.get_policy, PolicyArn=arn)[0] == "NoSuchEntity"


def test_a_role_as_terraform_manages_it(iam: Any, account: str) -> None:
    iam.create_role(RoleName="r", Path="/tf/", AssumeRolePolicyDocument=text(TRUST), PermissionsBoundary=READ)
    iam.attach_role_policy(RoleName="r", PolicyArn=ADMIN)
    iam.put_role_policy(RoleName="r", PolicyName="in", PolicyDocument=text(DOCUMENT))
    role = iam.get_role(RoleName="r")["Role"]
    assert (role["AssumeRolePolicyDocument"], role["MaxSessionDuration"]) == (TRUST, 3600)
    assert role["PermissionsBoundary"] == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ}
    trusted = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": account}}]}  # type: ignore[dict-item]
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=text(trusted))
    iam.update_role(RoleName="r", Description="new", MaxSessionDuration=7200)
    iam.delete_role_permissions_boundary(RoleName="r")
    role = iam.get_role(RoleName="r")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}
    assert (role["Description"], "PermissionsBoundary" in role) == ("new", False)
    for profile in iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]:
        raise AssertionError(profile)
    for policy in iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="r", PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName="r")["PolicyNames"]:
        iam.delete_role_policy(RoleName="r", PolicyName=name)
    iam.delete_role(RoleName="r")
    assert refused(iam.get_role, RoleName="r") == ("NoSuchEntity", "The role with name r cannot be found.")


def test_an_instance_profile_as_terraform_manages_it(iam: Any) -> None:
    for name in ("r", "s"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text(TRUST))
    made = iam.create_instance_profile(InstanceProfileName="i", Tags=[{"Key": "a", "Value": "1"}])["InstanceProfile"]
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="i")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
    iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="r")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="s")
    found = iam.get_instance_profile(InstanceProfileName="i")["InstanceProfile"]
    assert (found["Arn"], [role["RoleName"] for role in found["Roles"]]) == (made["Arn"], ["s"])
    assert found["Roles"][0]["AssumeRolePolicyDocument"] == TRUST
    iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="s")
    iam.delete_instance_profile(InstanceProfileName="i")
    assert refused(iam.get_instance_profile, InstanceProfileName="i")[0] == "NoSuchEntity"


def test_a_user_as_terraform_manages_it(iam: Any) -> None:
    """With force_destroy: keys, groups and policies are taken off first."""
    iam.create_user(UserName="u", Path="/tf/", Tags=[{"Key": "a", "Value": "1"}], PermissionsBoundary=READ)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    iam.create_access_key(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn=ADMIN)
    before = iam.get_user(UserName="u")["User"]
    iam.update_user(UserName="u", NewUserName="v", NewPath="/")
    after = iam.get_user(UserName="v")["User"]
    assert (after["UserId"], after["Arn"].rsplit(":", 1)[-1]) == (before["UserId"], "user/v")
    assert after["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ
    for group in iam.list_groups_for_user(UserName="v")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="v")
    for key in iam.list_access_keys(UserName="v")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="v", AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_attached_user_policies(UserName="v")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="v", PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName="v")
    assert refused(iam.get_user, UserName="v")[0] == "NoSuchEntity"


def test_the_service_linked_role_as_terraform_manages_it(iam: Any) -> None:
    role = iam.create_service_linked_role(AWSServiceName="mq.amazonaws.com", Description="one")["Role"]
    name = role["RoleName"]
    iam.update_role(RoleName=name, Description="two")
    iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": "1"}])
    found = iam.get_role(RoleName=name)["Role"]
    assert (found["Arn"], found["Description"], found["Tags"]) == (role["Arn"], "two", [{"Key": "a", "Value": "1"}])
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    again = iam.create_service_linked_role(AWSServiceName="mq.amazonaws.com")["Role"]
    assert again["RoleId"] != role["RoleId"]


# The AWS CLI -----------------------------------------------------------------------------------------------------------


def test_the_aws_cli(server: Server, account: str, tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def aws(line: str, *more: str) -> Any:
        command = [str(AWS), *line.split(), *more, "--output", "json"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done
        return json.loads(done.stdout) if done.stdout.strip() else None

    policy = aws("iam create-policy --policy-name p --policy-document", text(DOCUMENT))["Policy"]["Arn"]
    aws("iam create-group --group-name g")
    aws(f"iam attach-group-policy --group-name g --policy-arn {policy}")
    aws("iam create-user --user-name u --tags Key=a,Value=1")
    aws("iam add-user-to-group --group-name g --user-name u")
    assert aws("iam list-entities-for-policy --policy-arn", policy)["PolicyGroups"][0]["GroupName"] == "g"
    version = aws(f"iam get-policy-version --policy-arn {policy} --version-id v1")["PolicyVersion"]
    assert version["Document"] == DOCUMENT
    aws("iam wait user-exists --user-name u")
    details = aws("iam get-account-authorization-details --filter User Group")
    assert details["UserDetailList"][0]["GroupList"] == ["g"]
    assert aws("iam get-account-summary")["SummaryMap"]["Users"] == 1
    trust = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": account}}]}  # type: ignore[dict-item]
    aws("iam create-role --role-name r --assume-role-policy-document", text(trust))
    key = aws("iam create-access-key --user-name u")["AccessKey"]
    may = {**DOCUMENT, "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    aws("iam put-user-policy --user-name u --policy-name p --policy-document", text(may))
    env |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    role = f"arn:aws:iam::{account}:role/r"
    answer = aws(f"sts assume-role --role-arn {role} --role-session-name me")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/r/me"
    session = aws("sts get-session-token --duration-seconds 900")["Credentials"]
    env |= {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    assert aws("sts get-caller-identity")["Arn"] == f"arn:aws:iam::{account}:user/u"
    assert aws("mq list-brokers")["BrokerSummaries"] == []
