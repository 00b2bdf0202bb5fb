"""What AWS has no call for: policy texts for tests, control policies, sessions of the service-linked role, metric counts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from emulator.control.body import Account, Body, Region, body, query
from emulator.control.seed import Organization
from emulator.engine.world import World
from emulator.services.logs import metric_matches
from emulator.values.clock import iso8601


class ManagedPolicyEdit(Body):
    """``PUT managed-policy``: an account's own text of an AWS managed policy; ``null`` gives AWS's back."""

    account: Account
    arn: str
    document: dict[str, Any] | None


class OrganizationChange(Organization):
    """``PUT organization``: the control policies (name → document) that an account is under, level by level from the root."""

    account: Account


class Place(Body):
    """``GET metric-filters``: where to look."""

    account: Account
    region: str = "us-east-1"


class ServiceSession(Body):
    """``POST service-session``: credentials of a service-linked role, which AWS never hands out."""

    account: Account
    region: Region = "us-east-1"
    service: str = "mq.amazonaws.com"


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/metric-filters")
    def metric_filters() -> Response:
        asked = query(Place)
        with world.lock:
            return jsonify(metricFilters=metric_matches(world, asked.account, asked.region))

    @routes.put("/managed-policy")
    def edit_managed_policy() -> Response:
        edit = body(ManagedPolicyEdit)
        text = None if edit.document is None else jsonify(edit.document).get_data(as_text=True)
        world.edit_managed_policy(edit.account, edit.arn, text)
        return jsonify({})

    @routes.put("/organization")
    def change_organization() -> Response:
        change = body(OrganizationChange)
        change.bind(world, change.account)
        return jsonify({})

    @routes.post("/service-session")
    def service_session() -> Response:
        asked = body(ServiceSession)
        role = world.linked_role(asked.service)
        if role is None:
            raise ValueError(f"no service-linked role of {asked.service}")
        with world.lock:
            world.journal.write("control", f"credentials of {role.name}", account=asked.account, region=asked.region)
            session = world.session_of(role, asked.account, asked.region)
        return jsonify(
            AccessKeyId=session.id,
            SecretAccessKey=session.secret,
            SessionToken=session.token,
            Expiration=iso8601(session.expires),
        )
