"""Network ACLs: every VPC has its default one, which lets everything through."""

from __future__ import annotations

from typing import Any

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.ec2 import errors, needs
from emulator.services.ec2.filters import Filter, Table
from emulator.services.ec2.listings import Listing
from emulator.services.ec2.network import NetworkAcl, Subnet, Vpc
from emulator.values.call import Call
from emulator.values.tags import to_list

_LAST_RULE = 32_767
"""The number of the rule that AWS shows as ``*``: what no other rule lets through is denied."""

_FILTERS: Table = {
    "association.association-id": "Associations.NetworkAclAssociationId",
    "association.network-acl-id": "Associations.NetworkAclId",
    "association.subnet-id": "Associations.SubnetId",
    "default": "IsDefault",
    "entry.cidr": "Entries.CidrBlock",
    "entry.egress": "Entries.Egress",
    "entry.icmp.code": "Entries.IcmpTypeCode.Code",
    "entry.icmp.type": "Entries.IcmpTypeCode.Type",
    "entry.ipv6-cidr": "Entries.Ipv6CidrBlock",
    "entry.port-range.from": "Entries.PortRange.From",
    "entry.port-range.to": "Entries.PortRange.To",
    "entry.protocol": "Entries.Protocol",
    "entry.rule-action": "Entries.RuleAction",
    "entry.rule-number": "Entries.RuleNumber",
    "network-acl-id": "NetworkAclId",
    "owner-id": "OwnerId",
    "tag-key": "Tags.Key",
    "tag:": "Tags",
    "vpc-id": "VpcId",
}


def describe_network_acls(
    world: World,
    call: Call,
    *,
    NetworkAclIds: list[str] | None = None,
    Filters: list[Filter] | None = None,
    MaxResults: int | None = None,
    NextToken: str | None = None,
) -> Result:
    return LISTING.describe(world, call, ids=NetworkAclIds, filters=Filters, most=MaxResults, token=NextToken)


describe_network_acls_needs = needs.on_everything


def add_default(world: World, vpc: Vpc) -> None:
    """The ACL that comes with a VPC."""
    world.store.put(NetworkAcl(account=vpc.account, region=vpc.region, id=world.ids.resource("acl"), vpc=vpc.id))


def of_vpc(world: World, vpc: Vpc) -> list[NetworkAcl]:
    return list(world.store.find(NetworkAcl, vpc.account, vpc.region, vpc=vpc.id))


def _view(world: World, acl: NetworkAcl) -> dict[str, Any]:
    subnets = world.store.find(Subnet, acl.account, acl.region, vpc=acl.vpc)
    return {
        "NetworkAclId": acl.id,
        "VpcId": acl.vpc,
        "OwnerId": acl.account,
        "IsDefault": True,
        "Associations": [
            {"NetworkAclAssociationId": one.acl_association, "NetworkAclId": acl.id, "SubnetId": one.id} for one in subnets
        ],
        "Entries": [
            {"RuleNumber": number, "RuleAction": action, "Egress": is_egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
            for is_egress in (True, False)
            for number, action in ((100, "allow"), (_LAST_RULE, "deny"))
        ],
        "Tags": to_list(acl.tags),
    }


LISTING = Listing(
    NetworkAcl, "NetworkAcls", "NetworkAclId", "networkAclIdSet", errors.no_such_network_acl, _view, _FILTERS, {"vpc-id": "vpc"}
)
