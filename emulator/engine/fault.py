"""A fault as a record: what it hits, what goes wrong, and how often."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import asdict

from emulator.policy.match import glob, wild
from emulator.values.record import Record

FaultKind = Literal[
    "throttle",
    "error",
    "deny",
    "latency",
    "lose",
    "drop",
    "stale-identity",
    "stall-step",
    "fail-step",
    "expire-credentials",
]


class Match(Struct, frozen=True, kw_only=True):
    """What a fault hits; an empty member says nothing. All but ``service`` and ``broker`` are patterns with ``*`` and ``?``.

    ``action`` is ``ec2:CreateVpcEndpoint`` (in any case), ``principal`` the caller's ARN or its role's, ``resource`` an ARN that
    the call must be allowed. ``broker`` is a broker's id. ``parent`` is the title of a call or step that caused the call, however
    far above, ``step`` that of the step: ``create broker: ensure endpoint``.
    """

    service: str = ""
    action: str = ""
    principal: str = ""
    resource: str = ""
    broker: str = ""
    parent: str = ""
    step: str = ""


class Fault(Record, frozen=True, kw_only=True):
    """One thing that goes wrong. ``account`` is empty when it may hit every account.

    It lets the first ``skip`` matches pass, then hits each with its ``probability``, until it has fired ``times`` times (None: no
    end). ``seen`` counts matches. ``seconds`` are the machine's for latency, the clock's for the others.
    """

    kind: FaultKind
    match: Match = field(default_factory=Match)
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    code: str = ""
    message: str = ""
    seconds: float | None = None
    seen: int = 0
    fired: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the control API shows it; members that say nothing are left out of ``match``."""
        shown = {name: value for name, value in asdict(self).items() if name not in {"account", "region", "match"}}
        match = {name: value for name, value in asdict(self.match).items() if value}
        return shown | {"account": self.account or None, "match": match}

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.fired >= self.times


def is_like(pattern: str, text: str) -> bool:
    """Whether a text is like a pattern with ``*`` and ``?``; an empty pattern is like everything."""
    return not pattern or glob(wild(pattern))(text)
