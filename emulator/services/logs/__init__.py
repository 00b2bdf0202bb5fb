"""Amazon CloudWatch Logs: groups, their streams, and the events in them."""

from emulator.engine.service import Export, Service, operations
from emulator.services.logs import (
    account_wide,
    event_pages,
    group_settings,
    log_events,
    log_groups,
    log_record,
    log_streams,
    log_tags,
    metric_filters,
    resource_policies,
    retention,
)
from emulator.services.logs.log_pack import from_rows, rows
from emulator.services.logs.log_record import record_pointer
from emulator.services.logs.log_stream import LogStream, from_readable, readable
from emulator.services.logs.log_volume import volume
from emulator.services.logs.metric_matches import metric_matches
from emulator.services.logs.timeline import LogChunk

__all__ = ["SERVICE", "metric_matches", "record_pointer", "volume"]

SERVICE = Service(
    "logs",
    operations(
        "logs",
        log_groups,
        group_settings,
        log_tags,
        retention,
        log_streams,
        log_events,
        event_pages,
        log_record,
        metric_filters,
        resource_policies,
        account_wide,
    ),
    exports={LogChunk: Export("pack", rows, from_rows), LogStream: Export("spans", readable, from_readable)},
)
