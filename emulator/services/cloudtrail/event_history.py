"""LookupEvents: the journal's calls as CloudTrail shows them, newest first. The journal is the one source of truth."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from emulator.engine.journal import Entry
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.cloudtrail import errors
from emulator.services.cloudtrail.event_record import Event, LookupAttribute, is_event
from emulator.values.call import Call, Need
from emulator.values.clock import Instant

LIFE = 90 * 24 * 3600
"""Seconds for which the event history keeps an event (documented)."""


def lookup_events(
    world: World,
    call: Call,
    *,
    LookupAttributes: list[LookupAttribute] | None = None,
    StartTime: Instant | None = None,
    EndTime: Instant | None = None,
    MaxResults: int = 50,
    NextToken: str | None = None,
) -> Result:
    now = world.clock.now()
    start, end = max(StartTime or 0, now - LIFE), now if EndTime is None else EndTime
    attributes = LookupAttributes or []
    if len(attributes) > 1:
        raise errors.more_than_one_attribute()
    if StartTime is not None and EndTime is not None and StartTime > EndTime:
        raise errors.start_after_end()
    before = _entry_of(NextToken, call.params) if NextToken is not None else None
    entries = (entry for entry in _entries(world, call, before) if int(start) <= int(entry.at) <= end)
    events = (Event(world, entry) for entry in entries)
    found = (event for event in events if event.region == call.region and all(map(event.has, attributes)))
    page = list(islice(found, MaxResults + 1))
    more = _token(page[MaxResults - 1].entry.id, call.params) if len(page) > MaxResults else None
    return {"Events": [event.summary() for event in page[:MaxResults]], "NextToken": more}


def lookup_events_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("cloudtrail:LookupEvents", "*")


def _entries(world: World, call: Call, before: int | None) -> Iterator[Entry]:
    """The account's events, newest first; the call that asks is not over yet and none of them."""
    last = before or world.journal.current or 0
    for entry in reversed(world.journal.select(account=call.account)):
        if entry.id < last and is_event(entry):
            yield entry


def _token(last: int, params: Mapping[str, Any]) -> str:
    """After which entry to go on, for the same question only (documented)."""
    return base64.urlsafe_b64encode(f"{last}:{_question(params)}".encode()).decode()


def _entry_of(token: str, params: Mapping[str, Any]) -> int:
    try:
        last, _, question = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode("ascii").partition(":")
        if question == _question(params):
            return int(last)
    except (binascii.Error, ValueError):  # UnicodeError is a ValueError
        pass
    raise errors.invalid_token()


def _question(params: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in params.items() if name != "NextToken"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
