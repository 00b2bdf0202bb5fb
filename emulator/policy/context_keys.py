"""The condition keys that a policy document names: in its conditions, and as variables.

Rules: iam-engine reference, section 7. Keys keep their spelling; a document names each spelling once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.policy.document import Policy, Statement

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
LITERALS = frozenset({"*", "?", "$"})
"""Variables that only keep a character literal; the key listing has them all the same (observed)."""


def context_keys(policy: Policy) -> list[str]:
    """In the order of the document: of each statement its Resource variables, its conditions' keys and their variables."""
    has_variables = policy.version == "2012-10-17"
    found = (key for statement in policy.statements for key in _keys(statement, has_variables=has_variables))
    return list(dict.fromkeys(found))


def _keys(statement: Statement, *, has_variables: bool) -> Iterator[str]:
    if has_variables:
        for resource in statement.resources or ():
            yield from _variables(resource.source)
    for condition in statement.conditions:
        yield condition.key
        if has_variables:
            for value in condition.values:
                yield from _variables(value.source)


def _variables(text: str) -> Iterator[str]:
    return (found[1].partition(",")[0].strip() for found in _VARIABLE.finditer(text))
