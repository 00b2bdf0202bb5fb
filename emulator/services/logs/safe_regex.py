"""The regular expressions of filter patterns: AWS's restricted syntax, matched in linear time whatever the pattern and the text.

There are no groups and no back-references, so that an expression is an alternation of plain sequences. It becomes an automaton
whose states are sets of places in those sequences; its moves are worked out as they are needed and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct, field

MOST_ITEMS = 2_000
"""Places in one expression after its repetitions are written out; also how many states are remembered."""

_UNBOUNDED = -1
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\x0b\x0c\r "}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_ATOM = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\\])(?:\\.|[^\]\\])*\])|(?P<escape>\\(?:x[0-9A-Fa-f]{2}|[dDsSwWtnrfv^$?\[\]{}|\\*+./:#=@;,_-]))"
    r"|(?P<any>\.)|(?P<anchor>[\^$])|(?P<plain>[A-Za-z0-9:_#=@/;,-])"
)
_TIMES = re.compile(r"\?|\*|\+|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)\}")


class BadRegexError(ValueError):
    """An expression that does not compile."""


class _Item(Struct, frozen=True):
    """One character of a sequence: what it may be, whether it may be left out, and whether it may come again."""

    accepts: re.Pattern[str]
    is_optional: bool = False
    repeats: bool = False


class _Sequence(Struct, frozen=True):
    items: tuple[_Item, ...]
    at_start: bool
    at_end: bool


class Regex(Struct):
    """A compiled expression. Sets of places are bit masks; each sequence has one place more than it has items, its end."""

    items: list[_Item | None]
    reach: list[int]
    """From each place: itself, and the places after it that are reached by leaving items out."""
    first: int
    again: int
    """Where a match may begin: at the start of the text, and after any character."""
    found: int
    found_last: int
    """The ends of the sequences that may end anywhere, and of those that must end with the text."""
    _accepting: dict[str, int] = field(default_factory=dict)
    _moves: dict[int, dict[str, int]] = field(default_factory=dict)

    def search(self, text: str) -> bool:
        """Whether it matches somewhere in the text."""
        state = self.first
        for character in text:
            if state & self.found or not state:
                break
            state = self._moves_from(state).get(character) or self._move(state, character)
        return bool(state & (self.found | self.found_last))

    def _moves_from(self, state: int) -> dict[str, int]:
        moves = self._moves.get(state)
        if moves is None:
            if len(self._moves) >= MOST_ITEMS:
                self._moves.clear()
            moves = self._moves[state] = {}
        return moves

    def _move(self, state: int, character: str) -> int:
        after = self.again
        for place in _bits(state & self._places_of(character)):
            after |= self.reach[place + 1]
            item = self.items[place]
            if item is not None and item.repeats:
                after |= self.reach[place]
        moves = self._moves_from(state)
        if len(moves) >= MOST_ITEMS:
            moves.clear()
        moves[character] = after
        return after

    def _places_of(self, character: str) -> int:
        places = self._accepting.get(character)
        if places is None:
            if len(self._accepting) >= MOST_ITEMS:
                self._accepting.clear()
            places = sum(1 << place for place, item in enumerate(self.items) if item and item.accepts.fullmatch(character))
            self._accepting[character] = places
        return places


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


@lru_cache(maxsize=256)
def compile_regex(source: str) -> Regex:
    """Raises :class:`BadRegexError`."""
    made = Regex([], [], 0, 0, 0, 0)
    for branch in _branches(source):
        sequence = _sequence(branch)
        if sequence is not None:
            _add(made, sequence)
    if len(made.items) > MOST_ITEMS:
        raise BadRegexError(source)
    return made


def _branches(source: str) -> Iterator[list[tuple[str, str, str]]]:
    """The alternatives, as lists of (kind, text, repetition)."""
    branch: list[tuple[str, str, str]] = []
    at = 0
    while at < len(source):
        if source[at] == "|":
            yield branch
            branch, at = [], at + 1
            continue
        atom = _ATOM.match(source, at)
        if atom is None or atom.lastgroup is None:
            raise BadRegexError(source)
        times = _TIMES.match(source, atom.end())
        branch.append((atom.lastgroup, atom[0], times[0] if times else ""))
        at = times.end() if times else atom.end()
    yield branch


def _sequence(branch: list[tuple[str, str, str]]) -> _Sequence | None:
    """None of an alternative that cannot match: one with an anchor in its middle."""
    if any(kind == "anchor" and times for kind, _, times in branch):
        raise BadRegexError("a repeated anchor")
    at_start, at_end = False, False
    while branch and branch[0][1] == "^" and branch[0][0] == "anchor":
        at_start, branch = True, branch[1:]
    while branch and branch[-1][1] == "$" and branch[-1][0] == "anchor":
        at_end, branch = True, branch[:-1]
    items = [item for kind, text, times in branch if kind != "anchor" for item in _items(kind, text, times)]
    if any(kind == "anchor" for kind, _, _ in branch):
        return None
    return _Sequence(tuple(items), at_start, at_end)


def _items(kind: str, text: str, times: str) -> Iterator[_Item]:
    least, most = _bounds(times)
    accepts = _characters(kind, text)
    for number in range(max(least, 1 if most == _UNBOUNDED else most)):
        is_last = most == _UNBOUNDED and number == max(least, 1) - 1
        yield _Item(accepts, is_optional=number >= least, repeats=is_last)


def _bounds(times: str) -> tuple[int, int]:
    if times in {"", "?", "*", "+"}:
        return {"": (1, 1), "?": (0, 1), "*": (0, _UNBOUNDED), "+": (1, _UNBOUNDED)}[times]
    least, comma, most = times[1:-1].partition(",")
    low = int(least or 0)
    high = low if not comma else int(most) if most else _UNBOUNDED
    if low > MOST_ITEMS or high > MOST_ITEMS or _UNBOUNDED < high < low:
        raise BadRegexError(times)
    return low, high


@lru_cache(maxsize=1024)
def _characters(kind: str, text: str) -> re.Pattern[str]:
    """What one character may be: a class of Python's, built from parts that are escaped one by one."""
    if kind == "any":
        return re.compile(".")  # everything but a line feed
    if kind == "plain":
        return re.compile(re.escape(text))
    if kind == "escape":
        return re.compile(_escaped(text[1:]))
    try:
        return re.compile(_class(text))
    except re.error:
        raise BadRegexError(text) from None


