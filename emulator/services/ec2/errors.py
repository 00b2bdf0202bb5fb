"""What EC2 refuses, one constructor each. Texts marked "inferred" follow the style of recorded neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator.values.errors import AwsError


def dry_run() -> AwsError:
    return AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status=412)


# Not found and malformed -------------------------------------------------------------------------------------------


def no_such_vpc(vpc_id: str) -> AwsError:
    return AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")


def no_such_subnet(subnet_id: str) -> AwsError:
    return AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")


def no_such_group(group_id: str) -> AwsError:
    """An id that no group ever had is malformed when it has not the form of one, or is all zeros."""
    digits = group_id.removeprefix("sg-")
    if digits == group_id:
        return AwsError("InvalidGroupId.Malformed", f'Invalid id: "{group_id}" (expecting "sg-...")')
    if not re.fullmatch(r"[0-9a-f]{8}|[0-9a-f]{17}", digits) or not digits.strip("0"):
        return AwsError("InvalidGroupId.Malformed", f'Invalid id: "{group_id}"')
    return AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")


def no_such_group_name(name: str, vpc_id: str) -> AwsError:
    return AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC '{vpc_id}'")


def no_such_rule(rule_id: str) -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidSecurityGroupRuleId.NotFound", f"The security group rule ID '{rule_id}' does not exist")


def no_such_interface(interface_id: str) -> AwsError:
    return AwsError("InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{interface_id}' does not exist")


def no_such_route_table(route_table_id: str) -> AwsError:
    if not re.fullmatch(r"rtb-[a-z0-9]+", route_table_id):
        text = f"Invalid Id: '{route_table_id}' ({_EXPECTING.format('rtb')})"
        return AwsError("InvalidRouteTableId.Malformed", text)
    return AwsError("InvalidRouteTableID.NotFound", f"The routeTable ID '{route_table_id}' does not exist")


def no_such_endpoint(endpoint_id: str) -> AwsError:
    """The malformed form is documented as a code; its text is inferred from that of a route table's id."""
    if not re.fullmatch(r"vpce-[a-z0-9]+", endpoint_id):
        text = f"Invalid Id: '{endpoint_id}' ({_EXPECTING.format('vpce')})"
        return AwsError("InvalidVpcEndpointId.Malformed", text)
    return AwsError("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")


def no_endpoint_to_delete(endpoint_id: str) -> AwsError:
    """The code that DeleteVpcEndpoints lists per id (documented); the text is that of the Describe (inferred)."""
    return AwsError("InvalidVpcEndpoint.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")


_EXPECTING = "expecting '{}-...; the Id may only contain lowercase alphanumeric characters and a single dash'"


def malformed_endpoint_subnet(subnet_id: str) -> AwsError:
    return AwsError("InvalidSubnetId.Malformed", f"Invalid Subnet Id: '{subnet_id}' ({_EXPECTING.format('subnet')})")


def no_such_zone(names: Sequence[str]) -> AwsError:
    """DescribeAvailabilityZones; inferred."""
    return AwsError("InvalidParameterValue", f"Invalid availability zone: [{', '.join(names)}]")


def no_subnets_in_zone(zone: str, member: str, zones: Sequence[str]) -> AwsError:
    """CreateSubnet; inferred."""
    text = "Subnets can currently only be created in the following availability zones: "
    return invalid_value(zone, member, f"{text}{', '.join(zones)}.")


# Members and their values ------------------------------------------------------------------------------------------


