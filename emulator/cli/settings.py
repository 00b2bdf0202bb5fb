"""Settings as options, and how a command says what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click
from msgspec import ValidationError

from emulator.config import PREFIX, SETTINGS, Config, settings
from emulator.values.clock import seconds

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return seconds(str(value))
        except ValueError:
            self.fail(f"{value!r} is no duration such as 90, 10m or 2h", param, ctx)


def setting(name: str, kind: Any = str) -> Callable[[F], F]:
    """An option of a setting, described where the setting is; of a ``kind``, unless it is one of some texts."""
    described = SETTINGS[name]
    default = "" if described.default in {None, ""} else f"; default: {described.default}"
    text = f"{described.description}  [env: {PREFIX}{name.upper()}{default}]"
    option = f"--{name.replace('_', '-')}"
    return click.option(
        option, type=click.Choice(described.choices) if described.choices else kind, is_flag=kind is bool, default=None, help=text
    )


def config_of(**given: Any) -> Config:
    """The settings of the environment, and over them those given on the command line."""
    try:
        return settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fail(_worded(error), status=2)


def _worded(error: ValidationError) -> str:
    """Which setting is wrong, and how; of one that is a choice msgspec does not say what there is to choose from."""
    wrong, _, name = str(error).removesuffix("`").partition(" - at `$.")
    choices = SETTINGS[name].choices
    return f"{name}: {wrong}" + (f", it is one of {', '.join(choices)}" if choices else "")


def one_line(error: Exception) -> str:
    """What is wrong, of YAML's many lines."""
    return " ".join(str(error).split())


def fail(text: str, *, status: int = 1) -> NoReturn:
    click.echo(f"mq-emulator: {text}", err=True)
    sys.exit(status)
