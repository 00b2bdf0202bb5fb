"""What is made of each name when it is first used: shapes may contain themselves, and most members are never met."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class AtFirstUse(dict[str, T]):
    """A dictionary that ``make`` fills: a look-up costs no more than in any other."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> T:
        made = self[name] = self._make(name)
        return made
