"""What Amazon MQ does over a broker's life, as tables of steps. Durations are AWS's, in seconds (A.5; the split is ours)."""

from __future__ import annotations

from msgspec.structs import replace

from emulator.engine.plan import Plan, Step, back_off, start, stop
from emulator.engine.world import World
from emulator.services.mq import log_lines
from emulator.services.mq.broker import ENDPOINT_LOST, Broker, applied, move, require
from emulator.services.mq.endpoint import await_deletion, await_endpoint, delete_endpoint, ensure_endpoint, look
from emulator.services.mq.log_publishing import publish
from emulator.values.errors import AwsError

_HOUR_OF_CHANNEL_ERROR = 3
"""The hour of the day (UTC) in which the health check finds its queue missing (our choice)."""

# Whom a step concerns ----------------------------------------------------------------------------------------------


def _is_private(broker: Broker) -> bool:
    """private brokers"""
    return not broker.is_public


def _has_logs(broker: Broker) -> bool:
    """brokers with logs"""
    return broker.has_general_logs


def _will_have_logs(broker: Broker) -> bool:
    """brokers that will have logs"""
    return applied(broker).has_general_logs  # nobody changes what is pending while a broker is made or reboots


# Logs ------------------------------------------------------------------------------------------------------------


def start_nodes(world: World, broker: Broker) -> None:
    """The nodes start with the broker's pending changes made: with other log settings, or as a newer version."""
    coming = applied(broker)
    broker = publish(world, broker, "general", lambda _, node, ids: log_lines.starting(coming, node, ids))
    if coming.engine_version != broker.engine_version:
        publish(world, broker, "upgrade", log_lines.upgrading)


def stop_nodes(world: World, broker: Broker) -> None:
    """The last lines before a reboot. Groups and streams are seen to anew after it."""
    world.store.put(replace(broker, open_logs=()))
    if broker.has_general_logs:
        publish(world, broker, "general", log_lines.stopping)


def publish_logs(world: World, broker: Broker) -> None:
    """An hour's lines: those of the start if the role could not write them then, and those that the health check leaves."""
    if "general" not in broker.open_logs:
        broker = publish(world, broker, "general", log_lines.starting)
    broker = publish(world, broker, "connection", log_lines.health_check)
    if world.clock.now() // 3600 % 24 == _HOUR_OF_CHANNEL_ERROR:
        publish(world, broker, "channel", log_lines.health_check_channel, broker.nodes[:1])


# States ----------------------------------------------------------------------------------------------------------


def boot(world: World, broker: Broker) -> None:
    """Up, with the pending changes made. An alarm inside the broker outlives a reboot; a lost endpoint is looked for anew."""
    running = move(world, applied(broker), "RUNNING", is_reachable=True, actions_required=(), failure="")
    _attend(world, require(world, running, {*broker.actions_required} - {ENDPOINT_LOST}))


def _attend(world: World, broker: Broker) -> None:
    start(world, HEALTH, broker)
    start(world, PUBLISH, broker)


def check_health(world: World, broker: Broker) -> None:
    """A private broker whose endpoint is not whole needs its owner (section H), until it is whole again (our choice)."""
    broker, is_whole = look(world, broker)
    codes = {*broker.actions_required} - {ENDPOINT_LOST}
    require(world, broker, codes if is_whole else {*codes, ENDPOINT_LOST})


def creation_failed(world: World, broker: Broker, error: AwsError) -> None:
    move(world, broker, "CREATION_FAILED", failure=f"{error.code}: {error.message}")


def reboot_failed(world: World, broker: Broker, error: AwsError) -> None:
    """The nodes run on as they were; the health check and the next reboot look again."""
    codes = tuple(sorted({*broker.actions_required, ENDPOINT_LOST}))
    text = f"{error.code}: {error.message}"
    _attend(world, move(world, broker, "CRITICAL_ACTION_REQUIRED", actions_required=codes, failure=text))


def remove(world: World, broker: Broker) -> None:
    """The broker is gone; its log groups stay, for the role may not delete them."""
    world.journal.write("state", f"{broker.state} → gone", subject=broker.id, account=broker.account, region=broker.region)
    world.timers.cancel(broker.account, broker.region, broker.id)
    world.store.delete(broker)


def quiet(world: World, broker: Broker) -> None:
    """Stop all that runs for the broker."""
    for plan in (CREATE, REBOOT, HEALTH, PUBLISH):
        stop(world, plan, broker)


CREATE = Plan(
    "create broker",
    Broker,
    (
        Step("ensure endpoint", ensure_endpoint, after=30, concerns=_is_private),
        Step("await endpoint", await_endpoint, after=60, concerns=_is_private),
        Step("open logs", start_nodes, after=30, is_optional=True, concerns=_will_have_logs),
        Step("boot", boot, after=420),
    ),
    failed=creation_failed,
)
"""About ten minutes until RUNNING."""

REBOOT = Plan(
    "reboot broker",
    Broker,
    (
        Step("ensure endpoint", ensure_endpoint, after=30, concerns=_is_private),
        Step("await endpoint", await_endpoint, after=30, concerns=_is_private),
        Step("stop nodes", stop_nodes, after=10, is_optional=True),
        Step("start nodes", start_nodes, after=100, is_optional=True, concerns=_will_have_logs),
        Step("boot", boot, after=90),
        Step("check endpoint", check_health, after=0, is_optional=True, concerns=_is_private),
    ),
    failed=reboot_failed,
)

DELETE = Plan(
    "delete broker",
    Broker,
    (
        Step("delete endpoint", delete_endpoint, after=30, retry=back_off, concerns=_is_private),
        Step("await deletion", await_deletion, after=60, retry=back_off, concerns=_is_private),
        Step("remove", remove, after=120),
    ),
)

_LOOK = Step("check endpoint", check_health, after=600, is_optional=True, concerns=_is_private)
HEALTH = Plan("check health", Broker, (_LOOK,), repeats=True)

_WRITE = Step("write lines", publish_logs, after=3600, is_optional=True, concerns=_has_logs)
PUBLISH = Plan("publish logs", Broker, (_WRITE,), repeats=True)

PLANS = (CREATE, REBOOT, DELETE, HEALTH, PUBLISH)
