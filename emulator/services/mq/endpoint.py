"""The VPC endpoint of a private RabbitMQ broker: its making, its end, and whether it is all there."""

from __future__ import annotations

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.acting import as_role
from emulator.services.mq.broker import Broker
from emulator.values.errors import AwsError

_LOOK_AGAIN = 15.0
_GONE = {"deleting", "deleted", "failed", "rejected", "expired"}
"""States from which an endpoint does not come back."""


def ensure_endpoint(world: World, broker: Broker) -> None:
    """One interface endpoint over all the broker's subnets and groups, tagged as the role's policy demands (section H).

    Asked again after an answer was lost, EC2 knows the client token and gives the same one.
    """
    there = _live(world, broker) if broker.endpoint_id else []
    if there:
        world.store.put(replace(broker, endpoint_id=there[0]["VpcEndpointId"]))
        return
    number = broker.endpoint_number + (1 if broker.endpoint_id else 0)
    tags = [{"Key": "AMQManaged", "Value": "true"}, {"Key": "Broker", "Value": broker.id}]
    answer = as_role(world, broker)(
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
    there = _live(world, broker)
    if not there:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The endpoint {broker.endpoint_id} was deleted before it was available.")
    return None if there[0]["State"].lower() == "available" else _LOOK_AGAIN


def delete_endpoint(world: World, broker: Broker) -> None:
    ids = [endpoint["VpcEndpointId"] for endpoint in _live(world, broker)]
    if not ids:
        return
    answer = as_role(world, broker)("ec2:DeleteVpcEndpoints", VpcEndpointIds=ids)
    for refused in answer["Unsuccessful"]:
        raise AwsError(refused["Error"]["Code"], refused["Error"]["Message"])


def await_deletion(world: World, broker: Broker) -> float | None:
    """Wait until EC2 shows the endpoint no more, or as deleted."""
    return _LOOK_AGAIN if any(endpoint["State"].lower() != "deleted" for endpoint in _described(world, broker)) else None


def look(world: World, broker: Broker) -> tuple[Broker, bool]:
    """The broker with the id of its endpoint as EC2 shows it now, and whether the endpoint is whole.

    Whole is one with an interface in each of the broker's subnets; more subnets and other groups are fine.
    """
    there = _live(world, broker)
    if not there:
        return broker, False
    if there[0]["VpcEndpointId"] != broker.endpoint_id:
        broker = replace(broker, endpoint_id=there[0]["VpcEndpointId"])
    return broker, set(broker.subnet_ids) <= set(there[0]["SubnetIds"])


def _live(world: World, broker: Broker) -> list[Result]:
    """The broker's endpoint as EC2 shows it to the role; empty when it has none any more."""
    return [endpoint for endpoint in _described(world, broker) if endpoint["State"].lower() not in _GONE]


def _described(world: World, broker: Broker) -> list[Result]:
    """What there is of it, in any state: found by the broker's service, and known by its id, which outlives its tags.

    An endpoint whose id never came back (the answer was lost) is known by its tag.
    """
    filters = [{"Name": "service-name", "Values": [broker.endpoint_service]}]
    found: list[Result] = as_role(world, broker)("ec2:DescribeVpcEndpoints", Filters=filters)["VpcEndpoints"]
    tag = {"Key": "Broker", "Value": broker.id}
    return [endpoint for endpoint in found if endpoint["VpcEndpointId"] == broker.endpoint_id or tag in endpoint["Tags"]]
