"""Operations on log streams."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors, timeline
from emulator.services.logs.figures import figures
from emulator.services.logs.log_group import group_need, milliseconds, oldest_kept, the_group
from emulator.services.logs.log_stream import LogStream, stream_key, streams_of, the_stream
from emulator.values.call import Call, Need


def create_log_stream(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    logStreamName: str,
) -> Result:
    group = the_group(world, call)
    account, region, identity = stream_key(group, logStreamName)
    if world.store.get(LogStream, (account, region, identity)) is not None:
        raise errors.stream_taken()
    now = milliseconds(world)
    world.store.put(LogStream(account=account, region=region, id=identity, group=group.id, name=logStreamName, created=now))
    return {}


def create_log_stream_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, call.params["logStreamName"])


def delete_log_stream(
    world: World,
    call: Call,
    *,
    logGroupName: str,  # noqa: ARG001  # the_group reads it
    logStreamName: str,
) -> Result:
    """A protected group keeps its streams too: protection blocks "all deletion operations" (documented)."""
    group = the_group(world, call)
    stream = the_stream(world, group, logStreamName)
    if group.is_protected:
        raise errors.group_protected()
    timeline.remove(world, stream)
    return {}


def delete_log_stream_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call, call.params["logStreamName"])


def describe_log_streams(
    world: World,
    call: Call,
    *,
    logGroupName: str | None = None,  # noqa: ARG001  # the_group reads it
    logGroupIdentifier: str | None = None,  # noqa: ARG001  # the_group reads it
    logStreamNamePrefix: str | None = None,
    orderBy: str = "LogStreamName",
    descending: bool = False,
    nextToken: str | None = None,
    limit: int = 50,
) -> Result:
    """By name, or by the time of the last event (a stream without events counts as the oldest; then by name)."""
    if orderBy == "LastEventTime" and logStreamNamePrefix is not None:
        raise errors.prefix_and_time_order()
    group = the_group(world, call)
    oldest = oldest_kept(group, milliseconds(world))
    streams = {
        ((timeline.last_event(stream, oldest) or 0) if orderBy == "LastEventTime" else 0, stream.name): stream
        for stream in streams_of(world, group)
        if stream.name.startswith(logStreamNamePrefix or "")
    }
    places = sorted(streams, reverse=descending)
    if nextToken is not None:
        last = _read_token(nextToken)
        places = [place for place in places if (place < last if descending else place > last)]
    result: Result = {"logStreams": [_shown(world, call, streams[place], oldest) for place in places[:limit]]}
    if len(places) > limit:
        result["nextToken"] = _write_token(places[limit - 1])
    return result


def describe_log_streams_needs(world: World, call: Call) -> Iterator[Need]:
    yield group_need(world, call)


def _write_token(place: tuple[int, str]) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}:{place[1]}".encode("utf-8", "surrogatepass")).decode()


def _read_token(token: str) -> tuple[int, str]:
    """The place after which a listing goes on: what comes or goes meanwhile shifts nothing."""
    try:
        time, _, name = base64.urlsafe_b64decode(token.encode()).decode("utf-8", "surrogatepass").partition(":")
        return int(time), name
    except (binascii.Error, ValueError):
        raise errors.bad_token() from None


def _shown(world: World, call: Call, stream: LogStream, oldest: int) -> dict[str, Any]:
    """storedBytes of a stream is always 0 since 2019 (documented)."""
    shown: dict[str, Any] = {"logStreamName": stream.name, "creationTime": stream.created}
    known = figures(world, stream, oldest)
    if known.first is not None:
        shown |= {"firstEventTimestamp": known.first, "lastEventTimestamp": known.last}
    if known.ingested is not None:
        shown |= {"lastIngestionTime": known.ingested, "uploadSequenceToken": stream.token}
    arn = call.arn(f"log-group:{stream.group}:log-stream:{stream.name}")
    return {**shown, "arn": arn, "storedBytes": 0}
