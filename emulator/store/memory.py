"""A store in memory: dictionaries, indexes, and an undo log per open transaction."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TypeVar

from emulator.store.base import Lines
from emulator.values.record import Key, Record

R = TypeVar("R", bound=Record)
_Rows = dict[Key, Any]
"""Records, all of one kind."""
Change = tuple[type[Record], Key, Record | None, int | None]
"""The kind and key of what was changed, and the record and rank of before."""


Scope = tuple[str, str]
"""Account and Region."""
_Keys = dict[Key, None]


class Table:
    """The records of one kind. Scopes and indexes are sets of keys; a rank tells when a key was first put.

    An index holds its keys by value and scope, so that a look-up in one account never walks through another's.
    """

    def __init__(self, indexes: tuple[str, ...], told: Callable[[Key], None] | None) -> None:
        self.told = told
        """Called after each change of a record, with its key, if somebody watches."""
        self.rows: _Rows = {}
        self.ranks: dict[Key, int] = {}
        self.scopes: defaultdict[Scope, _Keys] = defaultdict(dict)
        self._in_order: dict[Scope, list[str]] = {}
        """The ids of scopes that were asked for in order, which are kept in order from then on."""
        self.indexes: dict[str, dict[Any, dict[Scope, _Keys]]] = {name: {} for name in indexes}

    def put(self, record: Record, key: Key, rank: int, old: Record | None) -> None:
        """In place of ``old``. ``rank`` is the place of a record that is new; one that comes back gets its old place."""
        if old is None:
            scope = key[:2]
            self.ranks[key] = rank
            self.scopes[scope][key] = None
            if scope in self._in_order:
                insort(self._in_order[scope], record.id)
        self.rows[key] = record
        if self.indexes:
            self._index(record, key, old)
        if self.told is not None:
            self.told(key)

    def _index(self, record: Record, key: Key, old: Record | None) -> None:
        """Note a record's values in the indexes, in place of those that it had."""
        scope = key[:2]
        for name, index in self.indexes.items():
            value = getattr(record, name)
            if old is not None:
                before = getattr(old, name)
                if before == value:
                    continue
                self._forget(name, _each(before), key)
            for one in value if isinstance(value, tuple) else (value,):
                index.setdefault(one, {}).setdefault(scope, {})[key] = None

    def after(self, scope: Scope, last: str) -> Iterator[Any]:
        """Records of a scope in order of their ids, from the first after ``last``."""
        ids = self._in_order.get(scope)
        if ids is None:
            ids = self._in_order[scope] = sorted(key[2] for key in self.scopes.get(scope, ()))
        for place in range(bisect_right(ids, last), len(ids)):
            yield self.rows[(*scope, ids[place])]

    def bucket(self, name: str, value: str, scope: Scope | None) -> Collection[Key]:
        """The keys that an index has for a value, in one scope or in all."""
        scopes = self.indexes[name].get(value)
        if scopes is None:
            return ()
        if scope is not None:
            return scopes.get(scope, ())
        if len(scopes) == 1:
            return next(iter(scopes.values()))
        return [key for keys in scopes.values() for key in keys]

    def delete(self, key: Key) -> None:
        record = self.rows.pop(key)
        for name in self.indexes:
            self._forget(name, _each(getattr(record, name)), key)
        del self.ranks[key]
        _discard(self.scopes, key[:2], key)
        ids = self._in_order.get(key[:2])
        if ids is not None:
            del ids[bisect_left(ids, key[2])]
        if self.told is not None:
            self.told(key)

    def _forget(self, name: str, values: Iterable[Any], key: Key) -> None:
        index = self.indexes[name]
        for value in set(values):  # one may be there twice
            scopes = index[value]
            _discard(scopes, key[:2], key)
            if not scopes:
                del index[value]


def _discard(scopes: dict[Scope, _Keys], scope: Scope, key: Key) -> None:
    keys = scopes[scope]
    keys.pop(key, None)
    if not keys:
        del scopes[scope]


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _both(first: Callable[[Key], None], second: Callable[[Key], None]) -> Callable[[Key], None]:
    def told(key: Key) -> None:
        first(key)
        second(key)

    return told


def _candidates(table: Table, account: str | None, region: str | None, where: Mapping[str, str]) -> Collection[Key]:
    """The fewest keys that one index or scope leaves to look at."""
    scope = None if account is None or region is None else (account, region)
    if len(where) == 1:
        ((name, value),) = where.items()
        return table.bucket(name, value, scope)
    if where:
        return min((table.bucket(name, value, scope) for name, value in where.items()), key=len)
    return table.rows if scope is None else table.scopes.get(scope, {})


