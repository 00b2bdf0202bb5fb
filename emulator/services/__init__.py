"""The AWS services, one package or module each. They never import each other; they meet through ``world.perform``."""

from __future__ import annotations

from typing import Any

from emulator.engine.world import World
from emulator.services import cloudtrail, ec2, iam, logs, mq, sts
from emulator.services.managed import managed_policies
from emulator.store.memory import MemoryStore

SERVICES = (iam.SERVICE, sts.SERVICE, ec2.SERVICE, logs.SERVICE, mq.SERVICE, cloudtrail.SERVICE)


def new_world(**settings: Any) -> World:
    """An empty world with every service in it; ``settings`` are those of :class:`World`."""
    return World(SERVICES, MemoryStore(), managed=managed_policies(), **settings)
