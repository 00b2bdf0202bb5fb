"""The one error that crosses the door."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """An AWS error answer: ``code`` and ``message`` as the wire has them.

    ``status`` overrides the HTTP status that the service model gives for the code (common errors such as
    AccessDenied are not modelled). ``fields`` are further members of the error shape, such as MQ's
    ``ErrorAttribute``.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


class Unanswered(AwsError):  # noqa: N818  # it is no error of AWS's: the caller hears nothing
    """The connection was closed without an answer. Code and message are for the journal, and for callers in this process."""

    CODE = "ConnectionClosed"

    def __init__(self, message: str) -> None:
        super().__init__(self.CODE, message, status=500)


def not_implemented(what: str) -> AwsError:
    """501 NotImplemented: AWS has it, this emulator does not (our choice of code; AWS has no such error)."""
    return AwsError("NotImplemented", f"{what} is not implemented by mq-emulator; see docs/coverage.md.", status=501)
