"""The AWS services, one package or module each. They never import each other; they meet through ``world.perform``."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.engine.world import World
from emulator.services import cloudtrail, ec2, iam, logs, mq, sts
from emulator.services.managed import managed_policies
from emulator.store.memory import MemoryStore

SERVICES = (iam.SERVICE, sts.SERVICE, ec2.SERVICE, logs.SERVICE, mq.SERVICE, cloudtrail.SERVICE)


def new_world(data: Path | None = None, **settings: Any) -> World:
    """A world with every service in it: empty, or as the file ``data`` keeps it. ``settings`` are those of :class:`World`.

    Raises DataFileError when the file cannot be used.
    """
    if data is None:
        return World(SERVICES, MemoryStore(), managed=managed_policies(), **settings)
    from emulator.store.sqlite import SqliteStore  # noqa: PLC0415  # what it imports would slow every start

    with _uncollected():
        store = SqliteStore(data)
        try:
            return World(SERVICES, store, managed=managed_policies(), **settings)
        except BaseException:
            store.close()
            raise


@contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing that is loaded is garbage: to look for some again and again would take longer than loading."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
