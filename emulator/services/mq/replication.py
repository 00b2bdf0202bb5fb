"""Cross-Region data replication: a replica in another Region, and how the two brokers change roles. No data moves here.

The replica is paired from its creation; the primary's part pends until its reboot, and so does the end of the pair, which
then sets the replica free too.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.plan import Plan, Running, Step, start
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors, replication_errors, user_errors
from emulator.services.mq.broker import Broker, Engine, Pairing, find, move, on_broker
from emulator.services.mq.broker_users import User
from emulator.values import tags
from emulator.values.call import Call, Need

_STANDBY = "ACTIVE_STANDBY_MULTI_AZ"
_KINDS = ["CRDR", "NONE"]


# Pairs -------------------------------------------------------------------------------------------------------------


def check_mode(engine: Engine, mode: str) -> bool:
    """Whether the mode asks for replication; 400 for one that there is not, or not for the engine."""
    if mode not in _KINDS:
        raise errors.bad_value("dataReplicationMode", mode, _KINDS)
    if mode == "CRDR" and engine == "RABBITMQ":
        raise replication_errors.no_replication_for_rabbitmq()
    return mode == "CRDR"


def check_replica(engine: Engine, mode: str, primary: str | None, deployment: str, users: list[User]) -> bool:
    """Whether a new broker is to be a replica; 400 when it cannot be one."""
    if not check_mode(engine, mode):
        if primary is not None:
            raise replication_errors.primary_without_replication()
        return False
    if primary is None:
        raise replication_errors.no_primary_named()
    if deployment != _STANDBY:
        raise replication_errors.replication_needs_standby(deployment)
    if not any(user.get("ReplicationUser") for user in users):
        raise replication_errors.no_replication_user()
    return True


def needs_of_primary(world: World, call: Call) -> Iterator[Need]:
    """Making a replica is authorised on the primary too (A.9)."""
    arn = call.params.get("DataReplicationPrimaryBrokerArn")
    if arn is not None and call.params.get("DataReplicationMode") == "CRDR":
        found = _of_arn(world, call, arn)
        yield Need("mq:CreateReplicaBroker", arn, tags.resource_keys(found.tags if found else {}))


def pair(world: World, call: Call, replica: Broker, primary_arn: str) -> Broker:
    """Pair a new broker with its primary, for which that pends until its reboot; gives the replica."""
    primary = _usable_primary(world, call, primary_arn)
    part: Pairing = ("PRIMARY", replica.id, replica.region)
    world.store.put(replace(primary, pending={**primary.pending, "pairing": part}))
    return replace(replica, pairing=("REPLICA", primary.id, primary.region))


def _usable_primary(world: World, call: Call, arn: str) -> Broker:
    found = _of_arn(world, call, arn)
    if found is None:
        raise replication_errors.unusable_primary(arn, "it can't be found")
    if found.region == call.region:
        raise replication_errors.unusable_primary(arn, "it is in the same Region")
    if found.engine != "ACTIVEMQ" or found.deployment_mode != _STANDBY:
        raise replication_errors.unusable_primary(arn, f"it is not an ActiveMQ broker with deployment mode [{_STANDBY}]")
    if found.state != "RUNNING":
        raise replication_errors.unusable_primary(arn, f"it is in state [{found.state}]")
    if found.pairing or found.pending.get("pairing"):
        raise replication_errors.unusable_primary(arn, "it is part of a data replication pair already")
    return found


def _of_arn(world: World, call: Call, arn: str) -> Broker | None:
    """The caller's broker of this ARN, in whatever Region."""
    parts = arn.split(":")
    found = world.store.get(Broker, (call.account, parts[3], parts[-1])) if len(parts) > 3 else None
    return found if found and found.arn == arn else None


def counterpart(world: World, broker: Broker, pairing: Pairing | None) -> Broker | None:
    """The other broker of a pair; None when it is gone, or there is no pair."""
    return world.store.get(Broker, (broker.account, pairing[2], pairing[1])) if pairing else None


def change_mode(world: World, broker: Broker, mode: str) -> Broker:
    """UpdateBroker's dataReplicationMode: the end of the pair pends, or pends no more. One not begun yet ends at once."""
    wants_pair = check_mode(broker.engine, mode)
    if broker.is_replica:
        raise replication_errors.replication_ends_at_the_primary(broker.id)
    if broker.pairing:
        return _unchanged(broker) if wants_pair else replace(broker, pending={**broker.pending, "pairing": None})
    if wants_pair and "pairing" not in broker.pending:
        raise replication_errors.replication_starts_with_a_replica()
    if not wants_pair:
        set_free(world, counterpart(world, broker, broker.pending.get("pairing")))
        return _unchanged(broker)
    return broker


