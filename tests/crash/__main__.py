"""Kill a process that works on a data file, again and again, and look each time what the next one finds.

``python -m tests.crash --kills 200 --served 5``: kills of a process whose threads call a world on the file, and kills of a served
emulator under boto3. It ends with 0 and one line of figures when everything held.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from random import Random  # noqa: TID251  # so are the deeds
from tempfile import TemporaryDirectory
from time import sleep  # noqa: TID251  # the moment of a kill is the machine's, not the emulator's
from typing import Any

from emulator import new_world
from tests.crash import served, workload
from tests.crash.checks import Promised, check, check_completion
from tests.crash.pipes import lines

LONGEST_LIFE = 0.25
"""Seconds from a process's start until it is killed, at most: some are killed before they have opened the file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--served", type=int, default=5)
    parser.add_argument("--seed", default=os.urandom(4).hex())
    asked = parser.parse_args()
    random, promised = Random(asked.seed), Promised()
    print(f"seed {asked.seed}", flush=True)
    workload.warm_up()
    with TemporaryDirectory() as folder:
        path = Path(folder, "data")
        for number in range(asked.kills):
            kill_one(path, promised, random, number)
            if number % 3 != 1:  # else the next one finds the file as the kill left it
                look(path, promised)
        look(path, promised, at_the_end=True)
        figures = f"{asked.kills} kills, {promised.count} calls acknowledged, file of {path.stat().st_size // 1024} KiB"
    with TemporaryDirectory() as folder:
        acknowledged = served.campaign(Path(folder, "data"), asked.served, random)
    print(f"{figures}; {asked.served} kills of a served emulator, {acknowledged} calls acknowledged: nothing lost, nothing half")


def kill_one(path: Path, promised: Promised, random: Random, number: int) -> None:
    reading, writing = os.pipe()
    life = random.uniform(0, LONGEST_LIFE)
    seed = f"{random.random()}"
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(path, writing, seed)
    os.close(writing)
    told = lines(reading)
    if number % 10:  # most get to work first
        promised.note(next(told, {}))
    sleep(life)
    os.kill(child, signal.SIGKILL)
    for line in told:
        promised.note(line)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, f"the process ended by itself: {status}"


def _work(path: Path, writing: int, seed: str) -> Any:
    try:
        workload.run(path, writing, seed)
    except BaseException:  # noqa: BLE001  # whatever it is, this process must not become a second parent
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def look(path: Path, promised: Promised, *, at_the_end: bool = False) -> None:
    world = new_world(path, journal_entries=workload.MOST_ENTRIES)
    if not world.is_new:
        check(world, promised)
    if at_the_end:
        check_completion(world)
    world.close()


if __name__ == "__main__":
    main()
