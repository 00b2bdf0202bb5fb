"""Customer managed policies and their versions. AWS's own policies can be read and never written."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from emulator.engine.identity import CustomerPolicy, ManagedPolicy, PolicyVersion
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam import errors
from emulator.services.iam.documents import size, validate
from emulator.services.iam.managed_policies import (
    attachments,
    boundary_uses,
    find_policy,
    find_version,
    policy_need,
    summary,
)
from emulator.services.iam.quotas import MOST_VERSIONS, check_quota, check_room
from emulator.services.iam.tag_sets import checked
from emulator.values.call import Call, Need
from emulator.values.tags import Tag, from_list, request_keys, to_list


def create_policy(
    world: World,
    call: Call,
    *,
    PolicyName: str,
    PolicyDocument: str,
    Path: str = "/",
    Description: str | None = None,
    Tags: list[Tag] | None = None,
) -> Result:
    """Names are unique without regard to path and letter case. The answer has no description, even if one was sent."""
    if Path.lower().startswith("/aws-service-role/"):
        raise errors.reserved_path()
    _check_document(PolicyDocument)
    if world.store.get(CustomerPolicy, (call.account, "", PolicyName.lower())) is not None:
        raise errors.policy_taken(PolicyName)
    check_room(world, CustomerPolicy, call.account, "PoliciesPerAccount")
    now = world.clock.now()
    policy = ManagedPolicy(
        name=PolicyName,
        path=Path,
        id=world.ids.unique("ANPA"),
        versions=(PolicyVersion("v1", PolicyDocument, now),),
        version="v1",
        created=now,
        updated=now,
        description=Description,
        tags=checked(Tags or []),
        owner=call.account,
        partition=call.partition,
    )
    world.store.put(CustomerPolicy(account=call.account, region="", id=PolicyName.lower(), policy=policy))
    return {"Policy": {**summary(world, call, policy), "Tags": to_list(policy.tags) or None}}


def create_policy_needs(_world: World, call: Call) -> Iterator[Need]:
    """The requested path and name; tags are authorised a second time as iam:TagPolicy."""
    arn = call.arn(f"policy{call.params.get('Path', '/')}{call.params['PolicyName']}", region="")
    keys = request_keys(from_list(call.params.get("Tags")))
    yield Need("iam:CreatePolicy", arn, keys, shown=f"policy {call.params['PolicyName']}")
    if keys:
        yield Need("iam:TagPolicy", arn, keys, shown=f"policy {call.params['PolicyName']}")


def delete_policy(world: World, call: Call, *, PolicyArn: str) -> Result:
    """A policy that is attached, or limits somebody, or has other versions than the default one, stays."""
    record = own_policy(world, call, PolicyArn)
    if attachments(world, call, record.policy) or boundary_uses(world, call, record.policy):
        raise errors.policy_attached()
    if len(record.policy.versions) > 1:
        raise errors.policy_has_versions()
    world.store.delete(record)
    return {}


def delete_policy_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def create_policy_version(world: World, call: Call, *, PolicyArn: str, PolicyDocument: str, SetAsDefault: bool = False) -> Result:
    """Version numbers count up and are never used again."""
    record = own_policy(world, call, PolicyArn)
    _check_document(PolicyDocument)
    if len(record.policy.versions) >= MOST_VERSIONS:
        raise errors.too_many_versions(MOST_VERSIONS)
    made = record.made + 1
    version = PolicyVersion(f"v{made}", PolicyDocument, world.clock.now())
    policy = replace(record.policy, versions=(*record.policy.versions, version), updated=world.clock.now())
    if SetAsDefault:
        policy = replace(policy, version=version.id)
    world.store.put(replace(record, policy=policy, made=made))
    return {
        "PolicyVersion": {"VersionId": version.id, "IsDefaultVersion": SetAsDefault, "CreateDate": version.created},
    }


def create_policy_version_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def delete_policy_version(world: World, call: Call, *, PolicyArn: str, VersionId: str) -> Result:
    record = own_policy(world, call, PolicyArn)
    gone = find_version(record.policy, PolicyArn, VersionId)
    if gone.id == record.policy.version:
        raise errors.version_is_default()
    _change(world, record, versions=tuple(one for one in record.policy.versions if one.id != gone.id))
    return {}


def delete_policy_version_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def set_default_policy_version(world: World, call: Call, *, PolicyArn: str, VersionId: str) -> Result:
    """From the next call on, everybody who has the policy has this version of it."""
    record = own_policy(world, call, PolicyArn)
    _change(world, record, version=find_version(record.policy, PolicyArn, VersionId).id)
    return {}


def set_default_policy_version_needs(world: World, call: Call) -> Iterator[Need]:
    yield policy_need(world, call)


def own_policy(world: World, call: Call, arn: str) -> CustomerPolicy:
    """A policy of the account's own. AWS's belong to another account, which grants nobody anything on them."""
    policy = find_policy(world, call, arn)
    record = world.store.get(CustomerPolicy, (policy.owner, "", policy.name.lower()))
    if record is None:
        raise errors.not_your_policy(call.principal.arn, call.action, arn)
    return record


def _change(world: World, record: CustomerPolicy, **fields: object) -> None:
    policy = replace(record.policy, **fields)
    world.store.put(replace(record, policy=policy))


def _check_document(text: str) -> None:
    validate(text, "identity")
    check_quota("PolicySize", size([text]))
