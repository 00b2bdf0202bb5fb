"""What CloudWatch Logs refuses: one constructor per error. Texts are observed unless a docstring says otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.values.errors import AwsError


def no_such_group() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified log group does not exist.")


def no_such_stream() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified log stream does not exist.")


def group_taken() -> AwsError:
    return AwsError("ResourceAlreadyExistsException", "The specified log group already exists")


def stream_taken() -> AwsError:
    return AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")


def name_reserved() -> AwsError:
    """Observed in 2026 on ``aws/spans``."""
    return _invalid("Log groups starting with AWS/ are reserved for AWS.")


def group_protected() -> AwsError:
    """The user guide, "Protecting log groups from deletion"."""
    text = "Cannot delete log group with deletion protection enabled. Disable deletion protection first."
    return AwsError("ValidationException", text)


def retention_unknown(days: int, allowed: Iterable[int]) -> AwsError:
    """Inferred: worded as the constraint of an enum is."""
    values = ", ".join(map(str, allowed))
    return _invalid(
        f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{values}]"
    )


def prefix_and_pattern() -> AwsError:
    return _invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")


def identifiers_and_filters() -> AwsError:
    """Inferred, after its neighbours."""
    return _invalid("LogGroup identifiers and other filters are mutually exclusive parameters.")


def name_and_arn() -> AwsError:
    return AwsError("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")


def no_group_named() -> AwsError:
    """Inferred, after its neighbours."""
    return AwsError("ValidationException", "Either LogGroup name or LogGroup ARN must be specified.")


def identifier_malformed(identifier: str) -> AwsError:
    """Inferred: neither a name nor the ARN of a log group."""
    return _invalid(f"The specified logGroupIdentifier '{identifier}' is not valid.")


def prefix_and_time_order() -> AwsError:
    """Observed in clients' bug reports."""
    return _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")


def stream_names_and_prefix() -> AwsError:
    """Documented without its text."""
    return _invalid("LogStream names and LogStream name prefix are mutually exclusive parameters.")


def too_early_for_tail() -> AwsError:
    """Documented without its text: FilterLogEvents reads from the newest event only from 2024 on."""
    return _invalid("startFromHead can be false only when startTime is on or after 2024-01-01T00:00:00Z.")


def bad_token() -> AwsError:
    return _invalid("The specified nextToken is invalid.")


def event_too_large(size: int, limit: int) -> AwsError:
    return _invalid(f"Log event too large: {size} bytes exceeds limit of {limit}")


def batch_too_large(size: int, limit: int) -> AwsError:
    """Observed in clients' bug reports."""
    return _invalid(f"Upload too large: {size} bytes exceeds limit of {limit}")


def not_chronological() -> AwsError:
    return _invalid("Log events in a single PutLogEvents request must be in chronological order.")


def spans_too_long() -> AwsError:
    return _invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
