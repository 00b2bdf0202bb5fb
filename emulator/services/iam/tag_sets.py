"""Sets of tags. IAM compares their keys without regard to letter case (observed), and their values with."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from emulator.services.iam.errors import duplicate_tag_keys, no_tags, reserved_tag_key
from emulator.services.iam.quotas import check_quota
from emulator.values.tags import Tag, Tags, from_list


def checked(tags: Collection[Tag]) -> dict[str, str]:
    """The tags of a request; raises InvalidInput for reserved and for repeated keys."""
    keys = [tag["Key"].lower() for tag in tags]
    if any(key.startswith("aws:") for key in keys):
        raise reserved_tag_key()
    if len(set(keys)) != len(keys):
        raise duplicate_tag_keys()
    return from_list(tags)


def added(old: Tags, tags: Collection[Tag]) -> dict[str, str]:
    """``old`` with the tags of a request; a new spelling of a key takes the place of the old one."""
    if not tags:
        raise no_tags()
    new = checked(tags)
    merged = {**without(old, new), **new}
    check_quota("TagsPerResource", len(merged))
    return merged


def without(old: Tags, keys: Iterable[str]) -> dict[str, str]:
    gone = {key.lower() for key in keys}
    return {key: value for key, value in old.items() if key.lower() not in gone}
