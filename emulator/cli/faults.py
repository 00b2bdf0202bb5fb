"""``fault``: what goes wrong on purpose in a running emulator."""

from __future__ import annotations

import json
from typing import Any, get_args

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import Duration, setting
from emulator.engine.fault import FaultKind

_MATCHED = {
    "service": "Only calls of this service: ec2, iam …",
    "action": "Only calls like ec2:Create*.",
    "principal": "Only calls of principals whose ARN is like this.",
    "resource": "Only calls on resources whose ARN is like this.",
    "broker": "Only what is about this broker, by its id.",
    "parent": "Only what was caused by a call or step like mq:CreateBroker.",
    "step": "Only steps like 'create broker: *', and calls in them.",
}


def _matched(command: Any) -> Any:
    for name, text in reversed(_MATCHED.items()):
        command = click.option(f"--{name}", help=text)(command)
    return command


@click.group()
def fault() -> None:
    """Let calls and steps of a running emulator go wrong on purpose."""


@fault.command("add")
@setting("host")
@setting("port", int)
@click.argument("kind", type=click.Choice(get_args(FaultKind)))
@_matched
@click.option("--account", help="Only in this account.")
@click.option("--times", type=int, help="How often; without it, until it is removed.")
@click.option("--skip", type=int, help="How many matches pass before the first that is hit.")
@click.option("--probability", type=float, help="The chance of each match to be hit, up to 1.")
@click.option("--code", help="The error's code, of an error or a failed step.")
@click.option("--message", help="The error's text.")
@click.option("--seconds", type=Duration(), help="How long, of latency, a stall or stale policies: 90, 10m …")
def add_fault(host: str | None, port: int | None, **given: Any) -> None:
    """Add a fault of a KIND; prints its id."""
    chosen = {name: value for name, value in given.items() if value is not None}
    match = {name: chosen.pop(name) for name in _MATCHED if name in chosen}
    click.echo(ask("POST", _url(host, port), chosen | {"match": match})["id"])


@fault.command("list")
@setting("host")
@setting("port", int)
def list_faults(host: str | None, port: int | None) -> None:
    """Print the faults, one JSON object a line, each with how often it has fired."""
    for one in ask("GET", _url(host, port))["faults"]:
        click.echo(json.dumps(one, ensure_ascii=False))


@fault.command("remove")
@setting("host")
@setting("port", int)
@click.argument("fault_id", required=False)
@click.option("--account", help="All faults of this account alone.")
def remove_fault(host: str | None, port: int | None, fault_id: str | None, account: str | None) -> None:
    """Remove the fault FAULT_ID; without it, all faults."""
    if fault_id and account:
        raise click.UsageError("Name a fault or an account, not both.")
    place = f"{_url(host, port)}/{fault_id}" if fault_id else _url(host, port)
    ask("DELETE", place, params={"account": account} if account else None)


def _url(host: str | None, port: int | None) -> str:
    return f"{url_of({'host': host, 'port': port})}/_emulator/faults"
