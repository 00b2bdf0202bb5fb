"""Tags of brokers and configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import Broker
from emulator.services.mq.broker_rules import MOST_TAGS
from emulator.services.mq.configurations import Configuration
from emulator.values import tags
from emulator.values.call import Call, Need


def create_tags(world: World, call: Call, *, ResourceArn: str, Tags: Mapping[str, str] | None = None) -> Result:
    found = _find(world, call, ResourceArn)
    merged = {**found.tags, **(Tags or {})}
    if len(merged) > MOST_TAGS:
        raise errors.too_many_tags("resource", MOST_TAGS)
    world.store.put(replace(found, tags=merged))
    return {}


def create_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield Need(
        "mq:CreateTags", call.params["ResourceArn"], {**_held(world, call), **tags.request_keys(call.params.get("Tags") or {})}
    )


def list_tags(world: World, call: Call, *, ResourceArn: str) -> Result:
    return {"Tags": dict(_find(world, call, ResourceArn).tags)}


def list_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield Need("mq:ListTags", call.params["ResourceArn"], _held(world, call))


def delete_tags(world: World, call: Call, *, ResourceArn: str, TagKeys: list[str]) -> Result:
    found = _find(world, call, ResourceArn)
    world.store.put(replace(found, tags={key: value for key, value in found.tags.items() if key not in TagKeys}))
    return {}


def delete_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield Need("mq:DeleteTags", call.params["ResourceArn"], {**_held(world, call), "aws:TagKeys": call.params["TagKeys"]})


def _held(world: World, call: Call) -> dict[str, str | list[str]]:
    found = _get(world, call, call.params["ResourceArn"])
    return dict(tags.resource_keys(found.tags)) if found else {}


def _get(world: World, call: Call, arn: str) -> Broker | Configuration | None:
    kind: type[Broker] | type[Configuration] = Configuration if ":configuration:" in arn else Broker
    found = world.store.get(kind, (call.account, call.region, arn.rsplit(":", 1)[-1]))
    return found if found and found.arn == arn else None


def _find(world: World, call: Call, arn: str) -> Broker | Configuration:
    found = _get(world, call, arn)
    if found is None:
        raise errors.no_such_resource()
    return found
