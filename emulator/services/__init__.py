"""The AWS services, one package or module each. They never import each other; they meet through ``world.perform``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emulator.engine.world import World
from emulator.services import cloudtrail, ec2, iam, logs, mq, sts
from emulator.services.managed import managed_policies
from emulator.store.base import Store
from emulator.store.memory import MemoryStore

SERVICES = (iam.SERVICE, sts.SERVICE, ec2.SERVICE, logs.SERVICE, mq.SERVICE, cloudtrail.SERVICE)


def new_world(data: Path | None = None, **settings: Any) -> World:
    """A world with every service in it: empty, or as the file ``data`` keeps it. ``settings`` are those of :class:`World`.

    Raises DataFileError when the file cannot be used.
    """
    return World(SERVICES, _store(data), managed=managed_policies(), **settings)


def _store(data: Path | None) -> Store:
    if data is None:
        return MemoryStore()
    from emulator.store.sqlite import SqliteStore  # noqa: PLC0415  # what it imports would slow every start

    return SqliteStore(data)
