"""The life of each engine's brokers: which plans they run, and what their calls do with the caller's rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from emulator.engine.identity import Role
from emulator.engine.plan import Plan, start
from emulator.engine.world import World
from emulator.services.mq import activemq_plans, errors, plans
from emulator.services.mq.activemq_interfaces import give_back, make_interfaces
from emulator.services.mq.activemq_logs import open_groups
from emulator.services.mq.broker import LINKED_ROLE, PRINCIPAL, Broker, Engine, applied, move
from emulator.services.mq.broker_rules import MODES
from emulator.services.mq.network import as_caller
from emulator.services.mq.replication import part
from emulator.values.call import Call


class Life(Struct, frozen=True):
    """``creating``, ``rebooting`` and ``deleting`` are the caller's work; the plans are Amazon MQ's."""

    create: Plan
    reboot: Plan
    delete: Plan
    quiet: Callable[[World, Broker], None]
    creating: Callable[[World, Call, Broker], Broker]
    rebooting: Callable[[World, Call, Broker], None]
    deleting: Callable[[World, Call, Broker], None]


def _ensure_role(world: World, call: Call, broker: Broker) -> Broker:
    """Make the service-linked role with the caller's rights when the account has none; and name what RabbitMQ's broker has."""
    if world.store.get(Role, (call.account, "", LINKED_ROLE.name.lower())) is None:
        as_caller(world, call, "iam:CreateServiceLinkedRole", {"AWSServiceName": PRINCIPAL}, errors.forbidden)
    count = MODES[broker.engine][broker.deployment_mode]
    nodes = tuple([f"ip-10-0-{world.ids.pick(255)}-{world.ids.pick(255)}" for _ in range(count)])
    service = "" if broker.is_public else f"com.amazonaws.vpce.{call.region}.vpce-svc-{world.ids.hexadecimal(17)}"
    return replace(broker, nodes=nodes, endpoint_service=service)


def _make_interfaces_and_groups(world: World, call: Call, broker: Broker) -> Broker:
    made = make_interfaces(world, call, broker)
    open_groups(world, call, made)
    return replace(made, is_accepted=False)


def _part_and_give_back(world: World, call: Call, broker: Broker) -> None:
    part(world, broker)
    give_back(world, call, broker)


def _nothing(_world: World, _call: Call, _broker: Broker) -> None:
    """The role does all of it."""


LIVES: Mapping[Engine, Life] = {
    "RABBITMQ": Life(
        create=plans.CREATE,
        reboot=plans.REBOOT,
        delete=plans.DELETE,
        quiet=plans.quiet,
        creating=_ensure_role,
        rebooting=_nothing,
        deleting=_nothing,
    ),
    "ACTIVEMQ": Life(
        create=activemq_plans.CREATE,
        reboot=activemq_plans.REBOOT,
        delete=activemq_plans.DELETE,
        quiet=activemq_plans.quiet,
        creating=_make_interfaces_and_groups,
        rebooting=lambda world, call, broker: open_groups(world, call, applied(broker)),
        deleting=_part_and_give_back,
    ),
}


def reboot(world: World, broker: Broker) -> None:
    """Begin a reboot: by a caller, or in the maintenance window."""
    life = LIVES[broker.engine]
    life.quiet(world, broker)
    start(world, life.reboot, move(world, broker, "REBOOT_IN_PROGRESS"))
