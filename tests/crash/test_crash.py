"""A short run of ``python -m tests.crash``; ``make crash`` has the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_what_is_acknowledged_outlives_a_kill() -> None:
    command = [sys.executable, "-m", "tests.crash", "--kills", "12", "--served", "1"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout.endswith("nothing lost, nothing half\n")
