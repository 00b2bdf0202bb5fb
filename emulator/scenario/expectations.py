"""What a scenario expects: of errors, of decisions, of the journal. Each says what is amiss, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from emulator.control.seed.part import Part, filled

Entry = Mapping[str, Any]
"""An entry of the journal, as the control API shows it."""

Names = Mapping[str, Any]
"""Saved values, for which ``${name}`` stands."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression that a text must contain."""

Glob = str
"""A text in which ``*`` stands for anything and ``?`` for any character; letter case counts."""


class Error(Part):
    """The error that a call must end in."""

    code: str
    message: Pattern = ""

    def amiss(self, code: str, message: str) -> str | None:
        """None when it is this error."""
        is_this = code == self.code and re.search(self.message, message)
        return None if is_this else f"it ended in {code}: {message}"


class Decision(Part):
    """Decisions of the journal. Each text is a glob; what is left out may be anything.

    ``because`` is the policy and the statement that decided (``AmazonMQServiceRolePolicy/4``, by number or Sid), or the
    explanation in the journal. ``count`` is how many there must be exactly, 0 for none; otherwise one is enough.
    """

    principal: Glob = "*"
    action: Glob = "*"
    resource: Glob = "*"
    outcome: Literal["allowed", "denied", "implicitDeny", "explicitDeny"] | None = None
    because: Glob = "*"
    count: Annotated[int, Field(ge=0)] | None = None

    def amiss(self, entries: Sequence[Entry], names: Names) -> str | None:
        wanted = {name: str(filled(getattr(self, name), names)) for name in ("principal", "action", "resource", "because")}
        found = sum(self._is_met(entry, decision, wanted) for entry in entries for decision in entry["decisions"])
        if found == self.count or (self.count is None and found):
            return None
        said = ", ".join(f"{name} {value}" for name, value in wanted.items() if value != "*")
        said = ", ".join(part for part in (self.outcome or "", said) if part) or "anything"
        number = "no decision" if not found else f"{found} decisions"
        hint = "" if found else "".join(f"; there is: {text}" for text in _alike(entries, wanted["action"]))
        return f"{number} of {said}, not {'one' if self.count is None else self.count}{hint}"

    def _is_met(self, entry: Entry, decision: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
        outcomes = {decision["decision"], "allowed" if decision["decision"] == "allowed" else "denied", None}
        return (
            self.outcome in outcomes
            and fnmatchcase(entry["principal"] or "", wanted["principal"])
            and fnmatchcase(decision["action"], wanted["action"])
            and fnmatchcase(decision["resource"], wanted["resource"])
            and any(fnmatchcase(text, wanted["because"]) for text in _reasons(decision))
        )


def _reasons(decision: Mapping[str, Any]) -> Iterator[str]:
    because = decision["because"]
    if because:
        yield f"{because['policy']}/{because['statement']}"
        yield f"{because['policy']}/{because['sid'] or ''}"
    yield decision["explanation"]


def _alike(entries: Sequence[Entry], action: str) -> list[str]:
    """What was decided on an action, for a reader who sees that nothing matches."""
    return [
        f"{decision['action']} on {decision['resource']} as {entry['principal']}: {decision['explanation']}"
        for entry in entries
        for decision in entry["decisions"]
        if fnmatchcase(decision["action"], action)
    ][:3]


class Line(Part):
    """One entry of the journal. ``title``, ``principal``, ``via`` and ``error`` (its code) are globs."""

    title: Glob = "*"
    kind: Glob = "*"
    principal: Glob = "*"
    via: Glob = "*"
    outcome: Glob = "*"
    error: Glob = "*"

    def is_met(self, entry: Entry, names: Names) -> bool:
        error = (entry["error"] or {}).get("code", "")
        got = {**{name: entry[name] or "" for name in ("title", "kind", "principal", "via", "outcome")}, "error": error}
        return all(fnmatchcase(text, str(filled(getattr(self, name), names))) for name, text in got.items())

    def __str__(self) -> str:
        rest = [f"{name} {value}" for name, value in self if name != "title" and value != "*"]
        return self.title + (f" ({', '.join(rest)})" if rest else "")


Lines = list[str | Line]
"""Titles (globs), or lines with more to them."""


class Journal(Part):
    """The shape of the journal: of all of it, or of what came of the first entry that is ``under``.

    ``contains`` are entries in this order, others between them; ``exactly`` are all that were caused directly, in order;
    ``lacks`` are entries that must not be.
    """

    under: str | Line | None = None
    contains: Lines = []
    exactly: Lines | None = None
    lacks: Lines = []

    @model_validator(mode="after")
    def _says_something(self) -> Journal:
        if not self.contains and self.exactly is None and not self.lacks:
            raise ValueError("it expects nothing: say what it contains, exactly, or lacks")
        return self

    def amiss(self, entries: Sequence[Entry], names: Names) -> str | None:
        cause = None
        if self.under is not None:
            cause = next((entry for entry in entries if _line(self.under).is_met(entry, names)), None)
            if cause is None:
                return f"the journal has no {_line(self.under)}"
            entries = _caused_by(entries, cause["id"])
        return (
            _out_of_order(self.contains, entries, names)
            or self._inexact(entries, cause, names)
            or next((f"there is a {_line(one)}" for one in self.lacks if _any(_line(one), entries, names)), None)
        )

    def _inexact(self, entries: Sequence[Entry], cause: Entry | None, names: Names) -> str | None:
        if self.exactly is None:
            return None
        there = {entry["id"] for entry in entries}
        top = [entry for entry in entries if (entry["parent"] == cause["id"] if cause else entry["parent"] not in there)]
        is_met = len(top) == len(self.exactly) and all(
            _line(one).is_met(entry, names) for one, entry in zip(self.exactly, top, strict=True)
        )
        return None if is_met else f"it is {[entry['title'] for entry in top]}, not {[str(_line(one)) for one in self.exactly]}"


def _line(one: str | Line) -> Line:
    return Line(title=one) if isinstance(one, str) else one


def _any(line: Line, entries: Sequence[Entry], names: Names) -> bool:
    return any(line.is_met(entry, names) for entry in entries)


def _caused_by(entries: Sequence[Entry], cause: int) -> list[Entry]:
    """The entries that came of one, however indirectly."""
    family, kept = {cause}, []
    for entry in entries:
        if entry["parent"] in family:
            family.add(entry["id"])
            kept.append(entry)
    return kept


def _out_of_order(wanted: Lines, entries: Sequence[Entry], names: Names) -> str | None:
    rest = iter(entries)
    before = ""
    for one in wanted:
        line = _line(one)
        if not any(line.is_met(entry, names) for entry in rest):
            return f"there is no {line}" + (f" after {before}" if before else "")
        before = str(line)
    return None
