"""The answer of a simulation, in AWS's shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from emulator.engine.service import Result
from emulator.policy.decide import Verdict
from emulator.policy.positions import Position
from emulator.policy.reference import template
from emulator.services.iam.simulation_evaluation import LABELS, Finding, Scene, evaluate, most_restrictive


def result(scene: Scene, action: str, resources: Sequence[str]) -> Result:
    """One action on all resources. ``resources`` is empty when none was named, which is ``*``."""
    findings = [evaluate(scene, action, resource) for resource in resources or ["*"]]
    top = {
        "EvalActionName": action,
        "EvalResourceName": _resource_name(action, resources),
        "EvalDecision": most_restrictive(finding.effect for finding in findings),
        "MatchedStatements": _statements(scene, (verdict for finding in findings for verdict in finding.matched)),
        "MissingContextValues": list(dict.fromkeys(key for finding in findings for key in finding.missing)),
        **_organization(findings),
        **_boundary(findings),
    }
    if not resources:
        return top
    return {**top, **_details(findings), "ResourceSpecificResults": [_specific(scene, finding) for finding in findings]}


def _resource_name(action: str, resources: Sequence[str]) -> str:
    """The one resource; the form of the action's resources when there are several (observed)."""
    if len(resources) <= 1:
        return resources[0] if resources else "*"
    return template(action, resources)


def _specific(scene: Scene, finding: Finding) -> Result:
    """Members that would be empty are left out (observed)."""
    members: Result = {"EvalResourceName": finding.resource, "EvalResourceDecision": finding.effect}
    if finding.matched:
        members["MatchedStatements"] = _statements(scene, finding.matched)
    if finding.missing:
        members["MissingContextValues"] = list(finding.missing)
    if finding.is_abroad:
        members |= _details([finding])
    return {**members, **_boundary([finding])}


def _details(findings: Sequence[Finding]) -> Result:
    """What the layers say across accounts, per layer the most restrictive word; nothing of it within an account.

    The member itself is left out where an organization ended an evaluation across accounts.
    """
    abroad = [finding.layers for finding in findings if finding.is_abroad]
    if not all(abroad):
        return {}
    kinds = {kind for layers in abroad for kind in layers}
    words = {label: most_restrictive(layers[kind] for layers in abroad) for kind, label in LABELS.items() if kind in kinds}
    return {"EvalDecisionDetails": words}


def _organization(findings: Sequence[Finding]) -> Result:
    words = [finding.by_organization for finding in findings if finding.by_organization is not None]
    return {"OrganizationsDecisionDetail": {"AllowedByOrganizations": all(words)}} if words else {}


def _boundary(findings: Sequence[Finding]) -> Result:
    words = [finding.within_boundary for finding in findings if finding.within_boundary is not None]
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": all(words)}} if words else {}


def _statements(scene: Scene, verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """Each statement once, in the order of the policies."""
    once = {(id(verdict.source), verdict.statement.index): verdict for verdict in verdicts}
    return [_statement(scene, verdict) for verdict in once.values()]


def _statement(scene: Scene, verdict: Verdict) -> dict[str, Any]:
    span = scene.span(verdict)
    return {
        "SourcePolicyId": verdict.source.name,
        "SourcePolicyType": LABELS[verdict.source.kind],
        "StartPosition": _position(span.start),
        "EndPosition": _position(span.end),
    }


def _position(position: Position) -> dict[str, int]:
    return {"Line": position.line, "Column": position.column}
