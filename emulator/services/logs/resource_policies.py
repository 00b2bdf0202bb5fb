"""Resource policies: which AWS services may write logs into an account, or into one log group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.policy.document import MalformedPolicyError, parse
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup, ResourcePolicy, find_group, milliseconds
from emulator.values.call import Call, Need
from emulator.values.page import page

MOST_POLICIES = 10
"""Of an account in a Region, beside one for each log group (documented)."""


class _Target(Struct, frozen=True):
    """Whose policy a call is about: the account's of a name, or a group's."""

    name: str
    group: LogGroup | None

    @property
    def id(self) -> str:
        return f"group:{self.group.id}" if self.group else f"account:{self.name}"


def put_resource_policy(
    world: World,
    call: Call,
    *,
    policyName: str | None = None,
    policyDocument: str | None = None,
    resourceArn: str | None = None,
    expectedRevisionId: str | None = None,
) -> Result:
    """A policy of a group has a revision that an update must name; one of the account has none (observed)."""
    target = _target(world, call, policyName, resourceArn)
    _check_document(policyDocument)
    old = world.store.get(ResourcePolicy, (call.account, call.region, target.id))
    if target.group is not None:
        _check_revision(old, expectedRevisionId)
    elif old is None and world.store.count(ResourcePolicy, call.account, call.region, group="") >= MOST_POLICIES:
        raise errors.limit_exceeded()
    put = ResourcePolicy(
        account=call.account,
        region=call.region,
        id=target.id,
        name=target.name,
        group=target.group.id if target.group else "",
        document=policyDocument or "",
        updated=milliseconds(world),
        revision=old.revision + 1 if old else 1,
    )
    world.store.put(put)
    revision = {"revisionId": str(put.revision)} if put.group else {}
    return {"resourcePolicy": _shown(call, put), **revision}


def put_resource_policy_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def describe_resource_policies(
    world: World,
    call: Call,
    *,
    resourceArn: str | None = None,
    policyScope: str = "ACCOUNT",
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    """By name. Those of groups are shown only when they are asked for (observed)."""
    if policyScope == "ACCOUNT" and resourceArn is not None:
        raise errors.arn_without_scope()
    group = _group(world, call, resourceArn).id if resourceArn is not None else None
    found = [
        policy
        for policy in world.store.find(ResourcePolicy, call.account, call.region)
        if bool(policy.group) == (policyScope == "RESOURCE") and group in {None, policy.group}
    ]
    found.sort(key=lambda policy: policy.id)
    chosen, token = page(found, lambda policy: policy.id, nextToken, limit, errors.bad_list_token)
    shown = [{**_shown(call, policy), **({"revisionId": str(policy.revision)} if policy.group else {})} for policy in chosen]
    return {"resourcePolicies": shown, **({"nextToken": token} if token else {})}


def describe_resource_policies_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def delete_resource_policy(
    world: World,
    call: Call,
    *,
    policyName: str | None = None,
    resourceArn: str | None = None,
    expectedRevisionId: str | None = None,
) -> Result:
    target = _target(world, call, policyName, resourceArn)
    if target.group is not None and expectedRevisionId is None:
        raise errors.revision_malformed()
    policy = world.store.get(ResourcePolicy, (call.account, call.region, target.id))
    if policy is None:
        raise errors.no_such_policy(policyName)
    if target.group is not None:
        _check_revision(policy, expectedRevisionId)
    world.store.delete(policy)
    return {}


def delete_resource_policy_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def _target(world: World, call: Call, name: str | None, arn: str | None) -> _Target:
    if name is not None and arn is not None:
        raise errors.policy_name_and_arn()
    if not name and arn is None:
        raise errors.no_policy_named()
    return _Target(name or "", _group(world, call, arn) if arn is not None else None)


def _group(world: World, call: Call, arn: str) -> LogGroup:
    if not arn.startswith(f"arn:{call.partition}:logs:") or arn.split(":", 5)[5:] == [] or ":log-group:" not in arn:
        raise errors.policy_arn_malformed()
    group = find_group(world, call, arn)
    if group is None:
        raise errors.no_such_group()
    return group


def _check_document(document: str | None) -> None:
    try:
        parse(document or "", "resource")
    except MalformedPolicyError:
        raise errors.policy_malformed() from None


def _check_revision(old: ResourcePolicy | None, expected: str | None) -> None:
    if expected is not None and not (expected.isascii() and expected.isdigit() and int(expected) > 0):
        raise errors.revision_malformed()
    if (expected or None) != (str(old.revision) if old else None):
        raise errors.conflict()


def _shown(call: Call, policy: ResourcePolicy) -> dict[str, Any]:
    shown: dict[str, Any] = {"policyDocument": policy.document, "lastUpdatedTime": policy.updated}
    if policy.group:
        return {**shown, "policyScope": "RESOURCE", "resourceArn": call.arn(f"log-group:{policy.group}")}
    return {"policyName": policy.name, **shown, "policyScope": "ACCOUNT"}
