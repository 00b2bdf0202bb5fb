"""Tags: lists of ``{"Key", "Value"}`` on the wire, mappings in records, condition keys in decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from emulator.values.call import Keys

Tags = Mapping[str, str]


class Tag(TypedDict, total=False):
    Key: str
    Value: str


def from_list(tags: Iterable[Tag] | None) -> dict[str, str]:
    """A later duplicate of a key wins; a tag without a value has the empty one."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags or ()}


def to_list(tags: Tags) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def request_keys(tags: Tags) -> Keys:
    """aws:RequestTag/… and aws:TagKeys, for the resource that the request tags; nothing when it tags none."""
    if not tags:
        return {}
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": list(tags)}


def resource_keys(tags: Tags, *prefixes: str) -> Keys:
    """aws:ResourceTag/… of a resource that exists, and the same under each service prefix (``ec2``, ``iam``)."""
    if not tags:
        return {}
    return {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", *prefixes) for key, value in tags.items()}
