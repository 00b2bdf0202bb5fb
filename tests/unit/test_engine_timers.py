"""Which timer is next: among the accounts that share a clock, and in those that have their own."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.engine.timers import Timer, Timers
from emulator.store.memory import MemoryStore

ACCOUNTS = ["a", "b", "c"]


def timer(number: int, due: float, account: str = "a", *, is_background: bool = False) -> Timer:
    return Timer(
        account=account, region="", id=str(number), due=due, handler="x", subject=f"s{number}", is_background=is_background
    )


def test_the_next_is_the_earliest_and_of_the_same_instant_the_first_set() -> None:
    timers = Timers(MemoryStore())
    for number, (due, account, is_background) in enumerate([(5, "a", False), (3, "b", True), (3, "a", False), (9, "b", False)]):
        timers.put(timer(number, due, account, is_background=is_background))
    assert (timers.next_due(), timers.next_due("a"), timers.next_due("b"), timers.next_due("c")) == (3, 3, 3, None)
    assert (timers.next_due(is_foreground=True), timers.next_due("b", is_foreground=True)) == (3, 9)
    assert timers.pop_due(2) is None
    popped = [timers.pop_due(10) for _ in range(5)]
    assert [one and one.id for one in popped] == ["1", "2", "0", "3", None]


def test_an_account_with_a_clock_of_its_own_is_not_among_the_others() -> None:
    apart: set[str] = set()
    timers = Timers(MemoryStore(), apart.__contains__)
    timers.put(timer(1, 1, "a"))
    timers.put(timer(2, 2, "b"))
    apart.add("a")
    timers.put(timer(3, 0, "a"))
    assert (timers.next_due(), timers.next_due("a")) == (2, 0)
    assert [one and one.id for one in (timers.pop_due(9), timers.pop_due(9))] == ["2", None]
    assert [one and one.id for one in (timers.pop_due(9, "a"), timers.pop_due(9, "a"))] == ["3", "1"]


def test_a_cancelled_timer_leaves_its_place_to_the_next() -> None:
    timers = Timers(MemoryStore())
    for number in range(3):
        timers.put(timer(number, number))
    timers.cancel("a", "", "s0")
    timers.cancel("a", "", "s1")
    assert timers.next_due() == 2
    timers.cancel("a", "", "s2")
    assert timers.next_due() is None


Step = tuple[str, float, str, bool]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "put", "pop", "cancel", "reload", "leave"]),
            st.integers(0, 20).map(float),
            st.sampled_from(ACCOUNTS),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_it_is_a_sorted_list(steps: list[Step]) -> None:
    """Held against the simplest thing that could be right."""
    store, apart = MemoryStore(), set[str]()
    timers = Timers(store, apart.__contains__)
    plain: list[tuple[float, int, Timer]] = []

    def among(account: str | None) -> list[tuple[float, int, Timer]]:
        return sorted(row for row in plain if (row[2].account == account if account else row[2].account not in apart))

    for number, (what, due, account, is_background) in enumerate(steps):
        whose = account if account in apart else None
        rows = among(whose)
        if what == "put":
            made = timer(number, due, account, is_background=is_background)
            timers.put(made)
            plain.append((due, number, made))
        elif what == "pop":
            wanted = rows[0][2] if rows and rows[0][0] <= due else None
            assert timers.pop_due(due, whose) == wanted
            if wanted is not None:
                store.delete(wanted)
                timers.forget(wanted)
                plain = [row for row in plain if row[2] != wanted]
        elif what == "cancel" and rows:
            timers.cancel(rows[0][2].account, "", rows[0][2].subject)
            plain.remove(rows[0])
        elif what == "reload":
            timers.reload()
        elif what == "leave":
            apart.add(account)
        for one in (None, *apart):
            left = among(one)
            assert timers.next_due(one) == (left[0][0] if left else None)
            ahead = [row for row in left if not row[2].is_background]
            assert timers.next_due(one, is_foreground=True) == (ahead[0][0] if ahead else None)
