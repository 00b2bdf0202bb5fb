"""Amazon CloudWatch Logs: groups, their streams, and the events in them."""

from emulator.engine.service import Service, operations
from emulator.services.logs import event_pages, log_events, log_groups, log_streams, retention

SERVICE = Service("logs", operations("logs", log_groups, retention, log_streams, log_events, event_pages))
