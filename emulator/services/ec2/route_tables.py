"""Route tables and what they are associated with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs, quotas, route_errors
from emulator.services.ec2.client_tokens import made_before, request
from emulator.services.ec2.existing import existing
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import RouteTable, Subnet, TableAssociation, Vpc, VpcEndpoint
from emulator.services.ec2.route_views import routes_view
from emulator.services.ec2.tag_specifications import TagSpecification, for_new
from emulator.values.call import Call, Need
from emulator.values.tags import to_list

_FILTERS: Table = {
    "association.gateway-id": "Associations.GatewayId",
    "association.main": "Associations.Main",
    "association.route-table-association-id": "Associations.RouteTableAssociationId",
    "association.route-table-id": "Associations.RouteTableId",
    "association.subnet-id": "Associations.SubnetId",
    "owner-id": "OwnerId",
    "route-table-id": "RouteTableId",
    "route.destination-cidr-block": "Routes.DestinationCidrBlock",
    "route.destination-ipv6-cidr-block": "Routes.DestinationIpv6CidrBlock",
    "route.destination-prefix-list-id": "Routes.DestinationPrefixListId",
    "route.egress-only-internet-gateway-id": "Routes.EgressOnlyInternetGatewayId",
    "route.gateway-id": "Routes.GatewayId",
    "route.instance-id": "Routes.InstanceId",
    "route.nat-gateway-id": "Routes.NatGatewayId",
    "route.origin": "Routes.Origin",
    "route.state": "Routes.State",
    "route.transit-gateway-id": "Routes.TransitGatewayId",
    "route.vpc-peering-connection-id": "Routes.VpcPeeringConnectionId",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "vpc-id": "VpcId",
}


def create_route_table(
    world: World,
    call: Call,
    *,
    VpcId: str,
    ClientToken: str | None = None,
    TagSpecifications: list[TagSpecification] | None = None,
) -> Result:
    """A table with the VPC's local routes."""
    table = made_before(world, call, RouteTable, ClientToken)
    if table is None:
        vpc = existing(world, call, Vpc, VpcId)
        quotas.refuse_more(world, quotas.ROUTE_TABLES, len(of_vpc(world, vpc)) + 1)
        tags = for_new(TagSpecifications, RouteTable)
        table = RouteTable(
            account=vpc.account,
            region=vpc.region,
            id=world.ids.resource("rtb"),
            vpc=vpc.id,
            client_token=ClientToken or "",
            request=request(call),
            tags=tags,
        )
        world.store.put(table)
    return {"RouteTable": _view(world, table), "ClientToken": ClientToken}


def create_route_table_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, Vpc, call.params["VpcId"])
    yield from needs.on_new(call, RouteTable, {"ec2:RouteTableID": "*"})


def add_main(world: World, vpc: Vpc) -> RouteTable:
    """The table that comes with a VPC and serves every subnet that has no other."""
    main = TableAssociation(world.ids.resource("rtbassoc"), "")
    table = RouteTable(account=vpc.account, region=vpc.region, id=world.ids.resource("rtb"), vpc=vpc.id, associations=(main,))
    world.store.put(table)
    return table


def describe_route_tables(
    world: World,
    call: Call,
    *,
    RouteTableIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=RouteTableIds, filters=Filters, most=MaxResults, token=NextToken)


describe_route_tables_needs = needs.on_everything


def delete_route_table(world: World, call: Call, *, RouteTableId: str) -> Result:
    """Refused for a main table, and for one that a subnet or a Gateway endpoint (our choice) uses."""
    table = existing(world, call, RouteTable, RouteTableId)
    endpoints = world.store.find(VpcEndpoint, table.account, table.region, route_tables=table.id)
    if table.associations or any(endpoint.is_in_use for endpoint in endpoints):
        raise route_errors.table_in_use(table.id)
    world.store.delete(table)
    return {}


delete_route_table_needs = needs.on_one(RouteTable, "RouteTableId")


# Associations ------------------------------------------------------------------------------------------------------

_ASSOCIATED = {"State": "associated"}


def associate_route_table(world: World, call: Call, *, RouteTableId: str, SubnetId: str | None = None) -> Result:
    """Gives a subnet a table of its own. The same again is the same association."""
    if SubnetId is None:
        raise errors.missing("subnetId")
    table = existing(world, call, RouteTable, RouteTableId)
    subnet = existing(world, call, Subnet, SubnetId)
    _refuse_other_network(table, subnet)
    holder = table_of(world, subnet)
    if holder is not None and holder.id != table.id:
        raise route_errors.subnet_associated(table.id)
    if holder is None:
        table = _associate(world, table, subnet.id)
    association = next(one for one in table.associations if one.subnet == subnet.id)
    return {"AssociationId": association.id, "AssociationState": _ASSOCIATED}


