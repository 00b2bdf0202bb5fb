"""What the policy simulator refuses, one named constructor per error.

Texts without another remark were recorded from AWS (iam-engine reference, section 7, and the captures it names).
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator.values.errors import AwsError


def no_such_entity() -> AwsError:
    return AwsError("NoSuchEntity", "Unable to retrieve specified IAM entity.")


def no_entity(arn: str) -> AwsError:
    """An ARN that is no user's, group's or role's; ``*`` where a resource policy needs resources."""
    return AwsError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")


# policies ------------------------------------------------------------------------------------------------------------


def invalid_policy(place: int) -> AwsError:
    """``place`` counts from 1."""
    return AwsError("InvalidInput", f"Policy input list item {place} has invalid content")


def invalid_boundary() -> AwsError:
    """Our wording."""
    return AwsError("InvalidInput", "Permissions Boundary policy input list item 1 has invalid content")


def too_many_boundaries() -> AwsError:
    return AwsError("InvalidInput", "The list of Permissions Boundary policies cannot exceed 1 items.")


def invalid_resource_policy() -> AwsError:
    """Our wording."""
    return AwsError("InvalidInput", "Resource policy has invalid content")


def invalid_control_policy(place: int) -> AwsError:
    """Our wording; ``place`` is the level's, from 1."""
    return AwsError("InvalidInput", f"Organization policy at index {place} has invalid content")


def empty_level(place: int) -> AwsError:
    return AwsError("InvalidInput", f"Organization policy at index {place} must contain at least one service control policy")


# exclusions ----------------------------------------------------------------------------------------------------------


def invalid_exclusion() -> AwsError:
    """Our wording: the SDKs refuse a union that has not exactly one member before they send it."""
    return AwsError(
        "InvalidInput", "Invalid policy exclusion: exactly one of policyType, policyArn and inlinePolicyIdentifier is required"
    )


def invalid_inline_exclusion() -> AwsError:
    return AwsError(
        "InvalidInput", "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required"
    )


def invalid_arn_exclusion(arn: str) -> AwsError:
    """Our wording."""
    return AwsError("InvalidInput", f"Invalid policy ARN exclusion: {arn}")


# what is asked -------------------------------------------------------------------------------------------------------


def invalid_action() -> AwsError:
    return AwsError("InvalidInput", "The action is invalid since it is missing names")


def mixed_actions(known: Iterable[str], unknown: Iterable[str]) -> AwsError:
    """Actions of the reference and others cannot be asked on resources in one request. The text ends with a blank."""
    groups = f"[{','.join(known)}] and [{','.join(unknown)}]"
    return AwsError("InvalidInput", f"Invalid Input Actions: {groups} require different authorization information. ")


def invalid_resource(name: str) -> AwsError:
    return AwsError("InvalidInput", f"ResourceNames are not in a valid ARN format: {name}.")


def invalid_handling(operation: str, actions: Iterable[str]) -> AwsError:
    """Recorded for actions that have no options at all; for an option that is none of an action's the text is our choice."""
    return AwsError(
        "InvalidInput",
        "Invalid input resource handling options. Action does not support resource handling options: "
        f"{','.join(actions)}. Please refer to the documentation for more details: "
        f"https://docs.aws.amazon.com/IAM/latest/APIReference/API_{operation}.html",
    )


def invalid_owner(text: str) -> AwsError:
    return AwsError("InvalidInput", f"'{text}' is not a valid as a Resource Owner.")


def no_caller() -> AwsError:
    return AwsError("InvalidInput", "Invalid caller - Caller cannot be null or empty.")


def invalid_caller() -> AwsError:
    return AwsError("InvalidInput", "Invalid caller - Caller must be an IAM user, role or group in this context.")


def invalid_marker() -> AwsError:
    return AwsError("InvalidInput", "Invalid marker for pagination.")


# context entries -----------------------------------------------------------------------------------------------------


def no_key_name() -> AwsError:
    return AwsError("InvalidInput", "ContextKeyName cannot be null or empty.")


def no_key_type(key: str) -> AwsError:
    return AwsError("InvalidInput", f"Context key {key} has invalid type null.")


def no_key_values(key: str) -> AwsError:
    return AwsError("InvalidInput", f"Context values for context key {key} cannot be null or empty.")


def not_single(kind: str, count: int) -> AwsError:
    """AWS names the type where one expects the key."""
    return AwsError("InvalidInput", f"Context key {kind} expected a single value, but received {count}.")


def wrong_value(key: str, expected: str) -> AwsError:
    """``expected`` is such as ``numeric format``."""
    return AwsError("InvalidInput", f"Invalid context value for key {key}: expected {expected}.")


def duplicate_key(key: str) -> AwsError:
    """Keys are the same in any letter case; the later spelling is shown."""
    return AwsError("InvalidInput", f"Duplicate context key: {key}.")
