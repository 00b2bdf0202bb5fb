"""The store in memory and the one in SQLite do the same, whatever is done to them; and a file gives back what was put into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.store.base import Store
from emulator.store.memory import MemoryStore
from emulator.store.sqlite import SqliteStore
from emulator.values.record import Record
from tests.unit.test_store_contract import Box, Crate, MishapError, box

NAMES = st.sampled_from("abcdef")
PUT = st.tuples(st.just("put"), NAMES, st.sampled_from(["red", "blue"]), st.lists(st.sampled_from("xyz"), unique=True).map(tuple))
CRATE = st.tuples(st.just("crate"), NAMES)
DELETE = st.tuples(st.just("delete"), NAMES)
STEPS = st.recursive(
    st.lists(PUT | PUT | CRATE | DELETE, max_size=6),
    lambda inner: st.lists(PUT | DELETE | st.tuples(st.just("transaction"), inner, st.booleans()), max_size=5),
    max_leaves=8,
)
TURNS = st.lists(st.tuples(st.sampled_from(["turn", "turn", "loose", "clear"]), STEPS), max_size=6)


@settings(max_examples=40, deadline=None)
@given(TURNS)
def test_both_stores_do_the_same_and_a_file_gives_it_back(turns: Any) -> None:
    with TemporaryDirectory() as folder:
        path, memory = Path(folder, "data"), MemoryStore()
        sqlite = SqliteStore(path)
        for turn in turns:
            for store in (memory, sqlite):
                play(store, *turn)
            assert contents(sqlite) == contents(memory)
        sqlite.close()
        again = SqliteStore(path)
        assert contents(again) == contents(memory)
        for store in (memory, again):
            play(store, "turn", [("put", "a", "red", ()), ("put", "g", "red", ())])
        assert contents(again) == contents(memory)
        again.close()


def play(store: Store, kind: str, steps: Any) -> None:
    if kind == "loose":
        take(store, steps)
        return
    store.begin()
    if kind == "clear":
        take(store, steps[:2])
        store.clear()
    take(store, steps)
    store.commit(MemoryStore().history)


def take(store: Store, steps: Any) -> None:
    for verb, *rest in steps:
        if verb == "put":
            store.put(box(rest[0], colour=rest[1], labels=rest[2]))
        elif verb == "crate":
            store.put(Crate(account="1", region="r", id=rest[0]))
        elif verb == "delete":
            if store.get(Box, ("1", "r", rest[0])):
                store.delete(box(rest[0]))
        else:
            with suppress(MishapError), store.transaction():
                take(store, rest[0])
                if rest[1]:
                    raise MishapError


def contents(store: Store) -> list[list[Record]]:
    return [list(found) for found in finds(store)]


def finds(store: Store) -> Iterator[Any]:
    yield store.find(Box)
    yield store.find(Crate)
    yield store.find(Box, "1", "r", colour="red")
    yield store.find(Box, "1", "r", labels="x")
