"""``health``: whether a running emulator answers, for a container's health check."""

from __future__ import annotations

from typing import Any

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import setting


@click.command()
@setting("host")
@setting("port", int)
def health(**given: Any) -> None:
    """Exit with 0 when a running emulator is ready to answer calls, else with 1."""
    click.echo(ask("GET", f"{url_of(given)}/_emulator/ready")["status"])