def invalid_value(value: object, member: str, why: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Value ({value}) for parameter {member} is invalid. {why}")


def missing(member: str) -> AwsError:
    return AwsError("MissingParameter", f"The request must contain the parameter {member}")


def either_or(one: str, other: str) -> AwsError:
    """Two members that exclude each other; inferred."""
    text = f"The parameter '{one}' may not be used in combination with '{other}'"
    return AwsError("InvalidParameterCombination", text)


def not_a_cidr_block(cidr: str) -> AwsError:
    """Inferred."""
    return invalid_value(cidr, "cidrBlock", "This is not a valid CIDR block.")


def vpc_range(cidr: str) -> AwsError:
    return AwsError("InvalidVpc.Range", f"The CIDR '{cidr}' is invalid.")


def subnet_range(cidr: str) -> AwsError:
    return AwsError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")


def subnet_conflict(cidr: str) -> AwsError:
    return AwsError("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")


def no_free_address() -> AwsError:
    text = "The specified subnet does not have enough free addresses to satisfy the request."
    return AwsError("InsufficientFreeAddressesInSubnet", text)


# Describe ----------------------------------------------------------------------------------------------------------


def unknown_filter(name: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")


def filter_without_values() -> AwsError:
    """Misspelt by AWS."""
    text = "Invalid value 'null/empty' for 'filter'. Invalid filter - one of more name/value pair was incomplete"
    return AwsError("InvalidParameterValue", text)


def too_many_filter_values() -> AwsError:
    """The code is documented, the text inferred."""
    text = "The maximum number of filter values specified on a single call is 200"
    return AwsError("FilterLimitExceeded", text)


def ids_and_max_results(member: str) -> AwsError:
    """Recorded with volumeSet and instancesSet; other names inferred."""
    return AwsError("InvalidParameterCombination", f"The parameter {member} cannot be used with the parameter maxResults")


def max_results_too_small(value: int) -> AwsError:
    return AwsError(
        "InvalidParameterValue", f"Value ( {value} ) for parameter maxResults is invalid. Expecting a value greater than 5."
    )


def invalid_next_token() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidNextToken", "The specified NextToken is not valid.")


# Tags --------------------------------------------------------------------------------------------------------------


def not_taggable(resource_type: str, code: str = "InvalidParameterValue") -> AwsError:
    """CreateVpcEndpoint says InvalidParameter, every other operation InvalidParameterValue."""
    return AwsError(code, f"'{resource_type}' is not a valid taggable resource type for this operation.")


def untyped_tag_specification() -> AwsError:
    return AwsError("InvalidParameterValue", "Tag specification resource type must have a value")


def empty_tag_specification() -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", "Tag specification must have at least one tag")


def invalid_id(resource_id: str) -> AwsError:
    return AwsError("InvalidID", f"The ID '{resource_id}' is not valid")


def reserved_tag_key() -> AwsError:
    return AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")


def empty_tag_key() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidTagKey.Malformed", "Tag key must not be null or empty.")


def tag_too_long(what: str, most: int) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Tag {what} exceeds the maximum length of {most} characters")


def duplicate_tag_key(key: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")


def too_many_tags() -> AwsError:
    return AwsError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")


# Dependencies ------------------------------------------------------------------------------------------------------


def vpc_in_use(vpc_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")


def subnet_in_use(subnet_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def group_in_use(group_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"resource {group_id} has a dependent object")


# Security groups ---------------------------------------------------------------------------------------------------


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


def too_many_rules() -> AwsError:
    """Inferred."""
    text = "The maximum number of rules per security group has been reached."
    return AwsError("RulesPerSecurityGroupLimitExceeded", text)


# VPC endpoints -----------------------------------------------------------------------------------------------------


def invalid_parameter(text: str) -> AwsError:
    return AwsError("InvalidParameter", text)


def no_such_endpoint_service(name: str) -> AwsError:
    return AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


def wrong_endpoint_type(kind: str, offered: Sequence[str]) -> AwsError:
    text = f"Endpoint type ({kind}) does not match available service types ([{', '.join(offered)}])."
    return invalid_parameter(text)


def only_for_interfaces(what: str) -> AwsError:
    """Recorded for "Subnet IDs"; the others inferred."""
    return invalid_parameter(f"{what} are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.")


def route_tables_only_for_gateways() -> AwsError:
    return invalid_parameter("Route table IDs are only supported for Gateway type VPC Endpoint.")


def two_subnets_in_zone(subnet_id: str) -> AwsError:
    text = (
        f"Found another VPC endpoint subnet in the availability zone of {subnet_id}. VPC endpoint subnets should be in "
        "different availability zones supported by the VPC endpoint service."
    )
    return AwsError("DuplicateSubnetsInSameZone", text)


def subnet_of_another_vpc(subnet_id: str, vpc_id: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"The subnet {subnet_id} does not belong to the VPC {vpc_id}.")


def group_of_another_vpc(group_id: str, vpc_id: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"The security group {group_id} does not belong to the VPC {vpc_id}.")


def too_many_groups() -> AwsError:
    """Inferred."""
    text = "The maximum number of security groups per interface has been reached."
    return AwsError("SecurityGroupsPerInterfaceLimitExceeded", text)


def too_many_endpoints() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("VpcEndpointLimitExceeded", "You have reached the limit on the number of VPC endpoints in this VPC.")


def private_dns_conflict(domain: str, vpc_id: str) -> AwsError:
    text = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {domain} in the VPC {vpc_id}"
    return invalid_parameter(text)


def no_private_dns(name: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"Private DNS can't be enabled because the service {name} does not provide a private DNS name.")


def gateway_needed(vpc_id: str) -> AwsError:
    text = (
        f"To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {vpc_id} must have a Gateway endpoint for the service."
    )
    return invalid_parameter(text)


def ip_address_type_unsupported(kind: str) -> AwsError:
    """Inferred: no subnet here has an IPv6 block."""
    return invalid_parameter(f"The IP address type ({kind}) is not supported by the specified subnets.")


def invalid_policy_document() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidPolicyDocument", "The specified policy document is not a valid JSON policy document.")


def invalid_client_token() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidClientToken", "The client token must have at most 64 ASCII characters.")


def token_reused() -> AwsError:
    """The code is documented, the text inferred."""
    text = "The client token was used before with other parameters."
    return AwsError("IdempotentParameterMismatch", text)


def requester_managed(service: str) -> AwsError:
    return invalid_parameter(f"Operation is not allowed for requester-managed VPC endpoints for the service {service}.")


def no_inbound_only_dns(service: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"PrivateDnsOnlyForInboundResolverEndpoint not supported for this service: {service}.")


def gateway_still_needed(interface_endpoint: str) -> AwsError:
    text = (
        f"Gateway endpoint cannot be deleted while Interface endpoint {interface_endpoint} for the service has "
        "PrivateDnsOnlyForInboundResolverEndpoint set to true."
    )
    return invalid_parameter(text)
