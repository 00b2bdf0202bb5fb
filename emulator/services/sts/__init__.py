"""AWS Security Token Service: who am I, be somebody else, what did that message say."""

from emulator.engine.service import Service, operations
from emulator.services.sts import assumption, callers, tokens

SERVICE = Service("sts", operations("sts", callers, assumption, tokens))
