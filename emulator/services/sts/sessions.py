"""What every new session is made of: credentials, session policies and session tags."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypedDict

from emulator.engine import identity
from emulator.engine.identity import Session
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.policy.document import MalformedPolicyError, parse
from emulator.services.sts import errors
from emulator.values.tags import Tag, from_list

PACKED_SPACE = 1024
"""Bytes that session policies and tags may take once packed (our choice: AWS's packing is not published)."""

MOST_TEXT = 2048
"""Characters of an inline session policy."""


class PolicyDescriptor(TypedDict, total=False):
    arn: str


def opened(world: World, account: str, seconds: int, **fields: Any) -> Session:
    """A new session, kept. ``fields`` are those of :class:`Session` beside its credentials and times."""
    now = world.clock.now(account)
    session = Session(
        account=account,
        region="",
        id=world.ids.access_key_id("ASIA"),
        secret=world.ids.secret(),
        token=world.ids.secret(300),
        issued=now,
        expires=now + seconds,
        **fields,
    )
    world.store.put(session)
    return session


def credentials(session: Session) -> Result:
    """The Credentials structure of a session."""
    return {
        "AccessKeyId": session.id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires,
    }


def checked_policies(world: World, account: str, policy: str, given: Sequence[PolicyDescriptor]) -> tuple[str, ...]:
    """The ARNs of managed session policies; raises for one that is not there, and for a long or malformed inline policy."""
    if len(policy) > MOST_TEXT:
        raise errors.policy_too_long(policy, MOST_TEXT)
    if policy:
        try:
            parse(policy, "session")
        except MalformedPolicyError as error:
            raise errors.malformed_document(str(error)) from None
    arns = tuple(one.get("arn", "") for one in given)
    for arn in arns:
        found = identity.find_policy(world, arn)
        if found is None or found.owner not in {"aws", account}:
            raise errors.no_such_session_policy(arn)
    return arns


def checked_tags(tags: Collection[Tag]) -> dict[str, str]:
    """Session tags; their keys are compared without regard to letter case."""
    keys = [tag["Key"].lower() for tag in tags]
    if len(set(keys)) != len(keys):
        raise errors.duplicate_tag_keys()
    if any(key.startswith("aws:") for key in keys):
        raise errors.reserved_tag_key()
    return from_list(tags)


def packed_size(policy: str, arns: Sequence[str], tags: Mapping[str, str]) -> int | None:
    """Percent of the space that a request's session policies and tags take; None when it has none."""
    if not (policy or arns or tags):
        return None
    packed = zlib.compress(json.dumps([policy, list(arns), dict(tags)]).encode(), 9)
    percent = -(-100 * len(packed) // PACKED_SPACE)
    if percent > 100:
        raise errors.packed_policy_too_large(percent)
    return percent
