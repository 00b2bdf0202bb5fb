"""The contract of every store."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from emulator.values.record import Key, Record

R = TypeVar("R", bound=Record)


class Store(Protocol):
    """Keeps records by kind and key, in order of their first putting.

    Everything inside ``transaction()`` happens, or, when it raises, none of it. Transactions nest.
    """

    def get(self, kind: type[R], key: Key) -> R | None:
        """The record, or None."""
        ...

    def find(self, kind: type[R], account: str | None = None, region: str | None = None, **where: str) -> Iterable[R]:
        """Records of an account and Region (any, when None) whose indexed attributes have the given values."""
        ...

    def count(self, kind: type[Record], account: str, region: str, **where: str) -> int:
        """How many records ``find`` would look at: exact for one index, the smallest index's number for several."""
        ...

    def put(self, record: Record) -> None:
        """Add the record or replace the one of its key."""
        ...

    def delete(self, record: Record) -> None:
        """Remove the record of this key; KeyError when there is none."""
        ...

    def transaction(self) -> AbstractContextManager[None]: ...

    def clear(self) -> None:
        """Forget everything."""
        ...
