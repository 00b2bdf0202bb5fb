"""Who exists: users, roles, keys, sessions and policies, and which policies count for a principal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from emulator.policy.decide import Source
from emulator.policy.document import parse
from emulator.values.call import Principal
from emulator.values.clock import Instant
from emulator.values.record import Record

if TYPE_CHECKING:
    from emulator.engine.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(Record):
    """What policies hang on: a user or a role. ``id`` is the name in lower case, for IAM finds names in any case."""

    name: str
    path: str
    unique_id: str
    arn: str
    created: Instant
    tags: Mapping[str, str] = field(default_factory=dict)
    inline: Mapping[str, str] = field(default_factory=dict)
    """Policy name to document text."""
    attached: tuple[str, ...] = ()
    """ARNs of managed policies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Holder):
    INDEXES = ("attached",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Holder):
    """``linked_to`` is the service principal of a service-linked role, else empty. ``max_session`` is in seconds."""

    INDEXES = ("attached",)

    trust: str
    description: str | None = None
    max_session: int = 3600
    linked_to: str = ""
    last_used: tuple[Instant, str] | None = None
    """When and in which Region its credentials last made a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey(Record):
    """A user's long-term key; ``id`` is the access key id, ``user`` the key of its user's record."""

    INDEXES = ("id", "user")

    user: str
    secret: str = field(repr=False)
    status: Literal["Active", "Inactive"] = "Active"
    created: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Record):
    """Temporary credentials of a role; ``id`` is the access key id, ``role_id`` the role's unique id when it was assumed."""

    INDEXES = ("id", "role")

    role: str
    role_id: str
    name: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    issued: Instant
    expires: Instant
    invoked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEdit(Record):
    """A test world's own text of an AWS managed policy (``id``: its ARN), made through the control API."""

    document: str


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """An AWS managed policy. ``arn`` is without partition: ``policy/aws-service-role/AmazonMQServiceRolePolicy``."""

    name: str
    path: str
    id: str
    version: str
    created: Instant
    updated: Instant
    document: str

    def arn(self, partition: str) -> str:
        return f"arn:{partition}:iam::aws:policy{self.path}{self.name}"

    @property
    def is_for_services(self) -> bool:
        """Whether only a service-linked role may have it."""
        return self.path == "/aws-service-role/"


def root(account: str, partition: str = "aws") -> Principal:
    return Principal("root", account, f"arn:{partition}:iam::{account}:root", account)


def service(name: str, account: str) -> Principal:
    """An AWS service that calls as itself, for resources of ``account``."""
    return Principal("service", account, name, name, invoked_by=name)


def find_access_key(world: World, key_id: str) -> AccessKey | None:
    return next(iter(world.store.find(AccessKey, id=key_id)), None)


def find_session(world: World, key_id: str) -> Session | None:
    return next(iter(world.store.find(Session, id=key_id)), None)


def of_access_key(world: World, key: AccessKey) -> Principal | None:
    """The user behind a key."""
    user = world.store.get(User, (key.account, "", key.user))
    return Principal("user", user.account, user.arn, user.unique_id, entity=user.arn) if user else None


def of_session(world: World, session: Session) -> Principal | None:
    """The principal of a session; None when its role is gone (one made again under the name is another role)."""
    role = world.store.get(Role, (session.account, "", session.role))
    if role is None or role.unique_id != session.role_id:
        return None
    arn = f"arn:{role.arn.split(':')[1]}:sts::{role.account}:assumed-role/{role.name}/{session.name}"
    return Principal(
        "session", role.account, arn, f"{role.unique_id}:{session.name}", role.arn, session.issued, session.invoked_by
    )


def holder(world: World, principal: Principal) -> User | Role | None:
    """The user or role whose policies count for the principal."""
    if not principal.entity:
        return None
    kind: type[User] | type[Role] = User if principal.kind == "user" else Role
    found = world.store.get(kind, (principal.account, "", principal.entity.rsplit("/", 1)[-1].lower()))
    return found if found and found.unique_id == principal.id.split(":")[0] else None


def managed_policy(world: World, arn: str) -> ManagedPolicy | None:
    """The AWS managed policy of an ARN; one of a customer's account is none, whatever its name."""
    parts = arn.split(":", 5)
    return world.managed.get(parts[-1]) if parts[4:5] == ["aws"] else None


def document(world: World, account: str, policy: ManagedPolicy, partition: str) -> str:
    """The text of a managed policy as the account sees it."""
    edit = world.store.get(PolicyEdit, (account, "", policy.arn(partition)))
    return edit.document if edit else policy.document


def sources(world: World, principal: Principal) -> Iterator[Source]:
    """The identity-based policies of a principal: inline ones by name, then attached ones in order of attachment."""
    owner = holder(world, principal)
    if owner is None:
        return
    for name in sorted(owner.inline):
        yield Source("identity-based policy", name, parse(owner.inline[name], "identity"))
    for arn in owner.attached:
        policy = managed_policy(world, arn)
        if policy is not None:
            text = document(world, owner.account, policy, arn.split(":")[1])
            yield Source("identity-based policy", policy.name, parse(text, "identity"))
