"""The command line: one module per group of commands, imported when one of its commands is asked for."""

from __future__ import annotations

import gc
from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

_MODULES = {
    "broker-event": "broker_event",
    "clock": "clock",
    "demo": "scenario",
    "env": "serve",
    "explain": "journal",
    "fault": "faults",
    "health": "health",
    "journal": "journal",
    "policy": "policy",
    "record": "record",
    "reset": "clock",
    "run": "scenario",
    "schema": "scenario",
    "serve": "serve",
    "snapshot": "snapshot",
}
"""The module of each command: ``serve`` starts in half the time without all the others."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name, each made when it is looked up."""

    def __getitem__(self, name: str) -> click.Command:
        gc.disable()  # nothing that is imported is garbage, now or later: to look for some takes a twentieth of the start
        try:
            command: click.Command = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name.replace("-", "_"))
        finally:
            gc.freeze()
            gc.enable()
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)

    def __setitem__(self, name: str, command: click.Command) -> None:
        raise TypeError("commands stand in the table of modules")

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands stand in the table of modules")


@click.group(commands=_Commands(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mq-emulator", prog_name="mq-emulator")
def main() -> None:
    """A local AWS endpoint that shows what Amazon MQ does on your behalf, and whether it may."""
