"""What the audit says of pip-audit's rows."""

from __future__ import annotations

from typing import Any

import pytest

from tools.audit import verdict

SAFE = {"name": "click", "version": "8.5.1", "vulns": []}
BAD = {"name": "flask", "version": "0.1", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "attrs", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("rows", "status", "text"),
    [
        ([SAFE], 0, "1 dependencies, no known vulnerability"),
        ([SAFE, BAD, SKIPPED], 1, "known vulnerabilities:\nflask 0.1: PYSEC-1"),
        ([SAFE, SKIPPED], 2, "no known vulnerability, but these could not be audited: attrs"),
        ([SKIPPED], 2, "the advisory service cannot be reached from here: nothing was audited"),
        ([], 2, "the advisory service cannot be reached from here: nothing was audited"),
    ],
)
def test_an_audit_is_passed_only_when_it_took_place(rows: list[dict[str, Any]], status: int, text: str) -> None:
    assert verdict(rows) == (text, status)
