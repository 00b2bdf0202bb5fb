"""The journal: every call, decision, step and state change, in order, each with its cause."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import takewhile
from types import TracebackType
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from emulator.engine.followers import Followers
from emulator.engine.journal_query import Query
from emulator.engine.redaction import Redact, redact
from emulator.policy.decide import Decision
from emulator.values.call import Call, Principal
from emulator.values.clock import Clock, Instant, iso8601
from emulator.values.errors import AwsError, Unanswered

CAPACITY = 20_000
"""Entries kept; older ones are dropped and counted."""

Place = tuple[int, int]
"""How often everything was forgotten, and the id of an entry since: where somebody is in the journal."""

EntryKind = Literal["call", "step", "state", "fault", "control"]
Outcome = Literal["ok", "denied", "would be denied", "error", "waiting", "retrying", "failed", "lost"]


class Entry(Struct, gc=False):
    """One line of the journal. ``parent`` is the entry that caused it, ``subject`` the broker it is about.

    ``wall`` is the machine's own time, for people who watch; it stays out of the JSON, which a seed repeats byte for byte.
    Of a call, ``who`` made it, from where, and ``result`` is what a call that may change something answered, redacted.
    It knows other entries by their ids only, so the search for circles of garbage passes it by.
    """

    id: int
    at: Instant
    kind: EntryKind
    title: str
    parent: int | None = None
    subject: str = ""
    account: str = ""
    region: str = ""
    principal: str = ""
    via: str = ""
    request_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = "ok"
    error: dict[str, str] | None = None
    decided: Sequence[Decision] = ()
    wall: Instant = 0.0
    who: Principal | None = None
    source_ip: str = ""
    user_agent: str = ""
    result: Mapping[str, Any] | None = None

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """The decisions in their stable form, worked out when somebody reads them."""
        return [decision.to_json() for decision in self.decided]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": iso8601(self.at, millis=True),
            "kind": self.kind,
            "title": self.title,
            "parent": self.parent,
            "subject": self.subject or None,
            "account": self.account or None,
            "region": self.region or None,
            "principal": self.principal or None,
            "via": self.via or None,
            "requestId": self.request_id or None,
            "params": self.params,
            "outcome": self.outcome,
            "error": self.error,
            "decisions": self.decisions,
        }


class Journal:
    """Entries in memory, the newest ``capacity`` of them. Beside them what a broker, a request and a cause lead to."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._hold(())
        self._open: list[Entry] = []
        self._last = 0
        self._dropped = 0
        self.emptied = (0, 0)
        """The newest id when accounts were last emptied, and how many entries that has taken out in all."""
        self.capacity = capacity
        self.listeners: list[Callable[[Entry], None]] = []
        """Told of each call and step as it ends, and not of what a reset forgets."""
        self.followers = Followers()
        self._resets = 0
        self.begin()

    def _hold(self, entries: Iterable[Entry]) -> None:
        """Take up other entries in the place of those that there are."""
        self._entries: deque[Entry] = deque()
        self._by_id: dict[int, Entry] = {}
        self._by_subject: dict[str, dict[int, Entry]] = {}
        self._by_request: dict[str, tuple[Entry, ...]] = {}
        self._by_cause: dict[int, dict[int, Entry]] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        number = entry.id
        self._entries.append(entry)
        self._by_id[number] = entry
        if entry.request_id:
            self._by_request[entry.request_id] = (*self._by_request.get(entry.request_id, ()), entry)
        if entry.subject:
            self._by_subject.setdefault(entry.subject, {})[number] = entry
        if entry.parent:
            self._by_cause.setdefault(entry.parent, {})[number] = entry

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        self._last_dropped = entry.id
        self._dropped += 1
        del self._by_id[entry.id]
        if entry.request_id:
            later = self._by_request.pop(entry.request_id)[1:]
            if later:
                self._by_request[entry.request_id] = later
        if entry.subject:
            _take_out(self._by_subject, entry.subject, entry.id)
        if entry.parent:
            _take_out(self._by_cause, entry.parent, entry.id)

    @property
    def kept(self) -> int:
        return len(self._entries)

    @property
    def newest(self) -> int:
        """The id of the newest entry; 0 when there is none."""
        return self._entries[-1].id if self._entries else 0

    @property
    def dropped(self) -> int:
        return self._dropped

    @property
    def is_recording(self) -> bool:
        """Whether a call or step is under way."""
        return bool(self._open)

    @property
    def current(self) -> int | None:
        """The id of the innermost entry under way."""
        return self._open[-1].id if self._open else None

    def recording(self, call: Call, redact: Redact = redact) -> AbstractContextManager[Entry]:
        """A call, from the door to its answer."""
        who = call.principal
        entry = Entry(
            self._last + 1,
            self._clock.now(who.account or None),
            "call",
            call.action,
            account=who.account,
            region=call.region,
            principal=who.arn,
            via=call.via,
            request_id=call.request_id,
            params=redact(call.params),
            wall=self._clock.wall(),
            who=who,
            source_ip=call.source_ip,
            user_agent=call.user_agent,
        )
        return _Within(self._append(entry), self._open, self.listeners)

    def within(self, entry: Entry) -> AbstractContextManager[Entry]:
        """What is written meanwhile has ``entry`` as its parent; an error that leaves it is noted."""
        return _Within(entry, self._open, self.listeners)

    def causes(self) -> Iterator[Entry]:
        """The innermost entry under way, what caused that, and so on upwards as far as the journal reaches."""
        entry = self._open[-1] if self._open else None
        while entry is not None:
            yield entry
            entry = self._by_id.get(entry.parent or 0)

    @contextmanager
    def under(self, entry_id: int) -> Iterator[None]:
        """What is written meanwhile has an entry that is already closed as its parent."""
        entry = self._by_id.get(entry_id)
        if entry is None:
            yield
            return
        self._open.append(entry)
        try:
            yield
        finally:
            self._open.pop()

    def write(self, kind: EntryKind, title: str, *, parent: int | None = None, **fields: Any) -> Entry:
        now = self._clock.now(fields.get("account") or None)
        return self._append(Entry(self._last + 1, now, kind, title, parent, wall=self._clock.wall(), **fields))

    def _append(self, entry: Entry) -> Entry:
        """Keep the newest; without a cause of its own it is caused by the innermost entry under way."""
        self._last = entry.id
        if entry.parent is None and self._open:
            entry.parent = self._open[-1].id
        cause = self._by_id.get(entry.parent or 0)
        if cause is not None and not entry.subject:
            entry.subject = cause.subject
        self._add(entry)
        if len(self._entries) > self.capacity:
            self._drop_oldest()
        if self.followers:
            self.followers.tell()
        return entry

    def get(self, entry_id: int) -> Entry | None:
        """The entry of an id; None when there is none, or none any more."""
        return self._by_id.get(entry_id)

    def decided(self, decision: Decision, *, is_enforced: bool = True) -> None:
        """Note a decision under the call that needed it; a denial makes the call ``denied``, or one that would be."""
        if self._open:
            entry = self._open[-1]
            entry.decided = (*entry.decided, decision)
            if decision.effect != "allowed":
                entry.outcome = "denied" if is_enforced else "would be denied"

    def about(self, subject: str) -> None:
        """Say which broker the innermost entry under way is about, and with it all that it has caused so far."""
        for entry in reversed(self._entries) if self._open else ():
            if entry.id < self._open[-1].id:
                break
            if entry.subject:
                _take_out(self._by_subject, entry.subject, entry.id)
            entry.subject = subject
            self._by_subject.setdefault(subject, {})[entry.id] = entry

    def select(self, asked: Query | None = None, **chosen: Any) -> list[Entry]:
        """Entries in order; what is asked for may be given as the members of a :class:`Query`."""
        asked = asked or Query(**chosen)
        return [entry for entry in self._candidates(asked) if asked.takes(entry)]

    def newer(self, place: Place, asked: Query) -> tuple[Place, list[Entry]]:
        """What is asked for of what was written after a place, and the place to go on from."""
        resets, last = place
        found = self.select(replace(asked, after=last if resets == self._resets else 0))
        return (self._resets, self._last), found

    def place(self, after: int) -> Place:
        """The place after an entry."""
        return self._resets, after

    def _candidates(self, asked: Query) -> Iterable[Entry]:
        """In order, the entries that are to be looked at: as few as an index leaves."""
        if asked.request is not None:
            return self._came_of(asked.request)
        if asked.subject:
            return [entry for _, entry in sorted(self._by_subject.get(asked.subject, {}).items())]
        if asked.after:
            newer = list(takewhile(lambda entry: entry.id > asked.after, reversed(self._entries)))
            return reversed(newer)
        return self._entries

    def _came_of(self, request: str) -> list[Entry]:
        those = self._by_request.get(request, ()) if request else self._entries
        found = {entry.id: entry for entry in those if entry.request_id == request}
        waiting = list(found)
        while waiting:
            caused = self._by_cause.get(waiting.pop(), {})
            waiting += caused.keys() - found.keys()
            found |= caused
        return [entry for _, entry in sorted(found.items())]

    def clear(self, account: str | None = None) -> None:
        """Forget everything, or what is about one account; the ids of what is left stay."""
        kept = [] if account is None else [entry for entry in self._entries if entry.account != account]
        if account is None:
            self._last, self._dropped, self._was_cleared = 0, 0, True
            self.emptied = (0, 0)
            self._resets += 1
        else:
            self._removed += [entry.id for entry in self._entries if entry.account == account and entry.id <= self._before[1]]
            self.emptied = (self._last, self.emptied[1] + len(self._entries) - len(kept))
        self._hold(kept)

    # turns: entries change only in the turn in which they are written ---------------------------------------------------

    def begin(self) -> None:
        """A turn begins."""
        self._before = (self._entries, self._last, self._dropped)
        self._removed: list[int] = []
        self._last_dropped = 0
        self._was_cleared = False

    def new(self) -> tuple[list[Entry], int, list[int]]:
        """What was written since :meth:`begin`, the id of the last entry that made room (0: none did), and those taken out."""
        last = 0 if self._was_cleared else self._before[1]
        written = [self._by_id[number] for number in range(last + 1, self._last + 1) if number in self._by_id]
        return written, self._last_dropped, self._removed

    def undo(self) -> None:
        """Forget what was written since :meth:`begin`. What was dropped to make room is gone."""
        before, self._last, self._dropped = self._before
        self._hold(entry for entry in before if entry.id <= self._last)

    def restore(self, entries: Iterable[Entry]) -> None:
        """Go on after the entries of an earlier process, and after those that were taken out of it (``emptied``)."""
        self._hold(deque(entries, maxlen=self.capacity))
        last, taken_out = self.emptied
        self._last = max(self.newest, last)
        self._dropped = self._last - self.kept - taken_out


class _Within(Struct):
    """An entry that is under way; each call is one, so it is no generator, which costs more."""

    entry: Entry
    open_: list[Entry]
    listeners: Sequence[Callable[[Entry], None]]

    def __enter__(self) -> Entry:
        self.open_.append(self.entry)
        return self.entry

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            _note(error, self.entry)
        self.open_.pop()
        for tell in self.listeners:
            tell(self.entry)


def _take_out(index: dict[Any, dict[int, Entry]], key: Any, entry_id: int) -> None:
    entries = index[key]
    del entries[entry_id]
    if not entries:
        del index[key]


def _note(error: BaseException, entry: Entry) -> None:
    if isinstance(error, AwsError):
        entry.error = {"code": error.code, "message": error.message}
        entry.outcome = _outcome(error, entry)
    elif isinstance(error, Exception):
        entry.error = {"code": "InternalFailure", "message": type(error).__name__}
        entry.outcome = "error"


def _outcome(error: AwsError, entry: Entry) -> Outcome:
    if isinstance(error, Unanswered):
        return "lost"
    return "denied" if entry.outcome == "denied" else "error"
