"""Resource shares of RabbitMQ brokers ("private networking"): set with UpdateBroker, made real by a reboot (documented).

AWS RAM and VPC Lattice are not there: a share of the broker's Region exists if its ARN is well formed. What Amazon MQ makes
of it stands in its own VPC, so nothing of it shows in the customer's account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq import errors
from emulator.services.mq.broker import Broker, find, on_broker
from emulator.services.mq.catalogue import one_page
from emulator.values.call import Call, Need

_SHARE = re.compile(r"arn:aws[a-z-]*:ram:([a-z0-9-]+):\d{12}:resource-share/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_shares(broker: Broker, arns: list[str]) -> tuple[str, ...]:
    """The shares that a RUNNING RabbitMQ broker is to have."""
    if broker.engine == "ACTIVEMQ":
        raise errors.no_shares_for_activemq()
    if broker.state != "RUNNING":
        raise errors.wrong_state("updated", broker.id, broker.state)
    for arn in arns:
        found = _SHARE.fullmatch(arn)
        if found is None or found[1] != broker.region:
            raise errors.bad_share(arn[:200])
    return tuple(dict.fromkeys(arns))


def describe_shared_resources(
    world: World, call: Call, *, BrokerId: str, MaxResults: int | None = None, NextToken: str | None = None
) -> Result:
    """Those that the broker has, and those that come or go with its next reboot."""
    broker = find(world, call, BrokerId)
    rows = sorted(_rows(broker), key=lambda row: row["ResourceArn"])
    chosen, following = one_page(rows, lambda row: row["ResourceArn"], NextToken, MaxResults)
    return {"SharedResources": chosen, "NextToken": following}


def describe_shared_resources_needs(world: World, call: Call) -> Iterator[Need]:
    return on_broker(world, call)


def _rows(broker: Broker) -> Iterator[Result]:
    has, will_have = broker.resource_shares, broker.pending.get("resource_shares", broker.resource_shares)
    for arn in dict.fromkeys((*has, *will_have)):
        status = "PENDING_CREATE" if arn not in has else "AVAILABLE" if arn in will_have else "PENDING_DELETE"
        yield {"ResourceArn": arn, "ResourceShareArns": [arn], "Status": status, "Type": "RESOURCE_SHARE"}
