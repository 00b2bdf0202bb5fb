"""What a caller may ask about itself, about a key, and about a denial."""

from __future__ import annotations

import json
from collections.abc import Iterator

from emulator.engine import identity
from emulator.engine.authorize import decode_message
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.sts import errors
from emulator.values.call import Call, Need


def get_caller_identity(_world: World, call: Call) -> Result:
    return {"UserId": call.principal.id, "Account": call.account, "Arn": call.principal.arn}


def get_caller_identity_needs(_world: World, _call: Call) -> Iterator[Need]:
    """Allowed without, and against, any policy."""
    return iter(())


def get_access_key_info(world: World, _call: Call, *, AccessKeyId: str) -> Result:
    """The account of a key of any account, inactive ones included."""
    key = identity.find_access_key(world, AccessKeyId) or identity.find_session(world, AccessKeyId)
    if key is None:
        raise errors.no_such_key(AccessKeyId)
    return {"Account": key.account}


def get_access_key_info_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("sts:GetAccessKeyInfo", "*")


def decode_authorization_message(world: World, _call: Call, *, EncodedMessage: str) -> Result:
    message = decode_message(world, EncodedMessage)
    if message is None:
        raise errors.invalid_authorization_message()
    return {"DecodedMessage": json.dumps(message, separators=(",", ":"))}


def decode_authorization_message_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("sts:DecodeAuthorizationMessage", "*")
