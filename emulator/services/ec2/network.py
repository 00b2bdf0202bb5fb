"""What a network is made of: the records of VPCs, subnets, security groups, endpoints and network interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import ClassVar, Literal

from emulator.engine.world import World
from emulator.shapes.regions import partition
from emulator.values.clock import Instant
from emulator.values.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Record):
    """Anything with an ARN and tags. ``TYPE`` is its name in ARNs and tag calls, ``PREFIX`` what its ids begin with."""

    TYPE: ClassVar[str]
    PREFIX: ClassVar[str]

    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:{partition(self.region) or 'aws'}:ec2:{self.region}:{self.account}:{self.TYPE}/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc(Resource):
    TYPE = "vpc"
    PREFIX = "vpc"

    cidr: str
    association: str
    """The id of the association of its only CIDR block."""
    dhcp_options: str
    tenancy: str = "default"
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Resource):
    INDEXES = ("vpc",)
    TYPE = "subnet"
    PREFIX = "subnet"

    vpc: str
    cidr: str
    zone: str
    zone_id: str
    is_default: bool = False

    @property
    def network(self) -> IPv4Network:
        return IPv4Network(self.cidr)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Resource):
    INDEXES = ("vpc",)
    TYPE = "security-group"
    PREFIX = "sg"

    vpc: str
    name: str
    description: str

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_GROUP


DEFAULT_GROUP = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRule(Resource):
    """One rule with one peer: a CIDR block of either family, or a group. Ports are -1 where the protocol has none."""

    INDEXES = ("group", "peer_group")
    TYPE = "security-group-rule"
    PREFIX = "sgr"

    group: str
    is_egress: bool
    protocol: str
    from_port: int = -1
    to_port: int = -1
    cidr: str = ""
    cidr_v6: str = ""
    peer_group: str = ""
    description: str | None = None

    @property
    def traffic(self) -> tuple[str, int, int]:
        return self.protocol, self.from_port, self.to_port


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface(Resource):
    """An interface that an endpoint has in a subnet; ``endpoint`` is the endpoint's id."""

    INDEXES = ("subnet", "vpc", "groups", "endpoint")
    TYPE = "network-interface"
    PREFIX = "eni"

    subnet: str
    vpc: str
    zone: str
    zone_id: str
    address: str
    mac: str
    groups: tuple[str, ...]
    endpoint: str
    attachment: str
    attached: Instant
    hostname: str | None = None


EndpointState = Literal["pending", "available", "deleting", "deleted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcEndpoint(Resource):
    """``zones`` are those of ``subnets``, in the same order. ``request`` is what was asked, for a repeated client token."""

    INDEXES = ("vpc", "client_token")
    TYPE = "vpc-endpoint"
    PREFIX = "vpce"

    vpc: str
    kind: Literal["Interface", "Gateway"]
    service: str
    state: EndpointState
    created: Instant
    policy: str
    dns_record_type: str
    subnets: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    has_private_dns: bool = False
    has_inbound_only_dns: bool | None = None
    is_requester_managed: bool = False
    dns_label: str = ""
    """What its DNS names begin with."""
    dns_domain: str = ""
    """What its DNS names end with."""
    private_names: tuple[str, ...] = ()
    """The service's names that lead to it in the VPC, when it has private DNS."""
    private_zone: str = ""
    """The id of the hosted zone of its private names."""
    client_token: str = ""
    request: str = ""

    @property
    def is_in_use(self) -> bool:
        """Whether it still takes room in its VPC: a deleted one is only remembered."""
        return self.state != "deleted"


TYPES: tuple[type[Resource], ...] = (Vpc, Subnet, SecurityGroup, SecurityGroupRule, NetworkInterface, VpcEndpoint)


def default_vpc(world: World, account: str, region: str) -> Vpc | None:
    return next((vpc for vpc in world.store.find(Vpc, account, region) if vpc.is_default), None)


def default_group(world: World, vpc: Vpc) -> SecurityGroup:
    """A VPC's default security group; it always has one."""
    return next(group for group in groups_of(world, vpc) if group.is_default)


def groups_of(world: World, vpc: Vpc) -> list[SecurityGroup]:
    return list(world.store.find(SecurityGroup, vpc.account, vpc.region, vpc=vpc.id))


def endpoints_of(world: World, vpc: Vpc) -> list[VpcEndpoint]:
    """Endpoints that are in use in the VPC."""
    found = world.store.find(VpcEndpoint, vpc.account, vpc.region, vpc=vpc.id)
    return [endpoint for endpoint in found if endpoint.is_in_use]
