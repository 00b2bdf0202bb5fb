"""Hold the pinned dependencies against the advisories on PyPI: ``make audit``.

Exits with 0 when none has a known vulnerability, with 1 when one has, and with 2 when some could not be looked up: an audit that
did not take place has not been passed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PINS = Path(__file__).parents[1] / "constraints.txt"

Dependency = Mapping[str, Any]
"""A row of pip-audit's JSON: ``name``, and ``version`` with ``vulns``, or ``skip_reason``."""


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(PINS), "--no-deps", "--disable-pip", "--format", "json"]
    done = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False)  # noqa: S603  # our own arguments
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr.strip()[-2_000:], file=sys.stderr)
        dependencies = []
    text, status = verdict(dependencies)
    print(text)
    return status


def verdict(dependencies: Sequence[Dependency]) -> tuple[str, int]:
    """What to say of pip-audit's rows, and the exit status."""
    known = [f"{one['name']} {one['version']}: {advisory['id']}" for one in dependencies for advisory in one.get("vulns", ())]
    skipped = [one["name"] for one in dependencies if "skip_reason" in one]
    if known:
        return "\n".join(["known vulnerabilities:", *known]), 1
    if len(skipped) == len(dependencies):
        return "the advisory service cannot be reached from here: nothing was audited", 2
    if skipped:
        return f"no known vulnerability, but these could not be audited: {', '.join(skipped)}", 2
    return f"{len(dependencies)} dependencies, no known vulnerability", 0


if __name__ == "__main__":
    sys.exit(main())
