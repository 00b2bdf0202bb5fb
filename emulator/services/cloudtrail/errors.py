"""What LookupEvents refuses. The codes are the model's, the texts ours: AWS's are not recorded."""

from __future__ import annotations

from emulator.values.errors import AwsError


def more_than_one_attribute() -> AwsError:
    return AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")


def start_after_end() -> AwsError:
    return AwsError("InvalidTimeRangeException", "The start time is after the end time.")


def invalid_token() -> AwsError:
    return AwsError("InvalidNextTokenException", "The next token is invalid, or other parameters were given with it.")
