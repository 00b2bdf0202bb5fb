"""What EC2 refuses about gateways, route tables and routes. Texts marked "inferred" follow the style of recorded neighbours."""

from __future__ import annotations

from emulator.values.errors import AwsError


def gateway_in_use(gateway_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"The internetGateway '{gateway_id}' has dependencies and cannot be deleted.")


def gateway_attached(gateway_id: str, vpc_id: str) -> AwsError:
    return AwsError("Resource.AlreadyAssociated", f"resource {gateway_id} is already attached to network {vpc_id}")


def vpc_has_gateway(vpc_id: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")


def gateway_not_attached(gateway_id: str, vpc_id: str) -> AwsError:
    return AwsError("Gateway.NotAttached", f"resource {gateway_id} is not attached to network {vpc_id}")


def gateway_of_another_network(table_id: str, target: str) -> AwsError:
    """A route's target must be of the route table's VPC."""
    return AwsError("InvalidParameterValue", f"route table {table_id} and network gateway {target} belong to different networks")


def no_such_gateway(gateway_id: str) -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidGatewayID.NotFound", f"The gateway ID '{gateway_id}' does not exist")


def table_in_use(table_id: str) -> AwsError:
    return AwsError("DependencyViolation", f"The routeTable '{table_id}' has dependencies and cannot be deleted.")


def no_such_association(association_id: str) -> AwsError:
    return AwsError("InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist")


def subnet_associated(table_id: str) -> AwsError:
    text = f"the specified association for route table {table_id} conflicts with an existing association"
    return AwsError("Resource.AlreadyAssociated", text)


def table_of_another_network(table_id: str, subnet_id: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Route table {table_id} and subnet {subnet_id} belong to different networks")


def main_association_stays(association_id: str) -> AwsError:
    text = f"cannot disassociate the main route table association {association_id}"
    return AwsError("InvalidParameterValue", text)


def route_there(destination: str) -> AwsError:
    return AwsError("RouteAlreadyExists", f"The route identified by {destination} already exists.")


def no_such_route(table_id: str, destination: str) -> AwsError:
    text = f"no route with destination-cidr-block {destination} in route table {table_id}"
    return AwsError("InvalidRoute.NotFound", text)


def no_route_to_replace(destination: str) -> AwsError:
    text = f"There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
    return AwsError("InvalidParameterValue", text)


def local_route_stays(table_id: str, destination: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"cannot remove local route {destination} in route table {table_id}")


def endpoint_route_stays(table_id: str, destination: str) -> AwsError:
    """A Gateway endpoint's route follows the endpoint; inferred."""
    return AwsError("InvalidParameterValue", f"cannot remove VPC endpoint route {destination} in route table {table_id}")


def more_specific_than_local(destination: str) -> AwsError:
    """Inferred: such a route may lead only to an interface or a Gateway Load Balancer endpoint of the VPC."""
    text = f"Route target is not supported. This route {destination} is more specific than the local route of the VPC."
    return AwsError("InvalidParameterValue", text)


def destination_missing() -> AwsError:
    """Inferred."""
    text = "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId"
    return AwsError("MissingParameter", text)


def target_missing() -> AwsError:
    """Inferred."""
    text = "The request must contain exactly one of gatewayId, networkInterfaceId and vpcEndpointId"
    return AwsError("MissingParameter", text)
