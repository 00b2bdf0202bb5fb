"""What CreateBroker and UpdateBroker ask of their members, for both engines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from emulator.services.mq import broker_users, errors, network_errors, user_errors
from emulator.services.mq.broker import ENGINES, LINKED_ROLE, Engine, WeeklyStartTime
from emulator.services.mq.broker_users import User
from emulator.services.mq.catalogue import engines
from emulator.values.clock import DAYS, time_zone

MODES: Mapping[Engine, Mapping[str, int]] = {
    "ACTIVEMQ": {"SINGLE_INSTANCE": 1, "ACTIVE_STANDBY_MULTI_AZ": 2},
    "RABBITMQ": {"SINGLE_INSTANCE": 1, "CLUSTER_MULTI_AZ": 3},
}
"""Deployment modes of each engine, and how many instances or nodes a broker of the mode has."""

STRATEGIES: Mapping[Engine, tuple[str, ...]] = {"ACTIVEMQ": ("SIMPLE", "LDAP"), "RABBITMQ": ("SIMPLE", "CONFIG_MANAGED")}
"""Documented: LDAP through the API is ActiveMQ's; RabbitMQ has its strategies in the configuration."""

MOST_GROUPS = 5
MOST_TAGS = 50
MOST_LDAP_HOSTS = 2
LARGEST_STORAGE = 16_384
"""GB (our choice: AWS documents no range)."""

_ENGINES: Mapping[str, Engine] = {engine: engine for engine in ENGINES}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_UPGRADES_FROM: Mapping[Engine, str] = {"ACTIVEMQ": "5.18", "RABBITMQ": "3.13"}


class ConfigurationId(TypedDict, total=False):
    Id: str
    Revision: int


class Logs(TypedDict, total=False):
    Audit: bool
    General: bool


class LdapServerMetadata(TypedDict, total=False):
    Hosts: list[str]
    RoleBase: str
    RoleName: str
    RoleSearchMatching: str
    RoleSearchSubtree: bool
    ServiceAccountPassword: str
    ServiceAccountUsername: str
    UserBase: str
    UserRoleName: str
    UserSearchMatching: str
    UserSearchSubtree: bool


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.bad_name()


def engine_of(name: str) -> Engine:
    """The engine that a request names, in any case."""
    engine = _ENGINES.get(name.upper())
    if engine is None:
        raise errors.bad_value("engineType", name, sorted(ENGINES))
    return engine


def check_region(engine: Engine, region: str) -> None:
    if engine == "RABBITMQ" and not LINKED_ROLE.is_offered(region):
        raise errors.not_offered(region)


# Sizes -------------------------------------------------------------------------------------------------------------


def check_mode(engine: Engine, mode: str) -> None:
    if mode not in MODES[engine]:
        raise errors.bad_value("deploymentMode", mode, sorted(MODES[engine]))


def check_instance(engine: Engine, instance: str, mode: str) -> str:
    offered = engines()[engine]["instances"]
    if instance not in offered:
        raise errors.bad_value("hostInstanceType", instance, list(offered))
    if mode not in offered[instance]:
        raise errors.bad_size(instance, mode)
    return instance


def check_version(engine: Engine, version: str | None, current: str | None = None) -> str:
    """The version, or the newest; 400 for one that is not offered or older than the broker's."""
    offered: list[str] = engines()[engine]["versions"]
    if version is None:
        return offered[0]
    if version not in offered:
        raise errors.bad_engine_version(version, engine, offered)
    if current is not None and _parts(version) < _parts(current):
        raise errors.downgrade(current, version)
    return version


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def check_storage(engine: Engine, storage: str | None, instance: str, mode: str) -> str:
    """The storage type, or the engine's usual one."""
    offered: list[str] = engines()[engine]["storage"]
    chosen = (storage or offered[0]).upper()
    if chosen not in offered:
        raise errors.bad_value("storageType", storage, offered)
    if engine == "ACTIVEMQ" and chosen == "EBS" and not (instance.startswith("mq.m5.") and mode == "SINGLE_INSTANCE"):
        raise errors.bad_storage(chosen, instance, mode)
    return chosen


