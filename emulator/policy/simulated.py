"""What the policy simulator reads differently from enforcement in a document (iam-engine reference, section 7)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from emulator.policy.conditions import OPERATORS, Condition, network
from emulator.policy.document import Policy, Statement
from emulator.policy.match import Context, Template

_IP = frozenset({"IpAddress", "NotIpAddress"})


def as_simulated(policy: Policy, context: Context) -> Policy:
    """The document as the simulator evaluates it in one context.

    A network that is none makes its whole condition false, under NotIpAddress too, where enforcement would find it true.
    """
    if not any(_is_broken(condition, policy, context) for statement in policy.statements for condition in statement.conditions):
        return policy

    def evaluated(condition: Condition) -> Condition:
        return _never_true(condition) if _is_broken(condition, policy, context) else condition

    return replace(policy, statements=tuple(_with(statement, evaluated) for statement in policy.statements))


def _with(statement: Statement, change: Callable[[Condition], Condition]) -> Statement:
    return replace(statement, conditions=tuple(change(condition) for condition in statement.conditions))


def _is_broken(condition: Condition, policy: Policy, context: Context) -> bool:
    if condition.operator.name not in _IP:
        return False
    has_variables = policy.version == "2012-10-17"
    texts = (
        Template(value.source, str, has_variables=has_variables, has_wildcards=False).fill(context) for value in condition.values
    )
    return any(text is not None and network(text) is None for text in texts)


def _never_true(condition: Condition) -> Condition:
    """No value of the request can be read, so it is false for every one; what it does without a value stays."""
    return replace(condition, operator=replace(OPERATORS[condition.operator.name], read=lambda _text: None))
