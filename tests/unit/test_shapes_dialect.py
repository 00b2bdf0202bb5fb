"""How each service words what it refuses: section F of the behaviour reference."""

from __future__ import annotations

from typing import get_args

import pytest

from emulator.shapes.dialect import DIALECTS, AuthFault
from emulator.shapes.model import SERVICES

UNKNOWN_KEY = "The security token included in the request is invalid."


def test_every_service_has_one() -> None:
    assert set(DIALECTS) == SERVICES


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_fault_of_a_signature_has_an_answer(service: str) -> None:
    assert set(DIALECTS[service].auth) == set(get_args(AuthFault))
    for fault in DIALECTS[service].auth:
        error = DIALECTS[service].auth_error(fault, "detail")
        assert error.message
        assert error.status is not None


@pytest.mark.parametrize(
    ("service", "fault", "code", "status", "message"),
    [
        ("iam", "unknown key", "InvalidClientTokenId", 403, UNKNOWN_KEY),
        ("sts", "expired session", "ExpiredToken", 403, "The security token included in the request is expired"),
        ("ec2", "unknown key", "AuthFailure", 401, "AWS was not able to validate the provided access credentials"),
        ("ec2", "bad signature", "AuthFailure", 401, "AWS was not able to validate the provided access credentials"),
        ("logs", "unknown key", "UnrecognizedClientException", 400, UNKNOWN_KEY),
        ("mq", "unknown key", "UnrecognizedClientException", 403, UNKNOWN_KEY),
        ("mq", "unsigned", "MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
        ("logs", "unsigned", "MissingAuthenticationTokenException", 400, "Request is missing Authentication Token"),
        ("iam", "expired signature", "SignatureDoesNotMatch", 403, "detail"),
    ],
)
def test_recorded_answers(service: str, fault: AuthFault, code: str, status: int, message: str) -> None:
    error = DIALECTS[service].auth_error(fault, "detail")
    assert (error.code, error.status, error.message) == (code, status, message)


@pytest.mark.parametrize(
    ("service", "name", "version", "code", "message"),
    [
        ("iam", "Nonsense", "2010-05-08", "InvalidAction", "Could not find operation Nonsense for version 2010-05-08"),
        ("iam", "Nonsense", "", "InvalidAction", "Could not find operation Nonsense for version NO_VERSION_SPECIFIED"),
        ("sts", "", "", "MissingAction", "The request must contain the parameter Action."),
        ("ec2", "Nonsense", "", "InvalidAction", "The action Nonsense is not valid for this web service."),
        ("logs", "Nonsense", "", "UnknownOperationException", "Unknown operation Nonsense"),
        ("logs", "", "", "UnknownOperationException", "Unknown operation"),
        ("mq", "/nowhere", "", "MissingAuthenticationTokenException", "Missing Authentication Token"),
    ],
)
def test_unknown_operations(service: str, name: str, version: str, code: str, message: str) -> None:
    error = DIALECTS[service].unknown_operation(name, version)
    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_bodies_that_cannot_be_read(service: str) -> None:
    assert DIALECTS[service].unreadable("why").message == "why"
    assert "(" not in DIALECTS[service].too_large[0]
