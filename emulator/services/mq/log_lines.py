"""What a RabbitMQ node writes to its log, in RabbitMQ's own format (public logs of RabbitMQ; section H for the categories)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from emulator.services.mq.broker import Broker
from emulator.values.clock import Instant
from emulator.values.ids import Ids

Category = Literal["general", "connection", "channel", "queue", "mirroring", "federation", "upgrade"]

MONITOR = "monitoring-AWS-OWNED-DO-NOT-DELETE"
"""Amazon MQ's own user on every broker, who comes from the node itself (documented)."""

_RELEASES = {"3.13": ("3.13.7", "26.2.5.15"), "4.2": ("4.2.1", "27.3.4.3"), "4.3": ("4.3.0", "27.3.4.6")}
"""The releases of RabbitMQ and Erlang behind the version that Amazon MQ shows (our choice)."""

_PLUGINS = ("rabbitmq_federation", "rabbitmq_management", "rabbitmq_prometheus", "rabbitmq_shovel")

_BOOT_STEP = "Running boot step {} defined by app rabbit"
_FIRST_STEPS = tuple(
    _BOOT_STEP.format(step)
    for step in ("pre_boot", "rabbit_global_counters", "rabbit_osiris_metrics", "rabbit_core_metrics", "rabbit_alarm")
)
_LATER_STEPS = tuple(
    _BOOT_STEP.format(step)
    for step in (
        "code_server_cache",
        "file_handle_cache",
        "worker_pool",
        "database",
        "rabbit_registry",
        "kernel_ready",
        "rabbit_memory_monitor",
        "core_initialized",
        "recovery",
        "empty_db_check",
        "routing_ready",
        "pre_flight",
        "notify_cluster",
        "networking",
    )
)
"""Boot steps before and after the limits are set."""

_MIB = 1024 * 1024
_TOTAL, _DISK = 3974 * _MIB, 200 * 1024 * _MIB
_ALLOWED = _TOTAL * 2 // 5
"""A node's memory and free disk, and the 40 % of memory above which it raises an alarm, in bytes (the sizes are ours)."""


def dated(line: str, at: int) -> str:
    """``2026-09-30 12:00:00.000000+00:00 [info] <0.230.0> Server startup complete``; ``at`` is in milliseconds."""
    return f"{_second(at // 1000)}.{at % 1000:03d}000+00:00 {line}"


@lru_cache(maxsize=16)
def _second(at: Instant) -> str:
    """Many lines share one."""
    return datetime.fromtimestamp(at, UTC).isoformat(" ").removesuffix("+00:00")


# A node's own life -------------------------------------------------------------------------------------------------


def starting(broker: Broker, node: str, ids: Ids) -> list[str]:
    """From the banner to the end of the start."""
    release, erlang = _RELEASES[broker.engine_version]
    texts = (
        "",
        f" Starting RabbitMQ {release} on Erlang {erlang} [jit]",
        "",
        f" node           : rabbit@{node}",
        " home dir       : /var/lib/rabbitmq",
        " config file(s) : /etc/rabbitmq/rabbitmq.conf",
        f" log(s)         : /var/log/rabbitmq/rabbit@{node}.log",
        f" data dir       : {_data(node)}",
        *_FIRST_STEPS,
        f"Memory high watermark set to {_ALLOWED // _MIB} MiB ({_ALLOWED} bytes) of {_TOTAL // _MIB} MiB ({_TOTAL} bytes) total",
        f"Enabling free disk space monitoring (disk free space: {_DISK}, total memory: {_TOTAL})",
        f"Disk free limit set to {_TOTAL // 1_000_000}MB",
        *_LATER_STEPS,
        "Starting message stores for vhost '/'",
        "Started message store of type persistent for vhost '/'",
        *(f"rabbit on node 'rabbit@{peer}' up" for peer in broker.nodes if peer != node),
        "started TLS (SSL) listener on [::]:5671",
        "Management plugin: HTTPS listener started, port: 15671",
        f"Server startup complete; {len(_PLUGINS)} plugins started.",
        *(f" * {plugin}" for plugin in _PLUGINS),
    )
    return _lines("info", _process(ids), *texts)


def stopping(broker: Broker, node: str, ids: Ids) -> list[str]:
    """What a node says when it is told to stop."""
    texts = (
        "RabbitMQ is asked to stop...",
        "Stopping RabbitMQ applications and their dependencies in the following order:",
        *(f"    {application}" for application in (*reversed(_PLUGINS), "rabbit")),
        "stopped TLS (SSL) listener on [::]:5671",
        f"Closing all connections in vhost '/' on node 'rabbit@{node}' because the vhost is stopping",
        f"Stopping message store for directory '{_data(node)}/msg_stores/vhosts'",
        *(f"rabbit on node 'rabbit@{peer}' down" for peer in broker.nodes if peer != node),
        "Successfully stopped RabbitMQ and its dependencies",
    )
    return _lines("info", _process(ids), *texts)


def upgrading(_broker: Broker, _node: str, ids: Ids) -> list[str]:
    """The first start of a newer version."""
    texts = ("mnesia upgrades: 1 to apply", "mnesia upgrades: All upgrades applied successfully")
    return _lines("info", _process(ids), *texts)


# Alarms ------------------------------------------------------------------------------------------------------------


