"""Internet gateways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, quotas, route_errors
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import InternetGateway, Vpc
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need
from emulator.values.tags import to_list

_FILTERS: Table = {
    "attachment.state": "Attachments.State",
    "attachment.vpc-id": "Attachments.VpcId",
    "internet-gateway-id": "InternetGatewayId",
    "owner-id": "OwnerId",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
}


def create_internet_gateway(world: World, call: Call, *, TagSpecifications: list[TagSpecification] | None = None) -> Result:
    """A gateway of no VPC yet."""
    quotas.refuse_more(world, quotas.INTERNET_GATEWAYS, world.store.count(InternetGateway, call.account, call.region) + 1)
    tags = for_new(TagSpecifications, InternetGateway)
    gateway = InternetGateway(account=call.account, region=call.region, id=world.ids.resource("igw"), tags=tags)
    world.store.put(gateway)
    return {"InternetGateway": _view(world, gateway)}


def create_internet_gateway_needs(_world: World, call: Call) -> Iterator[Need]:
    yield from needs.on_new(call, InternetGateway, {"ec2:InternetGatewayID": "*"})


def attach_internet_gateway(world: World, call: Call, *, InternetGatewayId: str, VpcId: str) -> Result:
    """One gateway per VPC, one VPC per gateway."""
    gateway = existing(world, call, InternetGateway, InternetGatewayId)
    vpc = existing(world, call, Vpc, VpcId)
    if gateway.vpc:
        raise route_errors.gateway_attached(gateway.id, gateway.vpc)
    if of_vpc(world, vpc) is not None:
        raise route_errors.vpc_has_gateway(vpc.id)
    world.store.put(replace(gateway, vpc=vpc.id))
    return {}


def attach_internet_gateway_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, InternetGateway, call.params["InternetGatewayId"])
    yield needs.on_existing(world, call, Vpc, call.params["VpcId"])


def detach_internet_gateway(world: World, call: Call, *, InternetGatewayId: str, VpcId: str) -> Result:
    """Routes to it become black holes."""
    gateway = existing(world, call, InternetGateway, InternetGatewayId)
    if gateway.vpc != existing(world, call, Vpc, VpcId).id:
        raise route_errors.gateway_not_attached(gateway.id, VpcId)
    world.store.put(replace(gateway, vpc=""))
    return {}


detach_internet_gateway_needs = attach_internet_gateway_needs


def delete_internet_gateway(world: World, call: Call, *, InternetGatewayId: str) -> Result:
    """Refused while it is attached."""
    gateway = existing(world, call, InternetGateway, InternetGatewayId)
    if gateway.vpc:
        raise route_errors.gateway_in_use(gateway.id)
    world.store.delete(gateway)
    return {}


delete_internet_gateway_needs = needs.on_one(InternetGateway, "InternetGatewayId")


def describe_internet_gateways(
    world: World,
    call: Call,
    *,
    InternetGatewayIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=InternetGatewayIds, filters=Filters, most=MaxResults, token=NextToken)


describe_internet_gateways_needs = needs.on_everything


def of_vpc(world: World, vpc: Vpc) -> InternetGateway | None:
    return next(iter(world.store.find(InternetGateway, vpc.account, vpc.region, vpc=vpc.id)), None)


def _view(_world: World, gateway: InternetGateway) -> dict[str, Any]:
    """An attachment to a VPC is "available", a state that the model does not list (documented with the filter)."""
    return {
        "InternetGatewayId": gateway.id,
        "OwnerId": gateway.account,
        "Attachments": [{"State": "available", "VpcId": gateway.vpc}] if gateway.vpc else [],
        "Tags": to_list(gateway.tags),
    }


LISTING = Listing(
    InternetGateway,
    "InternetGateways",
    "InternetGatewayId",
    "internetGatewayIdSet",
    errors.no_such_internet_gateway,
    _view,
    _FILTERS,
    {"attachment.vpc-id": "vpc"},
)
