"""``broker-event``: what applications bring about inside a broker of a running emulator."""

from __future__ import annotations

from typing import Any

import click

from emulator.cli.remote import ask, url_of
from emulator.cli.settings import setting
from emulator.services.mq.events import EVENTS


@click.command("broker-event")
@setting("host")
@setting("port", int)
@click.option("--account", required=True, help="The broker's account.")
@click.option("--region", default="us-east-1", show_default=True, help="The broker's Region.")
@click.argument("broker")
@click.argument("event", type=click.Choice(list(EVENTS)))
def broker_event(account: str, region: str, broker: str, event: str, **given: Any) -> None:
    """Let an EVENT happen inside the RabbitMQ broker with the id BROKER; it leaves its lines in the log."""
    asked = {"account": account, "region": region, "broker": broker, "event": event}
    ask("POST", f"{url_of(given)}/_emulator/broker-event", asked)
