"""Quotas, in one table: AWS's defaults, which AWS raises on request and a seed file sets.

Source: "Amazon VPC quotas" of the VPC user guide; the codes are those of EC2's list of error codes.
"""

from __future__ import annotations

from emulator.engine.world import World
from emulator.values.errors import AwsError

VPCS = "VPCs per Region"
BLOCKS = "IPv4 CIDR blocks per VPC"
SUBNETS = "Subnets per VPC"
GROUPS = "Security groups per Region"
RULES = "Inbound or outbound rules per security group"
GROUPS_PER_INTERFACE = "Security groups per network interface"
INTERFACES = "Network interfaces per Region"
INTERNET_GATEWAYS = "Internet gateways per Region"
ROUTE_TABLES = "Route tables per VPC"
ROUTES = "Routes per route table"
INTERFACE_ENDPOINTS = "Interface and Gateway Load Balancer endpoints per VPC"
GATEWAY_ENDPOINTS = "Gateway endpoints per Region"
POLICY_CHARACTERS = "Characters per VPC endpoint policy"

QUOTAS: dict[str, int] = {
    VPCS: 5,
    BLOCKS: 5,
    SUBNETS: 200,
    GROUPS: 2_500,
    RULES: 60,
    GROUPS_PER_INTERFACE: 5,
    INTERFACES: 5_000,
    INTERNET_GATEWAYS: 5,
    ROUTE_TABLES: 200,
    ROUTES: 500,
    INTERFACE_ENDPOINTS: 50,
    GATEWAY_ENDPOINTS: 20,
    POLICY_CHARACTERS: 20_480,
}

_CODES: dict[str, tuple[str, str]] = {
    VPCS: ("VpcLimitExceeded", "The maximum number of VPCs has been reached."),
    BLOCKS: ("CidrBlockLimitExceeded", "The maximum number of CIDR blocks of this VPC has been reached."),
    SUBNETS: ("SubnetLimitExceeded", "The maximum number of subnets has been reached."),
    GROUPS: ("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached."),
    RULES: ("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached."),
    GROUPS_PER_INTERFACE: (
        "SecurityGroupsPerInterfaceLimitExceeded",
        "The maximum number of security groups per interface has been reached.",
    ),
    INTERFACES: ("NetworkInterfaceLimitExceeded", "The maximum number of network interfaces has been reached."),
    INTERNET_GATEWAYS: ("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached."),
    ROUTE_TABLES: ("RouteTableLimitExceeded", "The maximum number of route tables has been reached."),
    ROUTES: ("RouteLimitExceeded", "The maximum number of routes has been reached."),
    INTERFACE_ENDPOINTS: ("VpcEndpointLimitExceeded", "You have reached the limit on the number of VPC endpoints in this VPC."),
    GATEWAY_ENDPOINTS: ("VpcEndpointLimitExceeded", "You have reached the limit on the number of VPC endpoints in this VPC."),
}
"""The error of each. Codes are documented; the texts of VPCs and internet gateways are widely reported, the others inferred."""


def limit(world: World, quota: str) -> int:
    """The quota as the world has it set, else AWS's default."""
    return world.quotas.get(quota, QUOTAS[quota])


def refuse_more(world: World, quota: str, wanted: int) -> None:
    """An error when the quota does not allow so many."""
    if wanted > limit(world, quota):
        raise AwsError(*_CODES[quota])
