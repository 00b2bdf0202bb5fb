"""``recording``: what clients ask while it is on, and who there was before."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify

from emulator.control.body import Body, body
from emulator.engine import identity, trust
from emulator.engine.recording import Recorded
from emulator.engine.world import World
from emulator.values.clock import iso8601


class Switch(Body):
    """``POST recording``: ``on`` starts a new one, off stops it."""

    on: bool


def add(routes: Blueprint, world: World) -> None:
    @routes.post("/recording")
    def switch() -> Response:
        if body(Switch).on:
            with world.lock:
                world.recording.start(principals(world))
        else:
            world.recording.stop()
        return jsonify({})

    @routes.get("/recording")
    def recording() -> Response:
        one = world.recording
        with world.lock:
            calls = [_shown(call) for call in one.calls]
            pace = world.pace_of(calls[0]["account"] if calls else "")
        return jsonify(on=one.is_on, full=one.is_full, pace=pace, before=one.before, calls=calls)


def _shown(call: Recorded) -> dict[str, Any]:
    who = call.principal
    return {
        "at": call.at,
        "time": iso8601(call.at, millis=True),
        "account": who.account,
        "region": call.region,
        "action": call.action,
        "principal": {"kind": who.kind, "arn": who.arn, "key": who.key_id, "service": who.invoked_by},
        "params": call.params,
        "result": json.loads(json.dumps(call.result, default=str)),
        "error": call.error or None,
    }


# Who there is, as a seed says it -----------------------------------------------------------------------------------


def principals(world: World) -> dict[str, Any]:
    """The users, groups, roles (but service-linked ones) and customer managed policies of every account, by account."""
    holders = [*world.store.find(identity.User), *world.store.find(identity.Group), *world.store.find(identity.Role)]
    owners = [*holders, *world.store.find(identity.CustomerPolicy)]
    return {account: _account(world, account) for account in sorted({record.account for record in owners})}


def _account(world: World, account: str) -> dict[str, Any]:
    policies = {one.policy.name: json.loads(one.policy.document) for one in world.store.find(identity.CustomerPolicy, account)}
    users = {user.name: _user(world, user) for user in world.store.find(identity.User, account)}
    groups = {group.name: _holder(group) for group in world.store.find(identity.Group, account)}
    roles = {role.name: _role(world, role) for role in world.store.find(identity.Role, account) if not role.linked_to}
    return {"policies": policies, "groups": groups, "users": users, "roles": roles}


def _holder(holder: identity.Holder) -> dict[str, Any]:
    said = {
        "path": holder.path if holder.path != "/" else None,
        "policies": {name: json.loads(text) for name, text in holder.inline.items()},
        "managed": list(holder.attached),
        "boundary": holder.boundary,
        "tags": dict(holder.tags),
    }
    return {name: value for name, value in said.items() if value}


def _user(world: World, user: identity.User) -> dict[str, Any]:
    groups = [group.name for group in identity.groups_of(world, user)]
    return _holder(user) | ({"groups": groups} if groups else {})


def _role(world: World, role: identity.Role) -> dict[str, Any]:
    longest = {"max_session": role.max_session} if role.max_session != 3600 else {}
    return {"trust": json.loads(trust.shown(world, role.trust)), **_holder(role), **longest}
