"""What Amazon MQ does over a broker's life, as tables of steps. Durations are AWS's, in seconds (A.5; the split is ours)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from emulator.engine.plan import Plan, Step, back_off, start, stop
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.broker import ENDPOINT_LOST, LINKED_ROLE, Broker, applied, move
from emulator.services.mq.log_lines import heartbeat, startup
from emulator.values.errors import AwsError

_LOOK_AGAIN = 15.0
_GONE = {"deleting", "deleted", "failed", "rejected", "expired"}


def _as_role(world: World, broker: Broker) -> Callable[..., Result]:
    """Calls of Amazon MQ through the service-linked role, in the broker's account and Region."""
    session = world.acting_as(LINKED_ROLE, broker.account, broker.region)

    def run(action: str, **params: Any) -> Result:
        service, operation = action.split(":")
        return world.ask(session, service, operation, broker.region, params)

    return run


def _endpoint(world: World, broker: Broker) -> Result | None:
    """The broker's endpoint as EC2 shows it to the role; None when it has none any more."""
    if not broker.endpoint_id:
        return None
    filters = [{"Name": "vpc-endpoint-id", "Values": [broker.endpoint_id]}]
    found = _as_role(world, broker)("ec2:DescribeVpcEndpoints", Filters=filters)["VpcEndpoints"]
    return next((endpoint for endpoint in found if endpoint["State"].lower() not in _GONE), None)


# Endpoint --------------------------------------------------------------------------------------------------------


def ensure_endpoint(world: World, broker: Broker) -> None:
    """One interface endpoint over all the broker's subnets and groups, tagged as the role's policy demands (section H)."""
    if broker.is_public or _endpoint(world, broker) is not None:
        return
    number = broker.endpoint_number + (1 if broker.endpoint_id else 0)
    tags = [{"Key": "AMQManaged", "Value": "true"}, {"Key": "Broker", "Value": broker.id}]
    answer = _as_role(world, broker)(
        "ec2:CreateVpcEndpoint",
        VpcEndpointType="Interface",
        VpcId=broker.vpc_id,
        ServiceName=broker.endpoint_service,
        SubnetIds=list(broker.subnet_ids),
        SecurityGroupIds=list(broker.security_groups),
        PrivateDnsEnabled=False,
        ClientToken=f"{broker.id}-{number}",
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
    )
    endpoint_id = answer["VpcEndpoint"]["VpcEndpointId"]
    world.store.put(replace(broker, endpoint_id=endpoint_id, endpoint_number=number))


def await_endpoint(world: World, broker: Broker) -> float | None:
    if broker.is_public:
        return None
    endpoint = _endpoint(world, broker)
    if endpoint is None:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The endpoint {broker.endpoint_id} was deleted before it was available.")
    return None if endpoint["State"].lower() == "available" else _LOOK_AGAIN


def delete_endpoint(world: World, broker: Broker) -> None:
    if _endpoint(world, broker) is None:
        return
    answer = _as_role(world, broker)("ec2:DeleteVpcEndpoints", VpcEndpointIds=[broker.endpoint_id])
    for refused in answer["Unsuccessful"]:
        raise AwsError(refused["Error"]["Code"], refused["Error"]["Message"])


def await_deletion(world: World, broker: Broker) -> float | None:
    """Wait until EC2 shows the endpoint no more, or as deleted."""
    if not broker.endpoint_id:
        return None
    filters = [{"Name": "vpc-endpoint-id", "Values": [broker.endpoint_id]}]
    found = _as_role(world, broker)("ec2:DescribeVpcEndpoints", Filters=filters)["VpcEndpoints"]
    return _LOOK_AGAIN if any(endpoint["State"].lower() != "deleted" for endpoint in found) else None


# Logs ------------------------------------------------------------------------------------------------------------


def open_logs(world: World, broker: Broker) -> None:
    """The ``general`` log group with a stream per node and the lines of its start. A group that is there is used as it is."""
    if broker.has_general_logs:
        _write(world, broker, "general", {node: startup(world, broker, node) for node in broker.nodes})


def publish_logs(world: World, broker: Broker) -> None:
    """Lines of a quiet hour: the nodes' in ``general``, the health check's connection in ``connection``."""
    if broker.has_general_logs:
        for category, lines in heartbeat(world, broker).items():
            _write(world, broker, category, lines)


def _write(world: World, broker: Broker, category: str, lines: Mapping[str, list[str]]) -> None:
    """Put each node's lines into its stream; group and stream are made unless they are there."""
    call = _as_role(world, broker)
    group = broker.log_group(category)
    now = int(world.clock.now() * 1000)
    _ensure(call, "logs:CreateLogGroup", logGroupName=group)
    for node, messages in lines.items():
        place = {"logGroupName": group, "logStreamName": f"rabbit@{node}.log"}
        _ensure(call, "logs:CreateLogStream", **place)
        events = [{"timestamp": now + number, "message": message} for number, message in enumerate(messages)]
        call("logs:PutLogEvents", **place, logEvents=events)


def _ensure(call: Callable[..., Result], action: str, **params: str) -> None:
    """The role may create groups and streams, but not look for groups (E.1): one that is there already is as good."""
    try:
        call(action, **params)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise


# States ----------------------------------------------------------------------------------------------------------


def boot(world: World, broker: Broker) -> None:
    running = move(world, applied(broker), "RUNNING", is_reachable=True, actions_required=())
    start(world, HEALTH, running)
    start(world, PUBLISH, running)


def check_health(world: World, broker: Broker) -> None:
    """A running private broker without its endpoint needs its owner (section H)."""
    if broker.state == "RUNNING" and not broker.is_public and _endpoint(world, broker) is None:
        move(world, broker, "CRITICAL_ACTION_REQUIRED", actions_required=(ENDPOINT_LOST,))


def creation_failed(world: World, broker: Broker, error: AwsError) -> None:
    move(world, broker, "CREATION_FAILED", failure=f"{error.code}: {error.message}")


def reboot_failed(world: World, broker: Broker, error: AwsError) -> None:
    move(world, broker, "CRITICAL_ACTION_REQUIRED", actions_required=(ENDPOINT_LOST,), failure=f"{error.code}: {error.message}")


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
        Step("ensure endpoint", ensure_endpoint, after=30),
        Step("await endpoint", await_endpoint, after=60),
        Step("open logs", open_logs, after=30, is_optional=True),
        Step("boot", boot, after=420),
    ),
    failed=creation_failed,
)
"""About ten minutes until RUNNING."""

REBOOT = Plan(
    "reboot broker",
    Broker,
    (
        Step("ensure endpoint", ensure_endpoint, after=30),
        Step("await endpoint", await_endpoint, after=30),
        Step("boot", boot, after=200),
        Step("open logs", open_logs, after=10, is_optional=True),
    ),
    failed=reboot_failed,
)

DELETE = Plan(
    "delete broker",
    Broker,
    (
        Step("delete endpoint", delete_endpoint, after=30, retry=back_off),
        Step("await deletion", await_deletion, after=60, retry=back_off),
        Step("remove", remove, after=120),
    ),
)

HEALTH = Plan("check health", Broker, (Step("check endpoint", check_health, after=600, is_optional=True),), repeats=True)
PUBLISH = Plan("publish logs", Broker, (Step("write lines", publish_logs, after=3600, is_optional=True),), repeats=True)

PLANS = (CREATE, REBOOT, DELETE, HEALTH, PUBLISH)
