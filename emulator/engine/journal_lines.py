"""Journal entries as lines of plain data and back. A decision is kept as what it went by, so that it can still be explained."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

from msgspec import NODEFAULT
from msgspec.structs import asdict, fields

from emulator.engine.journal import Entry
from emulator.policy.decide import Decision, Source, Verdict
from emulator.policy.document import Policy, parse
from emulator.store.base import Document
from emulator.values.call import Need, Principal

_DEFAULTS: Mapping[str, Any] = {field.name: None if field.default is NODEFAULT else field.default for field in fields(Entry)}

_RENEWED = 1_000
"""Lines after which a document that is still used is written again; so one that is used no more is dropped in the end."""


class Documents:
    """Policy texts that lines name by digest instead of repeating them: which the store has, and which are new to it."""

    def __init__(self, kept: Sequence[Document] = ()) -> None:
        self._kept = {document.digest: document.last for document in kept}
        self._most = 2 * len(self._kept) + _RENEWED
        self._digests: dict[tuple[str, str], str] = {}
        self.new: list[Document] = []

    def digest(self, policy: Policy, line: int) -> str:
        """By what a line names a policy; empty for one that was compiled from nothing."""
        if not policy.text:
            return ""
        named = (policy.kind, policy.text)
        digest = self._digests.get(named) or self._digest(named)
        if line > self._kept.get(digest, 0):
            self._kept[digest] = line + _RENEWED
            self.new.append(Document(digest, *named, line + _RENEWED))
        return digest

    def drop(self, line: int) -> None:
        """Forget, now and then, those that only lines up to this one needed."""
        if len(self._kept) > self._most:
            self._kept = {digest: last for digest, last in self._kept.items() if last > line}
            self._most = 2 * len(self._kept) + _RENEWED

    def _digest(self, named: tuple[str, str]) -> str:
        digest = hashlib.sha256("\n".join(named).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if len(self._digests) >= _RENEWED:
            self._digests.clear()
        self._digests[named] = digest
        return digest


def line_of(entry: Entry, documents: Documents) -> dict[str, Any]:
    """An entry as plain data: what differs from the defaults, and its decisions."""
    line = {name: value for name, value in asdict(entry).items() if value != _DEFAULTS[name]}
    del line["id"]
    if line.pop("decided", ()):
        line["decided"] = list(_decisions(entry, documents))
    return line


def _decisions(entry: Entry, documents: Documents) -> Iterator[dict[str, Any]]:
    """Each without what is the same as in the one before (at first: as who calls): principal, policies, most of the context."""
    before: dict[str, Any] = {"principal": entry.who}
    for decision in entry.decided:
        need = decision.need
        own = {key.lower() for key in need.keys}
        shared = {
            "principal": decision.principal,
            "sources": [
                (source.kind, source.name, source.level, documents.digest(source.policy, entry.id)) for source in decision.sources
            ],
            "context": {key: value for key, value in decision.context.items() if key not in own},
        }
        yield {
            "need": [need.action, need.resource, dict(need.keys), need.shown],
            "effect": decision.effect,
            "layer": decision.layer,
            "because": _place(decision),
            **{name: value for name, value in shared.items() if name not in before or value != before[name]},
        }
        before = shared


def _place(decision: Decision) -> tuple[int, int] | None:
    """Where the statement stands that decided: its policy's place among the sources, its own in the policy (from 1)."""
    if decision.because is None:
        return None
    places = (place for place, source in enumerate(decision.sources) if source is decision.because.source)
    return next(places), decision.because.statement.index


def entry_of(number: int, line: Mapping[str, Any], texts: Mapping[str, Document]) -> Entry:
    """The entry that a line was made of. Its decisions are made when somebody looks at them: most are never looked at."""
    values = dict(line)
    if "who" in values:
        values["who"] = Principal(**values["who"])
    if "decided" in values:
        values["decided"] = _Decided(values["decided"], texts, values.get("who"))
    return Entry(id=number, **values)


class _Decided(Sequence[Decision]):
    """The decisions of an entry of an earlier process."""

    def __init__(self, lines: Sequence[Mapping[str, Any]], texts: Mapping[str, Document], who: Principal | None) -> None:
        self._lines = lines
        self._texts = texts
        self._who: Any = who  # who made a call with decisions is known

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> Decision: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Decision]: ...
    def __getitem__(self, place: int | slice) -> Decision | Sequence[Decision]:
        return self._decisions[place]

    @cached_property
    def _decisions(self) -> list[Decision]:
        made: list[Decision] = []
        shared: dict[str, Any] = {}
        principal = self._who
        for line in self._lines:
            shared |= line
            if "principal" in line:
                principal = Principal(**line["principal"])
            made.append(_decision(shared, principal, self._texts))
        return made


def _decision(line: Mapping[str, Any], principal: Principal, texts: Mapping[str, Document]) -> Decision:
    action, resource, keys, shown = line["need"]
    need = Need(action, resource, keys, shown=shown)
    sources = tuple(Source(kind, name, _policy(texts.get(digest)), level) for kind, name, level, digest in line["sources"])
    context = {**line["context"], **{key.lower(): value for key, value in keys.items()}}
    because = None
    if line["because"] is not None:
        place, statement = line["because"]
        because = Verdict(sources[place], sources[place].policy.statements[statement - 1], None)
    return Decision(need, principal, line["effect"], line["layer"], because, sources, context)


def _policy(document: Document | None) -> Policy:
    return Policy("2012-10-17", ()) if document is None else parse(document.text, document.kind)
