"""The JSON Schema of scenario and seed files, for editors."""

from __future__ import annotations

from typing import Any

from emulator.control.seed import Seed
from emulator.scenario.model import Scenario


def schema() -> dict[str, Any]:
    """Draft 2020-12: a scenario; a seed file is ``#/$defs/Seed``."""
    whole = Scenario.model_json_schema(mode="validation")
    seed = Seed.model_json_schema(mode="validation", ref_template="#/$defs/{model}")
    definitions = {**whole.pop("$defs"), **seed.pop("$defs"), "Seed": seed}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "$defs": dict(sorted(definitions.items()))}
