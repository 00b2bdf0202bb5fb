"""``reset`` and ``clock`` of a running emulator."""

from __future__ import annotations

from typing import Any

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import Duration, setting


@click.command()
@setting("host")
@setting("port", int)
def reset(**given: Any) -> None:
    """Empty every account of a running emulator."""
    ask("POST", f"{url_of(given)}/_emulator/reset", {})


@click.command()
@setting("host")
@setting("port", int)
@click.option("--advance", type=Duration(), help="Move on by 90, 10m, 2h …; what falls due on the way happens.")
@click.option("--freeze/--run", default=None, help="Stand still, or run again.")
@click.option("--set-pace", "pace", type=click.Choice(["real", "fast", "instant"]), help="How long Amazon MQ takes.")
def clock(host: str | None, port: int | None, advance: float | None, freeze: bool | None, pace: str | None) -> None:
    """Show or move the clock of a running emulator."""
    asked = {"advance": advance, "freeze": freeze, "pace": pace}
    change = {name: value for name, value in asked.items() if value is not None}
    url = f"{url_of({'host': host, 'port': port})}/_emulator/clock"
    state = ask("POST", url, change) if change else ask("GET", url)
    for name, value in state.items():
        click.echo(f"{name}: {value}")
