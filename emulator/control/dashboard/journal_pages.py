"""Pages of the journal: its newest entries that a filter lets through, as a list or as a tree by cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Struct, field
from pydantic import Field

from emulator.control.decisions import causes
from emulator.control.entries import brief
from emulator.control.scope import Scope, Scoped
from emulator.engine.journal import Entry, Outcome
from emulator.engine.journal_query import Query
from emulator.engine.world import World

PAGE = 100
"""Entries of a page; in a tree, what led to them comes on top."""

MOST_SEARCHED = 3_000
"""Entries that are searched for a text on one page, found or not; the next page goes on."""


class JournalFilter(Scoped):
    """What a page of the journal shows: as ``GET journal`` asks; what is empty says nothing, a part of an action will do."""

    principal: str = ""
    service: str = ""
    action: str = ""
    outcome: Outcome | Literal[""] = ""
    broker: str = ""
    text: str = ""

    def query(self) -> Query:
        """All that is asked but the text."""
        return Query(
            subject=self.broker or None,
            principal=self.principal or None,
            service=self.service or None,
            action=f"*{self.action}*" if self.action else None,
            outcome=self.outcome or None,
        )

    def has_text(self, entry: Entry) -> bool:
        return Query(text=self.text or None).takes(entry)


class JournalPageQuery(JournalFilter):
    """``before`` is an entry's id."""

    before: Annotated[int, Field(ge=0)] = 0
    view: Literal["tree", "list"] = "tree"


def chosen(world: World, scope: Scope, asked: JournalFilter, before: int = 0) -> Iterator[Entry]:
    """Entries of an account, and those of no account (the clock's, for one), the newest first; the text is not asked yet."""
    for entry in reversed(world.journal.select(asked.query())):
        if entry.account in {"", scope.account} and (not before or entry.id < before):
            yield entry


def journal_page(world: World, scope: Scope, asked: JournalPageQuery) -> dict[str, Any]:
    """One page, and before which entry the next older one begins. Call it under the world's lock."""
    entries: list[Entry] = []
    older = None
    for searched, entry in enumerate(chosen(world, scope, asked, asked.before)):
        is_full = len(entries) == PAGE or (asked.text and searched == MOST_SEARCHED)
        if is_full:
            older = entry.id + 1
            break
        if asked.has_text(entry):
            entries.append(entry)
    return {
        "entries": [brief(entry) for entry in entries],
        "tree": _tree(world, entries) if asked.view == "tree" else [],
        "older": older,
        "dropped": world.journal.dropped,
    }


class Node(Struct):
    """An entry in a tree. One that is there only because it caused others has not itself been asked for."""

    entry: dict[str, Any]
    is_asked: bool
    caused: list[Node] = field(default_factory=list)


def _tree(world: World, entries: list[Entry]) -> list[Node]:
    """The newest tree first, and in each what was caused in order, with what led to it."""
    asked = {entry.id for entry in entries}
    every = {one.id: one for entry in entries for one in (entry, *causes(world, entry))}
    nodes = {number: Node(brief(every[number]), number in asked) for number in sorted(every)}
    roots: list[Node] = []
    for number, node in nodes.items():
        parent = nodes.get(every[number].parent or 0)
        (parent.caused if parent else roots).append(node)
    return sorted(roots, key=_newest, reverse=True)


def _newest(node: Node) -> int:
    return max([int(node.entry["id"]), *map(_newest, node.caused)])
