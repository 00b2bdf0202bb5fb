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


def invalid_pattern(message: str) -> AwsError:
    """What AWS says of a bad filter pattern depends on the operation and on what is bad."""
    return _invalid(message)


def event_too_large(size: int, limit: int) -> AwsError:
    return _invalid(f"Log event too large: {size} bytes exceeds limit of {limit}")


def batch_too_large(size: int, limit: int) -> AwsError:
    """Observed in clients' bug reports."""
    return _invalid(f"Upload too large: {size} bytes exceeds limit of {limit}")


def not_chronological() -> AwsError:
    return _invalid("Log events in a single PutLogEvents request must be in chronological order.")


def spans_too_long() -> AwsError:
    return _invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")


# metric filters ----------------------------------------------------------------------------------------------------


def limit_exceeded() -> AwsError:
    return AwsError("LimitExceededException", "Resource limit exceeded.")


def no_such_metric_filter() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")


def group_or_metric() -> AwsError:
    return _invalid("Describe Metric Filters request must contain either logGroupName or metricName and metricNamespace")


def bad_list_token() -> AwsError:
    """Of DescribeMetricFilters; taken to be so of DescribeResourcePolicies too."""
    return _invalid("Pagination token in request is invalid. Only token from previous list call or null is valid.")


def metric_value_malformed(value: str) -> AwsError:
    return _invalid(f"Invalid metric transformation: metric value {value} must be a valid number")


def dimensions_and_default() -> AwsError:
    return _invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties")


def dimension_malformed() -> AwsError:
    return _invalid("Invalid metric transformation: dimension value must be valid selector")


def pattern_without_dimensions() -> AwsError:
    return _invalid("The specified filter pattern does not support dimensions")


def too_many_dimensions() -> AwsError:
    return _invalid("Number of dimensions exceeds the maximum number of dimensions supported per metric filter")


def system_field_unknown(fields: Iterable[str]) -> AwsError:
    return _invalid(f"The provided system fields are invalid. The supported system fields are - [{', '.join(fields)}]")


def criteria_malformed() -> AwsError:
    return _invalid("The provided field selection criteria is invalid")


# tags and keys -----------------------------------------------------------------------------------------------------


def no_such_resource() -> AwsError:
    """Inferred: the text is that of a log group that does not exist."""
    return no_such_group()


def arn_malformed() -> AwsError:
    """Inferred."""
    return _invalid("Invalid resource ARN: only log groups of this account and Region can be tagged.")


def too_many_tags_on_group() -> AwsError:
    """Inferred: TagLogGroup has no TooManyTagsException."""
    return _invalid("The log group can have no more than 50 tags.")


def too_many_tags(arn: str) -> AwsError:
    """Documented without its text."""
    return AwsError("TooManyTagsException", "The resource can have no more than 50 tags.", resourceName=arn)


def tag_reserved() -> AwsError:
    """Documented without its text: keys that begin with aws: are AWS's."""
    return _invalid("Tag keys that begin with aws: are reserved for AWS use.")


def one_kms_target() -> AwsError:
    """Documented without its text."""
    return _invalid("Exactly one of logGroupName and resourceIdentifier must be specified.")


def kms_key_malformed() -> AwsError:
    """Documented without its text: the key is named by its ARN."""
    return _invalid("The specified KMS key ARN is invalid.")


# records and resource policies -------------------------------------------------------------------------------------


def bad_pointer() -> AwsError:
    """Inferred."""
    return _invalid("The specified logRecordPointer is invalid.")


def no_such_record() -> AwsError:
    """Inferred."""
    return AwsError("ResourceNotFoundException", "The specified log record does not exist.")


def no_such_policy(name: str | None) -> AwsError:
    """Without a name, of a log group's policy (seen in another emulator's recordings)."""
    if name is None:
        return AwsError("ResourceNotFoundException", "No policy found for ResourceArn")
    return AwsError("ResourceNotFoundException", f"Policy with name [{name}] does not exist.")


def policy_malformed() -> AwsError:
    return _invalid(
        "Error occurred while parsing accessPolicy. "
        "Please check if the accessPolicy has been constructed correctly using IAM grammar."
    )


def policy_name_and_arn() -> AwsError:
    return _invalid("Both policy name and resource arn cannot be specified at the same time.")


def no_policy_named() -> AwsError:
    """Inferred."""
    return _invalid("A policy name or resource arn must be specified.")


def policy_arn_malformed() -> AwsError:
    return AwsError("ValidationException", "Invalid resourceArn", status=400)


def arn_without_scope() -> AwsError:
    return _invalid("Cannot provide ResourceArn for PolicyScope ACCOUNT")


def revision_malformed() -> AwsError:
    return _invalid("Invalid ExpectedRevisionId")


def conflict() -> AwsError:
    text = "A conflicting operation is currently in progress against this resource. Please try again."
    return AwsError("OperationAbortedException", text)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
