"""Amazon MQ's errors: what it refuses of networks. Docstrings begin as those of ``errors`` do."""

from __future__ import annotations

from emulator.services.mq.errors import bad_request
from emulator.values.errors import AwsError


def no_groups_when_public() -> AwsError:
    """Observed; its attribute is inferred."""
    text = "Broker with [publiclyAccessible] set to true does not support specifying [securityGroups]"
    return bad_request(text, "securityGroups")


def groups_are_fixed() -> AwsError:
    """Observed."""
    return bad_request("Changing security groups is not supported for RabbitMQ brokers.", "securityGroups")


def too_many_groups(most: object) -> AwsError:
    """Documented: the limit."""
    return bad_request(f"A broker can have at most {most} security groups.", "securityGroups")


def no_groups() -> AwsError:
    """Documented: one at least."""
    return bad_request("A broker must have at least one security group.", "securityGroups")


def no_default_vpc() -> AwsError:
    """Observed."""
    return bad_request("Default VPC not found. Subnet and/or security group IDs may be omitted only if a default VPC exists.")


def not_in_default_vpc() -> AwsError:
    """Observed; its attribute is inferred."""
    return bad_request("Subnets and security groups must belong to the default VPC when only one is provided.", "subnetIds")


def several_vpcs() -> AwsError:
    """Observed."""
    return bad_request("Subnets must belong to the same VPC.", "subnetIds")


def dedicated_tenancy(vpc_id: str, tenancy: str) -> AwsError:
    """Documented: default tenancy only."""
    return bad_request(f"VPC [{vpc_id}] has instance tenancy [{tenancy}]. Brokers need default tenancy.", "subnetIds")


def no_internet_gateway() -> AwsError:
    """Observed of a public ActiveMQ broker."""
    text = "The VPC associated with the provided subnets must have an available internet gateway attachment."
    return bad_request(text, "subnetIds")


def no_route_to_internet(subnet_id: str) -> AwsError:
    """Observed at second hand: it complains that the subnet does not exist; the text was not recorded."""
    return bad_request(f"The subnet ID '{subnet_id}' does not exist", "subnetIds")


def groups_elsewhere() -> AwsError:
    """Documented: one VPC."""
    return bad_request("Security groups must belong to the same VPC as the subnets.", "securityGroups")


def no_such_subnet(text: str) -> AwsError:
    """The sentence is EC2's."""
    return bad_request(text, "subnetIds")


def no_such_group(text: str) -> AwsError:
    """The sentence is EC2's."""
    return bad_request(text, "securityGroups")


def wrong_subnet_count(mode: str, wanted: str) -> AwsError:
    """Documented: how many for which deployment mode."""
    return bad_request(f"Broker with deployment mode [{mode}] requires {wanted}.", "subnetIds")


def subnets_in_one_zone() -> AwsError:
    """Documented: different zones."""
    return bad_request("Subnets must belong to different Availability Zones.", "subnetIds")


def interface_stays(text: str) -> AwsError:
    """The sentence is EC2's: a network interface that cannot be changed or deleted."""
    return bad_request(text, "broker-id")
