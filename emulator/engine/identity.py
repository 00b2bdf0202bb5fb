"""Who exists: users, groups, roles, keys, sessions and policies, and which policies count for a principal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from emulator.policy.decide import Source
from emulator.policy.document import Policy, parse
from emulator.values.call import Principal
from emulator.values.clock import Instant
from emulator.values.discreet import Discreet
from emulator.values.record import Record

if TYPE_CHECKING:
    from emulator.engine.world import World


class Holder(Record, frozen=True, kw_only=True):
    """What policies hang on: a user, a role or a group. ``id`` is the name in lower case, for IAM finds names in any case.

    ``unique_id`` is what other records name it by: it outlives a new name, and one made again under the name has another.
    """

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
    boundary: str = ""
    """ARN of the managed policy that is the permissions boundary; a group has none."""


class User(Holder, frozen=True, kw_only=True):
    """``groups`` are unique ids."""

    INDEXES = ("attached", "boundary", "groups", "unique_id")

    groups: tuple[str, ...] = ()


class Group(Holder, frozen=True, kw_only=True):
    """A group has no tags and no boundary, and is never a principal."""

    INDEXES = ("attached", "unique_id")


class Role(Holder, frozen=True, kw_only=True):
    """``linked_to`` is the service principal of a service-linked role, else empty. ``max_session`` is in seconds.

    ``trust`` names users and roles by their unique ids: read it through :func:`shown_trust`.
    """

    INDEXES = ("attached", "boundary", "unique_id")

    trust: str
    description: str | None = None
    max_session: int = 3600
    linked_to: str = ""
    last_used: tuple[Instant, str] | None = None
    """When and in which Region its credentials last made a call."""


class AccessKey(Discreet, Record, frozen=True, kw_only=True):
    """A user's long-term key; ``id`` is the access key id, ``user`` the id of its user's record."""

    INDEXES = ("id", "user")
    HIDDEN = ("secret",)

    user: str
    secret: str
    status: Literal["Active", "Inactive"] = "Active"
    created: Instant
    last_used: tuple[Instant, str, str] | None = None
    """When, for which service and in which Region it last signed a call."""


class Session(Discreet, Record, frozen=True, kw_only=True):
    """Temporary credentials; ``id`` is the access key id.

    ``owner`` is the unique id of the role or user behind them (the account, for root's own), ``role`` the id of the role's
    record, ``name`` the session's or the federated user's name (for root's own: the partition). ``policy`` is an inline
    session policy, ``policy_arns`` are those of managed ones, which are looked up at each call (observed).
    """

    INDEXES = ("id", "owner", "role")
    HIDDEN = ("secret", "token")

    kind: Literal["role", "user", "federated", "root"] = "role"
    owner: str
    role: str = ""
    name: str = ""
    secret: str
    token: str
    issued: Instant
    expires: Instant
    invoked_by: str = ""
    policy: str = ""
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()
    """Keys of the tags that a session which this one opens has as well."""
    source_identity: str = ""


class PolicyEdit(Record, frozen=True, kw_only=True):
    """A test world's own text of an AWS managed policy (``id``: its ARN), made through the control API."""

    document: str


class PolicyVersion(Struct, frozen=True):
    id: str
    document: str
    created: Instant


class ManagedPolicy(Struct, frozen=True, kw_only=True):
    """A managed policy: AWS's, which every partition has, or that of the account ``owner`` in ``partition``.

    ``version`` is the id of the default version.
    """

    name: str
    path: str
    id: str
    versions: tuple[PolicyVersion, ...]
    version: str
    created: Instant
    updated: Instant
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: str = "aws"
    partition: str = ""

    def arn(self, partition: str) -> str:
        return f"arn:{self.partition or partition}:iam::{self.owner}:policy{self.path}{self.name}"

    @property
    def document(self) -> str:
        """The text of the default version."""
        return next(version.document for version in self.versions if version.id == self.version)

    @property
    def is_for_services(self) -> bool:
        """Whether only a service-linked role may have it."""
        return self.path == "/aws-service-role/"


class CustomerPolicy(Record, frozen=True, kw_only=True):
    """A customer managed policy; ``id`` is its name in lower case. ``made`` counts its versions, the deleted ones included."""

    policy: ManagedPolicy
    made: int = 1


WITH_POLICIES: tuple[type[Record], ...] = (User, Group, Role, CustomerPolicy, PolicyEdit)
"""The records that policies are in, and tags of principals."""


class InstanceProfile(Record, frozen=True, kw_only=True):
    """What hands a role to instances. ``id`` is the name in lower case, ``role`` the role's unique id or empty."""

    INDEXES = ("role",)

    name: str
    path: str
    unique_id: str
    arn: str
    created: Instant
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""


class Held(Struct, frozen=True):
    """A policy that counts for somebody, and the user, role or group that it hangs on. ``arn`` is empty of an inline one."""

    holder: User | Role | Group
    name: str
    arn: str
    document: str


# Principals ----------------------------------------------------------------------------------------------------------


def root(account: str, partition: str = "aws") -> Principal:
    return Principal("root", account, f"arn:{partition}:iam::{account}:root", account)


def service(name: str, account: str) -> Principal:
    """An AWS service that calls as itself, for resources of ``account``."""
    return Principal("service", account, name, name, invoked_by=name)


def find_access_key(world: World, key_id: str) -> AccessKey | None:
    return next(iter(world.store.find(AccessKey, id=key_id)), None)


def find_session(world: World, key_id: str) -> Session | None:
    return next(iter(world.store.find(Session, id=key_id)), None)


def find_user(world: World, unique_id: str) -> User | None:
    return next(iter(world.store.find(User, unique_id=unique_id)), None)


def of_access_key(world: World, key: AccessKey) -> Principal | None:
    """The user behind a key."""
    user = world.store.get(User, (key.account, "", key.user))
    return Principal("user", user.account, user.arn, user.unique_id, user.arn, key_id=key.id) if user else None


def of_session(world: World, session: Session) -> Principal | None:
    """The principal of a session; None when its role or user is gone (one made again under the name is another)."""
    if session.kind == "root":
        partition = session.name
        return replace(root(session.account, partition), issued_at=session.issued, key_id=session.id)
    if session.kind == "role":
        return _of_role_session(world, session)
    user = find_user(world, session.owner)
    if user is None:
        return None
    mine = Principal("user", user.account, user.arn, user.unique_id, user.arn, session.issued, key_id=session.id)
    if session.kind == "user":
        return mine
    arn = f"arn:{user.arn.split(':')[1]}:sts::{user.account}:federated-user/{session.name}"
    return replace(mine, kind="session", arn=arn, id=f"{user.account}:{session.name}")


def _of_role_session(world: World, session: Session) -> Principal | None:
    role = world.store.get(Role, (session.account, "", session.role))
    if role is None or role.unique_id != session.owner:
        return None
    arn = f"arn:{role.arn.split(':')[1]}:sts::{role.account}:assumed-role/{role.name}/{session.name}"
    return Principal(
        "session",
        role.account,
        arn,
        f"{role.unique_id}:{session.name}",
        role.arn,
        session.issued,
        session.invoked_by,
        key_id=session.id,
    )


def is_federated(principal: Principal) -> bool:
    """Whether it is a session of sts:GetFederationToken."""
    return principal.kind == "session" and ":federated-user/" in principal.arn


def session_of(world: World, principal: Principal) -> Session | None:
    """The session whose credentials the principal uses."""
    return find_session(world, principal.key_id) if principal.issued_at is not None else None


def holder(world: World, principal: Principal) -> User | Role | None:
    """The user or role whose policies count for the principal."""
    found = named(world, principal.entity) if principal.entity else None
    is_same = is_federated(principal) or (found is not None and found.unique_id == principal.id.split(":")[0])
    return found if is_same else None


def named(world: World, arn: str) -> User | Role | None:
    """The user or role of an ARN, exactly as it is spelt there."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    kind: type[User] | type[Role] = User if parts[5].startswith("user/") else Role
    found = world.store.get(kind, (parts[4], "", parts[5].rsplit("/", 1)[-1].lower()))
    return found if found and found.arn == arn else None


def tags_of(world: World, principal: Principal) -> Mapping[str, str]:
    """A principal's tags; one of the session takes the place of one of the role or user whose key differs in case only."""
    owner, session = holder(world, principal), session_of(world, principal)
    own = owner.tags if owner else {}
    if session is None or not session.tags:
        return own
    replaced = {key.lower() for key in session.tags}
    return {**{key: value for key, value in own.items() if key.lower() not in replaced}, **session.tags}


# Policies ------------------------------------------------------------------------------------------------------------


def managed_policy(world: World, arn: str) -> ManagedPolicy | None:
    """The AWS managed policy of an ARN; one of a customer's account is none, whatever its name."""
    parts = arn.split(":", 5)
    return world.managed.get(parts[-1]) if parts[4:5] == ["aws"] else None


def find_policy(world: World, arn: str) -> ManagedPolicy | None:
    """The managed policy of an ARN, AWS's or a customer's."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[4] == "aws":
        return managed_policy(world, arn)
    record = world.store.get(CustomerPolicy, (parts[4], "", parts[5].rsplit("/", 1)[-1].lower()))
    return record.policy if record and record.policy.arn("") == arn else None


def document(world: World, account: str, policy: ManagedPolicy, partition: str) -> str:
    """The text of a managed policy as the account sees it."""
    edit = world.store.get(PolicyEdit, (account, "", policy.arn(partition)))
    return edit.document if edit else policy.document


def held(world: World, owner: User | Role | Group) -> Iterator[Held]:
    """The policies of a user, role or group: inline ones by name, attached ones in order, then those of a user's groups."""
    for name in sorted(owner.inline):
        yield Held(owner, name, "", owner.inline[name])
    for arn in owner.attached:
        policy = find_policy(world, arn)
        if policy is not None:
            yield Held(owner, policy.name, arn, document(world, owner.account, policy, arn.split(":")[1]))
    for group in groups_of(world, owner) if isinstance(owner, User) else ():
        yield from held(world, group)


def groups_of(world: World, user: User) -> Iterator[Group]:
    """A user's groups, in the order in which it joined them."""
    for unique_id in user.groups:
        yield from world.store.find(Group, unique_id=unique_id)


def sources(world: World, principal: Principal) -> Iterator[Source]:
    """What a principal brings to a decision: identity-based policies, then its boundary, then its session's policies."""
    owner = holder(world, principal)
    if owner is not None:
        for one in held(world, owner):
            label = f"{one.name} of group {one.holder.name}" if isinstance(one.holder, Group) else one.name
            yield Source("identity-based policy", label, parse(one.document, "identity"))
        if owner.boundary:
            yield _limit(world, "permissions boundary", owner.account, owner.boundary)
    session = session_of(world, principal)
    if session is not None:
        yield from _session_policies(world, session)


def _session_policies(world: World, session: Session) -> Iterator[Source]:
    """A federated user without any has no permissions: an empty policy says so."""
    if session.policy:
        yield Source("session policy", "the inline session policy", parse(session.policy, "session"))
    for arn in session.policy_arns:
        yield _limit(world, "session policy", session.account, arn)
    if session.kind == "federated" and not session.policy and not session.policy_arns:
        yield Source("session policy", "no session policy", _NOTHING)


_NOTHING = Policy("2012-10-17", ())
"""A policy that allows nothing."""


def _limit(world: World, kind: Literal["permissions boundary", "session policy"], account: str, arn: str) -> Source:
    """A managed policy as a limit; one that is gone allows nothing."""
    policy = find_policy(world, arn)
    if policy is None:
        return Source(kind, arn, _NOTHING)
    return Source(kind, policy.name, parse(document(world, account, policy, arn.split(":")[1]), "identity"))
