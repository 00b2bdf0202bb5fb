"""Operations on the users of ActiveMQ brokers. RabbitMQ's are managed in RabbitMQ (A.3)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import broker_users, errors, user_errors
from emulator.services.mq.broker import Broker, find, on_broker
from emulator.services.mq.broker_users import BrokerUser, PendingAccess, find_user, users_of
from emulator.services.mq.catalogue import USUAL, one_page
from emulator.values.call import Call, Need

_FIXED = {"CREATION_FAILED", "DELETION_IN_PROGRESS"}
"""States in which nothing becomes of a change any more."""


def create_user(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    Username: str,
    Password: str,
    ConsoleAccess: bool | None = None,
    Groups: list[str] | None = None,
    ReplicationUser: bool | None = None,
) -> Result:
    """Pending until the next reboot, or until the broker runs for the first time."""
    broker = _changeable(world, call, BrokerId)
    broker_users.check_name("ACTIVEMQ", Username)
    broker_users.check_password(Password)
    asked = broker_users.asked_access(ConsoleAccess, Groups, ReplicationUser)
    if find_user(world, broker, Username) is not None:
        raise user_errors.user_taken(Username)
    if len(users_of(world, broker)) >= broker_users.MOST_USERS:
        raise user_errors.too_many_users(broker_users.MOST_USERS)
    broker_users.add_user(world, broker, Username, asked)
    return {}


def update_user(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    Username: str,
    Password: str | None = None,
    ConsoleAccess: bool | None = None,
    Groups: list[str] | None = None,
    ReplicationUser: bool | None = None,
) -> Result:
    """Pending until the next reboot. What is not given stays as it is."""
    broker = _changeable(world, call, BrokerId)
    user = _existing(world, broker, Username)
    if user.change == "DELETE":
        raise user_errors.user_goes(Username)
    if Password is not None:
        broker_users.check_password(Password)
    pending: PendingAccess = {**user.pending, **broker_users.asked_access(ConsoleAccess, Groups, ReplicationUser)}
    held: PendingAccess = {"has_console": user.has_console, "is_replication": user.is_replication}
    broker_users.refuse_console_of_replication({**held, **pending})
    world.store.put(replace(user, change=user.change or "UPDATE", pending=pending))
    return {}


def delete_user(world: World, call: Call, *, BrokerId: str, Username: str) -> Result:
    """Pending until the next reboot; one that never came to be goes at once."""
    user = _existing(world, _changeable(world, call, BrokerId), Username)
    if user.change == "CREATE":
        world.store.delete(user)
    else:
        world.store.put(replace(user, change="DELETE", pending={}))
    return {}


def describe_user(world: World, call: Call, *, BrokerId: str, Username: str) -> Result:
    broker = _activemq(world, call, BrokerId)
    user = _existing(world, broker, Username)
    return {
        "BrokerId": broker.id,
        "Username": user.name,
        "ConsoleAccess": user.has_console,
        "Groups": list(user.groups),
        "ReplicationUser": user.is_replication,
        "Pending": _pending(user),
    }


def _pending(user: BrokerUser) -> Result | None:
    if not user.change:
        return None
    shown: Result = {"PendingChange": user.change}
    if user.change != "DELETE":
        shown["ConsoleAccess"] = user.pending.get("has_console", user.has_console)
        shown["Groups"] = list(user.pending.get("groups", user.groups))
    return shown


def list_users(world: World, call: Call, *, BrokerId: str, MaxResults: int | None = None, NextToken: str | None = None) -> Result:
    broker = _activemq(world, call, BrokerId)
    rows = broker_users.summaries(world, broker)
    chosen, following = one_page(rows, lambda row: row["Username"], NextToken, MaxResults)
    return {"BrokerId": broker.id, "MaxResults": MaxResults or USUAL, "NextToken": following, "Users": chosen}


def _activemq(world: World, call: Call, broker_id: str) -> Broker:
    broker = find(world, call, broker_id)
    if broker.engine != "ACTIVEMQ":
        raise user_errors.not_for_rabbitmq(call.operation)
    return broker


def _changeable(world: World, call: Call, broker_id: str) -> Broker:
    broker = _activemq(world, call, broker_id)
    if broker.state in _FIXED:
        raise errors.wrong_state("changed", broker.id, broker.state)
    world.journal.about(broker.id)
    return broker


def _existing(world: World, broker: Broker, name: str) -> BrokerUser:
    user = find_user(world, broker, name)
    if user is None:
        raise user_errors.no_such_user(name)
    return user


def _needs(world: World, call: Call) -> Iterator[Need]:
    return on_broker(world, call)


create_user_needs = update_user_needs = describe_user_needs = delete_user_needs = list_users_needs = _needs
