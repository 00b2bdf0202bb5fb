"""AWS managed policies as data: one JSON file each, with every version we know exactly."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files

from emulator.engine.identity import ManagedPolicy
from emulator.values.clock import parse_iso8601

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@cache
def managed_policies() -> tuple[ManagedPolicy, ...]:
    """All of them, by name. The newest version is the default one."""
    found = sorted(file.name for file in files(__package__).iterdir() if file.name.endswith(".json"))
    return tuple(_read(files(__package__).joinpath(name).read_text("utf-8")) for name in found)


def _read(text: str) -> ManagedPolicy:
    raw = json.loads(text)
    newest = raw["Versions"][-1]
    return ManagedPolicy(
        name=raw["Name"],
        path=raw["Path"],
        id=_policy_id(raw["Name"]),
        version=newest["VersionId"],
        created=parse_iso8601(raw["Versions"][0].get("PolicyCreateDate", newest["CreateDate"])),
        updated=parse_iso8601(newest["CreateDate"]),
        document=json.dumps(newest["Document"], indent=4),
    )


def _policy_id(name: str) -> str:
    """AWS's own ANPA… ids are not published for all; ours are made from the name and never change."""
    digest = hashlib.sha256(name.encode()).digest()
    return "ANPA" + "".join(_BASE32[byte % 32] for byte in digest[:17])
