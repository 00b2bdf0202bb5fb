"""What the simulator reads differently in a document (iam-engine reference, section 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.policy.decide import Source, decide
from emulator.policy.document import Policy, parse
from emulator.policy.match import Context
from emulator.policy.simulated import as_simulated
from emulator.values.call import Need, Principal

ADA = Principal("user", "1", "arn:aws:iam::1:user/ada", "AIDA", "arn:aws:iam::1:user/ada")


def policy(condition: dict[str, Any], version: str = "2012-10-17") -> Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    return parse(json.dumps({"Version": version, "Statement": [statement]}), "session")


def allows(given: Policy, context: Context) -> bool:
    return decide(Need("x:Y", "*"), ADA, context, [Source("identity-based policy", "p", given)]).is_allowed


@pytest.mark.parametrize(
    ("condition", "context", "enforced", "simulated"),
    [
        ({"NotIpAddress": {"a:ip": "x"}}, {"a:ip": "10.0.0.1"}, True, False),
        ({"NotIpAddress": {"a:ip": ["10.0.0.0/33", "11.0.0.0/8"]}}, {"a:ip": "10.0.0.1"}, True, False),
        ({"IpAddress": {"a:ip": ["10.0.0.0/33", "10.0.0.0/8"]}}, {"a:ip": "10.0.0.1"}, True, False),
        ({"IpAddress": {"a:ip": "x"}}, {"a:ip": "10.0.0.1"}, False, False),
        ({"NotIpAddress": {"a:ip": "x"}}, {}, True, True),
        ({"NotIpAddressIfExists": {"a:ip": "x"}}, {}, True, True),
        ({"NotIpAddress": {"a:ip": "${a:net}"}}, {"a:ip": "10.0.0.1", "a:net": "x"}, True, False),
        ({"NotIpAddress": {"a:ip": "${a:net}"}}, {"a:ip": "10.0.0.1", "a:net": "11.0.0.0/8"}, True, True),
        ({"NotIpAddress": {"a:ip": "${a:net}"}}, {"a:ip": "10.0.0.1"}, True, True),
        ({"ForAnyValue:NotIpAddress": {"a:ip": "x"}}, {"a:ip": ["10.0.0.1"]}, True, False),
        ({"NumericNotEquals": {"a:n": "x"}}, {"a:n": "1"}, True, True),
    ],
)
def test_a_network_that_is_none(condition: dict[str, Any], context: Context, enforced: bool, simulated: bool) -> None:
    given = policy(condition)
    assert allows(given, context) is enforced
    assert allows(as_simulated(given, context), context) is simulated


def test_variables_are_text_in_the_older_version() -> None:
    given = policy({"NotIpAddress": {"a:ip": "${a:net}"}}, version="2008-10-17")
    context = {"a:ip": "10.0.0.1", "a:net": "11.0.0.0/8"}
    assert not allows(as_simulated(given, context), context)


def test_other_conditions_and_documents_stay_as_they_are() -> None:
    plain = policy({"IpAddress": {"a:ip": "10.0.0.0/8"}, "Bool": {"a:b": "true"}})
    assert as_simulated(plain, {}) is plain
    mixed = policy({"NotIpAddress": {"a:ip": "x"}, "Bool": {"a:b": "true"}})
    changed = as_simulated(mixed, {})
    assert changed.statements[0].conditions[1] is mixed.statements[0].conditions[1]
