"""What came of scenarios: a line for people, JSON and JUnit's XML for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from msgspec import Struct

from emulator.scenario.run import Run

Status = Literal["passed", "failed", "skipped"]


class Result(Struct, frozen=True):
    """One scenario's. ``seconds`` are the machine's. What could not be asked makes it skipped, never passed."""

    path: Path
    name: str
    failures: Sequence[str]
    skipped: Sequence[str]
    seconds: float

    @classmethod
    def of(cls, path: Path, run: Run, seconds: float) -> Result:
        return cls(path, run.scenario.name, run.failures, run.skipped, seconds)

    @property
    def status(self) -> Status:
        return "failed" if self.failures else "skipped" if self.skipped else "passed"

    def to_json(self) -> dict[str, Any]:
        return {
            "file": str(self.path),
            "name": self.name,
            "status": self.status,
            "failures": list(self.failures),
            "skipped": list(self.skipped),
            "seconds": round(self.seconds, 3),
        }


def count(results: Sequence[Result], status: Status) -> int:
    return sum(result.status == status for result in results)


def to_json(results: Sequence[Result]) -> str:
    summary = {status: count(results, status) for status in ("passed", "failed", "skipped")}
    return json.dumps({**summary, "scenarios": [result.to_json() for result in results]}, indent=2) + "\n"


def to_junit(results: Sequence[Result]) -> str:
    """One test suite, with a test case for each scenario."""
    suite = ElementTree.Element(
        "testsuite",
        name="mq-emulator",
        tests=str(len(results)),
        failures=str(count(results, "failed")),
        skipped=str(count(results, "skipped")),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite, "testcase", classname=result.path.stem, name=result.name, time=f"{result.seconds:.3f}"
        )
        told = result.failures or result.skipped
        if told:
            outcome = ElementTree.SubElement(case, "failure" if result.failures else "skipped", message=told[0])
            outcome.text = "\n".join(told)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
