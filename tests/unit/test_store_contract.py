"""The contract of every store, on each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from emulator.store.base import Store
from emulator.store.memory import MemoryStore
from emulator.store.sqlite import SqliteStore
from emulator.values.record import Key, Record


class Box(Record, frozen=True, kw_only=True):
    INDEXES = ("colour", "labels")

    colour: str = "red"
    labels: tuple[str, ...] = ()


class Crate(Record, frozen=True, kw_only=True):
    pass


class MishapError(Exception):
    pass


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "data")
    yield store
    store.close()


def box(name: str, *, account: str = "1", region: str = "r", colour: str = "red", labels: tuple[str, ...] = ()) -> Box:
    return Box(account=account, region=region, id=name, colour=colour, labels=labels)


def ids(found: Iterable[Record]) -> list[str]:
    return [record.id for record in found]


def fill(store: Store, *names: str) -> None:
    for name in names:
        store.put(box(name))


def test_what_is_put_is_got(store: Store) -> None:
    store.put(box("a"))
    assert store.get(Box, ("1", "r", "a")) == box("a")
    assert store.get(Box, ("1", "r", "b")) is None
    assert store.get(Crate, ("1", "r", "a")) is None


def test_kinds_keep_apart(store: Store) -> None:
    store.put(box("a"))
    store.put(Crate(account="1", region="r", id="a"))
    assert ids(store.find(Box)) == ids(store.find(Crate)) == ["a"]


def test_a_kind_that_nobody_put_is_empty(store: Store) -> None:
    assert list(store.find(Box)) == []
    assert list(store.find(Box, "1", "r", colour="red")) == []


def test_putting_again_replaces(store: Store) -> None:
    fill(store, "a", "b")
    store.put(replace(box("a"), colour="blue"))
    assert ids(store.find(Box, colour="blue")) == ["a"]
    assert ids(store.find(Box, colour="red")) == ["b"]


def test_find_by_account_and_region(store: Store) -> None:
    for account in "12":
        for region in "rs":
            store.put(box(account + region, account=account, region=region))
    assert ids(store.find(Box)) == ["1r", "1s", "2r", "2s"]
    assert ids(store.find(Box, "1")) == ["1r", "1s"]
    assert ids(store.find(Box, None, "s")) == ["1s", "2s"]
    assert ids(store.find(Box, "2", "s")) == ["2s"]
    assert ids(store.find(Box, "3", "s")) == []


def test_find_by_indexes(store: Store) -> None:
    store.put(box("a", labels=("x", "y")))
    store.put(box("b", labels=("y",), colour="blue"))
    store.put(box("c", account="2", labels=("y",)))
    assert ids(store.find(Box, labels="x")) == ["a"]
    assert ids(store.find(Box, labels="y")) == ["a", "b", "c"]
    assert ids(store.find(Box, "1", "r", labels="y")) == ["a", "b"]
    assert ids(store.find(Box, colour="red", labels="y")) == ["a", "c"]
    assert ids(store.find(Box, labels="z")) == []


def test_an_index_must_exist(store: Store) -> None:
    fill(store, "a")
    with pytest.raises(KeyError):
        store.find(Box, size="large")


def test_what_is_found_can_be_deleted_meanwhile(store: Store) -> None:
    fill(store, "a", "b", "c")
    for record in store.find(Box, colour="red"):
        store.delete(record)
    assert list(store.find(Box)) == []


def test_deleting(store: Store) -> None:
    fill(store, "a", "b")
    store.delete(replace(box("a"), colour="blue"))
    assert ids(store.find(Box)) == ids(store.find(Box, "1", "r")) == ids(store.find(Box, colour="red")) == ["b"]
    with pytest.raises(KeyError):
        store.delete(box("a"))


def test_order_is_that_of_first_putting(store: Store) -> None:
    fill(store, "b", "a", "c")
    store.put(replace(box("b"), labels=("x",)))
    store.put(replace(box("b"), colour="red"))
    for found in (store.find(Box), store.find(Box, "1", "r"), store.find(Box, colour="red")):
        assert ids(found) == ["b", "a", "c"]


def test_one_deleted_and_put_again_comes_last(store: Store) -> None:
    fill(store, "a", "b")
    store.delete(box("a"))
    store.put(box("a"))
    assert ids(store.find(Box)) == ids(store.find(Box, colour="red")) == ["b", "a"]


# transactions ------------------------------------------------------------------------------------------------------


def test_a_transaction_that_ends_well_stays(store: Store) -> None:
    fill(store, "a")
    with store.transaction():
        fill(store, "b")
        store.delete(box("a"))
        assert ids(store.find(Box)) == ["b"]
    assert ids(store.find(Box)) == ["b"]


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    fill(store, "a", "b", "c")
    with pytest.raises(MishapError), store.transaction():
        fill(store, "d")
        store.put(replace(box("b"), colour="blue", labels=("x",)))
        store.put(replace(box("b"), colour="green"))
        store.delete(box("a"))
        store.delete(box("d"))
        store.put(Crate(account="1", region="r", id="k"))
        raise MishapError
    for found in (store.find(Box), store.find(Box, "1", "r"), store.find(Box, colour="red")):
        assert ids(found) == ["a", "b", "c"]
    assert store.get(Box, ("1", "r", "b")) == box("b")
    assert list(store.find(Box, colour="blue")) == list(store.find(Box, labels="x")) == list(store.find(Crate)) == []


def test_a_failing_inner_transaction_undoes_itself_only(store: Store) -> None:
    with store.transaction():
        fill(store, "a")
        with pytest.raises(MishapError), store.transaction():
            fill(store, "b")
            store.delete(box("a"))
            raise MishapError
        fill(store, "c")
    assert ids(store.find(Box)) == ["a", "c"]


def test_an_inner_transaction_falls_with_the_outer(store: Store) -> None:
    fill(store, "kept")
    with pytest.raises(MishapError), store.transaction():
        with store.transaction():
            fill(store, "a")
            store.delete(box("kept"))
        assert ids(store.find(Box)) == ["a"]
        raise MishapError
    assert ids(store.find(Box)) == ["kept"]


def test_a_rollback_keeps_order(store: Store) -> None:
    fill(store, "a", "b", "c")
    with pytest.raises(MishapError), store.transaction():
        for name in ("a", "b"):
            store.delete(box(name))
            fill(store, name)
        raise MishapError
    fill(store, "d")
    assert ids(store.find(Box)) == ids(store.find(Box, "1", "r")) == ids(store.find(Box, colour="red")) == ["a", "b", "c", "d"]


def test_even_an_interrupt_rolls_back(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), store.transaction():
        fill(store, "a")
        raise KeyboardInterrupt
    assert list(store.find(Box)) == []


def test_clear_forgets_everything(store: Store) -> None:
    fill(store, "a")
    store.clear()
    assert list(store.find(Box)) == []
    assert store.get(Box, ("1", "r", "a")) is None


def test_a_store_in_a_file_is_not_cleared_inside_a_transaction(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "data")
    fill(store, "a")
    with pytest.raises(RuntimeError), store.transaction():
        fill(store, "b")
        store.clear()
    assert ids(store.find(Box)) == ["a"]
    store.close()


def test_count_is_what_find_looks_at(store: Store) -> None:
    assert store.count(Box, "1", "r", colour="red") == 0
    store.put(box("a", labels=("x", "y")))
    store.put(box("b", colour="blue", labels=("x",)))
    store.put(box("c", account="2", labels=("x",)))
    assert store.count(Box, "1", "r") == 2
    assert store.count(Box, "1", "s") == 0
    assert store.count(Box, "1", "r", labels="x") == 2
    assert store.count(Box, "1", "r", labels="x", colour="blue") == 1
    assert store.count(Box, "1", "r", labels="x", colour="green") == 0
    assert ids(store.find(Box, "1", "r", colour="blue", labels="x")) == ["b"]
    assert ids(store.find(Box, labels="x")) == ["a", "b", "c"]


class Jar(Record, frozen=True, kw_only=True):
    INDEXES = ("initials",)

    words: str = ""

    @property
    def initials(self) -> tuple[str, ...]:
        return tuple(word[0] for word in self.words.split())


def test_an_index_may_be_of_a_property(store: Store) -> None:
    store.put(Jar(account="1", region="r", id="a", words="plum jam"))
    assert ids(store.find(Jar, "1", "r", initials="j")) == ["a"]
    store.put(Jar(account="1", region="r", id="a", words="plum pie"))
    assert ids(store.find(Jar, "1", "r", initials="j")) == []
    assert ids(store.find(Jar, "1", "r", initials="p")) == ["a"]


def test_in_order_of_ids_from_any_place(store: Store) -> None:
    """Whatever comes and goes after the order was first asked for; a change that is undone leaves it as it was."""
    fill(store, "d", "b")
    store.put(box("z", account="2"))
    assert ids(store.after(Box, "1", "r", "")) == ["b", "d"]
    fill(store, "c", "a", "e", "c")
    store.delete(box("d"))
    assert ids(store.after(Box, "1", "r", "")) == ["a", "b", "c", "e"]
    assert ids(store.after(Box, "1", "r", "b")) == ["c", "e"]
    assert ids(store.after(Box, "1", "r", "bb")) == ["c", "e"]
    with pytest.raises(MishapError), store.transaction():
        store.delete(box("a"))
        fill(store, "f")
        raise MishapError
    assert ids(store.after(Box, "1", "r", "")) == ["a", "b", "c", "e"]
    assert ids(store.after(Crate, "1", "r", "")) == []
    assert ids(store.after(Box, "1", "elsewhere", "")) == []
    store.clear()
    assert ids(store.after(Box, "1", "r", "")) == []


def test_an_index_follows_what_changes_in_it_alone(store: Store) -> None:
    store.put(box("a", colour="red", labels=("x", "y")))
    store.put(box("a", colour="blue", labels=("x", "y")))
    assert ids(store.find(Box, colour="red")) == []
    assert ids(store.find(Box, colour="blue", labels="y")) == ["a"]
    store.put(box("a", colour="blue", labels=("y", "z")))
    assert ids(store.find(Box, labels="x")) == []
    assert ids(store.find(Box, labels="z")) == ["a"]


def test_a_record_may_have_a_value_twice(store: Store) -> None:
    store.put(box("a", labels=("x", "x", "y")))
    store.put(box("a", labels=("x", "x")))
    assert ids(store.find(Box, labels="x")) == ["a"]
    store.delete(box("a"))
    assert ids(store.find(Box, labels="x")) == []


def test_who_watches_a_kind_is_told_after_each_change_of_it(store: Store) -> None:
    """Whether the change is undone later or not; of other kinds nothing is told."""
    seen: list[tuple[str, list[str]]] = []
    fill(store, "a")
    store.watch((Box,), lambda key: seen.append((key[2], ids(store.find(Box)))))
    fill(store, "b")
    store.put(Crate(account="1", region="r", id="c"))
    store.delete(box("a"))
    assert seen == [("b", ["a", "b"]), ("a", ["b"])]
    with pytest.raises(MishapError), store.transaction():
        fill(store, "d")
        raise MishapError
    assert seen[2:] == [("d", ["b", "d"]), ("d", ["b"])]
    store.clear()
    fill(store, "e")
    assert seen[4:] == [("b", []), ("e", ["e"])]


def test_all_who_watch_a_kind_are_told(store: Store) -> None:
    """A world that takes up a store does not leave an earlier one with what it remembers."""
    seen: list[list[str]] = [[], [], []]
    for place, told in enumerate(seen):
        store.watch((Box, Crate), partial(_note, told))
        fill(store, str(place))
    assert seen == [["0", "1", "2"], ["1", "2"], ["2"]]


def test_who_watches_one_kind_takes_no_other_over(store: Store) -> None:
    boxes: list[str] = []
    crates: list[str] = []
    fill(store, "a")
    store.watch((Box,), partial(_note, boxes))
    store.watch((Crate,), partial(_note, crates))
    fill(store, "b")
    assert (boxes, crates) == (["b"], [])


def _note(told: list[str], key: Key) -> None:
    told.append(key[2])
