"""Snapshots: a world as lines of JSON, to keep, to compare and to load into another world. One record a line, sorted.

The first line says what it is and how the world stood: its clock, pace and quotas. Access keys and sessions are left out, for
their secrets would stand there; so is the journal, which is a story and no state.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from emulator.engine import own_time
from emulator.engine.identity import AccessKey, Session
from emulator.engine.keeping import Standing
from emulator.engine.own_time import OwnTime
from emulator.engine.plan import Running
from emulator.engine.timers import Timer
from emulator.engine.world import World
from emulator.store.codec import UnreadableError, from_plain, kinds, name_of, plain
from emulator.values.clock import Hands, Instant, iso8601, parse_iso8601
from emulator.values.record import Record

VERSION = 1
SECRET: tuple[type[Record], ...] = (AccessKey, Session)
"""Kinds that are left out. :class:`Standing` is as well: the first line has of it what may be shown."""

Line = dict[str, Any]


class SnapshotError(ValueError):
    """A text that is no snapshot for this version; the message names the line."""


class Snapshot(Struct, frozen=True):
    """``head`` is the first line, ``lines`` the others as they came, with the record of each."""

    head: Line
    lines: tuple[tuple[Line, Record], ...]

    @property
    def at(self) -> Instant:
        return parse_iso8601(self.head["at"])


# saving --------------------------------------------------------------------------------------------------------------


def save(world: World) -> str:
    """The world as it is now, once what is due has happened."""
    with world.lock:
        world.settle()
        records = [record for kind in kinds().values() for record in world.store.find(kind) if type(record) is kind]
        left_out = Counter(name_of(type(record)) for record in records if isinstance(record, SECRET))
        head = {
            "snapshot": "mq-emulator",
            "version": VERSION,
            "at": iso8601(world.clock.now(), millis=True),
            "own": {account: iso8601(world.clock.now(account), millis=True) for account in own_time.apart(world.store)},
            "frozen": world.clock.is_frozen,
            "pace": world.pace,
            "quotas": dict(world.quotas),
            "leftOut": dict(sorted(left_out.items())),
        }
        shown = [record for record in records if not isinstance(record, (*SECRET, Standing))]
        lines = [_line(world, record) for record in sorted(shown, key=lambda record: (name_of(type(record)), record.key))]
    return "".join(f"{_text(line)}\n" for line in (head, *lines))


def _text(line: Line) -> str:
    text = json.dumps(line, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(line)
    return text


def _line(world: World, record: Record) -> Line:
    """``order`` is the record's place in the order of first putting, in which it is found."""
    content = plain(_without_cause(record))
    export = world.exports.get(type(record))
    if export is not None:
        content[export.field] = export.readable(getattr(record, export.field))
    return {"kind": name_of(type(record)), "record": content, "order": world.store.rank(record)}


def _without_cause(record: Record) -> Record:
    """A plan without the journal entry that started it, which is of this world's story alone."""
    return replace(record, cause=None) if isinstance(record, Running) else record


# reading -------------------------------------------------------------------------------------------------------------


