"""What EC2 refuses about VPC endpoints. Texts marked "inferred" follow the style of recorded neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.values.errors import AwsError


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


def no_policy() -> AwsError:
    """Inferred: endpoints of Gateway Load Balancers take no policy (documented)."""
    return invalid_parameter("Endpoint policies are not supported for GatewayLoadBalancer type VPC Endpoints.")


def policy_too_long(most: int) -> AwsError:
    """Inferred."""
    return AwsError("InvalidPolicyDocument", f"The specified policy document has more than {most} characters.")


def groups_only_for_interfaces() -> AwsError:
    """Inferred."""
    return invalid_parameter("Security group IDs are only supported for Interface type VPC Endpoints.")


def one_subnet_only() -> AwsError:
    """Inferred: documented with CreateVpcEndpoint's SubnetIds."""
    return invalid_parameter("Only one subnet can be specified for GatewayLoadBalancer type VPC Endpoints.")


def table_of_another_vpc(table_id: str, vpc_id: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"The route table {table_id} does not belong to the VPC {vpc_id}.")


def route_there(table_id: str, endpoint_id: str) -> AwsError:
    """The code is documented, the text inferred."""
    text = f"route table {table_id} already has a route with the prefix list of the VPC endpoint {endpoint_id}"
    return AwsError("RouteAlreadyExists", text)


def dns_needed(vpc_id: str) -> AwsError:
    text = f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc_id}"
    return invalid_parameter(text)


def not_of_endpoint(resource_id: str, endpoint_id: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"{resource_id} is not associated with the VPC endpoint {endpoint_id}.")


def already_of_endpoint(resource_id: str, endpoint_id: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"{resource_id} is already associated with the VPC endpoint {endpoint_id}.")


def group_needed() -> AwsError:
    """Inferred."""
    return invalid_parameter("An interface VPC endpoint must have at least one security group.")


def endpoint_leaving(endpoint_id: str, state: str) -> AwsError:
    """Inferred."""
    return AwsError("IncorrectState", f"The VPC endpoint {endpoint_id} is in the state {state} and cannot be modified.")


def endpoint_of_routes(endpoint_id: str, table_id: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"Endpoint {endpoint_id} must be removed from route table {table_id} before deletion")


def policy_and_reset() -> AwsError:
    """Inferred."""
    text = "The parameter 'policyDocument' may not be used in combination with 'resetPolicy'"
    return AwsError("InvalidParameterCombination", text)


def no_load_balancer() -> AwsError:
    """Inferred."""
    text = "Exactly one of NetworkLoadBalancerArns and GatewayLoadBalancerArns must be specified."
    return AwsError("InvalidParameterCombination", text)


def bad_load_balancer(arn: str) -> AwsError:
    """Inferred."""
    return invalid_parameter(f"'{arn}' is not the ARN of a load balancer of the right type.")


def service_in_use(service_id: str) -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("ExistingVpcEndpointConnections", f"Service {service_id} has existing active VPC Endpoint connections!")


def no_such_service_id(service_id: str) -> AwsError:
    return AwsError("InvalidVpcEndpointServiceId.NotFound", f"The VpcEndpointService Id '{service_id}' does not exist")
