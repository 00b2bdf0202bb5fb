"""CreateBroker: what it refuses, what it makes with the caller's rights, and the broker it leaves to its plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypedDict

from emulator.engine.identity import Role
from emulator.engine.plan import start
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import LINKED_ROLE, PRINCIPAL, Broker, WeeklyStartTime
from emulator.services.mq.catalogue import engines
from emulator.services.mq.configurations import chosen_revision
from emulator.services.mq.directory import next_number
from emulator.services.mq.network import Place, as_caller, place, subnets_only
from emulator.services.mq.plans import CREATE
from emulator.services.mq.updates import ConfigurationId, Logs, await_window, check_instance, check_window
from emulator.values import tags
from emulator.values.call import Call, Need
from emulator.values.clock import DAYS
from emulator.values.errors import not_implemented

_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")
_USERNAME = re.compile(r"[A-Za-z0-9._-]{2,100}")
_MOST_GROUPS = 5
_MOST_TAGS = 50
_NODES = {"SINGLE_INSTANCE": 1, "CLUSTER_MULTI_AZ": 3}


class EncryptionOptions(TypedDict, total=False):
    UseAwsOwnedKey: bool
    KmsKeyId: str


class User(TypedDict, total=False):
    """``ConsoleAccess`` and ``Groups`` are for ActiveMQ; RabbitMQ takes no notice of them, as AWS documents."""

    Username: str
    Password: str
    ConsoleAccess: bool
    Groups: list[str]


def create_broker(
    world: World,
    call: Call,
    *,
    BrokerName: str,
    DeploymentMode: str,
    EngineType: str,
    HostInstanceType: str,
    PubliclyAccessible: bool,
    AuthenticationStrategy: str = "SIMPLE",
    AutoMinorVersionUpgrade: bool = True,
    Configuration: ConfigurationId | None = None,
    CreatorRequestId: str | None = None,
    EncryptionOptions: EncryptionOptions | None = None,
    EngineVersion: str | None = None,
    Logs: Logs | None = None,
    MaintenanceWindowStartTime: WeeklyStartTime | None = None,
    SecurityGroups: list[str] | None = None,
    StorageType: str = "EBS",
    SubnetIds: list[str] | None = None,
    Tags: Mapping[str, str] | None = None,
    Users: list[User] | None = None,
) -> Result:
    if not _NAME.fullmatch(BrokerName):
        raise errors.bad_name()
    _check_engine(EngineType, call.region)
    version = EngineVersion or engines()["RABBITMQ"]["versions"][0]
    _check_size(DeploymentMode, HostInstanceType, version, StorageType)
    _check_access(AuthenticationStrategy, Users or [])
    _check_options(Logs or {}, Tags or {}, is_upgraded=AutoMinorVersionUpgrade)
    window = _window(world, MaintenanceWindowStartTime)
    _check_groups(SecurityGroups or [], is_public=PubliclyAccessible)

    twin = next(iter(world.store.find(Broker, call.account, call.region, name=BrokerName)), None)
    if twin is not None:
        return _replay(twin, CreatorRequestId, HostInstanceType, DeploymentMode, is_public=PubliclyAccessible)
    where = _place(world, call, DeploymentMode, SubnetIds or [], SecurityGroups or [], is_public=PubliclyAccessible)
    _ensure_role(world, call)
    broker = Broker(
        account=call.account,
        region=call.region,
        id=(broker_id := f"b-{world.ids.uuid()}"),
        number=next_number(world, call.account, call.region),
        name=BrokerName,
        arn=call.arn(f"broker:{BrokerName}:{broker_id}"),
        state="CREATION_IN_PROGRESS",
        created=world.clock.now(),
        token=CreatorRequestId,
        engine_version=version,
        deployment_mode=DeploymentMode,
        instance_type=HostInstanceType,
        is_public=PubliclyAccessible,
        vpc_id=where.vpc_id,
        subnet_ids=where.subnet_ids,
        security_groups=where.security_groups,
        kms_key=_kms_key(world, call, EncryptionOptions or {}),
        pending={"configuration": chosen_revision(world, call, Configuration)} if Configuration else {},
        has_general_logs=bool(Logs and Logs.get("General")),
        maintenance=window,
        username=(Users or [{}])[0].get("Username", ""),
        tags=dict(Tags or {}),
        nodes=tuple(f"ip-10-0-{world.ids.pick(255)}-{world.ids.pick(255)}" for _ in range(_NODES[DeploymentMode])),
        endpoint_service="" if PubliclyAccessible else f"com.amazonaws.vpce.{call.region}.vpce-svc-{world.ids.hexadecimal(17)}",
    )
    world.store.put(broker)
    world.journal.about(broker.id)
    world.journal.write("state", broker.state, subject=broker.id, account=broker.account, region=broker.region)
    start(world, CREATE, broker)
    await_window(world, broker)
    return {"BrokerArn": broker.arn, "BrokerId": broker.id}


def create_broker_needs(_world: World, call: Call) -> Iterator[Need]:
    """CreateBroker has no resource; creating with tags needs mq:CreateTags as well (inferred, section B.1)."""
    keys = tags.request_keys(call.params.get("Tags") or {})
    yield Need("mq:CreateBroker", "*", keys)
    if keys:
        yield Need("mq:CreateTags", call.arn(f"broker:{call.params['BrokerName']}:*"), keys)


def _check_engine(engine: str, region: str) -> None:
    if engine.upper() == "ACTIVEMQ":
        raise not_implemented("mq:CreateBroker with engineType ACTIVEMQ")
    if engine.upper() != "RABBITMQ":
        raise errors.bad_value("engineType", engine, sorted(engines()))
    if not LINKED_ROLE.is_offered(region):
        raise errors.not_offered(region)


def _check_size(mode: str, instance: str, version: str, storage: str) -> None:
    facts = engines()["RABBITMQ"]
    if mode not in _NODES:
        raise errors.bad_value("deploymentMode", mode, sorted(_NODES))
    check_instance(instance, mode)
    if version not in facts["versions"]:
        raise errors.bad_engine_version(version, "RABBITMQ", facts["versions"])
    if storage.upper() not in facts["storage"]:
        raise errors.bad_value("storageType", storage, facts["storage"])


def _check_access(strategy: str, users: list[User]) -> None:
    if strategy.upper() == "CONFIG_MANAGED":
        raise not_implemented("mq:CreateBroker with authenticationStrategy CONFIG_MANAGED")
    if strategy.upper() != "SIMPLE":
        raise errors.bad_request(
            f"Authentication strategy [{strategy}] is not supported for RabbitMQ brokers.", "authenticationStrategy"
        )
    if len(users) != 1:
        raise errors.bad_request("RabbitMQ brokers must be created with exactly one user.", "users")
    name, password = users[0].get("Username", ""), users[0].get("Password", "")
    if not _USERNAME.fullmatch(name):
        text = "The username must be 2-100 characters long and contain only letters, numbers, dashes, periods and underscores."
        raise errors.bad_request(text, "username")
    if name == "guest":
        raise errors.bad_request("The username [guest] is reserved and can't be used.", "username")
    if len(password) < 12 or len(set(password)) < 4 or set(password) & set(",:="):
        text = (
            "The password must be at least 12 characters long, with at least 4 unique characters, "
            "and must not contain commas, colons, or equal signs."
        )
        raise errors.bad_request(text, "password")


def _check_options(logs: Logs, tag_map: Mapping[str, str], *, is_upgraded: bool) -> None:
    if "Audit" in logs:
        raise errors.no_audit_logs()
    if not is_upgraded:
        raise errors.no_manual_upgrades()
    if len(tag_map) > _MOST_TAGS:
        raise errors.bad_request(f"A broker can have at most {_MOST_TAGS} tags.", "tags")


def _check_groups(groups: list[str], *, is_public: bool) -> None:
    if groups and is_public:
        raise errors.no_groups_when_public()
    if len(groups) > _MOST_GROUPS:
        raise errors.bad_request(f"A broker can have at most {_MOST_GROUPS} security groups.", "securityGroups")


def _window(world: World, given: WeeklyStartTime | None) -> WeeklyStartTime:
    """The maintenance window; a seeded one when the caller leaves it to Amazon MQ."""
    if given is not None:
        return check_window(given)
    return {"DayOfWeek": DAYS[world.ids.pick(7)], "TimeOfDay": f"{world.ids.pick(24):02d}:00", "TimeZone": "UTC"}


def _replay(twin: Broker, token: str | None, instance: str, mode: str, *, is_public: bool) -> Result:
    """The same request again gives the same broker; what may differ (password, tags, window) was observed (A.3)."""
    is_same = (instance, mode, is_public) == (twin.instance_type, twin.deployment_mode, twin.is_public)
    if token and token == twin.token and is_same:
        return {"BrokerArn": twin.arn, "BrokerId": twin.id}
    raise errors.name_taken(twin.name)


def _place(world: World, call: Call, mode: str, subnets: list[str], groups: list[str], *, is_public: bool) -> Place:
    """A public RabbitMQ broker has no endpoint in the customer's network; subnets that are given must exist all the same."""
    if not is_public:
        return place(world, call, mode, subnets, groups)
    return subnets_only(world, call, mode, subnets) if subnets else Place("", (), ())


def _ensure_role(world: World, call: Call) -> None:
    """Make the service-linked role with the caller's rights when the account has none; last of all, so a refusal leaves none."""
    if world.store.get(Role, (call.account, "", LINKED_ROLE.name.lower())) is None:
        as_caller(world, call, "iam:CreateServiceLinkedRole", {"AWSServiceName": PRINCIPAL}, errors.forbidden)


def _kms_key(world: World, call: Call, options: EncryptionOptions) -> str | None:
    """The customer's key; without an id the account's AWS managed key, as observed for ActiveMQ (A.3)."""
    if options.get("UseAwsOwnedKey", True):
        if "KmsKeyId" in options:
            raise errors.bad_request("[kmsKeyId] can't be specified when [useAwsOwnedKey] is true.", "encryptionOptions.kmsKeyId")
        return None
    return options.get("KmsKeyId") or call.arn(f"key/{world.ids.uuid()}", service="kms")
