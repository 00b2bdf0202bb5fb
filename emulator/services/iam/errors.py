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


# Groups, customer managed policies, boundaries, instance profiles, accounts --------------------------------------------


def no_such_group(name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The group with name {name} cannot be found.")


def group_taken(name: str) -> AwsError:
    return AwsError("EntityAlreadyExists", f"Group with name {name} already exists.")


def policy_taken(name: str) -> AwsError:
    text = f"A policy called {name} already exists. Duplicate names are not allowed."
    return AwsError("EntityAlreadyExists", text)


def policy_attached() -> AwsError:
    return AwsError("DeleteConflict", "Cannot delete a policy attached to entities.")


def policy_has_versions() -> AwsError:
    text = (
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy."
    )
    return AwsError("DeleteConflict", text)


def version_is_default() -> AwsError:
    return AwsError("DeleteConflict", "Cannot delete the default version of a policy.")


def too_many_versions(most: int) -> AwsError:
    text = (
        f"A managed policy can have up to {most} versions. Before you create a new version, you must delete an existing version."
    )
    return AwsError("LimitExceeded", text)


def not_your_policy(caller: str, action: str, arn: str) -> AwsError:
    """AWS's own policies cannot be changed: what any resource of another account answers (inferred)."""
    text = f"User: {caller} is not authorized to perform: {action} on resource: policy {arn}"
    return AwsError("AccessDenied", f"{text} because no resource-based policy allows the {action} action", status=403)


def no_such_boundary(arn: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")


def service_policy_as_boundary() -> AwsError:
    """Ours, after the texts of attachments."""
    return AwsError("PolicyNotAttachable", "Cannot use a Service Role Policy as a permissions boundary.")


def no_boundary(kind: str, name: str) -> AwsError:
    """Ours: that it is NoSuchEntity was observed, its text is not recorded. ``kind`` is role or user."""
    return AwsError("NoSuchEntity", f"The {kind} {name} does not have a permissions boundary.")


def service_policy_on_group() -> AwsError:
    return AwsError("PolicyNotAttachable", "Cannot attach a Service Role Policy to an IAM group.")


def no_such_instance_profile(name: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Instance Profile {name} cannot be found.")


def instance_profile_taken(name: str) -> AwsError:
    return AwsError("EntityAlreadyExists", f"Instance Profile {name} already exists.")


def role_not_in_profile(role: str, profile: str) -> AwsError:
    """Ours: the text is not recorded."""
    return AwsError("NoSuchEntity", f"The role {role} is not in the instance profile {profile}.")


def no_such_alias(alias: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The account alias {alias} cannot be found.")


def alias_taken(alias: str) -> AwsError:
    return AwsError("EntityAlreadyExists", f"The account alias {alias} already exists.")


def no_such_report() -> AwsError:
    """Ours."""
    return AwsError("NoSuchEntity", "The job id cannot be found.")


def no_such_reported_arn(arn: str) -> AwsError:
    """Ours."""
    return AwsError("NoSuchEntity", f"ARN {arn} cannot be found.")


def unreportable_arn(arn: str) -> AwsError:
    """Ours."""
    return AwsError("InvalidInput", f"ARN {arn} is not that of a user, role, group or policy.")


def no_login_profile(user: str) -> AwsError:
    return AwsError("NoSuchEntity", f"Login Profile for User {user} cannot be found.")


def no_password_policy(account: str) -> AwsError:
    return AwsError("NoSuchEntity", f"The Password Policy with domain name {account} cannot be found.")
