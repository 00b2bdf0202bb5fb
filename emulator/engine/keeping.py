"""What of a world outlives its process: how a turn is kept, what happens when it cannot be, and how the next process goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulator.engine.journal_lines import Documents, entry_of, line_of
from emulator.engine.timers import Pace
from emulator.engine.turn import Turn
from emulator.store.base import DataFileError, Lines, UnkeptError
from emulator.values.clock import Instant
from emulator.values.discreet import Discreet
from emulator.values.errors import AwsError
from emulator.values.record import Key, Record

if TYPE_CHECKING:
    from emulator.engine.world import World

_KEY: Key = ("", "", "world")


class Standing(Discreet, Record, frozen=True, kw_only=True):
    """What a world is beside its records: ``offset`` and ``frozen_at`` are its clock's, ``starts`` counts its processes.

    ``message_key`` (hex) keeps encoded authorisation messages readable; ``fixed_keys`` are the ids that seeds have given,
    ``emptied`` is the journal's.
    """

    HIDDEN = ("message_key",)

    offset: float
    frozen_at: Instant | None
    pace: Pace
    quotas: Mapping[str, int]
    starts: int
    message_key: str
    fixed_keys: tuple[str, ...] = ()
    emptied: tuple[int, int] = (0, 0)


class _AbandonedError(Exception):
    """The turn is not to be kept."""


class Keeping:
    """Keeps a world's turns in its store, if that is durable."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._starts = 1
        self._documents = Documents()
        self._is_abandoned = False
        self._recorded = 0
        self._kept = self._standing()

    @property
    def is_new(self) -> bool:
        return self._world.store.get(Standing, _KEY) is None

    def resume(self, pace: Pace | None) -> None:
        """Go on where an earlier process was, at ``pace`` if one is given."""
        world = self._world
        found, history = world.store.get(Standing, _KEY), world.store.history()
        if found is not None:
            self._stand(found)
            world.pace = pace or found.pace
            self.go_on()
        texts = {document.digest: document for document in history.documents}
        try:
            world.journal.restore(entry_of(number, line, texts) for number, line in history.lines)
        except TypeError as error:
            raise DataFileError(f"the data file's journal is of another version: {error}") from error
        self._documents = Documents(history.documents)
        self._kept = self._standing()

    def go_on(self) -> None:
        """Give out ids of a new stream, and take up the timers and faults that are there."""
        self._starts += 1
        self._world.renew_ids(self._starts)
        self._world.timers.reload()
        self._world.faults.load()

    def turn(self) -> Turn:
        """The world's lock: where nothing is kept a turn has neither begin nor end."""
        return Turn(self._begin, self._end) if self._world.store.is_durable else Turn()

    def _begin(self) -> None:
        self._recorded = len(self._world.recording.calls)
        self._world.journal.begin()
        self._world.store.begin()

    def _end(self) -> None:
        """Keep what the turn did; where that cannot be nothing of it has happened, and the caller learns why."""
        self._commit(self._standing())

    def abandon(self) -> None:
        """Keep nothing of the turn that is under way."""
        self._is_abandoned = self._world.store.is_durable

    def forget(self) -> None:
        """The store was cleared."""
        self._documents = Documents()

    def _commit(self, standing: Standing) -> None:
        world = self._world
        try:
            if world.store.get(Standing, _KEY) != standing:
                world.store.put(standing)
            world.store.commit(self._lines)
        except BaseException as error:
            world.journal.undo()
            del world.recording.calls[self._recorded :]
            world.timers.reload()
            world.faults.load()
            self._stand(self._kept)
            self.forget()
            if isinstance(error, _AbandonedError):
                return
            if isinstance(error, UnkeptError):
                raise AwsError("ServiceUnavailable", f"Nothing was changed: {error}.", status=503) from error
            raise
        self._kept = standing

    def _lines(self) -> Lines:
        if self._is_abandoned:
            self._is_abandoned = False
            raise _AbandonedError
        entries, dropped, removed = self._world.journal.new()
        lines: list[tuple[int, Any]] = [(entry.id, line_of(entry, self._documents)) for entry in entries]
        documents, self._documents.new = self._documents.new, []
        self._documents.drop(dropped)
        return Lines(lines, documents, dropped, removed)

    def _standing(self) -> Standing:
        world = self._world
        offset, frozen_at = world.clock.standing
        return Standing(
            account="",
            region="",
            id=_KEY[2],
            offset=offset,
            frozen_at=frozen_at,
            pace=world.pace,
            quotas=world.quotas,
            starts=self._starts,
            message_key=world.message_key.hex(),
            fixed_keys=tuple(sorted(world.fixed_keys)),
            emptied=world.journal.emptied,
        )

    def _stand(self, standing: Standing) -> None:
        world = self._world
        world.clock.resume(standing.offset, standing.frozen_at)
        world.pace, world.quotas, self._starts = standing.pace, standing.quotas, standing.starts
        world.message_key = bytes.fromhex(standing.message_key)
        world.fixed_keys = set(standing.fixed_keys)
        world.journal.emptied = standing.emptied
