"""A seed file: there from the start, there again after a reset, refused in one line when it is none."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from emulator import Clock, new_world
from emulator.cli import main
from emulator.config import Config
from emulator.control.seed import PlantingError, Seed, load, load_folder
from emulator.server import Server
from emulator.values.clock import iso8601

ACCOUNT = "111122223333"
SEED = """
organizations:
  "111122223333":
    service_control_policies:
      - FullAWSAccess: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
      - NoBrokers: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "mq:*", Resource: "*"}]}
        FullAWSAccess: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
    resource_control_policies:
      NoLogs: {Version: "2012-10-17", Statement: [{Effect: Deny, Principal: "*", Action: "logs:*", Resource: "*"}]}
  "444455556666":
    management: true
"""
WHOLE = """
seed: bricks
clock: {frozen_at: 2026-09-30T12:00:00Z, pace: real}
settings: {requester_managed_endpoints: true}
quotas: {"VPCs per Region": 1}
accounts:
  "111122223333":
    region: eu-west-1
    policies:
      Brokers: [{Effect: Allow, Action: "mq:*", Resource: "*"}]
    groups:
      staff: {managed: [AmazonMQReadOnlyAccess]}
    users:
      dev:
        path: /staff/
        access_key: {id: AKIADEVDEVDEVDEVDEV1, secret: not-a-secret}
        groups: [staff]
        managed: [Brokers]
        policies: {network: [{Effect: Allow, Action: "ec2:Describe*", Resource: "*"}]}
        boundary: arn:aws:iam::aws:policy/AmazonMQFullAccess
        tags: {team: blue}
    roles:
      deployer:
        trust: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:user/staff/dev"}, Action: "sts:AssumeRole"}]
        managed: [AmazonMQFullAccess]
        max_session: 7200
        tags: {team: blue}
    vpcs:
      main:
        cidr: 10.1.0.0/16
        subnets: {left: {cidr: 10.1.0.0/24, zone: a}, right: {cidr: 10.1.1.0/24, zone: b, tags: {tier: back}}}
        security_groups:
          clients: {}
          broker: {ingress: [{port: 5671, source: clients}, {source: 10.1.0.0/16}]}
        internet_gateway: gateway
      other: {region: us-west-2}
    log_groups:
      /aws/amazonmq/kept: {retention: 7, tags: {team: blue}}
      /plain: {}
    brokers:
      orders:
        SubnetIds: ["${left}"]
        SecurityGroups: ["${broker}"]
        Users: [{Username: orders, Password: correct-horse-battery}]
    managed_policies:
      AmazonMQServiceRolePolicy: {without: [5]}
