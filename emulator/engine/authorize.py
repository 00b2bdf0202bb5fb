"""Authorisation: condition keys for a need, the decision on it, and the answer when it is a denial."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.engine import organization
from emulator.engine.callers import Caller
from emulator.policy.decide import Decision, Kind, Source, binding, decide, judge
from emulator.policy.document import parse
from emulator.shapes.dialect import DIALECTS
from emulator.values.call import Call, Need
from emulator.values.clock import iso8601
from emulator.values.errors import AwsError

if TYPE_CHECKING:
    from emulator.engine.world import World

_IDENTITY: Kind = "identity-based policy"

MESSAGE_LIFE = 7 * 24 * 3600
"""Seconds for which an encoded authorisation message can be decoded (our choice; AWS only says that it expires)."""


def authorize(world: World, call: Call, needs: Iterable[Need]) -> None:
    """Decide each need in turn and note it in the journal; the first denial raises.

    In a world that is soft on its callers their denials are only noted. Amazon MQ's own calls are judged all the same, and what
    a fault denies is denied.
    """
    is_soft = world.iam == "soft" and call.principal.kind != "service" and not call.principal.invoked_by
    brought: _Brought | None = None
    for need in needs:
        denial, seen = (world.faults.deny(call, need), world.faults.stale(call, need)) if world.faults.live else (None, world)
        if brought is None or brought.world is not seen:
            brought = _brought(seen, call)
        decision = _decide(brought, call, need, (denial,) if denial else ())
        is_let_through = is_soft and denial is None
        world.journal.decided(decision, is_enforced=not is_let_through)
        if decision.effect != "allowed" and not is_let_through:
            raise denied(world, call, decision)


def decide_need(world: World, call: Call, need: Need, more: Sequence[Source] = (), *, is_instead: bool = False) -> Decision:
    """The decision on one need by every policy that counts, and by ``more``: ``is_instead`` of the caller's identity policies."""
    brought = _brought(world, call)
    if is_instead:
        caller = brought.caller
        own = [source for source in caller.sources if source.kind != _IDENTITY]
        bound = binding(call.principal, [*caller.controls, *own])
        brought = replace(brought, caller=replace(caller, sources=own, bound=bound))
    return _decide(brought, call, need, more)


class _Brought(Struct, frozen=True):
    """What a caller brings to every decision on one call: itself, with its policies, and the keys of its request."""

    world: World
    caller: Caller
    keys: Mapping[str, str | list[str]]


def _brought(world: World, call: Call) -> _Brought:
    """The keys of a request are in lower case; those of the call come after those of the caller."""
    caller, now = world.callers.of(call.principal), world.clock.now()
    keys: dict[str, str | list[str]] = {
        **caller.keys,
        "aws:requestedregion": call.region,
        "aws:securetransport": "true" if call.is_secure else "false",
        "aws:currenttime": iso8601(now),
        "aws:epochtime": str(int(now)),
        "aws:viaawsservice": "true" if call.via else "false",
    }
    if call.source_ip:
        keys["aws:sourceip"] = call.source_ip
    if call.user_agent:
        keys["aws:useragent"] = call.user_agent
    if call.via:
        keys |= {"aws:calledvia": [call.via], "aws:calledviafirst": call.via, "aws:calledvialast": call.via}
    if call.source_arn:
        keys |= {"aws:sourcearn": call.source_arn, "aws:sourceaccount": call.source_arn.split(":")[4]}
    return _Brought(world, caller, keys)


_lower = lru_cache(maxsize=4096)(str.lower)
"""One text for all decisions, which the journal holds by the thousand."""


def _decide(brought: _Brought, call: Call, need: Need, more: Sequence[Source]) -> Decision:
    owner = organization.account_of(need.resource) or call.account
    context = {**brought.keys, "aws:resourceaccount": owner}
    for key, value in need.keys.items():
        context[_lower(key)] = value
    caller, controls = brought.caller, organization.resource_controls(brought.world, owner, need.action)
    if not (controls or more or need.trust or need.policies):
        return judge(need, call.principal, context, caller.bound)
    sources = [*caller.controls, *controls, *caller.sources, *more]
    if need.trust:
        sources.append(Source("role trust policy", "the role's trust policy", parse(need.trust, "trust")))
    for name, text in need.policies:
        sources.append(Source("resource-based policy", name, parse(text, "resource")))
    return decide(need, call.principal, context, sources)


