"""Configurations and their revisions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import field
from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import broker_rules, configuration_errors, rabbitmq_settings
from emulator.services.mq.broker import ENGINES, Broker, Engine
from emulator.services.mq.catalogue import USUAL, one_page
from emulator.services.mq.configuration_data import FIRST, encoded
from emulator.values import tags
from emulator.values.call import Call, Need
from emulator.values.clock import Instant
from emulator.values.discreet import Discreet
from emulator.values.errors import AwsError
from emulator.values.record import Record

_NAME = re.compile(r"[A-Za-z0-9._~-]{1,150}")
_MOST_REVISIONS = 300


class Revision(Discreet, frozen=True):
    """One revision; ``data`` is base64, as it was given."""

    HIDDEN = ("data",)

    number: int
    created: Instant
    description: str
    data: str


class Configuration(Record, frozen=True, kw_only=True):
    """A configuration. It has at least one revision."""

    INDEXES = ("name",)

    engine: Engine
    name: str
    arn: str
    engine_version: str
    created: Instant
    revisions: tuple[Revision, ...]
    authentication: str = "SIMPLE"
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
        raise configuration_errors.bad_configuration_name()
    engine = broker_rules.engine_of(EngineType)
    version = broker_rules.check_version(engine, EngineVersion)
    strategy = broker_rules.check_strategy(engine, AuthenticationStrategy)
    broker_rules.check_tags("configuration", Tags or {})
    if any(world.store.find(Configuration, call.account, call.region, name=Name)):
        raise configuration_errors.configuration_taken(Name)
    made = _first(world, call.arn("configuration:"), Name, engine, version)
    made = replace(made, authentication=strategy, tags=dict(Tags or {}))
    world.store.put(made)
    return {**_brief(made), "AuthenticationStrategy": made.authentication.lower()}


def make_for(world: World, broker: Broker) -> Configuration:
    """The configuration of a broker that names none, under the broker's name, even if there is one of that name (our choice)."""
    stem = broker.arn.partition("broker:")[0] + "configuration:"
    made = _first(world, stem, f"{broker.name}-configuration", broker.engine, broker.engine_version)
    made = replace(made, authentication=broker.authentication)
    world.store.put(made)
    return made


def _first(world: World, stem: str, name: str, engine: Engine, version: str) -> Configuration:
    """A configuration with its first revision. ``stem`` is its ARN without the id."""
    now, configuration_id = world.clock.now(), f"c-{world.ids.uuid()}"
    description = f"Auto-generated default for {name} on {ENGINES[engine]} {version}"
    region, account = stem.split(":")[3:5]
    return Configuration(
        account=account,
        region=region,
        id=configuration_id,
        engine=engine,
        name=name,
        arn=stem + configuration_id,
        engine_version=version,
        created=now,
        revisions=(Revision(1, now, description, encoded(FIRST[engine])),),
    )


def create_configuration_needs(_world: World, call: Call) -> Iterator[Need]:
    """Like CreateBroker: no resource of its own, and mq:CreateTags when it is tagged (inferred)."""
    keys = tags.request_keys(call.params.get("Tags") or {})
    yield Need("mq:CreateConfiguration", "*", keys)
    if keys:
        yield Need("mq:CreateTags", call.arn("configuration:*"), keys)


def describe_configuration(world: World, call: Call, *, ConfigurationId: str) -> Result:
    return _full(find(world, call, ConfigurationId))


def update_configuration(world: World, call: Call, *, ConfigurationId: str, Data: str, Description: str = "") -> Result:
    """A new revision. ActiveMQ's is stored without what is not allowed, and the answer says what that was; RabbitMQ's with
    something that is not supported is refused (our choice)."""
    found = find(world, call, ConfigurationId)
    data, warnings = Data, list[Result]()
    if found.engine == "ACTIVEMQ":
        from emulator.services.mq.activemq_settings import sanitised  # noqa: PLC0415  # XML is slow to import, and few send any

        data, warnings = sanitised(Data)
    else:
        rabbitmq_settings.check(Data)
    if len(found.revisions) >= _MOST_REVISIONS:
        raise configuration_errors.too_many_revisions(_MOST_REVISIONS)
    added = Revision(found.revisions[-1].number + 1, world.clock.now(), Description, data)
    changed = replace(found, revisions=(*found.revisions, added))
    world.store.put(changed)
    return {**_brief(changed), "Warnings": warnings}


def delete_configuration(world: World, call: Call, *, ConfigurationId: str) -> Result:
    found = find(world, call, ConfigurationId)
    for broker in world.store.find(Broker, call.account, call.region, configurations=found.id):
        raise configuration_errors.configuration_in_use(found.id, broker.id)
    world.store.delete(found)
    return {"ConfigurationId": found.id}


def list_configurations(world: World, call: Call, *, MaxResults: int | None = None, NextToken: str | None = None) -> Result:
    rows = sorted(world.store.find(Configuration, call.account, call.region), key=_place)
    chosen, following = one_page(rows, _place, NextToken, MaxResults)
    return {"Configurations": [_full(row) for row in chosen], "MaxResults": MaxResults or USUAL, "NextToken": following}


def list_configurations_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("mq:ListConfigurations", "*")


def list_configuration_revisions(
    world: World, call: Call, *, ConfigurationId: str, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    found = find(world, call, ConfigurationId)
    chosen, following = one_page(list(found.revisions), lambda row: f"{row.number:06d}", NextToken, MaxResults)
    return {
        "ConfigurationId": found.id,
        "MaxResults": MaxResults or USUAL,
        "NextToken": following,
        "Revisions": [_revision(row) for row in chosen],
    }


def describe_configuration_revision(world: World, call: Call, *, ConfigurationId: str, ConfigurationRevision: str) -> Result:
    found = find(world, call, ConfigurationId)
    row = next((row for row in found.revisions if str(row.number) == ConfigurationRevision), None)
    if row is None:
        raise configuration_errors.no_such_revision(found.id, ConfigurationRevision)
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
        raise configuration_errors.no_such_configuration(configuration_id)
    return found


def chosen_revision(world: World, call: Call, engine: Engine, asked: Mapping[str, object]) -> tuple[str, int]:
    """The (id, revision) that a broker asks for; the latest revision when it names none. 400 when there is no such one."""
    try:
        found = find(world, call, str(asked.get("Id", "")))
    except AwsError as error:
        raise configuration_errors.unusable_configuration(error.message) from error
    if found.engine != engine:
        raise configuration_errors.configuration_of_other_engine(found.id, ENGINES[engine])
    wanted = asked.get("Revision", found.revisions[-1].number)
    if wanted not in {row.number for row in found.revisions}:
        raise configuration_errors.unusable_configuration(configuration_errors.no_such_revision(found.id, str(wanted)).message)
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
        "AuthenticationStrategy": row.authentication.lower(),
        "Description": row.revisions[-1].description,
        "EngineType": ENGINES[row.engine],
        "EngineVersion": row.engine_version,
        "Tags": dict(row.tags),
    }
