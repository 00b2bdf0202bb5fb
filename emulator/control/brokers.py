"""``broker-event``: what applications bring about inside a broker, where none runs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from emulator.control.body import Account, Body, Region, body
from emulator.engine.world import World
from emulator.services.mq.events import EVENTS, happen


class BrokerEvent(Body):
    """``POST broker-event``: let an event happen on a RabbitMQ broker; it leaves its lines in the log."""

    account: Account
    region: Region = "us-east-1"
    broker: str
    event: str


def add(routes: Blueprint, world: World) -> None:
    @routes.post("/broker-event")
    def broker_event() -> Response:
        asked = body(BrokerEvent)
        if asked.event not in EVENTS:
            raise ValueError(f"there is no event {asked.event!r}: {', '.join(EVENTS)}")
        happen(world, asked.account, asked.region, asked.broker, asked.event)
        return jsonify({})
