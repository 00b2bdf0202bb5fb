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


def no_such_internet_gateway(gateway_id: str) -> AwsError:
    return AwsError("InvalidInternetGatewayID.NotFound", f"The internetGateway ID '{gateway_id}' does not exist")


def no_such_network_acl(acl_id: str) -> AwsError:
    return AwsError("InvalidNetworkAclID.NotFound", f"The networkAcl ID '{acl_id}' does not exist")


def no_such_dhcp_options(options_id: str) -> AwsError:
    """The text inferred from its neighbours."""
    return AwsError("InvalidDhcpOptionID.NotFound", f"The dhcpOption ID '{options_id}' does not exist")


def no_such_prefix_list(prefix_list_id: str) -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist")


def no_such_block_association(association_id: str) -> AwsError:
    """The text inferred from its neighbours."""
    text = f"The vpc CIDR block association ID '{association_id}' does not exist"
    return AwsError("InvalidVpcCidrBlockAssociationID.NotFound", text)


def no_such_region(names: Sequence[str]) -> AwsError:
    """DescribeRegions."""
    return AwsError("InvalidParameterValue", f"Invalid region names: {', '.join(names)}")


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


def several_attributes(names: Sequence[str]) -> AwsError:
    """Attribute calls change one attribute each."""
    return AwsError("InvalidParameterCombination", f"Fields for multiple attribute types specified: {', '.join(names)}")


def no_attribute() -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterCombination", "No attributes specified.")


def not_a_cidr_block(cidr: str) -> AwsError:
    """Inferred."""
    return invalid_value(cidr, "cidrBlock", "This is not a valid CIDR block.")


def vpc_range(cidr: str) -> AwsError:
    return AwsError("InvalidVpc.Range", f"The CIDR '{cidr}' is invalid.")


def subnet_range(cidr: str) -> AwsError:
    return AwsError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")


def restricted_block(cidr: str) -> AwsError:
    """Documented rule; the text as reported."""
    text = (
        f"The CIDR '{cidr}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a "
        "publicly-routable CIDR."
    )
    return AwsError("InvalidVpc.Range", text)


def block_conflict(cidr: str, other: str) -> AwsError:
    """Inferred."""
    return AwsError("CidrConflict", f"The CIDR '{cidr}' conflicts with the CIDR block '{other}' of the VPC.")


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


def primary_block_stays(association_id: str) -> AwsError:
    """The code as reported, the text inferred."""
    text = f"The vpc CIDR block with association ID {association_id} may not be disassociated. It is the primary IPv4 CIDR block."
    return AwsError("OperationNotPermitted", text)


def block_in_use(vpc_id: str, cidr: str) -> AwsError:
    """The code as reported, the text inferred."""
    return AwsError("InvalidCidrBlock.InUse", f"The vpc {vpc_id} currently has a subnet within CIDR block {cidr}")


def subnet_in_use(subnet_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def group_in_use(group_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"resource {group_id} has a dependent object")


def invalid_client_token() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidClientToken", "The client token must have at most 64 ASCII characters.")


def token_reused() -> AwsError:
    """The code is documented, the text inferred."""
    text = "The client token was used before with other parameters."
    return AwsError("IdempotentParameterMismatch", text)


# Defaults ----------------------------------------------------------------------------------------------------------


def default_vpc_there() -> AwsError:
    return AwsError("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")


def default_vpc_missing() -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")


def default_subnet_there(subnet_id: str, zone: str) -> AwsError:
    text = f"'{subnet_id}' is already the default subnet in {zone}."
    return AwsError("DefaultSubnetAlreadyExistsInAvailabilityZone", text)
