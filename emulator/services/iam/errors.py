"""What IAM refuses, one named constructor per error. Sources: section C.2 of the behaviour reference, and docs/fidelity.md."""

from __future__ import annotations

from emulator.values.errors import AwsError

# not there -----------------------------------------------------------------------------------------------------------


def no_such_role(name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The role with name {name} cannot be found.")


def no_such_user(name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The user with name {name} cannot be found.")


def no_such_access_key(key_id: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")


def no_such_inline_policy(kind: str, name: str) -> AwsError:
    """``kind`` is role or user."""
    return AwsError("NoSuchEntity", f"The {kind} policy with name {name} cannot be found.")


def no_such_policy(arn: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Policy {arn} was not found.")


def no_such_attachable_policy(arn: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")


def no_such_policy_version(arn: str, version: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Policy {arn} version {version} does not exist or is not attachable.")


def no_such_deletion() -> AwsError:
    return AwsError("NoSuchEntity", "Cannot find deletion status for given id.")


def not_a_service_role(name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"{name} exists but is not a service role.")


# in the way ----------------------------------------------------------------------------------------------------------


def role_taken(name: str) -> AwsError:
    return AwsError("EntityAlreadyExists", f"Role with name {name} already exists.")


def user_taken(name: str) -> AwsError:
    return AwsError("EntityAlreadyExists", f"User with name {name} already exists.")


def service_role_taken(name: str) -> AwsError:
    return AwsError("InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix.")


def delete_conflict(what: str) -> AwsError:
    """``what`` must happen first, such as ``delete policies``."""
    return AwsError("DeleteConflict", f"Cannot delete entity, must {what} first.")


def quota_exceeded(quota: str, most: int) -> AwsError:
    return AwsError("LimitExceeded", f"Cannot exceed quota for {quota}: {most}")


def policies_too_large(kind: str, name: str, most: int) -> AwsError:
    return AwsError("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {kind} {name}")


# protected -----------------------------------------------------------------------------------------------------------


def protected_role(name: str) -> AwsError:
    return AwsError(
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
    )


def protected_duration(name: str) -> AwsError:
    return AwsError("UnmodifiableEntity", f"{name} is an AWS service linked role, max session duration cannot be changed.")


def service_policy_on_role() -> AwsError:
    return AwsError("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")


def service_policy_on_user() -> AwsError:
    return AwsError("PolicyNotAttachable", "Cannot attach a Service Role Policy to an IAM user.")


# wrong input ---------------------------------------------------------------------------------------------------------


def reserved_path() -> AwsError:
    return AwsError("InvalidInput", "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles")


def no_custom_suffix(service: str) -> AwsError:
    return AwsError("InvalidInput", f"Custom suffix is not allowed for {service}")


def no_linked_role(service: str) -> AwsError:
    return AwsError("InvalidInput", f"Service-linked roles are not supported for {service}")


def invalid_task_id() -> AwsError:
    return AwsError("InvalidInput", "Invalid task id")


def invalid_arn() -> AwsError:
    return AwsError("ValidationError", "Invalid ARN:  Could not be parsed!", status=400)


def invalid_marker() -> AwsError:
    return AwsError("ValidationError", "Invalid Marker.", status=400)


def malformed_document(why: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", why)


def not_a_user() -> AwsError:
    """A session that names no user cannot mean itself."""
    return AwsError("ValidationError", "Must specify userName when calling with non-User credentials", status=400)


def reserved_tag_key() -> AwsError:
    return AwsError("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")


def duplicate_tag_keys() -> AwsError:
    return AwsError("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def no_tags() -> AwsError:
    return AwsError("InvalidInput", "The tags parameter must contain at least one tag.")
