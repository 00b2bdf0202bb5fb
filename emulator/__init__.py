"""A local AWS endpoint that shows what Amazon MQ does on your behalf, and whether it may."""

from emulator.engine.world import World
from emulator.services import new_world
from emulator.values.call import Call, Principal
from emulator.values.clock import Clock
from emulator.values.errors import AwsError

__all__ = ["AwsError", "Call", "Clock", "Principal", "World", "new_world"]
