"""A seed file: what a world holds from the start, and again after each reset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from emulator.engine import organization
from emulator.engine.world import World
from emulator.services.ec2.quotas import QUOTAS

Account = Annotated[str, Field(pattern=r"^\d{12}$")]
Documents = dict[str, dict[str, Any]]
"""Policy documents by name."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Organization(_Part):
    """The control policies that an account is under: service control policies level by level from the root."""

    management: bool = False
    service_control_policies: list[Documents] = []
    resource_control_policies: Documents = {}

    @property
    def levels(self) -> list[dict[str, str]]:
        return [_texts(level) for level in self.service_control_policies]

    @property
    def resource_control(self) -> dict[str, str]:
        return _texts(self.resource_control_policies)

    def bind(self, world: World, account: str) -> None:
        """Put the account under them; ValueError for a level without a policy or a document that IAM would not store."""
        organization.join(world, account, self.levels, self.resource_control, is_management=self.management)


class Seed(_Part):
    """``organizations`` gives the control policies of accounts, as there is no Organizations API; ``quotas`` those of EC2."""

    organizations: dict[Account, Organization] = {}
    quotas: dict[str, Annotated[int, Field(ge=0)]] = {}

    @field_validator("quotas")
    @classmethod
    def _known(cls, quotas: dict[str, int]) -> dict[str, int]:
        unknown = sorted(set(quotas) - set(QUOTAS))
        if unknown:
            raise ValueError(f"there is no quota {unknown[0]!r}, but {', '.join(QUOTAS)}")
        return quotas

    def plant(self, world: World) -> None:
        """Put everything into an empty world."""
        world.quotas = self.quotas
        for account, bonds in self.organizations.items():
            bonds.bind(world, account)


def load(path: Path) -> Seed:
    """Read a seed file; ValueError (pydantic's ValidationError is one) or a YAMLError when it is none."""
    seed = Seed.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    for bonds in seed.organizations.values():
        organization.check(bonds.levels, bonds.resource_control)
    return seed


def _texts(documents: Documents) -> dict[str, str]:
    return {name: json.dumps(document) for name, document in documents.items()}
