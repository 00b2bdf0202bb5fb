"""Configurations and their revisions."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors, rabbitmq_settings
from emulator.services.mq.broker import Broker
from emulator.services.mq.catalogue import engines, one_page
from emulator.values import tags
from emulator.values.call import Call, Need
from emulator.values.clock import Instant
from emulator.values.errors import AwsError, not_implemented
from emulator.values.record import Record

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,150}")
_MOST_REVISIONS = 300
_MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision; ``data`` is base64, as it was given."""

    number: int
    created: Instant
    description: str
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration(Record):
    """A RabbitMQ configuration. It has at least one revision."""

    INDEXES = ("name",)

    name: str
    arn: str
    engine_version: str
    created: Instant
    revisions: tuple[Revision, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


def create_configuration(
    world: World,
    call: Call,
    *,
    Name: str,
    EngineType: str,
    EngineVersion: str | None = None,
    AuthenticationStrategy: str = "SIMPLE",
    Tags: Mapping[str, str] | None = None,
) -> Result:
    if not _NAME.fullmatch(Name):
        raise errors.bad_configuration_name()
    version = _check_engine(EngineType, EngineVersion)
    if AuthenticationStrategy.upper() not in {"SIMPLE", "CONFIG_MANAGED"}:
        raise errors.bad_value("authenticationStrategy", AuthenticationStrategy, ["SIMPLE", "CONFIG_MANAGED"])
    if AuthenticationStrategy.upper() != "SIMPLE":
        raise not_implemented("mq:CreateConfiguration with authenticationStrategy CONFIG_MANAGED")
    if len(Tags or {}) > _MOST_TAGS:
        raise errors.bad_request(f"A configuration can have at most {_MOST_TAGS} tags.", "tags")
    if any(world.store.find(Configuration, call.account, call.region, name=Name)):
        raise errors.configuration_taken(Name)
    now, configuration_id = world.clock.now(), f"c-{world.ids.uuid()}"
    first = Revision(
        1,
        now,
        f"Auto-generated default for {Name} on RabbitMQ {version}",
        base64.b64encode(rabbitmq_settings.DEFAULT.encode()).decode(),
    )
    made = Configuration(
        account=call.account,
        region=call.region,
        id=configuration_id,
        name=Name,
        arn=call.arn(f"configuration:{configuration_id}"),
        engine_version=version,
        created=now,
        revisions=(first,),
        tags=dict(Tags or {}),
    )
    world.store.put(made)
    return {**_brief(made), "AuthenticationStrategy": "simple"}


def create_configuration_needs(_world: World, call: Call) -> Iterator[Need]:
    """Like CreateBroker: no resource of its own, and mq:CreateTags when it is tagged (inferred)."""
    keys = tags.request_keys(call.params.get("Tags") or {})
    yield Need("mq:CreateConfiguration", "*", keys)
    if keys:
        yield Need("mq:CreateTags", call.arn("configuration:*"), keys)


def _check_engine(engine: str, version: str | None) -> str:
    if engine.upper() == "ACTIVEMQ":
        raise not_implemented("mq:CreateConfiguration with engineType ACTIVEMQ")
    if engine.upper() != "RABBITMQ":
        raise errors.bad_value("engineType", engine, sorted(engines()))
    offered = engines()["RABBITMQ"]["versions"]
    if version is not None and version not in offered:
        raise errors.bad_engine_version(version, "RABBITMQ", offered)
    return version or str(offered[0])


def describe_configuration(world: World, call: Call, *, ConfigurationId: str) -> Result:
    return _full(find(world, call, ConfigurationId))


def update_configuration(world: World, call: Call, *, ConfigurationId: str, Data: str, Description: str = "") -> Result:
    """A new revision. RabbitMQ's are never sanitised: what is not supported is refused (our choice), so there are no warnings."""
    found = find(world, call, ConfigurationId)
    rabbitmq_settings.check(Data)
    if len(found.revisions) >= _MOST_REVISIONS:
        raise errors.bad_request(f"A configuration can have at most {_MOST_REVISIONS} revisions.", "configuration-id")
    added = Revision(found.revisions[-1].number + 1, world.clock.now(), Description, Data)
    changed = replace(found, revisions=(*found.revisions, added))
    world.store.put(changed)
    return {**_brief(changed), "Warnings": []}


def delete_configuration(world: World, call: Call, *, ConfigurationId: str) -> Result:
    found = find(world, call, ConfigurationId)
    for broker in world.store.find(Broker, call.account, call.region, configurations=found.id):
        raise errors.configuration_in_use(found.id, broker.id)
    world.store.delete(found)
    return {"ConfigurationId": found.id}


def list_configurations(world: World, call: Call, *, MaxResults: int | None = None, NextToken: str | None = None) -> Result:
    rows = sorted(world.store.find(Configuration, call.account, call.region), key=_place)
    chosen, following = one_page(rows, _place, NextToken, MaxResults)
    return {"Configurations": [_full(row) for row in chosen], "MaxResults": MaxResults or 20, "NextToken": following}


def list_configurations_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("mq:ListConfigurations", "*")


def list_configuration_revisions(
    world: World, call: Call, *, ConfigurationId: str, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    found = find(world, call, ConfigurationId)
    chosen, following = one_page(list(found.revisions), lambda row: f"{row.number:06d}", NextToken, MaxResults)
    return {
        "ConfigurationId": found.id,
        "MaxResults": MaxResults or 20,
        "NextToken": following,
        "Revisions": [_revision(row) for row in chosen],
    }


def describe_configuration_revision(world: World, call: Call, *, ConfigurationId: str, ConfigurationRevision: str) -> Result:
    found = find(world, call, ConfigurationId)
    row = next((row for row in found.revisions if str(row.number) == ConfigurationRevision), None)
    if row is None:
        raise errors.no_such_revision(found.id, ConfigurationRevision)
    return {"ConfigurationId": found.id, "Created": row.created, "Data": row.data, "Description": row.description}


def _on_configuration(world: World, call: Call) -> Iterator[Need]:
    configuration_id = call.params["ConfigurationId"]
    found = world.store.get(Configuration, (call.account, call.region, configuration_id))
    yield Need(call.action, call.arn(f"configuration:{configuration_id}"), tags.resource_keys(found.tags if found else {}))


describe_configuration_needs = _on_configuration
update_configuration_needs = _on_configuration
delete_configuration_needs = _on_configuration
list_configuration_revisions_needs = _on_configuration
describe_configuration_revision_needs = _on_configuration


def find(world: World, call: Call, configuration_id: str) -> Configuration:
    """The caller's configuration in the call's Region; 404."""
    found = world.store.get(Configuration, (call.account, call.region, configuration_id))
    if found is None:
        raise errors.no_such_configuration(configuration_id)
    return found


def chosen_revision(world: World, call: Call, asked: Mapping[str, object]) -> tuple[str, int]:
    """The (id, revision) that a broker asks for; the latest revision when it names none. 400 when there is no such one."""
    try:
        found = find(world, call, str(asked.get("Id", "")))
    except AwsError as error:
        raise errors.bad_request(error.message, "configuration") from error
    wanted = asked.get("Revision", found.revisions[-1].number)
    if wanted not in {row.number for row in found.revisions}:
        raise errors.bad_request(errors.no_such_revision(found.id, str(wanted)).message, "configuration")
    return found.id, int(str(wanted))


def _place(row: Configuration) -> str:
    return f"{row.created:020.6f} {row.id}"


def _revision(row: Revision) -> Result:
    return {"Created": row.created, "Description": row.description, "Revision": row.number}


def _brief(row: Configuration) -> Result:
    return {
        "Arn": row.arn,
        "Created": row.created,
        "Id": row.id,
        "LatestRevision": _revision(row.revisions[-1]),
        "Name": row.name,
    }


def _full(row: Configuration) -> Result:
    return {
        **_brief(row),
        "AuthenticationStrategy": "simple",
        "Description": row.revisions[-1].description,
        "EngineType": "RabbitMQ",
        "EngineVersion": row.engine_version,
        "Tags": dict(row.tags),
    }
