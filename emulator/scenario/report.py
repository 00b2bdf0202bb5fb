"""The journal as a tree: each call under what caused it, each decision under its call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text
from rich.tree import Tree

from emulator.control.wording import MARKS, explained, nearness, reason, remedy, who

Entry = Mapping[str, Any]

_STYLES = {
    "ok": "green",
    "waiting": "yellow",
    "retrying": "yellow",
    "would be denied": "yellow",
    "denied": "red",
    "error": "red",
    "failed": "red",
    "lost": "red",
}


_REMEMBERED = 20_000
"""Entries under which an outline sets others in."""


def tree(title: str, entries: Iterable[Entry]) -> Tree:
    """Journal entries (the control API's JSON) as a tree by cause, with times since the first one."""
    top = Tree(Text(title, style="bold"))
    places: dict[int, Tree] = {}
    start: datetime | None = None
    for entry in entries:
        moment = datetime.fromisoformat(entry["at"])
        start = start or moment
        branch = places.get(entry["parent"], top).add(_line(entry, (moment - start).total_seconds()))
        places[entry["id"]] = branch
        for decision in entry["decisions"]:
            branch.add(_decision(decision))
    return top


class Outline:
    """The same tree as its entries come: each a line, set in under its cause if that was among the last ones shown."""

    def __init__(self) -> None:
        self._depths: dict[int, int] = {}
        self._start: datetime | None = None

    def lines(self, entry: Entry) -> list[Text]:
        moment = datetime.fromisoformat(entry["at"])
        self._start = self._start or moment
        depth = self._depths.get(entry["parent"], -1) + 1
        self._depths[entry["id"]] = depth
        if len(self._depths) > _REMEMBERED:
            del self._depths[next(iter(self._depths))]
        shown = [_line(entry, (moment - self._start).total_seconds())]
        shown += [Text("        ").append(_decision(decision)) for decision in entry["decisions"]]
        return [Text("  " * depth).append(line) for line in shown]


def _line(entry: Entry, seconds: float) -> Text:
    clock = f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"
    line = Text(f"{clock:>6}  ", style="dim")
    if entry["kind"] == "state":
        return line.append(entry["title"], style="bold magenta")
    line.append(f"{MARKS[entry['outcome']]} ", style=_STYLES[entry["outcome"]])
    line.append(entry["title"], style="bold cyan" if entry["kind"] == "step" else "bold")
    if entry["principal"]:
        line.append(f"  as {who(entry)}", style="dim")
    if entry["error"]:
        line.append(f"  {entry['error']['code']}", style="red")
    return line


def _decision(decision: Mapping[str, Any]) -> Text:
    is_allowed = decision["decision"] == "allowed"
    line = Text("allowed " if is_allowed else "denied  ", style="green" if is_allowed else "red")
    resource = decision["resource"].split(":", 5)[-1]
    line.append(f"{decision['action']} on {resource}", style="default")
    return line.append(f"  {explained(decision)}", style="dim" if is_allowed else "red")


def explanation(entry: Entry) -> Tree:
    """The decisions of one call, each with the one thing that decided it first, then every statement that was looked at."""
    top = Tree(_line(entry, 0.0))
    for decision in entry["decisions"]:
        branch = top.add(_decision({**decision, "explanation": decision["explanation"].partition("; ")[0]}))
        near = [row for row in decision["statements"] if row["matched"] or row["reason"]["element"] != "action"]
        for statement in sorted(near, key=nearness):
            branch.add(_statement(statement))
        far = len(decision["statements"]) - len(near)
        if far:
            branch.add(Text(f"{far} {'statement is' if far == 1 else 'statements are'} about other actions", style="dim"))
        change = remedy(decision)
        if change:
            branch.add(Text(f"To allow it: {change}", style="yellow"))
    return top


def _statement(statement: Mapping[str, Any]) -> Text:
    sid = f" ({statement['sid']})" if statement["sid"] else ""
    line = Text(f"{statement['effect']} {statement['policy']} statement {statement['statement']}{sid}, {statement['layer']}")
    if statement["matched"]:
        return line.append("  matches", style="green")
    return line.append(f"  {reason(statement)}", style="dim")
