"""``brokers``: what there is of a broker: its state, its plans, and all that belongs to it in the account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from flask import Blueprint, Response, jsonify
from pydantic import Field

from emulator.control.body import query
from emulator.control.plan_runs import due_of, running_of, runs
from emulator.control.scope import Scope, Scoped, asked_scope, look, resolved
from emulator.engine.identity import Role
from emulator.engine.world import World
from emulator.services.mq.broker import LINKED_ROLE, MOVES, Broker
from emulator.services.mq.broker_view import description
from emulator.values.clock import iso8601
from emulator.values.errors import AwsError

MOST_BROKERS = 500
"""In one answer."""


class BrokersQuery(Scoped):
    """``GET brokers``: those of an account and Region, oldest first; ``skip`` so many, ``limit`` to so many."""

    skip: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_BROKERS)] = 100


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/brokers")
    def list_brokers() -> Response:
        asked = query(BrokersQuery)
        with world.lock:
            world.settle()
            return jsonify(brokers(world, resolved(world, asked), asked.skip, asked.limit))

    @routes.get("/brokers/<broker_id>")
    def show_broker(broker_id: str) -> Response:
        with world.lock:
            world.settle()
            return jsonify(broker(world, asked_scope(world), broker_id))


def brokers(world: World, scope: Scope, skip: int, limit: int) -> dict[str, Any]:
    """A page of brokers, and how many there are. Call it under the world's lock, as all that follows."""
    found = list(world.store.find(Broker, scope.account, scope.region))
    return {"brokers": [_row(world, one) for one in found[skip : skip + limit]], "total": len(found)}


def _row(world: World, one: Broker) -> dict[str, Any]:
    shown = description(world, one)
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state,
        "engine": shown["EngineType"],
        "engineVersion": one.engine_version,
        "deploymentMode": one.deployment_mode,
        "instanceType": one.instance_type,
        "created": iso8601(one.created, millis=True),
        "ageSeconds": world.clock.now(one.account) - one.created,
        "failure": one.failure or None,
        "next": next_timer(world, one),
    }


def next_timer(world: World, one: Broker) -> dict[str, Any] | None:
    """The step of a plan that is due next for a broker; what repeats for ever comes after all else."""
    waiting = []
    for plan in world.plans.values():
        running = running_of(world, plan, one)
        due = due_of(world, running) if running else None
        if running is not None and due is not None:
            waiting.append((plan.repeats, due, plan.name, plan.steps[running.step].name))
    if not waiting:
        return None
    repeats, due, plan_name, step = min(waiting)
    wait = max(due - world.clock.now(one.account), 0.0)
    return {"plan": plan_name, "step": step, "due": iso8601(due, millis=True), "dueIn": wait, "repeats": repeats}


def broker(world: World, scope: Scope, broker_id: str) -> dict[str, Any]:
    """All of one broker; AwsError NotFoundException when the scope has none of this id."""
    one = world.store.get(Broker, (scope.account, scope.region, broker_id))
    if one is None:
        raise AwsError("NotFoundException", f"there is no broker {broker_id} in {scope.account}, {scope.region}")
    return {
        "account": scope.account,
        "region": scope.region,
        "broker": _row(world, one),
        "description": {**description(world, one), "Created": iso8601(one.created)},
        "moves": _moves(one),
        "nodes": list(one.nodes),
        "parts": _parts(world, scope, one),
        "plans": runs(world, one),
    }


def _moves(one: Broker) -> dict[str, dict[str, str]]:
    """The legal moves between its states, and why each is made. Only a broker of a pair can be a replica."""
    states = [state for state in MOVES if state != "REPLICA" or one.pairing]
    return {start: {end: why for end, why in MOVES[start].items() if end in states} for start in states}


# What belongs to it ------------------------------------------------------------------------------------------------


def _parts(world: World, scope: Scope, one: Broker) -> dict[str, Any]:
    """Everything as AWS's own describe operations show it."""

    def found(operation: str, key: str, ids: Iterable[str]) -> list[dict[str, Any]]:
        return _described(world, scope, operation, {"Name": key, "Values": list(ids)})

    subnets = found("Subnets", "subnet-id", one.subnet_ids)
    endpoints = found("VpcEndpoints", "vpc-endpoint-id", filter(None, [one.endpoint_id]))
    interfaces = [name for endpoint in endpoints for name in endpoint.get("NetworkInterfaceIds", ())]
    interfaces += [interface.id for interface in one.interfaces]
    role = world.store.get(Role, (scope.account, "", LINKED_ROLE.name.lower()))
    return {
        "vpcs": found("Vpcs", "vpc-id", sorted({subnet["VpcId"] for subnet in subnets} | set(filter(None, [one.vpc_id])))),
        "subnets": subnets,
        "securityGroups": found("SecurityGroups", "group-id", one.security_groups),
        "endpoints": endpoints,
        "interfaces": found("NetworkInterfaces", "network-interface-id", interfaces),
        "logGroups": _log_groups(world, scope, one),
        "role": {"name": role.name, "arn": role.arn} if role else None,
    }


def _described(world: World, scope: Scope, kind: str, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of some ids that there are: a filter, unlike a list of ids, takes no offence at what is gone."""
    found: list[dict[str, Any]] = look(world, scope, f"ec2:Describe{kind}", Filters=[chosen])[kind] if chosen["Values"] else []
    return [_plain(row) for row in found]


def _log_groups(world: World, scope: Scope, one: Broker) -> list[dict[str, Any]]:
    prefix = one.log_group("")
    groups = look(world, scope, "logs:DescribeLogGroups", logGroupNamePrefix=prefix)["logGroups"]
    return [
        {
            "name": group["logGroupName"],
            "storedBytes": group["storedBytes"],
            "streams": look(world, scope, "logs:DescribeLogStreams", logGroupName=group["logGroupName"])["logStreams"],
        }
        for group in groups
    ]


def _plain(value: Any, name: str = "") -> Any:
    """An answer as JSON has it: instants as text, and without what is empty."""
    if isinstance(value, dict):
        return {key: _plain(item, key) for key, item in value.items() if item not in (None, [], {})}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return iso8601(value) if isinstance(value, float) and name.endswith(("Time", "Timestamp")) else value
