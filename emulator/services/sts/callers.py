"""AWS Security Token Service: who am I, be somebody else, what did that message say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from emulator.engine import identity
from emulator.engine.authorize import decode_message
from emulator.engine.identity import Role, Session
from emulator.engine.service import Result, Service, operations
from emulator.engine.world import World
from emulator.values.call import Call, Need
from emulator.values.errors import AwsError

LONGEST_CHAINED = 3600
"""Seconds of a session that another session opens."""


def get_caller_identity(_world: World, call: Call) -> Result:
    return {"UserId": call.principal.id, "Account": call.account, "Arn": call.principal.arn}


def get_caller_identity_needs(_world: World, _call: Call) -> Iterator[Need]:
    """Allowed without, and against, any policy."""
    return iter(())


def assume_role(
    world: World,
    call: Call,
    *,
    RoleArn: str,
    RoleSessionName: str,
    DurationSeconds: int = 3600,
    ExternalId: str = "",  # noqa: ARG001  # only a condition key: see the needs
) -> Result:
    role = _role(world, RoleArn)
    if role is None:
        raise RuntimeError("sts:AssumeRole was authorised on a role that does not exist")
    if DurationSeconds > role.max_session:
        raise duration_too_long()
    if call.principal.kind == "session" and DurationSeconds > LONGEST_CHAINED:
        raise chained_duration_too_long()
    session = _open(world, call, role, RoleSessionName, DurationSeconds)
    principal = identity.of_session(world, session)
    if principal is None:
        raise RuntimeError("the session just opened has no principal")
    return {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": principal.id, "Arn": principal.arn},
    }


def assume_role_needs(world: World, call: Call) -> Iterator[Need]:
    """Trust policy and identity policy decide; a role that does not exist is refused in the same words."""
    arn = call.params["RoleArn"]
    if len(arn.split(":")) < 6 or not arn.startswith("arn:"):
        raise AwsError("ValidationError", f"{arn} is invalid", status=400)
    role = _role(world, arn)
    refusal = f"User: {call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    if call.principal.kind == "root":
        raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.", status=403)
    keys = {"sts:RoleSessionName": call.params["RoleSessionName"]}
    if "ExternalId" in call.params:
        keys["sts:ExternalId"] = call.params["ExternalId"]
    if role is not None:
        keys |= {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", "iam") for key, value in role.tags.items()}
    yield Need("sts:AssumeRole", arn, keys, trust=role.trust if role else "", refusal=refusal)


def decode_authorization_message(world: World, _call: Call, *, EncodedMessage: str) -> Result:
    message = decode_message(world, EncodedMessage)
    if message is None:
        raise invalid_authorization_message()
    return {"DecodedMessage": json.dumps(message, separators=(",", ":"))}


def decode_authorization_message_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("sts:DecodeAuthorizationMessage", "*")


def credentials(session: Session) -> Result:
    """The Credentials structure of a session."""
    return {
        "AccessKeyId": session.id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires,
    }


def _role(world: World, arn: str) -> Role | None:
    parts = arn.split(":")
    role = world.store.get(Role, (parts[4], "", parts[5].rsplit("/", 1)[-1].lower()))
    return role if role and role.arn == arn else None


def _open(world: World, call: Call, role: Role, name: str, seconds: int) -> Session:
    now = world.clock.now()
    session = Session(
        account=role.account,
        region="",
        id=world.ids.access_key_id("ASIA"),
        role=role.id,
        role_id=role.unique_id,
        name=name,
        secret=world.ids.secret(),
        token=world.ids.secret(300),
        issued=now,
        expires=now + seconds,
        invoked_by=call.principal.invoked_by if call.principal.kind == "service" else "",
    )
    world.store.put(session)
    return session


def invalid_authorization_message() -> AwsError:
    return AwsError("InvalidAuthorizationMessageException", "Message is not valid.")


def duration_too_long() -> AwsError:
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    return AwsError("ValidationError", text, status=400)


def chained_duration_too_long() -> AwsError:
    text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    return AwsError("ValidationError", text, status=400)


SERVICE = Service("sts", operations("sts", sys.modules[__name__]))