def _unchanged(broker: Broker) -> Broker:
    """The broker with nothing pending of its pair."""
    pending = broker.pending.copy()
    pending.pop("pairing", None)
    return replace(broker, pending=pending)


def settle_pairing(world: World, broker: Broker) -> None:
    """A primary boots: if its pair is to end, the replica is a broker of its own again."""
    if broker.pairing and "pairing" in broker.pending:
        set_free(world, counterpart(world, broker, broker.pairing))


def set_free(world: World, broker: Broker | None) -> None:
    """A broker without its counterpart. A replica is then at work by itself."""
    if broker is None:
        return
    free = replace(_unchanged(broker), pairing=None)
    world.store.put(free)
    if free.state == "REPLICA":
        move(world, free, "RUNNING")


def part(world: World, broker: Broker) -> None:
    """Before its deletion: a pair must have ended, but for a replica that never came to be and a pair that cannot end."""
    other = counterpart(world, broker, broker.pairing or broker.pending.get("pairing"))
    if other is None:
        return
    if broker.state != "CREATION_FAILED" and not _cannot_end(other if broker.is_replica else broker):
        raise replication_errors.paired(broker.id)
    set_free(world, other)


def _cannot_end(primary: Broker) -> bool:
    """Whether the end of its pair waits for a boot that may never be: the primary is cut off."""
    return "pairing" in primary.pending and not primary.pending["pairing"] and primary.state == "CRITICAL_ACTION_REQUIRED"


# Promotion -----------------------------------------------------------------------------------------------------------


def promote(world: World, call: Call, *, BrokerId: str, Mode: str) -> Result:
    """A replica takes its primary's role: a switchover needs both to be well, a failover does not ask."""
    broker = find(world, call, BrokerId)
    if broker.engine == "RABBITMQ":
        raise user_errors.not_for_rabbitmq(call.operation)
    if Mode not in PROMOTIONS:
        raise errors.bad_value("mode", Mode, sorted(PROMOTIONS))
    if broker.state != "REPLICA":
        raise replication_errors.not_a_replica(broker.id)
    if any(world.store.get(Running, (broker.account, broker.region, f"{plan.name}/{broker.id}")) for plan in PROMOTIONS.values()):
        raise replication_errors.being_promoted(broker.id)
    if Mode == "SWITCHOVER":
        _ready_primary(world, broker)
    world.journal.about(broker.id)
    start(world, PROMOTIONS[Mode], broker)
    return {"BrokerId": broker.id}


promote_needs = on_broker


def _ready_primary(world: World, replica: Broker) -> Broker:
    primary = counterpart(world, replica, replica.pairing)
    if primary is None or primary.state != "RUNNING" or not primary.pairing:
        raise replication_errors.primary_not_ready(replica.pairing[1] if replica.pairing else "")
    return primary


def switch_over(world: World, replica: Broker) -> None:
    _exchange(world, replica, _ready_primary(world, replica))


def fail_over(world: World, replica: Broker) -> None:
    _exchange(world, replica, counterpart(world, replica, replica.pairing))


def _exchange(world: World, replica: Broker, primary: Broker | None) -> None:
    """The replica is the primary now; the former primary is the replica as soon as it is at work again."""
    if replica.state != "REPLICA":
        raise replication_errors.not_a_replica(replica.id)
    if primary is None:
        set_free(world, replica)
        return
    move(world, replica, "RUNNING", pairing=("PRIMARY", primary.id, primary.region))
    demoted = replace(_unchanged(primary), pairing=("REPLICA", replica.id, replica.region))
    world.store.put(demoted)
    if demoted.state == "RUNNING":
        move(world, demoted, "REPLICA")


PROMOTIONS = {
    "SWITCHOVER": Plan("switch over", Broker, (Step("exchange roles", switch_over, after=180),)),
    "FAILOVER": Plan("fail over", Broker, (Step("exchange roles", fail_over, after=10),)),
}
"""The plans of each mode. A switchover drains what is not replicated yet (documented); how long that takes is ours."""
