"""Writes the pages of docs/ that are drawn from the code: ``make docs``. A test holds them against the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from emulator.services import SERVICES
from emulator.services.mq.broker import MOVES
from emulator.services.mq.plans import PLANS
from emulator.shapes.model import model

HERE = Path(__file__).parent
_NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"
_NAMES = {"iam": "IAM", "sts": "STS", "ec2": "EC2", "logs": "CloudWatch Logs", "mq": "Amazon MQ"}


def coverage() -> str:
    """Which operations of AWS's models there are, and which request members each refuses."""
    return "\n".join(["# Coverage", "", _NOTE, *_coverage()])


def _coverage() -> Iterator[str]:
    yield "An operation or member that is missing here is answered with `NotImplemented` (501) and its name, never ignored."
    yield "Partial means that some members of the request are refused; everything else of the operation is there.\n"
    for service in SERVICES:
        there = service.operations
        of = model(service.name)
        yield f"## {_NAMES[service.name]}: {len(there)} of {len(of.operations)} operations\n"
        yield "| operation | coverage | members refused |"
        yield "| --- | --- | --- |"
        for name in sorted(there):
            missing = [path for path in there[name].unsupported_members() if path not in service.handled]
            yield f"| {name} | {'partial' if missing else 'full'} | {', '.join(f'`{path}`' for path in missing)} |"
        absent = sorted(set(of.operations) - set(there))
        if len(absent) > 200:
            yield f"\nNot there: the other {len(absent)} operations of the model.\n"
        elif absent:
            yield f"\nNot there: {', '.join(absent)}.\n"


def broker_life() -> str:
    """The legal moves of a broker and the plans that make them."""
    return "\n".join(["# A broker's life", "", _NOTE, *_broker_life()])


def _broker_life() -> Iterator[str]:
    yield "```mermaid\nstateDiagram-v2"
    yield "    [*] --> CREATION_IN_PROGRESS: CreateBroker"
    for state, following in MOVES.items():
        for move in sorted(following):
            yield f"    {state} --> {move}"
    yield "    DELETION_IN_PROGRESS --> [*]\n```\n"
    yield "Durations are AWS's, in seconds; at pace `fast` they are divided by 120. A step waits `after` the one before it.\n"
    for plan in PLANS:
        yield f"## {plan.name}{', again and again' if plan.repeats else ''}\n"
        yield "| step | after | when it is refused |"
        yield "| --- | --- | --- |"
        for step in plan.steps:
            refused = "go on" if step.is_optional else "try again, later each time" if step.retry(1) else "the plan ends"
            yield f"| {step.name} | {step.after:g} s | {refused} |"
        yield ""


PAGES = {"coverage.md": coverage, "broker-life.md": broker_life}


def main() -> None:
    for name, page in PAGES.items():
        (HERE / name).write_text(page().rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
