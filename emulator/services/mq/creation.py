"""CreateBroker: what it refuses, what it makes with the caller's rights, and the broker it leaves to its plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypedDict

from emulator.engine.plan import start
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import broker_rules, broker_users, errors
from emulator.services.mq.broker import Broker, Engine, WeeklyStartTime
from emulator.services.mq.broker_rules import ConfigurationId, LdapServerMetadata, Logs
from emulator.services.mq.broker_users import User
from emulator.services.mq.configurations import chosen_revision
from emulator.services.mq.directory import next_number
from emulator.services.mq.lives import LIVES
from emulator.services.mq.network import NOWHERE, Place, check_way_out, place, subnets_only
from emulator.services.mq.quotas import refuse_one_more_broker
from emulator.services.mq.replication import check_replica, needs_of_primary, pair
from emulator.services.mq.updates import await_window
from emulator.values import tags
from emulator.values.call import Call, Need
from emulator.values.clock import DAYS

_HOURS = tuple(f"{hour:02d}:00" for hour in range(24))


class EncryptionOptions(TypedDict, total=False):
    UseAwsOwnedKey: bool
    KmsKeyId: str


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
    DataReplicationMode: str = "NONE",
    DataReplicationPrimaryBrokerArn: str | None = None,
    EncryptionOptions: EncryptionOptions | None = None,
    EngineVersion: str | None = None,
    LdapServerMetadata: LdapServerMetadata | None = None,
    Logs: Logs | None = None,
    MaintenanceWindowStartTime: WeeklyStartTime | None = None,
    SecurityGroups: list[str] | None = None,
    StorageSize: int | None = None,
    StorageType: str | None = None,
    SubnetIds: list[str] | None = None,  # noqa: ARG001  # _place reads it
    Tags: Mapping[str, str] | None = None,
    Users: list[User] | None = None,
) -> Result:
    users, logs = Users or [], Logs or {}
    broker_rules.check_name(BrokerName)
    engine = broker_rules.engine_of(EngineType)
    broker_rules.check_region(engine, call.region)
    size = _size(engine, DeploymentMode, HostInstanceType, version=EngineVersion, storage=StorageType, size=StorageSize)
    access = _access(engine, AuthenticationStrategy, LdapServerMetadata, users)
    is_replica = check_replica(engine, DataReplicationMode, DataReplicationPrimaryBrokerArn, DeploymentMode, users)
    broker_rules.check_logs(engine, logs)
    broker_rules.check_upgrades(engine, is_automatic=AutoMinorVersionUpgrade)
    broker_rules.check_tags("broker", Tags or {})
    window = _window(world, MaintenanceWindowStartTime)
    broker_rules.check_groups(engine, SecurityGroups or [], is_public=PubliclyAccessible)

    asked = (engine, HostInstanceType, DeploymentMode, str(PubliclyAccessible))
    twin = next(iter(world.store.find(Broker, call.account, call.region, name=BrokerName)), None)
    if twin is not None:
        return _replay(twin, CreatorRequestId, asked)
    refuse_one_more_broker(world, call.account, call.region)
    where = _place(world, call, engine, DeploymentMode, is_public=PubliclyAccessible)
    broker = Broker(
        account=call.account,
        region=call.region,
        id=(broker_id := f"b-{world.ids.uuid()}"),
        number=next_number(world, call.account, call.region),
        engine=engine,
        name=BrokerName,
        arn=call.arn(f"broker:{BrokerName}:{broker_id}"),
        state="CREATION_IN_PROGRESS",
        created=world.clock.now(),
        token=CreatorRequestId,
        asked=asked,
        is_public=PubliclyAccessible,
        vpc_id=where.vpc_id,
        subnet_ids=where.subnet_ids,
        security_groups=where.security_groups,
        **size,
        **access,
        kms_key=_kms_key(world, call, EncryptionOptions or {}),
        pending={"configuration": chosen_revision(world, call, engine, Configuration)} if Configuration else {},
        has_general_logs=logs.get("General", False),
        has_audit_logs=logs.get("Audit", False),
        maintenance=window,
        tags=dict(Tags or {}),
    )
    if is_replica:
        broker = pair(world, call, broker, DataReplicationPrimaryBrokerArn or "")
    life = LIVES[engine]
    broker = life.creating(world, call, broker)
    world.store.put(broker)
    _add_users(world, broker, users)
    world.journal.about(broker.id)
    world.journal.write("state", broker.state, subject=broker.id, account=broker.account, region=broker.region)
    start(world, life.create, broker)
    await_window(world, broker)
    return {"BrokerArn": broker.arn, "BrokerId": broker.id}


def create_broker_needs(world: World, call: Call) -> Iterator[Need]:
    """CreateBroker has no resource; creating with tags needs mq:CreateTags as well (inferred, section B.1)."""
    keys = tags.request_keys(call.params.get("Tags") or {})
    yield Need("mq:CreateBroker", "*", keys)
    if keys:
        yield Need("mq:CreateTags", call.arn(f"broker:{call.params['BrokerName']}:*"), keys)
    yield from needs_of_primary(world, call)


@lru_cache(maxsize=256)
def _size(
    engine: Engine, mode: str, instance: str, *, version: str | None, storage: str | None, size: int | None
) -> Mapping[str, Any]:
    """How big the broker is, as attributes of its record. Most brokers are of a few sizes."""
    broker_rules.check_mode(engine, mode)
    return {
        "deployment_mode": mode,
        "instance_type": broker_rules.check_instance(engine, instance, mode),
        "engine_version": broker_rules.check_version(engine, version),
        "storage_type": broker_rules.check_storage(engine, storage, instance, mode),
        "storage_size": broker_rules.check_storage_size(engine, size, instance),
    }


def _access(engine: Engine, strategy: str, metadata: LdapServerMetadata | None, users: list[User]) -> dict[str, Any]:
    """Who gets in, as attributes of the broker's record; an ActiveMQ broker's users have records of their own."""
    chosen = broker_rules.check_strategy(engine, strategy)
    ldap = broker_rules.check_ldap(engine, chosen, metadata)
    if chosen == "LDAP" and ldap is None:
        raise errors.no_ldap_metadata()
    broker_rules.check_users(engine, chosen, users)
    return {"authentication": chosen, "ldap": ldap, "username": users[0]["Username"] if users else ""}


def _add_users(world: World, broker: Broker, users: list[User]) -> None:
    """RabbitMQ has its users to itself."""
    for user in users if broker.engine == "ACTIVEMQ" else ():
        asked = broker_users.asked_access(user.get("ConsoleAccess"), user.get("Groups"), user.get("ReplicationUser"))
        broker_users.add_user(world, broker, user["Username"], asked)


def _window(world: World, given: WeeklyStartTime | None) -> WeeklyStartTime:
    """The maintenance window; a seeded one when the caller leaves it to Amazon MQ."""
    if given is not None:
        return broker_rules.check_window(given)
    return {"DayOfWeek": DAYS[world.ids.pick(7)], "TimeOfDay": _HOURS[world.ids.pick(24)], "TimeZone": "UTC"}


def _replay(twin: Broker, token: str | None, asked: tuple[str, ...]) -> Result:
    """The same request again gives the same broker, however it was changed since; what else may differ was observed (A.3)."""
    if token and token == twin.token and asked == twin.asked:
        return {"BrokerArn": twin.arn, "BrokerId": twin.id}
    raise errors.name_taken(twin.name)


def _place(world: World, call: Call, engine: Engine, mode: str, *, is_public: bool) -> Place:
    """A public RabbitMQ broker is not in the customer's network; subnets that are given must exist all the same."""
    subnets, groups = call.params.get("SubnetIds") or [], call.params.get("SecurityGroups") or []
    if engine == "RABBITMQ" and is_public:
        return subnets_only(world, call, mode, subnets) if subnets else NOWHERE
    where = place(world, call, mode, subnets, groups)
    if is_public:
        check_way_out(world, call, where)
    return where


def _kms_key(world: World, call: Call, options: EncryptionOptions) -> str | None:
    """The customer's key; without an id the account's AWS managed key, as observed for ActiveMQ (A.3)."""
    if options.get("UseAwsOwnedKey", True):
        if "KmsKeyId" in options:
            raise errors.key_of_aws_owned_key()
        return None
    return options.get("KmsKeyId") or call.arn(f"key/{world.ids.uuid()}", service="kms")
