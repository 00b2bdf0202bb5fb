"""STS through boto3: sessions that are limited, labelled, chained, and end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.config import Config
from emulator.server import Server
from tests.conformance.wire import Keys

Client = Callable[..., Any]
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def refused(operation: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        operation(**params)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def keys_of(answer: dict[str, Any]) -> Keys:
    given = answer["Credentials"]
    return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


@pytest.fixture
def ada(client: Client) -> Keys:
    """An administrator."""
    iam = client("iam")
    iam.create_user(UserName="ada")
    iam.attach_user_policy(UserName="ada", PolicyArn=ADMIN)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture
def role(client: Client, account: str) -> str:
    trust = document(Principal={"AWS": account}, Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
    iam = client("iam")
    made = iam.create_role(RoleName="keeper", AssumeRolePolicyDocument=trust)["Role"]
    iam.attach_role_policy(RoleName="keeper", PolicyArn=ADMIN)
    return str(made["Arn"])


def test_a_limited_session(client: Client, ada: Keys, role: str, account: str) -> None:
    answer = client("sts", keys=ada).assume_role(
        RoleArn=role,
        RoleSessionName="me",
        Policy=document(Action=["mq:*", "sts:*"], Resource="*"),
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}],
        Tags=[{"Key": "team", "Value": "one"}],
        TransitiveTagKeys=["team"],
        SourceIdentity="ada",
    )
    assert (answer["SourceIdentity"], 0 < answer["PackedPolicySize"] <= 100) == ("ada", True)
    keys = keys_of(answer)
    arn = f"arn:aws:sts::{account}:assumed-role/keeper/me"
    assert client("sts", keys=keys).get_caller_identity()["Arn"] == arn
    assert client("mq", keys=keys).list_brokers()["BrokerSummaries"] == []
    assert client("iam", keys=keys).list_roles()["Roles"]
    code, text = refused(client("iam", keys=keys).create_user, UserName="eve")
    assert (code, "because no session policy allows the iam:CreateUser action" in text) == ("AccessDenied", True)
    code, text = refused(client("ec2", keys=keys).describe_vpcs)
    assert (code, "no session policy allows the ec2:DescribeVpcs action" in text) == ("UnauthorizedOperation", True)
    chained = client("sts", keys=keys).assume_role(RoleArn=role, RoleSessionName="again")
    assert chained["SourceIdentity"] == "ada"


def test_sessions_die_with_their_role(client: Client, ada: Keys, role: str) -> None:
    keys = keys_of(client("sts", keys=ada).assume_role(RoleArn=role, RoleSessionName="me"))
    iam = client("iam")
    iam.detach_role_policy(RoleName="keeper", PolicyArn=ADMIN)
    iam.delete_role(RoleName="keeper")
    assert refused(client("sts", keys=keys).get_caller_identity)[0] == "InvalidClientTokenId"
    trust = document(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")
    iam.create_role(RoleName="keeper", AssumeRolePolicyDocument=trust)
    assert refused(client("sts", keys=keys).get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_session_token(client: Client, ada: Keys, role: str, account: str) -> None:
    """Good for every service but IAM, which asks for MFA, and for no other session but a role's."""
    keys = keys_of(client("sts", keys=ada).get_session_token(DurationSeconds=900))
    sts = client("sts", keys=keys)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/ada"
    assert client("mq", keys=keys).list_brokers()["BrokerSummaries"] == []
    assert refused(client("iam", keys=keys).list_users)[0] == "InvalidClientTokenId"
    assert refused(sts.get_session_token) == ("AccessDenied", "Cannot call GetSessionToken with session credentials")
    assert sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    assert refused(client("sts", keys=ada).get_session_token, SerialNumber="GAHT12345678")[0] == "NotImplemented"


def test_a_federated_user(client: Client, ada: Keys, role: str, account: str) -> None:
    answer = client("sts", keys=ada).get_federation_token(Name="fed", Policy=document(Action="mq:*", Resource="*"))
    arn = f"arn:aws:sts::{account}:federated-user/fed"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{account}:fed", "Arn": arn}
    keys = keys_of(answer)
    assert client("sts", keys=keys).get_caller_identity()["Arn"] == arn
    assert client("mq", keys=keys).list_brokers()["BrokerSummaries"] == []
    assert refused(client("logs", keys=keys).describe_log_groups)[0] == "AccessDeniedException"
    assert refused(client("sts", keys=keys).assume_role, RoleArn=role, RoleSessionName="me")[0] == "AccessDenied"


def test_what_is_refused(client: Client, ada: Keys, role: str) -> None:
    sts = client("sts", keys=ada)
    asked = {"RoleArn": role, "RoleSessionName": "me"}
    with pytest.raises(sts.exceptions.MalformedPolicyDocumentException):
        sts.assume_role(**asked, Policy="{}")
    noise = [
        {"Key": f"k{number}", "Value": "".join(chr(48 + (number * 7 + place * place) % 10) for place in range(250))}
        for number in range(12)
    ]
    noise += [{"Key": f"{number:032x}"[::-1] * 4, "Value": f"{number**40:0250d}"[:250]} for number in range(3, 40)]
    with pytest.raises(sts.exceptions.PackedPolicyTooLargeException, match="Packed policy consumes"):
        sts.assume_role(**asked, Tags=noise)
    assert refused(sts.assume_role, **asked, DurationSeconds=7200)[0] == "ValidationError"
    tags = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    assert refused(sts.assume_role, **asked, Tags=tags)[0] == "InvalidParameterValue"
    assert refused(sts.assume_role, **asked, TransitiveTagKeys=["x"])[0] == "InvalidParameterValue"
    assert refused(sts.get_access_key_info, AccessKeyId="AKIAAAAAAAAAAAAAAAAA")[0] == "InvalidParameterValue"


def test_a_session_that_ended(client: Client, account: str) -> None:
    with Server(Config(port=0, pace="instant")) as own:
        iam = client("iam", endpoint_url=own.url)
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        ada = Keys(key["AccessKeyId"], key["SecretAccessKey"])
        session = keys_of(client("sts", keys=ada, endpoint_url=own.url).get_session_token(DurationSeconds=900))
        sts = client("sts", keys=session, endpoint_url=own.url)
        assert sts.get_caller_identity()["Account"] == account
        own.world.advance(901)
        assert refused(sts.get_caller_identity) == ("ExpiredToken", "The security token included in the request is expired")
