"""What Amazon MQ does over an ActiveMQ broker's life, as tables of steps. Durations are AWS's, in seconds (A.5; split by us).

Its work in the account is the caller's: the interfaces come and go with the calls. What is left for the plans is what Amazon
MQ does as itself.
"""

from __future__ import annotations

from msgspec.structs import replace

from emulator.engine.plan import Plan, Step, start, stop
from emulator.engine.world import World
from emulator.services.mq import configurations
from emulator.services.mq.activemq_interfaces import attach_interfaces, is_attached
from emulator.services.mq.activemq_logs import has_log, write_hour, write_startup
from emulator.services.mq.broker import ENDPOINT_LOST, Broker, applied, move, require
from emulator.services.mq.broker_users import settle_users
from emulator.services.mq.plans import creation_failed, remove
from emulator.services.mq.replication import PROMOTIONS, settle_pairing
from emulator.values.errors import AwsError


def accept(world: World, broker: Broker) -> None:
    """The users show, and the configuration; one is made for a broker that names none, and outlives it (A.5)."""
    pending = broker.pending
    if "configuration" not in pending:
        pending = {**pending, "configuration": (configurations.make_for(world, broker).id, 1)}
    world.store.put(replace(broker, is_accepted=True, pending=pending))


def start_instances(world: World, broker: Broker) -> None:
    """The instances show and the configuration is current while the broker is still being made (A.5)."""
    world.store.put(replace(applied(broker), is_reachable=True))


def boot(world: World, broker: Broker) -> None:
    settle_users(world, broker)
    settle_pairing(world, broker)
    booted = applied(broker)
    _attend(world, move(world, booted, booted.at_work, is_reachable=True, actions_required=(), failure=""))


def _attend(world: World, broker: Broker) -> None:
    start(world, HEALTH, broker)
    start(world, PUBLISH, broker)


def check_interfaces(world: World, broker: Broker) -> None:
    """A broker whose interface was deleted or taken from it needs its owner (A.5: documented)."""
    require(world, broker, () if all(is_attached(world, broker, one) for one in broker.interfaces) else (ENDPOINT_LOST,))


def reboot_failed(world: World, broker: Broker, error: AwsError) -> None:
    """Without its interface a broker does not come back (documented: the loss is permanent)."""
    text = f"{error.code}: {error.message}"
    _attend(world, move(world, broker, "CRITICAL_ACTION_REQUIRED", actions_required=(ENDPOINT_LOST,), failure=text))


def quiet(world: World, broker: Broker) -> None:
    """Stop all that runs for the broker."""
    for plan in (CREATE, REBOOT, HEALTH, PUBLISH, *PROMOTIONS.values()):
        stop(world, plan, broker)


STARTUP = (
    Step("write general log", write_startup("general"), after=5, is_optional=True, concerns=has_log("general")),
    Step("write audit log", write_startup("audit"), after=0, is_optional=True, concerns=has_log("audit")),
)
"""Each log by itself: one may lack its group."""

CREATE = Plan(
    "create ActiveMQ broker",
    Broker,
    (
        Step("accept", accept, after=5),
        Step("attach interfaces", attach_interfaces, after=55),
        Step("start instances", start_instances, after=330),
        Step("boot", boot, after=300),
        *STARTUP,
    ),
    failed=creation_failed,
)
"""About eleven and a half minutes until RUNNING (observed)."""

REBOOT = Plan(
    "reboot ActiveMQ broker",
    Broker,
    (
        Step("attach interfaces", attach_interfaces, after=60),
        Step("boot", boot, after=240),
        *STARTUP,
    ),
    failed=reboot_failed,
)

DELETE = Plan("delete ActiveMQ broker", Broker, (Step("remove", remove, after=300),))

HEALTH = Plan(
    "check ActiveMQ health", Broker, (Step("check interfaces", check_interfaces, after=600, is_optional=True),), repeats=True
)
PUBLISH = Plan(
    "publish ActiveMQ logs",
    Broker,
    (
        Step("write general log", write_hour("general"), after=3600, is_optional=True, concerns=has_log("general")),
        Step("write audit log", write_hour("audit"), after=0, is_optional=True, concerns=has_log("audit")),
    ),
    repeats=True,
)

PLANS = (CREATE, REBOOT, DELETE, HEALTH, PUBLISH, *PROMOTIONS.values())
