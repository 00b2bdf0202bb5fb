"""AWS managed policies, as far as their documents are known exactly: see :mod:`emulator.services.managed`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.engine import identity
from emulator.engine.identity import ManagedPolicy, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.documents import encoded
from emulator.services.iam.errors import invalid_arn, no_such_policy, no_such_policy_version
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.values.call import Call, Need


def get_policy(world: World, call: Call, *, PolicyArn: str) -> Result:
    policy = _find(world, call, PolicyArn)
    return {"Policy": {**_shown(world, call, policy), "Tags": []}}


def get_policy_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need("iam:GetPolicy", call.params["PolicyArn"], shown=f"policy {call.params['PolicyArn']}")


def get_policy_version(world: World, call: Call, *, PolicyArn: str, VersionId: str) -> Result:
    """Only the default version: older ones are history that nothing here evaluates."""
    policy = _find(world, call, PolicyArn)
    if policy.version != VersionId:
        raise no_such_policy_version(PolicyArn, VersionId)
    return {
        "PolicyVersion": {
            "Document": encoded(identity.document(world, call.account, policy, call.partition)),
            "VersionId": policy.version,
            "IsDefaultVersion": True,
            "CreateDate": policy.updated,
        }
    }


def get_policy_version_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need("iam:GetPolicyVersion", call.params["PolicyArn"], shown=f"policy {call.params['PolicyArn']}")


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
    """``PolicyUsageFilter`` counts only together with ``OnlyAttached`` (observed); nothing here is used as a boundary."""
    policies = [] if Scope == "Local" else [one for one in world.managed.values() if one.path.startswith(PathPrefix)]
    if OnlyAttached:
        policies = [one for one in policies if PolicyUsageFilter != "PermissionsBoundary" and _attachments(world, call, one)]
    return listed(
        "Policies", policies, Marker, MaxItems, by=lambda one: one.arn(call.partition), show=lambda one: _shown(world, call, one)
    )


def list_policies_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListPolicies", "*")


def look_up_policy(world: World, call: Call, arn: str) -> ManagedPolicy | None:
    """The AWS managed policy of an ARN, in the caller's partition. Raises ValidationError when it is no ARN at all."""
    if not arn.startswith("arn:") or len(arn.split(":")) < 6:
        raise invalid_arn()
    policy = identity.managed_policy(world, arn)
    return policy if policy and policy.arn(call.partition) == arn else None


def _find(world: World, call: Call, arn: str) -> ManagedPolicy:
    policy = look_up_policy(world, call, arn)
    if policy is None:
        raise no_such_policy(arn)
    return policy


def _attachments(world: World, call: Call, policy: ManagedPolicy) -> int:
    arn = policy.arn(call.partition)
    return sum(len(list(world.store.find(kind, call.account, "", attached=arn))) for kind in (User, Role))


def _shown(world: World, call: Call, policy: ManagedPolicy) -> dict[str, Any]:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn(call.partition),
        "Path": policy.path,
        "DefaultVersionId": policy.version,
        "AttachmentCount": _attachments(world, call, policy),
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": policy.updated,
    }
