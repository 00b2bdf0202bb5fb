"""How each service words what it refuses: section F of the behaviour reference, as one table.

A dialect belongs to a service rather than to a protocol: Amazon MQ and another rest-json service differ in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from emulator.shapes.check import Violation
from emulator.values.errors import AwsError

AuthFault = Literal[
    "unknown key", "bad signature", "expired signature", "early signature", "expired session", "unsigned", "malformed"
]

_BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_UNKNOWN_KEY = "The security token included in the request is invalid."
_EXPIRED_SESSION = "The security token included in the request is expired"
_UNSIGNED = "Request is missing Authentication Token"
_EC2_AUTH = "AWS was not able to validate the provided access credentials"


class Dialect(Struct, frozen=True):
    """The words of one service. ``denied`` is (code, status); ``auth`` gives (code, status, fixed text or "") per fault."""

    denied: tuple[str, int]
    auth: dict[AuthFault, tuple[str, int, str]]
    invalid: Callable[[Sequence[Violation]], AwsError]
    malformed: Callable[[str, str, str], AwsError]
    """(path, value, wanted type)"""
    unreadable: Callable[[str], AwsError]
    """A body that is no form or JSON at all: (why)."""
    unknown_operation: Callable[[str, str], AwsError]
    """(operation as asked, API version as asked)"""
    too_large: tuple[str, str]
    """(code, text) of a body over the limit, 413."""
    throttled: tuple[str, int, str] = ("ThrottlingException", 400, "Rate exceeded")
    """(code, status, text) of a call beyond the service's rate."""
    checks_enums: bool = True
    """Whether a value that is none of the model's enum is refused before the operation sees it."""

    def auth_error(self, fault: AuthFault, detail: str = "") -> AwsError:
        code, status, text = self.auth[fault]
        return AwsError(code, text or detail, status=status)


def _count(violations: Sequence[Violation]) -> str:
    noun = "error" if len(violations) == 1 else "errors"
    return f"{len(violations)} validation {noun} detected: " + "; ".join(map(str, violations))


def _ec2_invalid(violations: Sequence[Violation]) -> AwsError:
    first = violations[0]
    name = first.path[:1].upper() + first.path[1:]
    if first.is_missing:
        return AwsError("MissingParameter", f"The request must contain the parameter {name}", status=400)
    return AwsError("InvalidParameterValue", f"Value ({first.value}) for parameter {name} is invalid. {first.constraint}")


def _mq_invalid(violations: Sequence[Violation]) -> AwsError:
    first = violations[0]
    attribute = first.path.split(".")[0]
    if first.is_missing:
        return AwsError("BadRequestException", f"You must specify [{attribute}].", ErrorAttribute=attribute)
    return AwsError("BadRequestException", f"{first}.", ErrorAttribute=attribute)


def _query_unknown(name: str, version: str) -> AwsError:
    if not name:
        return AwsError("MissingAction", "The request must contain the parameter Action.", status=400)
    return AwsError(
        "InvalidAction", f"Could not find operation {name} for version {version or 'NO_VERSION_SPECIFIED'}", status=400
    )


def _json_auth(status: int) -> dict[AuthFault, tuple[str, int, str]]:
    return {
        "unknown key": ("UnrecognizedClientException", status, _UNKNOWN_KEY),
        "bad signature": ("InvalidSignatureException", status, _BAD_SIGNATURE),
        "expired signature": ("InvalidSignatureException", status, ""),
        "early signature": ("InvalidSignatureException", status, ""),
        "expired session": ("ExpiredTokenException", status, _EXPIRED_SESSION),
        "unsigned": (
            "MissingAuthenticationTokenException",
            status,
            "Missing Authentication Token" if status == 403 else _UNSIGNED,
        ),
        "malformed": ("IncompleteSignatureException", status, ""),
    }


