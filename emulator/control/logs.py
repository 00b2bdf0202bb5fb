"""``logs``: log groups with their streams, and the newest events of a group that match a filter pattern."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Response, jsonify
from pydantic import Field

from emulator.control.body import query
from emulator.control.scope import Scope, Scoped, look, resolved
from emulator.engine.world import World
from emulator.values.clock import iso8601

MOST_EVENTS = 500
"""In one answer."""


class GroupsQuery(Scoped):
    """``GET logs``: groups by name, those that begin with ``prefix``; ``token`` goes on from the page before."""

    prefix: str = ""
    token: str | None = None


class EventsQuery(Scoped):
    """``GET logs/events``: the newest events first, of one stream or all, that match ``pattern``."""

    group: str
    stream: str = ""
    pattern: str = ""
    token: str | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_EVENTS)] = 100


def add(routes: Blueprint, world: World) -> None:
    @routes.get("/logs")
    def list_groups() -> Response:
        asked = query(GroupsQuery)
        with world.lock:
            world.settle()
            return jsonify(groups(world, resolved(world, asked), asked))

    @routes.get("/logs/events")
    def list_events() -> Response:
        asked = query(EventsQuery)
        with world.lock:
            world.settle()
            return jsonify(events(world, resolved(world, asked), asked))


def groups(world: World, scope: Scope, asked: GroupsQuery) -> dict[str, Any]:
    """A page of groups. Call it under the world's lock. AwsError as DescribeLogGroups has it."""
    chosen = {"logGroupNamePrefix": asked.prefix} if asked.prefix else {}
    page = look(world, scope, "logs:DescribeLogGroups", nextToken=asked.token, **chosen)
    rows = [
        {
            "name": row["logGroupName"],
            "created": iso8601(row["creationTime"] / 1000),
            "retentionDays": row.get("retentionInDays"),
            "storedBytes": row["storedBytes"],
        }
        for row in page["logGroups"]
    ]
    return {"account": scope.account, "region": scope.region, "groups": rows, "next": page.get("nextToken")}


def events(world: World, scope: Scope, asked: EventsQuery) -> dict[str, Any]:
    """A page of events, newest first, and the group's streams. AwsError as FilterLogEvents has it, for a bad pattern too."""
    streams = look(world, scope, "logs:DescribeLogStreams", logGroupName=asked.group)["logStreams"]
    chosen: dict[str, Any] = {"logStreamNames": [asked.stream]} if asked.stream else {}
    page = look(
        world,
        scope,
        "logs:FilterLogEvents",
        logGroupName=asked.group,
        filterPattern=asked.pattern,
        limit=asked.limit,
        nextToken=asked.token,
        startFromHead=False,
        **chosen,
    )
    return {
        "account": scope.account,
        "region": scope.region,
        "group": asked.group,
        "streams": [stream["logStreamName"] for stream in streams],
        "events": [
            {"at": iso8601(row["timestamp"] / 1000, millis=True), "stream": row["logStreamName"], "message": row["message"]}
            for row in page["events"]
        ],
        "next": page.get("nextToken"),
    }
