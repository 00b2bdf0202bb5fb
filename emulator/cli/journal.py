"""``journal`` and ``explain``: what happened in a running emulator, and why."""

from __future__ import annotations

import json

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import fail, setting
from emulator.cli.terminal import show
from emulator.scenario.report import explanation, tree


@click.command()
@setting("host")
@setting("port", int)
@click.option("--broker", help="Only what is about this broker, by its id.")
@click.option("--principal", help="Only calls of principals whose ARN contains this.")
@click.option(
    "--decision", type=click.Choice(["allowed", "implicitDeny", "explicitDeny"]), help="Only calls with such a decision."
)
@click.option("--account", help="Only what is about this account.")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line instead of a tree.")
def journal(host: str | None, port: int | None, is_json: bool, **chosen: str | None) -> None:
    """Print what happened in a running emulator, each call under its cause."""
    query = {name: value for name, value in chosen.items() if value is not None}
    answer = ask("GET", f"{url_of({'host': host, 'port': port})}/_emulator/journal", params=query)
    if is_json:
        for entry in answer["entries"]:
            click.echo(json.dumps(entry, ensure_ascii=False))
    else:
        show(tree(f"Journal ({answer['dropped']} older entries dropped)", answer["entries"]))


@click.command()
@setting("host")
@setting("port", int)
@click.argument("request_id")
def explain(host: str | None, port: int | None, request_id: str) -> None:
    """Say why a call was allowed or denied: REQUEST-ID is in every answer and error of an SDK."""
    query = {"request": request_id}
    entries = ask("GET", f"{url_of({'host': host, 'port': port})}/_emulator/journal", params=query)["entries"]
    if not entries:
        fail(f"the journal has no request {request_id}")
    for entry in entries:
        if entry["decisions"]:
            show(explanation(entry))
