"""Managed policies as their readers see them: AWS's (see :mod:`emulator.services.managed`) and the account's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine import identity
from emulator.engine.identity import CustomerPolicy, Group, Holder, ManagedPolicy, PolicyVersion, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.documents import encoded
from emulator.services.iam.errors import (
    invalid_arn,
    no_such_boundary,
    no_such_policy,
    no_such_policy_version,
    service_policy_as_boundary,
)
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.values.call import Call, Keys, Need
from emulator.values.tags import resource_keys, to_list


def get_policy(world: World, call: Call, *, PolicyArn: str) -> Result:
    policy = find_policy(world, call, PolicyArn)
    more = {"Description": policy.description or None, "Tags": to_list(policy.tags)}
    return {"Policy": {**summary(world, call, policy), **more}}


def get_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def get_policy_version(world: World, call: Call, *, PolicyArn: str, VersionId: str) -> Result:
    policy = find_policy(world, call, PolicyArn)
    return {"PolicyVersion": shown_version(world, call, policy, find_version(policy, PolicyArn, VersionId))}


def get_policy_version_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def list_policy_versions(
    world: World, call: Call, *, PolicyArn: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    """Newest first, without their documents."""
    policy = find_policy(world, call, PolicyArn)

    def show(version: PolicyVersion) -> dict[str, Any]:
        return {**shown_version(world, call, policy, version), "Document": None}

    return listed("Versions", policy.versions, Marker, MaxItems, by=lambda one: f"{10**9 - int(one.id[1:])}", show=show)


def list_policy_versions_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def list_policies(
    world: World,
    call: Call,
    *,
    Scope: str = "All",
    OnlyAttached: bool = False,
    PathPrefix: str = "/",
    PolicyUsageFilter: str | None = None,
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    """``PolicyUsageFilter`` counts only together with ``OnlyAttached`` (observed)."""
    chosen = [] if Scope == "Local" else list(world.managed.values())
    if Scope != "AWS":
        chosen += own_policies(world, call)
    policies = [one for one in chosen if one.path.startswith(PathPrefix)]
    if OnlyAttached:
        policies = [one for one in policies if _is_used(world, call, one, PolicyUsageFilter)]
    return listed(
        "Policies", policies, Marker, MaxItems, by=lambda one: one.arn(call.partition), show=lambda one: summary(world, call, one)
    )


def list_policies_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListPolicies", "*")


# For the other modules -----------------------------------------------------------------------------------------------


def own_policies(world: World, call: Call) -> list[ManagedPolicy]:
    """The customer managed policies of the caller's account."""
    return [record.policy for record in world.store.find(CustomerPolicy, call.account, "")]


def look_up_policy(world: World, call: Call, arn: str) -> ManagedPolicy | None:
    """AWS's or the account's own policy of an ARN of the caller's partition. Raises ValidationError when it is no ARN at all."""
    if not arn.startswith("arn:") or len(arn.split(":")) < 6:
        raise invalid_arn()
    policy = identity.find_policy(world, arn)
    return policy if policy and policy.owner in {"aws", call.account} and policy.arn(call.partition) == arn else None


def find_policy(world: World, call: Call, arn: str) -> ManagedPolicy:
    policy = look_up_policy(world, call, arn)
    if policy is None:
        raise no_such_policy(arn)
    return policy


def find_version(policy: ManagedPolicy, arn: str, version_id: str) -> PolicyVersion:
    version = next((one for one in policy.versions if one.id == version_id), None)
    if version is None:
        raise no_such_policy_version(arn, version_id)
    return version


def checked_boundary(world: World, call: Call, arn: str) -> str:
    """The ARN of a policy that may be a permissions boundary."""
    policy = look_up_policy(world, call, arn)
    if policy is None:
        raise no_such_boundary(arn)
    if policy.is_for_services:
        raise service_policy_as_boundary()
    return arn


def shown_boundary(holder: Holder) -> dict[str, str] | None:
    """The structure in GetUser and GetRole; its type reads Policy, whatever the model says (observed)."""
    if not holder.boundary:
        return None
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": holder.boundary}


def boundary_key(arn: str | None) -> Keys:
    """iam:PermissionsBoundary, absent when there is none."""
    return {"iam:PermissionsBoundary": arn} if arn else {}


def policy_need(world: World, call: Call, keys: Keys | None = None) -> Need:
    """The call's action on the policy that it names."""
    arn = call.params["PolicyArn"]
    policy = identity.find_policy(world, arn)
    tags = resource_keys(policy.tags) if policy else {}
    return Need(call.action, arn, {**tags, **(keys or {})}, shown=f"policy {arn}")


def attachments(world: World, call: Call, policy: ManagedPolicy) -> int:
    arn = policy.arn(call.partition)
    return sum(world.store.count(kind, call.account, "", attached=arn) for kind in (User, Group, Role))


def boundary_uses(world: World, call: Call, policy: ManagedPolicy) -> int:
    arn = policy.arn(call.partition)
    return sum(world.store.count(kind, call.account, "", boundary=arn) for kind in (User, Role))


def _is_used(world: World, call: Call, policy: ManagedPolicy, usage: str | None) -> bool:
    as_policy = usage != "PermissionsBoundary" and attachments(world, call, policy)
    return bool(as_policy or (usage != "PermissionsPolicy" and boundary_uses(world, call, policy)))


def summary(world: World, call: Call, policy: ManagedPolicy) -> dict[str, Any]:
    """The Policy structure of a listing, which has neither description nor tags."""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn(call.partition),
        "Path": policy.path,
        "DefaultVersionId": policy.version,
        "AttachmentCount": attachments(world, call, policy),
        "PermissionsBoundaryUsageCount": boundary_uses(world, call, policy),
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
    }


def shown_version(world: World, call: Call, policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Any]:
    """The PolicyVersion structure; the default version of an edited AWS policy has the account's own text."""
    is_default = version.id == policy.version
    text = identity.document(world, call.account, policy, call.partition) if is_default else version.document
    return {
        "Document": encoded(text),
        "VersionId": version.id,
        "IsDefaultVersion": is_default,
        "CreateDate": version.created,
    }
