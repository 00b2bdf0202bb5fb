"""How journal entries and decisions are put into words, for a terminal and for a page alike. All of it reads the JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.policy.decide import LAYERS

Row = Mapping[str, Any]
"""An entry, a decision or a statement as the control API gives it."""

MARKS = {
    "ok": "✓",
    "waiting": "…",
    "retrying": "↻",
    "would be denied": "✗",
    "denied": "✗",
    "error": "✗",
    "failed": "✗",
    "lost": "✗",
}
"""A sign for each outcome of an entry."""

_REASONS = {
    "action": "its actions {wanted} do not have {got}",
    "resource": "its resources {wanted} do not cover {got}",
    "principal": "its principals {wanted} do not name {got}",
    "condition": "it wants {key} {operator} {wanted}, the request has {got}",
}


def who(entry: Row) -> str:
    """``assumed-role/NAME/SESSION via mq.amazonaws.com``: the principal without its account, and the service in between."""
    name = str(entry["principal"]).split(":")[-1]
    return name + (f" via {entry['via']}" if entry["via"] else "")


def explained(decision: Row) -> str:
    """What decided, without the verdict itself: ``by statement 2 of P``, or what is missing and what came near."""
    verdict = "allowed" if decision["decision"] == "allowed" else "denied"
    return str(decision["explanation"]).removeprefix(verdict).lstrip(": ")


def headline(decision: Row) -> str:
    """The same without what came near."""
    return explained(decision).partition("; ")[0]


def reason(statement: Row) -> str:
    """Why a statement that did not match did not."""
    why = statement["reason"]
    got = "no such key" if why["got"] is None else why["got"]
    return _REASONS[why["element"]].format(key=why["key"], operator=why["operator"], wanted=", ".join(why["wanted"]), got=got)


def nearness(statement: Row) -> int:
    """What matched first, then what failed last: at a condition, the resource, the principal, the action."""
    order = ["condition", "resource", "principal", "action"]
    return -1 if statement["matched"] else order.index(statement["reason"]["element"])


def name(statement: Row) -> str:
    sid = f" ({statement['sid']})" if statement["sid"] else ""
    return f"statement {statement['statement']}{sid} of {statement['policy']}"


def remedy(decision: Row) -> str:
    """What one would have to change for a denied request to be allowed, in a sentence; empty of one that is allowed."""
    if decision["decision"] == "allowed":
        return ""
    because = decision["because"]
    if because is not None:
        return f"Narrow {name(because)} so that it leaves this request out: no Allow outweighs a Deny."
    place = LAYERS[decision["layer"]]
    addition = f"add a statement to {place} that allows {decision['action']} on {decision['resource']}"
    near = [row for row in decision["statements"] if _is_near(row, decision["layer"])]
    if not near:
        return f"{addition[0].upper()}{addition[1:]}."
    nearest = min(near, key=nearness)
    return f"{_change(nearest)}, or {addition}."


def _is_near(statement: Row, layer: str) -> bool:
    """Whether it would allow, were it not for one element behind the action."""
    is_candidate = statement["layer"] == layer and statement["effect"] == "Allow" and not statement["matched"]
    return is_candidate and statement["reason"]["element"] != "action"


def _change(statement: Row) -> str:
    """What would make one statement apply."""
    why = statement["reason"]
    if why["element"] == "resource":
        return f"Add {why['got']} to the resources of {name(statement)}"
    if why["element"] == "principal":
        return f"Name {why['got']} among the principals of {name(statement)}"
    wanted = f"{why['key']} {why['operator']} {', '.join(why['wanted'])}"
    if "ResourceTag/" in why["key"]:
        return f"Tag the resource so that {wanted}, as {name(statement)} wants"
    if why["got"] is None:
        return f"Let the request carry {why['key']}, for {name(statement)} wants {wanted}"
    return f"Let the request meet {wanted} (it has {why['got']}), as {name(statement)} wants"
