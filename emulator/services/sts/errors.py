"""What STS refuses, one named constructor per error."""

from __future__ import annotations

from emulator.values.errors import AwsError


def invalid_authorization_message() -> AwsError:
    return AwsError("InvalidAuthorizationMessageException", "Message is not valid.")


def duration_too_long() -> AwsError:
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    return AwsError("ValidationError", text, status=400)


def chained_duration_too_long() -> AwsError:
    text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    return AwsError("ValidationError", text, status=400)


def invalid_arn(arn: str) -> AwsError:
    return AwsError("ValidationError", f"{arn} is invalid", status=400)


def may_not_assume(caller: str, role: str) -> AwsError:
    """STS gives no reason (section C.5)."""
    return AwsError("AccessDenied", assume_refusal(caller, "sts:AssumeRole", role), status=403)


def assume_refusal(caller: str, action: str, role: str) -> str:
    return f"User: {caller} is not authorized to perform: {action} on resource: {role}"


def root_may_not_assume() -> AwsError:
    return AwsError("AccessDenied", "Roles may not be assumed by root accounts.", status=403)


def no_sessions_of_sessions(operation: str) -> AwsError:
    return AwsError("AccessDenied", f"Cannot call {operation} with session credentials", status=403)


def no_such_key(key_id: str) -> AwsError:
    """Ours: AWS reads the account out of any well-formed id, which ids made here do not hold."""
    return AwsError("InvalidParameterValue", f"The access key id {key_id} was not issued here.", status=400)


def malformed_document(why: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", why)


def policy_too_long(text: str, most: int) -> AwsError:
    """In the words of the model's constraints: the limit is documented, and no longer in the model."""
    start = "1 validation error detected: Value '" + text + "' at 'policy' failed to satisfy constraint: "
    return AwsError("ValidationError", f"{start}Member must have length less than or equal to {most}", status=400)


def no_such_session_policy(arn: str) -> AwsError:
    """Ours: AWS's text is not recorded."""
    return AwsError("ValidationError", f"Policy {arn} does not exist or is not attachable.", status=400)


def packed_policy_too_large(percent: int) -> AwsError:
    text = f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
    return AwsError("PackedPolicyTooLarge", text)


def duplicate_tag_keys() -> AwsError:
    text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    return AwsError("InvalidParameterValue", text, status=400)


def reserved_tag_key() -> AwsError:
    """Ours, after IAM's."""
    return AwsError("InvalidParameterValue", "Tag keys beginning with aws: are reserved for system use.", status=400)


def transitive_key_not_requested() -> AwsError:
    text = "The specified transitive tag key must be included in the requested tags."
    return AwsError("InvalidParameterValue", text, status=400)


def transitive_key_taken() -> AwsError:
    text = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
        "from the calling session."
    )
    return AwsError("InvalidParameterValue", text, status=400)


def source_identity_fixed() -> AwsError:
    """Ours: the user guide says only that a source identity cannot change along a chain of roles."""
    return AwsError("ValidationError", "The source identity of the calling session cannot be changed.", status=400)
