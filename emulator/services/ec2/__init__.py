"""Amazon EC2, as far as a broker's network goes: VPCs, subnets, groups, endpoints, interfaces, gateways, routes, tags."""

from __future__ import annotations

from emulator.engine.service import Service, operations
from emulator.services.ec2 import (
    customer_interfaces,
    defaults,
    dhcp_options,
    endpoint_changes,
    endpoint_service_configurations,
    endpoint_services,
    errors,
    interface_attachments,
    interface_attributes,
    interface_permissions,
    internet_gateways,
    network_acls,
    network_interfaces,
    prefix_lists,
    regions,
    route_tables,
    routes,
    rule_edits,
    rule_grants,
    security_groups,
    subnet_attributes,
    subnets,
    tags,
    vpc_attributes,
    vpc_endpoints,
    vpcs,
    zones,
)
from emulator.values.call import Call

__all__ = ["SERVICE"]

_MODULES = (
    vpcs,
    vpc_attributes,
    defaults,
    subnets,
    subnet_attributes,
    security_groups,
    rule_grants,
    rule_edits,
    vpc_endpoints,
    endpoint_changes,
    endpoint_services,
    endpoint_service_configurations,
    network_interfaces,
    customer_interfaces,
    interface_attachments,
    interface_attributes,
    interface_permissions,
    internet_gateways,
    route_tables,
    routes,
    network_acls,
    dhcp_options,
    prefix_lists,
    regions,
    zones,
    tags,
)


def refuse_dry_run(call: Call) -> None:
    """DryRun ends every call after its authorisation and before its effect."""
    if call.params.get("DryRun"):
        raise errors.dry_run()


SERVICE = Service(
    "ec2",
    operations("ec2", *_MODULES),
    timers={vpc_endpoints.TIMER: vpc_endpoints.on_timer},
    settle_in=defaults.settle_in,
    before=refuse_dry_run,
    handled=frozenset({"DryRun"}),
)
