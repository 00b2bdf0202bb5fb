"""UpdateBroker, and the maintenance window in which pending changes take effect without a reboot by hand."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.services.mq import broker_rules, errors, network_errors
from emulator.services.mq.activemq_interfaces import change_groups
from emulator.services.mq.broker import MOVES, Broker, Pending, WeeklyStartTime, find, on_broker
from emulator.services.mq.broker_rules import ConfigurationId, LdapServerMetadata, Logs
from emulator.services.mq.broker_users import users_of
from emulator.services.mq.broker_view import pending_replication, replication_metadata
from emulator.services.mq.configurations import chosen_revision
from emulator.services.mq.lives import reboot
from emulator.services.mq.network import groups_in
from emulator.services.mq.replication import change_mode
from emulator.services.mq.shared_resources import check_shares
from emulator.values.call import Call, Need
from emulator.values.clock import next_weekly

MOST_ADJUSTMENTS = 4
"""Changes of the maintenance window before the next one (A.5)."""


def update_broker(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    AuthenticationStrategy: str | None = None,
    AutoMinorVersionUpgrade: bool | None = None,
    Configuration: ConfigurationId | None = None,
    DataReplicationMode: str | None = None,
    EngineVersion: str | None = None,
    HostInstanceType: str | None = None,
    LdapServerMetadata: LdapServerMetadata | None = None,
    Logs: Logs | None = None,
    MaintenanceWindowStartTime: WeeklyStartTime | None = None,
    ResourceShareArns: list[str] | None = None,
    SecurityGroups: list[str] | None = None,
    StorageSize: int | None = None,
) -> Result:
    """Everything but the maintenance window is pending until the next reboot. The answer holds what was asked for."""
    broker = find(world, call, BrokerId)
    if "REBOOT_IN_PROGRESS" not in MOVES[broker.state]:
        raise errors.wrong_state("updated", broker.id, broker.state)
    pending: Pending = {}
    if SecurityGroups is not None:
        pending["security_groups"] = _groups(world, call, broker, SecurityGroups)
    if AutoMinorVersionUpgrade is not None:
        broker_rules.check_upgrades(broker.engine, is_automatic=AutoMinorVersionUpgrade)
    if EngineVersion is not None:
        pending["engine_version"] = broker_rules.check_version(broker.engine, EngineVersion, broker.engine_version)
    if HostInstanceType is not None:
        pending["instance_type"] = _instance(broker, HostInstanceType)
    if StorageSize is not None:
        instance = pending.get("instance_type", broker.instance_type)
        pending["storage_size"] = broker_rules.check_storage_size(broker.engine, StorageSize, instance, broker.storage_size)
    pending |= _access(broker, AuthenticationStrategy, LdapServerMetadata)
    if Configuration is not None:
        pending["configuration"] = chosen_revision(world, call, broker.engine, Configuration)
    if Logs is not None:
        pending |= _logs(broker, Logs)
    if ResourceShareArns is not None:
        pending["resource_shares"] = check_shares(broker, ResourceShareArns)
    changed = replace(broker, pending={**broker.pending, **pending})
    if DataReplicationMode is not None:
        changed = change_mode(world, changed, DataReplicationMode)
    if MaintenanceWindowStartTime is not None:
        changed = _adjust_window(world, changed, MaintenanceWindowStartTime)
    world.store.put(changed)
    world.journal.about(broker.id)
    return _answer(call, changed)


def update_broker_needs(world: World, call: Call) -> Iterator[Need]:
    return on_broker(world, call)


def _answer(call: Call, broker: Broker) -> Result:
    answer = {name: value for name, value in call.params.items() if name != "BrokerId"}
    if "MaintenanceWindowStartTime" in answer:
        answer["MaintenanceWindowStartTime"] = dict(broker.maintenance)
    if "LdapServerMetadata" in answer:
        answer["LdapServerMetadata"] = broker.pending["ldap"]
    if "DataReplicationMode" in answer:
        answer |= {"DataReplicationMetadata": replication_metadata(broker.pairing), **pending_replication(broker.pending)}
    return {"BrokerId": broker.id, **answer}


def _groups(world: World, call: Call, broker: Broker, groups: list[str]) -> tuple[str, ...]:
    """The interfaces have them at once, the broker with its next reboot."""
    if broker.engine == "RABBITMQ":
        raise network_errors.groups_are_fixed()
    if not groups:
        raise network_errors.no_groups()
    broker_rules.check_groups(broker.engine, groups, is_public=broker.is_public)
    found = groups_in(world, call, broker.vpc_id, groups)
    change_groups(world, call, broker, list(found))
    return found


def _instance(broker: Broker, instance: str) -> str:
    """An instance type that takes the broker's deployment mode and its storage."""
    broker_rules.check_instance(broker.engine, instance, broker.deployment_mode)
    broker_rules.check_storage(broker.engine, broker.storage_type, instance, broker.deployment_mode)
    return instance


def _access(broker: Broker, strategy: str | None, metadata: LdapServerMetadata | None) -> Pending:
    """LDAP needs metadata: given now, or had before."""
    chosen = broker_rules.check_strategy(broker.engine, strategy or broker.pending.get("authentication", broker.authentication))
    ldap = broker_rules.check_ldap(broker.engine, chosen, metadata)
    pending: Pending = {"ldap": ldap} if ldap is not None else {}
    if strategy is not None:
        if chosen == "LDAP" and not (ldap or broker.pending.get("ldap") or broker.ldap):
            raise errors.no_ldap_metadata()
        pending["authentication"] = chosen
    return pending


def _logs(broker: Broker, logs: Logs) -> Pending:
    if broker.engine == "RABBITMQ" and "Audit" in logs:
        raise errors.no_audit_logs_on_update()
    pending: Pending = {}
    if "General" in logs:
        pending["has_general_logs"] = logs["General"]
    if "Audit" in logs:
        pending["has_audit_logs"] = logs["Audit"]
    return pending


# Maintenance windows -----------------------------------------------------------------------------------------------


def _adjust_window(world: World, broker: Broker, given: WeeklyStartTime) -> Broker:
    """Immediate, and counted even when it changes nothing."""
    window = broker_rules.check_window(given)
    if broker.window_adjustments >= MOST_ADJUSTMENTS:
        raise errors.too_many_adjustments()
    changed = replace(broker, maintenance=window, window_adjustments=broker.window_adjustments + 1)
    world.timers.cancel(broker.account, broker.region, broker.id)
    await_window(world, changed)
    return changed


def await_window(world: World, broker: Broker) -> None:
    """Set the timer of the broker's next maintenance window."""
    window = broker.maintenance
    due = next_weekly(world.clock.now(), window["DayOfWeek"], window["TimeOfDay"], window["TimeZone"])
    world.at(due, WINDOW, broker, is_background=True)


WINDOW = "mq.window"


def open_window(world: World, timer: Timer) -> None:
    """A broker with pending changes reboots in its window; the window may be adjusted again."""
    broker = world.store.get(Broker, (timer.account, timer.region, timer.subject))
    if broker is None:
        return
    broker = replace(broker, window_adjustments=0)
    world.store.put(broker)
    await_window(world, broker)
    has_pending = bool(broker.pending) or any(user.change for user in users_of(world, broker))
    if has_pending and broker.state == broker.at_work:
        reboot(world, broker)
