"""GetLogRecord: all fields of one event, by its pointer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.json_pattern import parse_object
from emulator.services.logs.log_group import LogGroup, milliseconds, oldest_kept
from emulator.services.logs.log_stream import LogStream, stream_key
from emulator.services.logs.log_tokens import event_id, position_of
from emulator.services.logs.timeline import segments
from emulator.values.call import Call, Need
from emulator.values.tags import resource_keys

MOST_FIELDS = 200
"""Fields that are found in a JSON event (documented of Insights)."""


def get_log_record(world: World, call: Call, *, logRecordPointer: str) -> Result:
    """Its pointer is what AWS's Insights queries answer as ``@ptr``; they are not here, :func:`record_pointer` makes one.

    The fields of a JSON object are shown under their paths, beside those whose names begin with ``@``.
    """
    named = _read(logRecordPointer)
    if named is None:
        raise errors.bad_pointer()
    group = world.store.get(LogGroup, (call.account, call.region, named[0]))
    stream = world.store.get(LogStream, stream_key(group, named[1])) if group else None
    if group is None or stream is None:
        raise errors.no_such_record()
    timestamp, number = position_of(named[2]) or (0, 0)
    window = (timestamp, number - 1), (timestamp, number + 1)
    found = next(segments(world, stream, window, "f"), None)
    if found is None or timestamp < oldest_kept(group, milliseconds(world)):
        raise errors.no_such_record()
    pack, (place, *_) = found
    message = pack.message(place)
    fields = {
        "@ingestionTime": str(pack.ingestion(place)),
        "@log": f"{call.account}:{group.id}",
        "@logStream": stream.name,
        "@message": message,
        "@ptr": logRecordPointer,
        "@timestamp": str(timestamp),
    }
    inner = list(_flat(parse_object(message) or {}, ""))[:MOST_FIELDS]
    return {"logRecord": {**dict(inner), **fields}}


def get_log_record_needs(world: World, call: Call) -> Iterator[Need]:
    """On the group of the pointer; on empty names when nothing can be read from it."""
    named = _read(call.params["logRecordPointer"])
    group = world.store.get(LogGroup, (call.account, call.region, named[0])) if named else None
    name = named[0] if named else ""
    yield Need(call.action, call.arn(f"log-group:{name}:log-stream:"), resource_keys(group.tags) if group else {})


def record_pointer(group: str, stream: str, event: str) -> str:
    """The pointer of an event: names of its group and stream, and its id as FilterLogEvents gives it."""
    return base64.urlsafe_b64encode("\n".join((group, stream, event)).encode("utf-8", "surrogatepass")).decode()


def _read(pointer: str) -> tuple[str, str, str] | None:
    try:
        group, stream, event = base64.b64decode(pointer.encode(), altchars=b"-_", validate=True).decode().split("\n")
    except (binascii.Error, ValueError):
        return None
    return (group, stream, event) if pointer == record_pointer(group, stream, event) and _is_id(event) else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and position_of(text) is not None and event_id(position_of(text) or (0, 0)) == text


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """The texts, numbers and booleans in a value, under their paths: ``a.b``, ``a.0``. What is null is no field."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, one in inner:
            yield from _flat(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, bool):
        yield path, "1" if value else "0"
    elif value is not None:
        yield path, str(value)
