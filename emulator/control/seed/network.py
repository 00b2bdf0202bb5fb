"""VPCs, subnets, security groups and internet gateways, made by EC2's own operations; their aliases stand for their ids."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from emulator.control.seed.part import Alias, Ask, Part, Region, Tags, tag_list


class Subnet(Part):
    """``zone`` is the letter of an Availability Zone of the Region."""

    cidr: str
    zone: Annotated[str, Field(pattern=r"^[a-f]$")] = "a"
    tags: Tags = {}


class Ingress(Part):
    """Who may come in: a CIDR block, or a security group of the file, on one TCP port or all."""

    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    source: str = "0.0.0.0/0"


class SecurityGroup(Part):
    """``name`` is the alias unless it is given."""

    name: str | None = None
    description: Annotated[str, Field(min_length=1)] = "from the seed"
    ingress: list[Ingress] = []
    tags: Tags = {}


class Vpc(Part):
    """``internet_gateway`` names a gateway, which is attached and has the main route table's default route."""

    cidr: str = "10.0.0.0/16"
    region: Region | None = None
    subnets: dict[Alias, Subnet] = {}
    security_groups: dict[Alias, SecurityGroup] = {}
    internet_gateway: Alias | None = None
    tags: Tags = {}

    @property
    def aliases(self) -> list[str]:
        return [*self.subnets, *self.security_groups, *([self.internet_gateway] if self.internet_gateway else [])]

    def plant(self, ask: Ask, alias: str, region: str) -> dict[str, Any]:
        """Make it through ``ask``, everything tagged with its alias as ``Name``. Returns ids by alias."""
        vpc = ask("ec2:CreateVpc", CidrBlock=self.cidr, TagSpecifications=_tagged("vpc", alias, self.tags))["Vpc"]["VpcId"]
        ids = {alias: vpc}
        for name, subnet in self.subnets.items():
            made = ask(
                "ec2:CreateSubnet",
                VpcId=vpc,
                CidrBlock=subnet.cidr,
                AvailabilityZone=f"{region}{subnet.zone}",
                TagSpecifications=_tagged("subnet", name, subnet.tags),
            )
            ids[name] = made["Subnet"]["SubnetId"]
        for name, group in self.security_groups.items():
            ids[name] = _make_group(ask, vpc, name, group)
        for name, group in self.security_groups.items():
            for rule in group.ingress:
                ask("ec2:AuthorizeSecurityGroupIngress", GroupId=ids[name], IpPermissions=[_permission(rule, ids)])
        if self.internet_gateway:
            ids[self.internet_gateway] = _make_gateway(ask, vpc, self.internet_gateway)
        return ids


def _make_group(ask: Ask, vpc: str, alias: str, group: SecurityGroup) -> str:
    made = ask(
        "ec2:CreateSecurityGroup",
        VpcId=vpc,
        GroupName=group.name or alias,
        Description=group.description,
        TagSpecifications=_tagged("security-group", alias, group.tags),
    )
    return str(made["GroupId"])


def _permission(rule: Ingress, ids: dict[str, str]) -> dict[str, Any]:
    ports = {"IpProtocol": "-1"} if rule.port is None else {"IpProtocol": "tcp", "FromPort": rule.port, "ToPort": rule.port}
    if rule.source in ids:
        return {**ports, "UserIdGroupPairs": [{"GroupId": ids[rule.source]}]}
    return {**ports, "IpRanges": [{"CidrIp": rule.source}]}


def _make_gateway(ask: Ask, vpc: str, alias: str) -> str:
    made = ask("ec2:CreateInternetGateway", TagSpecifications=_tagged("internet-gateway", alias, {}))
    gateway = str(made["InternetGateway"]["InternetGatewayId"])
    ask("ec2:AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    table = ask("ec2:DescribeRouteTables", Filters=filters)["RouteTables"][0]["RouteTableId"]
    ask("ec2:CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return gateway


def _tagged(kind: str, alias: str, tags: Tags) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": tag_list({"Name": alias, **tags})}]
