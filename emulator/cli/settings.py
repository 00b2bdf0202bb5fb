"""Settings as options, and how a command says what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click
from pydantic import ValidationError

from emulator.config import PREFIX, Config
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
    """An option of a setting, described where the setting is."""
    described = Config.model_fields[name]
    text = f"{described.description}  [env: {PREFIX}{name.upper()}; default: {described.default}]"
    option = f"--{name.replace('_', '-')}"
    return click.option(option, type=kind, is_flag=kind is bool, default=None, help=text)


def config_of(**given: Any) -> Config:
    """The settings of the environment, and over them those given on the command line."""
    try:
        return Config(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fail(one_line(error), status=2)


def one_line(error: Exception) -> str:
    """What is wrong and where, of pydantic's or YAML's many lines."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
    return " ".join(str(error).split())


def fail(text: str, *, status: int = 1) -> NoReturn:
    click.echo(f"mq-emulator: {text}", err=True)
    sys.exit(status)
