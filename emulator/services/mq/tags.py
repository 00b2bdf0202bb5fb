"""Tags of brokers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import Broker
from emulator.values import tags
from emulator.values.call import Call, Need

_MOST = 50


def create_tags(world: World, call: Call, *, ResourceArn: str, Tags: Mapping[str, str] | None = None) -> Result:
    broker = _find(world, call, ResourceArn)
    merged = {**broker.tags, **(Tags or {})}
    if len(merged) > _MOST:
        raise errors.bad_request(f"A broker can have at most {_MOST} tags.", "tags")
    world.store.put(replace(broker, tags=merged))
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
    broker = _find(world, call, ResourceArn)
    world.store.put(replace(broker, tags={key: value for key, value in broker.tags.items() if key not in TagKeys}))
    return {}


def delete_tags_needs(world: World, call: Call) -> Iterator[Need]:
    yield Need("mq:DeleteTags", call.params["ResourceArn"], {**_held(world, call), "aws:TagKeys": call.params["TagKeys"]})


def _held(world: World, call: Call) -> dict[str, str | list[str]]:
    broker = _get(world, call, call.params["ResourceArn"])
    return dict(tags.resource_keys(broker.tags)) if broker else {}


def _get(world: World, call: Call, arn: str) -> Broker | None:
    broker = world.store.get(Broker, (call.account, call.region, arn.rsplit(":", 1)[-1]))
    return broker if broker and broker.arn == arn else None


def _find(world: World, call: Call, arn: str) -> Broker:
    broker = _get(world, call, arn)
    if broker is None:
        raise errors.no_such_resource()
    return broker
