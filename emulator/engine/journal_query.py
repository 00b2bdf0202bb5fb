"""Questions to the journal: which entries somebody wants to see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from emulator.engine.fault import is_like
from emulator.values.clock import Instant

if TYPE_CHECKING:
    from emulator.engine.journal import Entry


class Query(Struct, frozen=True, kw_only=True):
    """What entries must be; None says nothing.

    ``subject`` is a broker's id, ``principal`` a part of the ARN, ``action`` a pattern such as ``ec2:Create*`` (in any case),
    ``decision`` the effect of one of the decisions, ``text`` a part of anything that is shown (in any case). ``since`` is the
    first instant, ``until`` the first one too late. ``request`` takes the request and all that it caused, ``after`` is an id.
    """

    subject: str | None = None
    principal: str | None = None
    service: str | None = None
    action: str | None = None
    outcome: str | None = None
    decision: str | None = None
    text: str | None = None
    account: str | None = None
    region: str | None = None
    kind: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    request: str | None = None
    after: int = 0

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is what is asked for, ``request`` aside: that is a matter of its causes."""
        return (
            entry.id > self.after
            and self.subject in {None, entry.subject}
            and self.account in {None, entry.account}
            and self.region in {None, entry.region}
            and self.kind in {None, entry.kind}
            and self.outcome in {None, entry.outcome}
            and (self.principal is None or self.principal in entry.principal)
            and (self.service is None or (entry.kind == "call" and entry.title.partition(":")[0] == self.service))
            and (self.action is None or (entry.kind == "call" and is_like(self.action.lower(), entry.title.lower())))
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
            and (self.decision is None or any(row.effect == self.decision for row in entry.decided))
            and (self.text is None or any(self.text.lower() in shown.lower() for shown in _shown(entry)))
        )


def _shown(entry: Entry) -> Iterator[str]:
    yield from (entry.title, entry.subject, entry.account, entry.region, entry.principal, entry.via, entry.request_id)
    yield json.dumps(entry.params, ensure_ascii=False, default=str)
    yield from (entry.error or {}).values()
    for decision in entry.decided:
        yield from (decision.need.action, decision.need.resource, decision.explanation())
