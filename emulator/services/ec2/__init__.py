"""Amazon EC2, as far as a broker's network goes: VPCs, subnets, security groups, endpoints, interfaces, tags."""

from __future__ import annotations

from emulator.engine.service import Service, operations
from emulator.services.ec2 import (
    errors,
    network_interfaces,
    security_groups,
    subnets,
    tags,
    vpc_endpoints,
    vpcs,
    zones,
)
from emulator.services.ec2.defaults import settle_in
from emulator.values.call import Call

__all__ = ["SERVICE"]


def refuse_dry_run(call: Call) -> None:
    """DryRun ends every call after its authorisation and before its effect."""
    if call.params.get("DryRun"):
        raise errors.dry_run()


SERVICE = Service(
    "ec2",
    operations("ec2", vpcs, subnets, security_groups, vpc_endpoints, network_interfaces, tags, zones),
    timers={vpc_endpoints.TIMER: vpc_endpoints.on_timer},
    settle_in=settle_in,
    before=refuse_dry_run,
    handled=frozenset({"DryRun"}),
)
