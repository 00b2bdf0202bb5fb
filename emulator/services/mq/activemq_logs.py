"""The logs of ActiveMQ brokers: groups with the caller's rights, streams and events by Amazon MQ itself (A.8: documented)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from emulator.engine.plan import Act
from emulator.engine.world import World
from emulator.services.mq.acting import as_itself
from emulator.services.mq.broker import PRINCIPAL, Broker, applied
from emulator.values.call import Call
from emulator.values.errors import AwsError

_WITHOUT_GROUP = {"AccessDeniedException", "ResourceAlreadyExistsException", "LimitExceededException"}

Lines = Mapping[str, list[str]]
"""Messages by category: general, audit."""


def categories(broker: Broker) -> list[str]:
    """Which logs are on."""
    is_on = {"audit": broker.has_audit_logs, "general": broker.has_general_logs}
    return [category for category, on in is_on.items() if on]


def has_log(category: str) -> Callable[[Broker], bool]:
    def concerns(broker: Broker) -> bool:
        is_changing = broker.state == "REBOOT_IN_PROGRESS"  # nobody changes what is pending meanwhile
        return category in categories(applied(broker) if is_changing else broker)

    concerns.__doc__ = f"brokers with {category} logs"
    return concerns


def open_groups(world: World, call: Call, broker: Broker) -> None:
    """The groups of the logs that are on. A caller who may not make them gets the broker all the same; the journal tells."""
    for category in categories(broker):
        try:
            world.ask(
                call.principal,
                "logs",
                "CreateLogGroup",
                call.region,
                {"logGroupName": broker.log_group(category)},
                via=PRINCIPAL,
            )
        except AwsError as error:
            if error.code not in _WITHOUT_GROUP:
                raise


def write_startup(category: str) -> Act:
    """The step that writes what the instances say when they start, into one log."""
    return lambda world, broker: _write(world, broker, category, _startup(world, broker))


def write_hour(category: str) -> Act:
    """The step that writes what the instances say in a quiet hour, into one log."""
    return lambda world, broker: _write(world, broker, category, _quiet_hour(world, broker))


def _write(world: World, broker: Broker, category: str, lines: Lines) -> None:
    """Put the lines into each instance's stream; refused unless a resource policy of CloudWatch Logs lets Amazon MQ in."""
    call = as_itself(world, broker)
    now = int(world.clock.now() * 1000)
    for number in range(1, len(broker.interfaces) + 1):
        place = {"logGroupName": broker.log_group(category), "logStreamName": f"activemq-{broker.id}-{number}.log"}
        try:
            call("logs:CreateLogStream", **place)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise
        events = [{"timestamp": now + row, "message": message} for row, message in enumerate(lines[category])]
        call("logs:PutLogEvents", **place, logEvents=events)


# Lines ---------------------------------------------------------------------------------------------------------------

_SERVICE = "org.apache.activemq.broker.BrokerService"
_CONNECTOR = "org.apache.activemq.broker.TransportConnector"
_AUDIT = "org.apache.activemq.broker.util.JMXAuditLogEntry"


def _startup(world: World, broker: Broker) -> Lines:
    listening = [f"Connector {name} started" for name in ("openwire", "amqp", "stomp", "mqtt", "wss")]
    return {
        "general": [
            _line(world, f"Apache ActiveMQ {broker.engine_version} ({broker.name}) is starting", _SERVICE),
            *(_line(world, message, _CONNECTOR) for message in listening),
            _line(world, f"Apache ActiveMQ {broker.engine_version} ({broker.name}) started", _SERVICE),
        ],
        "audit": [_line(world, "anonymous called org.apache.activemq.broker.jmx.BrokerView.getBrokerName[]", _AUDIT)],
    }


def _quiet_hour(world: World, broker: Broker) -> Lines:
    return {
        "general": [_line(world, f"{broker.name} checkpoint finished in {1 + world.ids.pick(90)} ms", _SERVICE)],
        "audit": [_line(world, "anonymous called org.apache.activemq.broker.jmx.BrokerView.getTotalMessageCount[]", _AUDIT)],
    }


def _line(world: World, message: str, logger: str) -> str:
    """In ActiveMQ's own format."""
    stamp = datetime.fromtimestamp(world.clock.now(), UTC).strftime("%Y-%m-%d %H:%M:%S,") + f"{world.ids.pick(1000):03d}"
    return f"{stamp} | INFO  | {message} | {logger} | main"
