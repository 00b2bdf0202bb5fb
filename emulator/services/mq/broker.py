"""The broker: its record, its legal moves, and how the API shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict

from emulator.engine.service import LinkedRole, Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.shapes.regions import dns_suffix, is_offered, partition
from emulator.values import tags
from emulator.values.call import Call, Need
from emulator.values.clock import Instant
from emulator.values.record import Record

PRINCIPAL = "mq.amazonaws.com"

State = Literal[
    "CREATION_IN_PROGRESS",
    "CREATION_FAILED",
    "RUNNING",
    "REBOOT_IN_PROGRESS",
    "CRITICAL_ACTION_REQUIRED",
    "DELETION_IN_PROGRESS",
]

MOVES: Mapping[State, frozenset[State]] = {
    "CREATION_IN_PROGRESS": frozenset({"RUNNING", "CREATION_FAILED"}),
    "CREATION_FAILED": frozenset({"DELETION_IN_PROGRESS"}),
    "RUNNING": frozenset({"REBOOT_IN_PROGRESS", "CRITICAL_ACTION_REQUIRED", "DELETION_IN_PROGRESS"}),
    "REBOOT_IN_PROGRESS": frozenset({"RUNNING", "CRITICAL_ACTION_REQUIRED"}),
    "CRITICAL_ACTION_REQUIRED": frozenset({"RUNNING", "REBOOT_IN_PROGRESS", "DELETION_IN_PROGRESS"}),
    "DELETION_IN_PROGRESS": frozenset(),
}
"""The legal moves from each state. A broker that is gone has no state."""

ENDPOINT_LOST = "BROKER_ENI_DELETED"
"""The action-required code of a broker whose endpoint is gone (section H: documented for ActiveMQ, our choice for RabbitMQ)."""

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
    configuration: tuple[str, int]
    has_general_logs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker(Record):
    """A RabbitMQ broker. ``token`` is the caller's creatorRequestId; the password of its user is never kept.

    ``endpoint_id`` is its VPC endpoint in the customer's account, empty when it has none; ``endpoint_number`` counts those
    it has had. ``failure`` is why its creation or last reboot failed; only the journal and the control API show it.
    """

    INDEXES = ("name", "endpoint_service", "shelf", "configurations")

    name: str
    arn: str
    state: State
    created: Instant
    token: str | None
    engine_version: str
    deployment_mode: str
    instance_type: str
    is_public: bool
    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    kms_key: str | None = None
    has_general_logs: bool = False
    maintenance: WeeklyStartTime = field(default_factory=WeeklyStartTime)
    username: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    endpoint_service: str = ""
    endpoint_id: str = ""
    endpoint_number: int = 1
    is_reachable: bool = False
    actions_required: tuple[str, ...] = ()
    configuration: tuple[str, int] | None = None
    earlier_configurations: tuple[tuple[str, int], ...] = ()
    pending: Pending = field(default_factory=Pending)
    window_adjustments: int = 0
    failure: str = ""
    number: int = 0
    """Its place in the order of creation."""
    open_logs: tuple[str, ...] = ()
    """The log categories whose group and streams the role has seen to since the broker's last start."""

    @property
    def shelf(self) -> str:
        """The part of the directory in which it stands."""
        return str(self.number // SHELF)

    @property
    def configurations(self) -> tuple[str, ...]:
        """The ids of those that it uses, or will after the next reboot."""
        return tuple(dict.fromkeys(used[0] for used in (self.configuration, self.pending.get("configuration")) if used))

    def log_group(self, category: str) -> str:
        return f"/aws/amazonmq/broker/{self.id}/{category}"


def move(world: World, broker: Broker, state: State, **changes: Any) -> Broker:
    """Put the broker into another state and note it in the journal; an illegal move is our mistake."""
    if state not in MOVES[broker.state]:
        raise RuntimeError(f"a broker cannot go from {broker.state} to {state}")
    world.journal.write("state", f"{broker.state} → {state}", subject=broker.id, account=broker.account, region=broker.region)
    moved = replace(broker, state=state, **changes)
    world.store.put(moved)
    return moved


def require(world: World, broker: Broker, codes: Collection[str]) -> Broker:
    """A broker that needs its owner for some reason (action-required codes) is CRITICAL_ACTION_REQUIRED, else RUNNING."""
    state: State = "CRITICAL_ACTION_REQUIRED" if codes else "RUNNING"
    wanted = tuple(sorted(codes))
    if state != broker.state:
        return move(world, broker, state, actions_required=wanted)
    broker = replace(broker, actions_required=wanted)
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
    if "configuration" in broker.pending and broker.configuration:
        broker = replace(broker, earlier_configurations=(*broker.earlier_configurations, broker.configuration))
    return replace(broker, **broker.pending, pending={})


def _usage(world: World, account: str) -> dict[str, list[str]]:
    used: dict[str, list[str]] = {}
    for broker in world.store.find(Broker, account):
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


def summary(broker: Broker) -> Result:
    """A row of ListBrokers."""
    return {
        "BrokerArn": broker.arn,
        "BrokerId": broker.id,
        "BrokerName": broker.name,
        "BrokerState": broker.state,
        "Created": broker.created,
        "DeploymentMode": broker.deployment_mode,
        "EngineType": "RabbitMQ",
        "HostInstanceType": broker.instance_type,
    }


def description(broker: Broker) -> Result:
    """DescribeBroker's answer. Spellings of responses differ from those of requests (A.3)."""
    return {
        **summary(broker),
        "ActionsRequired": [{"ActionRequiredCode": code, "ActionRequiredInfo": ""} for code in broker.actions_required],
        "AuthenticationStrategy": "simple",
        "AutoMinorVersionUpgrade": True,
        "BrokerInstances": [_instance(broker)] if broker.is_reachable else [],
        "Configurations": {
            "Current": _revision(broker.configuration),
            "Pending": _revision(broker.pending.get("configuration")),
            "History": [_revision(earlier) for earlier in broker.earlier_configurations],
        },
        "EncryptionOptions": {"UseAwsOwnedKey": broker.kms_key is None, "KmsKeyId": broker.kms_key},
        "EngineVersion": broker.engine_version,
        "Logs": _logs(broker),
        "MaintenanceWindowStartTime": dict(broker.maintenance),
        "PendingEngineVersion": broker.pending.get("engine_version"),
        "PendingHostInstanceType": broker.pending.get("instance_type"),
        "PubliclyAccessible": broker.is_public,
        "SecurityGroups": list(broker.security_groups),
        "StorageType": "ebs",
        "SubnetIds": list(broker.subnet_ids),
        "Tags": dict(broker.tags),
        "Users": [],
    }


def _revision(used: tuple[str, int] | None) -> Result | None:
    return {"Id": used[0], "Revision": used[1]} if used else None


def _logs(broker: Broker) -> Result:
    shown: Result = {"General": broker.has_general_logs, "GeneralLogGroup": broker.log_group("general")}
    if "has_general_logs" in broker.pending:
        shown["Pending"] = {"General": broker.pending["has_general_logs"]}
    return shown


def _instance(broker: Broker) -> Result:
    """RabbitMQ shows one instance, for a cluster too, and no address (A.6)."""
    host = f"{broker.id}.mq.{broker.region}.{dns_suffix(broker.region)}"
    return {"ConsoleURL": f"https://{host}", "Endpoints": [f"amqps://{host}:5671"]}
