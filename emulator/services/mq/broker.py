"""The broker: its record and its legal moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, TypedDict

from msgspec import Struct, field
from msgspec.structs import replace

from emulator.engine.service import LinkedRole
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.shapes.regions import is_offered, partition
from emulator.values import tags
from emulator.values.call import Call, Need
from emulator.values.clock import Instant
from emulator.values.record import Record

PRINCIPAL = "mq.amazonaws.com"

Engine = Literal["ACTIVEMQ", "RABBITMQ"]
ENGINES: Mapping[Engine, str] = {"ACTIVEMQ": "ActiveMQ", "RABBITMQ": "RabbitMQ"}
"""The engines as requests name them, and as answers do (A.3)."""

State = Literal[
    "CREATION_IN_PROGRESS",
    "CREATION_FAILED",
    "RUNNING",
    "REPLICA",
    "REBOOT_IN_PROGRESS",
    "CRITICAL_ACTION_REQUIRED",
    "DELETION_IN_PROGRESS",
]

MOVES: Mapping[State, Mapping[State, str]] = {
    "CREATION_IN_PROGRESS": {
        "CREATION_FAILED": "a step was refused",
        "REPLICA": "up, as a replica",
        "RUNNING": "up",
    },
    "CREATION_FAILED": {"DELETION_IN_PROGRESS": "DeleteBroker"},
    "RUNNING": {
        "CRITICAL_ACTION_REQUIRED": "cut off, or in alarm",
        "DELETION_IN_PROGRESS": "DeleteBroker",
        "REBOOT_IN_PROGRESS": "RebootBroker, or the maintenance window",
        "REPLICA": "the other broker was promoted",
    },
    "REPLICA": {
        "CRITICAL_ACTION_REQUIRED": "cut off",
        "DELETION_IN_PROGRESS": "DeleteBroker",
        "REBOOT_IN_PROGRESS": "RebootBroker, or the maintenance window",
        "RUNNING": "promoted, or left alone",
    },
    "REBOOT_IN_PROGRESS": {
        "CRITICAL_ACTION_REQUIRED": "a step was refused",
        "REPLICA": "up again, as a replica",
        "RUNNING": "up again",
    },
    "CRITICAL_ACTION_REQUIRED": {
        "DELETION_IN_PROGRESS": "DeleteBroker",
        "REBOOT_IN_PROGRESS": "RebootBroker",
        "REPLICA": "whole again, as a replica",
        "RUNNING": "whole again, or the alarm cleared",
    },
    "DELETION_IN_PROGRESS": {},
}
"""The legal moves from each state, and why each is made. A broker that is gone has no state."""

ENDPOINT_LOST = "BROKER_ENI_DELETED"
"""The action-required code of a broker cut off from its network (section H: documented for ActiveMQ, our choice for RabbitMQ)."""

Pairing = tuple[str, str, str]
"""A broker's part in a data replication pair: its role (PRIMARY or REPLICA), and the other broker's id and Region."""

SHELF = 25
"""How many brokers, in the order of their creation, are looked up together."""

MEMORY_ALARM, DISK_ALARM = "RABBITMQ_MEMORY_ALARM", "RABBITMQ_DISK_ALARM"
"""Documented codes of what goes on inside a broker."""


class WeeklyStartTime(TypedDict, total=False):
    DayOfWeek: str
    TimeOfDay: str
    TimeZone: str


class Pending(TypedDict, total=False):
    """Attributes of a broker and their values after the next reboot."""

    engine_version: str
    instance_type: str
    storage_size: int | None
    security_groups: tuple[str, ...]
    authentication: str
    ldap: Mapping[str, Any] | None
    configuration: tuple[str, int]
    has_general_logs: bool
    has_audit_logs: bool
    pairing: Pairing | None
    resource_shares: tuple[str, ...]


class Interface(Struct, frozen=True):
    """The network interface of an ActiveMQ broker's instance, made in the customer's account with the caller's rights.

    ``permission`` is the id of the one that lets Amazon MQ attach it; ``address`` is what DescribeBroker shows.
    """

    id: str
    permission: str
    address: str
    attachment: str = ""


class Broker(Record, frozen=True, kw_only=True):
    """A broker of either engine. ``token`` is the caller's creatorRequestId; the passwords of its users are never kept.

    ``asked`` is what a repeated CreateBroker must ask for again. ``endpoint_id`` is a RabbitMQ broker's VPC endpoint in the
    customer's account, empty when it has none; ``endpoint_number`` counts those it has had. ``interfaces`` are an ActiveMQ
    broker's, one for each of its instances, which ``nodes`` names. ``failure`` is why its creation or last reboot
    failed; only the journal and the control API show it.
    """

    INDEXES = ("name", "endpoint_service", "shelf", "configurations")

    engine: Engine
    name: str
    arn: str
    state: State
    created: Instant
    token: str | None
    asked: tuple[str, ...] = ()
    engine_version: str
    deployment_mode: str
    instance_type: str
    is_public: bool
    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    storage_type: str = "EBS"
    storage_size: int | None = None
    """In GB."""
    kms_key: str | None = None
    authentication: str = "SIMPLE"
    ldap: Mapping[str, Any] | None = None
    """LDAP server metadata in AWS's spelling, without the service account's password."""
    has_general_logs: bool = False
    has_audit_logs: bool = False
    maintenance: WeeklyStartTime = field(default_factory=WeeklyStartTime)
    username: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    endpoint_service: str = ""
    endpoint_id: str = ""
    endpoint_number: int = 1
    interfaces: tuple[Interface, ...] = ()
    is_accepted: bool = True
    """Whether the users and the configuration of a new ActiveMQ broker show already (A.5)."""
    is_reachable: bool = False
    actions_required: tuple[str, ...] = ()
    configuration: tuple[str, int] | None = None
    earlier_configurations: tuple[tuple[str, int], ...] = ()
    pairing: Pairing | None = None
    resource_shares: tuple[str, ...] = ()
    pending: Pending = field(default_factory=Pending)
    window_adjustments: int = 0
    failure: str = ""
    number: int = 0
    """Its place in the order of creation."""
    open_logs: tuple[str, ...] = ()
    """The log categories that the role has written to since the broker's last start."""

    @property
    def shelf(self) -> str:
        """The part of the directory in which it stands."""
        return str(self.number // SHELF)

    @property
    def configurations(self) -> tuple[str, ...]:
        """The ids of those that it uses, or will after the next reboot."""
        coming = self.pending.get("configuration")
        if not coming:
            return (self.configuration[0],) if self.configuration else ()
        return tuple(dict.fromkeys(used[0] for used in (self.configuration, coming) if used))

    def log_group(self, category: str) -> str:
        return f"/aws/amazonmq/broker/{self.id}/{category}"

    @property
    def is_replica(self) -> bool:
        return self.pairing is not None and self.pairing[0] == "REPLICA"

    @property
    def at_work(self) -> Literal["RUNNING", "REPLICA"]:
        """The state in which it does what it is for."""
        return "REPLICA" if self.is_replica else "RUNNING"


def move(world: World, broker: Broker, state: State, **changes: Any) -> Broker:
    """Put the broker into another state and note it in the journal; an illegal move is our mistake."""
    if state not in MOVES[broker.state]:
        raise RuntimeError(f"a broker cannot go from {broker.state} to {state}")
    world.journal.write("state", f"{broker.state} → {state}", subject=broker.id, account=broker.account, region=broker.region)
    moved = replace(broker, state=state, **changes)
    world.store.put(moved)
    return moved


def require(world: World, broker: Broker, codes: Collection[str]) -> Broker:
    """A broker that needs its owner for some reason (action-required codes) is CRITICAL_ACTION_REQUIRED, else at work."""
    state: State = "CRITICAL_ACTION_REQUIRED" if codes else broker.at_work
    wanted = tuple(sorted(codes))
    if state != broker.state:
        return move(world, broker, state, actions_required=wanted)
    if wanted != broker.actions_required:
        broker = replace(broker, actions_required=wanted)
    if broker is not world.store.get(Broker, broker.key):  # most often it is all as it was
        world.store.put(broker)
    return broker


def find(world: World, call: Call, broker_id: str) -> Broker:
    """The caller's broker in the call's Region; 404."""
    broker = world.store.get(Broker, (call.account, call.region, broker_id))
    if broker is None:
        raise errors.no_such_broker(broker_id)
    return broker


def on_broker(world: World, call: Call) -> Iterator[Need]:
    """Authorised on the broker with its tags; of one that does not exist only the id is known."""
    broker_id = call.params["BrokerId"]
    broker = world.store.get(Broker, (call.account, call.region, broker_id))
    arn = broker.arn if broker else call.arn(f"broker:*:{broker_id}")
    yield Need(call.action, arn, tags.resource_keys(broker.tags if broker else {}))


def applied(broker: Broker) -> Broker:
    """The broker with its pending changes made."""
    if not broker.pending:
        return broker
    if "configuration" in broker.pending and broker.configuration:
        broker = replace(broker, earlier_configurations=(*broker.earlier_configurations, broker.configuration))
    return replace(broker, **broker.pending, pending={})


def _usage(world: World, account: str) -> dict[str, list[str]]:
    """An ActiveMQ broker does not need the role (A.3: observed)."""
    used: dict[str, list[str]] = {}
    for broker in world.store.find(Broker, account):
        if broker.engine == "RABBITMQ":
            used.setdefault(broker.region, []).append(broker.arn)
    return used


LINKED_ROLE = LinkedRole(
    service=PRINCIPAL,
    name="AWSServiceRoleForAmazonMQ",
    policy="policy/aws-service-role/AmazonMQServiceRolePolicy",
    session="AmazonMQ",
    is_offered=lambda region: partition(region) == "aws" and is_offered("mq", region),
    usage=_usage,
)
"""The session name is our choice: AWS's was never recorded."""


def offers_endpoint_service(world: World, region: str, name: str) -> bool:
    """Whether a VPC endpoint service is the one of a broker in the Region."""
    return any(world.store.find(Broker, None, region, endpoint_service=name))