"""


def client(server: Server, service: str, key: str = ACCOUNT, secret: str = "any", region: str = "us-east-1") -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=server.url,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def refused(server: Server, service: str, operation: str, **keys: str) -> str:
    asked = client(server, service, **keys)
    with pytest.raises(ClientError) as error:
        getattr(asked, operation)()
    asked.close()
    return str(error.value)


def reset(server: Server) -> None:
    requests.post(f"{server.url}/_emulator/reset", timeout=10).raise_for_status()


def test_a_seed_is_there_from_the_start_and_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(SEED)
    with Server(Config(port=0, seed=file), seed=load(file)) as server:
        for _ in range(2):
            assert "with an explicit deny in a service control policy" in refused(server, "mq", "list_brokers")
            assert "with an explicit deny in a resource control policy" in refused(server, "logs", "describe_log_groups")
            reset(server)


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Server]:
    file = tmp_path / "seed.yaml"
    file.write_text(WHOLE)
    with Server(Config(port=0), seed=load(file)) as server:
        yield server


def test_the_whole_model_is_planted_and_planted_again(whole: Server) -> None:
    before = state(whole)
    assert before["users"] == [("dev", "/staff/", [{"Key": "team", "Value": "blue"}], ["Brokers"], ["network"], ["staff"])]
    assert before["roles"] == [("deployer", 7200, ["AmazonMQFullAccess"])]
    assert before["vpcs"] == {"eu-west-1": ["10.1.0.0/16", "172.31.0.0/16"], "us-west-2": ["10.0.0.0/16", "172.31.0.0/16"]}
    assert before["routes"] == ["10.1.0.0/16 local", "0.0.0.0/0 gateway"]
    assert before["ingress"] == [("tcp", 5671, "clients"), ("-1", None, "10.1.0.0/16")]
    assert before["logs"] == [("/aws/amazonmq/kept", 7), ("/plain", None)]
    assert before["brokers"] == [("orders", "RUNNING")]
    assert before["clock"] == ("2026-09-30T12:00:00Z", True, "real")
    whole.world.advance(1000)
    client(whole, "iam").create_user(UserName="late")
    reset(whole)
    assert state(whole) == before


def state(server: Server) -> dict[str, Any]:
    iam, ec2 = client(server, "iam"), client(server, "ec2", region="eu-west-1")
    west, logs = client(server, "ec2", region="us-west-2"), client(server, "logs", region="eu-west-1")
    mq = client(server, "mq", region="eu-west-1")
    groups = {group["GroupName"]: group for group in ec2.describe_security_groups()["SecurityGroups"]}
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [groups["broker"]["VpcId"]]}])["RouteTables"]
    clock = server.world.clock
    return {
        "users": [
            (
                user["UserName"],
                user["Path"],
                iam.list_user_tags(UserName=user["UserName"])["Tags"],
                [one["PolicyName"] for one in iam.list_attached_user_policies(UserName=user["UserName"])["AttachedPolicies"]],
                iam.list_user_policies(UserName=user["UserName"])["PolicyNames"],
                [group["GroupName"] for group in iam.list_groups_for_user(UserName=user["UserName"])["Groups"]],
            )
            for user in iam.list_users()["Users"]
        ],
        "roles": [
            (
                role["RoleName"],
                role["MaxSessionDuration"],
                [one["PolicyName"] for one in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]],
            )
            for role in iam.list_roles(PathPrefix="/")["Roles"]
            if "aws-service-role" not in role["Path"]
        ],
        "vpcs": {
            region: sorted(vpc["CidrBlock"] for vpc in asked.describe_vpcs()["Vpcs"])
            for region, asked in (("eu-west-1", ec2), ("us-west-2", west))
        },
        "routes": [
            f"{route['DestinationCidrBlock']} {'gateway' if route['GatewayId'].startswith('igw-') else route['GatewayId']}"
            for route in table["Routes"]
        ],
        "ingress": [
            (
                rule["IpProtocol"],
                rule.get("FromPort"),
                "clients" if rule["UserIdGroupPairs"] else rule["IpRanges"][0]["CidrIp"],
            )
            for rule in groups["broker"]["IpPermissions"]
        ],
        "logs": [
            (group["logGroupName"], group.get("retentionInDays"))
            for group in logs.describe_log_groups()["logGroups"]
            if "broker" not in group["logGroupName"]
        ],
        "brokers": [(one["BrokerName"], one["BrokerState"]) for one in mq.list_brokers()["BrokerSummaries"]],
        "clock": (iso8601(clock.now()), clock.is_frozen, server.world.pace),
        "ids": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]],
    }


def test_fixed_keys_are_verified_and_bounded(whole: Server) -> None:
    keys = {"key": "AKIADEVDEVDEVDEVDEV1", "secret": "not-a-secret", "region": "eu-west-1"}
    who = client(whole, "sts", **keys).get_caller_identity()["Arn"]
    assert who == "arn:aws:iam::111122223333:user/staff/dev"
    assert client(whole, "mq", **keys).list_brokers()["BrokerSummaries"]
    refusal = refused(whole, "iam", "list_users", **keys)
    assert "because no identity-based policy allows the iam:ListUsers action" in refusal
    assert "SignatureDoesNotMatch" in refused(whole, "sts", "get_caller_identity", **{**keys, "secret": "wrong"})


def test_a_fixed_key_that_was_deleted_never_becomes_a_development_key(whole: Server) -> None:
    client(whole, "iam").delete_access_key(UserName="dev", AccessKeyId="AKIADEVDEVDEVDEVDEV1")
    assert "InvalidClientTokenId" in refused(whole, "sts", "get_caller_identity", key="AKIADEVDEVDEVDEVDEV1")
    whole.world.reset()
    assert "InvalidClientTokenId" in refused(whole, "sts", "get_caller_identity", key="AKIADEVDEVDEVDEVDEV1")


def test_quotas_make_room_before_and_bind_after() -> None:
    one = {"PubliclyAccessible": True, "Users": [{"Username": "orders", "Password": "correct-horse-battery"}]}
    brokers = {f"b{number}": one for number in range(52)}
    world = new_world(clock=Clock(frozen_at=1_790_000_000.0))
    seed: dict[str, Any] = {"accounts": {ACCOUNT: {"brokers": brokers}}, "quotas": {"Brokers per Region": 52}}
    Seed.model_validate(seed).plant(world)
    with pytest.raises(PlantingError, match="can have at most 52 brokers"):
        Seed.model_validate({"accounts": {ACCOUNT: {"brokers": {"more": one}}}}).plant(world)


def test_nor_does_one_that_was_planted_while_it_ran_by_a_later_process(tmp_path: Path) -> None:
    key, config = "AKIACICICICICICICIC1", Config(port=0, data=tmp_path / "data")
    with Server(config) as first:
        users = {"ci": {"access_key": {"id": key, "secret": "not-a-secret"}}}
        assert plant(first, {"accounts": {"111122223333": {"users": users}}}).ok
        client(first, "iam").delete_access_key(UserName="ci", AccessKeyId=key)
    with Server(config) as later:
        assert "InvalidClientTokenId" in refused(later, "sts", "get_caller_identity", key=key)
        assert client(later, "sts", key="AKIASOMEBODYSOMEBODY").get_caller_identity()


def test_secrets_are_in_no_journal(whole: Server) -> None:
    told = requests.get(f"{whole.url}/_emulator/journal", timeout=10).text
    assert "access key AKIADEVDEVDEVDEVDEV1 of dev" in told
    assert "not-a-secret" not in told
    assert "correct-horse" not in told


def test_what_is_planted_binds(whole: Server) -> None:
    """The quota, the setting and the edited policy: the broker's endpoint can be deleted by nobody."""
    with pytest.raises(ClientError, match="VpcLimitExceeded"):
        client(whole, "ec2", region="eu-west-1").create_vpc(CidrBlock="10.9.0.0/16")
    ec2, mq = client(whole, "ec2", region="eu-west-1"), client(whole, "mq", region="eu-west-1")
    (endpoint,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    (left,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"]
    assert "requester-managed" in left["Error"]["Message"]
    mq.delete_broker(BrokerId=mq.list_brokers()["BrokerSummaries"][0]["BrokerId"])
    whole.world.advance(60)
    (denied,) = [entry for entry in whole.world.journal.select() if entry.outcome == "denied"]
    assert denied.title == "ec2:DeleteVpcEndpoints"


# While it runs -----------------------------------------------------------------------------------------------------


def plant(server: Server, seed: Any) -> requests.Response:
    return requests.post(f"{server.url}/_emulator/seed", json=seed, timeout=10)


def test_another_text_of_an_aws_managed_policy(server: Server, account: str) -> None:
    text = [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]
    assert plant(server, {"accounts": {account: {"managed_policies": {"AmazonMQReadOnlyAccess": text}}}}).status_code == 200
    arn = "arn:aws:iam::aws:policy/AmazonMQReadOnlyAccess"
    shown = client(server, "iam", account).get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert shown["Statement"] == text
    fault = {"kind": "drop", "match": {"service": "s3"}}
    assert plant(server, {"faults": [fault]}).json()["error"].startswith("faults.0: there is no service 's3'")


def test_a_running_emulator_is_planted(server: Server, account: str) -> None:
    answer = plant(
        server, {"accounts": {account: {"users": {"dev": {}}, "vpcs": {"main": {"subnets": {"a": {"cidr": "10.0.0.0/24"}}}}}}}
    )
    assert answer.status_code == 200
    ids = answer.json()["ids"]
    assert sorted(ids) == ["a", "main"]
    (vpc,) = client(server, "ec2", account).describe_vpcs(VpcIds=[ids["main"]])["Vpcs"]
    assert vpc["Tags"] == [{"Key": "Name", "Value": "main"}]
    again = plant(server, {"accounts": {account: {"users": {"dev": {}}}}})
    text = f"{account}: iam:CreateUser: EntityAlreadyExists: User with name dev already exists."
    assert (again.status_code, again.json()["error"]) == (400, text)
    assert plant(server, {"colour": "red"}).json()["error"] == "colour: Extra inputs are not permitted"


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (
            {"users": {"dev": {"access_key": {"id": "AKIATWICETWICETWICE1", "secret": "a"}}}},
            "EntityAlreadyExists: The access key AKIATWICETWICETWICE1 already exists.",
        ),
        (
            {
                "brokers": {
                    "far": {"SubnetIds": ["subnet-00000000"], "Users": [{"Username": "user", "Password": "correct-horse"}]}
                }
            },
            "mq:CreateBroker: BadRequestException: ",
        ),
        (
            {
                "vpcs": {"v": {"subnets": {"tiny": {"cidr": "10.0.0.0/28"}}, "security_groups": {"g": {}}}},
                "brokers": {
                    "one": {
                        "SubnetIds": ["${tiny}"],
                        "SecurityGroups": ["${g}"],
                        "Users": [{"Username": "user", "Password": "correct-horse"}],
                    }
                },
            },
            "the broker one does not come up: it is CREATION_FAILED",
        ),
    ],
)
def test_what_cannot_be_planted(account: dict[str, Any], why: str) -> None:
    with Server(Config(port=0)) as server:
        key = {"accounts": {"222233334444": {"users": {"twin": {"access_key": {"id": "AKIATWICETWICETWICE1", "secret": "b"}}}}}}
        Seed.model_validate(key).plant(server.world)
        if "vpcs" in account:
            deny = {"without": [2]}
            plant(server, {"accounts": {ACCOUNT: {"managed_policies": {"AmazonMQServiceRolePolicy": deny}}}})
        with pytest.raises(PlantingError) as refusal:
            Seed.model_validate({"accounts": {ACCOUNT: account}}).plant(server.world)
    assert why in str(refusal.value)
    assert str(refusal.value).startswith(f"{ACCOUNT}: ")


