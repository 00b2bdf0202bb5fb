"""AWS CloudTrail: the event history of the last 90 days, read from the journal."""

from emulator.engine.service import Service, operations
from emulator.services.cloudtrail import event_history

SERVICE = Service("cloudtrail", operations("cloudtrail", event_history))
