"""Who made a call, as CloudTrail's ``userIdentity`` tells it."""

from __future__ import annotations

from typing import Any

from emulator.engine import identity
from emulator.values.call import Principal
from emulator.values.clock import iso8601


def user_identity(who: Principal, via: str) -> dict[str, Any]:
    """A service as itself is nothing but its name; ``via`` is the service that acts for whoever it is."""
    if who.kind == "service":
        return {"type": "AWSService", "invokedBy": who.arn}
    told: dict[str, Any] = {
        "type": _type(who),
        "principalId": who.id,
        "arn": who.arn,
        "accountId": who.account,
    }
    if who.key_id and not who.invoked_by:
        told["accessKeyId"] = who.key_id
    if who.kind == "user":
        told["userName"] = user_name(who)
    if who.issued_at is not None:
        told["sessionContext"] = {**_issuer(who), "attributes": _attributes(who.issued_at)}
    invoked_by = via or who.invoked_by
    return told | ({"invokedBy": invoked_by} if invoked_by else {})


def user_name(who: Principal) -> str | None:
    """``root``, the user's name, the session's name; a service has none."""
    if who.kind == "service":
        return None
    return "root" if who.kind == "root" else who.arn.rsplit("/", 1)[-1]


def _type(who: Principal) -> str:
    if who.kind == "root":
        return "Root"
    if who.kind == "user":
        return "IAMUser"
    return "FederatedUser" if identity.is_federated(who) else "AssumedRole"


def _issuer(who: Principal) -> dict[str, Any]:
    """The role or, of a federated user, the user behind a session."""
    if who.kind != "session":
        return {}
    is_federated = identity.is_federated(who)
    issuer = {
        "type": "IAMUser" if is_federated else "Role",
        "arn": who.entity,
        "accountId": who.account,
        "userName": who.entity.rsplit("/", 1)[-1],
    }
    return {"sessionIssuer": issuer if is_federated else {"principalId": who.id.split(":")[0]} | issuer}


def _attributes(issued_at: float) -> dict[str, str]:
    return {"creationDate": iso8601(int(issued_at)), "mfaAuthenticated": "false"}
