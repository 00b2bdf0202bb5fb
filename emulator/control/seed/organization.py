"""The control policies that an account is under, as there is no Organizations API."""

from __future__ import annotations

import json
from typing import Any

from pydantic import field_validator

from emulator.control.seed.part import Documents, Part, ResourceDocument
from emulator.engine import organization
from emulator.engine.world import World


class Organization(Part):
    """The control policies that an account is under: service control policies level by level from the root."""

    management: bool = False
    service_control_policies: list[Documents] = []
    resource_control_policies: dict[str, ResourceDocument] = {}

    @field_validator("service_control_policies")
    @classmethod
    def _no_empty_level(cls, levels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not all(levels):
            raise ValueError("each level must have at least one service control policy")
        return levels

    def bind(self, world: World, account: str) -> None:
        """Put the account under them."""
        levels = [_texts(level) for level in self.service_control_policies]
        resource_control = _texts(self.resource_control_policies)
        organization.join(world, account, levels, resource_control, is_management=self.management)


def _texts(documents: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: json.dumps(document) for name, document in documents.items()}
