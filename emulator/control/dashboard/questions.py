"""The form of the page Try it: its fields are a query, so that a question has an address and needs no script."""

from __future__ import annotations

from emulator.control.decisions import Question
from emulator.control.scope import Scope, Scoped
from emulator.engine import identity
from emulator.engine.world import World

MOST_PRINCIPALS = 200
"""Of each kind in the list of choices."""


class QuestionQuery(Scoped):
    """``context`` has a line ``key=value`` for each value; a key that has several is a list."""

    principal: str = ""
    action: str = ""
    resource: str = "*"
    context: str = ""
    policy: str = ""
    instead: bool = False

    def question(self, scope: Scope, otherwise: str) -> tuple[Question | None, str]:
        """The question, or why there is none; neither while nothing was asked. ``otherwise`` is the principal then."""
        if not self.action:
            return None, ""
        try:
            context = _keys(self.context)
        except ValueError as error:
            return None, str(error)
        asked = Question(
            account=scope.account,
            region=scope.region,
            principal=self.principal or otherwise,
            action=self.action.strip(),
            resource=self.resource.strip() or "*",
            context=context,
            policy=self.policy.strip(),
            instead=self.instead,
        )
        return asked, ""


def _keys(text: str) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, sign, value = line.partition("=")
        if not sign:
            raise ValueError(f"context: write key=value, not {line}")
        found.setdefault(key.strip(), []).append(value.strip())
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def lines(keys: dict[str, str | list[str]]) -> str:
    """Condition keys as the form has them."""
    return "\n".join(f"{key}={one}" for key, value in keys.items() for one in (value if isinstance(value, list) else [value]))


def principals(world: World, scope: Scope) -> list[str]:
    """Root, and the account's roles and users."""
    names = [f"arn:{scope.partition}:iam::{scope.account}:root"]
    for kind in (identity.Role, identity.User):
        names += [one.arn for one in list(world.store.find(kind, scope.account, ""))[:MOST_PRINCIPALS]]
    return names
