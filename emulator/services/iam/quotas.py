"""How much there may be of everything: AWS's default quotas, by the names that LimitExceeded gives them."""

from __future__ import annotations

from emulator.engine.world import World
from emulator.services.iam.errors import quota_exceeded
from emulator.values.record import Record

MOST = {
    "UsersPerAccount": 5000,
    "GroupsPerAccount": 300,
    "RolesPerAccount": 1000,
    "PoliciesPerAccount": 1500,
    "InstanceProfilesPerAccount": 1000,
    "AccessKeysPerUser": 2,
    "GroupsPerUser": 10,
    "PoliciesPerUser": 10,
    "PoliciesPerGroup": 10,
    "PoliciesPerRole": 10,
    "InstanceSessionsPerInstanceProfile": 1,
    "TagsPerResource": 50,
    "ACLSizePerRole": 2048,
    "PolicySize": 6144,
}
"""Sizes are characters without white space."""

MOST_VERSIONS = 5
"""Versions of a customer managed policy."""

MOST_INLINE = {"user": 2048, "group": 5120, "role": 10240}
"""Characters of all inline policies together, without white space."""


def check_quota(quota: str, wanted: int) -> None:
    """Raises LimitExceeded when there would be more than the quota allows."""
    if wanted > MOST[quota]:
        raise quota_exceeded(quota, MOST[quota])


def check_room(world: World, kind: type[Record], account: str, quota: str) -> None:
    """Raises LimitExceeded when the account has no room for one more."""
    check_quota(quota, world.store.count(kind, account, "") + 1)
