"""The error codes that each service may answer with, and their HTTP statuses."""

from __future__ import annotations

from emulator.shapes.dialect import DIALECTS
from emulator.shapes.model import model

_COMMON = {
    "AccessDeniedException": 400,
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "InternalFailure": 500,
    "MalformedHttpRequestException": 400,
    "NotAuthorized": 401,
    "OptInRequired": 403,
    "RequestAbortedException": 400,
    "RequestEntityTooLargeException": 413,
    "RequestExpired": 400,
    "RequestTimeoutException": 408,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "ValidationError": 400,
}
"""AWS's list of error types common to all services."""

_EC2_SERVER = {
    "InsufficientAddressCapacity": 500,
    "InsufficientCapacity": 500,
    "InternalError": 500,
    "RequestLimitExceeded": 503,
    "Unavailable": 503,
}

_EC2_CLIENT = """
    AuthFailure Blocked CannotDelete CidrBlockLimitExceeded CidrConflict ConcurrentTagAccess
    DefaultSubnetAlreadyExistsInAvailabilityZone DefaultVpcAlreadyExists DefaultVpcDoesNotExist DependencyViolation
    DryRunOperation DuplicateSubnetsInSameZone ExistingVpcEndpointConnections FilterLimitExceeded Gateway.NotAttached
    IdempotentParameterMismatch IncorrectState InsufficientFreeAddressesInSubnet InternetGatewayLimitExceeded
    InvalidAction InvalidAssociationID.NotFound InvalidAttachmentID.NotFound InvalidCidrBlock.InUse InvalidClientToken
    InvalidDhcpOptionID.NotFound InvalidFilter InvalidGatewayID.NotFound InvalidGroup.Duplicate InvalidGroup.InUse
    InvalidGroup.NotFound InvalidGroupId.Malformed InvalidID InvalidIPAddress.InUse InvalidInstanceID.NotFound
    InvalidInternetGatewayID.NotFound InvalidNetworkAclID.NotFound InvalidNetworkInterfaceID.NotFound InvalidNextToken
    InvalidParameter InvalidParameterCombination InvalidParameterValue InvalidPermission.Duplicate InvalidPermission.NotFound
    InvalidPermissionID.NotFound InvalidPolicyDocument InvalidPrefixListID.NotFound InvalidRequest InvalidRoute.NotFound
    InvalidRouteTableID.NotFound InvalidRouteTableId.Malformed InvalidSecurityGroupRuleId.NotFound InvalidServiceName
    InvalidState InvalidSubnet.Conflict InvalidSubnet.Range InvalidSubnetID.NotFound InvalidSubnetId.Malformed
    InvalidTagKey.Malformed InvalidVpc.Range InvalidVpcCidrBlockAssociationID.NotFound InvalidVpcEndpoint.NotFound
    InvalidVpcEndpointId.Malformed InvalidVpcEndpointId.NotFound InvalidVpcEndpointServiceId.NotFound
    InvalidVpcEndpointType InvalidVpcID.NotFound MissingParameter NetworkInterfaceLimitExceeded OperationNotPermitted
    PendingVerification PrivateIpAddressLimitExceeded RequestResourceCountExceeded Resource.AlreadyAssociated
    ResourceCountLimitExceeded RouteAlreadyExists RouteLimitExceeded RouteTableLimitExceeded
    RulesPerSecurityGroupLimitExceeded SecurityGroupLimitExceeded SecurityGroupsPerInterfaceLimitExceeded
    SubnetLimitExceeded TagLimitExceeded UnauthorizedOperation UnknownParameter UnsupportedOperation VPCIdNotSpecified
    VpcEndpointLimitExceeded VpcLimitExceeded
"""
"""Of EC2's list of error codes, those about networks and about all requests: EC2's model has no errors."""

_EC2 = _EC2_SERVER | dict.fromkeys(_EC2_CLIENT.split(), 400)


def status_of(service: str, code: str) -> int | None:
    """The HTTP status of a service's error code: its own, its dialect's, its model's, or one common to all; None of no error."""
    dialect = DIALECTS[service]
    own = {known: status for known, status, _ in (*dialect.auth.values(), dialect.throttled)} | dict([dialect.denied])
    if code in own:
        return own[code]
    if service == "ec2" and code in _EC2:
        return _EC2[code]
    shape = model(service).errors.get(code)
    if shape is not None:
        return int(shape.get("error", {}).get("httpStatusCode") or (500 if shape.get("fault") else 400))
    return _COMMON.get(code)
