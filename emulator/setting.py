"""One setting: its default, its description, and the values it takes, which may come as text of the environment.

A model of pydantic's says the same in fewer lines, but importing it takes a quarter of the whole start.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

if TYPE_CHECKING:
    from emulator.config import Config

T = TypeVar("T")

_TRUTHS = dict.fromkeys(("1", "on", "t", "true", "y", "yes"), True) | dict.fromkeys(("0", "off", "f", "false", "n", "no"), False)


class Kind(NamedTuple, Generic[T]):
    """What a setting takes. ``read`` makes it of what was given and raises ValueError, which says what it should be."""

    read: Callable[[Any], T]
    values: str
    """In words, for the reference page."""


class SettingError(ValueError):
    """A setting that there is not, or that does not take the value. Its text names it, and never tells the value."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}: {what}")


class Setting(Generic[T]):
    """An attribute that can be read only: what was given for it, or ``default``."""

    def __init__(self, default: T, description: str, kind: Kind[T]) -> None:
        self.default = default
        self.description = description
        self.kind = kind

    def __set_name__(self, owner: type[Config], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, config: None, owner: type[Config]) -> Setting[T]: ...

    @overload
    def __get__(self, config: Config, owner: type[Config]) -> T: ...

    def __get__(self, config: Config | None, owner: type[Config]) -> Setting[T] | T:
        return self if config is None else vars(config).get(self._name, self.default)

    def __set__(self, config: Config, value: T) -> None:
        raise AttributeError(f"the setting {self._name} stays as it is")

    def read(self, given: Any) -> T:
        """What is given, as the setting's own type; None is the default of a setting that may be absent."""
        if given is None and self.default is None:
            return self.default
        try:
            return self.kind.read(given)
        except ValueError as error:
            raise SettingError(self._name, str(error)) from None


def text(pattern: str = "") -> Kind[str]:
    def read(given: Any) -> str:
        if not isinstance(given, str):
            raise ValueError("Input should be a valid string")  # noqa: TRY004  # all that is wrong with a value is told alike
        if not re.search(pattern, given) or given.endswith("\n"):
            raise ValueError(f"String should match pattern '{pattern}'")
        return given

    return Kind(read, "text")


def choice(*choices: Any) -> Kind[Any]:
    """One of some texts."""

    def read(given: Any) -> Any:
        if given not in choices:
            quoted = [f"'{one}'" for one in choices]
            raise ValueError(f"Input should be {', '.join(quoted[:-1])} or {quoted[-1]}")
        return given

    return Kind(read, ", ".join(f"`{one}`" for one in choices))


def whole(least: int, most: int | None = None) -> Kind[int]:
    def read(given: Any) -> int:
        if not re.fullmatch(r"[+-]?\d{1,18}", str(given).strip(), re.ASCII):
            raise ValueError("Input should be a valid integer, unable to parse string as an integer")
        _check_range(int(given), least, most)
        return int(given)

    return Kind(read, "whole number")


def number(least: float) -> Kind[float]:
    def read(given: Any) -> float:
        try:
            value = float(given)
        except (TypeError, ValueError):
            raise ValueError("Input should be a valid number, unable to parse string as a number") from None
        if not math.isfinite(value):
            raise ValueError("Input should be a finite number")
        _check_range(value, least)
        return value

    return Kind(read, "number")


def _check_range(value: float, least: float, most: float | None = None) -> None:
    if value < least:
        raise ValueError(f"Input should be greater than or equal to {least}")
    if most is not None and value > most:
        raise ValueError(f"Input should be less than or equal to {most}")


def _flag(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    truth = _TRUTHS.get(str(given).lower())
    if truth is None:
        raise ValueError("Input should be a valid boolean, unable to interpret input")
    return truth


flag = Kind(_flag, "`true`, `false`")
path: Kind[Path | None] = Kind(Path, "path")
secret: Kind[str | None] = Kind(text().read, "text")
"""A text that no error tells and no ``repr`` shows."""
