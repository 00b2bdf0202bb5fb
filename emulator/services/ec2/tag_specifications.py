"""Tags that come with a create call, and what EC2 takes as a tag at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypedDict

from emulator.services.ec2 import errors
from emulator.services.ec2.network import Resource
from emulator.values.errors import AwsError
from emulator.values.tags import Tag, from_list

MOST_TAGS = 50
LONGEST_KEY = 128
LONGEST_VALUE = 256
RESERVED = "aws:"


class TagSpecification(TypedDict, total=False):
    ResourceType: str
    Tags: list[Tag]


def requested(specifications: Iterable[TagSpecification] | None, kind: type[Resource]) -> dict[str, str]:
    """The tags that a create call asks for on a kind of resource, unchecked."""
    return {
        key: value
        for one in specifications or ()
        if one.get("ResourceType") == kind.TYPE
        for key, value in from_list(tag for tag in one.get("Tags", ()) if "Key" in tag).items()
    }


def for_new(
    specifications: Sequence[TagSpecification] | None, kind: type[Resource], *, code: str = "InvalidParameterValue"
) -> dict[str, str]:
    """The checked tags of a new resource. ``code`` is for a type that the operation does not tag."""
    if not specifications:
        return {}
    for one in specifications:
        if not one.get("ResourceType"):
            raise errors.untyped_tag_specification()
        if one["ResourceType"] != kind.TYPE:
            raise errors.not_taggable(one["ResourceType"], code)
        if not one.get("Tags"):
            raise errors.empty_tag_specification()
        refuse_invalid(one["Tags"])
    tags = requested(specifications, kind)
    if len(tags) > MOST_TAGS:
        raise errors.too_many_tags()
    return tags


def refuse_invalid(tags: Sequence[Tag]) -> None:
    """Keys and values as EC2 takes them."""
    seen: set[str] = set()
    for tag in tags:
        for error in _faults(tag, seen):
            raise error
        seen.add(tag["Key"])


def _faults(tag: Tag, seen: set[str]) -> Iterator[AwsError]:
    key = tag.get("Key", "")
    if not key:
        yield errors.empty_tag_key()
    if key.lower().startswith(RESERVED):
        yield errors.reserved_tag_key()
    if len(key) > LONGEST_KEY:
        yield errors.tag_too_long("key", LONGEST_KEY)
    if len(tag.get("Value", "")) > LONGEST_VALUE:
        yield errors.tag_too_long("value", LONGEST_VALUE)
    if key in seen:
        yield errors.duplicate_tag_key(key)
