"""``requestParameters`` and ``responseElements``: members in camelCase, secrets already hidden by the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from emulator.shapes.model import Model, Shape, model
from emulator.values.clock import iso8601

_LEFT_OUT = {"SecretAccessKey", "DryRun"}
"""Members that no event has; ``SessionToken`` is there, but hidden (our choice: AWS shows it)."""


def elements(service: str, operation: str, side: Literal["input", "output"], members: Mapping[str, Any]) -> dict[str, Any] | None:
    """The members of a request or an answer; None when there are none.

    Answers of EC2 have the names and the ``items`` of its XML, everything else the model's names (see docs/fidelity.md).
    """
    of = model(service)
    shape = of.operations[operation].input if side == "input" else of.operations[operation].output
    is_xml = of.protocol == "ec2" and side == "output"
    return _structure(of, shape, members, is_xml=is_xml) or None if shape else None


def _structure(of: Model, shape: Shape, members: Mapping[str, Any], *, is_xml: bool) -> dict[str, Any]:
    told = {}
    for name, value in members.items():
        reference = shape["members"].get(name)
        if reference is None or value is None or name in _LEFT_OUT:
            continue
        spelt = reference.get("locationName", name) if is_xml else name
        told[spelt[:1].lower() + spelt[1:]] = _value(of, of.member(reference), value, is_xml=is_xml)
    return told


def _value(of: Model, shape: Shape, value: Any, *, is_xml: bool) -> Any:
    kind = shape["type"]
    if kind == "structure" and isinstance(value, Mapping):
        return _structure(of, shape, value, is_xml=is_xml)
    if kind == "list" and isinstance(value, list):
        items = [_value(of, of.member(shape["member"]), item, is_xml=is_xml) for item in value]
        return ({"items": items} if items else {}) if is_xml else items
    if kind == "timestamp" and isinstance(value, (int, float)):
        return _date(value) if of.protocol == "query" else iso8601(value)
    return value


def _date(instant: float) -> str:
    """``Jul 28, 2020 3:47:25 AM``: how the events of IAM and STS write instants."""
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment:%b} {moment.day}, {moment.year} {moment.hour % 12 or 12}:{moment:%M:%S %p}"