# Files and folders -------------------------------------------------------------------------------------------------


def started(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["serve", "--port", "0", *arguments])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quotas: {Brokers: 1}", ":1:1: quotas: Value error, there is no quota 'Brokers', but VPCs per Region"),
        ("users: []", ":1:1: users: Extra inputs are not permitted"),
        ("organizations:\n  '1': {}", ":2:3: organizations.1.[key]: String should match pattern"),
        ("organizations: [", ":1:17: while parsing"),
        ("organizations: {'111122223333': {service_control_policies: [{}]}}", "each level must have at least one"),
        (
            "organizations: {'111122223333': {service_control_policies: [{Bad: {}}]}}",
            ":1:62: organizations.111122223333.service_control_policies.0.Bad: Value error, Syntax errors in policy.",
        ),
        (
            "accounts: {'111122223333': {vpcs: {a: {}, b: {subnets: {a: {cidr: 10.0.0.0/24}}}}}}",
            ":1:1: file: Value error, the alias a stands twice",
        ),
        (
            "accounts: {'111122223333': {users: {a: {access_key: {id: AKIATWICETWICETWICE1, secret: s3cr3t}},"
            " b: {access_key: {id: AKIATWICETWICETWICE1, secret: s3cr3t}}}}}",
            "the access key AKIATWICETWICETWICE1 stands twice",
        ),
        (
            "accounts: {'111122223333': {users: {a: {groups: [none]}}}}",
            "the seed cannot be planted: 111122223333: iam:AddUserToGroup",
        ),
        ("clock: {frozen_at: noon}", ":1:9: clock.frozen_at: Value error, Invalid isoformat string: 'noon'"),
    ],
)
def test_a_file_that_is_no_seed(tmp_path: Path, text: str, wanted: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    told = started("--seed", str(file))
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert wanted in told.stderr
    assert "s3cr3t" not in told.stderr


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ("{Nonsense: 1}", "brokers: Value error, b has no Nonsense\n"),
        ("{BrokerName: [a]}", "brokers: Value error, b.BrokerName must be of the type string\n"),
        ("{SubnetIds: 1.5}", "brokers: Value error, b.SubnetIds must be of the type list\n"),
        ("{SubnetIds: [null, 1]}", "brokers: Value error, b.SubnetIds.1 must be of the type string\n"),
        ("{Users: [{Username: 1}]}", "brokers: Value error, b.Users.0.Username must be of the type string\n"),
        ("{Tags: {a: true}}", "brokers: Value error, b.Tags.a must be of the type string\n"),
        ("{Logs: {General: 1}}", "brokers: Value error, b.Logs.General must be of the type boolean\n"),
        ("{Configuration: {Revision: true}}", "brokers: Value error, b.Configuration.Revision must be of the type integer\n"),
        ("{SubnetIds: ['${nope}']}", "the seed cannot be planted: the broker b: ${nope} stands for nothing\n"),
    ],
)
def test_a_file_with_members_that_no_broker_has(tmp_path: Path, members: str, wanted: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(f"accounts: {{'{ACCOUNT}': {{brokers: {{b: {members}}}}}}}")
    told = started("--seed", str(file))
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert told.stderr.endswith(wanted)


def test_an_empty_file_is_an_empty_seed(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("")
    assert load(file) == Seed()


def test_a_folder_is_one_seed_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "20-more.yaml").write_text(
        "accounts: {'111122223333': {users: {ops: {}}}}\nquotas: {Routes per route table: 2}\n"
        "organizations: {'111122223333': {service_control_policies: [{b: [{Effect: Allow, Action: '*', Resource: '*'}]}]}}"
    )
    (tmp_path / "10-first.yaml").write_text(
        "accounts: {'111122223333': {users: {dev: {}}}}\nquotas: {Routes per route table: 1}\n"
        "organizations: {'111122223333': {service_control_policies: [{a: [{Effect: Allow, Action: '*', Resource: '*'}]}]}}"
    )
    (tmp_path / "README.md").write_text("no seed")
    seed = load_folder(tmp_path)
    assert list(seed.accounts[ACCOUNT].users) == ["dev", "ops"]
    assert seed.quotas == {"Routes per route table": 2}
    assert [list(level) for level in seed.organizations[ACCOUNT].service_control_policies] == [["a"], ["b"]]


def test_files_of_a_folder_that_do_not_go_together(tmp_path: Path) -> None:
    for alias in ("a", "b"):
        (tmp_path / f"{alias}.yaml").write_text(
            f"accounts: {{'111122223333': {{vpcs: {{{alias}: {{subnets: {{c: {{cidr: 10.0.0.0/24}}}}}}}}}}}}"
        )
    assert f"{tmp_path}: file: Value error, the alias c stands twice" in started("--seed", str(tmp_path)).stderr


def test_the_folder_of_seeds_is_read_when_no_seed_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve = importlib.import_module("emulator.cli.serve")
    assert Path("/etc/mq-emulator/seed.d") == serve.SEED_FOLDER
    monkeypatch.setattr(serve, "SEED_FOLDER", tmp_path)
    (tmp_path / "a.yaml").write_text("colour: red")
    assert "a.yaml:1:1: colour: Extra inputs" in started().stderr
    given = tmp_path / "given"
    given.mkdir()
    (given / "b.yaml").write_text("size: 1")
    assert "b.yaml:1:1: size: Extra inputs" in started("--seed", str(given)).stderr