QUERY = Dialect(
    denied=("AccessDenied", 403),
    auth={
        "unknown key": ("InvalidClientTokenId", 403, _UNKNOWN_KEY),
        "bad signature": ("SignatureDoesNotMatch", 403, _BAD_SIGNATURE),
        "expired signature": ("SignatureDoesNotMatch", 403, ""),
        "early signature": ("SignatureDoesNotMatch", 403, ""),
        "expired session": ("ExpiredToken", 403, _EXPIRED_SESSION),
        "unsigned": ("MissingAuthenticationToken", 403, _UNSIGNED),
        "malformed": ("IncompleteSignature", 400, ""),
    },
    invalid=lambda violations: AwsError("ValidationError", _count(violations), status=400),
    malformed=lambda path, value, wanted: AwsError(
        "MalformedInput", f"Value '{value}' at '{path}' is not a valid {wanted}", status=400
    ),
    unreadable=lambda why: AwsError("MalformedQueryString", why, status=400),
    unknown_operation=_query_unknown,
    too_large=("RequestEntityTooLarge", "The request body is larger than the limit."),
    throttled=("Throttling", 400, "Rate exceeded"),
)

EC2 = Dialect(
    denied=("UnauthorizedOperation", 403),
    auth={
        "unknown key": ("AuthFailure", 401, _EC2_AUTH),
        "bad signature": ("AuthFailure", 401, _EC2_AUTH),
        "expired signature": ("RequestExpired", 400, "Request has expired."),
        "early signature": ("RequestExpired", 400, "Request has expired."),
        "expired session": ("RequestExpired", 400, "Request has expired."),
        "unsigned": ("MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId"),
        "malformed": ("IncompleteSignature", 400, ""),
    },
    invalid=_ec2_invalid,
    malformed=lambda path, value, wanted: AwsError(
        "InvalidParameterValue", f"Invalid value '{value}' for {path}. Value must be a valid {wanted}."
    ),
    unreadable=lambda why: AwsError("InvalidRequest", why, status=400),
    unknown_operation=lambda name, _version: AwsError(
        "InvalidAction",
        f"The action {name} is not valid for this web service." if name else "The request must contain the parameter Action",
    ),
    too_large=("RequestEntityTooLarge", "The request body is larger than the limit."),
    throttled=("RequestLimitExceeded", 503, "Request limit exceeded."),
)

LOGS = Dialect(
    denied=("AccessDeniedException", 400),
    auth=_json_auth(400),
    invalid=lambda violations: AwsError("InvalidParameterException", _count(violations)),
    malformed=lambda path, value, wanted: AwsError(
        "SerializationException", f"{value} at '{path}' can not be converted to a {wanted}", status=400
    ),
    unreadable=lambda why: AwsError("SerializationException", why, status=400),
    unknown_operation=lambda name, _version: AwsError(
        "UnknownOperationException", f"Unknown operation {name}".strip(), status=400
    ),
    too_large=("RequestEntityTooLargeException", "The request body is larger than the limit."),
)

MQ = Dialect(
    denied=("AccessDeniedException", 403),
    auth=_json_auth(403),
    invalid=_mq_invalid,
    malformed=lambda path, value, wanted: AwsError(
        "BadRequestException",
        f"Value [{value}] of [{path}] is not a valid {wanted}.",
        ErrorAttribute=path.split(".")[0],
    ),
    unreadable=lambda why: AwsError("BadRequestException", why),
    # API Gateway answers a path that it has no route for as it answers an unsigned request.
    unknown_operation=lambda _name, _version: AwsError(
        "MissingAuthenticationTokenException", "Missing Authentication Token", status=403
    ),
    too_large=("RequestEntityTooLargeException", "Request Too Long"),
    throttled=("TooManyRequestsException", 429, "Too Many Requests"),  # API Gateway's
    checks_enums=False,  # the service takes "RabbitMQ" for RABBITMQ (A.3) and words its own refusals
)


def _cloudtrail_invalid(violations: Sequence[Violation]) -> AwsError:
    code = "InvalidMaxResultsException" if violations[0].path == "maxResults" else "ValidationException"
    return AwsError(code, _count(violations), status=400)


CLOUDTRAIL = replace(LOGS, invalid=_cloudtrail_invalid)

DIALECTS = {"iam": QUERY, "sts": QUERY, "ec2": EC2, "logs": LOGS, "mq": MQ, "cloudtrail": CLOUDTRAIL}
