"""Every error code that this emulator gives is one that it knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from emulator.services import SERVICES
from emulator.shapes.error_codes import status_of

ROOT = Path(__file__).parents[2] / "emulator" / "services"


def raised(service: str) -> set[str]:
    """The codes of the AwsErrors that a service's modules make."""
    found: set[str] = set()
    for path in (ROOT / service).glob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        made = (call.args[0] for call in calls if getattr(call.func, "id", "") == "AwsError")
        found |= {str(code.value) for code in made if isinstance(code, ast.Constant)}
    return found


def test_ec2s_table_has_what_ec2_raises() -> None:
    codes = raised("ec2")
    assert len(codes) > 40
    assert [code for code in codes if status_of("ec2", code) is None] == []


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_the_common_ones_and_the_unknown(service: str) -> None:
    assert status_of(service, "InternalFailure") == 500
    assert status_of(service, "ServiceUnavailable") == 503
    assert status_of(service, "Oops") is None
