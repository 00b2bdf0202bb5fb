"""The journal: every call, decision, step and state change, in order, each with its cause."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.policy.decide import Decision
from emulator.values.call import Call, Principal
from emulator.values.clock import Clock, Instant, iso8601
from emulator.values.errors import AwsError, Unanswered

CAPACITY = 20_000
"""Entries kept; older ones are dropped and counted."""

SECRET = {"Password", "ServiceAccountPassword", "SecretAccessKey", "SessionToken", "Data"}
"""Members whose values are never kept. ``Data`` is an MQ configuration, which CloudTrail redacts too."""

_LONGEST_TEXT = 2_048
_LONGEST_LIST = 20

EntryKind = Literal["call", "step", "state", "fault", "control"]
Outcome = Literal["ok", "denied", "would be denied", "error", "waiting", "retrying", "failed", "lost"]


@dataclass(slots=True)
class Entry:
    """One line of the journal. ``parent`` is the entry that caused it, ``subject`` the broker it is about.

    ``wall`` is the machine's own time, for people who watch; it stays out of the JSON, which a seed repeats byte for byte.
    Of a call, ``who`` made it, from where, and ``result`` is what a call that may change something answered, redacted.
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
    decided: Sequence[Decision] = field(default_factory=list)
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
    """Entries in memory, the newest :data:`CAPACITY` of them."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque()
        self._by_id: dict[int, Entry] = {}
        self._open: list[Entry] = []
        self._last = 0
        self._dropped = 0
        self.capacity = capacity
        self.listeners: list[Callable[[Entry], None]] = []
        """Told of each call and step as it ends, and not of what a reset forgets."""
        self.begin()

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

    @contextmanager
    def recording(self, call: Call) -> Iterator[Entry]:
        """A call, from the door to its answer."""
        entry = self.write(
            "call",
            call.action,
            account=call.account,
            region=call.region,
            principal=call.principal.arn,
            via=call.via,
            request_id=call.request_id,
            params=redact(call.params),
            who=call.principal,
            source_ip=call.source_ip,
            user_agent=call.user_agent,
        )
        with self.within(entry):
            yield entry

    @contextmanager
    def within(self, entry: Entry) -> Iterator[Entry]:
        """What is written meanwhile has ``entry`` as its parent; an error that leaves it is noted."""
        self._open.append(entry)
        try:
            yield entry
        except AwsError as error:
            entry.error = {"code": error.code, "message": error.message}
            entry.outcome = _outcome(error, entry)
            raise
        except Exception as error:
            entry.error = {"code": "InternalFailure", "message": type(error).__name__}
            entry.outcome = "error"
            raise
        finally:
            self._open.pop()
            for tell in self.listeners:
                tell(entry)

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
        self._last += 1
        cause = parent if parent is not None else self.current
        entry = Entry(
            self._last, self._clock.now(fields.get("account") or None), kind, title, cause, wall=self._clock.wall(), **fields
        )
        if entry.parent in self._by_id and not entry.subject:
            entry.subject = self._by_id[entry.parent].subject
        self._entries.append(entry)
        self._by_id[entry.id] = entry
        if len(self._entries) > self.capacity:
            self._last_dropped = self._entries.popleft().id
            del self._by_id[self._last_dropped]
            self._dropped += 1
        return entry

    def get(self, entry_id: int) -> Entry | None:
        """The entry of an id; None when there is none, or none any more."""
        return self._by_id.get(entry_id)

    def decided(self, decision: Decision, *, is_enforced: bool = True) -> None:
        """Note a decision under the call that needed it; a denial makes the call ``denied``, or one that would be."""
        if self._open:
            self._open[-1].decided = [*self._open[-1].decided, decision]
            if not decision.is_allowed:
                self._open[-1].outcome = "denied" if is_enforced else "would be denied"

    def about(self, subject: str) -> None:
        """Say which broker the innermost entry under way is about, and with it all that it has caused so far."""
        for entry in reversed(self._entries) if self._open else ():
            if entry.id < self._open[-1].id:
                break
            entry.subject = subject

    def select(
        self,
        *,
        subject: str | None = None,
        principal: str | None = None,
        decision: str | None = None,
        account: str | None = None,
        request: str | None = None,
        after: int = 0,
    ) -> list[Entry]:
        """Entries in order. ``principal`` is a part of the ARN, ``decision`` an effect; ``request`` takes all that it caused."""
        return [
            entry
            for entry in self._entries
            if entry.id > after
            and (subject is None or subject == entry.subject)
            and (principal is None or principal in entry.principal)
            and (account is None or account == entry.account)
            and (request is None or self._came_of(entry, request))
            and (decision is None or any(row.effect == decision for row in entry.decided))
        ]

    def _came_of(self, entry: Entry | None, request: str) -> bool:
        while entry is not None and entry.request_id != request:
            entry = self._by_id.get(entry.parent or 0)
        return entry is not None

    def clear(self, account: str | None = None) -> None:
        """Forget everything, or what is about one account; the ids of what is left stay."""
        kept = [] if account is None else [entry for entry in self._entries if entry.account != account]
        if account is None:
            self._last, self._dropped, self._was_cleared = 0, 0, True
        else:
            self._removed += [entry.id for entry in self._entries if entry.account == account and entry.id <= self._before[2]]
        self._entries = deque(kept)
        self._by_id = {entry.id: entry for entry in kept}

    # turns: entries change only in the turn in which they are written ---------------------------------------------------

    def begin(self) -> None:
        """A turn begins."""
        self._before = (self._entries, self._by_id, self._last, self._dropped)
        self._removed: list[int] = []
        self._last_dropped = 0
        self._was_cleared = False

    def new(self) -> tuple[list[Entry], int, list[int]]:
        """What was written since :meth:`begin`, the id of the last entry that made room (0: none did), and those taken out."""
        last = 0 if self._was_cleared else self._before[2]
        written = [self._by_id[number] for number in range(last + 1, self._last + 1) if number in self._by_id]
        return written, self._last_dropped, self._removed

    def undo(self) -> None:
        """Forget what was written since :meth:`begin`. What was dropped to make room is gone."""
        self._entries, self._by_id, self._last, self._dropped = self._before
        while self._entries and self._entries[-1].id > self._last:
            del self._by_id[self._entries.pop().id]

    def restore(self, entries: Iterable[Entry]) -> None:
        """Go on after the entries of an earlier process."""
        self._entries = deque(entries)
        self._last = self._entries[-1].id if self._entries else 0
        while len(self._entries) > self.capacity:
            self._entries.popleft()
        self._dropped = self._entries[0].id - 1 if self._entries else 0
        self._by_id = {entry.id: entry for entry in self._entries}


def _outcome(error: AwsError, entry: Entry) -> Outcome:
    if isinstance(error, Unanswered):
        return "lost"
    return "denied" if entry.outcome == "denied" else "error"


def redact(value: Any, name: str = "") -> Any:
    """Parameters as the journal may keep them: no secrets, long texts and lists cut short."""
    if name in SECRET and value is not None:
        return "***"
    if isinstance(value, Mapping):
        return {key: redact(item, key) for key, item in value.items()}
    if isinstance(value, list):
        kept = [redact(item) for item in value[:_LONGEST_LIST]]
        return kept if len(value) <= _LONGEST_LIST else [*kept, f"… {len(value) - _LONGEST_LIST} more"]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[:_LONGEST_TEXT] + "…"
    return value
