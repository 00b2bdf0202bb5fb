"""The life of service-linked roles: made on request, deleted by a task once their service no longer uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from msgspec.structs import replace

from emulator.engine.identity import Role
from emulator.engine.service import LinkedRole, Result
from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.services.iam.errors import (
    invalid_task_id,
    no_custom_suffix,
    no_linked_role,
    no_such_deletion,
    not_a_service_role,
    service_role_taken,
)
from emulator.services.iam.roles import find_role, look_up_role, named, remove, role_need
from emulator.values.call import Call, Need
from emulator.values.record import Record

DELETION_TIME = 5.0
"""Seconds that a deletion task runs ("seconds", observed)."""

STILL_USED = "Resources managed by Amazon MQ still use this role. Delete the listed brokers and try again."
"""Why a deletion failed (our choice: MQ's own text is not recorded)."""

_TASK_ID = re.compile(r"task/(aws-service-role/[^/]+/[^/]+)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Deletion(Record, frozen=True, kw_only=True):
    """A deletion task; ``id`` is its task id, ``role`` the id of the role's record. ``usage``: Regions with ARNs."""

    INDEXES = ("role",)

    role: str
    status: Literal["IN_PROGRESS", "SUCCEEDED", "FAILED"] = "IN_PROGRESS"
    usage: tuple[tuple[str, tuple[str, ...]], ...] = ()


def create_service_linked_role(
    world: World,
    call: Call,
    *,
    AWSServiceName: str,
    Description: str | None = None,
    CustomSuffix: str | None = None,
) -> Result:
    """The answer has the trust policy in another form than later reads, and no description (observed)."""
    linked = world.linked_role(AWSServiceName)
    if linked is None or not linked.is_offered(call.region):
        raise no_linked_role(AWSServiceName)
    if CustomSuffix is not None:
        raise no_custom_suffix(AWSServiceName)
    if look_up_role(world, call, linked.name) is not None:
        raise service_role_taken(linked.name)
    role = Role(
        account=call.account,
        region="",
        id=linked.name.lower(),
        name=linked.name,
        path=linked.path,
        unique_id=world.ids.unique("AROA"),
        arn=call.arn(f"role{linked.path}{linked.name}", region=""),
        created=world.clock.now(),
        attached=(f"arn:{call.partition}:iam::aws:{linked.policy}",),
        trust=_document(_stored(linked.service)),
        description=Description,
        linked_to=linked.service,
    )
    world.store.put(role)
    return {"Role": named(world, role, trust=_document(_written(linked.service)))}


def create_service_linked_role_needs(world: World, call: Call) -> Iterator[Need]:
    """The future role's ARN; for a service that has no such role, one of the same form."""
    service = call.params["AWSServiceName"]
    linked = world.linked_role(service)
    name = linked.name if linked else f"AWSServiceRoleFor{service.split('.')[0].title()}"
    arn = call.arn(f"role/aws-service-role/{service}/{name}", region="")
    yield Need("iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": service})


def delete_service_linked_role(world: World, call: Call, *, RoleName: str) -> Result:
    """Starts a deletion task, or names the one that runs."""
    role = find_role(world, call, RoleName)
    if not role.linked_to:
        raise not_a_service_role(role.name)
    tasks = world.store.find(Deletion, call.account, "", role=role.id)
    task = next((one for one in tasks if one.status == "IN_PROGRESS"), None) or _start(world, role)
    return {"DeletionTaskId": task.id}


def delete_service_linked_role_needs(world: World, call: Call) -> Iterator[Need]:
    yield role_need(world, call)


def get_service_linked_role_deletion_status(world: World, call: Call, *, DeletionTaskId: str) -> Result:
    if not _TASK_ID.fullmatch(DeletionTaskId):
        raise invalid_task_id()
    task = world.store.get(Deletion, (call.account, "", DeletionTaskId))
    if task is None:
        raise no_such_deletion()
    return {"Status": task.status, "Reason": _reason(task) if task.status == "FAILED" else None}


def get_service_linked_role_deletion_status_needs(_world: World, call: Call) -> Iterator[Need]:
    """The role that the task id names; a malformed id is authorised on every role."""
    task = _TASK_ID.fullmatch(call.params["DeletionTaskId"])
    yield Need(call.action, call.arn(f"role/{task[1] if task else '*'}", region=""))


def finish_deletion(world: World, timer: Timer) -> None:
    """Ask the service whether anything still uses the role: it stays then, else it goes and its sessions die."""
    task = world.store.get(Deletion, (timer.account, "", timer.subject))
    role = world.store.get(Role, (timer.account, "", task.role)) if task else None
    linked = world.linked_role(role.linked_to) if role else None
    if task is None or role is None or linked is None:
        raise RuntimeError("a deletion task lost its role")
    usage = _usage(world, linked, role.account)
    done = replace(task, status="FAILED" if usage else "SUCCEEDED", usage=usage)
    world.store.put(done)
    if not usage:
        remove(world, role)
    world.journal.write("state", f"deletion of role {role.name}: {done.status}", account=role.account)


def _start(world: World, role: Role) -> Deletion:
    task = Deletion(
        account=role.account,
        region="",
        id=f"task{role.path}{role.name}/{world.ids.uuid()}",
        role=role.id,
    )
    world.store.put(task)
    world.after(DELETION_TIME, "iam.deletion", task)
    return task


def _usage(world: World, linked: LinkedRole, account: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    used = linked.usage(world, account)
    return tuple((region, tuple(sorted(used[region]))) for region in sorted(used) if used[region])


def _reason(task: Deletion) -> dict[str, Any]:
    return {
        "Reason": STILL_USED,
        "RoleUsageList": [{"Region": region, "Resources": list(arns)} for region, arns in task.usage],
    }


def _written(service: str) -> dict[str, Any]:
    return {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}


def _stored(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
