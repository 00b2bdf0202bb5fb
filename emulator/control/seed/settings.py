"""What a seed sets of the emulator itself: its clock and some of its settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from emulator.control.seed.part import Part
from emulator.engine.timers import Pace
from emulator.engine.world import World
from emulator.values.clock import parse_iso8601


def _instant(text: str) -> str:
    parse_iso8601(text)
    return text


Instant = Annotated[str, AfterValidator(_instant)]
"""An ISO 8601 instant; no zone means UTC."""


class Clock(Part):
    """``frozen_at`` makes the clock stand still at an instant, to be advanced; ``pace`` is how long Amazon MQ takes."""

    frozen_at: Instant | None = None
    pace: Pace | None = None

    def set(self, world: World) -> None:
        if self.frozen_at is not None:
            world.clock.freeze(parse_iso8601(self.frozen_at))
        if self.pace is not None:
            world.pace = self.pace


class Settings(Part):
    """Settings of ``serve`` that a file may decide for itself."""

    iam: Literal["enforce", "soft"] | None = None
    requester_managed_endpoints: bool | None = None
    log_lag: Annotated[float, Field(ge=0)] | None = None

    def set(self, world: World) -> None:
        for name, value in self.model_dump(exclude_none=True).items():
            setattr(world, name, value)
