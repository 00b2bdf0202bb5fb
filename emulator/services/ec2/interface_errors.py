"""What EC2 refuses about network interfaces. Texts marked "inferred" follow the style of recorded neighbours."""

from __future__ import annotations

from emulator.values.errors import AwsError


def interface_in_use(interface_id: str) -> AwsError:
    """Reported of interfaces of VPC endpoints, NAT gateways and the like."""
    return AwsError("InvalidParameterValue", f"Network interface '{interface_id}' is currently in use.")


def managed_attachment() -> AwsError:
    """Reported of attachments to what AWS services run."""
    return AwsError("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")


def managed_interface() -> AwsError:
    """Changing a requester-managed interface; the text as known of such interfaces, its code inferred for these calls."""
    return AwsError("AuthFailure", "You do not have permission to access the specified resource.", status=400)


def no_such_attachment(attachment_id: str) -> AwsError:
    return AwsError("InvalidAttachmentID.NotFound", f"The attachment ID '{attachment_id}' does not exist")


def no_such_instance(instance_id: str) -> AwsError:
    return AwsError("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")


def permission_in_use(permission_id: str) -> AwsError:
    """The refusal is documented (Force is for it), the text inferred."""
    text = f"The network interface permission '{permission_id}' is in use: its interface is attached."
    return AwsError("OperationNotPermitted", text)


def address_outside(address: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Address {address} does not fall within the subnet's address range")


def address_reserved(address: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Address {address} is in subnet's reserved address range")


def address_taken(address: str) -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidIPAddress.InUse", f"Address {address} is in use.")


def address_not_assigned(interface_id: str) -> AwsError:
    text = f"Some of the specified addresses are not assigned to interface {interface_id}"
    return AwsError("InvalidParameterValue", text)


def primary_address_stays(address: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"The primary private IP address {address} cannot be unassigned.")


def not_an_address(address: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Invalid IP address: '{address}'")


def no_such_permission(permission_id: str) -> AwsError:
    """The code is documented, the text inferred."""
    return AwsError("InvalidPermissionID.NotFound", f"The network interface permission ID '{permission_id}' does not exist")


def permission_there(interface_id: str, grantee: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidPermission.Duplicate", f"The permission on {interface_id} for {grantee} already exists.")


def bad_grantee(text: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Invalid AWS account ID: {text}")


def bad_service(text: str) -> AwsError:
    """Inferred."""
    return AwsError("InvalidParameterValue", f"Invalid AWS service: {text}")
