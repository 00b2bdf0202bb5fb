"""What applications bring about inside a RabbitMQ broker. None runs here: tests say through the control API that it happened."""

from __future__ import annotations

import contextlib

from msgspec import Struct

from emulator.engine.world import World
from emulator.services.mq import errors, log_lines
from emulator.services.mq.broker import DISK_ALARM, MEMORY_ALARM, Broker, require
from emulator.services.mq.log_lines import Category
from emulator.services.mq.log_publishing import Say, publish
from emulator.values.errors import AwsError


class Event(Struct, frozen=True):
    """The category and lines that it leaves in the log, and the action-required code that it raises or clears."""

    category: Category
    say: Say
    raises: str = ""
    clears: str = ""


EVENTS = {
    "memory alarm": Event("general", log_lines.memory_alarm, raises=MEMORY_ALARM),
    "memory alarm cleared": Event("general", log_lines.memory_alarm_cleared, clears=MEMORY_ALARM),
    "disk alarm": Event("general", log_lines.disk_alarm, raises=DISK_ALARM),
    "disk alarm cleared": Event("general", log_lines.disk_alarm_cleared, clears=DISK_ALARM),
    "client connection": Event("connection", log_lines.client_connection),
    "channel error": Event("channel", log_lines.channel_error),
    "queue declared": Event("queue", log_lines.queue_declared),
    "queue mirrored": Event("mirroring", log_lines.queue_mirrored),
    "federation link": Event("federation", log_lines.federation_link),
}


def happen(world: World, account: str, region: str, broker_id: str, name: str) -> None:
    """Let an event of :data:`EVENTS` happen on the broker's first node.

    Raises NotFoundException, and BadRequestException when such an event cannot come on this broker as it is.
    """
    with world.lock:
        world.settle()
        broker = world.store.get(Broker, (account, region, broker_id))
        if broker is None:
            raise errors.no_such_broker(broker_id)
        event = EVENTS[name]
        _refuse_impossible(broker, event)
        entry = world.journal.write("control", name, subject=broker_id, account=account, region=region)
        with world.journal.within(entry), world.store.transaction():
            codes = {*broker.actions_required, event.raises} - {event.clears, ""}
            broker = require(world, broker, codes)
            if broker.has_general_logs:
                with contextlib.suppress(AwsError):  # the journal has it, and the broker goes on without its logs
                    publish(world, broker, event.category, event.say, broker.nodes[:1])


def _refuse_impossible(broker: Broker, event: Event) -> None:
    if broker.engine != "RABBITMQ":
        raise errors.event_of_other_engine()
    if broker.state not in {"RUNNING", "CRITICAL_ACTION_REQUIRED"}:
        raise errors.event_in_wrong_state(broker.state)
    has_mirrors = broker.engine_version.startswith("3.") and len(broker.nodes) > 1
    if event.category == "mirroring" and not has_mirrors:
        raise errors.no_mirrored_queues()
