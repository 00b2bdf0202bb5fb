"""The emulator inside a test: served from the test's own process, with what moves, breaks and questions it."""

from emulator.testing.clock import Clock
from emulator.testing.emulator import Emulator, Keys
from emulator.testing.faults import Faults
from emulator.testing.journal import Journal

__all__ = ["Clock", "Emulator", "Faults", "Journal", "Keys"]
