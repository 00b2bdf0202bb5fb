"""What of a broker's logs the role writes into the customer's account, in the groups and streams of section H."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.acting import as_role
from emulator.services.mq.broker import Broker
from emulator.services.mq.log_lines import Category, dated
from emulator.values.errors import AwsError
from emulator.values.ids import Ids

Say = Callable[[Broker, str, Ids], list[str]]
"""What a node of a broker says."""


def publish(world: World, broker: Broker, category: Category, say: Say, nodes: Sequence[str] = ()) -> Broker:
    """Put what the nodes (all of them, unless told) say into their streams. A category's group is made with its first lines.

    Gives the broker, which remembers what it has written to. Raises what CloudWatch Logs answers to the role; what was made or
    written by then stays.
    """
    call = as_role(world, broker)
    if category not in broker.open_logs:
        _open(call, broker, category)
    for node in nodes or broker.nodes:
        place = _place(broker, category, node)
        events = _events(world, say(broker, node, world.ids))
        try:
            call("logs:PutLogEvents", **place, logEvents=events)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            _open(call, broker, category)  # the customer deleted it
            call("logs:PutLogEvents", **place, logEvents=events)
    if category not in broker.open_logs:
        broker = replace(broker, open_logs=(*broker.open_logs, category))
        world.store.put(broker)
    return broker


def _open(call: Callable[..., Result], broker: Broker, category: Category) -> None:
    """The category's group with a stream per node. The role may not look for groups (E.1): one that is there is used as it is."""
    _ensure(call, "logs:CreateLogGroup", logGroupName=broker.log_group(category))
    for node in broker.nodes:
        _ensure(call, "logs:CreateLogStream", **_place(broker, category, node))


def _ensure(call: Callable[..., Result], action: str, **params: str) -> None:
    try:
        call(action, **params)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise


def _place(broker: Broker, category: Category, node: str) -> dict[str, str]:
    return {"logGroupName": broker.log_group(category), "logStreamName": f"rabbit@{node}.log"}


def _events(world: World, lines: list[str]) -> list[Result]:
    """A millisecond apart, so that they keep their order."""
    now = int(world.clock.now() * 1000)
    return [{"timestamp": at, "message": dated(line, at)} for at, line in enumerate(lines, now)]
