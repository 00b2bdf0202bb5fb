"""CreateTags, DeleteTags and DescribeTags."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Item, Sieve, Table
from emulator.services.ec2.listings import paged
from emulator.services.ec2.network import TYPES, Resource
from emulator.services.ec2.tag_specifications import MOST_TAGS, RESERVED, refuse_invalid
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import Tag, from_list, request_keys


def create_tags(world: World, call: Call, *, Resources: list[str], Tags: list[Tag]) -> Result:
    """Adds tags or replaces their values, on all the resources or on none."""
    refuse_invalid(Tags)
    for resource in _all(world, call, Resources):
        tags = {**resource.tags, **from_list(Tags)}
        if len(tags) > MOST_TAGS:
            raise errors.too_many_tags()
        world.store.put(replace(resource, tags=tags))
    return {}


def create_tags_needs(world: World, call: Call) -> Iterator[Need]:
    tags = request_keys(from_list(tag for tag in call.params["Tags"] if "Key" in tag))
    for resource_id in dict.fromkeys(call.params["Resources"]):
        yield needs.on_existing(world, call, _kind(resource_id), resource_id, extra=tags)


def delete_tags(world: World, call: Call, *, Resources: list[str], Tags: list[Tag] | None = None) -> Result:
    """A tag with a value goes only if it has that value; without ``Tags`` all of the customer's go."""
    for tag in Tags or ():
        if tag.get("Key", "").lower().startswith(RESERVED):
            raise errors.reserved_tag_key()
    for resource in _all(world, call, Resources):
        kept = {key: value for key, value in resource.tags.items() if not _goes(key, value, Tags)}
        world.store.put(replace(resource, tags=kept))
    return {}


def delete_tags_needs(world: World, call: Call) -> Iterator[Need]:
    tags = _named(call.params.get("Tags") or [])
    for resource_id in dict.fromkeys(call.params["Resources"]):
        yield needs.on_existing(world, call, _kind(resource_id), resource_id, keys=(), extra=tags)


def _named(tags: list[Tag]) -> Keys:
    """The request's tags as keys; a tag that is named without a value has none to compare."""
    named = [tag for tag in tags if "Key" in tag]
    valued = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in named if "Value" in tag}
    return {**valued, "aws:TagKeys": [tag["Key"] for tag in named]} if named else {}


def _goes(key: str, value: str, tags: list[Tag] | None) -> bool:
    return not tags or any(tag.get("Key") == key and tag.get("Value", value) == value for tag in tags)


def _kind(resource_id: str) -> type[Resource]:
    prefix = resource_id.rpartition("-")[0]
    kind = next((kind for kind in TYPES if prefix == kind.PREFIX), None)
    if kind is None:
        raise errors.invalid_id(resource_id)
    return kind


def _all(world: World, call: Call, ids: list[str]) -> list[Resource]:
    return [existing(world, call, _kind(resource_id), resource_id) for resource_id in dict.fromkeys(ids)]


_FILTERS: Table = {
    "key": "Key",
    "resource-id": "ResourceId",
    "resource-type": "ResourceType",
    "tag:": "",
    "value": "Value",
}


def describe_tags(
    world: World,
    call: Call,
    *,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    sieve = Sieve(Filters, _FILTERS)
    items = [item for item in _tags(world, call, sieve) if sieve.passes(item)]
    chosen, following = paged(items, lambda item: f"{item['ResourceId']} {item['Key']}", MaxResults, NextToken)
    return {"Tags": chosen, "NextToken": following}


describe_tags_needs = needs.on_everything


def _tags(world: World, call: Call, sieve: Sieve) -> Iterator[Item]:
    for resource in _tagged(world, call, sieve):
        for key, value in resource.tags.items():
            yield {"ResourceId": resource.id, "ResourceType": resource.TYPE, "Key": key, "Value": value}


def _tagged(world: World, call: Call, sieve: Sieve) -> Iterator[Resource]:
    """The resources that may have the tags: by their ids or the tags' keys where the filters name some, else all."""
    where = (call.account, call.region)
    ids = sieve.exact("resource-id") if "resource-id" in sieve.names else None
    keys = sieve.exact("key") if "key" in sieve.names else None
    for kind in TYPES:
        if ids is not None:
            found = [world.store.get(kind, (*where, one)) for one in ids]
            yield from (one for one in found if one is not None)
        elif keys is not None:
            yield from {one.key: one for key in keys for one in world.store.find(kind, *where, tagged=key)}.values()
        else:
            yield from world.store.find(kind, *where)
