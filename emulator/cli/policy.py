"""``policy``: the least policy that a principal's calls needed."""

from __future__ import annotations

import json
from typing import Any

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import setting


@click.command()
@setting("host")
@setting("port", int)
@click.option("--principal", required=True, help="ARN of a user, a role, a session or an account's root.")
@click.option("--broker", help="Only what was done for this broker, by its id.")
def policy(principal: str, broker: str | None, **given: Any) -> None:
    """Print the least IAM policy that the calls of a principal needed in a running emulator, as far back as its journal goes."""
    query = {"principal": principal} | ({"broker": broker} if broker else {})
    answer = ask("GET", f"{url_of(given)}/_emulator/policy", params=query)
    click.echo(json.dumps(answer["policy"], indent=2))
    if answer["dropped"]:
        click.echo(
            f"mq-emulator: the journal has dropped {answer['dropped']} older entries, which may have needed more", err=True
        )
