"""Which services somebody may use, and when that last happened: reports made from the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from emulator.engine import identity
from emulator.engine.identity import Group, Held, Role, User
from emulator.engine.journal import Entry
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.policy.match import glob, wild
from emulator.services.iam.errors import no_such_report, no_such_reported_arn, unreportable_arn
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.values.call import Call, Need
from emulator.values.clock import Instant
from emulator.values.errors import not_implemented
from emulator.values.record import Record

SERVICES = {
    "ec2": "Amazon EC2",
    "iam": "AWS Identity and Access Management",
    "logs": "Amazon CloudWatch Logs",
    "mq": "Amazon MQ",
    "sts": "AWS Security Token Service",
}
"""The services that a report can name: those of this emulator."""


class Use(Struct, frozen=True, kw_only=True):
    """The last call of a user or role to a service."""

    service: str
    when: Instant
    region: str
    arn: str
    name: str
    kind: str
    unique_id: str
    path: str


class AccessReport(Record, frozen=True, kw_only=True):
    """What was known when it was asked for. ``id`` is the job's; it is completed at once."""

    arn: str
    created: Instant
    services: tuple[str, ...]
    uses: tuple[Use, ...]


def generate_service_last_accessed_details(world: World, call: Call, *, Arn: str, Granularity: str = "SERVICE_LEVEL") -> Result:
    if Granularity != "SERVICE_LEVEL":
        raise not_implemented("The granularity ACTION_LEVEL of iam:GenerateServiceLastAccessedDetails")
    policies, users = _scope(world, call, Arn)
    services = tuple(name for name in SERVICES if any(grants(text, name) for text in policies))
    report = AccessReport(
        account=call.account,
        region="",
        id=world.ids.uuid(),
        arn=Arn,
        created=world.clock.now(),
        services=services,
        uses=tuple(use for user in users for use in _uses(world, user, services)),
    )
    world.store.put(report)
    return {"JobId": report.id}


def generate_service_last_accessed_details_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, call.params["Arn"])


