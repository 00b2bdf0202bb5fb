"""What a network is made of: records of VPCs, subnets, groups, endpoints, interfaces, gateways, routes and ACLs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network
from typing import ClassVar, Literal, NamedTuple

from msgspec import field

from emulator.engine.world import World
from emulator.shapes.regions import partition
from emulator.values.clock import Instant
from emulator.values.record import Record

_network = lru_cache(1_000)(IPv4Network)


class Resource(Record, frozen=True, kw_only=True):
    """Anything with an ARN and tags. ``TYPE`` is its name in ARNs and tag calls, ``PREFIX`` what its ids begin with."""

    INDEXES: ClassVar[tuple[str, ...]] = ("tagged",)
    TYPE: ClassVar[str]
    PREFIX: ClassVar[str]

    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def tagged(self) -> tuple[str, ...]:
        """``key`` and ``key=value`` of each tag, by which filters find candidates. (A key may hold a ``=``: no more.)"""
        return (*self.tags, *[f"{key}={value}" for key, value in self.tags.items()]) if self.tags else ()

    @property
    def arn(self) -> str:
        return f"arn:{partition(self.region) or 'aws'}:ec2:{self.region}:{self.account}:{self.TYPE}/{self.id}"


class Requested(Resource, frozen=True, kw_only=True):
    """What a create call with a client token makes: ``request`` is what was asked, for a repeated token."""

    INDEXES: ClassVar[tuple[str, ...]] = (*Resource.INDEXES, "client_tokens")

    client_token: str = ""
    request: str = ""

    @property
    def client_tokens(self) -> tuple[str, ...]:
        return (self.client_token,) if self.client_token else ()


class Block(NamedTuple):
    """A CIDR block of a VPC, and the id of its association."""

    association: str
    cidr: str


class Vpc(Resource, frozen=True, kw_only=True):
    INDEXES = (*Resource.INDEXES, "association_ids")
    TYPE = "vpc"
    PREFIX = "vpc"

    blocks: tuple[Block, ...]
    """The first one is the primary block, which stays."""
    dhcp_options: str
    tenancy: str = "default"
    is_default: bool = False
    has_dns_support: bool = True
    has_dns_hostnames: bool = False
    has_address_metrics: bool = False

    @property
    def cidr(self) -> str:
        return self.blocks[0].cidr

    @property
    def networks(self) -> list[IPv4Network]:
        return [_network(block.cidr) for block in self.blocks]

    @property
    def association_ids(self) -> tuple[str, ...]:
        return tuple(block.association for block in self.blocks)


class Subnet(Resource, frozen=True, kw_only=True):
    INDEXES = (*Resource.INDEXES, "vpc")
    TYPE = "subnet"
    PREFIX = "subnet"

    vpc: str
    cidr: str
    zone: str
    zone_id: str
    acl_association: str
    """The id of its association with the VPC's network ACL."""
    is_default: bool = False
    maps_public_addresses: bool = False
    has_dns64: bool = False
    hostname_type: str = "ip-name"
    has_a_records: bool = False
    has_aaaa_records: bool = False

    @property
    def network(self) -> IPv4Network:
        return _network(self.cidr)


class SecurityGroup(Resource, frozen=True, kw_only=True):
    INDEXES = (*Resource.INDEXES, "vpc", "default_of")
    TYPE = "security-group"
    PREFIX = "sg"

    vpc: str
    name: str
    description: str

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_GROUP

    @property
    def default_of(self) -> tuple[str, ...]:
        """The VPC whose default group it is, which may have thousands of others."""
        return (self.vpc,) if self.is_default else ()


DEFAULT_GROUP = "default"


class SecurityGroupRule(Resource, frozen=True, kw_only=True):
    """One rule with one peer: a CIDR block of either family, a prefix list or a group. Ports are -1 where there are none."""

    INDEXES = (*Resource.INDEXES, "group", "peer_group")
    TYPE = "security-group-rule"
    PREFIX = "sgr"

    group: str
    is_egress: bool
    protocol: str
    from_port: int = -1
    to_port: int = -1
    cidr: str = ""
    cidr_v6: str = ""
    prefix_list: str = ""
    peer_group: str = ""
    description: str | None = None

    @property
    def traffic(self) -> tuple[str, int, int]:
        return self.protocol, self.from_port, self.to_port


class NetworkInterface(Requested, frozen=True, kw_only=True):
    """An interface in a subnet: of the endpoint with the id ``endpoint``, or a customer's own.

    A customer's own may be attached to ``instance``, of an AWS service that was let in: a customer has no instances here.
    """

    INDEXES = (*Requested.INDEXES, "subnet", "vpc", "groups", "endpoint", "attachment", "addresses")
    TYPE = "network-interface"
    PREFIX = "eni"

    subnet: str
    vpc: str
    zone: str
    zone_id: str
    addresses: tuple[str, ...]
    """The first one is the primary address."""
    mac: str
    kind: str = "interface"
    requester: str = ""
    """The unique id of who made a customer's own."""
    description: str = ""
    groups: tuple[str, ...] = ()
    endpoint: str = ""
    attachment: str = ""
    attached: Instant = 0.0
    instance: str = ""
    instance_owner: str = ""
    device: int = 1
    checks_source_and_destination: bool = True

    @property
    def is_requester_managed(self) -> bool:
        return bool(self.endpoint)


