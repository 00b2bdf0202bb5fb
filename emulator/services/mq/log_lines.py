"""Log lines in RabbitMQ's own format."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.engine.world import World
from emulator.services.mq.broker import Broker


def startup(world: World, broker: Broker, node: str) -> list[str]:
    """What a node says when it starts, as far as it concerns its operator."""
    return _lines(
        world,
        f"Starting RabbitMQ {broker.engine_version} on node rabbit@{node}",
        f"Node rabbit@{node} is a member of a cluster of {len(broker.nodes)}",
        "started TLS (SSL) listener on [::]:5671",
        "Management plugin: HTTPS listener started, port: 15671",
        "Server startup complete",
    )


def heartbeat(world: World, broker: Broker) -> dict[str, dict[str, list[str]]]:
    """Lines of a quiet hour, by category and node."""
    process = f"<0.{1000 + world.ids.pick(9000)}.0>"
    peer = f"{broker.nodes[0].removeprefix('ip-').replace('-', '.')}:{32768 + world.ids.pick(28000)}"
    accepted = f"accepting AMQP connection {process} ({peer} -> 127.0.0.1:5672)"
    quiet = "Free disk space is sufficient on node rabbit@{}. Alarms: none"
    return {
        "connection": {broker.nodes[0]: _lines(world, accepted)},
        "general": {node: _lines(world, quiet.format(node)) for node in broker.nodes},
    }


def _lines(world: World, *messages: str) -> list[str]:
    stamp = datetime.fromtimestamp(world.clock.now(), UTC).isoformat(sep=" ", timespec="microseconds")
    return [f"{stamp} [info] <0.{200 + world.ids.pick(800)}.0> {message}" for message in messages]
