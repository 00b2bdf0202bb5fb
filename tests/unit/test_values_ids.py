"""Ids and chance from one seed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from emulator.values.ids import Ids, was_issued


def draw(ids: Ids) -> list[object]:
    return [
        ids.hexadecimal(8),
        ids.resource("vpc"),
        ids.uuid(),
        ids.unique("AROA"),
        ids.access_key_id("AKIA"),
        ids.secret(),
        ids.pick(1000),
    ]


def test_the_same_seed_gives_the_same_ids() -> None:
    assert draw(Ids("seed")) == draw(Ids("seed"))
    assert draw(Ids("seed")) != draw(Ids("other"))


def test_no_seed_is_a_new_seed_that_can_be_used_again() -> None:
    ids = Ids()
    assert ids.seed != Ids().seed
    assert draw(Ids(ids.seed)) == draw(ids)


@pytest.mark.parametrize(
    ("make", "pattern"),
    [
        (lambda ids: ids.hexadecimal(5), "[0-9a-f]{5}"),
        (lambda ids: ids.resource("vpce"), "vpce-[0-9a-f]{17}"),
        (lambda ids: ids.unique("AIDA"), "AIDA[A-Z2-7]{17}"),
        (lambda ids: ids.access_key_id("ASIA"), "ASIA[A-Z2-7]{16}"),
        (lambda ids: ids.secret(), "[A-Za-z0-9+/]{40}"),
        (lambda ids: ids.secret(300), "[A-Za-z0-9+/]{300}"),
    ],
)
def test_forms(make: Callable[[Ids], str], pattern: str) -> None:
    ids = Ids("seed")
    drawn = [make(ids) for _ in range(50)]
    assert all(re.fullmatch(pattern, one) for one in drawn)
    assert len(set(drawn)) == 50


def test_uuids_are_of_version_4() -> None:
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", Ids("seed").uuid())


def test_a_pick_is_below_its_bound() -> None:
    ids = Ids("seed")
    assert {ids.pick(3) for _ in range(100)} == {0, 1, 2}


@pytest.mark.parametrize("prefix", ["AKIA", "ASIA"])
def test_an_issued_key_is_known_by_its_checksum(prefix: str) -> None:
    ids = Ids("seed")
    for _ in range(20):
        key = ids.access_key_id(prefix)
        assert was_issued(key)
        assert not was_issued(key[:-1] + ("A" if key[-1] != "A" else "B"))
        assert not was_issued(key[:6] + ("A" if key[6] != "A" else "B") + key[7:])


@pytest.mark.parametrize("key", ["", "test", "AKIA", "AKIAIOSFODNN7EXAMPLE", "AROA" + "A" * 16, "A" * 21])
def test_other_texts_were_not_issued(key: str) -> None:
    assert not was_issued(key)
