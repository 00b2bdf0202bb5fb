"""The three examples of docs/pytest.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import emulator.testing  # loaded once here, before the sessions below, which forget what they load

GUIDE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text()
FILES = {name: block for block in re.findall(r"```\w+\n(.*?)```", GUIDE, re.DOTALL) for name in re.findall(r"\A# (\S+)\n", block)}
PASSED = {"test_deployer.py": 2, "test_waiting.py": 3, "test_janitor.py": 1}


def test_there_are_three() -> None:
    assert set(FILES) == {*PASSED, "janitor.yaml"}


@pytest.mark.parametrize("name", PASSED)
def test_it_runs(name: str, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:hypothesispytest\nfilterwarnings = error\n")
    for file, text in FILES.items():
        if file.endswith(".yaml") or file == name:
            pytester.path.joinpath(file).write_text(text)
    pytester.runpytest_inprocess().assert_outcomes(passed=PASSED[name])


def test_what_the_guide_lists_is_there() -> None:
    """Every fixture, attribute and method that it names in its tables."""
    from emulator import pytest_plugin

    for row in re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE):
        assert hasattr(pytest_plugin, row), row
    for method in re.findall(r"^\| `(assert_\w+)\(", GUIDE, re.MULTILINE):
        assert hasattr(emulator.testing.Journal, method), method
    shown = {name for name in vars(emulator.testing.Journal) if name.startswith("assert_")}
    assert shown == set(re.findall(r"^\| `(assert_\w+)\(", GUIDE, re.MULTILINE))
    for kind in (emulator.testing.Clock, emulator.testing.Faults, emulator.testing.Journal):
        for name in vars(kind):
            assert name.startswith("_") or name in GUIDE, name
