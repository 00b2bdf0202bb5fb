"""Client tokens: a create call that is repeated with its token gives what the first one made.

A token is remembered as long as what it made (our choice; AWS says only that tokens expire).
"""

from __future__ import annotations

import json
from typing import TypeVar

from emulator.engine.world import World
from emulator.services.ec2 import errors
from emulator.services.ec2.network import Requested
from emulator.values.call import Call

R = TypeVar("R", bound=Requested)

_LONGEST = 64


def made_before(world: World, call: Call, kind: type[R], token: str | None) -> R | None:
    """What an earlier call with the same token made. Other parameters with a known token are refused."""
    if token is None:
        return None
    if len(token) > _LONGEST or not token.isascii():
        raise errors.invalid_client_token()
    found = next(iter(world.store.find(kind, call.account, call.region, client_tokens=token)), None)
    if found is not None and found.request != request(call):
        raise errors.token_reused()
    return found


def request(call: Call) -> str:
    """What a repeated call must ask for again; empty without a token."""
    if not call.params.get("ClientToken"):
        return ""
    asked = {name: value for name, value in call.params.items() if name not in {"ClientToken", "DryRun"}}
    return json.dumps(asked, sort_keys=True)
