"""The users of ActiveMQ brokers: their record, what a name and a password must be, and what of them is pending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypedDict

from msgspec import field
from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import user_errors
from emulator.services.mq.broker import Broker, Engine
from emulator.values.record import Record

MOST_USERS = 250
MOST_GROUPS = 20
_NAMES: Mapping[Engine, re.Pattern[str]] = {
    "ACTIVEMQ": re.compile(r"[A-Za-z0-9._~-]{2,100}"),
    "RABBITMQ": re.compile(r"[A-Za-z0-9._-]{2,100}"),
}
_CHARACTERS: Mapping[Engine, str] = {
    "ACTIVEMQ": "letters, numbers, dashes, periods, underscores and tildes",
    "RABBITMQ": "letters, numbers, dashes, periods and underscores",
}


class User(TypedDict, total=False):
    """``ConsoleAccess``, ``Groups`` and ``ReplicationUser`` are for ActiveMQ; RabbitMQ takes no notice of the first two."""

    Username: str
    Password: str
    ConsoleAccess: bool
    Groups: list[str]
    ReplicationUser: bool


class PendingAccess(TypedDict, total=False):
    """Attributes of a user and their values after the next reboot."""

    has_console: bool
    groups: tuple[str, ...]
    is_replication: bool


class BrokerUser(Record, frozen=True, kw_only=True):
    """A user of an ActiveMQ broker. ``id`` is the broker's id, a slash and the name. Its password is never kept.

    ``change`` says what the next reboot does to it; ``pending`` are attributes and their values after that.
    """

    INDEXES = ("broker",)

    broker: str
    name: str
    has_console: bool = False
    groups: tuple[str, ...] = ()
    is_replication: bool = False
    change: Literal["", "CREATE", "UPDATE", "DELETE"] = ""
    pending: PendingAccess = field(default_factory=PendingAccess)


def check_name(engine: Engine, name: str) -> None:
    if not _NAMES[engine].fullmatch(name):
        raise user_errors.bad_username(_CHARACTERS[engine])
    if engine == "RABBITMQ" and name == "guest":
        raise user_errors.reserved_username(name)


def check_password(password: str) -> None:
    characters = set(password)
    if len(password) < 12 or len(characters) < 4 or not characters.isdisjoint(",:="):
        raise user_errors.bad_password()


def check_groups(groups: list[str]) -> None:
    if len(groups) > MOST_GROUPS:
        raise user_errors.too_many_user_groups(MOST_GROUPS)
    for group in groups:
        if not _NAMES["ACTIVEMQ"].fullmatch(group):
            raise user_errors.bad_user_group()


def asked_access(console: bool | None, groups: list[str] | None, replication: bool | None) -> PendingAccess:
    """What a request says of a user, as attributes of the record; 400 for what a user cannot be."""
    check_groups(groups or [])
    asked: PendingAccess = {}
    if console is not None:
        asked["has_console"] = console
    if groups is not None:
        asked["groups"] = tuple(groups)
    if replication is not None:
        asked["is_replication"] = replication
    return asked


def users_of(world: World, broker: Broker) -> list[BrokerUser]:
    """By name."""
    found = world.store.find(BrokerUser, broker.account, broker.region, broker=broker.id)
    return sorted(found, key=lambda user: user.name)


def find_user(world: World, broker: Broker, name: str) -> BrokerUser | None:
    return world.store.get(BrokerUser, (broker.account, broker.region, f"{broker.id}/{name}"))


def add_user(world: World, broker: Broker, name: str, asked: PendingAccess) -> None:
    """A user that comes to be with the next boot; 400 for one that may not have all it asks for."""
    refuse_console_of_replication(asked)
    world.store.put(
        BrokerUser(
            account=broker.account,
            region=broker.region,
            id=f"{broker.id}/{name}",
            broker=broker.id,
            name=name,
            change="CREATE",
            pending=asked,
        )
    )


def refuse_console_of_replication(asked: PendingAccess) -> None:
    if asked.get("is_replication") and asked.get("has_console"):
        raise user_errors.replication_user_with_console()


def settle_users(world: World, broker: Broker) -> None:
    """Make what is pending of the broker's users, as every boot does."""
    for user in users_of(world, broker):
        if user.change == "DELETE":
            world.store.delete(user)
        elif user.change:
            world.store.put(replace(user, **user.pending, change="", pending={}))


def forget_users(world: World, broker: Broker) -> None:
    for user in users_of(world, broker):
        world.store.delete(user)


def summary(user: BrokerUser) -> Result:
    return {"Username": user.name, "PendingChange": user.change or None}


def summaries(world: World, broker: Broker) -> list[Result]:
    """A new broker's users do not show at once (A.5)."""
    return [summary(user) for user in users_of(world, broker)] if broker.is_accepted else []