def memory_alarm(_broker: Broker, node: str, ids: Ids) -> list[str]:
    used = f"vm_memory_high_watermark set. Memory used:{_ALLOWED + _MIB} allowed:{_ALLOWED}"
    return [*_lines("info", _process(ids), used), *_alarm("memory", node, ids)]


def memory_alarm_cleared(_broker: Broker, node: str, ids: Ids) -> list[str]:
    used = f"vm_memory_high_watermark clear. Memory used:{_ALLOWED - _MIB} allowed:{_ALLOWED}"
    return [*_lines("info", _process(ids), used), *_clear("memory", node, ids)]


def disk_alarm(_broker: Broker, node: str, ids: Ids) -> list[str]:
    free = f"Free disk space is insufficient. Free bytes: {_TOTAL - _MIB}. Limit: {_TOTAL}"
    return [*_lines("info", _process(ids), free), *_alarm("disk", node, ids)]


def disk_alarm_cleared(_broker: Broker, node: str, ids: Ids) -> list[str]:
    free = f"Free disk space is sufficient. Free bytes: {_DISK}. Limit: {_TOTAL}"
    return [*_lines("info", _process(ids), free), *_clear("disk", node, ids)]


def _alarm(resource: str, node: str, ids: Ids) -> list[str]:
    stars = "*" * 58
    texts = (
        f"{resource} resource limit alarm set on node 'rabbit@{node}'.",
        "",
        stars,
        "*** Publishers will be blocked until this alarm clears ***",
        stars,
    )
    return _lines("warning", _process(ids), *texts)


def _clear(resource: str, node: str, ids: Ids) -> list[str]:
    texts = (
        f"{resource} resource limit alarm cleared on node 'rabbit@{node}'",
        f"{resource} resource limit alarm cleared across the cluster",
    )
    return _lines("warning", _process(ids), *texts)


# What clients bring about ------------------------------------------------------------------------------------------


def health_check(broker: Broker, _node: str, ids: Ids) -> list[str]:
    """Amazon MQ's own user comes and goes."""
    return _connection(broker, MONITOR, _LOOPBACK, ids)


def health_check_channel(_broker: Broker, _node: str, ids: Ids) -> list[str]:
    """Its look for a queue that is not there."""
    return _no_queue("health", MONITOR, _LOOPBACK, ids)


def client_connection(broker: Broker, _node: str, ids: Ids) -> list[str]:
    return _connection(broker, _client(broker), _somewhere(ids), ids)


def channel_error(broker: Broker, _node: str, ids: Ids) -> list[str]:
    return _no_queue("orders", _client(broker), _somewhere(ids), ids)


def queue_declared(_broker: Broker, _node: str, ids: Ids) -> list[str]:
    return _lines("info", _process(ids), "queue 'orders' in vhost '/': delivery_limit not set, defaulting to 20")


def queue_mirrored(broker: Broker, _node: str, ids: Ids) -> list[str]:
    mirrors = (f"Adding mirror on node 'rabbit@{peer}': {_process(ids)}" for peer in broker.nodes[1:])
    return _lines("info", _process(ids), *(f"Mirrored queue 'orders' in vhost '/': {text}" for text in mirrors))


def federation_link(_broker: Broker, _node: str, ids: Ids) -> list[str]:
    exchange = "exchange 'orders' in vhost '/'"
    return _lines("info", _process(ids), f"Federation {exchange} connected to {exchange} on amqps://upstream.example.com:5671")


def _connection(broker: Broker, user: str, host: str, ids: Ids) -> list[str]:
    """Accepted, authenticated and closed; RabbitMQ 4 names the process no more and adds how long it lasted."""
    process, pair = _process(ids), _pair(host, ids)
    is_old = broker.engine_version.startswith("3.")
    whose = f"{process} ({pair})" if is_old else pair
    end = f"{process} ({pair}, vhost: '/', user: '{user}'" if is_old else f"({pair}, vhost: '/', user: '{user}', duration: '1s'"
    texts = (
        f"accepting AMQP connection {whose}",
        f"connection {whose}: user '{user}' authenticated and granted access to vhost '/'",
        f"closing AMQP connection {end})",
    )
    return _lines("info", process, *texts)


def _no_queue(name: str, user: str, host: str, ids: Ids) -> list[str]:
    texts = (
        f"Channel error on connection {_process(ids)} ({_pair(host, ids)}, vhost: '/', user: '{user}'), channel 1:",
        f" operation queue.declare caused a channel exception not_found: no queue '{name}' in vhost '/'",
    )
    return _lines("error", _process(ids), *texts)


def _client(broker: Broker) -> str:
    return broker.username or "client"


_LOOPBACK = "127.0.0.1"


def _somewhere(ids: Ids) -> str:
    return f"10.0.{ids.pick(256)}.{1 + ids.pick(254)}"


def _pair(host: str, ids: Ids) -> str:
    return f"{host}:{32768 + ids.pick(28000)} -> {_LOOPBACK}:{5672 if host == _LOOPBACK else 5671}"


def _data(node: str) -> str:
    return f"/var/lib/rabbitmq/mnesia/rabbit@{node}"


def _process(ids: Ids) -> str:
    return f"<0.{200 + ids.pick(9800)}.0>"


def _lines(level: Literal["info", "warning", "error"], process: str, *texts: str) -> list[str]:
    """What an Erlang process writes, but for the date."""
    head = f"[{level}] {process} "
    return [head + text for text in texts]
