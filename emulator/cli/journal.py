"""``journal`` and ``explain``: what happened in a running emulator, and why."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, get_args

import click
from rich.console import Console

from emulator.cli.remote import ask, follow, url_of
from emulator.cli.settings import fail, setting
from emulator.cli.terminal import show
from emulator.engine.journal import EntryKind, Outcome
from emulator.scenario.report import Outline, explanation, tree


@click.command()
@setting("host")
@setting("port", int)
@click.option("--broker", help="Only what is about this broker, by its id.")
@click.option("--principal", help="Only calls of principals whose ARN contains this.")
@click.option("--service", help="Only calls of this service: ec2, iam …")
@click.option("--action", help="Only calls like ec2:Create*.")
@click.option("--outcome", type=click.Choice(get_args(Outcome)), help="Only what came to this.")
@click.option(
    "--decision", type=click.Choice(["allowed", "implicitDeny", "explicitDeny"]), help="Only calls with such a decision."
)
@click.option("--text", help="Only entries that have this text anywhere.")
@click.option("--account", help="Only what is about this account.")
@click.option("--region", help="Only what is about this Region.")
@click.option("--kind", type=click.Choice(get_args(EntryKind)), help="Only entries of this kind.")
@click.option("--since", help="Only from this emulated time on: 2030-01-31T12:00:00Z.")
@click.option("--until", help="Only before this emulated time.")
@click.option("--after", type=int, help="Only entries after the one with this id.")
@click.option("--limit", type=int, help="At most so many.")
@click.option("--order", type=click.Choice(["oldest", "newest"]), help="Which come first, and are kept by --limit.")
@click.option("--follow", "is_following", is_flag=True, help="Go on with what happens, until interrupted.")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line instead of a tree.")
def journal(host: str | None, port: int | None, is_json: bool, is_following: bool, **chosen: Any) -> None:
    """Print what happened in a running emulator, each call under its cause."""
    query = {name: str(value) for name, value in chosen.items() if value is not None}
    url = f"{url_of({'host': host, 'port': port})}/_emulator/journal"
    if is_following:
        if query.keys() & {"limit", "order"}:
            raise click.UsageError("What is followed comes in order and has no end.")
        with suppress(KeyboardInterrupt):
            _follow(url, query, is_json=is_json)
        return
    answer = ask("GET", url, params=query)
    if is_json:
        for entry in answer["entries"]:
            click.echo(json.dumps(entry, ensure_ascii=False))
    else:
        entries = answer["entries"][::-1] if query.get("order") == "newest" else answer["entries"]
        show(tree(f"Journal ({answer['dropped']} older entries dropped)", entries))


def _follow(url: str, query: dict[str, str], *, is_json: bool) -> None:
    outline, console = Outline(), Console(soft_wrap=True)
    for line in follow(f"{url}/follow", query):
        if is_json:
            click.echo(line)
            continue
        for text in outline.lines(json.loads(line)):
            console.print(text)


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