def _escaped(text: str) -> str:
    if text.lower() in _CLASSES:
        return f"[{'^' if text.isupper() else ''}{_CLASSES[text.lower()]}]"
    return re.escape(_literal(text))


def _literal(text: str) -> str:
    return chr(int(text[1:], 16)) if text[0] == "x" and len(text) == 3 else _CONTROLS.get(text, text)


_CLASS_PART = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)|(.)", re.DOTALL)


def _class(text: str) -> str:
    is_negated = text[1] == "^"
    parts = []
    for part in _CLASS_PART.finditer(text[2:-1] if is_negated else text[1:-1]):
        escape, plain = part[1], part[2]
        if escape in {"D", "S", "W"}:
            raise BadRegexError(text)  # the complement of a class within a class
        if escape in _CLASSES:
            parts.append(_CLASSES[escape])
        elif escape:
            parts.append(re.escape(_literal(escape)))
        else:
            parts.append("-" if plain == "-" else re.escape(plain))
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"


def _add(made: Regex, sequence: _Sequence) -> None:
    start = len(made.items)
    end = start + len(sequence.items)
    made.items += [*sequence.items, None]
    reach = [1 << end]
    for place in range(end - 1, start - 1, -1):
        item = sequence.items[place - start]
        reach.append(1 << place | (reach[-1] if item.is_optional else 0))
    reach.reverse()
    made.reach += reach
    made.first |= reach[0]
    if not sequence.at_start:
        made.again |= reach[0]
    if sequence.at_end:
        made.found_last |= 1 << end
    else:
        made.found |= 1 << end
