"""All that a store holds of one account."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.store.base import Store
from emulator.values.record import Record


def records(store: Store, account: str | None) -> Iterator[Record]:
    """Every record of an account, or of all, of whatever kind."""
    for kind in _kinds(Record):
        yield from list(store.find(kind, account))


def erase(store: Store, account: str) -> None:
    for record in records(store, account):
        store.delete(record)


def _kinds(of: type[Record]) -> Iterator[type[Record]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)
