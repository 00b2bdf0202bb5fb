"""What EC2 refuses about security groups. Texts marked "inferred" follow the style of recorded neighbours."""

from __future__ import annotations

from emulator.values.errors import AwsError


def no_default_vpc() -> AwsError:
    return AwsError("VPCIdNotSpecified", "No default VPC for this user")


def default_group_stays(group_id: str) -> AwsError:
    """Inferred."""
    text = f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
    return AwsError("CannotDelete", text)


def group_name_taken(name: str, vpc_id: str) -> AwsError:
    return AwsError("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'")


def reserved_group_name() -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", "Cannot use reserved security group name: default")


def rule_taken(rule: str) -> AwsError:
    return AwsError("InvalidPermission.Duplicate", f'the specified rule "{rule}" already exists')


def rule_repeated() -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", "The same permission must not appear multiple times")


def unknown_protocol(protocol: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Invalid value '{protocol}' for IP protocol. Unknown protocol.")


def ports_missing() -> AwsError:
    """Inferred."""
    text = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
    return AwsError("InvalidParameterValue", text)


def invalid_port_range(first: int, last: int) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Invalid TCP/UDP port range ({first}:{last})")


def malformed_rule_cidr(cidr: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"CIDR block {cidr} is malformed")


def group_in_another_network() -> AwsError:
    """Inferred."""
    text = "You have specified two resources that belong to different networks."
    return AwsError("InvalidGroup.NotFound", text)


def no_such_permission() -> AwsError:
    return AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")


def peer_missing() -> AwsError:
    """Inferred: documented with SecurityGroupRuleRequest."""
    text = "Exactly one of cidrIpv4, cidrIpv6, prefixListId and referencedGroupId must be specified."
    return AwsError("InvalidParameterCombination", text)
