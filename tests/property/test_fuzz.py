"""A short run of ``make fuzz``."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tools.fuzz import Fuzzer, over_a_socket
from tools.fuzz_control import ControlFuzzer


def test_spoilt_requests_break_nothing() -> None:
    fuzzer = Fuzzer(seed=7)
    fuzzer.run(2_500)
    assert fuzzer.failures == []
    assert {200, 400, 404, 501} <= set(fuzzer.statuses)
    assert fuzzer.statuses.total() == 2_501


def test_spoilt_requests_of_the_control_api_break_nothing() -> None:
    fuzzer = ControlFuzzer(seed=7)
    fuzzer.run(1_200)
    assert fuzzer.failures == []
    assert {200, 400, 404} <= set(fuzzer.statuses)


def test_spoilt_bytes_break_nothing() -> None:
    fuzzer = Fuzzer(seed=8)
    assert over_a_socket(fuzzer.world, fuzzer.corpus(1), 150, seed=8) == []


def test_what_it_finds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fuzzer = Fuzzer(seed=9)
    operations = fuzzer.world.services["sts"].operations
    broken = replace(operations["GetCallerIdentity"], run=lambda _world, _call: 1 / 0)
    monkeypatch.setitem(operations, "GetCallerIdentity", broken)
    fuzzer.run(1)
    assert any("ZeroDivisionError" in text for text in fuzzer.failures)
