"""``record``: what a client does to a running emulator, as a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import fail, setting


@click.group()
def record() -> None:
    """Turn what clients do to a running emulator into a scenario."""


@record.command()
@setting("host")
@setting("port", int)
def start(**given: Any) -> None:
    """Record from now on, every account's calls; an earlier recording is forgotten."""
    ask("POST", f"{url_of(given)}/_emulator/recording", {"on": True})


@record.command()
@setting("host")
@setting("port", int)
@click.option("--name", default="Recorded", help="The scenario's name.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def stop(file: Path, name: str, **given: Any) -> None:
    """Stop, and write what was recorded as the scenario FILE."""
    from emulator.scenario.record import UnrecordableError, as_yaml, scenario_of  # noqa: PLC0415  # only this command needs it

    url = f"{url_of(given)}/_emulator/recording"
    ask("POST", url, {"on": False})
    try:
        scenario = scenario_of(ask("GET", url), name)
    except UnrecordableError as error:
        fail(str(error))
    file.write_text(as_yaml(scenario), "utf-8")
    click.echo(f"{file}: {len(scenario['steps'])} steps")
    for variable in scenario.get("variables", {}):
        click.echo(f"to run it, give --var {variable}=…")
