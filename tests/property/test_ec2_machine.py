"""Random lives of a network: creates, deletes, tags, changes and clock moves keep its invariants, and leave nothing behind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from emulator import AwsError, Call, Clock, new_world
from emulator.engine import identity
from emulator.engine.timers import Timer
from emulator.services.ec2 import cidr_blocks
from emulator.services.ec2.network import (
    TYPES,
    InterfacePermission,
    InternetGateway,
    NetworkInterface,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
    VpcEndpoint,
)

ACCOUNT, REGION = "111122223333", "us-east-1"
SERVICES = ("com.amazonaws.us-east-1.mq", "com.amazonaws.us-east-1.sqs", "com.amazonaws.us-east-1.s3")
NEXT = {
    None: {"pending", "available"},
    "pending": {"pending", "available", "deleting", "deleted", None},
    "available": {"available", "deleting", "deleted", None},
    "deleting": {"deleting", "deleted", None},
    "deleted": {"deleted", None},
}
"""What an endpoint's state may be at the next look; None when it is not (or no longer) there."""


class NetworkMachine(RuleBasedStateMachine):
    vpcs: Bundle[str] = Bundle("vpcs")
    subnets: Bundle[str] = Bundle("subnets")
    groups: Bundle[str] = Bundle("groups")
    endpoints: Bundle[str] = Bundle("endpoints")
    interfaces: Bundle[str] = Bundle("interfaces")
    tables: Bundle[str] = Bundle("tables")
    gateways: Bundle[str] = Bundle("gateways")

    def __init__(self) -> None:
        super().__init__()
        self.world = new_world(clock=Clock(frozen_at=1_790_000_000.0), seed="machine", pace="real")
        self.states: dict[str, str] = {}
        self.ask("DescribeVpcs")
        self.at_first = self.census()

    def ask(self, operation: str, **params: Any) -> dict[str, Any]:
        call = Call(
            service="ec2",
            operation=operation,
            params=params,
            principal=identity.root(ACCOUNT),
            region=REGION,
            partition="aws",
        )
        return self.world.perform(call)

    def make(self, give: Callable[[dict[str, Any]], str], operation: str, **params: Any) -> Any:
        """The id of what is made; nothing where it is refused."""
        try:
            return give(self.ask(operation, **params))
        except AwsError:
            return multiple()

    def try_(self, operation: str, **params: Any) -> None:
        with contextlib.suppress(AwsError):
            self.ask(operation, **params)

    def census(self) -> dict[str, int]:
        kinds = (*TYPES, InterfacePermission, Timer)
        return {kind.__name__: len(list(self.world.store.find(kind, ACCOUNT, REGION))) for kind in kinds}

    def all(self, kind: type[Any]) -> list[Any]:
        return list(self.world.store.find(kind, ACCOUNT, REGION))

    def ids(self, kind: type[Any]) -> set[str]:
        return {one.id for one in self.all(kind)}

    # makers

    @initialize(target=vpcs)
    def a_vpc(self) -> Any:
        return self.create_vpc(0)

    @rule(target=vpcs, place=st.integers(0, 3))
    def create_vpc(self, place: int) -> Any:
        return self.make(lambda made: str(made["Vpc"]["VpcId"]), "CreateVpc", CidrBlock=f"10.{place}.0.0/16")

    @rule(target=subnets, vpc=vpcs, second=st.integers(0, 3), third=st.integers(0, 3), zone=st.sampled_from("abc"))
    def create_subnet(self, vpc: str, second: int, third: int, zone: str) -> Any:
        cidr = f"10.{second}.{third}.0/28"
        zone = f"us-east-1{zone}"
        return self.make(
            lambda made: str(made["Subnet"]["SubnetId"]), "CreateSubnet", VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone
        )

    @rule(target=groups, vpc=vpcs, name=st.sampled_from(["a", "b", "c"]))
    def create_group(self, vpc: str, name: str) -> Any:
        return self.make(lambda made: str(made["GroupId"]), "CreateSecurityGroup", VpcId=vpc, GroupName=name, Description="x")

    @rule(
        target=endpoints,
        vpc=vpcs,
        service=st.sampled_from(SERVICES),
        subnets=st.lists(subnets, max_size=2),
        groups=st.lists(groups, max_size=2),
        tables=st.lists(tables, max_size=2),
        token=st.sampled_from([None, "one", "two"]),
    )
    def create_endpoint(
        self, vpc: str, service: str, subnets: list[str], groups: list[str], tables: list[str], token: str | None
    ) -> Any:
        is_gateway = service.endswith("s3")
        params: dict[str, Any] = {"RouteTableIds": tables} if is_gateway else {"SubnetIds": subnets, "SecurityGroupIds": groups}
        params |= {"ClientToken": token} if token else {}
        kind = "Gateway" if is_gateway else "Interface"
        params |= {} if is_gateway else {"PrivateDnsEnabled": False}
        return self.make(
            lambda made: str(made["VpcEndpoint"]["VpcEndpointId"]),
            "CreateVpcEndpoint",
            VpcId=vpc,
            ServiceName=service,
            VpcEndpointType=kind,
            **params,
        )

    @rule(target=interfaces, subnet=subnets, groups=st.lists(groups, max_size=1), more=st.integers(0, 4))
    def create_interface(self, subnet: str, groups: list[str], more: int) -> Any:
        return self.make(
            lambda made: str(made["NetworkInterface"]["NetworkInterfaceId"]),
            "CreateNetworkInterface",
            SubnetId=subnet,
            Groups=groups,
            SecondaryPrivateIpAddressCount=more,
        )

    @rule(target=tables, vpc=vpcs)
    def create_table(self, vpc: str) -> Any:
        return self.make(lambda made: str(made["RouteTable"]["RouteTableId"]), "CreateRouteTable", VpcId=vpc)

    @rule(target=gateways, vpc=vpcs)
    def create_gateway(self, vpc: str) -> Any:
        made = self.make(lambda made: str(made["InternetGateway"]["InternetGatewayId"]), "CreateInternetGateway")
        if isinstance(made, str):
            self.try_("AttachInternetGateway", InternetGatewayId=made, VpcId=vpc)
        return made

    # changes

    @rule(endpoint=endpoints, add=st.lists(subnets, max_size=2), remove=st.lists(subnets, max_size=1))
    def change_subnets(self, endpoint: str, add: list[str], remove: list[str]) -> None:
        self.try_("ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSubnetIds=add, RemoveSubnetIds=remove)

    @rule(endpoint=endpoints, add=st.lists(groups, max_size=2), remove=st.lists(groups, max_size=1))
    def change_groups(self, endpoint: str, add: list[str], remove: list[str]) -> None:
        self.try_("ModifyVpcEndpoint", VpcEndpointId=endpoint, AddSecurityGroupIds=add, RemoveSecurityGroupIds=remove)

    @rule(endpoint=endpoints, add=st.lists(tables, max_size=1), remove=st.lists(tables, max_size=1))
    def change_tables(self, endpoint: str, add: list[str], remove: list[str]) -> None:
        self.try_("ModifyVpcEndpoint", VpcEndpointId=endpoint, AddRouteTableIds=add, RemoveRouteTableIds=remove)

    @rule(group=groups, peer=groups, is_egress=st.booleans())
    def let_in(self, group: str, peer: str, is_egress: bool) -> None:
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": peer}]}
        direction = "Egress" if is_egress else "Ingress"
        self.try_(f"AuthorizeSecurityGroup{direction}", GroupId=group, IpPermissions=[permission])

    @rule(table=tables, subnet=subnets)
    def associate(self, table: str, subnet: str) -> None:
        self.try_("AssociateRouteTable", RouteTableId=table, SubnetId=subnet)

    @rule(interface=interfaces)
    def permit(self, interface: str) -> None:
        params = {"NetworkInterfaceId": interface, "AwsAccountId": "444455556666", "Permission": "INSTANCE-ATTACH"}
        self.try_("CreateNetworkInterfacePermission", **params)

    @rule(
        resource=st.one_of(vpcs, subnets, groups, endpoints, interfaces, tables, gateways),
        key=st.sampled_from("ab"),
        is_removal=st.booleans(),
    )
    def tag(self, resource: str, key: str, is_removal: bool) -> None:
        self.try_("DeleteTags" if is_removal else "CreateTags", Resources=[resource], Tags=[{"Key": key, "Value": "v"}])

    @rule(seconds=st.sampled_from([1, 30, 90, 600]))
    def wait(self, seconds: int) -> None:
        self.world.advance(seconds)

    # deletions

    @rule(vpc=vpcs)
    def delete_vpc(self, vpc: str) -> None:
        self.try_("DeleteVpc", VpcId=vpc)

    @rule(subnet=subnets)
    def delete_subnet(self, subnet: str) -> None:
        self.try_("DeleteSubnet", SubnetId=subnet)

    @rule(group=groups)
    def delete_group(self, group: str) -> None:
        self.try_("DeleteSecurityGroup", GroupId=group)

    @rule(endpoint=endpoints)
    def delete_endpoint(self, endpoint: str) -> None:
        self.ask("DeleteVpcEndpoints", VpcEndpointIds=[endpoint])

    @rule(interface=interfaces)
    def delete_interface(self, interface: str) -> None:
        self.try_("DeleteNetworkInterface", NetworkInterfaceId=interface)

    @rule(table=tables)
    def delete_table(self, table: str) -> None:
        self.try_("DeleteRouteTable", RouteTableId=table)

    @rule(gateway=gateways)
    def delete_gateway(self, gateway: str) -> None:
        self.try_("DeleteInternetGateway", InternetGatewayId=gateway)

    # what always holds

    @invariant()
    def no_reference_dangles(self) -> None:
        vpcs, subnets, groups = self.ids(Vpc), self.ids(Subnet), self.ids(SecurityGroup)
        for kind in (Subnet, SecurityGroup, NetworkInterface, RouteTable):
            assert {one.vpc for one in self.all(kind)} <= vpcs
        assert {one.vpc for one in self.all(InternetGateway)} - {""} <= vpcs
        for one in self.all(SecurityGroupRule):
            assert {one.group, one.peer_group or one.group} <= groups
        for interface in self.all(NetworkInterface):
            assert interface.subnet in subnets
            assert set(interface.groups) <= groups
        for table in self.all(RouteTable):
            assert set(table.subnets) <= subnets
        for endpoint in self.all(VpcEndpoint):
            if endpoint.is_in_use:
                assert endpoint.vpc in vpcs
                assert set(endpoint.subnets) <= subnets
                assert set(endpoint.groups) <= groups
                assert set(endpoint.route_tables) <= self.ids(RouteTable)
        assert {one.interface for one in self.all(InterfacePermission)} <= self.ids(NetworkInterface)

    @invariant()
    def every_interface_is_owned(self) -> None:
        endpoints = {one.id: one for one in self.all(VpcEndpoint)}
        for interface in self.all(NetworkInterface):
            if interface.endpoint:
                owner = endpoints[interface.endpoint]
                assert owner.is_in_use
                assert interface.id in owner.interfaces
                assert interface.groups == owner.groups
        listed = [one for endpoint in endpoints.values() for one in endpoint.interfaces]
        assert set(listed) <= self.ids(NetworkInterface)
        assert len(listed) == len(set(listed))
        for endpoint in endpoints.values():
            assert len(endpoint.interfaces) == (len(endpoint.subnets) if endpoint.is_in_use else 0)

    @invariant()
    def addresses_are_right(self) -> None:
        shown = {one["SubnetId"]: one["AvailableIpAddressCount"] for one in self.ask("DescribeSubnets")["Subnets"]}
        for subnet in self.all(Subnet):
            used = [address for one in self.all(NetworkInterface) if one.subnet == subnet.id for address in one.addresses]
            assert len(used) == len(set(used))
            hosts = {str(address) for address in list(subnet.network)[cidr_blocks.RESERVED_FIRST : -1]} if used else set()
            assert set(used) <= hosts
            assert shown[subnet.id] == cidr_blocks.capacity(subnet.network) - len(used)

    @invariant()
    def states_are_legal(self) -> None:
        now = {one.id: one.state for one in self.all(VpcEndpoint)}
        for endpoint in {*now, *self.states}:
            assert now.get(endpoint) in NEXT[self.states.get(endpoint)]
        self.states = now
        waiting = {one.id for one in self.all(VpcEndpoint) if one.state != "available"}
        assert {timer.subject for timer in self.all(Timer)} == waiting

    @invariant()
    def every_vpc_is_complete(self) -> None:
        for vpc in self.all(Vpc):
            assert sum(group.is_default for group in self.all(SecurityGroup) if group.vpc == vpc.id) == 1
            assert sum(table.is_main for table in self.all(RouteTable) if table.vpc == vpc.id) == 1

    def teardown(self) -> None:
        """Deleted in the right order, everything goes, and no record of it stays."""
        self.ask("DeleteVpcEndpoints", VpcEndpointIds=[*self.ids(VpcEndpoint), "vpce-0"])
        self.world.advance(3_600)
        keep = {vpc.id for vpc in self.all(Vpc) if vpc.is_default}
        for interface in self.all(NetworkInterface):
            self.ask("DeleteNetworkInterface", NetworkInterfaceId=interface.id)
        for table in self.all(RouteTable):
            for association in table.associations:
                if association.subnet:
                    self.ask("DisassociateRouteTable", AssociationId=association.id)
            if not table.is_main:
                self.ask("DeleteRouteTable", RouteTableId=table.id)
        for gateway in self.all(InternetGateway):
            if gateway.vpc not in keep:
                self.try_("DetachInternetGateway", InternetGatewayId=gateway.id, VpcId=gateway.vpc or "vpc-0")
                self.ask("DeleteInternetGateway", InternetGatewayId=gateway.id)
        for subnet in self.all(Subnet):
            if subnet.vpc not in keep:
                self.ask("DeleteSubnet", SubnetId=subnet.id)
        for one in self.all(SecurityGroupRule):
            if one.peer_group and one.peer_group != one.group:
                self.ask(
                    f"RevokeSecurityGroup{'Egress' if one.is_egress else 'Ingress'}",
                    GroupId=one.group,
                    SecurityGroupRuleIds=[one.id],
                )
        for group in self.all(SecurityGroup):
            if not group.is_default:
                self.ask("DeleteSecurityGroup", GroupId=group.id)
        for vpc in self.ids(Vpc) - keep:
            self.ask("DeleteVpc", VpcId=vpc)
        assert self.census() == self.at_first


NetworkMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestNetwork = NetworkMachine.TestCase
