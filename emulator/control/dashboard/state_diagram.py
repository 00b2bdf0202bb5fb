"""The states of a broker and its legal moves, drawn from their table."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.control.dashboard.drawing import Arrow, Box, Drawing

_WIDTH, _BOX, _HEIGHT, _ROW = 440, 128, 40, 92

Moves = Mapping[str, Mapping[str, str]]
"""From each state to others, and why; the first state is that of a new broker."""


def state_diagram(moves: Moves, current: str) -> Drawing:
    """States in rows by how many moves they are from the first one; the current one is marked."""
    drawing = Drawing(_WIDTH, f"States of a broker; now {current}")
    rows = _rows(moves)
    boxes: dict[str, Box] = {}
    for depth, states in enumerate(rows):
        for place, state in enumerate(states):
            x = _WIDTH * (2 * place + 1) / (2 * len(states)) - _BOX / 2
            tone = "now" if state == current else "next" if state in moves[current] else "state"
            boxes[state] = Box(x, 8 + depth * _ROW, _BOX, _HEIGHT, _lines(state), tone)
    drawing.boxes += boxes.values()
    drawing.arrows += [
        Arrow(_path(boxes[start], boxes[end]), tone="leaving" if start == current else "plain")
        for start, ends in moves.items()
        for end in sorted(ends)
    ]
    drawing.height = 8 + (len(rows) - 1) * _ROW + _HEIGHT + 44
    return drawing


def _rows(moves: Moves) -> list[list[str]]:
    rows = [[next(iter(moves))]]
    known = set(rows[0])
    while rows[-1]:
        reached = {end for start in rows[-1] for end in moves[start]} - known
        rows.append(sorted(reached))
        known |= reached
    return rows[:-1]


def _lines(state: str) -> tuple[str, ...]:
    """A long name in two lines, parted at an underscore."""
    if len(state) <= 14:
        return (state,)
    parts = state.split("_")
    return "_".join(parts[:1]) + "_", "_".join(parts[1:])


def _path(start: Box, end: Box) -> str:
    """Down from row to row, up beside it, and within a row in a bow below."""
    (x1, _), (x2, _) = start.middle, end.middle
    lean = (x2 - x1) / 6  # arrows to different states part where they leave
    if start.y < end.y:
        return f"M {x1 + lean - 6:g} {start.y + _HEIGHT:g} L {x2 - lean - 6:g} {end.y:g}"
    if start.y > end.y:
        return f"M {x1 + lean + 8:g} {start.y:g} L {x2 - lean + 8:g} {end.y + _HEIGHT:g}"
    aside = 16 if x1 < x2 else -16
    y, depth = start.y + _HEIGHT, 18 + abs(x2 - x1) / 16
    return f"M {x1 + aside:g} {y:g} C {x1 + aside:g} {y + depth:g} {x2 - aside:g} {y + depth:g} {x2 - aside:g} {y:g}"
