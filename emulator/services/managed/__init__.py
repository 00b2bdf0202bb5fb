"""AWS managed policies as data: one JSON file each, with every version we know exactly."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from emulator.engine.identity import ManagedPolicy, PolicyVersion
from emulator.values.clock import parse_iso8601

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@cache
def managed_policies() -> tuple[ManagedPolicy, ...]:
    """All of them, by name. The newest version is the default one."""
    return tuple(_read(file.read_text("utf-8")) for file in sorted(Path(__file__).parent.glob("*.json")))


def _read(text: str) -> ManagedPolicy:
    raw = json.loads(text)
    versions = tuple(
        PolicyVersion(one["VersionId"], json.dumps(one["Document"], indent=4), parse_iso8601(one["CreateDate"]))
        for one in raw["Versions"]
    )
    return ManagedPolicy(
        name=raw["Name"],
        path=raw["Path"],
        id=_policy_id(raw["Name"]),
        versions=versions,
        version=versions[-1].id,
        created=versions[0].created,
        updated=versions[-1].created,
    )


def _policy_id(name: str) -> str:
    """AWS's own ANPA… ids are not published for all; ours are made from the name and never change."""
    digest = hashlib.sha256(name.encode()).digest()
    return "ANPA" + "".join(_BASE32[byte % 32] for byte in digest[:17])