def read(world: World, text: str) -> Snapshot:
    """SnapshotError when it is none, or one that this version would not understand in full."""
    numbered = [(number, _parsed(number, line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not numbered or numbered[0][1].get("snapshot") != "mq-emulator":
        raise SnapshotError("line 1: this is no snapshot of mq-emulator")
    head = _checked_head(numbered[0][1])
    lines = tuple((line, _record(world, number, line)) for number, line in numbered[1:])
    twice = [name for name, count in Counter((name_of(type(record)), record.key) for _, record in lines).items() if count > 1]
    if twice:
        raise SnapshotError(f"the record {twice[0]} is there twice")
    for _, own in lines:
        if isinstance(own, OwnTime) and own.hands is not None and own.account not in head["own"]:
            raise SnapshotError(f"line 1: own has no {own.account}")
    return Snapshot(head, lines)


def _parsed(number: int, line: str) -> Line:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"line {number}: {error}") from error
    if not isinstance(value, dict):
        raise SnapshotError(f"line {number}: this is no object")
    return value


def _checked_head(head: Line) -> Line:
    if not isinstance(head.get("version"), int) or not 1 <= head["version"] <= VERSION:
        raise SnapshotError(f"line 1: its version is {head.get('version')!r}, this mq-emulator reads up to {VERSION}")
    quotas = head.get("quotas")
    is_whole = (
        head.get("pace") in {"real", "fast", "instant"}
        and isinstance(head.get("frozen"), bool)
        and isinstance(quotas, dict)
        and all(type(value) is int and value >= 0 for value in quotas.values())
    )
    try:
        for instant in (head["at"], *head["own"].values()):
            parse_iso8601(instant)
    except (KeyError, AttributeError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise SnapshotError("line 1: at, own, frozen, pace or quotas is missing or wrong")
    return head


def _record(world: World, number: int, line: Line) -> Record:
    kind = kinds().get(str(line.get("kind")))
    content = line.get("record")
    if kind is None or not isinstance(content, dict) or not isinstance(line.get("order"), int) or len(line) != 3:
        raise SnapshotError(f"line {number}: there must be a known kind, a record and an order, and nothing else")
    if issubclass(kind, (*SECRET, Standing)):
        raise SnapshotError(f"line {number}: a snapshot holds no {line['kind']}")
    export = world.exports.get(kind)
    try:
        if export is not None and export.field in content:
            content = {**content, export.field: plain(export.read(content[export.field]))}
        record = from_plain(kind, content)
        _check_handled(world, record)
    except (UnreadableError, KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"line {number}: {error}") from error
    stranger = next(_strangers(content, plain(record), ""), None)
    if stranger is not None:
        raise SnapshotError(f"line {number}: {line['kind']} has no {stranger} in this version")
    return record


def _check_handled(world: World, record: Record) -> None:
    if isinstance(record, Timer) and record.handler not in world.handlers:
        raise SnapshotError(f"there is no timer {record.handler!r}")
    if isinstance(record, Running) and record.plan not in world.plans:
        raise SnapshotError(f"there is no plan {record.plan!r}")


def _strangers(given: Any, understood: Any, path: str) -> Iterator[str]:
    """What is in a record that this version would not take up."""
    if isinstance(given, dict):
        for name, value in given.items():
            if name not in understood:
                yield f"{path}{name}"
            else:
                yield from _strangers(value, understood[name], f"{path}{name}.")
    elif isinstance(given, list):
        for one, other in zip(given, understood, strict=True):
            yield from _strangers(one, other, path)


# loading -------------------------------------------------------------------------------------------------------------


def load(world: World, snapshot: Snapshot) -> None:
    """Put a snapshot in the place of everything there is.

    A clock that stood still stands still again at the same instant. One that ran goes on from now, or from the snapshot's own
    instant when that is later, and every timer has as long to go as it had. So do clocks that accounts have of their own.
    """
    with world.lock:
        world.reset()
        wall, frozen_at = world.clock.wall(), snapshot.at if snapshot.head["frozen"] else None
        world.clock.shared, later = _again(Hands(frozen_at=frozen_at), snapshot.at, wall)
        moved = {"": later}
        records = [record for _, record in sorted(snapshot.lines, key=lambda line: line[0]["order"])]
        for own in records:
            if isinstance(own, OwnTime) and own.hands is not None:
                hands, moved[own.account] = _again(own.hands, parse_iso8601(snapshot.head["own"][own.account]), wall)
                records[records.index(own)] = replace(own, hands=hands)
        for record in records:
            world.store.put(_moved(record, moved.get(record.account, later)))
        world.pace, world.quotas = snapshot.head["pace"], snapshot.head["quotas"]
        world.go_on()
        world.journal.write("control", "load snapshot", params={"at": snapshot.head["at"], "records": len(snapshot.lines)})


def _again(hands: Hands, at: Instant, wall: Instant) -> tuple[Hands, float]:
    """How a clock that showed ``at`` goes on, and by how many seconds the timers that go by it are later."""
    if hands.frozen_at is not None:
        return hands, 0.0
    return Hands(offset=max(at - wall, 0.0)), max(wall - at, 0.0)


def _moved(record: Record, later: float) -> Record:
    return replace(record, due=record.due + later) if isinstance(record, Timer) else _without_cause(record)


# comparing -----------------------------------------------------------------------------------------------------------


def differences(old: str, new: str) -> Iterator[str]:
    """What is new (``+``), gone (``-``) or changed (``~``) in another snapshot, a line each; order and the time of day apart."""
    before, after = _by_name(old), _by_name(new)
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield f"{'+' if one is None else '-'} {name}"
        elif one != other:
            yield f"~ {name}: " + ", ".join(_changes(one, other))


def _by_name(text: str) -> dict[str, Line]:
    head, *lines = [_parsed(number, line) for number, line in enumerate(text.splitlines(), 1)]
    if head.get("snapshot") != "mq-emulator":
        raise SnapshotError("line 1: this is no snapshot of mq-emulator")
    named = {"the world": {name: value for name, value in head.items() if name not in {"at", "own", "version"}}}
    for line in lines:
        content = line["record"]
        named[" ".join([line["kind"], content["account"], content["region"] or "-", content["id"]])] = content
    return named


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name} {_short(old.get(name))} → {_short(new.get(name))}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:99]}…"
