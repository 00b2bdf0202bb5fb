"""The contract of every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, TypeVar

from emulator.values.record import Key, Record

R = TypeVar("R", bound=Record)


class UnkeptError(Exception):
    """What happened since ``begin`` could not be kept, so it has not happened; the text says why."""


class DataFileError(Exception):
    """A data file that cannot be opened, read or written: one line that names it."""


class Document(NamedTuple):
    """A policy's text that lines of the journal go by, by its digest. ``last`` is the id of a line that needs it."""

    digest: str
    kind: str
    text: str
    last: int


class Lines(NamedTuple):
    """What a store keeps of the journal beside its records: lines by their ids, and the documents that they name.

    ``dropped`` is the id of the last line that is dropped, if some have been since the turn before, else 0; ``removed`` are
    the ids of others that go.
    """

    lines: list[tuple[int, Any]]
    documents: list[Document]
    dropped: int
    removed: Sequence[int] = ()


class Store(Protocol):
    """Keeps records by kind and key, in order of their first putting.

    Everything inside ``transaction()`` happens, or, when it raises, none of it. Transactions nest. ``begin`` and ``commit`` are
    around a turn of the world, with transactions that ended well or not: what a turn has done is kept as one.
    """

    is_durable: bool
    """Whether what is committed outlives the process."""

    def get(self, kind: type[R], key: Key) -> R | None:
        """The record, or None."""
        ...

    def find(self, kind: type[R], /, account: str | None = None, region: str | None = None, **where: str) -> Iterable[R]:
        """Records of an account and Region (any, when None) whose indexed attributes have the given values."""
        ...

    def after(self, kind: type[R], account: str, region: str, last: str) -> Iterator[R]:
        """Records of an account and Region in order of their ids, from the first after ``last``; none may change meanwhile."""
        ...

    def count(self, kind: type[Record], /, account: str, region: str, **where: str) -> int:
        """How many records ``find`` would look at: exact for one index, the smallest index's number for several."""
        ...

    def put(self, record: Record) -> None:
        """Add the record or replace the one of its key."""
        ...

    def delete(self, record: Record) -> None:
        """Remove the record of this key; KeyError when there is none."""
        ...

    def transaction(self) -> AbstractContextManager[None]: ...

    def rank(self, record: Record) -> int:
        """Where a record that is there stands in the order of first putting."""
        ...

    def watch(self, kinds: Iterable[type[Record]], told: Callable[[Key], None]) -> None:
        """Call ``told`` with the key of each record of some kinds that was changed, be it undone later."""
        ...

    def clear(self) -> None:
        """Forget everything. Not inside a transaction."""
        ...

    def begin(self) -> None:
        """A turn begins."""
        ...

    def commit(self, lines: Callable[[], Lines]) -> None:
        """Keep what was done since ``begin``; UnkeptError when that cannot be, and then the records are as they were."""
        ...

    def history(self) -> Lines:
        """The lines of the journal that were kept."""
        ...

    def close(self) -> None:
        """Let go of what it holds outside the process."""
        ...
