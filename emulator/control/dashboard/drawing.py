"""What a drawing is made of: boxes with text, which lead somewhere, and arrows between them. Lengths are in SVG's user units."""

from __future__ import annotations

from msgspec import Struct, field


class Box(Struct, frozen=True):
    """``lines`` are its texts, the first one its title; ``tone`` is a class of the style sheet; ``href`` where it leads."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    tone: str = ""
    href: str = ""
    about: str = ""
    """The whole of what the lines cut short."""

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


class Arrow(Struct, frozen=True):
    """``path`` in SVG's words; ``label`` stands at ``x``, ``y``."""

    path: str
    label: str = ""
    x: float = 0
    y: float = 0
    tone: str = ""


class Drawing(Struct):
    width: float
    title: str
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
