"""Who asks for what: the values that go through the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

Keys = Mapping[str, str | list[str]]
"""Condition keys of one authorisation request; a list for a multivalued key."""

PrincipalKind = Literal["root", "user", "session", "service"]


class Principal(Struct, frozen=True, cache_hash=True):
    """Who signs a call.

    ``arn`` is what messages show: ``…:root``, ``…:user/path/name``, ``…:assumed-role/name/session``, or the service's
    name. ``id`` is the unique id (``AIDA…``, ``AROA…:session``, the account of root). ``entity`` is the ARN of the IAM
    user or role whose policies count (the same as ``arn`` for a user), ``""`` for root and services. ``issued_at`` is set for
    temporary credentials (epoch seconds). ``invoked_by`` names the AWS service that holds a service-linked role's session.
    ``key_id`` is the access key id that signed, by which a session's policies and tags are found; empty for development keys.
    """

    kind: PrincipalKind
    account: str
    arn: str
    id: str
    entity: str = ""
    issued_at: float | None = None
    invoked_by: str = ""
    key_id: str = ""


class Call(Struct, frozen=True, kw_only=True):
    """One API call: ``service`` and ``operation`` in AWS's names, ``params`` in the spelling of the service model.

    ``via`` names the service that passes on the caller's rights (forward access). ``account`` and ``region`` say where it acts.
    ``source_arn`` is the resource for which a service calls as itself (aws:SourceArn, aws:SourceAccount).
    """

    service: str
    operation: str
    params: Mapping[str, Any]
    principal: Principal
    region: str
    partition: str
    via: str = ""
    source_ip: str = ""
    user_agent: str = ""
    is_secure: bool = False
    request_id: str = ""
    source_arn: str = ""

    @property
    def account(self) -> str:
        return self.principal.account

    @property
    def action(self) -> str:
        return f"{self.service}:{self.operation}"

    def arn(self, resource: str, *, service: str = "", region: str | None = None) -> str:
        """The ARN of a resource of the caller's account in the call's service and Region; pass ``region=""`` for IAM's."""
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service or self.service}:{where}:{self.account}:{resource}"


class Need(Struct, frozen=True):
    """One authorisation request: an action on one resource, with the condition keys that belong to that resource.

    ``trust`` is the trust policy of a role that the call wants to assume (JSON text, empty of a role that does not exist);
    it must then allow the caller itself.
    ``policies`` are the resource's own policies, names and JSON texts.
    ``refusal`` replaces the standard sentence of a denial where AWS has one of its own; ``shown`` only the resource in it.
    """

    action: str
    resource: str
    keys: Keys = field(default_factory=dict)
    trust: str | None = None
    refusal: str | None = None
    shown: str | None = None
    policies: tuple[tuple[str, str], ...] = ()
