"""``reset`` and ``clock`` of a running emulator."""

from __future__ import annotations

from typing import Any

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import Duration, setting


@click.command()
@setting("host")
@setting("port", int)
@click.option("--account", help="Only this account.")
def reset(account: str | None, **given: Any) -> None:
    """Empty every account of a running emulator, or one."""
    ask("POST", f"{url_of(given)}/_emulator/reset", {"account": account} if account else {})


@click.command()
@setting("host")
@setting("port", int)
@click.option("--account", help="The clock of this account, which is then its own; without it everybody's.")
@click.option("--advance", type=Duration(), help="Move on by 90, 10m, 2h …; what falls due on the way happens.")
@click.option("--until-idle", is_flag=True, default=None, help="Move on until nothing is under way.")
@click.option("--freeze/--run", default=None, help="Stand still, or run again.")
@click.option("--at", help="Stand still at this time: 2026-01-31T12:00:00Z.")
@click.option("--set-pace", "pace", type=click.Choice(["real", "fast", "instant"]), help="How long Amazon MQ takes.")
def clock(host: str | None, port: int | None, account: str | None, **asked: Any) -> None:
    """Show or move the clock of a running emulator."""
    change = {name: value for name, value in asked.items() if value is not None}
    whose = {"account": account} if account else {}
    url = f"{url_of({'host': host, 'port': port})}/_emulator/clock"
    state = ask("POST", url, change | whose) if change else ask("GET", url, params=whose)
    for name, value in state.items():
        click.echo(f"{name}: {value}")