def check_storage_size(engine: Engine, size: int | None, instance: str, current: int | None = None) -> int | None:
    """A RabbitMQ broker's storage in GB: by default what AWS documents for its size. It never shrinks (our choice)."""
    if engine == "ACTIVEMQ":
        if size is not None:
            raise errors.no_storage_size(ENGINES[engine])
        return None
    least = current or (20 if instance.endswith(".micro") else 200)
    if size is None:
        return least
    if not least <= size <= LARGEST_STORAGE:
        raise errors.bad_storage_size(size, least, LARGEST_STORAGE)
    return size


# Access ------------------------------------------------------------------------------------------------------------


def check_strategy(engine: Engine, strategy: str) -> str:
    if strategy.upper() not in STRATEGIES[engine]:
        raise errors.bad_strategy(strategy, ENGINES[engine])
    return strategy.upper()


def check_ldap(engine: Engine, strategy: str, given: LdapServerMetadata | None) -> dict[str, Any] | None:
    """The metadata as it is kept: without the password of the service account."""
    if given is None:
        return None
    if engine != "ACTIVEMQ":
        raise errors.no_ldap_for_rabbitmq()
    if strategy != "LDAP":
        raise errors.ldap_metadata_without_ldap()
    if not 1 <= len(given["Hosts"]) <= MOST_LDAP_HOSTS:
        raise errors.bad_ldap_hosts(MOST_LDAP_HOSTS)
    return {name: value for name, value in given.items() if name != "ServiceAccountPassword"}


def check_users(engine: Engine, strategy: str, users: list[User]) -> None:
    """The users of a new broker: RabbitMQ's one, or none when the configuration has them; ActiveMQ's, one at least."""
    if engine == "RABBITMQ" and (len(users) > 1 or (strategy == "SIMPLE" and not users)):
        raise user_errors.wrong_user_count(ENGINES[engine], "exactly one user" if strategy == "SIMPLE" else "at most one user")
    if engine == "ACTIVEMQ" and strategy == "SIMPLE" and not users:
        raise user_errors.wrong_user_count(ENGINES[engine], "at least one user")
    if len(users) > broker_users.MOST_USERS:
        raise user_errors.too_many_users(broker_users.MOST_USERS)
    if engine == "RABBITMQ" and users and users[0].get("ReplicationUser"):
        raise user_errors.replication_user_of_rabbitmq()
    names: set[str] = set()
    for user in users:
        broker_users.check_name(engine, user["Username"])
        broker_users.check_password(user["Password"])
        broker_users.check_groups(user.get("Groups") or [])
        if user["Username"] in names:
            raise user_errors.user_named_twice(user["Username"])
        names.add(user["Username"])


# Options -----------------------------------------------------------------------------------------------------------


def check_logs(engine: Engine, logs: Logs) -> None:
    if engine == "RABBITMQ" and "Audit" in logs:
        raise errors.no_audit_logs()


def check_upgrades(engine: Engine, *, is_automatic: bool) -> None:
    if not is_automatic:
        raise errors.no_manual_upgrades(ENGINES[engine], _UPGRADES_FROM[engine])


def check_tags(kind: str, tag_map: Mapping[str, str]) -> None:
    if len(tag_map) > MOST_TAGS:
        raise errors.too_many_tags(kind, MOST_TAGS)


def check_groups(engine: Engine, groups: list[str], *, is_public: bool) -> None:
    if engine == "RABBITMQ" and groups and is_public:
        raise network_errors.no_groups_when_public()
    if len(groups) > MOST_GROUPS:
        raise network_errors.too_many_groups(MOST_GROUPS)


def check_window(given: WeeklyStartTime) -> WeeklyStartTime:
    """400 unless it is a day, a time and a time zone; UTC when it names none."""
    day, time, zone = given.get("DayOfWeek", ""), given.get("TimeOfDay", ""), given.get("TimeZone", "UTC")
    if day not in DAYS:
        raise errors.bad_value("maintenanceWindowStartTime.dayOfWeek", day, DAYS)
    if not _TIME.fullmatch(time):
        raise errors.bad_time_of_day(time)
    try:
        time_zone(zone)
    except ValueError:
        raise errors.bad_time_zone(zone) from None
    return {"DayOfWeek": day, "TimeOfDay": time, "TimeZone": zone}