class _Transaction:
    """Transactions of one store: each begins a log of changes of its own, which is undone when it fails, else its outer one's."""

    def __init__(self, logs: list[list[Change]], undo: Callable[[list[Change]], None]) -> None:
        self._logs = logs
        self._undo = undo

    def __enter__(self) -> None:
        self._logs.append([])

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        done = self._logs.pop()
        if kind is not None:
            self._undo(done)
        elif self._logs:
            self._logs[-1].extend(done)


class MemoryStore:
    """See :class:`emulator.store.base.Store`."""

    is_durable = False

    def __init__(self) -> None:
        self._tables: dict[type[Record], Table] = {}
        self._undo: list[list[Change]] = []
        self._next_rank = 0
        self._watchers: dict[type[Record], Callable[[Key], None]] = {}
        self._in_transaction = _Transaction(self._undo, self._undone)

    def watch(self, kinds: Iterable[type[Record]], told: Callable[[Key], None]) -> None:
        for kind in kinds:
            earlier = self._watchers.get(kind)
            self._watchers[kind] = told if earlier is None else _both(earlier, told)
            if kind in self._tables:
                self._tables[kind].told = self._watchers[kind]

    def get(self, kind: type[R], key: Key) -> R | None:
        table = self._tables.get(kind)
        found: R | None = table.rows.get(key) if table else None
        return found

    def find(self, kind: type[R], /, account: str | None = None, region: str | None = None, **where: str) -> Iterable[R]:
        table = self._tables.get(kind)
        if table is None:
            return []
        keys = _candidates(table, account, region, where)
        if not keys:
            return []
        if (account is None) != (region is None):  # both, or neither, the index or scope has seen to
            keys = [key for key in keys if account in {None, key[0]} and region in {None, key[1]}]
        if len(keys) > 1:  # indexes move what is put again, a rollback moves what was deleted
            keys = sorted(keys, key=table.ranks.__getitem__)
        found: list[R] = [table.rows[key] for key in keys]
        if len(where) > 1:
            found = [row for row in found if all(value in _each(getattr(row, name)) for name, value in where.items())]
        return found

    def after(self, kind: type[R], account: str, region: str, last: str) -> Iterator[R]:
        table = self._tables.get(kind)
        return table.after((account, region), last) if table else iter(())

    def count(self, kind: type[Record], /, account: str, region: str, **where: str) -> int:
        table = self._tables.get(kind)
        return len(_candidates(table, account, region, where)) if table else 0

    def put(self, record: Record) -> None:
        kind, key = type(record), record.key
        table = self._tables.get(kind) or self._table(kind)
        old = table.rows.get(key)
        if self._undo:
            self._undo[-1].append((kind, key, old, None if old is None else table.ranks[key]))
        table.put(record, key, self._next_rank, old)
        self._next_rank += 1

    def delete(self, record: Record) -> None:
        kind, key = type(record), record.key
        table = self._table(kind)
        if self._undo:
            self._undo[-1].append((kind, key, table.rows.get(key), table.ranks.get(key)))
        table.delete(key)

    def transaction(self) -> AbstractContextManager[None]:
        return self._in_transaction

    def rank(self, record: Record) -> int:
        return self._tables[type(record)].ranks[record.key]

    def clear(self) -> None:
        self._hold({})

    def _hold(self, tables: dict[type[Record], Table]) -> None:
        """Take up other tables in the place of those that there are."""
        before, self._tables = self._tables, tables
        for kind, told in self._watchers.items():
            for table in (held[kind] for held in (before, tables) if kind in held):
                for key in table.rows:
                    told(key)

    def begin(self) -> None:
        """Nothing is kept anywhere else."""

    def commit(self, lines: Callable[[], Lines]) -> None:
        """Nothing is kept anywhere else."""

    def history(self) -> Lines:
        return Lines([], [], 0)

    def close(self) -> None:
        """It holds nothing."""

    def _table(self, kind: type[Record]) -> Table:
        if kind not in self._tables:
            self._tables[kind] = Table(kind.INDEXES, self._watchers.get(kind))
        return self._tables[kind]

    def _undone(self, changes: list[Change]) -> None:
        for kind, key, old, rank in reversed(changes):
            self._restore(kind, key, old, rank)

    def _restore(self, kind: type[Record], key: Key, old: Record | None, rank: int | None) -> None:
        table = self._table(kind)
        if old is None or rank is None:
            table.delete(key)
        else:
            table.put(old, key, rank, table.rows.get(key))