def get_service_last_accessed_details(
    world: World, call: Call, *, JobId: str, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    report = _find(world, call, JobId)
    page = listed("ServicesLastAccessed", report.services, Marker, MaxItems, by=str, show=lambda name: _service(report, name))
    return {**_job(report), "JobType": "SERVICE_LEVEL", **page}


def get_service_last_accessed_details_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def get_service_last_accessed_details_with_entities(
    world: World,
    call: Call,
    *,
    JobId: str,
    ServiceNamespace: str,
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    report = _find(world, call, JobId)
    uses = [use for use in report.uses if use.service == ServiceNamespace]
    page = listed("EntityDetailsList", uses, Marker, MaxItems, by=lambda use: use.arn, show=_entity)
    return {**_job(report), **page}


def get_service_last_accessed_details_with_entities_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_policies_granting_service_access(
    world: World, call: Call, *, Arn: str, ServiceNamespaces: list[str], Marker: str | None = None
) -> Result:
    """For each service, the policies that allow something of it; a user's groups count."""
    holder = _holder(world, call, Arn)
    policies = list(identity.held(world, holder))
    rows = [
        {
            "ServiceNamespace": service,
            "Policies": [_granting(held) for held in policies if grants(held.document, service)],
        }
        for service in ServiceNamespaces
    ]
    return listed(
        "PoliciesGrantingServiceAccess", rows, Marker, PAGE_SIZE, by=lambda row: str(row["ServiceNamespace"]), show=dict
    )


def list_policies_granting_service_access_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, call.params["Arn"])


# What is granted -----------------------------------------------------------------------------------------------------


def grants(text: str, service: str) -> bool:
    """Whether a document allows anything of a service, conditions and denials left aside."""
    raw = json.loads(text)["Statement"]
    statements = raw if isinstance(raw, list) else [raw]
    return any(_allows(statement, service) for statement in statements)


def _allows(statement: dict[str, Any], service: str) -> bool:
    if statement["Effect"] != "Allow":
        return False
    if "NotAction" in statement:
        return not any(text.lower() in {"*", "*:*", f"{service}:*"} for text in _as_list(statement["NotAction"]))
    vendors = (text.partition(":")[0].lower() for text in _as_list(statement["Action"]))
    return any(glob(wild(vendor))(service) for vendor in vendors)


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _granting(held: Held) -> dict[str, Any]:
    """The holder is named for inline policies alone."""
    if held.arn:
        return {"PolicyName": held.name, "PolicyType": "MANAGED", "PolicyArn": held.arn}
    kind = type(held.holder).__name__.upper()
    return {"PolicyName": held.name, "PolicyType": "INLINE", "EntityType": kind, "EntityName": held.holder.name}


# Whom a report is about ----------------------------------------------------------------------------------------------


def _scope(world: World, call: Call, arn: str) -> tuple[list[str], list[User | Role]]:
    """The documents that count, and the users and roles that they count for."""
    policy = identity.find_policy(world, arn)
    if policy is not None:
        document = identity.document(world, call.account, policy, call.partition)
        return [document], list(_with_policy(world, call, arn))
    holder = _holder(world, call, arn)
    documents = [held.document for held in identity.held(world, holder)]
    if isinstance(holder, Group):
        return documents, list(world.store.find(User, call.account, "", groups=holder.unique_id))
    return documents, [holder]


def _with_policy(world: World, call: Call, arn: str) -> Iterable[User | Role]:
    yield from world.store.find(Role, call.account, "", attached=arn)
    groups = {group.unique_id for group in world.store.find(Group, call.account, "", attached=arn)}
    for user in world.store.find(User, call.account, ""):
        if arn in user.attached or groups & set(user.groups):
            yield user


def _holder(world: World, call: Call, arn: str) -> User | Role | Group:
    """The user, role or group of an ARN of the caller's account."""
    kind, _, rest = arn.split(":", 5)[-1].partition("/")
    if kind not in {"user", "role", "group", "policy"}:
        raise unreportable_arn(arn)
    name = rest.rsplit("/", 1)[-1].lower()
    group = world.store.get(Group, (call.account, "", name)) if kind == "group" else None
    found = group or identity.named(world, arn)
    if found is None or found.arn != arn or found.account != call.account:
        raise no_such_reported_arn(arn)
    return found


# When it happened ----------------------------------------------------------------------------------------------------


def _uses(world: World, holder: User | Role, services: tuple[str, ...]) -> Iterator[Use]:
    """The last call to each service; one that was denied is an attempt and counts."""
    last: dict[str, Entry] = {}
    for entry in world.journal.select(account=holder.account):
        if entry.kind == "call" and entry.at >= holder.created and _is_of(entry.principal, holder):
            last[entry.title.split(":")[0]] = entry
    for service in services:
        if service in last:
            yield Use(
                service=service,
                when=last[service].at,
                region=last[service].region,
                arn=holder.arn,
                name=holder.name,
                kind=type(holder).__name__.upper(),
                unique_id=holder.unique_id,
                path=holder.path,
            )


def _is_of(principal: str, holder: User | Role) -> bool:
    if isinstance(holder, User):
        return principal == holder.arn
    return principal.split(":", 5)[-1].startswith(f"assumed-role/{holder.name}/")


def _find(world: World, call: Call, job: str) -> AccessReport:
    report = world.store.get(AccessReport, (call.account, "", job))
    if report is None:
        raise no_such_report()
    return report


def _job(report: AccessReport) -> dict[str, Any]:
    return {"JobStatus": "COMPLETED", "JobCreationDate": report.created, "JobCompletionDate": report.created}


def _service(report: AccessReport, service: str) -> dict[str, Any]:
    uses = [use for use in report.uses if use.service == service]
    last = max(uses, key=lambda use: use.when, default=None)
    return {
        "ServiceName": SERVICES[service],
        "ServiceNamespace": service,
        "LastAuthenticated": last.when if last else None,
        "LastAuthenticatedEntity": last.arn if last else None,
        "LastAuthenticatedRegion": last.region if last else None,
        "TotalAuthenticatedEntities": len(uses),
    }


def _entity(use: Use) -> dict[str, Any]:
    info = {"Arn": use.arn, "Name": use.name, "Type": use.kind, "Id": use.unique_id, "Path": use.path}
    return {"EntityInfo": info, "LastAuthenticated": use.when}