def denied(world: World, call: Call, decision: Decision) -> AwsError:
    """The denial in the words of the called service, even when the action denied belongs to another."""
    code, status = DIALECTS[call.service].denied
    text = decision.need.refusal or decision.sentence()
    if call.service == "ec2":
        text = f"You are not authorized to perform this operation. {text}"
        if not call.operation.startswith("Describe"):
            text += f". Encoded authorization failure message: {encode_message(world, decision)}"
    return AwsError(code, text, status=status)


# Encoded authorisation messages: opaque and authenticated, so that only this world reads them --------------------------


def encode_message(world: World, decision: Decision) -> str:
    """The decision as EC2 attaches it to a denial; sts:DecodeAuthorizationMessage reads it."""
    text = json.dumps({"until": world.clock.now() + MESSAGE_LIFE, "message": _message(decision)}, separators=(",", ":"))
    packed = zlib.compress(text.encode())
    tag = hmac.digest(world.message_key, packed, "sha256")
    return base64.urlsafe_b64encode(tag + _veil(world, tag, packed)).decode().rstrip("=")


def decode_message(world: World, encoded: str) -> dict[str, Any] | None:
    """The message inside; None when it is tampered with, another world's, or stale."""
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        return None
    tag, packed = raw[:32], _veil(world, raw[:32], raw[32:])
    if not hmac.compare_digest(tag, hmac.digest(world.message_key, packed, "sha256")):
        return None
    content = json.loads(zlib.decompress(packed))
    message: dict[str, Any] = content["message"]
    return message if content["until"] >= world.clock.now() else None


def _veil(world: World, tag: bytes, data: bytes) -> bytes:
    stream = hashlib.shake_256(world.message_key + tag).digest(len(data))
    return bytes(left ^ right for left, right in zip(data, stream, strict=True))


def _message(decision: Decision) -> dict[str, Any]:
    """The structure that real messages have (section D.5 of the behaviour reference)."""
    need, principal = decision.need, decision.principal
    parts = need.resource.split(":", 5)
    name = parts[5] if len(parts) == 6 else need.resource
    facts = {
        "aws:Region": parts[3] if len(parts) == 6 else "",
        "aws:Service": need.action.split(":")[0],
        "aws:Resource": name,
        "aws:Type": name.split("/")[0],
        "aws:Account": parts[4] if len(parts) == 6 else principal.account,
        "aws:ARN": need.resource,
    }
    keys = {**facts, **need.keys}
    matched = decision.because if decision.effect == "explicitDeny" else None
    return {
        "allowed": False,
        "explicitDeny": decision.effect == "explicitDeny",
        "matchedStatements": {"items": [_matched(decision, matched.statement.document)] if matched else []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": principal.id, "arn": principal.arn},
            "action": need.action,
            "resource": need.resource,
            "conditions": {"items": [{"key": key, "values": _items(value)} for key, value in keys.items() if value]},
        },
    }


def _matched(decision: Decision, statement: Any) -> dict[str, Any]:
    return {
        "statementId": statement.get("Sid", ""),
        "effect": "DENY",
        "principals": _items(decision.principal.id.split(":")[0]),
        "principalGroups": {"items": []},
        "actions": _items(statement.get("Action", statement.get("NotAction"))),
        "resources": _items(statement.get("Resource", statement.get("NotResource", "*"))),
        "conditions": {
            "items": [
                {"key": key, "values": _items(values)}
                for keys in statement.get("Condition", {}).values()
                for key, values in keys.items()
            ]
        },
    }


def _items(values: Any) -> dict[str, Any]:
    return {"items": [{"value": value} for value in (values if isinstance(values, list) else [values])]}
