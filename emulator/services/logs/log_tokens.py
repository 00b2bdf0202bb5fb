"""Tokens of pages of events, and ids of events."""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256

from emulator.engine.world import World
from emulator.services.logs import errors
from emulator.services.logs.log_group import LogGroup, milliseconds
from emulator.services.logs.log_pack import Position
from emulator.services.logs.timeline import Direction

TOKEN_LIFE = 24 * 3600 * 1000
"""Milliseconds for which a token of FilterLogEvents is good (documented)."""

_NUMBER_BITS = 144
"""An id is the timestamp and below it, in these bits, what tells events of one instant apart (seen in AWS's ids)."""
_FARTHEST = 10**56 >> _NUMBER_BITS
_TOKEN = re.compile(r"([fb])/([0-9]{56})/s", re.ASCII)
_PLACE = re.compile(r"([fb]):([0-9]{1,19}):([0-9]{1,19}):([0-9]{1,19}):([0-9a-f]{16})", re.ASCII)


def event_id(position: Position) -> str:
    """56 digits that sort as the events do."""
    timestamp, number = position
    return f"{(min(timestamp, _FARTHEST - 1) << _NUMBER_BITS) + number:056}"


def position_of(digits: str) -> Position | None:
    """The position of an id; None of digits that are none."""
    timestamp, number = divmod(int(digits), 1 << _NUMBER_BITS)
    return (timestamp, number) if number < 2**63 else None


def write_token(direction: Direction, position: Position) -> str:
    """GetLogEvents's: ``f/…/s`` or ``b/…/s`` around the id of the last event in that direction (seen on AWS)."""
    return f"{direction}/{event_id(position)}/s"


def read_token(token: str) -> tuple[Direction, Position]:
    match = _TOKEN.fullmatch(token)
    position = position_of(match[2]) if match else None
    if match is None or position is None:
        raise errors.bad_token()
    return "f" if match[1] == "f" else "b", position


def write_place(world: World, group: LogGroup, direction: Direction, position: Position) -> str:
    """FilterLogEvents's: opaque, good for this group and for a day."""
    text = f"{direction}:{position[0]}:{position[1]}:{milliseconds(world)}:{_mark(group)}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_place(world: World, group: LogGroup, token: str) -> tuple[Direction, Position]:
    try:
        text = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise errors.bad_token() from None
    match = _PLACE.fullmatch(text)
    if match is None or match[5] != _mark(group) or milliseconds(world) - int(match[4]) > TOKEN_LIFE:
        raise errors.bad_token()
    return "f" if match[1] == "f" else "b", (int(match[2]), int(match[3]))


def _mark(group: LogGroup) -> str:
    return sha256(f"{group.account}:{group.region}:{group.id}:{group.created}".encode()).hexdigest()[:16]