def associate_route_table_needs(world: World, call: Call) -> Iterator[Need]:
    if call.params.get("SubnetId"):
        yield needs.on_existing(world, call, Subnet, call.params["SubnetId"])
    yield needs.on_existing(world, call, RouteTable, call.params["RouteTableId"])


def disassociate_route_table(world: World, call: Call, *, AssociationId: str) -> Result:
    """The subnet falls back to the main table."""
    table, association = _association(world, call, AssociationId)
    if not association.subnet:
        raise route_errors.main_association_stays(AssociationId)
    _dissociate(world, table, association)
    return {}


def disassociate_route_table_needs(world: World, call: Call) -> Iterator[Need]:
    yield from _needs_on_association(world, call)


def replace_route_table_association(world: World, call: Call, *, AssociationId: str, RouteTableId: str) -> Result:
    """Moves a subnet, or the office of main table, to another table of the VPC."""
    table = existing(world, call, RouteTable, RouteTableId)
    holder, association = _association(world, call, AssociationId)
    if holder.vpc != table.vpc:
        raise route_errors.table_of_another_network(table.id, association.subnet or holder.vpc)
    _dissociate(world, holder, association)
    renewed = _associate(world, existing(world, call, RouteTable, RouteTableId), association.subnet)
    return {"NewAssociationId": renewed.associations[-1].id, "AssociationState": _ASSOCIATED}


def replace_route_table_association_needs(world: World, call: Call) -> Iterator[Need]:
    yield needs.on_existing(world, call, RouteTable, call.params["RouteTableId"])
    yield from _needs_on_association(world, call, but=call.params["RouteTableId"])


def _needs_on_association(world: World, call: Call, *, but: str = "") -> Iterator[Need]:
    """On the table and the subnet that are associated; an association that does not exist leaves the table open."""
    found = _find_association(world, call, call.params["AssociationId"])
    if found is None:
        yield needs.on_existing(world, call, RouteTable, "*")
        return
    table, association = found
    if table.id != but:
        yield needs.on_existing(world, call, RouteTable, table.id)
    if association.subnet:
        yield needs.on_existing(world, call, Subnet, association.subnet)


def _refuse_other_network(table: RouteTable, subnet: Subnet) -> None:
    if table.vpc != subnet.vpc:
        raise route_errors.table_of_another_network(table.id, subnet.id)


def _associate(world: World, table: RouteTable, subnet_id: str) -> RouteTable:
    association = TableAssociation(world.ids.resource("rtbassoc"), subnet_id)
    changed = replace(table, associations=(*table.associations, association))
    world.store.put(changed)
    return changed


def _dissociate(world: World, table: RouteTable, association: TableAssociation) -> None:
    world.store.put(replace(table, associations=tuple(one for one in table.associations if one != association)))


def _association(world: World, call: Call, association_id: str) -> tuple[RouteTable, TableAssociation]:
    found = _find_association(world, call, association_id)
    if found is None:
        raise route_errors.no_such_association(association_id)
    return found


def _find_association(world: World, call: Call, association_id: str) -> tuple[RouteTable, TableAssociation] | None:
    for table in world.store.find(RouteTable, call.account, call.region, association_ids=association_id):
        return table, next(one for one in table.associations if one.id == association_id)
    return None


def of_vpc(world: World, vpc: Vpc) -> list[RouteTable]:
    return list(world.store.find(RouteTable, vpc.account, vpc.region, vpc=vpc.id))


def table_of(world: World, subnet: Subnet) -> RouteTable | None:
    """The table that a subnet has of its own."""
    return next(iter(world.store.find(RouteTable, subnet.account, subnet.region, subnets=subnet.id)), None)


def forget_subnet(world: World, subnet: Subnet) -> None:
    """A subnet's association goes with it."""
    table = table_of(world, subnet)
    if table is not None:
        _dissociate(world, table, next(one for one in table.associations if one.subnet == subnet.id))


def _view(world: World, table: RouteTable) -> dict[str, Any]:
    return {
        "RouteTableId": table.id,
        "VpcId": table.vpc,
        "OwnerId": table.account,
        "Routes": routes_view(world, table),
        "Associations": [
            {
                "Main": not one.subnet,
                "RouteTableAssociationId": one.id,
                "RouteTableId": table.id,
                "SubnetId": one.subnet or None,
                "AssociationState": _ASSOCIATED,
            }
            for one in table.associations
        ],
        "PropagatingVgws": [],
        "Tags": to_list(table.tags),
    }


LISTING = Listing(
    RouteTable,
    "RouteTables",
    "RouteTableId",
    "routeTableIdSet",
    errors.no_such_route_table,
    _view,
    _FILTERS,
    {"vpc-id": "vpc", "association.subnet-id": "subnets", "association.route-table-association-id": "association_ids"},
)
