"""A scenario file: calls as a client makes them, and what must come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import jmespath
import yaml
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from emulator.values.clock import seconds

Duration = Annotated[float, BeforeValidator(lambda value: seconds(str(value)))]
"""Emulated seconds; written ``90``, ``10m``, ``2h``."""

Action = Annotated[str, Field(pattern=r"^[a-z0-9]+:[A-Z][A-Za-z]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Error(_Part):
    """The error that a call must end in: its code, and a text that its message contains."""

    code: str
    message: str = ""


def _jmespath(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"{text!r} is no JMESPath: {' '.join(str(error).split())}") from None
    return text


Query = Annotated[str, AfterValidator(_jmespath)]
"""A JMESPath expression."""


class Step(_Part):
    """One call with its parameters; ``${name}`` in them stands for a saved value.

    ``save`` and ``expect`` map names to JMESPath, and JMESPath to the value that must be there. With ``until`` the call is
    repeated, emulated time moving on, until the JMESPath is true, for ``within`` at the most.
    """

    note: str = ""
    call: Action
    params: dict[str, Any] = {}
    save: dict[str, Query] = {}
    expect: dict[Query, Any] = {}
    error: Error | None = None
    until: Query | Literal[""] = ""
    within: Duration = 1800.0

    @model_validator(mode="after")
    def _one_ending(self) -> Step:
        if self.error and (self.save or self.expect or self.until):
            raise ValueError("a call that must fail has no result to save, expect or wait for")
        return self


class Scenario(_Part):
    """A whole scenario, run as root of ``account`` in ``region``."""

    name: str
    story: str = ""
    account: Annotated[str, Field(pattern=r"^\d{12}$")] = "111122223333"
    region: str = "us-east-1"
    steps: list[Step]


def load(path: Path) -> Scenario:
    """Read a scenario; ValueError (pydantic's ValidationError is one) or a YAMLError with its place when it is none."""
    return Scenario.model_validate(yaml.safe_load(path.read_text("utf-8")))


def library() -> Path:
    """The scenarios that come with the emulator: inside the package when installed, at top level in a checkout."""
    inside = Path(__file__).with_name("library")
    return inside if inside.is_dir() else Path(__file__).parents[2] / "scenarios"
