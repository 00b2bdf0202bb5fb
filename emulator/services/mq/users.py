"""Users, promotion and shared resources: what the API has for ActiveMQ alone, and what a RabbitMQ broker answers."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import find, on_broker
from emulator.services.mq.catalogue import one_page
from emulator.values.call import Call, Need


def _refuse(world: World, call: Call, broker_id: str) -> Result:
    """RabbitMQ's users are managed in RabbitMQ (A.3): the refusal is documented, its text ours."""
    find(world, call, broker_id)
    raise errors.not_for_rabbitmq(call.operation)


def create_user(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    Username: str,  # noqa: ARG001  # refused whatever it is
    Password: str,  # noqa: ARG001
    ConsoleAccess: bool = False,  # noqa: ARG001
    Groups: list[str] | None = None,  # noqa: ARG001
    ReplicationUser: bool = False,  # noqa: ARG001
) -> Result:
    return _refuse(world, call, BrokerId)


def update_user(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    Username: str,  # noqa: ARG001  # refused whatever it is
    Password: str = "",  # noqa: ARG001
    ConsoleAccess: bool = False,  # noqa: ARG001
    Groups: list[str] | None = None,  # noqa: ARG001
    ReplicationUser: bool = False,  # noqa: ARG001
) -> Result:
    return _refuse(world, call, BrokerId)


def describe_user(world: World, call: Call, *, BrokerId: str, Username: str) -> Result:  # noqa: ARG001  # refused whatever it is
    return _refuse(world, call, BrokerId)


def delete_user(world: World, call: Call, *, BrokerId: str, Username: str) -> Result:  # noqa: ARG001  # refused whatever it is
    return _refuse(world, call, BrokerId)


def list_users(
    world: World,
    call: Call,
    *,
    BrokerId: str,
    MaxResults: int | None = None,  # noqa: ARG001  # refused whatever it is
    NextToken: str | None = None,  # noqa: ARG001
) -> Result:
    return _refuse(world, call, BrokerId)


def promote(world: World, call: Call, *, BrokerId: str, Mode: str) -> Result:  # noqa: ARG001  # refused whatever it is
    """Cross-Region data replication is ActiveMQ's."""
    return _refuse(world, call, BrokerId)


def describe_shared_resources(
    world: World, call: Call, *, BrokerId: str, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    """A broker has none: UpdateBroker refuses resourceShareArns here."""
    find(world, call, BrokerId)
    chosen, following = one_page([], str, NextToken, MaxResults)
    return {"SharedResources": chosen, "NextToken": following}


def _needs(world: World, call: Call) -> Iterator[Need]:
    return on_broker(world, call)


create_user_needs = update_user_needs = describe_user_needs = delete_user_needs = list_users_needs = _needs
promote_needs = describe_shared_resources_needs = _needs
