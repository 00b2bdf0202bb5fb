"""The VPC endpoint of a private RabbitMQ broker: its making, its end, and whether it is all there."""

from __future__ import annotations

from dataclasses import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.mq.acting import as_role
from emulator.services.mq.broker import Broker
from emulator.values.errors import AwsError

_LOOK_AGAIN = 15.0
_GONE = {"deleting", "deleted", "failed", "rejected", "expired"}
"""States from which an endpoint does not come back."""


def ensure_endpoint(world: World, broker: Broker) -> None:
    """One interface endpoint over all the broker's subnets and groups, tagged as the role's policy demands (section H)."""
    if broker.is_public or _endpoint(world, broker) is not None:
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
    if broker.is_public:
        return None
    endpoint = _endpoint(world, broker)
    if endpoint is None:
        raise AwsError("InvalidVpcEndpointId.NotFound", f"The endpoint {broker.endpoint_id} was deleted before it was available.")
    return None if endpoint["State"].lower() == "available" else _LOOK_AGAIN


def delete_endpoint(world: World, broker: Broker) -> None:
    if _endpoint(world, broker) is None:
        return
    answer = as_role(world, broker)("ec2:DeleteVpcEndpoints", VpcEndpointIds=[broker.endpoint_id])
    for refused in answer["Unsuccessful"]:
        raise AwsError(refused["Error"]["Code"], refused["Error"]["Message"])


def await_deletion(world: World, broker: Broker) -> float | None:
    """Wait until EC2 shows the endpoint no more, or as deleted."""
    return _LOOK_AGAIN if any(endpoint["State"].lower() != "deleted" for endpoint in _described(world, broker)) else None


def is_whole(world: World, broker: Broker) -> bool:
    """Whether the endpoint is there with an interface in each of the broker's subnets; more subnets and other groups are fine."""
    endpoint = _endpoint(world, broker)
    return endpoint is not None and set(broker.subnet_ids) <= set(endpoint["SubnetIds"])


def _endpoint(world: World, broker: Broker) -> Result | None:
    """The broker's endpoint as EC2 shows it to the role; None when it has none any more."""
    return next((endpoint for endpoint in _described(world, broker) if endpoint["State"].lower() not in _GONE), None)


def _described(world: World, broker: Broker) -> list[Result]:
    """By id: a customer who takes the tags away does not hide it."""
    if not broker.endpoint_id:
        return []
    filters = [{"Name": "vpc-endpoint-id", "Values": [broker.endpoint_id]}]
    found: list[Result] = as_role(world, broker)("ec2:DescribeVpcEndpoints", Filters=filters)["VpcEndpoints"]
    return found
