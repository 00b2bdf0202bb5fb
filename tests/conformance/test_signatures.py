"""botocore signs, we verify: every form of Signature Version 4 that an SDK uses, and who its keys make one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.exceptions import ClientError

from emulator import World
from emulator.config import Config
from emulator.engine import identity
from emulator.server import Server
from emulator.values.call import Call
from tests.conformance.conftest import Clients, Signed
from tests.conformance.wire import VERSIONS, Answer, Keys, Request, form, send, sign

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LISTINGS = {
    "sts": "get_caller_identity",
    "iam": "list_users",
    "ec2": "describe_vpcs",
    "logs": "describe_log_groups",
    "mq": "list_brokers",
}
ODD = ["a b", "a+b", "~", "%2F", "a/b", "a=b&c=d", "é", "日本", "🐰", "*'()!", "a  b", ":;@", "%", ""]
"""Texts that clients encode, and servers decode, in more than one way."""


@pytest.fixture
def keys(client: Clients) -> Keys:
    """A user who may do everything."""
    iam = client("iam")
    iam.create_user(UserName="admin")
    iam.attach_user_policy(UserName="admin", PolicyArn=ADMINISTRATOR)
    made = iam.create_access_key(UserName="admin")["AccessKey"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.fixture
def session(client: Clients, keys: Keys, account: str) -> Keys:
    """That user in a role which may do everything too."""
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="admins", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    client("iam").attach_role_policy(RoleName="admins", PolicyArn=ADMINISTRATOR)
    return assume(client("sts", keys=keys), role)


def assume(sts: Any, role: str) -> Keys:
    opened = sts.assume_role(RoleArn=role, RoleSessionName="work")["Credentials"]
    return Keys(opened["AccessKeyId"], opened["SecretAccessKey"], opened["SessionToken"])


@pytest.fixture
def broker(client: Clients) -> str:
    """The ARN of a broker."""
    made = client("mq").create_broker(
        BrokerName="orders",
        DeploymentMode="SINGLE_INSTANCE",
        EngineType="RABBITMQ",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=True,
        Users=[{"Username": "orders", "Password": "correct-horse-battery"}],
    )
    return str(made["BrokerArn"])


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


# In the header -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", LISTINGS)
def test_a_users_key(service: str, client: Clients, keys: Keys) -> None:
    getattr(client(service, keys=keys), LISTINGS[service])()


@pytest.mark.parametrize("service", LISTINGS)
def test_a_session(service: str, client: Clients, session: Keys) -> None:
    getattr(client(service, keys=session), LISTINGS[service])()


def test_who_one_is(client: Clients, account: str, keys: Keys, session: Keys) -> None:
    def arn(keys: Keys | None) -> str:
        return str(client("sts", keys=keys).get_caller_identity()["Arn"])

    assert arn(None) == f"arn:aws:iam::{account}:root"
    assert arn(keys) == f"arn:aws:iam::{account}:user/admin"
    assert arn(session) == f"arn:aws:sts::{account}:assumed-role/admins/work"


def test_a_key_ends_when_it_is_deleted(client: Clients, keys: Keys) -> None:
    sts = client("sts", keys=keys)
    sts.get_caller_identity()
    client("iam").delete_access_key(UserName="admin", AccessKeyId=keys.id)
    with pytest.raises(ClientError) as refused:
        sts.get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"


def test_a_session_ends_with_its_role(client: Clients, session: Keys) -> None:
    sts = client("sts", keys=session)
    client("iam").detach_role_policy(RoleName="admins", PolicyArn=ADMINISTRATOR)
    sts.get_caller_identity()
    client("iam").delete_role(RoleName="admins")
    with pytest.raises(ClientError) as refused:
        sts.get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("region", "part"), [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("us-east-1", "aws")]
)
def test_any_region(region: str, part: str, client: Clients, account: str) -> None:
    arn = client("sts", region_name=region).get_caller_identity()["Arn"]
    assert arn == f"arn:{part}:iam::{account}:root"


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_a_little_wrong(minutes: int, signed: Signed, keys: Keys) -> None:
    assert signed("sts", form("sts", "GetCallerIdentity"), keys=keys, minutes=minutes).status == 200


def test_a_date_header_in_place_of_x_amz_date(signed: Signed, keys: Keys) -> None:
    request = form("sts", "GetCallerIdentity").but(headers={"Date": "botocore puts the time here"})
    assert signed("sts", request, keys=keys).status == 200


def test_blanks_in_a_signed_header_count_as_one(signed: Signed, keys: Keys) -> None:
    request = form("sts", "GetCallerIdentity").but(headers={"X-Extra": "a   b  c"})
    assert signed("sts", request, keys=keys).status == 200


def test_unsigned_headers_may_come_and_go(server: Server, keys: Keys) -> None:
    request = sign(form("sts", "GetCallerIdentity"), "sts", keys, host=f"127.0.0.1:{server.port}")
    assert send(request.but(headers={"X-Forwarded-For": "10.0.0.1", "User-Agent": "other"}), server.port).status == 200


def test_the_payload_hash_is_stated(signed: Signed, keys: Keys) -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    request = Request("GET", "/v1/brokers", headers={"X-Amz-Content-SHA256": empty})
    assert signed("mq", request, keys=keys).status == 200


def test_an_unsigned_payload_may_be_any(server: Server, keys: Keys) -> None:
    """As a client sends a body that it cannot read twice."""
    request = form("sts", "GetFederationToken").but(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    prepared = sign(request, "sts", keys, host=f"127.0.0.1:{server.port}")
    assert send(prepared.but(body=form("sts", "GetCallerIdentity").body), server.port).status == 200


# Presigned ---------------------------------------------------------------------------------------------------------


def fetched(url: str, port: int) -> Answer:
    parts = urlsplit(url)
    return send(Request("GET", parts.path or "/", parts.query), port)


@pytest.mark.parametrize("service", ["sts", "iam", "ec2", "mq"])
def test_a_presigned_url(service: str, client: Clients, server: Server, keys: Keys, session: Keys) -> None:
    for holder in (None, keys, session):
        url = client(service, keys=holder).generate_presigned_url(LISTINGS[service], ExpiresIn=60, HttpMethod="GET")
        answer = fetched(url, server.port)
        assert answer.status == 200, answer.body


def test_a_presigned_url_with_parameters(client: Clients, server: Server, keys: Keys) -> None:
    filters = [{"Name": "tag:a b+c", "Values": ["~/é &=%2F"]}]
    url = client("ec2", keys=keys).generate_presigned_url("describe_vpcs", {"Filters": filters}, HttpMethod="GET")
    assert fetched(url, server.port).status == 200


def test_an_old_presigned_url_within_its_time(signed: Signed, keys: Keys) -> None:
    request = Request("GET", query="Action=GetCallerIdentity&Version=2011-06-15")
    assert signed("sts", request, keys=keys, minutes=-600, expires=604800).status == 200


# Odd characters ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ODD)
def test_odd_characters_in_a_form(text: str, client: Clients, keys: Keys) -> None:
    ec2 = client("ec2", keys=keys)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "odd", "Value": text}])
    found = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]
    assert found == [{"Key": "odd", "Value": text}]


@pytest.mark.parametrize("text", [text for text in ODD if text])
@pytest.mark.parametrize("expires", [None, 60], ids=["header", "presigned"])
def test_odd_characters_in_a_query(text: str, expires: int | None, signed: Signed, keys: Keys) -> None:
    query = f"Action=GetUser&Version={VERSIONS['iam']}&UserName=a&Extra={quote(text, safe='-_.~')}"
    status, error, _ = signed("iam", Request("GET", query=query), keys=keys, expires=expires).error("iam")
    assert (status, error) == (404, "NoSuchEntity")


@pytest.mark.parametrize("text", [text for text in ODD if text])
def test_odd_characters_in_a_path(text: str, client: Clients, keys: Keys) -> None:
    with pytest.raises(ClientError) as refused:
        client("mq", keys=keys).describe_broker(BrokerId=text)
    error = refused.value.response["Error"]
    assert error["Code"] == "NotFoundException"
    assert error["Message"].startswith(f"Cannot find broker ID [{text}].")


def test_tags_of_a_broker(client: Clients, keys: Keys, broker: str) -> None:
    """The ARN in the path, percent-encoded; tag keys in the query, in no order."""
    mq = client("mq", keys=keys)
    tags = {text: text for text in ODD if text}
    mq.create_tags(ResourceArn=broker, Tags=tags)
    assert mq.list_tags(ResourceArn=broker)["Tags"] == tags
    mq.delete_tags(ResourceArn=broker, TagKeys=[key for key in reversed(tags) if key != "日本"])
    assert mq.list_tags(ResourceArn=broker)["Tags"] == {"日本": "日本"}


@pytest.mark.parametrize("sent", ["plain", "upper", "lower"])
def test_an_arn_in_a_path_however_it_is_encoded(sent: str, signed: Signed, keys: Keys, broker: str) -> None:
    coded = {"plain": broker, "upper": quote(broker, safe=""), "lower": quote(broker, safe="").replace("%3A", "%3a")}[sent]
    assert signed("mq", Request("GET", f"/v1/tags/{coded}"), keys=keys).status == 200


# Development keys and strict credentials ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key_id", "account"),
    [
        ("111122223333", "111122223333"),
        ("test", "000000000000"),
        ("AKIAIOSFODNN7EXAMPLE", "000000000000"),
        ("1111222233334", "000000000000"),
        ("a/b", "000000000000"),
    ],
)
def test_a_development_key_is_somebodys_root(key_id: str, account: str, client: Clients) -> None:
    answer = client("sts", keys=Keys(key_id, "whatever")).get_caller_identity()
    assert (answer["Account"], answer["Arn"]) == (account, f"arn:aws:iam::{account}:root")


def test_a_development_key_with_a_token(client: Clients) -> None:
    assert client("sts", keys=Keys("test", token="token")).get_caller_identity()["Account"] == "000000000000"


def test_the_default_account_is_a_setting(client: Clients) -> None:
    with Server(Config(port=0, default_account="999988887777")) as other:
        sts = client("sts", keys=Keys("test"), endpoint_url=other.url)
        assert sts.get_caller_identity()["Account"] == "999988887777"


def key_in(world: World, account: str) -> Keys:
    """A user's key, made by the root user that has none."""

    def ask(operation: str, **params: str) -> dict[str, Any]:
        principal = identity.root(account)
        call = Call(service="iam", operation=operation, params=params, principal=principal, region="us-east-1", partition="aws")
        return world.perform(call)

    ask("CreateUser", UserName="admin")
    ask("AttachUserPolicy", UserName="admin", PolicyArn=ADMINISTRATOR)
    key = ask("CreateAccessKey", UserName="admin")["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def test_strict_credentials_take_what_was_issued_here(strict_server: Server, client: Clients, account: str) -> None:
    sts = client("sts", keys=key_in(strict_server.world, account), endpoint_url=strict_server.url)
    assert sts.get_caller_identity()["Account"] == account
    with pytest.raises(ClientError) as refused:
        client("sts", endpoint_url=strict_server.url).get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"


def test_a_reset_wipes_the_keys(client: Clients, account: str) -> None:
    with Server(Config(port=0)) as other:
        sts = client("sts", keys=key_in(other.world, account), endpoint_url=other.url)
        sts.get_caller_identity()
        other.world.reset()
        with pytest.raises(ClientError) as refused:
            sts.get_caller_identity()
    assert code(refused) == "InvalidClientTokenId"


# Emulated time -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ahead(client: Clients, account: str) -> Iterator[Server]:
    """An emulator whose clock a test may move."""
    with Server(Config(port=0, pace="real")) as served:
        yield served


def test_signatures_are_dated_by_the_machines_clock(ahead: Server, client: Clients, account: str) -> None:
    sts = client("sts", keys=key_in(ahead.world, account), endpoint_url=ahead.url)
    ahead.world.advance(90 * 24 * 3600)
    assert sts.get_caller_identity()["Account"] == account


def test_sessions_expire_in_emulated_time(ahead: Server, client: Clients, account: str) -> None:
    keys = key_in(ahead.world, account)
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = client("iam", keys=keys, endpoint_url=ahead.url)
    role = iam.create_role(RoleName="workers", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    session = assume(client("sts", keys=keys, endpoint_url=ahead.url), role)
    sts = client("sts", keys=session, endpoint_url=ahead.url)
    ahead.world.advance(3599)
    sts.get_caller_identity()
    ahead.world.advance(2)
    with pytest.raises(ClientError) as refused:
        sts.get_caller_identity()
    assert code(refused) == "ExpiredToken"
