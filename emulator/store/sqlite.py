"""A store in memory whose every turn is also in a data file before it ends. Reading never waits for the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from emulator.store.base import DataFileError, Document, Lines, UnkeptError
from emulator.store.codec import UnreadableError, decode, decode_plain, encode, fields_of, kinds, name_of
from emulator.store.data_file import DataFile, Statement
from emulator.store.memory import Change, MemoryStore, Table
from emulator.values.record import Key, Record

_PUT = "INSERT OR REPLACE INTO record VALUES (?, ?, ?)"
_DELETE = "DELETE FROM record WHERE rank = ?"
_DELETE_ALL = ("DELETE FROM record", "DELETE FROM entry", "DELETE FROM document")
_LINE = "INSERT OR REPLACE INTO entry VALUES (?, ?)"
_REMOVE_LINE = "DELETE FROM entry WHERE id = ?"
_DROP_LINES = "DELETE FROM entry WHERE id <= ?"
_DOCUMENT = "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)"
_DROP_DOCUMENTS = "DELETE FROM document WHERE last <= ?"


class SqliteStore(MemoryStore):
    """See :class:`emulator.store.base.Store`. Outside a turn, each outermost transaction or change is a turn of its own.

    Raises :class:`DataFileError` when the file cannot be opened.
    """

    is_durable = True

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = DataFile(path)
        self._cleared: tuple[dict[type[Record], Table], list[Change]] | None = None
        """What there was before everything was cleared in this turn."""
        try:
            self._load()
        except BaseException:
            self.close()
            raise

    def put(self, record: Record) -> None:
        with self._turn():
            super().put(record)

    def delete(self, record: Record) -> None:
        with self._turn():
            super().delete(record)

    def transaction(self) -> AbstractContextManager[None]:
        return super().transaction() if self._undo else self._own_transaction()

    @contextmanager
    def _own_transaction(self) -> Iterator[None]:
        with self._turn(), super().transaction():
            yield

    def clear(self) -> None:
        with self._turn():
            if len(self._undo) > 1:
                raise RuntimeError("a store is not cleared inside a transaction")
            self._cleared = self._cleared or (self._tables, self._undo[0])
            self._undo[0] = []
            super().clear()

    def begin(self) -> None:
        self._undo.append([])

    def commit(self, lines: Callable[[], Lines]) -> None:
        changes, cleared = self._undo.pop(), self._cleared
        self._cleared = None
        try:
            statements = [*self._records(changes, was_cleared=cleared is not None), *_journal(lines())]
            if statements:
                self._file.write(statements)
        except BaseException as error:
            self._undone(changes)
            if cleared is not None:
                self._hold(cleared[0])
                self._undone(cleared[1])
            if isinstance(error, DataFileError):
                raise UnkeptError(str(error)) from error
            raise

    def history(self) -> Lines:
        rows = self._file.read("SELECT id, body FROM entry ORDER BY id")
        try:
            lines = [(number, decode_plain(body)) for number, body in rows]
        except ValueError as error:
            raise DataFileError(f"cannot read {self._file.path}: a line of the journal: {error}") from error
        documents = self._file.read("SELECT digest, kind, body, last FROM document")
        return Lines(lines, [Document(*row) for row in documents], 0)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _turn(self) -> AbstractContextManager[None]:
        """A turn, if there is none under way."""
        return _UNDER_WAY if self._undo else self._own_turn()

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        self.begin()
        try:
            yield
        finally:
            self.commit(super().history)

    def _load(self) -> None:
        known = kinds()
        try:
            self._check_kinds(known)
            for rank, name, body in self._file.read("SELECT rank, kind, body FROM record ORDER BY rank"):
                record = decode(known[name], body)
                self._table(known[name]).put(record, record.key, rank, None)
                self._next_rank = rank + 1
        except KeyError as error:
            raise DataFileError(f"cannot read {self._file.path}: there are no records {error} in this version") from error
        except UnreadableError as error:
            raise DataFileError(f"cannot read {self._file.path}: {error}") from error

    def _check_kinds(self, known: Mapping[str, type[Record]]) -> None:
        """Refuse fields that would be lost, and say for later versions which ones there are now."""
        used = {name for (name,) in self._file.read("SELECT DISTINCT kind FROM record")}
        there = dict(self._file.read("SELECT name, fields FROM kind"))
        for name in sorted(used & set(there) & set(known)):
            lost = set(there[name].split()) - fields_of(known[name])
            if lost:
                raise UnreadableError(f"records {name} have a field {min(lost)}, which is not in this version")
        now = {name: " ".join(sorted(fields_of(kind))) for name, kind in known.items()}
        if now != there:
            self._file.write([("DELETE FROM kind", [()]), ("INSERT INTO kind VALUES (?, ?)", list(now.items()))])

    def _records(self, changes: list[Change], *, was_cleared: bool) -> Iterator[Statement]:
        """What has to be written for some changes: only what a record was before the first and is after the last counts."""
        first: dict[tuple[type[Record], Key], tuple[Record | None, int | None]] = {}
        for kind, key, old, rank in changes:
            first.setdefault((kind, key), (old, rank))
        puts, deletes = [], []
        for (kind, key), (old, rank) in first.items():
            table = self._table(kind)
            now, place = table.rows.get(key), table.ranks.get(key)
            if rank is not None and rank != place:
                deletes.append((rank,))
            if now is not None and (now is not old or rank != place):
                puts.append((place, name_of(kind), encode(now)))
        if was_cleared:
            yield from ((sql, [()]) for sql in _DELETE_ALL)
        if deletes:
            yield _DELETE, deletes
        if puts:
            yield _PUT, puts


_UNDER_WAY = nullcontext()


def _journal(lines: Lines) -> Iterator[Statement]:
    if lines.lines:
        yield _LINE, [(number, encode(line)) for number, line in lines.lines]
    if lines.documents:
        yield _DOCUMENT, lines.documents
    if lines.removed:
        yield _REMOVE_LINE, [(number,) for number in lines.removed]
    if lines.dropped:
        yield _DROP_LINES, [(lines.dropped,)]
        yield _DROP_DOCUMENTS, [(lines.dropped,)]
