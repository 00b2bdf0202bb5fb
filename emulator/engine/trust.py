"""Trust policies as IAM keeps them: users and roles by unique id, so that one made again under a name is another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from emulator.engine import identity
from emulator.policy.document import MalformedPolicyError

if TYPE_CHECKING:
    from emulator.engine.world import World

_ACCOUNT = re.compile(r"\d{12}")
_UNIQUE_ID = re.compile("A(IDA|ROA)[A-Z0-9]+")


def bound(world: World, text: str, partition: str) -> str:
    """A trust policy as IAM stores it: users and roles by unique id, accounts by their root's ARN.

    Raises :class:`MalformedPolicyError` for a user or role that does not exist.
    """

    def bind(name: str) -> str:
        if _ACCOUNT.fullmatch(name):
            return f"arn:{partition}:iam::{name}:root"
        found = _of_unique_id(world, name) if _UNIQUE_ID.fullmatch(name) else identity.named(world, name)
        if found is None and (_UNIQUE_ID.fullmatch(name) or _names_holder(name)):
            raise MalformedPolicyError(f'Invalid principal in policy: "AWS":"{name}"')
        return found.unique_id if found else name

    return _with_principals(text, bind)


def shown(world: World, text: str) -> str:
    """A stored trust policy as IAM shows it: ARNs of those who exist, unique ids of those who are gone."""

    def show(name: str) -> str:
        found = _of_unique_id(world, name)
        return found.arn if found else name

    return _with_principals(text, show)


def _names_holder(name: str) -> bool:
    return name.split(":", 5)[-1].startswith(("user/", "role/"))


def _of_unique_id(world: World, unique_id: str) -> identity.User | identity.Role | None:
    kind: type[identity.User] | type[identity.Role] = identity.User if unique_id.startswith("AIDA") else identity.Role
    return next(iter(world.store.find(kind, unique_id=unique_id)), None)


def _with_principals(text: str, change: Callable[[str], str]) -> str:
    """A document of our own writing with every AWS principal changed; most name services alone."""
    if '"AWS"' not in text:
        return text
    raw = json.loads(text)
    for statement in raw["Statement"]:
        for element in ("Principal", "NotPrincipal"):
            names = statement.get(element)
            if isinstance(names, dict) and "AWS" in names:
                given = names["AWS"]
                names["AWS"] = change(given) if isinstance(given, str) else [change(name) for name in given]
    return json.dumps(raw, separators=(",", ":"), ensure_ascii=False)
