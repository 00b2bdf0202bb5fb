"""Writes the pages of docs/ that are drawn from the code: ``make docs``. A test holds them against the code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from emulator.cli import main
from emulator.config import PREFIX, SETTINGS, Setting
from emulator.scenario.schema import schema
from emulator.services import SERVICES
from emulator.services.mq import SERVICE, configuration_errors, errors, network_errors, replication_errors, user_errors
from emulator.services.mq.broker import MOVES
from emulator.shapes.error_codes import status_of
from emulator.shapes.model import model
from emulator.values.errors import AwsError

HERE = Path(__file__).parent
_NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"
_NAMES = {"iam": "IAM", "sts": "STS", "ec2": "EC2", "logs": "CloudWatch Logs", "mq": "Amazon MQ", "cloudtrail": "CloudTrail"}


def coverage() -> str:
    """Which operations of AWS's models there are, and which request members each refuses."""
    return "\n".join(["# Coverage", "", _NOTE, *_coverage()])


def _coverage() -> Iterator[str]:
    yield "An operation or member that is missing here is answered with `NotImplemented` (501) and its name, never ignored."
    yield "Partial means that some members of the request are refused; everything else of the operation is there.\n"
    for service in SERVICES:
        there = service.operations
        of = model(service.name)
        yield f"## {_NAMES[service.name]}: {len(there)} of {len(of.operations)} operations\n"
        yield "| operation | coverage | members refused |"
        yield "| --- | --- | --- |"
        for name in sorted(there):
            missing = [path for path in there[name].unsupported_members() if path not in service.handled]
            yield f"| {name} | {'partial' if missing else 'full'} | {', '.join(f'`{path}`' for path in missing)} |"
        absent = sorted(set(of.operations) - set(there))
        if len(absent) > 200:
            yield f"\nNot there: the other {len(absent)} operations of the model.\n"
        elif absent:
            yield f"\nNot there: {', '.join(absent)}.\n"


def broker_life() -> str:
    """The legal moves of a broker and the plans that make them."""
    return "\n".join(["# A broker's life", "", _NOTE, *_broker_life()])


def _broker_life() -> Iterator[str]:
    yield "```mermaid\nstateDiagram-v2"
    yield "    [*] --> CREATION_IN_PROGRESS: CreateBroker"
    for state, following in MOVES.items():
        for move, why in sorted(following.items()):
            yield f"    {state} --> {move}: {why}"
    yield "    DELETION_IN_PROGRESS --> [*]\n```\n"
    yield "Durations are AWS's, in seconds; at pace `fast` they are divided by 120. A step waits `after` the one before it."
    yield "A step that has nothing to do for a broker is left out; the next one is due when it would have been.\n"
    for plan in SERVICE.plans:
        yield f"## {plan.name}{', again and again' if plan.repeats else ''}\n"
        yield "| step | after | of | when it is refused |"
        yield "| --- | --- | --- | --- |"
        for step in plan.steps:
            refused = "go on" if step.is_optional else "try again, later each time" if step.retry(1) else "the plan ends"
            yield f"| {step.name} | {step.after:g} s | {step.concerns.__doc__} | {refused} |"
        yield ""


def mq_errors() -> str:
    """Every error text of Amazon MQ with its source."""
    return "\n".join(["# Errors of Amazon MQ", "", _NOTE, *_mq_errors()])


def _mq_errors() -> Iterator[str]:
    yield "What stands in angle brackets is filled in. A text is *observed* on AWS, or puts a rule that AWS *documents* in"
    yield "words of ours, or is *ours* altogether, in the style of its neighbours. What the model's constraints refuse is worded"
    yield "`You must specify […]` or `Value … failed to satisfy constraint …` (ours); denials, signatures and unknown paths are"
    yield "those of API Gateway ([fidelity.md](fidelity.md)).\n"
    yield "| code | status | text | errorAttribute | source | note |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for module in (errors, network_errors, user_errors, configuration_errors, replication_errors):
        for name, make in vars(module).items():
            if inspect.isfunction(make) and name not in _SHAPES_OF_ERRORS:
                yield _error_row(make)


_SHAPES_OF_ERRORS = {"bad_request", "conflict", "not_found", "AwsError"}
"""What the other constructors are made of."""


def _error_row(make: Callable[..., AwsError]) -> str:
    asked = {
        name: [f"<{name}>"] if "Sequence" in str(parameter.annotation) else f"<{name}>"
        for name, parameter in inspect.signature(make).parameters.items()
    }
    error, note = make(**asked), " ".join((make.__doc__ or "").split())
    source = next((word for word in ("observed", "documented") if note.lower().startswith(word)), "ours")
    attribute = error.fields.get("ErrorAttribute")
    status = error.status or status_of("mq", error.code)
    cells = [error.code, str(status), f"`{error.message}`", f"`{attribute}`" if attribute else "", source, note]
    return f"| {' | '.join(cells)} |"


def settings() -> str:
    """Every setting, as option and variable."""
    return "\n".join(["# Settings", "", _NOTE, *_settings()])


def _settings() -> Iterator[str]:
    yield "`mq-emulator serve` takes each as an option; the environment is read first, and the command line stands over it."
    yield "Commands that ask a running emulator take `--host` and `--port` in the same two ways.\n"
    yield "| option | variable | values | default | what |"
    yield "| --- | --- | --- | --- | --- |"
    for name, field in SETTINGS.items():
        option, default = name.replace("_", "-"), "none" if field.default is None else f"`{str(field.default).lower()}`"
        yield f"| `--{option}` | `{PREFIX}{name.upper()}` | {_values(field)} | {default} | {field.description} |"


def _values(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f"`{value}`" for value in setting.choices)
    names = {bool: "`true`, `false`", int: "whole number", float: "number", str: "text", Path | None: "path"}
    return names.get(setting.kind, "text")


_SETTINGS = {f"--{name.replace('_', '-')}" for name in SETTINGS}


def commands() -> str:
    """Every command of the command line with its options."""
    return "\n".join(["# Commands", "", _NOTE, *_commands()])


def _commands() -> Iterator[str]:
    yield "Options of settings are described in [settings.md](settings.md).\n"
    for name, command in _leaves(main):
        arguments = [one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)]
        yield f"## {' '.join([name, *arguments])}\n"
        yield f"{' '.join((command.help or '').split())}\n"
        given = [one for one in command.params if isinstance(one, click.Option)]
        own = [one for one in given if one.opts[0] not in _SETTINGS]
        shared = [f"`{one.opts[0]}`" for one in given if one.opts[0] in _SETTINGS]
        if own:
            yield "| option | what |"
            yield "| --- | --- |"
            yield from (f"| {_spelling(option)} | {option.help} |" for option in own)
            yield ""
        if shared:
            yield f"Settings: {', '.join(shared)}.\n"


def _leaves(group: click.Group, above: str = "mq-emulator") -> Iterator[tuple[str, click.Command]]:
    """The commands of a group and of the groups in it, by name."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _leaves(command, f"{above} {name}")
        else:
            yield f"{above} {name}", command


def _spelling(option: click.Option) -> str:
    return ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])


def scenario_schema() -> str:
    """What an editor knows of scenario files."""
    return json.dumps(schema(), indent=2)


PAGES = {
    "coverage.md": coverage,
    "broker-life.md": broker_life,
    "errors-mq.md": mq_errors,
    "settings.md": settings,
    "commands.md": commands,
    "scenario.schema.json": scenario_schema,
}


def write() -> None:
    for name, page in PAGES.items():
        (HERE / name).write_text(page().rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    write()