class InterfacePermission(Record, frozen=True, kw_only=True):
    """Leave for an account or an AWS service (``grantee``) to use an interface."""

    INDEXES = ("interface",)

    interface: str
    grantee: str
    permission: str

    @property
    def is_for_service(self) -> bool:
        return not self.grantee.isdecimal()


EndpointState = Literal["pending", "available", "deleting", "deleted"]
EndpointKind = Literal["Interface", "Gateway", "GatewayLoadBalancer"]


class VpcEndpoint(Requested, frozen=True, kw_only=True):
    """``zones`` are those of ``subnets``, in the same order."""

    INDEXES = (*Requested.INDEXES, "vpc", "occupies", "kind", "service", "groups", "route_tables")
    TYPE = "vpc-endpoint"
    PREFIX = "vpce"

    vpc: str
    kind: EndpointKind
    service: str
    state: EndpointState
    created: Instant
    policy: str
    dns_record_type: str
    subnets: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    route_tables: tuple[str, ...] = ()
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

    @property
    def is_in_use(self) -> bool:
        """Whether it still takes room in its VPC: a deleted one is only remembered."""
        return self.state != "deleted"

    @property
    def occupies(self) -> tuple[str, ...]:
        """The VPC in which it takes room."""
        return (self.vpc,) if self.state != "deleted" else ()


class ServiceConfiguration(Requested, frozen=True, kw_only=True):
    """An endpoint service that a customer offers behind load balancers, which are taken at their word."""

    TYPE = "vpc-endpoint-service"
    PREFIX = "vpce-svc"

    kind: Literal["Interface", "GatewayLoadBalancer"]
    load_balancers: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"com.amazonaws.vpce.{self.region}.{self.id}"


class InternetGateway(Resource, frozen=True, kw_only=True):
    """``vpc`` is empty while it is not attached."""

    INDEXES = (*Resource.INDEXES, "vpc")
    TYPE = "internet-gateway"
    PREFIX = "igw"

    vpc: str = ""


class Route(NamedTuple):
    """Where traffic for a destination (a CIDR block or a prefix list) goes: an id of a gateway, interface or endpoint."""

    destination: str
    target: str


class TableAssociation(NamedTuple):
    """``subnet`` is empty in the association of a main route table."""

    id: str
    subnet: str


class RouteTable(Requested, frozen=True, kw_only=True):
    """``routes`` are the customer's; those of the VPC's own blocks and of Gateway endpoints follow from these."""

    INDEXES = (*Requested.INDEXES, "vpc", "subnets", "association_ids", "targets")
    TYPE = "route-table"
    PREFIX = "rtb"

    vpc: str
    routes: tuple[Route, ...] = ()
    associations: tuple[TableAssociation, ...] = ()

    @property
    def is_main(self) -> bool:
        return any(not one.subnet for one in self.associations)

    @property
    def subnets(self) -> tuple[str, ...]:
        return tuple(one.subnet for one in self.associations if one.subnet)

    @property
    def association_ids(self) -> tuple[str, ...]:
        return tuple(one.id for one in self.associations)

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple({route.target for route in self.routes})


class NetworkAcl(Resource, frozen=True, kw_only=True):
    """A VPC's default network ACL, which every subnet of it is associated with and which lets everything through."""

    INDEXES = (*Resource.INDEXES, "vpc")
    TYPE = "network-acl"
    PREFIX = "acl"

    vpc: str


class DhcpOptions(Resource, frozen=True, kw_only=True):
    """The options that a Region's VPCs begin with."""

    TYPE = "dhcp-options"
    PREFIX = "dopt"

    domain: str


TYPES: tuple[type[Resource], ...] = (
    Vpc,
    Subnet,
    SecurityGroup,
    SecurityGroupRule,
    NetworkInterface,
    VpcEndpoint,
    RouteTable,
    InternetGateway,
    NetworkAcl,
    DhcpOptions,
    ServiceConfiguration,
)


def default_vpc(world: World, account: str, region: str) -> Vpc | None:
    return next((vpc for vpc in world.store.find(Vpc, account, region) if vpc.is_default), None)


def default_group(world: World, vpc: Vpc) -> SecurityGroup:
    """A VPC's default security group; it always has one."""
    return next(iter(world.store.find(SecurityGroup, vpc.account, vpc.region, default_of=vpc.id)))


def groups_of(world: World, vpc: Vpc) -> list[SecurityGroup]:
    return list(world.store.find(SecurityGroup, vpc.account, vpc.region, vpc=vpc.id))


def endpoints_of(world: World, vpc: Vpc) -> list[VpcEndpoint]:
    """Endpoints that are in use in the VPC."""
    return list(world.store.find(VpcEndpoint, vpc.account, vpc.region, occupies=vpc.id))
