"""Trees on a terminal, in a file or in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.tree import Tree

_WIDE = 1_000


def show(story: Tree) -> None:
    """As wide as the terminal; into a file or pipe, as wide as its lines."""
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(story)
