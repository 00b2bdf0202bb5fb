"""A local AWS endpoint that shows what Amazon MQ does on your behalf, and whether it may."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.engine.world import World as World
    from emulator.services import new_world as new_world
    from emulator.values.call import Call as Call
    from emulator.values.call import Principal as Principal
    from emulator.values.clock import Clock as Clock
    from emulator.values.errors import AwsError as AwsError

_HOMES = {
    "AwsError": "emulator.values.errors",
    "Call": "emulator.values.call",
    "Clock": "emulator.values.clock",
    "Principal": "emulator.values.call",
    "World": "emulator.engine.world",
    "new_world": "emulator.services",
}

__all__ = ["AwsError", "Call", "Clock", "Principal", "World", "new_world"]


def __getattr__(name: str) -> Any:
    """A public name, from its module at its first use: pytest imports this package at each start, mostly for nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
